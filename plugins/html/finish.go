package html

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/markup"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/spill"
)

// site is what Finish builds.
type site struct {
	*sink
	*prose
	out   *output
	media *library
	units []unit
	all   *stats
	rooms []*roomEntry

	mu    sync.Mutex    // of index and times
	index *spill.Sorter // terms
	times *spill.Sorter // pages by the time of their last message
}

// unit is one committed shard.
type unit struct {
	id               string
	directory, lines edition.Part
	stats            *stats
	rooms            []*roomEntry
	pages            int
}

// roomEntry is a conversation in the lists of the site.
type roomEntry struct {
	place *place
	summary
}

// newProse is the same for building and for checking, so that both render alike.
func (s *sink) newProse(d *directory) *prose {
	title := s.Title
	if title == "" {
		title = d.title
	}
	words := languageOf(s.Language)
	if title == "" {
		title = words.t("Chat archive")
	}
	return &prose{title: title, d: d, words: words, clock: clock{s.zone, s.zone.String() == "UTC"}, plain: markup.NewRenderer(markup.Options{Dialect: markup.Plain})}
}

// Finish builds the site from the parts. Every file is written anew, the manifest last, so that an
// interrupted Finish leaves a site that does not read back, and the next one repairs it.
func (s *sink) Finish(ctx context.Context, shards []plugin.ShardReceipt) error {
	b := &site{sink: s, units: make([]unit, len(shards))}
	for i, sh := range shards {
		directory, lines, err := s.parts.Committed(sh)
		if err != nil {
			return err
		}
		b.units[i] = unit{id: sh.Shard.ID, directory: directory, lines: lines}
	}
	b.out = newOutput(s.run.Dir, s.run.Work)
	defer b.out.close()
	if err := b.out.begin(); err != nil {
		return err
	}
	b.media = &library{store: s.run.Media, dir: s.run.Dir, made: map[string]bool{}}
	if s.Thumbnails {
		b.media.out = b.out
	}
	d, err := b.directory(ctx)
	if err != nil {
		return err
	}
	b.prose = s.newProse(d)
	b.index = spill.New(s.run.Work, indexMemory)
	defer b.index.Close()
	b.times = spill.New(s.run.Work, 4<<20)
	defer b.times.Close()
	if err := b.build(ctx); err != nil {
		return err
	}
	if err := b.sum(); err != nil {
		return err
	}
	for _, f := range []func() error{b.search, b.front, b.peoplePages, b.statistics, b.completeness, b.assets} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(); err != nil {
			return err
		}
	}
	return b.out.seal(ctx)
}

// directory reads the directory records and keeps them in the site's data.
func (s *site) directory(ctx context.Context) (*directory, error) {
	d := newDirectory()
	n := 0
	var data []byte
	flush := func() error {
		if len(data) == 0 {
			return nil
		}
		n++
		err := s.out.file(directoryName(n), append(append([]byte("ferry.directory(String.raw`\n"), data...), "`);\n"...))
		data = data[:0]
		return err
	}
	for i := range s.units {
		u := &s.units[i]
		err := u.directory.EachLine(ctx, func(line string) error {
			r, err := message.Decode(line)
			if err != nil {
				return fault.New(fault.Bug, "finish site", u.id, "", err)
			}
			data = appendLine(data, line)
			if len(data) > 256<<10 {
				if err := flush(); err != nil {
					return err
				}
			}
			return d.add(r, s.media)
		})
		if err != nil {
			return nil, err
		}
	}
	d.settle()
	return d, flush()
}

func directoryName(n int) string { return "data/directory-" + strconv.Itoa(n) + ".js" }

// build writes the pages of all units, several units at a time.
func (s *site) build(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(min(runtime.GOMAXPROCS(0), 4))
	for i := range s.units {
		if s.units[i].lines.Empty() {
			continue
		}
		g.Go(func() error { return s.unit(ctx, i) })
	}
	return g.Wait()
}

// unit writes the pages of one unit's conversations.
func (s *site) unit(ctx context.Context, number int) error {
	u := &s.units[number]
	u.stats = newStats(s.clock)
	x := newIndexer(number, s.index, &s.mu)
	p := *s.prose
	p.plain = markup.NewRenderer(markup.Options{Dialect: markup.Plain})
	var r *room
	var minutes []int64 // of the open page's records
	conv := ""
	end := func(more bool) error {
		if r.count > 0 {
			if err := s.pageTimes(number, u.pages, len(u.rooms), r.n, minutes); err != nil {
				return err
			}
			u.pages++
			minutes = minutes[:0]
		}
		return r.end(more)
	}
	var rec message.Record
	err := u.lines.EachLine(ctx, func(line string) error {
		got, err := edition.Decode(line, &rec)
		if err != nil {
			return fault.New(fault.Bug, "finish site", u.id, "", err)
		}
		if c := got.ConversationKey(); r == nil || c != conv {
			if r != nil {
				if err := s.closeRoom(u, r, end); err != nil {
					return err
				}
			}
			conv = c
			r = newRoom(&p, s.placeOf(c), s.media, nil)
			hash := r.place.hash
			r.page = func(n int, html, data []byte, _ []piece) error { return s.out.page(roomDir(hash), n, html, data) }
		}
		if r.full() {
			if err := end(true); err != nil {
				return err
			}
		}
		at := int64(noTime)
		if m := got.Message; m != nil {
			at = minuteNumber(m.Sent.UTC)
			if err := x.add(u.pages, r.count, m); err != nil {
				return err
			}
		}
		minutes = append(minutes, at)
		u.stats.add(got)
		r.summary.count(got, s.clock)
		return r.add(got, line)
	})
	if err != nil {
		return err
	}
	if r != nil {
		if err := s.closeRoom(u, r, end); err != nil {
			return err
		}
	}
	return x.flush()
}

func roomDir(hash string) string { return "c/" + hash }

// placeOf gives a conversation that may be in no list. Such a one does not become part of the directory
// while units run, since others would then be rendered differently depending on who comes first.
func (s *site) placeOf(key string) *place {
	if p := s.d.places[key]; p != nil {
		return p
	}
	return newDirectory().place(key)
}

// closeRoom ends the last page and writes what only the end of a conversation knows.
func (s *site) closeRoom(u *unit, r *room, end func(bool) error) error {
	if err := end(false); err != nil {
		return err
	}
	e := &roomEntry{place: r.place, summary: r.summary}
	if err := s.home(e); err != nil {
		return err
	}
	e.days, e.pins, e.pictures = nil, nil, e.pictures[:0:0]
	u.rooms = append(u.rooms, e)
	return nil
}

// sum brings the units together, in plan order.
func (s *site) sum() error {
	s.all = newStats(s.clock)
	seen := map[string]*roomEntry{}
	for i := range s.units {
		u := &s.units[i]
		if u.stats == nil {
			continue
		}
		s.all.merge(u.stats)
		for _, e := range u.rooms {
			if seen[e.place.key] != nil {
				return fault.New(fault.Bug, "finish site", u.id, "tell the author of the source plugin", errors.New("a conversation is in two shards"))
			}
			seen[e.place.key] = e
		}
	}
	for _, p := range s.d.rooms { // those without messages have a first page too
		if p.workspace || seen[p.key] != nil {
			continue
		}
		e := &roomEntry{place: p}
		if err := s.home(e); err != nil {
			return err
		}
		seen[p.key] = e
	}
	for _, e := range seen {
		s.rooms = append(s.rooms, e)
	}
	slices.SortFunc(s.rooms, compareRooms)
	return nil
}
