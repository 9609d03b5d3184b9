package projection

import (
	"math"
	"strconv"

	"github.com/chatferry/chatferry/core/markup"
	"github.com/chatferry/chatferry/core/message"
)

// Stream projects the messages of one conversation. They come in chronological order, by (sent,
// key), each once; it is for one goroutine.
type Stream struct {
	x    *Projector
	text *markup.Renderer
	last int64 // the last time given away
	buf  []byte
	out  []*message.Record
}

// NewConversation starts a conversation. Nothing carries over from another one.
func (x *Projector) NewConversation() *Stream {
	s := &Stream{x: x, last: math.MinInt64}
	if t := x.p.Text; t != nil {
		s.text = markup.NewRenderer(markup.Options{Dialect: markup.Dialect(t.Dialect), Mention: t.Mention, Channel: t.Channel, Inert: t.Inert,
			Person: x.account, Place: x.placeName})
	}
	return s
}

func (x *Projector) placeName(key string) string {
	if x.ctx.Place == nil {
		return ""
	}
	if p := x.ctx.Place(key); !p.Direct {
		return p.Name
	}
	return ""
}

// Apply projects one record. It gives one record, several parts of a split message, or keep = false
// when the target does not take it. The slice is valid until the next call.
func (s *Stream) Apply(r *message.Record, note func(Change)) (list []*message.Record, keep bool) {
	x := s.x
	if x.identity {
		return append(s.out[:0], withoutRaw(r)), true
	}
	if r.Type != message.TypeMessage {
		if r, keep = x.Directory(r, note); !keep {
			return nil, false
		}
		return append(s.out[:0], r), true
	}
	if len(x.types) > 0 && x.types[r.Type].Action == "drop" {
		note(Change{r.Type, "drop"})
		return nil, false
	}
	own := new(struct { // one allocation
		r message.Record
		m message.Message
	})
	rec, v := &own.r, &own.m
	*v = *r.Message
	v.Raw = nil
	rec.Type, rec.Message = r.Type, v
	if v.Deleted != nil && x.msg.deleted {
		x.remove(v, note)
	}
	if s.text != nil {
		s.render(v, note)
	}
	x.fields(rec, note)
	if x.p.Time != nil {
		s.allocate(&v.Sent, note)
	}
	if v.Edited != nil && x.msg.edited {
		s.edited(v, note)
	}
	if len(v.Reactions) > 0 {
		x.reactions(v, note)
	}
	s.out = append(s.out[:0], rec)
	if s.long(v) {
		s.split(rec, note)
	}
	return s.out, true
}

// remove takes away what a deleted message said, so that an import does not bring it back.
func (x *Projector) remove(m *message.Message, note func(Change)) {
	if m.Kind != message.KindTombstone {
		m.Text, m.Rich, m.TextB64 = "", nil, ""
		m.Subject, m.Quoted, m.Forwarded, m.Cards, m.Attachments = "", nil, nil, nil, nil
		m.Poll, m.Location, m.Contact, m.Links, m.Mentions, m.Reactions, m.Revisions = nil, nil, nil, nil, nil, nil, nil
		m.Kind = message.KindTombstone
	}
	m.Deleted = nil
	note(Change{"message.deleted", "content_removed"})
	if m.Text == "" && len(m.Rich) == 0 {
		m.Text, m.Format = "This message was deleted.", "plain"
	}
}

// render turns everything that is text into Text.
func (s *Stream) render(m *message.Message, note func(Change)) {
	in := &s.x.inText
	dialect := s.x.p.Text.Dialect
	var extra bool
	var tmp message.Message
	if in.subject && m.Subject != "" {
		tmp.Subject, extra = m.Subject, true
	}
	if in.quoted && m.Quoted != nil {
		tmp.Quoted, extra = m.Quoted, true
	}
	if in.forwarded && m.Forwarded != nil {
		tmp.Forwarded, extra = m.Forwarded, true
	}
	if in.cards && len(m.Cards) > 0 {
		tmp.Cards, extra = m.Cards, true
	}
	if in.poll && m.Poll != nil {
		tmp.Poll, extra = m.Poll, true
	}
	if in.location && m.Location != nil {
		tmp.Location, extra = m.Location, true
	}
	if in.contact && m.Contact != nil {
		tmp.Contact, extra = m.Contact, true
	}
	if m.Text == "" && len(m.Rich) == 0 && !extra {
		m.Format = ""
		return
	}
	tmp.Text, tmp.Format, tmp.Rich = m.Text, m.Format, m.Rich
	if dialect == string(markup.Plain) && tmp.Format == "plain" && len(m.Rich) == 0 && !extra {
		tmp.Format = ""
	}
	var lost bool
	s.buf, lost = s.text.Append(s.buf[:0], &tmp)
	if string(s.buf) != m.Text {
		m.Text = string(s.buf)
	}
	if lost {
		note(Change{"message.rich", "lost_formatting"})
	}
	m.Rich = nil
	if m.Format = dialect; m.Text == "" {
		m.Format = ""
	}
}

