package main

import "slices"

// markOperators change what a message carries besides its text.
var markOperators = []operator{
	change("the edit mark is lost", "edits that the export did not ask for", "edited", nil, func(m message) { delete(m.o, m.d.field("edited", "edit_at")) }, has("edited", "edit_at")),
	change("the edit has another time", "the time of import taken for it", "edited", nil, func(m message) {
		if m.d.bulk() {
			m.o["edit_at"] = number(millis(m.o, "edit_at").UnixMilli() + 1000)
			return
		}
		inside(inside(m.o, "edited"), "at")["utc"] = "2023-02-01T00:00:00Z"
	}, has("edited", "edit_at")),
	change("an edit that never was", "a field that is always written", "edited", nil, func(m message) {
		if m.d.bulk() {
			m.o["edit_at"] = number(m.sent().UnixMilli() + 1)
			return
		}
		m.o["edited"] = object{"at": m.o["sent"]}
	}, func(m message) bool { return !has("edited", "edit_at")(m) && plain(m) }),
	change("the deletion mark is lost", "deleted messages shown as others are", "", nil, func(m message) {
		if m.d.bulk() {
			delete(m.ours(), "kind")
			return
		}
		delete(m.o, "deleted")
	}, func(m message) bool { return m.kind() == "tombstone" }),
	change("the pin is lost", "pins kept in another place", "pins", nil, func(m message) { delete(m.o, m.d.field("pins", "is_pinned")) }, has("pins", "is_pinned")),
	change("a pin that never was", "a flag that is always written", "pins", nil, func(m message) {
		if m.d.bulk() {
			m.o["is_pinned"] = true
			return
		}
		m.o["pins"] = []any{object{"by": m.author()}}
	}, func(m message) bool { return !has("pins", "is_pinned")(m) && plain(m) }),
	change("a flag that never was", "another person's list", "flagged", nil, func(m message) {
		if m.d.bulk() {
			m.o["flagged_by"] = []any{m.author()}
			return
		}
		m.o["flagged"] = []any{object{"by": m.author()}}
	}, plain),
	change("the kind is another", "notices shown as messages", "kind", nil, func(m message) { m.ours()["kind"] = "system" }, plain),
	change("the subtype is lost", "words that the target does not know", "subtype", nil, func(m message) { delete(m.ours(), "subtype") }, func(m message) bool { return text(m.ours(), "subtype") != "" }),
	change("the name shown is lost", "webhooks shown as their owner", "shown_as", nil, func(m message) {
		if m.d.bulk() {
			delete(inside(m.o, "props"), "override_username")
			return
		}
		delete(m.o, "shown_as")
	}, shown),
	change("the name shown is another", "somebody who poses as another", "shown_as", nil, func(m message) {
		if m.d.bulk() {
			inside(m.o, "props")["override_username"] = "Somebody"
			return
		}
		inside(m.o, "shown_as")["name"] = "Somebody"
	}, shown),
	change("a reaction is lost", "a limit on reactions", "reactions", nil, func(m message) { m.setReactions(m.reactions()[1:]) }, reacted),
	change("all reactions are lost", "reactions that the export did not ask for", "reactions", nil, func(m message) { m.setReactions(nil) }, reacted),
	change("a person's reaction is lost", "one emoji, several people, one of them kept", "reactions", nil, func(m message) {
		r := m.reactions()
		m.setReactions(r[:len(r)-1])
	}, func(m message) bool {
		r := m.reactions()
		return len(r) > 1 && r[len(r)-1].emoji == r[len(r)-2].emoji
	}),
	change("a reaction is another person's", "an account that stands for two", "reactions", nil, func(m message) {
		r := m.reactions()
		r[0].by = m.d.first(func(o message) bool { return !slices.Contains(r, reaction{r[0].emoji, o.author()}) && o.author() != "" }).author()
		m.setReactions(r)
	}, reacted),
	change("a reaction is another emoji", "names looked up in another table", "reactions", nil, func(m message) {
		r := m.reactions()
		r[0].emoji = "boat"
		m.setReactions(r)
	}, reacted),
	change("a reaction that never was", "a row joined twice", "reactions", nil, func(m message) {
		m.setReactions(append(m.reactions(), reaction{"boat", m.author()}))
	}, reacted),
	change("reactions in another order", "a map instead of a list", "reactions", nil, func(m message) {
		r := m.reactions()
		slices.Reverse(r)
		m.setReactions(r)
	}, func(m message) bool { r := m.reactions(); return len(r) > 1 && r[0].emoji != r[len(r)-1].emoji }),
	{"a reaction is on another message", "an id that is off by one", func(d *document) []want {
		m, to := d.first(reacted), d.first(plain)
		to.setReactions(m.reactions()[:1])
		m.setReactions(m.reactions()[1:])
		return []want{m.differs("reactions"), to.differs("reactions")}
	}, nil},
	part("rich text is lost", "only the plain text is kept", "rich", inText("message.rich")),
	part("the list of mentions is lost", "mentions in the text only", "mentions", dropped("message.mentions")),
	part("a card is lost", "attachments of bots not understood", "cards", inText("message.cards")),
	part("a link's preview is lost", "previews made anew", "links", dropped("message.links")),
	part("what a notice says as data is lost", "only its text is kept", "event", dropped("message.event")),
	part("a call's record is lost", "huddles not understood", "call", dropped("message.call")),
	part("a forwarded message is lost", "only the comment is kept", "forwarded", inText("message.forwarded")),
	part("what only this source has is lost", "a model that is too small", "ext", dropped("message.ext")),
	part("the client's id is lost", "fields that nobody asked for", "client_id", dropped("message.client_id")),
	part("what a thread says of itself is lost", "counted anew from what arrived", "thread_info", dropped("message.thread_info")),
	part("a reply's broadcast is lost", "replies in their thread only", "broadcast", dropped("message.broadcast")),
	part("a hidden message is shown", "a flag that the target does not know", "hidden", dropped("message.hidden")),
	part("who edited is lost", "only the time is kept", "edited.by", dropped("message.edited.by")),
	part("who pinned is lost", "only the flag is kept", "pins.by", inText("message.pins")),
	{"a revision is lost", "edits that came after the export began", func(d *document) []want {
		return dropRecord(d, "revision")
	}, dropped2("revision", "the edit history")},
	{"a revision's earlier text is lost", "only that it was edited", func(d *document) []want {
		for _, r := range d.records("revision") {
			delete(r, "previous")
			return []want{record("differs", text(r, "key"), "previous")}
		}
		return nil
	}, dropped2("revision", "the edit history")},
}

