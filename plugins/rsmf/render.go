package rsmf

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/mail"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/transcript"
)

// recall is how many first messages of threads are kept to be repeated, and contextRunes how much of each.
const (
	recall       = 20000
	contextRunes = 500
)

// render writes the slices of one history.
type render struct {
	*format
	ctx    context.Context
	h      *edition.History
	out    *edition.Folder
	office *mail.Office
	teller *transcript.Teller
	stays  map[string][]edition.Stay
	times  map[string]int // how often each conversation has begun

	place *edition.Place
	stay  []edition.Stay
	dir   string
	moves []edition.Move // of this conversation, still to come
	roots map[string]*event
	order []string // keys of roots, oldest first
	slice *slice
	part  int
	notes *edition.File // analyses
}

// Render implements edition.Format.
func (f *format) Render(ctx context.Context, h *edition.History, out *edition.Folder) error {
	if err := transcript.WriteDirectory(ctx, h, out, f.Options); err != nil {
		return err
	}
	stays, err := h.Stays(ctx)
	if err != nil {
		return err
	}
	r := &render{format: f, ctx: ctx, h: h, out: out, office: mail.NewOffice(h, f.Settings), teller: transcript.New(h, f.Options), stays: stays, times: map[string]int{}}
	for e, err := range h.Entries(ctx) {
		if err == nil {
			err = r.entry(e)
		}
		if err != nil {
			return err
		}
	}
	if err := r.end(); err != nil || r.notes == nil {
		return err
	}
	return r.notes.Close()
}

func (r *render) entry(e edition.Entry) error {
	p, err := r.teller.Tell(e.Record)
	if err != nil {
		return err
	}
	if e.Analysis != nil { // it is no part of the evidence
		return r.note(p)
	}
	if e.First || r.place == nil {
		if err := r.begin(e.Place); err != nil {
			return err
		}
	}
	if err := r.move(p); err != nil {
		return err
	}
	v := r.event(e, p)
	parent := ""
	if p.Thread != "" {
		parent = p.Thread
		p.Pieces = append(p.Pieces, transcript.Piece{Role: transcript.Note, Title: transcript.Fill(r.InReplyTo, r.teller.Pointer(p.Thread))})
	}
	if err := r.turn(p.At, r.need(p), r.grows(e, p)); err != nil {
		return err
	}
	if err := r.slice.add(e, p, v, parent); err != nil {
		return err
	}
	if m := e.Message; m != nil && m.Thread == m.Key {
		r.remember(v)
	}
	return nil
}

// begin turns to another conversation.
func (r *render) begin(p *edition.Place) error {
	if err := r.end(); err != nil {
		return err
	}
	r.place, r.stay, r.roots, r.order, r.moves = p, r.stays[p.Key], map[string]*event{}, nil, nil
	r.dir = "slices/" + edition.Slug(p.Title, p.Key) + "/"
	if n := r.times[p.Key]; n > 0 {
		r.dir += strconv.Itoa(n+1) + "/"
	} else {
		r.moves = edition.Moves(r.stay)
	}
	r.times[p.Key]++
	return nil
}

// end writes what is left of a conversation.
func (r *render) end() error {
	if r.place == nil {
		return nil
	}
	for len(r.moves) > 0 {
		if err := r.next(); err != nil {
			return err
		}
	}
	err := r.finish()
	r.place = nil
	return err
}

// move adds what members did before a passage.
func (r *render) move(p *transcript.Passage) error {
	for len(r.moves) > 0 && !p.At.IsZero() && !r.moves[0].At.After(p.At) {
		if err := r.next(); err != nil {
			return err
		}
	}
	return nil
}

// next adds the next move.
func (r *render) next() error {
	m := r.moves[0]
	r.moves = r.moves[1:]
	if err := r.turn(m.At.In(r.Zone), 0, 1); err != nil {
		return err
	}
	return r.slice.move(m)
}

// turn makes sure that there is a slice for a time, with room for so many bytes and events.
func (r *render) turn(at time.Time, need int64, events int) error {
	day := "undated"
	if !at.IsZero() {
		day = at.Format("2006-01-02")
	}
	if s := r.slice; s != nil {
		if s.day == day && s.n+events <= r.maxEvents && s.text() < sliceBytes && need <= s.room() {
			return nil
		}
		if err := r.finish(); err != nil {
			return err
		}
		if r.part++; s.day != day {
			r.part = 1
		}
	} else {
		r.part = 1
	}
	name := r.dir + day
	if r.part > 1 {
		name += "-" + strconv.Itoa(r.part)
	}
	r.slice = newSlice(r, name, day, at)
	return nil
}

// finish writes the slice.
func (r *render) finish() error {
	s := r.slice
	r.slice = nil
	if s == nil {
		return nil
	}
	return s.write(r.ctx)
}

// grows is how many events an entry adds to the slice.
func (r *render) grows(e edition.Entry, p *transcript.Passage) int {
	if m := e.Message; m != nil && (m.Kind == message.KindJoin || m.Kind == message.KindLeave) {
		return len(edition.Movers(m)) + 1
	}
	if s := r.slice; s != nil && p.Thread != "" && !s.ids[p.Thread] && s.contexts[p.Thread] == nil && r.roots[p.Thread] != nil {
		return 2
	}
	return 1
}

// need is how many bytes the files of a passage take.
func (r *render) need(p *transcript.Passage) (n int64) {
	for i := range p.Pieces {
		if m := p.Pieces[i].Medium; m != nil && p.Pieces[i].File != nil {
			n += wire(m.Size)
		}
	}
	return n
}

// remember keeps the first message of a thread for slices that have its replies.
func (r *render) remember(v *event) {
	c := &event{ID: v.ID, Type: v.Type, Body: v.Body, Participant: v.Participant, Conversation: v.Conversation, Timestamp: v.Timestamp, Deleted: v.Deleted,
		Custom: pairs{{"Context", "repeated for its replies; it is an event of an earlier slice"}}}
	if runes := []rune(v.Body); len(runes) > contextRunes {
		c.Body = strings.Clone(string(runes[:contextRunes]) + "…")
		c.Custom.add("Context of", "the first "+strconv.Itoa(contextRunes)+" characters")
	}
	if len(r.order) == recall {
		delete(r.roots, r.order[0])
		r.order = r.order[1:]
	}
	r.roots[v.ID] = c
	r.order = append(r.order, v.ID)
}

// note writes what a tool said beside the evidence.
func (r *render) note(p *transcript.Passage) error {
	if r.notes == nil {
		f, err := r.out.Create("analyses.txt")
		if err != nil {
			return err
		}
		r.notes = f
	}
	r.notes.Mark(p.Key)
	_, err := r.notes.Write(append(p.Append(nil, "", true), '\n'))
	r.notes.Mark()
	return err
}

// platform is the system that a conversation comes from.
func platform(p *edition.Place) string {
	if p.Record != nil && p.Record.System != "" {
		return p.Record.System
	}
	return cmp.Or(message.SplitKey(p.Key)[0], "unknown")
}
