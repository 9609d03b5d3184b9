package slackgen

import "strconv"

// person is one account: of the workspace (listed) or of another organisation.
type person struct {
	index    int
	id       string
	handle   string
	given    string
	family   string
	real     string
	display  string
	email    string
	botID    string // of bots
	team     int
	admin    bool
	guest    bool // multi-channel
	single   bool // single-channel guest
	deleted  bool
	listed   bool
	external bool
	joined   int64 // µs; who joins late writes and is listed only from then on
}

func (p *person) bot() bool { return p.botID != "" }

const slackbot = "USLACKBOT"

// makeCast plans everybody: humans first, then bots, then external people.
func (g *gen) makeCast() {
	total := g.c.Users + g.c.Bots + externals
	g.cast = make([]person, total)
	var d dice
	for i := range g.cast {
		d.seed(g.c.Seed, mix(uint64(i)^0xca57))
		p := &g.cast[i]
		p.index, p.team = i, i%g.c.Teams
		prefix := "U"
		if g.c.Dialect == Grid && i%3 == 0 {
			prefix = "W"
		}
		p.id = slackID(prefix, g.c.Seed, uint64(i))
		switch {
		case i < g.c.Users:
			g.human(p, &d)
		case i < g.c.Users+g.c.Bots:
			n := i - g.c.Users
			p.given = pick(&d, []string{"Deploy", "Tide", "Ticket", "Weather", "Poll"})
			p.family = "Bot"
			p.real = p.given + " Bot"
			p.handle = "bot_" + strconv.Itoa(n)
			p.botID = slackID("B", g.c.Seed, uint64(n))
			p.listed = true
		default:
			g.named(p, &d)
			p.external = true
		}
	}
}

func (g *gen) human(p *person, d *dice) {
	i := p.index
	g.named(p, d)
	p.listed = true
	p.admin = i == 0 || i == 3
	p.guest = i%11 == 7
	p.single = i%22 == 7
	p.deleted = i%13 == 5
	if i%10 == 9 { // never among the first members of a conversation
		p.joined = g.c.moment(0.8)
		if p.joined > g.end {
			p.joined = g.end
		}
	}
	if d.chance(900) {
		p.email = p.handle + "@ferry.example"
	}
}

func (g *gen) named(p *person, d *dice) {
	i := p.index
	if i%7 == 4 {
		a := abroad[i/7%len(abroad)]
		p.given, p.family, p.real, p.handle = a.given, a.family, a.real, a.handle
	} else {
		p.given, p.family = given[i%len(given)], family[(i*7+i/len(given))%len(family)]
		p.real = p.given + " " + p.family
		p.handle = asciiLower(p.given) + "." + asciiLower(p.family)
	}
	if i >= len(given) {
		p.handle += strconv.Itoa(i)
	}
	if d.chance(600) {
		p.display = p.given
	}
}

// asciiLower keeps what a Slack handle may hold.
func asciiLower(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z':
			b = append(b, c+'a'-'A')
		case c >= 'a' && c <= 'z':
			b = append(b, c)
		}
	}
	return string(b)
}

// here tells whether p's account is listed in an export made at the moment of this run.
func (g *gen) here(p *person) bool { return p.listed && p.joined <= g.now }

func (g *gen) avatar(p *person, size int) string {
	b := append([]byte("https://secure.gravatar.com/avatar/"), appendHex(nil, mix(uint64(p.index)), 16)...)
	b = appendHex(b, mix(uint64(p.index)+1), 16)
	b = append(b, ".jpg?s="...)
	b = strconv.AppendInt(b, int64(size), 10)
	b = append(b, "&d=https%3A%2F%2Fa.slack-edge.com%2Fdf10d%2Fimg%2Favatars%2Fava_0004-"...)
	b = strconv.AppendInt(b, int64(size), 10)
	return string(append(b, ".png"...))
}

func (g *gen) hash(p *person) string {
	return "g" + string(appendHex(nil, mix(uint64(p.index)), 11))
}

// userEntry writes one element of users.json.
func (g *gen) userEntry(w *writer, p *person) {
	z := zones[p.index%len(zones)]
	w.object("")
	w.str("id", p.id)
	w.str("team_id", g.teams[p.team])
	w.str("name", p.handle)
	w.flag("deleted", p.deleted)
	w.str("color", "9f69e7")
	w.str("real_name", p.real)
	w.str("tz", z.name)
	w.str("tz_label", z.label)
	w.num("tz_offset", z.offset)
	g.userProfileFull(w, p)
	w.flag("is_admin", p.admin)
	w.flag("is_owner", p.admin)
	w.flag("is_primary_owner", p.index == 0)
	w.flag("is_restricted", p.guest)
	w.flag("is_ultra_restricted", p.single)
	w.flag("is_bot", p.bot())
	w.flag("is_app_user", false)
	w.num("updated", g.c.Since.Unix()+int64(p.index))
	w.flag("is_email_confirmed", p.email != "")
	w.str("who_can_share_contact_card", "EVERYONE")
	w.endObject()
}

func (g *gen) userProfileFull(w *writer, p *person) {
	w.object("profile")
	w.str("title", titles[p.index%len(titles)])
	w.str("phone", "")
	w.str("skype", "")
	w.str("real_name", p.real)
	w.str("real_name_normalized", p.real)
	w.str("display_name", p.display)
	w.str("display_name_normalized", p.display)
	switch p.index % 4 { // each of these shapes is met in real exports
	case 0:
		w.raw("fields", "null")
	case 1:
		w.object("fields")
		w.endObject()
	case 2:
		w.array("fields")
		w.endArray()
	default:
		w.object("fields")
		w.object("Xf0ABCDEF")
		w.str("value", "Pier "+strconv.Itoa(1+p.index%4))
		w.str("alt", "")
		w.endObject()
		w.endObject()
	}
	w.str("status_text", "")
	w.str("status_emoji", "")
	w.num("status_expiration", 0)
	w.str("avatar_hash", g.hash(p))
	if p.email != "" {
		w.str("email", p.email)
	}
	w.str("first_name", p.given)
	w.str("last_name", p.family)
	if p.bot() {
		w.str("bot_id", p.botID)
		w.str("api_app_id", slackID("A", g.c.Seed, uint64(p.index)))
		w.flag("always_active", true)
	}
	for _, size := range [...]int{24, 32, 48, 72, 192, 512} {
		w.str("image_"+strconv.Itoa(size), g.avatar(p, size))
	}
	w.str("team", g.teams[p.team])
	w.endObject()
}

// userProfile writes the short profile that messages carry.
func (g *gen) userProfile(w *writer, p *person) {
	w.object("user_profile")
	w.str("avatar_hash", g.hash(p))
	w.str("image_72", g.avatar(p, 72))
	w.str("first_name", p.given)
	w.str("real_name", p.real)
	w.str("display_name", p.display)
	w.str("team", g.teams[p.team])
	w.str("name", p.handle)
	w.flag("is_restricted", p.guest)
	w.flag("is_ultra_restricted", p.single)
	w.endObject()
}
