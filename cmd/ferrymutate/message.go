package main

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// message is one message of a document: a record, or a post or reply of a Mattermost line.
type message struct {
	d    *document
	o    object // the record, post or reply
	line object // it stands in
	post object // Mattermost: the post that it replies to, itself if it is none
	conv string // key
	day  string // as it was before anything was changed
}

// messages lists all messages in the order in which they stand.
func (d *document) messages() (all []message) {
	add := func(o, line, post object, conv string) {
		m := message{d: d, o: o, line: line, post: post, conv: conv}
		m.day = m.sent().Format(time.DateOnly)
		all = append(all, m)
	}
	places := d.places()
	for _, l := range d.lines {
		if !d.bulk() {
			if text(l.object, "type") == "message" {
				add(l.object, l.object, l.object, text(l.object, "conversation"))
			}
			continue
		}
		p := postOf(l.object)
		if p == nil {
			continue
		}
		conv := places[placeID(text(p, "team"), text(p, "channel"), list(p, "channel_members"))]
		add(p, l.object, p, conv)
		for _, r := range list2(p, "replies") {
			add(r, l.object, p, conv)
		}
	}
	return all
}

// first finds the first message of which all is true.
func (d *document) first(is ...func(message) bool) *message {
	for _, m := range d.messages() {
		if !slices.ContainsFunc(is, func(f func(message) bool) bool { return !f(m) }) {
			return &m
		}
	}
	return nil
}

// two finds the first two such messages of which also both is true.
func (d *document) two(both func(a, b message) bool, is ...func(message) bool) (a, b *message) {
	var fit []message
	for _, m := range d.messages() {
		if slices.ContainsFunc(is, func(f func(message) bool) bool { return !f(m) }) {
			continue
		}
		for i := range fit {
			if both(fit[i], m) {
				return &fit[i], &m
			}
		}
		fit = append(fit, m)
	}
	return nil, nil
}

// ours is where the key and other marks of a message stand.
func (m message) ours() object {
	if !m.d.bulk() {
		return m.o
	}
	return inside(inside(m.o, "props"), "chatferry")
}

func (m message) key() string { return text(m.ours(), "key") }

// field is what a dialect calls a member.
func (d *document) field(canonical, bulk string) string {
	if d.bulk() {
		return bulk
	}
	return canonical
}

func (m message) text() string     { return text(m.o, m.d.field("text", "message")) }
func (m message) setText(s string) { m.o[m.d.field("text", "message")] = s }
func (m message) author() string   { return text(m.o, m.d.field("author", "user")) }

func (m message) setAuthor(s string) { m.o[m.d.field("author", "user")] = s }

func (m message) sent() time.Time {
	if m.d.bulk() {
		return millis(m.o, "create_at")
	}
	t, _ := time.Parse(time.RFC3339Nano, text(m.o, "sent", "utc"))
	return t
}

func (m message) setSent(t time.Time) {
	if m.d.bulk() {
		m.o["create_at"] = number(t.UnixMilli())
		return
	}
	sent := clone(m.o["sent"].(object))
	sent["utc"] = t.UTC().Format("2006-01-02T15:04:05.000000Z")
	m.o["sent"] = sent
}

// thread is the key of the first message of m's thread; "" outside threads.
func (m message) thread() string {
	if m.d.bulk() && !same(m.o, m.post) {
		return text(m.post, "props", "chatferry", "key")
	}
	return text(m.ours(), "thread")
}

func (m message) kind() string {
	if k := text(m.ours(), "kind"); k != "" {
		return k
	}
	return "text"
}