func reacted(m message) bool { return len(m.reactions()) > 0 && m.author() != "" }

func shown(m message) bool {
	return text(m.o, m.d.field("shown_as", "props"), m.d.field("name", "override_username")) != ""
}

// part makes an operator that takes a member, or one inside it, from the first canonical message that has it.
func part(name, as, member string, cannot map[string]reason) operator {
	return operator{name, as, func(d *document) []want {
		for _, m := range d.messages() {
			if d.bulk() {
				return nil
			}
			if take(m.o, member) {
				return []want{m.differs(member[:min(len(member), 4)])}
			}
		}
		return nil
	}, cannot}
}

// take removes a member, or the member of a member; of a list, that of its first object.
func take(o object, path string) bool {
	name, rest := path, ""
	for i := range path {
		if path[i] == '.' {
			name, rest = path[:i], path[i+1:]
			break
		}
	}
	v, ok := o[name]
	if !ok {
		return false
	}
	if rest == "" {
		delete(o, name)
		return true
	}
	if l, isList := v.([]any); isList && len(l) > 0 {
		v = l[0]
	}
	inner, ok := v.(object)
	return ok && take(inner, rest)
}

// dropRecord removes the first record of a type.
func dropRecord(d *document, typ string) []want {
	for _, r := range d.records(typ) {
		d.drop(func(o object) bool { return same(o, r) })
		return []want{record("missing", text(r, "key"), "")}
	}
	return nil
}

// threadOperators and what they do to authors.
var threadOperators = []operator{
	{"a reply stands in no thread", "a target that flattens threads", func(d *document) []want {
		m := d.first(reply)
		w := m.differs("thread")
		if !d.bulk() {
			delete(m.o, "thread")
			return []want{w}
		}
		loose, after := *m, message{d: d, o: m.post, post: m.post, line: m.line}
		loose.o = clone(m.o)
		loose.o["team"], loose.o["channel"] = m.post["team"], m.post["channel"]
		d.put(after, loose)
		d.remove(*m)
		return []want{w}
	}, nil},
	{"a reply is in another thread", "a root that was looked up by time", func(d *document) []want {
		var to *message
		m := d.first(reply, func(m message) bool {
			to = d.first(reply, func(o message) bool { return o.conv == m.conv && o.thread() != m.thread() })
			return to != nil
		})
		w := m.differs("thread")
		if !d.bulk() {
			m.o["thread"] = to.o["thread"]
			return []want{w}
		}
		d.put(*to, *m)
		d.remove(*m)
		return []want{w}
	}, nil},
	{"a root does not know its thread", "a root that was written before its replies", func(d *document) []want {
		m := d.first(root)
		delete(m.ours(), "thread")
		return []want{m.differs("thread")}
	}, nil},
	{"a message is in a thread that it was not in", "a reply to the message before", func(d *document) []want {
		m := d.first(alone, plain)
		r := d.first(reply, func(o message) bool { return o.conv == m.conv })
		w := m.differs("thread")
		if !d.bulk() {
			m.o["thread"] = r.o["thread"]
			return []want{w}
		}
		d.put(*r, *m)
		d.remove(*m)
		return []want{w}
	}, nil},
	{"two messages exchange their authors", "an account list in another order", func(d *document) []want {
		a, b := d.two(func(a, b message) bool { return a.conv == b.conv && a.author() != b.author() }, alone, plain)
		x := a.author()
		a.setAuthor(b.author())
		b.setAuthor(x)
		return []want{a.differs("author"), b.differs("author")}
	}, nil},
	{"one person's messages are another's", "two people of one name taken for one", func(d *document) []want {
		a, b := d.two(func(a, b message) bool { return a.author() != b.author() }, alone, plain)
		who := a.author()
		his := pick(d, func(m message) bool { return m.author() == who })
		for _, m := range his {
			m.setAuthor(b.author())
		}
		return all(his, func(m message) want { return m.differs("author") })
	}, nil},
	{"an author is lost", "a person who is not in the list", func(d *document) []want {
		m := d.first(alone, plain)
		if d.bulk() {
			return nil
		}
		delete(m.o, "author")
		return []want{m.differs("author")}
	}, map[string]reason{"mattermost": {"a post without a user cannot be imported", func(d *document) bool {
		return !slices.ContainsFunc(d.messages(), func(m message) bool { return m.author() == "" })
	}}}},
}
