package mail

import (
	"context"
	"time"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/transcript"
)

// bundleBytes is how much text a bundle has before it is continued in another.
const bundleBytes = 1 << 20

// Bundle is one day of a conversation in one mail: the transcript, and the files of all its messages. A thread is
// in the bundle of its first message.
type Bundle struct {
	Keys  []string // of the records that it shows
	Place *edition.Place
	Start time.Time // of its first message, zero where that has no time
	Part  int       // from 1, of a day in several mails

	office  *Office
	group   string
	text    []byte
	files   []Part
	room    int64
	writers []string // keys of authors
	seen    map[string]bool
	n       int
}

// Bundles cuts a history into bundles. Each is good until the next one.
type Bundles struct {
	o *Office
	b *Bundle
}

// NewBundles begins with the first entry.
func (o *Office) NewBundles() *Bundles { return &Bundles{o: o} }

// Add takes the next entry. It gives the bundle that ended with the entry before, if one did.
func (s *Bundles) Add(e edition.Entry) (done *Bundle, err error) {
	p, err := s.o.teller.Tell(e.Record)
	if err != nil {
		return nil, err
	}
	group := p.Key
	if p.Thread != "" {
		group = p.Thread
	}
	b := s.b
	fits := b != nil && len(b.text) < bundleBytes && !e.First
	if fits && group != b.group {
		fits = day(p.At) == day(b.Start)
	}
	if !fits {
		done = b
		s.b = &Bundle{Place: e.Place, Start: p.At, Part: 1, office: s.o, room: s.o.Limit, seen: map[string]bool{}}
		if b != nil && !e.First && day(p.At) == day(b.Start) {
			s.b.Part = b.Part + 1
		}
		b = s.b
	}
	b.group = group
	b.add(e, p)
	return done, nil
}

// EachBundle walks a history as bundles.
func (o *Office) EachBundle(ctx context.Context, f func(b *Bundle) error) error {
	s := o.NewBundles()
	for e, err := range o.h.Entries(ctx) {
		if err != nil {
			return err
		}
		done, err := s.Add(e)
		if err != nil {
			return err
		}
		if done != nil {
			if err := f(done); err != nil {
				return err
			}
		}
	}
	if b := s.End(); b != nil {
		return f(b)
	}
	return nil
}

// End gives the last bundle, nil of an empty history.
func (s *Bundles) End() *Bundle { return s.b }

func day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format("2006-01-02")
}

func (b *Bundle) add(e edition.Entry, p *transcript.Passage) {
	b.n++
	b.Keys = append(b.Keys, e.Key())
	if e.Message != nil && e.Message.Author != "" && !b.seen[e.Message.Author] {
		b.seen[e.Message.Author] = true
		b.writers = append(b.writers, e.Message.Author)
	}
	for i := range p.Pieces {
		c := &p.Pieces[i]
		if part, ok := b.office.file(c, &b.room); ok {
			b.files = append(b.files, part)
		} else if c.Medium != nil {
			c.Text += "\n" + b.office.NotAttached
		}
	}
	prefix := ""
	if p.Thread != "" {
		prefix = "  | "
	}
	b.text = append(p.Append(b.text, prefix, day(p.At) != day(b.Start)), '\n')
}

// Mail is the bundle as a mail, from the conversation to those who wrote.
func (b *Bundle) Mail() *Message {
	o := b.office
	key := b.Keys[0]
	m := New(edition.Digest("bundle\x00"+key) + "@" + domain(key))
	unsure := b.Start.IsZero()
	at := b.Start
	if unsure {
		at = time.Unix(0, 0).UTC()
	}
	m.Date(at, unsure)
	m.Addresses("From", o.Place(b.Place))
	var to []Address
	for _, k := range b.writers {
		to = append(to, o.Person(k))
	}
	m.Addresses("To", to...)
	words := transcript.Name(b.Place.Title)
	if b.Place.Key == "" {
		words = o.Analyses
	}
	if unsure {
		words += o.Separator + o.NoDate
	} else {
		words += o.Separator + o.Day(at) + o.Open + transcript.Offset(at) + o.Close
	}
	words += o.Separator + transcript.Fill(o.Entries, o.Number(int64(b.n)))
	if b.Part > 1 {
		words += o.Separator + transcript.Fill(o.PartNumber, o.Number(int64(b.Part)))
	}
	m.Words("Subject", words)
	m.Words("X-Chat-Platform", message.SplitKey(key)[0])
	if b.Place.Key != "" {
		m.Words("X-Chat-Room", b.Place.Key)
		m.Words("X-Chat-Room-Kind", b.Place.Kind())
	}
	m.Words("X-Chat-Entries", o.Number(int64(b.n)))
	m.Add(Part{Type: "text/plain", Text: string(b.text)})
	for _, f := range b.files {
		m.Add(f)
	}
	return m
}
