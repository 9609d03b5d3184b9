package rsmf

import (
	"cmp"
	"strings"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/transcript"
)

// nobody is the participant of what has no author where the format demands one.
const nobody = "nobody"

// reactionRunes is how long a reaction's value can be.
const reactionRunes = 30

// event is what an entry becomes, without its attachments and its place in a thread, which depend on the slice.
func (f *format) event(e edition.Entry, p *transcript.Passage) *event {
	v := &event{ID: p.Key, Conversation: e.Place.Key, Type: "message"}
	c := &v.Custom
	var versions []string // earlier texts, oldest first
	for i := range p.Pieces {
		piece := &p.Pieces[i]
		words := strings.TrimPrefix(piece.Title+"\n"+piece.Text, "\n")
		switch piece.Role {
		case transcript.Body, transcript.Sentence, transcript.Subject:
			v.Body = strings.TrimPrefix(v.Body+"\n"+words, "\n")
		case transcript.Version:
			versions = append(versions, piece.Text)
			if e.Message == nil || !f.modern() {
				c.add("Earlier version", words)
			}
		default:
			c.add(names[piece.Role], words)
		}
	}
	c.add("Doubt", p.Doubt)
	switch {
	case e.Message != nil:
		f.said(v, e.Message, p, versions)
	case e.Revision != nil:
		v.Type, v.Participant = f.notice(), e.Revision.By
		if e.Revision.At != nil {
			v.Timestamp = e.Revision.At.UTC
		}
		c.add("Kind", "revision: "+e.Revision.Action)
		c.add("Revision of", e.Revision.Of)
	}
	return v
}

// names of the custom pairs that hold what a message says besides its text.
var names = map[transcript.Role]string{transcript.Note: "Note", transcript.Aside: "Detail", transcript.File: "File", transcript.Reactions: "Reactions"}

// notice is the type of what nobody said.
func (f *format) notice() string {
	if f.modern() {
		return "unknown"
	}
	return "disclaimer"
}

// said fills in what a message has and other entries have not.
func (f *format) said(v *event, m *message.Message, p *transcript.Passage, versions []string) {
	v.Participant, v.Timestamp = m.Author, m.Sent.UTC
	v.Deleted = m.Deleted != nil || m.Kind == message.KindTombstone
	if m.Importance == "high" || m.Importance == "urgent" {
		v.Importance = "high"
	}
	switch {
	case m.Kind == message.KindJoin || m.Kind == message.KindLeave:
		v.Type = m.Kind
	case p.Sort == transcript.Notice:
		v.Type = f.notice()
	}
	for i := range m.Reactions {
		v.Reactions = append(v.Reactions, reactionOf(&m.Reactions[i]))
	}
	c := &v.Custom
	if m.Kind != message.KindText {
		c.add("Kind", m.Kind)
	}
	if m.ShownAs != nil {
		c.add("Shown as", transcript.Line(m.ShownAs.Name))
	}
	if p.Thread != "" {
		c.add("Thread", p.Thread)
	}
	c.add("In reply to", m.ReplyTo)
	if s := m.Sent; s.Raw != "" {
		c.add("Time in the source", transcript.Line(s.Raw))
	}
	if !f.modern() {
		return
	}
	v.Direction = map[string]string{"in": "incoming", "out": "outgoing"}[m.Direction]
	v.Edits = edits(m, v.Body, versions)
	for i := range m.Receipts {
		r := &m.Receipts[i]
		if a := cmp.Or(r.Action, "read"); r.By != "" && (a == "read" || a == "delivered") {
			v.Receipts = append(v.Receipts, receipt{r.By, utc(r.At), a})
		}
	}
}

func utc(t *message.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC
}

// reactionOf shows the picture where there is one. The whole of it stands in the pair "Reactions".
func reactionOf(r *message.Reaction) reaction {
	value := r.Unicode
	if value == "" {
		value = ":" + r.Emoji + ":"
	}
	if runes := []rune(value); len(runes) > reactionRunes {
		value = string(runes[:reactionRunes-1]) + "…"
	}
	return reaction{Value: value, Count: max(r.Count, len(r.By)), Participants: r.By}
}

// edits are the steps from the first text to the one that stands, as far as they are known. versions are the texts
// before those steps that have one.
func edits(m *message.Message, body string, versions []string) []edit {
	list := m.Revisions
	if last := m.Edited; last != nil {
		if len(list) == 0 {
			list = []message.Edit{*last}
		} else if n := len(list) - 1; list[n].At == nil && list[n].By == "" {
			list = append(list[:n:n], message.Edit{At: last.At, By: last.By, Previous: list[n].Previous})
		}
	}
	out := make([]edit, len(list))
	for i := range list {
		out[i] = edit{Participant: cmp.Or(list[i].By, m.Author, nobody), Timestamp: utc(list[i].At)}
		if list[i].Previous != nil && len(versions) > 0 {
			out[i].Previous, versions = &versions[0], versions[1:]
		}
	}
	for i := range out {
		if i+1 == len(out) {
			out[i].New = &body
		} else {
			out[i].New = out[i+1].Previous
		}
	}
	return out
}

// people are all whom an event refers to.
func (v *event) people(yield func(key string)) {
	yield(v.Participant)
	for _, r := range v.Reactions {
		for _, k := range r.Participants {
			yield(k)
		}
	}
	for _, e := range v.Edits {
		yield(e.Participant)
	}
	for _, r := range v.Receipts {
		yield(r.Participant)
	}
}
