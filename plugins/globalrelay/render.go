package globalrelay

import (
	"cmp"
	"context"
	"html"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/mail"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/transcript"
)

// textBytes is how much transcript a mail collects before it is continued in another.
const textBytes = 4 << 20

// render writes the mails of one history.
type render struct {
	*format
	h      *edition.History
	out    *edition.Folder
	office *mail.Office
	teller *transcript.Teller
	stays  map[string][]edition.Stay
	counts map[string]int // how often each conversation has begun

	place *edition.Place
	dir   string
	w     *window
	notes *edition.File // analyses
}

// window is one mail in the making.
type window struct {
	start, period time.Time // period is the beginning of the day or month; both are zero of entries without a time
	part          int       // from 1, of a period in several mails
	roll          *edition.Roll
	wrote         map[string]int // messages of each author
	keys          []string
	text, page    []byte
	files         []mail.Part
	bytes         int64 // of files
	lost          bool
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
	r := &render{format: f, h: h, out: out, office: mail.NewOffice(h, f.Settings), teller: transcript.New(h, f.Options), stays: stays, counts: map[string]int{}}
	for e, err := range h.Entries(ctx) {
		if err == nil {
			err = r.entry(e)
		}
		if err != nil {
			return err
		}
	}
	if err := r.finish(time.Time{}); err != nil || r.notes == nil {
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
		if err := r.finish(time.Time{}); err != nil {
			return err
		}
		r.place, r.dir = e.Place, "mail/"+edition.Slug(e.Place.Title, e.Place.Key)+"/"
		if r.counts[e.Place.Key]++; r.counts[e.Place.Key] > 1 {
			r.dir += strconv.Itoa(r.counts[e.Place.Key]) + "/"
		}
	}
	need := int64(0)
	for i := range p.Pieces {
		if m := p.Pieces[i].Medium; m != nil {
			need += wire(m.Size)
		}
	}
	if err := r.turn(p.At, need); err != nil {
		return err
	}
	if p.Thread != "" {
		p.Pieces = append(p.Pieces, transcript.Piece{Role: transcript.Note, Title: transcript.Fill(r.InReplyTo, r.teller.Pointer(p.Thread))})
	}
	r.add(e, p)
	return nil
}

// wire is how long bytes are as base64 in lines, with a header.
func wire(n int64) int64 { return n*4/3 + n/36 + 1024 }

// memberBytes is about how much of a mail somebody takes, in its head and in its table.
const memberBytes = 1 << 10

// room is how many bytes the mail may still grow by. Texts may be spelled out in three characters a byte.
func (r *render) room() int64 {
	return r.maxBytes - 3*int64(len(r.w.text)+len(r.w.page)) - r.w.bytes - memberBytes*int64(len(r.stays[r.place.Key])+len(r.w.wrote)) - 1<<20
}

// turn makes sure that there is a mail for a time, with room for so many bytes.
func (r *render) turn(at time.Time, need int64) error {
	start, part := at, 1
	if !at.IsZero() {
		start, _ = edition.Period(at, r.monthly)
	}
	period := start
	if w := r.w; w != nil {
		if w.period.Equal(period) {
			if len(w.text) < textBytes && need <= r.room() {
				return nil
			}
			start, part = at, w.part+1
		}
		if err := r.finish(start); err != nil {
			return err
		}
	}
	r.w = &window{start: start, period: period, part: part, roll: edition.NewRoll(r.place, r.stays[r.place.Key]), wrote: map[string]int{}}
	return nil
}

func (r *render) add(e edition.Entry, p *transcript.Passage) {
	w := r.w
	author := ""
	switch {
	case e.Message != nil:
		author = e.Message.Author
		w.roll.Say(e.Message, p.At)
	case e.Revision != nil:
		author = e.Revision.By
		w.roll.Act(author, p.At)
	}
	w.wrote[author]++
	w.keys = append(w.keys, p.Key)
	for i := range p.Pieces {
		c := &p.Pieces[i]
		switch {
		case c.File == nil || c.Medium == nil:
		case c.Medium.Lost:
			w.lost = true
		case wire(c.Medium.Size) > r.room():
			c.Text += "\n" + r.NotAttached
		default:
			medium := *c.Medium // it is good until the next record only
			w.bytes += wire(medium.Size)
			w.files = append(w.files, mail.Part{Type: cmp.Or(binary.FindString(medium.Type), "application/octet-stream"), Name: transcript.Line(c.File.Name),
				Open: func() (io.ReadCloser, error) { return r.h.Media.Open(&medium) }})
		}
	}
	w.text = append(p.Append(w.text, "", r.monthly), '\n')
	w.page = r.block(w.page, p, author)
}

// binary are the recognised types of files that a mail may name: texts would be read as parts of its body.
var binary = regexp.MustCompile(`^(image|audio|video|application)/.*$`)

// block is a message as HTML: its head, what was written, and what else is known in a list.
func (r *render) block(b []byte, p *transcript.Passage, author string) []byte {
	head := p.Head(r.monthly)
	if author != "" {
		head += " <" + r.office.Person(author).Mail + ">"
	}
	b = append(b, "<h3>"+html.EscapeString(head)+"</h3>\n"...)
	list := false
	for i := range p.Pieces {
		c := &p.Pieces[i]
		said := c.Role == transcript.Sentence || c.Role == transcript.Subject || c.Role == transcript.Body && c.Title == ""
		switch {
		case said && list:
			b = append(b, "</ul>\n"...)
		case !said && !list:
			b = append(b, "<ul>\n"...)
		}
		if list = !said; list {
			b = append(b, "<li>"+html.EscapeString(c.Title)...)
		} else if c.Title != "" {
			b = append(b, "<p>"+html.EscapeString(c.Title)+"</p>\n"...)
		}
		if c.Text != "" {
			b = append(b, "<pre>"...)
			if c.Text[0] == '\n' { // readers drop the first one
				b = append(b, '\n')
			}
			b = append(b, html.EscapeString(c.Text)+"</pre>"...)
		}
		if list {
			b = append(b, "</li>"...)
		}
		b = append(b, '\n')
	}
	if list {
		b = append(b, "</ul>\n"...)
	}
	return b
}

