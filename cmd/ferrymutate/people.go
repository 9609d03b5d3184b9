package main

import (
	"slices"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins"
)

// thing is a person or conversation: a record, or a Mattermost line's object.
type thing struct {
	o   object
	key string
	row object // Mattermost: of its list of keys
}

func (d *document) people() (all []thing) {
	if !d.bulk() {
		return keyed(d.records("person"))
	}
	for _, l := range d.lines {
		u, ok := l.object["user"].(object)
		if !ok || text(l.object, "type") != "user" {
			continue
		}
		row := d.account(text(u, "username"))
		for _, p := range list2(row, "persons") {
			all = append(all, thing{u, text(p, "key"), row})
			break
		}
	}
	return all
}

func keyed(records []object) (all []thing) {
	for _, o := range records {
		all = append(all, thing{o: o, key: text(o, "key")})
	}
	return all
}

func (d *document) conversations() (all []thing) {
	if !d.bulk() {
		return keyed(d.records("conversation"))
	}
	places := d.places()
	rows := map[string]object{}
	for _, k := range d.keys {
		rows[text(k.object, "key")] = k.object
	}
	for _, l := range d.lines {
		var key string
		var o object
		switch text(l.object, "type") {
		case "channel":
			o = l.object["channel"].(object)
			key = places[placeID(text(o, "team"), text(o, "name"), nil)]
		case "direct_channel":
			o = l.object["direct_channel"].(object)
			key = places[placeID("", "", list(o, "members"))]
		default:
			continue
		}
		all = append(all, thing{o, key, rows[key]})
	}
	return all
}

// alter makes an operator that changes one of the things that have a member.
func alter(name, as, field string, things func(*document) []thing, canonical, bulk string, to func(*document, object, string), cannot map[string]reason) operator {
	return operator{name, as, func(d *document) []want {
		for _, x := range things(d) {
			member := d.field(canonical, bulk)
			if _, ok := x.o[member]; member != "" && ok {
				to(d, x.o, member)
				return []want{record("differs", x.key, field)}
			}
		}
		return nil
	}, cannot}
}

func remove(_ *document, o object, member string) { delete(o, member) }

func suffix(_ *document, o object, member string) { o[member] = text(o, member) + "x" }

// dropped2 is the reason that a sink's own declaration says a type of record does not arrive there.
func dropped2(typ, name string) map[string]reason {
	return map[string]reason{"mattermost": {"Mattermost's import has no place for " + name, func(d *document) bool {
		for _, p := range plugins.Builtin() {
			if p.Name == d.sink && p.Sink.Projection.Types[typ].Action == plugin.Drop {
				return len(d.records(typ)) == 0
			}
		}
		return false
	}}}
}

func people(d *document) []thing { return d.people() }

func places(d *document) []thing { return d.conversations() }

