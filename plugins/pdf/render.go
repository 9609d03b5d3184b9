package pdf

import (
	"context"
	"math"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/plugins/pdf/typeface"
)

// press makes the documents of one edition.
type press struct {
	format  *format
	history *edition.History
	out     *edition.Folder
	fonts   *typeface.Collection
	title   string
	members map[string][]member // by conversation
	serial  *serial
	made    []made
	parts   map[string]int // documents by name without the number of the part
	open    *volume
	period  string // of the open one
	base    string // its name without the number of the part
}

// serial numbers messages and exhibits through the whole edition.
type serial struct {
	number, exhibit int64
	recent          recent
}

// member is one person's time in a conversation.
type member struct{ person, role, joined, left string }

// Render implements edition.Format.
func (f *format) Render(ctx context.Context, h *edition.History, out *edition.Folder) error {
	fonts, err := f.fonts(out)
	if err != nil {
		return err
	}
	// A font for Chinese has 16 MB. What fonts hold comes on top of the memory that the host allots, or collecting
	// garbage would take most of the time.
	limit := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(limit)
	allotted := limit
	fonts.Loaded = func(size int64) {
		if size += size / 2; allotted < math.MaxInt64-size {
			allotted += size
			debug.SetMemoryLimit(allotted)
		}
	}
	p := &press{format: f, history: h, out: out, fonts: fonts, title: firstOf(f.Title, h.Title(), f.words.t("Chat history")), serial: &serial{}, members: map[string][]member{}, parts: map[string]int{}}
	for r, err := range h.DirectoryRecords(ctx) {
		if err != nil {
			return err
		}
		if m := r.Membership; m != nil {
			key := strings.Clone(m.Conversation)
			p.members[key] = append(p.members[key], member{strings.Clone(m.Person), strings.Clone(m.Role), f.date(m.Joined), f.date(m.Left)})
		}
	}
	for e, err := range h.Entries(ctx) {
		if err == nil {
			err = p.entry(&e)
		}
		if err != nil {
			return err
		}
	}
	if err := p.close(); err != nil {
		return err
	}
	if err := p.index(ctx); err != nil {
		return err
	}
	return writeFonts(out, fonts)
}

func (f *format) date(t *message.Time) string {
	if t == nil {
		return ""
	}
	if at := f.read(t.UTC); !at.IsZero() {
		return at.Format("2006-01-02")
	}
	return ""
}

func (p *press) entry(e *edition.Entry) error {
	answer := e.Message != nil && reply(e.Message)
	switch {
	case e.First && p.format.Split != "none", p.open == nil:
		period := p.periodOf(e.Record)
		if err := p.start(e.Place, period); err != nil {
			return err
		}
	case !answer && p.format.Split != "none" && p.periodOf(e.Record) > p.period: // time that is set back stays where it is
		if err := p.start(e.Place, p.periodOf(e.Record)); err != nil {
			return err
		}
	case p.open.doc.Pages() >= p.format.MaxPages-1: // the title page is one too
		if err := p.next(); err != nil {
			return err
		}
	}
	if p.open.place == nil || p.open.place.Key != e.Place.Key {
		p.open.conversation(e.Place)
	}
	p.open.entry(e)
	return p.open.err
}

// periodOf is the month or year of a record, where documents are made for such.
func (p *press) periodOf(r *message.Record) string {
	at := ""
	switch {
	case r.Message != nil:
		at = r.Message.Sent.UTC
	case r.Revision != nil && r.Revision.At != nil:
		at = r.Revision.At.UTC
	}
	t := p.format.read(at)
	switch {
	case p.format.Split == "month" && !t.IsZero():
		return t.Format("2006-01")
	case p.format.Split == "year" && !t.IsZero():
		return t.Format("2006")
	}
	return ""
}

// start begins the document of a conversation, or of a part of its time.
func (p *press) start(at *edition.Place, period string) error {
	if err := p.close(); err != nil {
		return err
	}
	p.base, p.period = "history", period
	if p.format.Split != "none" {
		p.base = "conversations/" + edition.Slug(p.placeTitle(at), at.Key)
	}
	switch {
	case period != "":
		p.base += "/" + period
	case p.format.Split == "month" || p.format.Split == "year":
		p.base += "/undated"
	}
	return p.next()
}

// next begins the next document of the same kind.
func (p *press) next() error {
	var before *volume
	if p.open != nil {
		before = p.open
		if err := p.close(); err != nil {
			return err
		}
	}
	p.parts[p.base]++
	name := p.base
	if n := p.parts[p.base]; n > 1 {
		name += "-part-" + strconv.Itoa(n)
	}
	v, err := p.volume(name+".pdf", p.parts[p.base])
	if err != nil {
		return err
	}
	p.open = v
	if before != nil && before.place != nil { // the same conversation goes on
		v.conversation(before.place)
		v.root = before.root
	}
	return nil
}

func (p *press) close() error {
	if p.open == nil {
		return nil
	}
	v := p.open
	p.open = nil
	return v.finish()
}

// placeTitle is how a conversation is called, with the sign of a channel.
func (p *press) placeTitle(at *edition.Place) string {
	title := oneLine(firstOf(at.Title, p.format.words.t("Without a conversation")))
	if k := at.Kind(); k == "public" || k == "private" {
		return "#" + strings.TrimPrefix(title, "#")
	}
	return title
}

// recent remembers the numbers of the last messages.
type recent struct {
	numbers map[string]int64
	ring    []string
	next    int
}

// remembered is how many messages back another one is named by its number.
const remembered = 1 << 13

func (c *recent) add(key string, n int64) {
	if c.numbers == nil {
		c.numbers = map[string]int64{}
	}
	key = strings.Clone(key)
	if len(c.ring) < remembered {
		c.ring = append(c.ring, key)
	} else {
		delete(c.numbers, c.ring[c.next])
		c.ring[c.next] = key
		c.next = (c.next + 1) % remembered
	}
	c.numbers[key] = n
}

func (c *recent) find(key string) int64 { return c.numbers[key] }
