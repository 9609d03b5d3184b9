package transcript

import (
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/safe"
)

func (t *Teller) message(m *message.Message) error {
	p := &t.p
	p.At, p.Doubt = t.time(m.Sent.UTC), t.doubt(&m.Sent)
	p.Clock = t.clock(p.At, m.Sent.Precision)
	p.Author = Name(t.dir.Author(m))
	if m.Thread != m.Key {
		p.Thread = m.Thread
	}
	if isEvent(m.Kind) {
		p.Sort = Notice
	}
	t.marks(m)
	if m.ReplyTo != "" && m.ReplyTo != m.Thread {
		t.note(t.InReplyTo, t.Pointer(m.ReplyTo))
	}
	if m.Subject != "" {
		t.add(Subject, m.Subject, "")
	}
	t.body(m)
	t.fate(m)
	t.asides(m)
	for i := range m.Attachments {
		if err := t.file(&m.Attachments[i], m.Author); err != nil {
			return err
		}
	}
	t.reactions(m.Reactions)
	t.facts(m)
	t.versions(m)
	if !t.says() {
		t.note(t.NoText)
	}
	t.remember(m.Key, Fill(t.EarlierMessage, p.Author, t.Stamp(&m.Sent)))
	return nil
}

// says tells whether a passage has any words.
func (t *Teller) says() bool {
	for i := range t.p.Pieces {
		if t.p.Pieces[i].Title != "" || strings.TrimSpace(t.p.Pieces[i].Text) != "" {
			return true
		}
	}
	return false
}

// marks are the short words in a message's head.
func (t *Teller) marks(m *message.Message) {
	mark := func(is bool, word string) {
		if is {
			t.p.Marks = append(t.p.Marks, word)
		}
	}
	if m.ShownAs != nil && strings.TrimSpace(m.ShownAs.Name) != "" && m.Author != "" {
		if name := t.Name(m.Author); name != t.p.Author {
			mark(true, Fill(t.PostedBy, name))
		}
	}
	kind := ""
	if p := t.dir.Person(m.Author); p != nil {
		kind = p.Kind
	}
	mark(kind == "bot" || kind != "app" && m.Kind == message.KindBot, t.Bot)
	mark(kind == "app", t.App)
	mark(kind == "guest", t.Guest)
	mark(m.Kind == message.KindMe, t.Acts)
	mark(m.Deleted != nil || m.Kind == message.KindTombstone, t.Deleted)
	mark(m.Edited != nil || len(m.Revisions) > 0, t.Edited)
	mark(len(m.Pins) > 0, t.Pinned)
	mark(len(m.Flagged) > 0, t.Flagged)
	mark(m.Broadcast, t.Broadcast)
	mark(m.Hidden || len(m.HiddenFrom) > 0, t.Hidden)
}

// body is what the message says: its text, or a sentence of a notice.
func (t *Teller) body(m *message.Message) {
	start := len(t.p.Pieces)
	if m.Text != "" || len(m.Rich) > 0 {
		t.written(Body, "", &message.Content{Text: m.Text, TextB64: m.TextB64, Format: m.Format, Rich: m.Rich})
	}
	if t.p.Sort == Notice || m.Event != nil {
		t.event(m, start)
	}
	switch k := m.Kind; {
	case m.Event != nil && t.Events[m.Event.Action] == "" && !known[m.Event.Action] && m.Event.Action != k:
		t.note(t.OfKind, t.list([]string{k, m.Event.Action}))
	case !known[k]:
		word := k
		if m.Subtype != "" && m.Subtype != k {
			word += ", " + m.Subtype
		}
		t.note(t.OfKind, word)
	}
	if m.TextB64 != "" {
		t.note(t.BadBytes)
	}
}

// known are the kinds that need no word of their own.
var known = map[string]bool{
	message.KindText: true, message.KindMe: true, message.KindFile: true, message.KindComment: true, message.KindBot: true, message.KindJoin: true,
	message.KindLeave: true, message.KindRename: true, message.KindTopic: true, message.KindPurpose: true, message.KindArchive: true, message.KindUnarchive: true,
	message.KindPin: true, message.KindUnpin: true, message.KindCall: true, message.KindPoll: true, message.KindReminder: true, message.KindTombstone: true,
	message.KindWithheld: true, message.KindPlaceholder: true, message.KindSystem: true,
}

