package slackgen

func withFile(shape int, state string) func(g *gen, m *mess) {
	return func(g *gen, m *mess) {
		if g.d.chance(600) {
			m.body.text(pick(&g.d, english))
		}
		m.files = append(m.files, g.newFile(shape, 0, state))
	}
}

// oldText is what old exports put into the text of a record about a file.
func oldText(g *gen, m *mess, f *file, did string) {
	p := &g.cast[g.it.author]
	m.useRaw = true
	m.raw = "<@" + p.id + "|" + p.handle + "> " + did + ": <https://ferry.slack.com/files/" + p.id + "/" + f.id + "/x|" + f.name + ">"
	m.rich, m.modern = false, false
}

var fileKinds = []kindSpec{
	{name: "file-png", where: anywhere, root: true, fill: withFile(0, StateHosted)},
	{name: "file-text", where: anywhere, fill: withFile(1, StateHosted)},
	{name: "file-csv", where: anywhere, fill: withFile(2, StateHosted)},
	{name: "file-many", where: anywhere, fill: func(g *gen, m *mess) {
		for i := range 4 {
			m.files = append(m.files, g.newFile(i, i, StateHosted))
		}
	}},
	{name: "file-snippet", where: anywhere, fill: withFile(4, StateHosted)},
	{name: "file-post", where: anywhere, fill: withFile(5, StateHosted)},
	{name: "file-quip", where: inChannels, fill: withFile(6, StateHosted)},
	{name: "file-list", where: inChannels, fill: withFile(7, StateHosted)},
	{name: "file-email", where: anywhere, fill: withFile(8, StateHosted)},
	{name: "file-canvas", where: inChannels, fill: withFile(9, StateHosted)},
	{name: "file-voice", where: anywhere, fill: withFile(10, StateHosted)},
	{name: "file-deleted", where: anywhere, fill: withFile(3, StateDeleted)},
	{name: "file-limit", where: anywhere, fill: withFile(3, StateLimit)},
	{name: "file-external", where: anywhere, fill: withFile(3, StateExternal)},
	{name: "file-denied", where: anywhere, fill: withFile(3, StateDenied)},
	{name: "file-not-found", where: anywhere, fill: withFile(3, StateNotFound)},
	{name: "file-again", where: anywhere, fill: func(g *gen, m *mess) { // one file in several messages
		m.body.text("Once more:")
		m.files = append(m.files, g.fileAt(0, g.room.base*8+7, StateHosted))
	}},
	{name: "file_share", subtype: "file_share", where: anywhere, fill: func(g *gen, m *mess) {
		m.files = append(m.files, g.newFile(3, 0, StateHosted))
		m.oldFile = true
		oldText(g, m, &m.files[0], "uploaded a file")
	}},
	{name: "file_mention", subtype: "file_mention", where: anywhere, fill: func(g *gen, m *mess) {
		m.files = append(m.files, g.newFile(1, 0, StateHosted))
		m.oldFile = true
		oldText(g, m, &m.files[0], "mentioned a file")
	}},
	{name: "file_comment", subtype: "file_comment", where: anywhere, fill: func(g *gen, m *mess) {
		f := g.newFile(1, 0, StateHosted)
		m.files = append(m.files, f)
		m.oldFile = true
		oldText(g, m, &m.files[0], "commented on a file")
		author, said := m.user, pick(&g.d, english)
		m.user, m.realAuthor = "", author // the author stands inside the comment alone
		m.extra = func(w *writer) {
			w.flag("is_intro", false)
			w.object("comment")
			w.str("id", "Fc"+f.id[1:])
			w.num("created", g.it.us/1e6)
			w.num("timestamp", g.it.us/1e6)
			w.str("user", author)
			w.str("comment", said)
			w.endObject()
		}
	}},
}

