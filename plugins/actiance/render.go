package actiance

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"strconv"
	"time"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/mail"
	"github.com/chatferry/chatferry/core/transcript"
)

// exportName is the XML in a zip.
const exportName = "actiance_export.xml"

// render writes the files of one history.
type render struct {
	*format
	ctx    context.Context
	h      *edition.History
	out    *edition.Folder
	office *mail.Office
	teller *transcript.Teller
	stays  map[string][]edition.Stay
	counts map[string]int // files of each conversation

	place  *edition.Place
	stay   []edition.Stay
	moves  []edition.Move // still to come
	window *window
	part   *part
	notes  *edition.File // analyses
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
	r := &render{format: f, ctx: ctx, h: h, out: out, office: mail.NewOffice(h, f.Settings), teller: transcript.New(h, f.Options), stays: stays, counts: map[string]int{}}
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
		if r.notes == nil {
			if r.notes, err = r.out.Create("analyses.txt"); err != nil {
				return err
			}
		}
		r.notes.Mark(p.Key)
		_, err := r.notes.Write(append(p.Append(nil, "", true), '\n'))
		return err
	}
	if e.First || r.place == nil {
		if err := r.end(); err != nil {
			return err
		}
		r.place, r.stay, r.moves = e.Place, r.stays[e.Place.Key], nil
		if r.counts[e.Place.Key] == 0 && !r.active {
			r.moves = edition.Moves(r.stay)
		}
	}
	for len(r.moves) > 0 && !p.At.IsZero() && !r.moves[0].At.After(p.At) {
		if err := r.next(); err != nil {
			return err
		}
	}
	if err := r.turn(p.At); err != nil {
		return err
	}
	if p.Thread != "" {
		p.Pieces = append(p.Pieces, transcript.Piece{Role: transcript.Note, Title: transcript.Fill(r.InReplyTo, r.teller.Pointer(p.Thread))})
	}
	r.window.add(e, p)
	return nil
}

// next makes sure that there is a window in which the next move is seen.
func (r *render) next() error {
	m := r.moves[0]
	r.moves = r.moves[1:]
	return r.turn(m.At.In(r.Zone))
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
	if err := r.finish(time.Time{}); err != nil {
		return err
	}
	r.place = nil
	return r.close()
}

// begins is when the window of a time begins, without those that are continued.
func (f *format) begins(at time.Time) time.Time {
	start, _ := edition.Period(at, f.monthly)
	return start
}

// turn makes sure that there is a window for a time. Entries without a time are in the first one.
func (r *render) turn(at time.Time) error {
	w := r.window
	if w == nil {
		start := at
		if !at.IsZero() {
			start = r.begins(at)
		}
		r.window = r.newWindow(start)
		return nil
	}
	if at.IsZero() {
		return nil
	}
	start := r.begins(at)
	full := w.bytes >= windowBytes || len(w.entries) >= windowEntries
	switch {
	case w.start.IsZero() && !full: // it was waiting for a time
		w.start = start
		return nil
	case w.start.IsZero():
	case r.begins(w.start).Equal(start) && !full:
		return nil
	case r.begins(w.start).Equal(start):
		start = at
	}
	if err := r.finish(start); err != nil {
		return err
	}
	r.window = r.newWindow(start)
	return nil
}

// finish writes the window. The next one begins at a time, if there is one.
func (r *render) finish(next time.Time) error {
	w := r.window
	r.window = nil
	if w == nil {
		return nil
	}
	until := w.start
	if !w.start.IsZero() {
		if _, until = edition.Period(w.start, r.monthly); !next.IsZero() && next.Before(until) {
			until = next
		}
		unit := time.Millisecond
		if r.seconds {
			unit = time.Second
		}
		until = until.Add(-unit)
	}
	if err := r.room(); err != nil {
		return err
	}
	people := w.roll.Present(w.start, until, !r.active)
	b := elements{format: r.format}
	b.b = append(append(append(b.b, `<Conversation Perspective="`...), escape(transcript.Name(r.place.Title))...), "\">\n"...)
	b.text("RoomID", cmp.Or(r.place.Key, "-"))
	b.time("StartTimeUTC", w.start)
	for _, p := range people {
		b.presence("ParticipantEntered", r.login(p.Person), p.From)
	}
	if err := r.part.write(b.b); err != nil {
		return err
	}
	for _, e := range w.entries {
		if err := r.part.write(e.xml, e.key); err != nil {
			return err
		}
	}
	b.b = nil
	for _, p := range people {
		b.presence("ParticipantLeft", r.login(p.Person), p.To)
	}
	b.time("EndTimeUTC", until)
	b.close("Conversation")
	r.part.media = append(r.part.media, w.attachments...)
	r.part.lost = r.part.lost || w.lost
	return r.part.write(b.b)
}

// login is how somebody is called.
func (r *render) login(key string) login {
	l := login{name: r.office.Person(key).Mail, kind: "user"}
	l.corporate = l.name
	if p := r.h.Person(key); p != nil {
		if p.Kind == "bot" || p.Kind == "app" || p.Kind == "system" {
			l.kind = "bot"
		}
		if p.Corporate != "" && r.Real {
			l.corporate = transcript.Line(p.Corporate)
		}
	}
	return l
}

// part is one file.
type part struct {
	*render
	f     *edition.File
	n     int
	xml   bytes.Buffer // of a zip
	keys  []string     // in it
	media []*edition.Medium
	lost  bool
}

// room makes sure that there is a file that takes one more window.
func (r *render) room() error {
	if r.part != nil && r.part.n < r.maxBytes {
		return nil
	}
	if err := r.close(); err != nil {
		return err
	}
	n := r.counts[r.place.Key] + 1
	r.counts[r.place.Key] = n
	name := "conversations/" + edition.Slug(r.place.Title, r.place.Key)
	if n > 1 {
		name += "-" + strconv.Itoa(n)
	}
	if name += ".xml"; r.zip {
		name = name[:len(name)-4] + ".zip"
	}
	f, err := r.out.Create(name)
	if err != nil {
		return err
	}
	r.part = &part{render: r, f: f}
	return r.part.write([]byte("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<FileDump xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n"))
}

func (p *part) write(b []byte, keys ...string) error {
	p.n += len(b)
	if p.zip {
		p.keys = append(p.keys, keys...)
		_, err := p.xml.Write(b)
		return err
	}
	p.f.Mark(keys...)
	_, err := p.f.Write(b)
	return err
}

// close ends the file.
func (r *render) close() error {
	p := r.part
	r.part = nil
	if p == nil {
		return nil
	}
	if err := p.write([]byte("</FileDump>\n")); err != nil {
		return err
	}
	if p.lost {
		p.f.Lacks()
	}
	if !p.zip {
		return p.f.Close()
	}
	p.f.Mark(p.keys...)
	z := edition.NewZip(p.f)
	if err := z.Add(exportName, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p.xml.Bytes())), nil }); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, m := range p.media {
		if err := p.ctx.Err(); err != nil || seen[m.Path] {
			if err != nil {
				return err
			}
			continue
		}
		seen[m.Path] = true
		if err := z.Add(m.Path, func() (io.ReadCloser, error) { return p.h.Media.Open(m) }); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	p.f.Mark()
	return p.f.Close()
}
