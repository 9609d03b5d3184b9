package actiance

import (
	"cmp"
	"slices"
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
	active      []string             // people, in the order in which they came
	came, last  map[string]time.Time // when they did something first and last
	entered     map[string]time.Time // when a notice says so
	left        map[string]time.Time
	attachments []*edition.Medium
	lost        bool
}

// entry is what a record has become.
type entry struct {
	key string
	xml []byte
}

func (r *render) newWindow(start time.Time) *window {
	return &window{render: r, start: start, came: map[string]time.Time{}, last: map[string]time.Time{}, entered: map[string]time.Time{}, left: map[string]time.Time{}}
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

// act notes that somebody does something, which makes them a participant.
func (w *window) act(key string, at time.Time) {
	if _, seen := w.came[key]; !seen {
		w.came[key] = at
		w.active = append(w.active, key)
	}
	w.last[key] = at
}

func (w *window) said(b *elements, m *message.Message, p *transcript.Passage, at time.Time) {
	w.act(m.Author, at)
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
	switch m.Kind {
	case message.KindJoin:
		w.moved(w.entered, m, at)
	case message.KindLeave:
		w.moved(w.left, m, at)
	}
}

// facts are what else is known of a message: an update that changes no text.
func (w *window) facts(b *elements, main said, facts string) {
	if facts != "" {
		main.update, main.changed, main.text = "UpdatedNoMsgChange", main.at, facts
		b.message(main)
	}
}

func (w *window) changed(b *elements, v *message.Revision, p *transcript.Passage, at time.Time) {
	w.act(v.By, at)
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
			w.act(c.File.Uploader, main.at)
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

// moved notes when those entered or left of whom a notice tells.
func (w *window) moved(when map[string]time.Time, m *message.Message, at time.Time) {
	who := []string{m.Author}
	if e := m.Event; e != nil && len(e.Targets) > 0 {
		who = e.Targets
	} else if e != nil && e.Actor != "" {
		who = []string{e.Actor}
	}
	for _, k := range who {
		w.act(k, at)
		when[k] = at
	}
}

// participant is somebody with the times between which they were there, as far as the window goes.
type participant struct {
	key      string
	from, to time.Time
}

// participants are the members of the window and everybody who did something in it, by the time at which they came.
func (w *window) participants(until time.Time) []participant {
	var list []participant
	seen := map[string]bool{}
	add := func(key string, from, to time.Time) {
		if at := w.came[key]; !at.IsZero() && at.Before(from) && !seen[key] { // whatever lists say, who writes is there
			from = at
		}
		if w.last[key].After(to) {
			to = until
		}
		seen[key] = true
		list = append(list, participant{key, from, to})
	}
	if c := w.place.Record; c != nil {
		for _, k := range c.Participants {
			if _, acts := w.came[k]; acts || !w.format.active {
				add(k, w.start, until)
			}
		}
	}
	for i := range w.stay {
		s := &w.stay[i]
		from, to := w.span(s.Person, until)
		from, to = moment(&message.Time{UTC: s.Joined}, from), moment(&message.Time{UTC: s.Left}, to)
		_, acts := w.came[s.Person]
		if to.Before(w.start) || from.After(until) || w.format.active && !acts {
			continue
		}
		if from.Before(w.start) {
			from = w.start
		}
		if to.After(until) {
			to = until
		}
		add(s.Person, from, to)
	}
	for _, k := range w.active {
		if !seen[k] {
			from, to := w.span(k, until)
			add(k, from, to)
		}
	}
	slices.SortStableFunc(list, func(a, b participant) int { return a.from.Compare(b.from) })
	return list
}

// span is when somebody was there as the notices of the window say: from their entering to their leaving.
func (w *window) span(key string, until time.Time) (from, to time.Time) {
	from, to = w.start, until
	if at, ok := w.entered[key]; ok && at.After(from) {
		from = at
	}
	if at, ok := w.left[key]; ok && !at.Before(from) {
		to = at
	}
	return from, to
}
