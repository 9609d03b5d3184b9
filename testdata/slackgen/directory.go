package slackgen

import "strconv"

// directoryBefore writes what stands before the day files, as in Slack's own zips.
func (g *gen) directoryBefore() error {
	if !g.has("missing-users") {
		name := "users.json"
		if g.c.Dialect == Grid {
			name = "org_users.json"
		}
		if err := g.users(name, -1); err != nil {
			return err
		}
		for i := range g.c.Teams {
			if g.c.Dialect != Grid {
				break
			}
			if err := g.users(g.teamFolder(i)+"users.json", i); err != nil {
				return err
			}
		}
	}
	if g.c.Dialect == Slackdump {
		return nil
	}
	if err := g.file("integration_logs.json", []byte(integrationLogs)); err != nil {
		return err
	}
	return g.file("canvases.json", []byte("[]"))
}

const integrationLogs = `[
    {
        "user_id": 0,
        "user_name": "slack",
        "date": "1498401043",
        "change_type": "added",
        "service_id": "202634974129",
        "service_type": "Google Drive",
        "scope": "files:write:user"
    }
]`

// users writes a user list, of one team or of all (-1).
func (g *gen) users(name string, team int) error {
	return g.listFile(name, func(w *writer, flush func() error) error {
		for i := range g.cast {
			p := &g.cast[i]
			if !g.here(p) || team >= 0 && p.team != team {
				continue
			}
			g.userEntry(w, p)
			if err := flush(); err != nil {
				return err
			}
		}
		if g.has("same-names") && team < 0 {
			g.sameNames(w)
		}
		return nil
	})
}

// listFile streams one JSON array.
func (g *gen) listFile(name string, fill func(w *writer, flush func() error) error) error {
	if err := g.create(name); err != nil {
		return err
	}
	w := g.newWriter(nil)
	w.array("")
	err := fill(&w, func() error {
		if len(w.b) < 1<<16 {
			return nil
		}
		_, err := g.out.Write(w.b)
		w.b = w.b[:0]
		return err
	})
	if err != nil {
		return err
	}
	w.endArray()
	if _, err := g.out.Write(w.b); err != nil {
		return err
	}
	g.w.b = w.b[:0]
	return g.out.CloseEntry()
}

// directoryAfter writes the conversation lists, which need to know what was pinned.
func (g *gen) directoryAfter() error {
	for i := range g.c.Empty {
		if g.has("missing-channels") {
			break // neither list nor folder: nothing of it is left
		}
		r := g.addRoom("public", "C", "empty-"+letters(i))
		r.members = []int{0, 1, 2}
		g.addRoomTruth(r)
	}
	prefixes := []string{""}
	if g.c.Dialect == Grid {
		for i := range g.c.Teams {
			prefixes = append(prefixes, g.teamFolder(i))
		}
	}
	for _, prefix := range prefixes {
		for _, l := range []struct{ file, kind string }{{"channels.json", "public"}, {"groups.json", "private"}, {"dms.json", "direct"}, {"mpims.json", "group"}} {
			if l.kind != "public" && g.c.PublicOnly || l.kind == "public" && g.has("missing-channels") || prefix != "" && (l.kind == "direct" || l.kind == "group") {
				continue
			}
			if err := g.rooms1(prefix, l.file, l.kind); err != nil {
				return err
			}
		}
	}
	if err := g.emoji(); err != nil {
		return err
	}
	return g.junk()
}

func (g *gen) rooms1(prefix, file, kind string) error {
	return g.listFile(prefix+file, func(w *writer, flush func() error) error {
		for _, r := range g.rooms {
			if r.kind != kind || r.prefix != prefix || !r.listed || r.truth == nil {
				continue
			}
			g.roomEntry(w, r)
			if err := flush(); err != nil {
				return err
			}
		}
		return nil
	})
}

// present are r's members at the moment of the export, each once.
func (g *gen) present(r *room) []string {
	list := make([]string, 0, len(r.members))
	for _, m := range r.members {
		switch {
		case m < 0:
			list = append(list, slackbot)
		case g.cast[m].joined <= g.now:
			list = append(list, g.cast[m].id)
		}
	}
	return list
}

func (g *gen) roomEntry(w *writer, r *room) {
	members := g.present(r)
	w.object("")
	w.str("id", r.id)
	if r.kind == "direct" {
		w.num("created", r.created/1e6)
		if len(members) == 1 { // oneself, twice
			members = append(members, members[0])
		}
		w.list("members", members...)
		w.endObject()
		return
	}
	creator := g.cast[r.creator].id
	w.str("name", r.name)
	w.num("created", r.created/1e6)
	w.str("creator", creator)
	w.flag("is_archived", r.archived)
	if r.kind == "public" {
		w.flag("is_general", r.general)
	}
	w.list("members", members...)
	g.pins(w, r)
	topic, purpose := topics[r.index%len(topics)], topics[(r.index+2)%len(topics)]
	if r.kind == "group" {
		topic, purpose = "Group messaging", "Group messaging with: @"+r.name
	}
	note(w, "topic", topic, creator, r.created/1e6)
	note(w, "purpose", purpose, creator, r.created/1e6)
	w.num("updated", r.created/1000+86400000) // milliseconds here, seconds elsewhere
	w.endObject()
}

func (g *gen) pins(w *writer, r *room) {
	if len(r.pins) == 0 {
		return
	}
	w.array("pins")
	for _, p := range r.pins {
		w.object("")
		w.ts("id", p.us)
		w.str("type", "C")
		w.num("created", p.at/1e6)
		w.str("user", g.cast[p.by].id)
		w.str("owner", g.cast[p.by].id)
		w.endObject()
	}
	w.endArray()
	r.truth.Pins = len(r.pins)
}

func note(w *writer, key, value, by string, at int64) {
	w.object(key)
	w.str("value", value)
	if value == "" {
		by, at = "", 0
	}
	w.str("creator", by)
	if at%2 == 1 { // a number in newer exports, a string in older ones
		w.str("last_set", strconv.FormatInt(at, 10))
	} else {
		w.num("last_set", at)
	}
	w.endObject()
}

// emoji writes the images of custom emoji beside an index in the shape of Slack's emoji.list.
func (g *gen) emoji() error {
	if !g.c.Emoji {
		return nil
	}
	w := writer{pretty: true}
	w.object("")
	for i, e := range custom {
		g.t.CustomEmoji++
		if e.alias != "" {
			w.str(e.name, "alias:"+e.alias)
			continue
		}
		w.str(e.name, "https://emoji.slack-edge.com/"+g.teams[0]+"/"+e.name+"/"+string(appendHex(nil, mix(uint64(i)), 16))+".png")
		if err := g.file("emojis/"+e.name+".png", picture(uint64(i)*0x3f7f1f+0x2040a0, 16)); err != nil {
			return err
		}
	}
	w.endObject()
	return g.file("index.json", w.b)
}
