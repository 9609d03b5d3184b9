package slackgen

// kindSpec is one kind of record. Kind 0 is the plain message.
type kindSpec struct {
	name    string
	subtype string
	where   uint8 // in which conversations it occurs
	needs   uint8
	root    bool // may head a thread
	fill    func(g *gen, m *mess)
}

const (
	inPublic uint8 = 1 << iota
	inPrivate
	inDirect
	anywhere   = inPublic | inPrivate | inDirect
	inChannels = inPublic | inPrivate
)

const (
	needsRoot   uint8 = 1 << iota // is a reply
	needsTarget                   // is about an earlier plain message
)

// In an "every-kind" conversation plain records stand before and after one of each kind.
const every0, every1 = 10, 6

var kinds []kindSpec

func init() { // not an initialiser: the fill functions refer to kinds
	kinds = append(kinds, kindSpec{name: "plain", where: anywhere, root: true, fill: fillPlain})
	kinds = append(kinds, textKinds...)
	kinds = append(kinds, fileKinds...)
	kinds = append(kinds, botKinds...)
	kinds = append(kinds, threadKinds...)
	kinds = append(kinds, eventKinds("channel", inPublic)...)
	kinds = append(kinds, eventKinds("group", inPrivate)...)
	kinds = append(kinds, noticeKinds...)
}

// Subtypes are all subtypes that a full export with Config.Every holds, in no particular order.
func Subtypes() []string {
	seen := map[string]bool{}
	var list []string
	for _, k := range kinds {
		if !seen[k.subtype] {
			seen[k.subtype] = true
			list = append(list, k.subtype)
		}
	}
	return list
}

// deckOf are the kinds, plain ones apart, that occur in r.
func (g *gen) deckOf(r *room) []int {
	at := 0
	switch r.kind {
	case "private":
		at = 1
	case "direct", "group":
		at = 2
	}
	if g.decks[at] == nil {
		for i := range kinds {
			if i > 0 && kinds[i].where>>at&1 == 1 {
				g.decks[at] = append(g.decks[at], i)
			}
		}
	}
	return g.decks[at]
}

// KindOf is the model's message kind (message.Kind...) for a subtype and whether files hang on it.
// It is a second opinion, written from the dossier, for tests of the reader.
func KindOf(subtype string, files bool) string {
	switch subtype {
	case "":
		if files {
			return "file"
		}
		return "text"
	case "me_message":
		return "me"
	case "thread_broadcast", "reply_broadcast":
		return "text"
	case "file_share", "file_mention":
		return "file"
	case "file_comment":
		return "comment"
	case "bot_message", "slackbot_response":
		return "bot"
	case "channel_join", "group_join":
		return "join"
	case "channel_leave", "group_leave":
		return "leave"
	case "channel_name", "group_name":
		return "rename"
	case "channel_topic", "group_topic":
		return "topic"
	case "channel_purpose", "group_purpose":
		return "purpose"
	case "channel_archive", "group_archive":
		return "archive"
	case "channel_unarchive", "group_unarchive":
		return "unarchive"
	case "pinned_item":
		return "pin"
	case "unpinned_item":
		return "unpin"
	case "huddle_thread", "sh_room_created", "sh_room_shared":
		return "call"
	case "reminder_add":
		return "reminder"
	case "tombstone":
		return "tombstone"
	case "ekm_access_denied":
		return "withheld"
	case "channel_posting_permissions", "channel_convert_to_private", "channel_convert_to_public", "channel_canvas_updated",
		"bot_add", "bot_remove", "bot_enable", "bot_disable", "document_mention", "app_conversation_join",
		"assistant_app_thread", "joiner_notification", "joiner_notification_for_inviter", "message_replied",
		"group_posting_permissions", "group_convert_to_private", "group_convert_to_public", "group_canvas_updated":
		return "system"
	}
	return "unknown"
}