// finish writes the mail. The next one begins at a time, if there is one.
func (r *render) finish(next time.Time) error {
	w := r.w
	r.w = nil
	if w == nil {
		return nil
	}
	name := r.dir + "undated"
	until := w.start
	if !w.start.IsZero() {
		layout := "2006-01-02"
		if r.monthly {
			layout = "2006-01"
		}
		name = r.dir + w.period.Format(layout)
		if _, until = edition.Period(w.start, r.monthly); !next.IsZero() && next.Before(until) {
			until = next
		}
		until = until.Add(-time.Second)
	}
	if w.part > 1 {
		name += "-" + strconv.Itoa(w.part)
	}
	f, err := r.out.Create(name + ".eml")
	if err != nil {
		return err
	}
	if w.lost {
		f.Lacks()
	}
	f.Mark(w.keys...)
	if _, err := r.mail(w, until).WriteTo(f); err != nil {
		return err
	}
	f.Mark()
	return f.Close()
}

// mail is the window as a mail from whom it shows first to all others.
func (r *render) mail(w *window, until time.Time) *mail.Message {
	place := r.office.Place(r.place)
	m := mail.New(edition.Digest("globalrelay\x00"+w.keys[0]) + place.Mail[strings.IndexByte(place.Mail, '@'):])
	if until.IsZero() {
		m.Date(time.Unix(0, 0).UTC(), true)
	} else {
		m.Date(until, false)
	}
	people := w.roll.Present(w.start, until, !r.active)
	var from, to []mail.Address
	seen := map[string]bool{"": true}
	for _, p := range people {
		if seen[p.Person] {
			continue
		}
		seen[p.Person] = true
		if len(from) == 0 && w.wrote[p.Person] > 0 {
			from = append(from, r.office.Person(p.Person))
		} else {
			to = append(to, r.office.Person(p.Person))
		}
	}
	if len(from) == 0 {
		from = append(from, place)
	}
	m.Addresses("From", from...)
	m.Addresses("To", to...)
	span := r.NoDate
	if !w.start.IsZero() {
		span = transcript.Fill(r.CallFromUntil, stamp(w.start), stamp(until)) + r.Open + transcript.Offset(until) + r.Close
	}
	m.Words("Subject", place.Name+r.Separator+span)
	m.Words("Auto-Submitted", "auto-generated")
	m.Words("X-GlobalRelay-MsgType", cmp.Or(r.kind, system(r.place)))
	m.Words("X-Chat-Platform", system(r.place))
	m.Words("X-Chat-Room", cmp.Or(r.place.Key, "-"))
	m.Words("X-Chat-Room-Name", cmp.Or(place.Name, "-"))
	m.Words("X-Chat-Room-Kind", r.place.Kind())
	m.Words("X-Chat-Entries", strconv.Itoa(len(w.keys)))
	title := place.Name + "\n" + span + "\n"
	m.Add(mail.Part{Choices: []mail.Part{{Type: "text/plain", Text: title + "\n" + string(w.text)}, {Type: "text/html", Text: r.page(w, title, people)}}})
	for _, p := range w.files {
		m.Add(p)
	}
	return m
}

func stamp(at time.Time) string { return at.Format("2006-01-02 15:04:05") }

// system is the name of the system that a conversation comes from.
func system(p *edition.Place) string {
	if p.Record != nil && p.Record.System != "" {
		return transcript.Line(p.Record.System)
	}
	return cmp.Or(transcript.Line(message.SplitKey(p.Key)[0]), "unknown")
}

// page is the body as HTML: who was there, and the transcript.
func (r *render) page(w *window, title string, people []edition.Presence) string {
	var b strings.Builder
	name, span, _ := strings.Cut(strings.TrimSpace(title), "\n")
	b.WriteString("<!DOCTYPE html>\n<html lang=\"" + r.Code + "\">\n<head><meta charset=\"utf-8\"><title>" + html.EscapeString(name) + "</title></head>\n<body>\n")
	b.WriteString("<h1>" + html.EscapeString(name) + "</h1>\n<p>" + html.EscapeString(span) + "</p>\n<table>\n<tr>")
	for _, word := range []string{r.People, r.Role, r.Emails, r.Joined, r.Left, ""} {
		b.WriteString("<th>" + html.EscapeString(word) + "</th>")
	}
	b.WriteString("</tr>\n")
	for _, p := range people {
		a, kind := r.office.Person(p.Person), ""
		if v := r.h.Person(p.Person); v != nil {
			kind = r.Kinds[v.Kind]
		}
		b.WriteString("<tr>")
		for _, cell := range []string{a.Name, kind, a.Mail, stamp(p.From), stamp(p.To), transcript.Fill(r.Entries, r.Number(int64(w.wrote[p.Person])))} {
			b.WriteString("<td>" + html.EscapeString(cell) + "</td>")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n" + string(w.page) + "</body>\n</html>\n")
	return b.String()
}
