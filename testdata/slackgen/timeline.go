package slackgen

// item is one planned record. Planning never looks at the moment of the export; rendering does.
type item struct {
	us      int64
	day     int // index of the day file
	kind    int // index into kinds
	author  int // index into cast
	seed    uint64
	ordinal uint64
	edit    int64 // µs of the last edit, 0 for none
	pin     int64 // µs at which it was pinned, 0 for never
	pinBy   int
	orphan  int64 // thread_ts that no record has
	root    int   // index in the window of the thread's first message, -1 for none
	target  int   // index in the window of the record this one is about, -1 for none
	replies []int32
	react   bool
}

// clock gives a room's records their times: days are spread over the room's life, and within a
// day times rise. Days begin at 07:00 UTC and last 20 hours, because Slack cuts day files at the
// workspace's midnight and not at midnight UTC.
type clock struct {
	d      dice
	r      *room
	since  int64
	left   int // records to come
	active int // day files in all
	k      int // day files begun
	day    int
	inDay  int
	i, n   int // record number and count of the day
	last   int64
	pause  int // the first day of a long silence, 0 for none
}

const (
	dayStart = 7 * 3600e6
	daySpan  = 20 * 3600e6
)

func (g *gen) newClock(r *room) *clock {
	c := &clock{r: r, since: g.c.Since.UnixMicro(), left: r.messages}
	c.d.seed(g.c.Seed, mix(uint64(r.index)^0xc10c))
	c.active = r.days
	if g.c.DayFiles > 0 {
		c.active = int(int64(r.messages) * int64(g.c.DayFiles) / int64(max(1, g.c.Messages)))
	} else if r.kind != "public" {
		c.active = r.days * 2 / 3
	}
	c.active = max(1, min(c.active, r.days, r.messages))
	if g.has("silent-weeks") {
		c.pause = g.c.Days / 2
	}
	return c
}

func (c *clock) nextDay() {
	from, to := c.k*c.r.days/c.active, (c.k+1)*c.r.days/c.active
	c.day = c.r.firstDay + from + c.d.n(to-from)
	daysLeft := c.active - c.k
	c.n = c.left
	if daysLeft > 1 {
		mean := max(1, c.left/daysLeft)
		c.n = min(1+c.d.n(2*mean-1+c.left%daysLeft/max(1, daysLeft/2)), c.left-daysLeft+1)
	}
	if c.pause > 0 && c.day >= c.pause {
		c.day += int(silent / oneDay)
	}
	c.inDay, c.i = c.n, 0
	c.k++
}

// next gives the time of the next record, and whether it falls into the same millisecond as the
// one before.
func (c *clock) next() (us int64, twin bool) {
	fresh := c.inDay == 0
	if fresh {
		c.nextDay()
	}
	step := int64(daySpan) / int64(c.n)
	us = c.since + int64(c.day)*86400e6 + dayStart + int64(c.i)*step + int64(c.d.n(int(step)))
	if c.r.legacy {
		us = us/1e6*1e6 + 100*int64(1+c.i%9)
	}
	near := c.last + 1 + int64(c.d.n(5))
	if c.d.chance(15) && !fresh && near/1000 == c.last/1000 {
		us, twin = near, true
	}
	if us <= c.last {
		us = c.last + 100
	}
	if us%1e6 == 999999 { // kept free for first messages that no file has
		us++
	}
	c.last = us
	c.i++
	c.inDay--
	c.left--
	return us, twin
}

// plan fills g.win with the next records of r.
func (g *gen) plan(c *clock, r *room, done int) {
	g.win = g.win[:0]
	deck := g.deckOf(r)
	pending, active := -1, -1
	for len(g.win) < window && c.left > 0 {
		us, twin := c.next()
		i := len(g.win)
		it := item{us: us, day: c.day, seed: c.d.u64(), ordinal: r.base + uint64(done+i), root: -1, target: -1}
		it.author = g.author(&c.d, r, us)
		special := c.d.chance(specialShare)
		switch {
		case g.c.Light || len(deck) == 0:
		case r.every:
			if n := done + i - every0; n >= 0 && n < len(deck) {
				it.kind = deck[n]
			}
		case special:
			it.kind = deck[c.d.n(len(deck))]
		}
		if twin && i > 0 && g.win[i-1].kind == 0 && it.kind == 0 && c.d.chance(500) {
			it.seed, it.author = g.win[i-1].seed, g.win[i-1].author // the same words in the same ms
		}
		g.win = append(g.win, it)
		pending, active = g.relate(c, i, pending, active)
	}
}

// relate decides what record i has to do with earlier ones of its window. pending is a deleted
// first message that still needs its reply, active the thread that is being answered.
func (g *gen) relate(c *clock, i, pending, active int) (int, int) {
	it := &g.win[i]
	k := &kinds[it.kind]
	draw, far := c.d.n(1000), c.d.n(24)
	if it.kind == 0 {
		it.react = c.d.chance(reactShare)
		if c.d.chance(editShare) {
			it.edit = it.us + c.delay()
		}
	}
	switch {
	case k.needs&needsRoot != 0:
		it.root = g.rootBefore(i, far)
	case k.needs&needsTarget != 0:
		it.target = g.plainBefore(i)
	case it.kind != 0:
	case pending >= 0:
		it.root, pending = pending, -1
	case draw < replyShare:
		if active < 0 || draw%5 < 2 {
			active = g.rootBefore(i, far)
		}
		it.root = active
	}
	if k.needs != 0 && it.root < 0 && it.target < 0 {
		it.kind, k = 0, &kinds[0]
	}
	if it.root >= 0 {
		g.win[it.root].replies = append(g.win[it.root].replies, int32(i))
	}
	switch k.name {
	case "tombstone":
		pending = i
	case "orphan-reply":
		it.orphan = (it.us-3600e6*int64(1+far*20))/1e6*1e6 + 999999
	case "pinned_item":
		g.win[it.target].pin, g.win[it.target].pinBy = it.us, it.author
	case "message_changed":
		g.win[it.target].edit = it.us
	}
	return pending, active
}

// delay is how long after a message an edit or a reaction comes: mostly minutes, at times weeks.
func (c *clock) delay() int64 { return delay(&c.d) }

func delay(d *dice) int64 {
	span, long := int64(d.n(600e6)), d.chance(150)
	if long {
		return 1e6 + span*4000
	}
	return 1e6 + span
}

// rootBefore finds a message that can head a thread, up to far places back; -1 when there is none.
func (g *gen) rootBefore(i, far int) int {
	for j := max(0, i-1-far); j < i; j++ {
		if it := &g.win[j]; kinds[it.kind].root && it.root < 0 && it.orphan == 0 {
			return j
		}
	}
	for j := i - 1; j >= 0; j-- {
		if it := &g.win[j]; kinds[it.kind].root && it.root < 0 && it.orphan == 0 {
			return j
		}
	}
	return -1
}

// plainBefore finds the last plain message that is neither pinned nor edited by a record.
func (g *gen) plainBefore(i int) int {
	for j := i - 1; j >= 0; j-- {
		if it := &g.win[j]; it.kind == 0 && it.pin == 0 && it.edit == 0 {
			return j
		}
	}
	return -1
}

// author draws a member who has an account at that time; the first members write most.
func (g *gen) author(d *dice, r *room, us int64) int {
	i := min(d.n(len(r.members)), d.n(len(r.members)))
	p := r.members[i]
	if p < 0 || g.cast[p].joined > us {
		return r.members[0]
	}
	return p
}