var textKinds = []kindSpec{
	{name: "foreign", where: anywhere, root: true, fill: func(g *gen, m *mess) { m.body.text(pick(&g.d, foreign)) }},
	{name: "difficult", where: anywhere, root: true, fill: func(g *gen, m *mess) { m.body.text(pick(&g.d, difficult)) }},
	{name: "old-mrkdwn", where: anywhere, fill: fillOld},
	{name: "rich-all", where: anywhere, fill: fillRich},
	{name: "long", where: inPublic, fill: fillLong},
	{name: "empty", where: anywhere, fill: func(g *gen, m *mess) {}},
	{name: "unfurl", where: anywhere, fill: fillUnfurl},
	{name: "shared", where: inChannels, fill: fillShared},
	{name: "external", where: anywhere, fill: func(g *gen, m *mess) {
		p := &g.cast[g.c.Users+g.c.Bots+g.d.n(externals)]
		m.user, m.person = p.id, p.index
		m.modern = true // only the embedded profile tells who it was
		fillPlain(g, m)
	}},
	{name: "me", subtype: "me_message", where: anywhere, fill: func(g *gen, m *mess) { m.useRaw, m.raw = true, "waves at the harbour master" }},
}

func fillPlain(g *gen, m *mess) {
	d, b := &g.d, &m.body
	if !g.c.Light && d.chance(140) {
		b.text(pick(d, foreign))
		return
	}
	for i, n := 0, 1+d.n(3); i < n; i++ {
		if i > 0 {
			b.text(" ")
		}
		b.text(english[d.n(len(english))])
	}
	switch d.n(16) {
	case 0:
		b.text(" ")
		b.add(seg{kind: segUser, id: g.someUser()})
	case 1:
		l := links[d.n(len(links))]
		b.text(" ")
		b.add(seg{kind: segLink, id: l.url, text: l.label})
	case 2:
		e := emojiNames[d.n(len(emojiNames))]
		b.text(" ")
		b.add(seg{kind: segEmoji, text: e.name, id: e.unicode})
	case 3:
		b.text(" ")
		b.styled("please", bold)
	case 4:
		b.text(" ")
		b.styled("tide.Level()", code)
	case 5:
		b.list(bullet, 0, english[d.n(len(english))])
		b.list(bullet, 0, english[d.n(len(english))])
	case 6:
		b.start(quoteBlock, 0)
		b.text(english[d.n(len(english))])
	}
}

func (g *gen) someUser() string {
	m := g.room.members[g.d.n(len(g.room.members))]
	if m < 0 {
		return slackbot
	}
	return g.cast[m].id
}

// fillOld is a message of the years before rich text, with every escape of mrkdwn.
func fillOld(g *gen, m *mess) {
	m.modern, m.rich, m.useRaw = false, false, true
	p := &g.cast[g.it.author]
	m.raw = "<@" + p.id + "|" + p.handle + "> see <https://example.com/a?b=1&amp;c=2|the plan> &amp; <mailto:office@ferry.example|office@ferry.example>, " +
		"call <tel:+31201234567> or <#" + g.rooms[0].id + "> <#" + g.rooms[0].id + "|general> <#" + g.rooms[0].id + "|>\n" +
		"<!here|here> <!channel> <!everyone> <@here> <!subteam^S0PIERS|@piers> <!date^1717401600^{date_short}^https://example.com|3 June>\n" +
		"*bold* _italic_ ~struck~ `a &lt; b` :wave::skin-tone-2: :ferry-blue:\n```if a &lt; b &amp;&amp; c &gt; d {\n\treturn\n}```\n" +
		"&gt; one line\n&gt;&gt;&gt; all\nthe rest"
}

