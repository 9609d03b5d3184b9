package slackgen

import "sort"

// authors is the set of those who wrote a delivered record: members of the cast as bits, all
// others (Slackbot, webhooks, unknown ids) by id.
type authors struct {
	bits   []uint64
	others map[string]bool
}

func (a *authors) add(g *gen, id string, index int) {
	if index >= 0 && g.cast[index].id == id {
		a.bits[index/64] |= 1 << (index % 64)
		return
	}
	if a.others == nil {
		a.others = map[string]bool{}
	}
	a.others[id] = true
}

func (g *gen) addRoomTruth(r *room) {
	x := &RoomTruth{ID: r.id, Kind: r.kind, Name: r.name, Folder: r.folder(), Team: g.teams[r.team], Archived: r.archived}
	if !r.listed || r.kind == "public" && g.has("missing-channels") {
		x.ID, x.Archived, r.listed = "", false, false
	}
	if r.listed {
		x.Members = len(g.present(r))
	}
	r.truth = x
	g.t.Rooms = append(g.t.Rooms, x)
}

// observe counts g.m, the record just written for it.
func (g *gen) observe(r *room, it *item) {
	m, t, x := &g.m, g.t, r.truth
	t.Records++
	x.Records++
	t.BySubtype[m.subtype]++
	id := m.author()
	g.seen.add(g, id, g.castIndex(m, id, it))
	g.delta(r, it, m)
	if it.pin > 0 && it.pin <= g.now && len(r.pins) < 20 {
		r.pins = append(r.pins, pinEntry{it.us, it.pin, it.pinBy})
	}
	if m.revision {
		t.Revisions++
	} else {
		g.observeMessage(x, it, m)
	}
	for i := range m.files {
		f := &m.files[i]
		shared := f.id == slackID("F", g.c.Seed+2, r.base*8+7)
		if f.state == StatePresent && !(shared && r.sharedDone) {
			g.pend = append(g.pend, *f)
			r.sharedDone = r.sharedDone || shared
		}
	}
	if g.c.PerMessageTruth {
		t.Log = append(t.Log, g.logged(r, it, m))
	}
}

func (m *mess) author() string {
	switch {
	case m.realAuthor != "":
		return m.realAuthor
	case m.user != "":
		return m.user
	}
	return m.bot
}

// castIndex finds the author in the cast without a search where that is possible.
func (g *gen) castIndex(m *mess, id string, it *item) int {
	if g.cast[it.author].id == id {
		return it.author
	}
	if m.person >= 0 {
		return m.person
	}
	for i := g.c.Users; i < len(g.cast); i++ {
		if g.cast[i].id == id {
			return i
		}
	}
	if it.target >= 0 {
		return g.win[it.target].author
	}
	return -1
}

func (g *gen) observeMessage(x *RoomTruth, it *item, m *mess) {
	t := g.t
	t.Messages++
	x.Messages++
	t.ByKind[KindOf(m.subtype, len(m.files) > 0)]++
	g.span(x, it.us)
	if m.threadTS != 0 && m.threadTS != it.us {
		t.Replies++
		x.Replies++
		if it.orphan != 0 {
			t.OrphanReply++
		}
		if m.broadcast {
			t.Broadcasts++
		}
	}
	if m.threadTS == it.us {
		t.Threads++
		x.Threads++
	}
	if m.edited > 0 {
		t.Edited++
	}
	if it.pin > 0 && it.pin <= g.now {
		t.Pinned++
	}
	for i := range m.files {
		t.Attachments[m.files[i].state]++
	}
	if len(m.reactions) > 0 {
		t.Reacted++
	}
	for i := range m.reactions {
		t.Reactions++
		t.ReactionBy += len(m.reactions[i].users)
		t.ReactionAll += m.reactions[i].count
	}
}