// event says what a notice says as data: all of it where the source gave no words, else what its words lack.
func (t *Teller) event(m *message.Message, start int) {
	e := m.Event
	said := ""
	if len(t.p.Pieces) > start {
		said = t.p.Pieces[start].Text
	} else {
		actor, action := t.p.Author, m.Kind
		if e != nil {
			action = e.Action
			if e.Actor != "" {
				actor = t.Name(e.Actor)
			}
		}
		if sentence := t.Events[action]; sentence != "" {
			t.add(Sentence, Fill(sentence, actor), "")
		} else {
			t.add(Sentence, Fill(t.EarlierMessage, actor, Line(action)), "")
		}
	}
	if e == nil {
		return
	}
	lacks := func(s string) bool { return s != "" && !strings.Contains(said, strings.TrimRight(safe.Prose(s), "\n")) }
	var targets []string
	for _, k := range e.Targets {
		if n := t.Name(k); lacks(n) {
			targets = append(targets, n)
		}
	}
	if len(targets) > 0 {
		t.note(t.Targets, t.list(targets))
	}
	switch before, after := lacks(e.Old), lacks(e.New); {
	case before && e.New != "":
		t.note(t.OldNew, e.Old, e.New)
	case before:
		t.note(t.OldOnly, e.Old)
	case after:
		t.note(t.NewOnly, e.New)
	}
	if e.Item != "" {
		t.note(t.About, t.Pointer(e.Item))
	}
}

// fate is what happened to the message as a whole.
func (t *Teller) fate(m *message.Message) {
	if d := m.Deleted; d != nil {
		t.note("%1", t.about(t.Tombstone, t.DeletedBy, t.DeletedAt, t.DeletedByAt, d.By, d.At))
		if d.Mode != "" {
			t.note(t.How, named(t.Modes, d.Mode))
		}
	} else if m.Kind == message.KindTombstone {
		t.note(t.Tombstone)
	}
	switch m.Kind {
	case message.KindWithheld:
		t.note(t.Withheld)
	case message.KindPlaceholder:
		t.note(t.Placeholder)
	}
	if m.Undecryptable {
		t.note(t.Undecryptable)
	}
}

// reactions are one line for each emoji: the picture, how many, and who.
func (t *Teller) reactions(list []message.Reaction) {
	if len(list) == 0 {
		return
	}
	lines := make([]string, len(list))
	for i := range list {
		x := &list[i]
		var b strings.Builder
		if x.Unicode != "" {
			b.WriteString(Line(x.Unicode) + " ")
		}
		b.WriteString(":" + Line(x.Emoji) + ": " + strconv.Itoa(max(len(x.By), x.Count)))
		if len(x.By) > 0 {
			names := make([]string, len(x.By))
			for j, k := range x.By {
				names[j] = t.Name(k)
				if j < len(x.At) {
					names[j] = t.who(k, &message.Time{UTC: x.At[j]})
				}
			}
			b.WriteString(t.Open + t.list(names) + t.Close)
		}
		lines[i] = b.String()
	}
	if len(lines) == 1 {
		t.add(Reactions, Fill(t.Reactions, lines[0]), "")
		return
	}
	t.add(Reactions, Fill(t.Reactions, strconv.Itoa(len(lines))), strings.Join(lines, "\n"))
}

// facts are what else the source says of a message.
func (t *Teller) facts(m *message.Message) {
	for _, p := range m.Pins {
		if p.By != "" || p.At != nil {
			t.note(t.PinnedBy, t.who(p.By, p.At))
		}
	}
	for _, r := range m.Flagged {
		t.note(t.FlaggedBy, t.who(r.By, r.At))
	}
	for i := 0; i < len(m.Receipts); {
		action := m.Receipts[i].Action
		var who []string
		for ; i < len(m.Receipts) && m.Receipts[i].Action == action; i++ {
			who = append(who, t.who(m.Receipts[i].By, m.Receipts[i].At))
		}
		if action == "" {
			action = "read"
		}
		t.note(t.Receipts, named(t.Modes, action), t.list(who))
	}
	if len(m.HiddenFrom) > 0 {
		t.note(t.HiddenFrom, t.names(m.HiddenFrom))
	}
	if m.Importance != "" && m.Importance != "normal" {
		t.note(t.Important, named(t.Modes, m.Importance))
	}
	if m.Received != nil && m.Received.UTC != m.Sent.UTC {
		t.note(t.ReceivedAt, t.Stamp(m.Received))
	}
	if m.Expires != nil {
		t.note(t.ExpiresAt, t.Stamp(m.Expires))
	}
	if len(m.Labels) > 0 {
		t.note(t.Labels, t.list(m.Labels))
	}
	for _, c := range m.Custom {
		t.note("%1"+t.Colon+"%2", c.Name, c.Value)
	}
	if p := m.Part; p != nil {
		t.note(t.PartOf, strconv.Itoa(p.Number), strconv.Itoa(p.Of))
	}
	if m.Sent.ShiftMS != 0 {
		t.note(t.Moved, strconv.Itoa(m.Sent.ShiftMS))
	}
	if i := m.ThreadInfo; i != nil {
		if i.Replies > 0 || i.People > 0 {
			t.note(t.ThreadSaid, strconv.Itoa(i.Replies), strconv.Itoa(i.People))
		}
		if i.Locked {
			t.note(t.ThreadLocked)
		}
	}
}
