package slackgen

import "strconv"

var threadKinds = []kindSpec{
	{name: "thread_broadcast", subtype: "thread_broadcast", where: anywhere, needs: needsRoot, fill: func(g *gen, m *mess) {
		m.body.text(pick(&g.d, english))
		m.broadcast = true
		m.extra = func(w *writer) {
			root := &g.win[g.it.root]
			w.object("root") // a copy, not a message of its own
			w.str("type", "message")
			w.str("user", g.cast[root.author].id)
			w.str("text", "the first message")
			w.ts("ts", root.us)
			w.ts("thread_ts", root.us)
			w.num("reply_count", 1)
			w.endObject()
		}
	}},
	{name: "reply_broadcast", subtype: "reply_broadcast", where: anywhere, needs: needsRoot, fill: func(g *gen, m *mess) {
		m.body.text(pick(&g.d, english))
		m.broadcast, m.rich, m.modern = true, false, false
		m.extra = func(w *writer) {
			w.str("broadcast_thread_ts", tsString(g.win[g.it.root].us))
		}
	}},
	{name: "orphan-reply", where: anywhere, fill: func(g *gen, m *mess) { m.body.text(pick(&g.d, english)) }},
	{name: "tombstone", subtype: "tombstone", where: anywhere, root: true, fill: func(g *gen, m *mess) {
		m.user, m.person, m.modern, m.rich, m.useRaw = slackbot, -1, false, false, true
		m.raw = "This message was deleted."
		m.extra = func(w *writer) { w.flag("hidden", true) }
	}},
	{name: "message_changed", subtype: "message_changed", where: inChannels, needs: needsTarget, fill: func(g *gen, m *mess) {
		m.revision, m.modern, m.rich, m.user, m.person, m.noText = true, false, false, "", -1, true
		at, by := g.it.us, g.cast[g.win[g.it.target].author].id
		now, before := g.targetText(), ""
		before = now[:len(now)-len(editMark)]
		original := g.win[g.it.target].us
		m.realAuthor = by
		m.extra = func(w *writer) {
			w.flag("hidden", true)
			w.str("channel", g.room.id)
			innerMessage(w, "message", by, now, original, at)
			innerMessage(w, "previous_message", by, before, original, 0)
			w.ts("event_ts", at)
		}
	}},
	{name: "message_deleted", subtype: "message_deleted", where: inChannels, fill: func(g *gen, m *mess) {
		m.revision, m.modern, m.rich, m.person, m.noText = true, false, false, -1, true
		by, said := m.user, pick(&g.d, english)
		m.user, m.realAuthor = "", by
		gone := g.it.us/1e6*1e6 - 30e6 + 999999
		m.extra = func(w *writer) {
			w.flag("hidden", true)
			w.str("channel", g.room.id)
			w.ts("deleted_ts", gone)
			innerMessage(w, "previous_message", by, said, gone, 0)
			w.ts("event_ts", g.it.us)
		}
	}},
	{name: "message_replied", subtype: "message_replied", where: inChannels, needs: needsTarget, fill: func(g *gen, m *mess) {
		m.modern, m.rich, m.person, m.noText = false, false, -1, true
		by := g.cast[g.win[g.it.target].author].id
		m.extra = func(w *writer) {
			w.flag("hidden", true)
			innerMessage(w, "message", by, "a message that was answered", g.win[g.it.target].us, 0)
		}
	}},
}

// targetText is the text of the edited message that the current record is about.
func (g *gen) targetText() string {
	it := &g.win[g.it.target]
	var m mess
	keep := g.it
	g.it = it
	g.d.seed(it.seed, 0x3e55)
	fillPlain(g, &m)
	m.body.text(editMark)
	g.it = keep
	return string(m.body.mrkdwn(nil))
}

func innerMessage(w *writer, key, user, text string, us, edited int64) {
	w.object(key)
	w.str("type", "message")
	w.str("user", user)
	w.str("text", text)
	w.ts("ts", us)
	if edited > 0 {
		w.object("edited")
		w.str("user", user)
		w.ts("ts", edited)
		w.endObject()
	}
	w.endObject()
}

// event is a record whose text Slack makes: "<@U> did something", with what changed in fields.
func event(subtype string, where uint8, did string, fields ...string) kindSpec {
	return kindSpec{name: subtype, subtype: subtype, where: where, fill: func(g *gen, m *mess) {
		m.modern, m.rich, m.useRaw, m.person = false, false, true, -1
		m.raw = "<@" + m.user + "> " + did
		m.extra = func(w *writer) {
			for i := 0; i+1 < len(fields); i += 2 {
				w.str(fields[i], fields[i+1])
			}
		}
	}}
}

