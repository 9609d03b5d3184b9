package actiance

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/transcript"
)

// Windows are continued in another one when they have so many bytes or entries.
const (
	windowBytes   = 4 << 20
	windowEntries = 10000
)

// window is one Conversation element in the making.
type window struct {
	*render
	start       time.Time // zero while it has entries without a time only
	entries     []entry
	bytes       int
	roll        *edition.Roll
	attachments []*edition.Medium
	lost        bool
}

// entry is what a record has become.
type entry struct {
	key string
	xml []byte
}

func (r *render) newWindow(start time.Time) *window {
	return &window{render: r, start: start, roll: edition.NewRoll(r.place, r.stay)}
}

// add adds a record in words.
func (w *window) add(e edition.Entry, p *transcript.Passage) {
	at := p.At
	if at.IsZero() {
		at = w.start
	}
	b := elements{format: w.format}
	switch {
	case e.Message != nil:
		w.said(&b, e.Message, p, at)
	case e.Revision != nil:
		w.changed(&b, e.Revision, p, at)
	}
	w.entries = append(w.entries, entry{p.Key, b.b})
	w.bytes += len(b.b)
}

func (w *window) said(b *elements, m *message.Message, p *transcript.Passage, at time.Time) {
	w.roll.Say(m, at)
	body, facts, versions := texts(p)
	main := said{id: m.Key, by: w.login(m.Author), at: at, text: body}
	edits := m.Revisions
	if m.Edited != nil && (len(edits) == 0 || edits[len(edits)-1].At == nil && m.Edited.At != nil) {
		edits = append(edits[:len(edits):len(edits)], message.Edit{At: m.Edited.At, By: m.Edited.By, Previous: m.Edited.Previous})
	}
	for i := range edits {
		main.update, main.changed = "EditedNewMsg", moment(edits[i].At, at)
		if edits[i].Previous != nil && len(versions) > 0 {
			old := main
			old.id, old.update, old.newID, old.text = m.Key+"#"+strconv.Itoa(i+1), "EditedOriginalMsg", m.Key, versions[0]
			versions = versions[1:]
			b.message(old)
		}
	}
	deleted := m.Deleted != nil || m.Kind == message.KindTombstone
	if !deleted || body != "" {
		b.message(main)
	}
	if deleted {
		gone := main
		gone.update, gone.changed = "Deleted", at
		if m.Deleted != nil {
			gone.changed = moment(m.Deleted.At, at)
		}
		b.message(gone)
	}
	w.facts(b, main, facts)
	w.files(b, m, p, main)
}

// facts are what else is known of a message: an update that changes no text.
func (w *window) facts(b *elements, main said, facts string) {
	if facts != "" {
		main.update, main.changed, main.text = "UpdatedNoMsgChange", main.at, facts
		b.message(main)
	}
}

func (w *window) changed(b *elements, v *message.Revision, p *transcript.Passage, at time.Time) {
	w.roll.Act(v.By, at)
	s := said{id: v.Key, by: w.login(v.By), at: at, changed: at, newID: v.Of, update: "EditedOriginalMsg"}
	var texts, notes []string
	for i := range p.Pieces {
		if c := &p.Pieces[i]; c.Role == transcript.Version {
			texts = append(texts, c.Text)
		} else {
			notes = append(notes, strings.Trim(c.Title+"\n"+c.Text, "\n"))
		}
	}
	if p.At.IsZero() { // which DateTimeUTC can't say
		notes = append(notes, w.TimeUnknown)
	}
	switch {
	case v.Action == "delete":
		s.id, s.newID, s.update, s.text = v.Of, "", "Deleted", strings.Join(texts, "\n")
		b.message(s)
	case v.Previous != nil:
		s.text = texts[0]
		b.message(s)
		texts = texts[1:]
	}
	if v.Current != nil && v.Action != "delete" {
		s.id, s.newID, s.update, s.text = v.Of, "", "EditedNewMsg", texts[0]
		b.message(s)
	}
	s.id, s.newID = v.Key, ""
	w.facts(b, s, strings.Join(notes, "\n"))
}

// texts splits a passage into what was written, what else is known, and earlier texts.
func texts(p *transcript.Passage) (body, facts string, versions []string) {
	var said []string
	rest := *p
	rest.Pieces = nil
	if p.Doubt != "" {
		rest.Pieces = append(rest.Pieces, transcript.Piece{Role: transcript.Note, Title: p.Doubt})
	}
	for _, c := range p.Pieces {
		switch c.Role {
		case transcript.Body, transcript.Sentence, transcript.Subject:
			said = append(said, strings.TrimPrefix(c.Title+"\n"+c.Text, "\n"))
		case transcript.Version:
			versions = append(versions, c.Text)
		default:
			rest.Pieces = append(rest.Pieces, c)
		}
	}
	return strings.Join(said, "\n"), strings.TrimRight(string(rest.AppendPieces(nil, "")), "\n"), versions
}

func moment(t *message.Time, otherwise time.Time) time.Time {
	if t != nil {
		if at, err := time.Parse(time.RFC3339Nano, t.UTC); err == nil {
			return at
		}
	}
	return otherwise
}

func (w *window) files(b *elements, m *message.Message, p *transcript.Passage, main said) {
	for i := range p.Pieces {
		c := &p.Pieces[i]
		if c.File == nil {
			continue
		}
		f := file{by: main.by, at: moment(c.File.Uploaded, main.at), name: cmp.Or(c.File.Name, c.File.Title, c.File.ID, w.Unnamed), status: "Failed"}
		if c.File.Uploader != "" && c.File.Uploader != m.Author {
			w.roll.Act(c.File.Uploader, main.at)
			f.by = w.login(c.File.Uploader)
		}
		switch medium := c.Medium; {
		case medium != nil && medium.Lost:
			w.lost = true
		case medium != nil:
			f.path, f.status = medium.Path, "Completed"
			copied := *medium // it is good until the next record only
			w.attachments = append(w.attachments, &copied)
		}
		b.file(f)
	}
}