func fillRich(g *gen, m *mess) {
	m.rich = true
	b := &m.body
	styles := []string{"plain ", "bold ", "italic ", "struck ", "code", " under", "line ", "bold italic "}
	for i, s := range []uint8{0, bold, italic, strike, code, underline, underline, bold | italic} {
		b.styled(styles[i], s)
	}
	b.add(seg{kind: segLink, id: "https://example.com/?a=1&b=2", text: "label & more", style: bold})
	b.add(seg{kind: segLink, id: "https://example.com/bare"})
	b.add(seg{kind: segUser, id: g.someUser()})
	b.add(seg{kind: segChannel, id: g.rooms[0].id, text: g.rooms[0].name})
	b.add(seg{kind: segEmoji, text: "wave", id: "1f44b-1f3fd", n: 4})
	b.add(seg{kind: segEmoji, text: "ferry-blue"})
	b.add(seg{kind: segBroadcast, text: "here"})
	b.add(seg{kind: segGroup, id: "S0PIERS", text: "@piers"})
	b.add(seg{kind: segDate, n: g.it.us / 1e6, text: "that day"})
	b.add(seg{kind: segColor, text: "#1166aa"})
	b.add(seg{kind: segTeam, id: g.teams[0], text: "team"})
	b.add(seg{kind: segCanvas, id: "F0CANVAS01", text: "canvas"})
	b.add(seg{kind: segFile, id: "F0FILE0001", text: "file"})
	b.list(bullet, 0, "first")
	b.list(bullet, 1, "deeper")
	b.list(bullet, 0, "second")
	b.list(ordered, 0, "one")
	b.list(ordered, 0, "two")
	b.start(quoteBlock, 0)
	b.text("said the captain")
	b.start(preformatted, 0)
	b.text("for i := range piers {\n\tmoor(i) // <&>\n}")
	b.start(section, 0)
	b.text("The end.")
}

// fillLong is a text beyond the 16,383 characters that Mattermost takes.
func fillLong(g *gen, m *mess) {
	m.rich = false
	n := 0
	for n < 16_500 {
		s := pick(&g.d, english)
		if g.d.chance(300) {
			s = pick(&g.d, foreign)
		}
		m.body.text(s + " ")
		n += len([]rune(s)) + 1
	}
}

func fillUnfurl(g *gen, m *mess) {
	m.body.add(seg{kind: segLink, id: "https://example.com/timetable"})
	m.extra = func(w *writer) {
		w.array("attachments")
		w.object("")
		w.str("from_url", "https://example.com/timetable")
		w.str("original_url", "https://example.com/timetable")
		w.str("service_name", "Example")
		w.str("service_icon", "https://example.com/favicon.ico")
		w.str("fallback", "Example: Timetable")
		w.str("title", "Timetable")
		w.str("title_link", "https://example.com/timetable")
		w.str("text", "All boats & piers")
		w.str("image_url", "https://example.com/boat.jpg")
		w.num("image_width", 640)
		w.num("id", 1)
		w.raw("ts", "1700000000")
		w.endObject()
		w.endArray()
	}
}

func fillShared(g *gen, m *mess) {
	m.body.text("Worth reading:")
	author := g.someUser()
	m.extra = func(w *writer) {
		w.array("attachments")
		w.object("")
		w.flag("is_share", true)
		w.flag("is_msg_unfurl", true)
		w.str("from_url", "https://ferry.slack.com/archives/"+g.rooms[0].id+"/p1700000000000100")
		w.str("channel_id", g.rooms[0].id)
		w.str("channel_name", g.rooms[0].name)
		w.str("author_id", author)
		w.str("author_name", "A colleague")
		w.str("ts", "1700000000.000100")
		w.str("fallback", "[November 14th, 2023] A colleague: "+english[3])
		w.str("text", english[3])
		w.list("mrkdwn_in", "text")
		w.array("message_blocks")
		w.object("")
		w.str("team", g.teams[0])
		w.str("channel", g.rooms[0].id)
		w.str("ts", "1700000000.000100")
		w.object("message")
		var b body
		b.text(english[3])
		b.richText(w, "shrd")
		w.endObject()
		w.endObject()
		w.endArray()
		w.num("id", 1)
		w.endObject()
		w.endArray()
	}
}