// span widens first and last; ts of equal length compare as strings.
func (g *gen) span(x *RoomTruth, us int64) {
	ts := tsString(us)
	for _, p := range [...][2]*string{{&g.t.First, &g.t.Last}, {&x.First, &x.Last}} {
		if *p[0] == "" || ts < *p[0] {
			*p[0] = ts
		}
		if ts > *p[1] {
			*p[1] = ts
		}
	}
}

func (g *gen) delta(r *room, it *item, m *mess) {
	d := g.t.Delta
	if d == nil {
		return
	}
	var key string
	if g.c.PerMessageTruth {
		key = r.keyPart() + ":" + tsString(it.us)
	}
	note := func(list *[]string) {
		if key != "" {
			*list = append(*list, key)
		}
	}
	if it.us > g.older {
		d.New++
		note(&d.NewKeys)
		return
	}
	since := func(us int64) bool { return us > g.older && us <= g.now }
	edited, pinned := m.edited > 0 && since(m.edited), since(it.pin)
	replied := false
	for _, i := range it.replies {
		replied = replied || since(g.win[i].us)
	}
	if !edited && !pinned && !replied && !g.late.reacted {
		return
	}
	d.Changed++
	note(&d.Keys)
	for _, c := range []struct {
		is   bool
		list *[]string
	}{{edited, &d.Edited}, {pinned, &d.Pinned}, {replied, &d.Replied}, {g.late.reacted, &d.Reacted}} {
		if c.is {
			note(c.list)
		}
	}
}

func (r *room) keyPart() string {
	if r.listed {
		return r.id
	}
	return r.folder()
}

func (g *gen) logged(r *room, it *item, m *mess) *MessageTruth {
	x := &MessageTruth{Conversation: r.truth.ID, Folder: r.truth.Folder, TS: tsString(it.us), Subtype: m.subtype,
		Kind: KindOf(m.subtype, len(m.files) > 0), Author: m.author(), Revision: m.revision,
		Rich: m.rich && len(m.body.segs) > 0}
	if !m.noText {
		x.Text = string(m.text)
	}
	if m.threadTS != 0 {
		x.Thread = tsString(m.threadTS)
	}
	if m.edited > 0 {
		x.Edited = tsString(m.edited)
	}
	for i := range m.reactions {
		e := &m.reactions[i]
		x.Reactions = append(x.Reactions, ReactionTruth{e.name, e.users, e.count})
	}
	for i := range m.files {
		f := &m.files[i]
		ft := FileTruth{ID: f.id, State: f.state}
		switch f.state {
		case StateDeleted, StateLimit, StateDenied, StateNotFound:
		default:
			ft.Name, ft.Size = f.name, f.size
		}
		if ft.Path = f.path(g); ft.Path != "" {
			ft.SHA256 = f.sha()
		}
		x.Files = append(x.Files, ft)
	}
	return x
}

// settle computes the totals that follow from rooms, cast and authors.
func (g *gen) settle() {
	t := g.t
	for _, x := range t.Rooms {
		t.Conversations[x.Kind]++
		if x.ID != "" {
			t.Listed += 1 + len(x.Also)
		}
		if x.Kind == "public" || x.Kind == "private" {
			t.Memberships += x.Members
			continue
		}
		t.Participants += x.Members
		if x.Kind == "group" && x.Members > 8 {
			t.MPIMOverEight++
		}
	}
	listed := !g.has("missing-users")
	for i := range g.cast {
		p := &g.cast[i]
		if listed && g.here(p) {
			g.countPerson(p)
		} else if g.seen.bits[i/64]>>(i%64)&1 == 1 {
			t.Unlisted = append(t.Unlisted, p.id)
		}
	}
	for id := range g.seen.others {
		t.Unlisted = append(t.Unlisted, id)
	}
	sort.Strings(t.Unlisted)
}

func (g *gen) countPerson(p *person) {
	t := g.t
	t.People++
	switch {
	case p.bot():
		t.Bots++
	case p.guest:
		t.Guests++
	default:
		t.Humans++
	}
	if p.admin {
		t.Admins++
	}
	if p.deleted {
		t.Deactivated++
	}
}