// eventKinds are what happens to a channel ("channel_...") or a private one ("group_...").
func eventKinds(prefix string, where uint8) []kindSpec {
	list := []kindSpec{
		event(prefix+"_join", where, "has joined the channel", "inviter", "U0INVITER"),
		event(prefix+"_leave", where, "has left the channel"),
		event(prefix+"_topic", where, "set the channel topic: Boats &amp; tides", "topic", "Boats &amp; tides"),
		event(prefix+"_purpose", where, "set the channel purpose: 时刻表", "purpose", "时刻表"),
		event(prefix+"_name", where, "has renamed the channel from \"quay\" to \"pier\"", "old_name", "quay", "name", "pier"),
		event(prefix+"_archive", where, "archived the channel"),
		event(prefix+"_unarchive", where, "un-archived the channel"),
		event(prefix+"_posting_permissions", where, "set this channel's posting permissions to admins"),
		event(prefix+"_convert_to_private", where, "made this channel private"),
		event(prefix+"_convert_to_public", where, "made this channel public"),
		event(prefix+"_canvas_updated", where, "updated the channel canvas"),
	}
	if prefix == "channel" {
		for i := range list {
			switch list[i].subtype { // these names do not change with the channel's kind
			case "channel_posting_permissions", "channel_convert_to_private", "channel_convert_to_public", "channel_canvas_updated":
				list[i].where = inChannels
			}
		}
		return list
	}
	return list[:7]
}

var noticeKinds = []kindSpec{
	event("reminder_add", anywhere, "set up a reminder “check the ropes” in this channel at 9AM tomorrow"),
	event("bot_add", inChannels, "added an integration to this channel: <https://ferry.slack.com/services/B0TIDE|tide>", "bot_id", "B0TIDE"),
	event("bot_remove", inChannels, "removed an integration from this channel: tide", "bot_link", "<https://ferry.slack.com/services/B0TIDE|tide>"),
	event("bot_enable", inChannels, "enabled an integration in this channel: tide"),
	event("bot_disable", inChannels, "disabled an integration in this channel: tide"),
	event("document_mention", inChannels, "mentioned this channel in a canvas", "document_id", "F0CANVAS01"),
	event("app_conversation_join", anywhere, "added an app to this conversation"),
	event("assistant_app_thread", inDirect|inPublic, "started a thread with the assistant"),
	event("joiner_notification", inDirect|inPublic, "is new here, say hello"),
	event("joiner_notification_for_inviter", inDirect|inPublic, "has accepted your invitation"),
	{name: "pinned_item", subtype: "pinned_item", where: anywhere, needs: needsTarget, fill: fillPin("pinned")},
	{name: "unpinned_item", subtype: "unpinned_item", where: anywhere, needs: needsTarget, fill: fillPin("unpinned")},
	{name: "huddle_thread", subtype: "huddle_thread", where: anywhere, fill: fillHuddle},
	{name: "sh_room_created", subtype: "sh_room_created", where: anywhere, fill: fillHuddle},
	{name: "sh_room_shared", subtype: "sh_room_shared", where: anywhere, fill: fillHuddle},
	{name: "ekm_access_denied", subtype: "ekm_access_denied", where: anywhere, fill: func(g *gen, m *mess) {
		m.modern, m.rich, m.useRaw, m.person, m.user = false, false, true, -1, "UREVOKEDU"
		m.raw = "Your admins have suspended everyone's access to this content."
	}},
	{name: "no-subtype-system", where: anywhere, fill: func(g *gen, m *mess) {
		m.user, m.person, m.modern, m.rich, m.useRaw = slackbot, -1, false, false, true
		m.raw = "Reminder: check the ropes."
	}},
}

func fillPin(did string) func(g *gen, m *mess) {
	return func(g *gen, m *mess) {
		m.modern, m.rich, m.useRaw, m.person = false, false, true, -1
		m.raw = "<@" + m.user + "> " + did + " a message to this channel."
		target, owner := g.win[g.it.target].us, g.cast[g.win[g.it.target].author].id
		by := m.user
		m.extra = func(w *writer) {
			w.str("item_type", "C")
			w.object("item")
			w.str("type", "message")
			w.str("channel", g.room.id)
			innerMessage(w, "message", owner, "the message", target, 0)
			w.num("created", g.it.us/1e6)
			w.str("created_by", by)
			w.endObject()
		}
	}
}

func fillHuddle(g *gen, m *mess) {
	by := m.user
	m.modern, m.rich, m.useRaw, m.person, m.user = false, false, true, -1, slackbot
	m.raw = "A huddle started"
	start, id := g.it.us/1e6, slackID("R", g.c.Seed, g.it.ordinal)
	other := g.someUser()
	m.realAuthor = by
	m.extra = func(w *writer) {
		w.list("channel_ids", g.room.id)
		w.object("room")
		w.str("id", id)
		w.str("name", "")
		w.str("media_server", "")
		w.str("created_by", by)
		w.num("date_start", start)
		w.num("date_end", start+600+int64(g.it.ordinal%900))
		w.list("participants")
		w.list("participant_history", by, other)
		w.list("channels", g.room.id)
		w.flag("is_dm_call", g.room.kind == "direct")
		w.flag("was_missed", false)
		w.flag("has_ended", true)
		w.str("thread_root_ts", strconv.FormatInt(start, 10)+"."+tsString(g.it.us)[len(tsString(g.it.us))-6:])
		w.endObject()
		w.flag("no_notifications", false)
	}
}
