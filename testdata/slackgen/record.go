package slackgen

// mess is one record being composed. Kinds fill it; write turns it into JSON and observe into truth.
type mess struct {
	user       string // "" for none
	person     int    // index into cast whose user_profile is embedded, -1 for none
	subtype    string
	bot        string // bot_id
	username   string
	raw        string // text when the body has none
	useRaw     bool
	noText     bool
	rich       bool // has blocks made from the body
	modern     bool // has client_msg_id, team and so on
	revision   bool
	authorless bool // the author is not m.user: see observedAuthor
	realAuthor string
	files      []file
	oldFile    bool // files[0] stands in "file"
	extra      func(w *writer)
	body       body
	reactions  []reaction
	text       []byte
	edited     int64 // µs, 0 when not visibly edited
	threadTS   int64
	broadcast  bool
}

type reaction struct {
	name  string
	users []string
	count int
}

func (m *mess) reset() {
	b, f, r, t := m.body, m.files[:0], m.reactions[:0], m.text[:0]
	*m = mess{body: b, files: f, reactions: r, text: t, person: -1}
	m.body.reset()
}

// compose fills g.m for it as it stands at the moment of the export.
func (g *gen) compose(r *room, it *item) {
	m := &g.m
	m.reset()
	g.room, g.it = r, it
	g.d.seed(it.seed, 0x3e55)
	p := &g.cast[it.author]
	m.user, m.person = p.id, it.author
	m.modern = !r.legacy
	m.rich = m.modern
	k := &kinds[it.kind]
	m.subtype = k.subtype
	k.fill(g, m)
	if it.edit > 0 && it.edit <= g.now && !m.useRaw && len(m.body.segs) > 0 {
		m.edited = it.edit
		m.body.text(editMark)
	}
	if m.useRaw {
		m.text = append(m.text, m.raw...)
	} else {
		m.text = m.body.mrkdwn(m.text)
	}
	if it.react {
		g.react(r, it, m)
	}
	switch {
	case it.root >= 0:
		m.threadTS = g.win[it.root].us
	case it.orphan > 0:
		m.threadTS = it.orphan
	case g.visibleReplies(it) > 0:
		m.threadTS = it.us
	}
}

// editMark is what an edit adds, so that old and new content differ.
const editMark = " (corrected)"

func (g *gen) visibleReplies(it *item) int {
	n := 0
	for _, i := range it.replies {
		if g.win[i].us > g.now {
			break
		}
		n++
	}
	return n
}

// react draws who reacted and keeps what had happened by the moment of the export.
func (g *gen) react(r *room, it *item, m *mess) {
	d := &g.rd
	d.seed(mix(it.seed^uint64(it.us)), 0x7eac)
	at := d.n(len(reactionNames))
	for e, n := 0, 1+d.n(3); e < n; e++ {
		x := reaction{name: reactionNames[(at+e*4)%len(reactionNames)]}
		start, people := d.n(len(r.members)), 1+d.n(min(6, len(r.members)))
		capped := d.chance(60)
		for k := range people {
			when := it.us + delay(d)
			p := r.members[(start+k)%len(r.members)]
			if when > g.now || p < 0 || g.cast[p].joined > when {
				continue
			}
			if when > g.older {
				g.late.reacted = true
			}
			x.users = append(x.users, g.cast[p].id)
		}
		if x.count = len(x.users); x.count == 0 {
			continue
		}
		if capped {
			x.count += 3 // Slack names only some of the people of a popular reaction
		}
		m.reactions = append(m.reactions, x)
	}
}

// write appends g.m as one element of a day file.
func (g *gen) write(w *writer, r *room, it *item) {
	m := &g.m
	w.object("")
	g.head(w, it, m)
	if !m.noText {
		w.key("text")
		w.b = w.quote(w.b, string(m.text))
	}
	if m.modern && m.person >= 0 && !m.revision {
		p := &g.cast[m.person]
		team := g.teams[p.team]
		w.str("team", team)
		w.str("user_team", team)
		w.str("source_team", team)
		g.userProfile(w, p)
	}
	if g.c.Dialect == Slackdump { // fields of the Go struct that always stand
		w.flag("replace_original", false)
		w.flag("delete_original", false)
		w.object("metadata")
		w.str("event_type", "")
		w.raw("event_payload", "null")
		w.endObject()
	}
	g.thread(w, it, m)
	if m.rich && len(m.body.segs) > 0 {
		m.body.richText(w, string(appendHex(nil, it.seed, 5)))
	}
	g.writeFiles(w, m)
	if m.extra != nil {
		m.extra(w)
	}
	g.tail(w, r, it, m)
	w.endObject()
}

func (g *gen) head(w *writer, it *item, m *mess) {
	if m.modern && m.subtype == "" && m.bot == "" {
		w.key("client_msg_id")
		w.b = append(appendUUID(append(w.b, '"'), mix(it.seed), mix(it.seed^uint64(it.us))), '"')
	}
	if m.subtype != "" {
		w.str("subtype", m.subtype)
	}
	w.str("type", "message")
	w.ts("ts", it.us)
	if m.user != "" {
		w.str("user", m.user)
	}
	if m.bot != "" {
		w.str("bot_id", m.bot)
	}
	if m.username != "" {
		w.str("username", m.username)
	}
}

func (g *gen) thread(w *writer, it *item, m *mess) {
	if m.threadTS == 0 {
		return
	}
	w.ts("thread_ts", m.threadTS)
	if m.threadTS != it.us {
		if it.root >= 0 {
			w.str("parent_user_id", g.parentID(it))
		}
		return
	}
	n := g.visibleReplies(it)
	last := &g.win[it.replies[n-1]]
	var users []string
	for _, i := range it.replies[:n] {
		id := g.cast[g.win[i].author].id
		if !contains(users, id) && len(users) < 5 {
			users = append(users, id)
		}
	}
	w.num("reply_count", int64(n))
	w.num("reply_users_count", int64(len(users)))
	w.ts("latest_reply", last.us)
	w.list("reply_users", users...)
	if it.seed%3 != 0 { // newer exports have no list of replies
		w.array("replies")
		for _, i := range it.replies[:n] {
			w.object("")
			if it.seed%7 != 0 { // some exports name no users here
				w.str("user", g.cast[g.win[i].author].id)
			}
			w.ts("ts", g.win[i].us)
			w.endObject()
		}
		w.endArray()
	}
	w.flag("is_locked", false)
	w.flag("subscribed", it.seed&16 != 0)
}

func (g *gen) parentID(it *item) string {
	root := &g.win[it.root]
	if kinds[root.kind].name == "tombstone" {
		return slackbot
	}
	return g.cast[root.author].id
}

func (g *gen) tail(w *writer, r *room, it *item, m *mess) {
	if m.edited > 0 {
		w.object("edited")
		w.str("user", m.user)
		w.ts("ts", m.edited)
		w.endObject()
	}
	if it.pin > 0 && it.pin <= g.now {
		w.list("pinned_to", r.id)
		w.object("pinned_info")
		w.str("channel", r.id)
		w.str("pinned_by", g.cast[it.pinBy].id)
		w.num("pinned_ts", it.pin/1e6)
		w.endObject()
	}
	if len(m.reactions) == 0 {
		return
	}
	w.array("reactions")
	for i := range m.reactions {
		x := &m.reactions[i]
		w.object("")
		w.str("name", x.name)
		w.list("users", x.users...)
		w.num("count", int64(x.count))
		w.endObject()
	}
	w.endArray()
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
