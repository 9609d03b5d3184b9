package transcript

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/edition"
)

// Contents is what an index lists: all conversations with their files, by title.
type Contents struct {
	Rooms  []*Room
	Name   string // of the workspace, "" of none
	People int
}

// Room is a conversation in an index. Its sums are those of its volumes.
type Room struct {
	Volume
	Marks   []string
	Volumes []*Volume
}

// NewContents lists every conversation, also those without messages.
func NewContents(h *edition.History, list []*Volume, o Options) *Contents {
	c := &Contents{Name: Name(h.Title()), People: len(h.People)}
	rooms := map[string]*Room{}
	room := func(p *edition.Place) *Room {
		r := rooms[p.Key]
		if r == nil {
			r = &Room{Volume: Volume{Place: p, Title: Name(p.Title)}}
			if p.Record != nil {
				r.Marks = o.placeMarks(p.Record)
			} else if p.Key == "" {
				r.Title = o.Analyses
			}
			rooms[p.Key] = r
			c.Rooms = append(c.Rooms, r)
		}
		return r
	}
	for _, p := range h.Places {
		if k := p.Kind(); k != "workspace" && k != "space" {
			room(p)
		}
	}
	for _, v := range list {
		r := room(v.Place)
		r.Volumes = append(r.Volumes, v)
		r.Messages, r.Entries, r.Files = r.Messages+v.Messages, r.Entries+v.Entries, r.Files+v.Files
		r.seen(v.First)
		r.seen(v.Last)
	}
	slices.SortStableFunc(c.Rooms, func(a, b *Room) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title)), strings.Compare(a.Place.Key, b.Place.Key))
	})
	return c
}

// seen widens the span of times.
func (v *Volume) seen(at time.Time) {
	if at.IsZero() {
		return
	}
	if v.First.IsZero() || at.Before(v.First) {
		v.First = at
	}
	if at.After(v.Last) {
		v.Last = at
	}
}

// Title of the whole.
func (c *Contents) Title(w *Words) string {
	if c.Name == "" {
		return w.Archive
	}
	return w.Archive + w.Colon + c.Name
}

// Sum says how much there is.
func (c *Contents) Sum(w *Words) string {
	messages := 0
	for _, r := range c.Rooms {
		messages += r.Messages
	}
	return Fill(w.MadeOf, w.Number(int64(messages)), w.Number(int64(len(c.Rooms))), w.Number(int64(c.People)))
}

// Head is the room's title with its kind.
func (r *Room) Head(w *Words) string { return r.Title + w.marks(r.Marks) }

// Sum says how much a volume holds, and of what time.
func (v *Volume) Sum(w *Words) string {
	var list []string
	for _, x := range []struct {
		phrase string
		n      int
	}{{w.CountMessages, v.Messages}, {w.CountFiles, v.Files}, {w.CountEntries, v.Entries}} {
		if x.n > 0 {
			list = append(list, Fill(x.phrase, w.Number(int64(x.n))))
		}
	}
	if len(list) == 0 {
		list = append(list, w.NoMessages)
	}
	if !v.First.IsZero() {
		list = append(list, v.First.Format("2006-01-02")+" – "+v.Last.Format("2006-01-02"))
	}
	return strings.Join(list, w.Separator)
}