// allocate gives a message the first free time at or after its own.
func (s *Stream) allocate(sent *message.Time, note func(Change)) {
	rule, digits := s.x.p.Time, s.x.digits
	t, exact, ok := instant(sent.UTC, digits)
	if !ok {
		return
	}
	if !exact {
		note(Change{"message.sent", rule.Unit})
	}
	at := t
	if rule.Unique {
		at = max(at, 1)
		if at <= s.last {
			at = s.last + 1
		}
		s.last = at
	}
	if at != t {
		note(Change{"message.sent", "shifted"})
		shift := (at - t) * 1000 / scale[digits]
		sent.ShiftMS += int(min(shift, 1<<31-1-int64(sent.ShiftMS)))
	}
	utc := format(at, digits)
	if (!exact || at != t) && sent.Raw == "" && !s.x.msg.dropRaw {
		sent.Raw = sent.UTC
	}
	sent.UTC = utc
}

// edited keeps when a message was last edited: never before it was sent.
func (s *Stream) edited(m *message.Message, note func(Change)) {
	before := m.Edited.At
	at := m.Sent.UTC
	if before != nil {
		if t := roundTo(before.UTC, 3); Millis(t) > Millis(at) {
			at = t
		}
	}
	at = roundTo(at, 3)
	if before == nil || before.UTC != at {
		note(Change{"message.edited", "edit_time"})
	}
	own := *m.Edited
	own.At = &message.Time{UTC: at}
	m.Edited = &own
}

func (s *Stream) long(m *message.Message) bool {
	t := s.x.p.Text
	if t != nil && t.Limit > 0 && len(m.Text) > t.Limit && markup.Unit(t.Unit).Size(m.Text) > t.Limit {
		return true
	}
	return s.x.p.Files > 0 && len(m.Attachments) > s.x.p.Files
}

// split gives the text and the attachments that are too many to further messages right behind.
func (s *Stream) split(rec *message.Record, note func(Change)) {
	m := rec.Message
	texts := []string{m.Text}
	if t := s.x.p.Text; t != nil && t.Limit > 0 {
		texts = markup.Split(m.Text, t.Limit, markup.Unit(t.Unit), t.Inert && t.Dialect == string(markup.Markdown))
	}
	files, per := m.Attachments, s.x.p.Files
	n := len(texts)
	if per > 0 {
		n = max(n, (len(files)+per-1)/per)
	}
	if len(texts) > 1 {
		note(Change{"message.text", "split"})
	}
	if per > 0 && len(files) > per {
		note(Change{"message.attachments", "split"})
	}
	for i := range n {
		p := m
		if i > 0 {
			suffix := "~" + strconv.Itoa(i+1)
			p = &message.Message{Type: m.Type, V: m.V, Key: m.Key + suffix, ID: m.ID + suffix, Conversation: m.Conversation, Kind: m.Kind,
				Author: m.Author, ShownAs: m.ShownAs, Thread: m.Thread, Sent: message.Time{UTC: m.Sent.UTC}, Format: m.Format}
			if s.x.p.Time != nil && s.x.p.Time.Unique {
				s.last++
				p.Sent.UTC = format(s.last, s.x.digits)
			}
			s.out = append(s.out, &message.Record{Type: rec.Type, Message: p})
			p.Part = &message.Part{Number: i + 1, Of: n, Parent: m.Key}
		} else {
			p.Part = &message.Part{Number: 1, Of: n}
		}
		p.Text, p.Attachments = "", nil
		if i < len(texts) {
			p.Text = texts[i]
		}
		if p.Text == "" {
			p.Format = ""
		}
		if per > 0 {
			if from := i * per; from < len(files) {
				p.Attachments = files[from:min(from+per, len(files)):min(from+per, len(files))]
			}
		} else if i == 0 {
			p.Attachments = files
		}
	}
}
