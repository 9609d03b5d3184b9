package transcript

import (
	"container/heap"
	"context"
	"fmt"
	"time"

	"github.com/chatferry/chatferry/core/edition"
)

// Layout is how a format writes what a Volume holds. Every function appends to b.
type Layout interface {
	Extension() string
	Head(b []byte, v *Volume, place *Passage) []byte               // what stands at the top
	Day(b []byte, words, offset string) []byte                     // before the first passage of a day
	Orphans(b []byte, words string) []byte                         // before replies whose first message is not there
	Say(b []byte, v *Volume, p *Passage, reply, dated bool) []byte // a passage; dated when its day or offset is not the header's
	Pointer(b []byte, v *Volume, words string, to *Volume) []byte  // where replies of this day stand
	Foot(b []byte, v *Volume, next string) []byte                  // what stands at the end; next is "" at the last one
	Index(b []byte, h *edition.History, list []*Volume) []byte     // the first page
	Directory(b []byte, title string, p *Passage) []byte           // an entry of the directory; title before the first of its kind
}

// Cut says how a conversation becomes several files.
type Cut struct {
	Period string // month, year or none
	Bytes  int    // a file that has as many ends before the next passage
}

// Volume is one file: a conversation, or a period of it.
type Volume struct {
	Place                    *edition.Place
	Title                    string // on one line
	Name                     string // of the file, from the edition's root
	Previous                 string // the file before, of the same conversation
	Period                   string // "2019-04", "2019", or ""
	Messages, Entries, Files int
	First, Last              time.Time
}

// volumesDir holds the files.
const volumesDir = "conversations/"

// press writes the volumes of one edition.
type press struct {
	Options
	layout Layout
	cut    Cut
	out    *edition.Folder
	teller *Teller
	list   []*Volume
	names  map[string]int

	v        *Volume
	f        *edition.File
	n        int // bytes of f
	buf      []byte
	group    string    // first message of the thread that is being written
	rooted   bool      // that message is there
	day      time.Time // midnight of the header before
	offset   string
	headed   bool
	doubt    string
	pointers pointers
	counted  []pointer // of the current thread, by day
	label    string    // of the thread's first message
	rootDay  time.Time
}

// Render writes a whole edition of text: a file for each conversation and period, threads under their first
// message with a pointer at the days of their replies, the directory, and an index.
func Render(ctx context.Context, h *edition.History, out *edition.Folder, o Options, cut Cut, layout Layout) error {
	p := &press{Options: o, layout: layout, cut: cut, out: out, teller: New(h, o), names: map[string]int{}}
	for e, err := range h.Entries(ctx) {
		if err == nil {
			err = p.entry(e)
		}
		if err != nil {
			return err
		}
	}
	if err := p.end(); err != nil {
		return err
	}
	if err := directory(ctx, h, out, p.teller, "directory"+layout.Extension(), layout.Directory); err != nil {
		return err
	}
	return p.whole("index", layout.Index(nil, h, p.list))
}

func (p *press) whole(name string, b []byte) error {
	f, err := p.out.Create(name + p.layout.Extension())
	if err != nil {
		return err
	}
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Close()
}

func (p *press) entry(e edition.Entry) error {
	if e.First || p.v == nil {
		if err := p.end(); err != nil {
			return err
		}
		p.v = &Volume{Place: e.Place}
	}
	said, err := p.teller.Tell(e.Record)
	if err != nil {
		return err
	}
	group := said.Key
	if said.Thread != "" {
		group = said.Thread
	}
	if group != p.group || p.f == nil {
		if err := p.begin(group, said); err != nil {
			return err
		}
	} else if p.n >= p.cut.Bytes {
		if err := p.turn(p.v.Period, said); err != nil {
			return err
		}
	}
	return p.say(e, said)
}

// begin starts a message or a thread: it goes to the file of its time, after the pointers that belong before.
func (p *press) begin(group string, said *Passage) error {
	p.settle()
	if err := p.point(said.At); err != nil {
		return err
	}
	period := p.period(said.At)
	if p.f == nil || period != p.v.Period || p.n >= p.cut.Bytes {
		if err := p.turn(period, said); err != nil {
			return err
		}
		if err := p.point(said.At); err != nil {
			return err
		}
	}
	p.group, p.rooted, p.rootDay = group, said.Thread == "", midnight(said.At)
	p.label = p.teller.Pointer(group)
	if err := p.header(said.At); err != nil {
		return err
	}
	if !p.rooted {
		p.write(p.layout.Orphans(p.buf[:0], Fill(p.ReplyInThread, p.label)))
	}
	return nil
}

func (p *press) say(e edition.Entry, said *Passage) error {
	v := p.v
	if e.Message != nil {
		v.Messages++
		v.Files += len(e.Message.Attachments)
	} else {
		v.Entries++
	}
	v.seen(said.At)
	reply := said.Thread != ""
	dated := !midnight(said.At).Equal(p.day) || Offset(said.At) != p.offset
	if day := midnight(said.At); reply && p.rooted && day.After(p.rootDay) {
		p.count(day, said.At)
	}
	if said.Doubt == p.doubt {
		said.Doubt = ""
	} else {
		p.doubt = said.Doubt
	}
	p.f.Mark(e.Key())
	err := p.write(p.layout.Say(p.buf[:0], v, said, reply, dated && !said.At.IsZero()))
	p.f.Mark()
	return err
}