var botKinds = []kindSpec{
	{name: "webhook", subtype: "bot_message", where: inChannels, root: true, fill: func(g *gen, m *mess) {
		m.user, m.person, m.modern, m.rich = "", -1, false, false
		m.bot, m.username = slackID("B", g.c.Seed, 900+uint64(g.d.n(2))), "Harbour weather"
		m.body.text(pick(&g.d, english))
		m.extra = func(w *writer) {
			w.object("icons")
			w.str("emoji", ":anchor:")
			w.str("image_64", "https://a.slack-edge.com/anchor.png")
			w.endObject()
		}
	}},
	{name: "bot-user", subtype: "bot_message", where: inChannels, root: true, fill: func(g *gen, m *mess) {
		p := &g.cast[g.c.Users+g.d.n(g.c.Bots)]
		m.user, m.person, m.bot, m.realAuthor, m.rich = "", -1, p.botID, p.id, false
		m.body.text(pick(&g.d, english))
		m.extra = func(w *writer) { g.botProfile(w, p) }
	}},
	{name: "bot-card", where: inChannels, fill: func(g *gen, m *mess) { // everything is in attachments
		p := &g.cast[g.c.Users+g.d.n(g.c.Bots)]
		m.user, m.person, m.bot, m.noText, m.rich = p.id, -1, p.botID, g.d.chance(500), false
		m.extra = func(w *writer) {
			g.botProfile(w, p)
			botCard(w)
		}
	}},
	{name: "bot-blocks", where: inChannels, fill: func(g *gen, m *mess) {
		p := &g.cast[g.c.Users+g.d.n(g.c.Bots)]
		m.user, m.person, m.bot, m.rich = p.id, -1, p.botID, false
		m.body.text("Sailing 12 is full.")
		m.extra = func(w *writer) {
			g.botProfile(w, p)
			blockKit(w)
		}
	}},
	{name: "slackbot_response", subtype: "slackbot_response", where: anywhere, fill: func(g *gen, m *mess) {
		m.user, m.person = slackbot, -1
		m.body.text("The next boat leaves when the boat is back.")
	}},
}

func (g *gen) botProfile(w *writer, p *person) {
	w.object("bot_profile")
	w.str("id", p.botID)
	w.flag("deleted", false)
	w.str("name", p.real)
	w.num("updated", g.c.Since.Unix())
	w.str("app_id", slackID("A", g.c.Seed, uint64(p.index)))
	w.object("icons")
	w.str("image_36", "https://a.slack-edge.com/bot36.png")
	w.endObject()
	w.str("team_id", g.teams[0])
	w.endObject()
}

func botCard(w *writer) {
	w.array("attachments")
	w.object("")
	w.str("color", "36a64f")
	w.str("pretext", "Build *passed*")
	w.str("author_name", "ci")
	w.str("author_link", "https://ci.example.com/")
	w.str("title", "timetable-site #812")
	w.str("title_link", "https://ci.example.com/812")
	w.str("text", "3 of 3 checks passed & nothing failed")
	w.array("fields")
	for _, f := range [...][2]string{{"Branch", "main"}, {"Time", "48 s"}} {
		w.object("")
		w.str("title", f[0])
		w.str("value", f[1])
		w.flag("short", true)
		w.endObject()
	}
	w.endArray()
	w.list("mrkdwn_in", "pretext", "text")
	w.array("actions")
	w.object("")
	w.str("type", "button")
	w.str("name", "rerun")
	w.str("text", "Run again")
	w.endObject()
	w.endArray()
	w.str("footer", "CI")
	w.str("ts", "1700000000")
	w.str("fallback", "Build passed")
	w.num("id", 1)
	w.endObject()
	w.endArray()
}

func blockKit(w *writer) {
	text := func(k, typ, s string) {
		w.object(k)
		w.str("type", typ)
		w.str("text", s)
		w.endObject()
	}
	w.array("blocks")
	w.object("")
	w.str("type", "header")
	text("text", "plain_text", "Sailing 12")
	w.endObject()
	w.object("")
	w.str("type", "section")
	text("text", "mrkdwn", "*212* of _180_ bicycles &amp; more")
	w.endObject()
	w.object("")
	w.str("type", "divider")
	w.endObject()
	w.object("")
	w.str("type", "image")
	w.str("image_url", "https://example.com/deck.png")
	w.str("alt_text", "the deck")
	w.endObject()
	w.object("")
	w.str("type", "actions")
	w.array("elements")
	w.object("")
	w.str("type", "button")
	w.str("action_id", "more")
	text("text", "plain_text", "Second boat")
	w.endObject()
	w.endArray()
	w.endObject()
	w.endArray()
}