// peopleOperators change people, what they are members of, and emoji.
var peopleOperators = []operator{
	alter("a person is renamed", "a name of today for one of then", "name", people, "name", "nickname", suffix, nil),
	alter("a person's name is lost", "people who left", "name", people, "name", "nickname", remove, nil),
	alter("a person's last name is lost", "names cut at the first space", "last_name", people, "last_name", "last_name", remove, nil),
	alter("a person's title is lost", "fields that nobody asked for", "title", people, "title", "position", remove, nil),
	alter("a person who left is back", "a flag that the target does not know", "deactivated", people, "deactivated", "delete_at", remove, nil),
	alter("a person's address is another", "addresses made anew", "", people, "emails", "email", func(d *document, o object, member string) {
		if d.bulk() {
			o[member] = "someone@chatferry.invalid"
			return
		}
		o[member] = []any{"someone@chatferry.invalid"}
	}, nil),
	alter("a person's picture is lost", "pictures behind a login", "avatar", people, "avatar", "profile_image", remove, map[string]reason{
		"mattermost": {"the dump holds no pictures of people", func(d *document) bool {
			return !slices.ContainsFunc(d.people(), func(p thing) bool { return p.o["profile_image"] != nil })
		}}}),
	alter("a person's zone is lost", "fields that nobody asked for", "zone", people, "zone", "", remove, dropped("person.zone")),
	{"a person is lost", "people without messages left out", func(d *document) []want {
		if !d.bulk() {
			return dropRecord(d, "person")
		}
		used := map[string]bool{}
		for _, m := range d.messages() {
			used[m.author()] = true
			for _, r := range m.reactions() {
				used[r.by] = true
			}
		}
		for _, l := range d.lines {
			for _, m := range list(l.object, "direct_channel", "members") {
				used[m.(string)] = true
			}
		}
		for _, p := range d.people() {
			if name := text(p.o, "username"); !used[name] {
				d.drop(func(o object) bool { return text(o, "user", "username") == name })
				wants := []want{record("missing", p.key, "")}
				for _, m := range list(p.row, "members") {
					wants = append(wants, record("missing", m.([]any)[0].(string), ""))
				}
				return wants
			}
		}
		return nil
	}, nil},
	{"a person has another key", "ids that were given anew", func(d *document) []want {
		p := d.people()[0]
		if o := p.o; !d.bulk() {
			o["key"] = p.key + "9"
		} else {
			list2(p.row, "persons")[0]["key"] = p.key + "9"
		}
		return []want{record("missing", p.key, ""), record("extra", p.key+"9", "")}
	}, nil},
	{"a membership is lost", "people who joined late", func(d *document) []want {
		if !d.bulk() {
			return dropRecord(d, "membership")
		}
		for _, p := range d.people() {
			for _, team := range list2(p.o, "teams") {
				channels := list(team, "channels")
				if len(channels) < 2 {
					continue
				}
				name := text(channels[0].(object), "name")
				team["channels"] = channels[1:]
				conv := d.places()[placeID(text(team, "name"), name, nil)]
				for _, m := range list(p.row, "members") {
					if m := m.([]any); m[1] == conv {
						return []want{record("missing", m[0].(string), "")}
					}
				}
			}
		}
		return nil
	}, nil},
	{"a membership is another person's", "a list that is off by one", func(d *document) []want {
		for _, r := range d.records("membership") {
			r["person"] = d.people()[0].key + "9"
			return []want{record("differs", text(r, "key"), "person")}
		}
		if p := d.people(); d.bulk() {
			a, b := list(p[0].row, "members"), list(p[1].row, "members")
			key := a[0].([]any)[0].(string)
			p[1].row["members"], p[0].row["members"] = append(b, a[0]), a[1:]
			return []want{record("differs", key, "person")}
		}
		return nil
	}, nil},
	{"an emoji is lost", "custom emoji left out", func(d *document) []want {
		if !d.bulk() {
			return dropRecord(d, "emoji")
		}
		e := d.records("emoji")[0]
		d.drop(func(o object) bool { return same(o, e) })
		return []want{record("missing", d.emojiKey(text(e, "emoji", "name")), "")}
	}, nil},
	{"an emoji's picture is another", "two pictures exchanged", func(d *document) []want {
		var made []object
		for _, e := range d.records("emoji") {
			if o := d.emojiOf(e); o["image"] != nil {
				made = append(made, o)
			}
		}
		a, b := made[0], made[1]
		a["image"], b["image"] = b["image"], a["image"]
		return []want{record("differs", d.emojiKey(text(a, "name")), "image"), record("differs", d.emojiKey(text(b, "name")), "image")}
	}, nil},
	{"an alias of an emoji is lost", "only pictures are kept", func(d *document) []want {
		for _, e := range d.records("emoji") {
			if text(e, "alias_for") != "" {
				e["alias_for"] = "another"
				return []want{record("differs", text(e, "key"), "alias_for")}
			}
		}
		return nil
	}, dropped("emoji.alias_for")},
}

// emojiOf is the object of an emoji's line.
func (d *document) emojiOf(e object) object {
	if d.bulk() {
		return e["emoji"].(object)
	}
	return e
}

func (d *document) emojiKey(name string) string {
	rows := d.lines
	if d.bulk() {
		rows = d.keys
	}
	for _, l := range rows {
		if text(l.object, "type") == "emoji" && text(l.object, "name") == name {
			return text(l.object, "key")
		}
	}
	return ""
}