func (p *press) write(b []byte) error {
	p.buf = b
	p.n += len(b)
	_, err := p.f.Write(b)
	return err
}

// header begins a day.
func (p *press) header(at time.Time) error {
	day := midnight(at)
	if p.headed && day.Equal(p.day) {
		return nil
	}
	p.headed, p.day, p.offset = true, day, Offset(at)
	if at.IsZero() {
		p.offset = ""
		return p.write(p.layout.Day(p.buf[:0], p.NoDate, ""))
	}
	return p.write(p.layout.Day(p.buf[:0], p.Words.Day(at), p.offset))
}

func midnight(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	y, m, d := at.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, at.Location())
}

func (p *press) period(at time.Time) string {
	switch {
	case p.cut.Period == "none":
		return ""
	case at.IsZero():
		return "undated"
	case p.cut.Period == "year":
		return at.Format("2006")
	}
	return at.Format("2006-01")
}

// turn closes the file that is open and opens the next one of the conversation.
func (p *press) turn(period string, said *Passage) error {
	next := &Volume{Place: p.v.Place, Period: period}
	base := volumesDir + edition.Slug(p.v.Place.Title, p.v.Place.Key)
	if period != "" {
		base += "/" + period
	}
	p.names[base]++
	next.Name = base + p.layout.Extension()
	if n := p.names[base]; n > 1 {
		next.Name = fmt.Sprintf("%s-%d%s", base, n, p.layout.Extension())
	}
	if p.f != nil {
		next.Previous = p.v.Name
		if err := p.close(next.Name); err != nil {
			return err
		}
	}
	var err error
	if p.f, err = p.out.Create(next.Name); err != nil {
		return err
	}
	p.v, p.n, p.headed, p.doubt = next, 0, false, ""
	p.list = append(p.list, next)
	place, err := p.teller.Introduce(p.v.Place)
	if err != nil {
		return err
	}
	next.Title = place.Author
	err = p.write(p.layout.Head(p.buf[:0], next, place))
	if err == nil && p.group != "" && said.Thread == p.group { // a thread goes on
		if err = p.header(p.rootDay); err == nil {
			err = p.write(p.layout.Orphans(p.buf[:0], Fill(p.ThreadFrom, p.label)))
		}
	}
	return err
}

func (p *press) close(next string) error {
	if err := p.write(p.layout.Foot(p.buf[:0], p.v, next)); err != nil {
		return err
	}
	return p.f.Close()
}

// end closes the conversation.
func (p *press) end() error {
	if p.f == nil {
		return nil
	}
	p.settle()
	if err := p.point(time.Time{}); err != nil {
		return err
	}
	err := p.close("")
	p.f, p.v, p.group, p.pointers = nil, nil, "", nil
	return err
}

// maxPointers bounds how many days with replies wait for their place in one conversation. Of more, those that
// come later are left out: they are a help for the reader, and the replies themselves stand in their thread.
const maxPointers = 20000

// pointer is a day on which a thread was replied to.
type pointer struct {
	day, at time.Time // at is the first reply of the day
	n       int
	label   string
	to      *Volume
}

type pointers []pointer

func (h pointers) Len() int { return len(h) }
func (h pointers) Less(i, j int) bool {
	return h[i].at.Before(h[j].at) || h[i].at.Equal(h[j].at) && h[i].label < h[j].label
}
func (h pointers) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *pointers) Push(x any)   { *h = append(*h, x.(pointer)) }
func (h *pointers) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func (p *press) count(day, at time.Time) {
	if n := len(p.counted); n > 0 && p.counted[n-1].day.Equal(day) && p.counted[n-1].to == p.v {
		p.counted[n-1].n++
		return
	}
	p.counted = append(p.counted, pointer{day, at, 1, p.label, p.v})
}

// settle takes the days of the thread that has ended among those that wait.
func (p *press) settle() {
	for _, x := range p.counted {
		if len(p.pointers) < maxPointers {
			heap.Push(&p.pointers, x)
		}
	}
	p.counted = p.counted[:0]
}

// point writes the pointers that belong before a time and into the file that is open; at the conversation's
// end all that belong into it.
func (p *press) point(before time.Time) error {
	for p.f != nil && len(p.pointers) > 0 && (before.IsZero() || p.pointers[0].at.Before(before)) {
		switch period := p.period(p.pointers[0].at); {
		case period > p.v.Period:
			return nil // its file comes later, or never
		case period < p.v.Period:
			heap.Pop(&p.pointers) // there is no file of its time
			continue
		}
		x := heap.Pop(&p.pointers).(pointer)
		if err := p.header(x.at); err != nil {
			return err
		}
		if err := p.write(p.layout.Pointer(p.buf[:0], p.v, Fill(p.ThreadAt, p.Number(int64(x.n)), x.label), x.to)); err != nil {
			return err
		}
	}
	return nil
}
