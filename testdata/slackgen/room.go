package slackgen

import (
	"strconv"
	"strings"
)

// room is one conversation and what is known of it before its messages are made.
type room struct {
	index    int
	id       string
	kind     string // public, private, direct, group
	name     string
	prefix   string // "teams/<workspace>/" in a grid
	team     int
	creator  int
	created  int64 // µs
	members  []int // of cast, distinct, in order of joining
	general  bool
	archived bool
	listed   bool
	every    bool // shows every kind of record in turn
	legacy   bool // written before rich text and before random microseconds
	ascii    bool // its day files escape what is not ASCII
	weight   int
	messages int
	base     uint64 // ordinal of its first message over the whole export
	firstDay int
	days     int

	pins       []pinEntry
	sharedDone bool // the file that several messages share is written
	truth      *RoomTruth
}

type pinEntry struct {
	us, at int64
	by     int
}

func (r *room) folder() string {
	if r.kind == "direct" {
		return r.prefix + r.id
	}
	return r.prefix + r.name
}

// early is i, or the one before when that account does not exist from the start.
func (g *gen) early(i int) int {
	if g.cast[i].joined > 0 {
		return i - 1
	}
	return i
}

func (g *gen) makeRooms() {
	var d dice
	d.seed(g.c.Seed, 0x700345)
	g.groupNames = map[string]int{}
	for i := range g.c.Channels {
		g.channel(&d, i)
	}
	if !g.c.PublicOnly {
		for i := range g.c.Private {
			g.private(&d, i)
		}
		for i := range g.c.Groups {
			g.group(&d, i)
		}
		for i := range g.c.DMs {
			g.direct(&d, i)
		}
	}
	for i := range g.c.Orphans {
		r := g.addRoom("public", "C", "unlisted-"+letters(i))
		r.listed, r.weight = false, 2
		r.members = g.someMembers(&d, 6)
	}
	g.shareMessages()
}

func (g *gen) addRoom(kind, prefix, name string) *room {
	i := len(g.rooms)
	r := &room{index: i, kind: kind, name: name, id: slackID(prefix, g.c.Seed+1, uint64(i)), listed: true,
		days: g.c.Days, created: g.c.Since.UnixMicro() - 3600e6*int64(1+i%50), weight: 4}
	if !g.c.Light {
		r.legacy, r.ascii = i%4 == 1, i%3 == 2
	}
	g.rooms = append(g.rooms, r)
	return r
}

func (g *gen) channel(d *dice, i int) {
	names := []string{"general", "random"}
	if g.c.Every {
		names = append(names, "every-kind")
	}
	name := roomNames[i%len(roomNames)]
	switch {
	case i < len(names):
		name = names[i]
	case i >= len(names)+len(roomNames):
		name = roomNames[i%len(roomNames)] + "-" + letters(i)
	default:
		name = roomNames[i-len(names)]
	}
	r := g.addRoom("public", "C", name)
	r.team = i % g.c.Teams
	switch {
	case i == 0:
		r.general, r.weight = true, 10
		for p := range g.c.Users {
			r.members = append(r.members, p)
		}
	default:
		r.members = g.someMembers(d, 4+d.n(20))
		r.weight = 3 + d.n(8)
	}
	r.creator = r.members[0]
	r.every = g.c.Every && i == 2
	if g.c.Teams > 1 && (i == 0 || i%5 == 4) {
		r.prefix = "" // org-wide, at the root
	} else if g.c.Teams > 1 {
		r.prefix = g.teamFolder(r.team)
	}
	if g.c.Light {
		r.weight = 1
		return
	}
	g.channelLife(r, i)
}

// channelLife lets some channels be renamed, archived, or created late in the history.
func (g *gen) channelLife(r *room, i int) {
	switch {
	case i == 3 && g.now < g.c.moment(0.75):
		r.name += "-old"
	case i == 4:
		r.archived = g.now >= g.c.moment(0.85)
		r.days = max(1, g.c.Days*8/10)
	case i == g.c.Channels-1 && i > 4:
		r.firstDay = g.c.Days * 8 / 10
		r.days = g.c.Days - r.firstDay
		r.created = g.c.Since.UnixMicro() + int64(r.firstDay)*86400e6
	}
}

