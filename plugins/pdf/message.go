package pdf

import (
	"strings"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/plugins/pdf/typeset"
)

// quiet are the kinds that are shown as one quiet line, with their words.
var quiet = map[string]string{
	message.KindJoin: "joined the conversation", message.KindLeave: "left the conversation", message.KindRename: "renamed the conversation",
	message.KindTopic: "set the topic", message.KindPurpose: "set the purpose", message.KindArchive: "archived the conversation",
	message.KindUnarchive: "opened the conversation again", message.KindPin: "pinned something", message.KindUnpin: "unpinned something",
	message.KindReminder: "set a reminder", message.KindSystem: "",
}

// replyIndent is how far replies stand right of the message they answer.
const replyIndent = 16000

// entry puts one record into the document.
func (v *volume) entry(e *edition.Entry) {
	v.serial.number++
	if v.tally.records++; v.tally.first == 0 {
		v.tally.first = v.serial.number
	}
	v.tally.last = v.serial.number
	label := v.words.f("No. %s, continued", thousands(v.serial.number))
	v.begin(e.Key(), label)
	switch e.Type {
	case message.TypeMessage:
		v.message(e.Message)
	case message.TypeRevision:
		v.revision(e.Revision)
	case message.TypeAnalysis:
		v.analysis(e.Analysis)
	}
	v.end()
}

// reply tells that a message answers the first one of a thread.
func reply(m *message.Message) bool { return m.Thread != "" && m.Thread != m.Key }

func (v *volume) message(m *message.Message) {
	f := frame{x: marginX + numberCol}
	answer := reply(m)
	if !answer {
		v.openDay(m.Sent.UTC)
		v.root = strings.Clone(m.Key)
	} else {
		if v.root != m.Thread {
			v.openDay(m.Sent.UTC)
			v.root = strings.Clone(m.Thread)
			v.space(f, 8000)
			note := "A thread whose first message is not in this history"
			if n := v.serial.recent.find(m.Thread); n > 0 {
				note = v.words.f("Thread of No. %s, continued", thousands(n))
			}
			v.text(f, true, span(v.words.t(note), small(muted)))
		}
		f.bars = []int{f.x + 2000}
		f.x += replyIndent
	}
	v.serial.recent.add(m.Key, v.serial.number)
	v.count(m, answer)
	words, event := quiet[m.Kind]
	v.space(f, 8000)
	if event {
		v.event(f, m, words)
	} else {
		v.head(f, m)
		v.below(f, m)
	}
}

// head is a message's number, its author, what is to be known of it, and its time.
func (v *volume) head(f frame, m *message.Message) {
	author := v.history.Author(m)
	spans := []typeset.Span{span(firstOf(oneLine(author), "?"), bold(10000, black))}
	if marks := v.marks(m); len(marks) > 0 {
		spans = append(spans, span("   "+strings.Join(marks, " · "), small(accent)))
	}
	v.headRow(f, spans, m.Sent.UTC)
}

// headRow puts the first row of a record.
func (v *volume) headRow(f frame, spans []typeset.Span, utc string) {
	parts := []part{}
	right := v.paper.W - marginX
	width := v.room(f)
	if utc != "" {
		lines, err := v.lines([]typeset.Span{span(v.moment(utc), small(muted))}, v.textWidth())
		v.fail(err)
		if len(lines) > 0 {
			parts = append(parts, part{line: lines[0], x: right - lines[0].Width, width: lines[0].Width, drop: 13200})
			width -= lines[0].Width + 12000
		}
	}
	lines, err := v.lines([]typeset.Span{span(thousands(v.serial.number), small(muted))}, numberCol+10000)
	v.fail(err)
	if len(lines) > 0 {
		parts = append(parts, part{line: lines[0], x: marginX, width: numberCol, drop: 13200})
	}
	first := true
	v.fail(v.setter.Lay(spans, width, func(l *typeset.Line) error {
		r := row{height: 14200, keep: true, bars: f.bars, parts: []part{{line: l, x: f.x, width: width, drop: 14200}}}
		if first {
			r.parts = append(parts, r.parts...)
		}
		first = false
		v.add(r)
		return v.err
	}))
}

