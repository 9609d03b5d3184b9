package slackgen

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// gen is one run. Its scratch fields are reused from record to record.
type gen struct {
	c          Config
	now        int64 // moment of the export in µs
	older      int64 // moment of the earlier export; beyond all times when there is none
	end        int64
	cast       []person
	teams      []string
	rooms      []*room
	decks      [3][]int
	token      string
	groupNames map[string]int
	out        container
	t          *Truth
	seen       authors

	room   *room
	it     *item
	win    []item
	m      mess
	d      dice
	rd     dice
	w      writer
	late   struct{ reacted bool }
	oldest int64           // what is older was not retained
	begun  map[*room]int64 // first retained record; nil when nothing was cut
	pend   []file          // files of the open day whose bytes are still to be written
	page   page
}

// page is the day file being written.
type page struct {
	name string
	open bool
	day  int
}

// Generate writes an export to path (a zip, or a folder when c.Dir) and tells what is in it.
func Generate(path string, c Config) (*Truth, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	g := &gen{c: c, t: newTruth(&c)}
	g.now, g.older = c.moment(c.Cut), c.moment(1)
	if c.Older > 0 {
		g.older = c.moment(c.Older)
		g.t.Delta = &Delta{}
	}
	g.end = c.Since.UnixMicro() + int64(c.Days)*86400e6
	g.prepare()
	if err := g.openContainer(path); err != nil {
		return nil, fmt.Errorf("generate %s: %w", path, err)
	}
	err := g.everything()
	if err = errors.Join(err, g.out.Close()); err != nil {
		return nil, fmt.Errorf("generate %s: %w", path, err)
	}
	if err := g.cutZip(path); err != nil {
		return nil, fmt.Errorf("generate %s: %w", path, err)
	}
	g.settle()
	return g.t, nil
}

func (g *gen) openContainer(path string) (err error) {
	if g.c.Dir {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
		g.out = &folder{root: path}
		return nil
	}
	g.out, err = createZip(path, g.c.Level)
	return err
}

func (g *gen) prepare() {
	for i := range g.c.Teams {
		g.teams = append(g.teams, slackID("T", g.c.Seed+3, uint64(i)))
	}
	g.t.Team = g.teams[0]
	// The token that Slack puts into file URLs is another one in each export.
	g.token = "?t=xoxe-" + string(appendHex(nil, mix(g.c.Seed^uint64(g.now)), 16))
	g.wholeDefects()
	g.makeCast()
	g.seen.bits = make([]uint64, len(g.cast)/64+1)
	g.makeRooms()
}

func (g *gen) everything() error {
	if err := g.directoryBefore(); err != nil {
		return err
	}
	for _, r := range g.rooms {
		if r.created > g.now {
			continue
		}
		g.addRoomTruth(r)
		if err := g.messages(r); err != nil {
			return err
		}
	}
	g.cutTruth()
	if err := g.breakThings(); err != nil {
		return err
	}
	return g.directoryAfter()
}

// create opens a file of the export, inside the wrapping folder if there is one.
func (g *gen) create(name string) error {
	if g.c.Wrap != "" {
		name = g.c.Wrap + "/" + name
	}
	return g.out.Create(name)
}

func (g *gen) file(name string, data []byte) error {
	if err := g.create(name); err != nil {
		return err
	}
	if _, err := g.out.Write(data); err != nil {
		return err
	}
	return g.out.CloseEntry()
}

func (g *gen) newWriter(r *room) writer {
	w := writer{b: g.w.b[:0], pretty: g.c.Dialect != Slackdump}
	if r != nil {
		w.ascii = r.ascii
	}
	return w
}

// messages streams a room's records into day files.
func (g *gen) messages(r *room) error {
	c := g.newClock(r)
	for done := 0; c.left > 0; done += len(g.win) {
		g.plan(c, r, done)
		for i := range g.win {
			it := &g.win[i]
			if it.us > g.now {
				return g.closeDay(r)
			}
			if !g.retain(r, i) {
				continue
			}
			if err := g.turnPage(r, it.day); err != nil {
				return err
			}
			g.late.reacted = false
			g.compose(r, it)
			g.write(&g.w, r, it)
			g.observe(r, it)
			if len(g.w.b) > 1<<16 {
				if err := g.drain(); err != nil {
					return err
				}
			}
		}
	}
	return g.closeDay(r)
}

func (g *gen) turnPage(r *room, day int) error {
	if g.page.open && g.page.day == day {
		return nil
	}
	if err := g.closeDay(r); err != nil {
		return err
	}
	g.page = page{name: r.folder() + "/" + g.date(day) + ".json", open: true, day: day}
	g.w = g.newWriter(r)
	g.w.array("")
	r.truth.DayFiles++
	g.t.DayFiles++
	return g.create(g.page.name)
}

func (g *gen) date(day int) string {
	return g.c.Since.AddDate(0, 0, day).Format(time.DateOnly)
}

func (g *gen) drain() error {
	g.t.Bytes += int64(len(g.w.b))
	_, err := g.out.Write(g.w.b)
	g.w.b = g.w.b[:0]
	return err
}

// closeDay ends the open day file and writes the bytes of the files it mentions.
func (g *gen) closeDay(r *room) error {
	if !g.page.open {
		return nil
	}
	g.page.open = false
	g.w.endArray()
	if err := errors.Join(g.drain(), g.out.CloseEntry()); err != nil {
		return err
	}
	g.room = r
	for i := range g.pend {
		f := &g.pend[i]
		if err := g.file(f.path(g), f.bytes()); err != nil {
			return err
		}
	}
	g.pend = g.pend[:0]
	return nil
}

// cutZip is the defect "truncated-zip".
func (g *gen) cutZip(path string) error {
	for _, d := range g.c.Defects {
		if d.Name != "truncated-zip" {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		keep := info.Size() * 2 / 3
		if d.Size > 0 {
			keep = max(0, info.Size()-d.Size)
		}
		return os.Truncate(path, keep)
	}
	return nil
}

func (g *gen) has(defect string) bool {
	for _, d := range g.c.Defects {
		if d.Name == defect {
			return true
		}
	}
	return false
}

// junk is what a desktop's zip program adds.
func (g *gen) junk() error {
	if !g.c.Junk {
		return nil
	}
	top := ""
	if g.c.Wrap != "" {
		top = g.c.Wrap + "/"
	}
	for _, name := range []string{"__MACOSX/._" + strings.TrimSuffix(top+"channels.json", "/"), top + ".DS_Store", top + "general/.DS_Store"} {
		if err := g.out.Create(name); err != nil {
			return err
		}
		if _, err := g.out.Write([]byte("\x00\x05\x16\x07junk")); err != nil {
			return err
		}
		if err := g.out.CloseEntry(); err != nil {
			return err
		}
	}
	return nil
}