// placeOperators change conversations and the list of keys.
var placeOperators = []operator{
	alter("a conversation is renamed", "a name of today for one of then", "name", channels, "name", "name", func(d *document, o object, member string) {
		if d.bulk() {
			d.renameChannel(text(o, "team"), text(o, member))
			return
		}
		suffix(d, o, member)
	}, nil),
	alter("a conversation's display name is another", "names taken from ids", "display_name", places, "", "display_name", suffix, map[string]reason{
		"archive": noDisplay, "html": noDisplay, "ndjson": noDisplay}),
	alter("a private conversation is public", "a kind that the target does not know", "kind", private, "kind", "type", func(d *document, o object, member string) {
		o[member] = d.field("public", "O")
	}, nil),
	alter("a topic is lost", "fields that nobody asked for", "topic", places, "topic", "header", remove, nil),
	alter("a topic is another", "a topic of today for one of then", "topic", places, "topic", "header", func(d *document, o object, member string) {
		if d.bulk() {
			suffix(d, o, member)
			return
		}
		suffix(d, inside(o, member), "text")
	}, nil),
	alter("a purpose is lost", "fields that nobody asked for", "purpose", places, "purpose", "purpose", remove, nil),
	alter("an archived conversation is open", "a flag that the target does not know", "archived", places, "archived", "deleted_at", remove, nil),
	alter("who began a conversation is lost", "fields that nobody asked for", "creator", places, "creator", "", remove, dropped("conversation.creator")),
	alter("a conversation's pins are lost", "pins kept in another place", "pins", places, "pins", "", remove, dropped("conversation.pins")),
	{"a participant is lost", "people who left", func(d *document) []want {
		for _, c := range d.conversations() {
			if people := list(c.o, "participants"); len(people) > 2 {
				c.o["participants"] = people[1:]
				return []want{record("differs", c.key, "participants")}
			}
			if people := list(c.o, "members"); len(people) > 2 {
				return d.narrow(c, people)
			}
		}
		return nil
	}, nil},
	{"a conversation is lost", "one without rights to read it", func(d *document) []want {
		conv := d.messages()[len(d.messages())-1].conv
		var wants []want
		gone := pick(d, func(m message) bool { return m.conv == conv })
		d.remove(gone...)
		for _, c := range d.conversations() {
			if c.key == conv {
				d.drop(func(o object) bool { return same(o, c.o) || d.bulk() && same(sub(o, text(o, "type")), c.o) })
			}
		}
		for _, l := range d.lines {
			if o := l.object; text(o, "conversation") == conv {
				wants = append(wants, record("missing", text(o, "key"), ""))
			}
		}
		d.drop(func(o object) bool { return text(o, "conversation") == conv })
		return append(append(wants, record("missing", conv, "")), all(gone, message.missing)...)
	}, nil},
	{"a message's entry in the list of keys is lost", "a map that was not saved", func(d *document) []want {
		m := d.first(alone, plain)
		if !d.bulk() {
			return nil
		}
		gone := m.missing()
		delete(inside(m.o, "props"), "chatferry")
		return []want{gone}
	}, ownKeys},
	{"a conversation's entry in the list of keys is lost", "a map that was not saved", func(d *document) []want {
		if !d.bulk() {
			return nil
		}
		c := d.conversations()[0]
		wants := []want{record("missing", c.key, "")}
		for _, m := range pick(d, func(m message) bool { return m.conv == c.key }) {
			wants = append(wants, m.differs("conversation"))
		}
		for _, k := range d.keys {
			for _, m := range list(k.object, "members") {
				if m := m.([]any); m[1] == c.key {
					wants = append(wants, record("missing", m[0].(string), ""))
				}
			}
		}
		d.keys = deleteRow(d.keys, c.row)
		return wants
	}, ownKeys},
}

func channels(d *document) (all []thing) {
	for _, c := range d.conversations() {
		if text(c.o, "kind") != "workspace" {
			all = append(all, c)
		}
	}
	return all
}

func private(d *document) (all []thing) {
	for _, c := range d.conversations() {
		if text(c.o, "kind") == "private" || text(c.o, "type") == "P" {
			all = append(all, c)
		}
	}
	return all
}

var noDisplay = reason{"Slack's channels have one name", func(d *document) bool {
	for _, c := range d.conversations() {
		if c.o["display_name"] != nil {
			return false
		}
	}
	return true
}}

func deleteRow(rows []line, row object) (left []line) {
	for _, r := range rows {
		if !same(r.object, row) {
			left = append(left, r)
		}
	}
	return left
}

// renameChannel gives a channel another name wherever it stands, the list of keys included.
func (d *document) renameChannel(team, name string) {
	to := name + "x"
	for _, l := range d.lines {
		for _, o := range []object{sub(l.object, "channel"), sub(l.object, "post")} {
			member := "channel"
			if o["channel"] == nil {
				member = "name"
			}
			if text(o, "team") == team && text(o, member) == name {
				o[member] = to
			}
		}
		for _, t := range list2(sub(l.object, "user"), "teams") {
			for _, c := range list2(t, "channels") {
				if text(t, "name") == team && text(c, "name") == name {
					c["name"] = to
				}
			}
		}
	}
	for _, k := range d.keys {
		if text(k.object, "team") == team && text(k.object, "name") == name {
			k.object["name"] = to
		}
	}
}

// narrow takes one person out of a group wherever its people stand.
func (d *document) narrow(c thing, people []any) []want {
	id := placeID("", "", people)
	for _, l := range d.lines {
		for typ, member := range map[string]string{"direct_channel": "members", "direct_post": "channel_members"} {
			if o, ok := l.object[typ].(object); ok && placeID("", "", list(o, member)) == id {
				o[member] = people[1:]
			}
		}
	}
	c.row["people"] = people[1:]
	return []want{record("differs", c.key, "participants")}
}