// marks are the short remarks beside an author's name.
func (v *volume) marks(m *message.Message) (list []string) {
	mark := func(on bool, word string) {
		if on {
			list = append(list, v.words.t(word))
		}
	}
	p := v.history.Person(m.Author)
	if m.ShownAs != nil && m.ShownAs.Name != "" && m.Author != "" {
		list = append(list, v.words.f("account %s", oneLine(v.history.Name(m.Author))))
	}
	mark(p != nil && (p.Kind == "bot" || p.Kind == "app") || m.Kind == message.KindBot, "bot")
	mark(p != nil && p.Kind == "guest", "guest")
	mark(p != nil && p.External, "external")
	if m.AI != nil && m.AI.Model != "" {
		list = append(list, oneLine(m.AI.Model))
	}
	mark(m.Edited != nil || len(m.Revisions) > 0, "edited")
	mark(m.Deleted != nil || m.Kind == message.KindTombstone, "deleted")
	mark(len(m.Pins) > 0, "pinned")
	mark(len(m.Flagged) > 0, "flagged")
	mark(m.Hidden, "hidden")
	mark(m.Broadcast, "also sent to the conversation")
	if m.Importance != "" && m.Importance != "normal" {
		list = append(list, oneLine(m.Importance))
	}
	return list
}

// oneLine is a name without breaks.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}

// below is everything of a message under its head.
func (v *volume) below(f frame, m *message.Message) {
	note := func(text string) { v.text(f, false, span(text, italic(9000, muted))) }
	if m.ReplyTo != "" && m.ReplyTo != m.Thread {
		note(v.pointer("In reply to No. %s", "In reply to an earlier message", m.ReplyTo))
	}
	if m.Subject != "" {
		v.text(f, true, span(m.Subject, bold(10000, black)))
	}
	v.content(f, &message.Content{Text: m.Text, Format: m.Format, Rich: m.Rich})
	v.notes(f, m)
	v.extras(f, m)
	for i := range m.Attachments {
		v.attachment(f, m, &m.Attachments[i])
	}
	v.reactions(f, m.Reactions)
	v.flush()
}

func italic(size int, c colour) typeset.Style {
	s := typeset.Style{Size: size, Color: c}
	s.Italic = true
	return s
}

// pointer names another message by its number where that is known.
func (v *volume) pointer(known, unknown, key string) string {
	if n := v.serial.recent.find(key); n > 0 {
		return v.words.f(known, thousands(n))
	}
	return v.words.t(unknown)
}

// notes say what happened to a message.
func (v *volume) notes(f frame, m *message.Message) {
	note := func(text string) { v.text(f, false, span(text, italic(9000, alarm))) }
	switch {
	case m.Deleted != nil:
		note(strings.Join(nonEmpty(v.words.t("This message was deleted"), m.Deleted.Mode, v.by(m.Deleted.By, m.Deleted.At)), " · "))
	case m.Kind == message.KindTombstone:
		note(v.words.t("This message was deleted"))
	case m.Kind == message.KindWithheld:
		note(v.words.t("The source says that a message is here and may not be read"))
	case m.Kind == message.KindPlaceholder:
		note(v.words.t("Made by the migration: the source does not have this message"))
	}
	if m.Undecryptable {
		note(v.words.t("The source could not decrypt this message"))
	}
	if m.TextB64 != "" {
		note(v.words.t("Some bytes of this text are not valid characters; the record has them"))
	}
	if m.Edited != nil {
		if by := v.by(m.Edited.By, m.Edited.At); by != "" {
			v.text(f, false, span(v.words.t("Edited")+" · "+by, italic(8500, muted)))
		}
	}
}

// by is somebody and a time, as far as both are known.
func (v *volume) by(who string, at *message.Time) string {
	when := ""
	if at != nil {
		when = v.moment(at.UTC)
	}
	return strings.Join(nonEmpty(oneLine(v.history.Name(who)), when), " · ")
}

func nonEmpty(list ...string) (out []string) {
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (v *volume) reactions(f frame, list []message.Reaction) {
	if len(list) == 0 {
		return
	}
	var spans []typeset.Span
	for i := range list {
		x := &list[i]
		if i > 0 {
			spans = append(spans, span("     ", small(muted)))
		}
		spans = append(spans, span(emoji(x.Emoji, x.Unicode), typeset.Style{Size: 9500, Color: black}), span(" "+thousands(int64(max(len(x.By), x.Count))), bold(8000, muted)))
		if len(x.By) > 0 {
			spans = append(spans, span(" "+v.names(x.By), small(muted)))
		}
	}
	v.space(f, 2000)
	v.text(f, false, spans...)
}

// names lists people.
func (v *volume) names(keys []string) string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = oneLine(firstOf(v.history.Name(k), "?"))
	}
	return v.words.list(list)
}