func (g *gen) private(d *dice, i int) {
	name := privateNames[i%len(privateNames)]
	if i >= len(privateNames) {
		name += "-" + letters(i)
	}
	prefix := "C"
	if i%2 == 1 {
		prefix = "G" // as private channels were numbered before 2020
	}
	r := g.addRoom("private", prefix, name)
	r.members = g.someMembers(d, 3+d.n(8))
	r.creator = r.members[0]
	r.team = i % g.c.Teams
	if g.c.Teams > 1 {
		r.prefix = g.teamFolder(r.team)
	}
	if r.every = g.c.Every && i == 0; r.every {
		r.name = "every-kind-private"
	}
	if g.c.Light {
		r.weight = 1
	}
}

func (g *gen) group(d *dice, i int) {
	size := 3 + d.n(4)
	if i%5 == 1 {
		size = 9 + d.n(3)
	}
	r := g.addRoom("group", "G", "")
	r.members = g.someMembers(d, size)
	if i == 4 { // the same people as another group, as Slack permits
		r.members = g.rooms[r.index-4].members
	}
	handles := make([]string, 0, len(r.members))
	for _, m := range r.members {
		handles = append(handles, g.cast[m].handle)
	}
	r.name = "mpdm-" + strings.Join(handles, "--")
	g.groupNames[r.name]++ // groups of the same people are numbered
	r.name += "-" + strconv.Itoa(g.groupNames[r.name])
	r.creator, r.weight = r.members[0], 2
	if g.c.Light {
		r.weight = 1
	}
}

func (g *gen) direct(d *dice, i int) {
	r := g.addRoom("direct", "D", "")
	a := g.early(d.n(g.c.Users))
	b := g.early((a + 1 + d.n(g.c.Users-2)) % g.c.Users)
	if b == a {
		b = g.early((a + 2) % g.c.Users)
	}
	r.members, r.weight, r.creator = []int{a, b}, 2, a
	switch i {
	case 1:
		r.members = []int{a} // with oneself
	case 2:
		r.members = []int{a, -1} // with Slackbot
	case 3:
		r.members = []int{a, 5} // with somebody who has left
		if a == 5 {
			r.members[0] = 4
		}
	}
	if g.c.Light {
		r.weight = 1
	}
}

// someMembers draws n distinct people; the first has been there from the start.
func (g *gen) someMembers(d *dice, n int) []int {
	n = min(n, g.c.Users-2)
	at := g.early(d.n(g.c.Users))
	list := make([]int, 0, n)
	for i := at; len(list) < n; i++ {
		list = append(list, i%g.c.Users)
	}
	return list
}

// shareMessages splits Config.Messages by weight, exactly.
func (g *gen) shareMessages() {
	left, weights := g.c.Messages, 0
	for _, r := range g.rooms {
		if r.every {
			r.messages = min(left, len(g.deckOf(r))+every0+every1)
			left -= r.messages
			continue
		}
		weights += r.weight
	}
	rest := left
	var first *room
	for _, r := range g.rooms {
		if r.every {
			continue
		}
		if first == nil {
			first = r
		}
		r.messages = int(int64(left) * int64(r.weight) / int64(weights))
		rest -= r.messages
	}
	first.messages += rest
	var base uint64
	for _, r := range g.rooms {
		r.base = base
		base += uint64(r.messages)
	}
}

// letters numbers things without digits: a, b, ..., z, ba, ...
func letters(n int) string {
	var b [8]byte
	i := len(b)
	for {
		i--
		b[i] = byte('a' + n%26)
		if n /= 26; n == 0 {
			return string(b[i:])
		}
	}
}

func (g *gen) teamFolder(team int) string {
	return "teams/" + []string{"north-harbour", "南港", "east-pier"}[team%3] + strings.Repeat("-", team/3) + "/"
}