// remove takes messages out; a Mattermost post goes with its replies.
func (d *document) remove(gone ...message) {
	is := func(o object) bool {
		return slices.ContainsFunc(gone, func(m message) bool { return same(m.o, o) })
	}
	d.drop(func(o object) bool { return is(o) || postOf(o) != nil && is(postOf(o)) })
	for _, l := range d.lines {
		p := postOf(l.object)
		replies := list(p, "replies")
		if replies = slices.DeleteFunc(replies, func(r any) bool { return is(r.(object)) }); len(replies) > 0 {
			p["replies"] = replies
		} else if p != nil {
			delete(p, "replies")
		}
	}
}

// put adds a copy of a message behind another one, in whose thread it then is.
func (d *document) put(after, m message) message {
	m.o = clone(m.o)
	if d.bulk() && !same(after.o, after.post) {
		for _, name := range []string{"team", "channel", "channel_members", "replies"} {
			delete(m.o, name)
		}
		m.line, m.post = after.line, after.post
		replies := list(m.post, "replies")
		i := slices.IndexFunc(replies, func(r any) bool { return same(r.(object), after.o) })
		m.post["replies"] = slices.Insert(replies, i+1, any(m.o))
		return m
	}
	m.line = m.o
	if d.bulk() {
		delete(m.o, "replies")
		m.post, m.line = m.o, object{"type": after.line["type"], text(after.line, "type"): m.o}
	}
	d.insert(after.line, m.line)
	return m
}

// Conditions.

// alone tells of a message that is in no thread.
func alone(m message) bool { return m.thread() == "" }

func reply(m message) bool { return m.thread() != "" && m.thread() != m.key() }

// root tells of the first message of a thread that has replies.
func root(m message) bool {
	if m.thread() != m.key() {
		return false
	}
	return !m.d.bulk() && at(m.o, "thread_info") != nil || len(list(m.o, "replies")) > 0
}

func plain(m message) bool {
	return m.kind() == "text" && m.text() != "" && len(m.reactions()) == 0 && len(list(m.o, "attachments")) == 0
}

func sameDay(a, b message) bool {
	return a.conv == b.conv && a.day == b.day && a.text() != b.text() && !a.sent().Equal(b.sent())
}

func otherText(a, b message) bool { return a.conv == b.conv && a.text() != b.text() }

// has tells of messages with a member.
func has(canonical, bulk string) func(message) bool {
	return func(m message) bool { return at(m.o, m.d.field(canonical, bulk)) != nil }
}

// reaction is one emoji by one person.
type reaction struct{ emoji, by string }

func (m message) reactions() (all []reaction) {
	for _, r := range list2(m.o, "reactions") {
		if m.d.bulk() {
			all = append(all, reaction{text(r, "emoji_name"), text(r, "user")})
			continue
		}
		for _, by := range list(r, "by") {
			all = append(all, reaction{text(r, "emoji"), by.(string)})
		}
	}
	return all
}

// setReactions writes reactions anew; those that were there keep what else is known of them.
func (m message) setReactions(all []reaction) {
	var out []any
	for _, r := range all {
		if m.d.bulk() {
			out = append(out, object{"user": r.by, "emoji_name": r.emoji, "create_at": json.Number(m.reactionTime(r))})
			continue
		}
		if n := len(out) - 1; n >= 0 && text(out[n].(object), "emoji") == r.emoji {
			last := out[n].(object)
			last["by"], last["count"] = append(list(last, "by"), r.by), len(list(last, "by"))+1
			continue
		}
		o := object{"emoji": r.emoji, "count": 1}
		for _, old := range list2(m.o, "reactions") {
			if text(old, "emoji") == r.emoji {
				o = maps.Clone(old)
			}
		}
		o["by"], o["count"] = []any{r.by}, 1
		out = append(out, o)
	}
	if m.o["reactions"] = out; len(out) == 0 {
		delete(m.o, "reactions")
	}
}

func (m message) reactionTime(r reaction) string {
	for _, old := range list2(m.o, "reactions") {
		if text(old, "emoji_name") == r.emoji {
			return old["create_at"].(json.Number).String()
		}
	}
	return number(m.sent().UnixMilli() + 1).String()
}
