package slack

import (
	"strings"

	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
)

// finish turns the members that parse collected into a message. It returns a reject reason when the
// record has no place in time; everything else is kept, however odd.
func (p *parser) finish() (reason, detail string) {
	f, m := &p.f, &p.m
	if reason, detail = p.stamp(); reason != "" {
		return reason, detail
	}
	m.Conversation, m.Subtype = p.conv.key, f.subtype
	m.Key = p.messageKey(m.ID)
	m.Kind = p.kindOf()
	if f.typ != "message" && f.typ != "" {
		p.Put(&p.Ext, "type", element.Quote(f.typ))
	}
	if m.Text != "" {
		m.Format = "mrkdwn"
	}
	p.author()
	p.shownAs()
	p.thread()
	p.cards()
	p.call()
	p.event()
	p.pins()
	if m.Kind == message.KindTombstone {
		m.Deleted = &message.Deletion{Mode: "tombstone"}
	}
	p.content()
	p.leftovers()
	p.Whole()
	if len(p.Ext) > 0 {
		m.Ext = p.Ext
	}
	return "", ""
}

// stamp settles the message's time and id.
func (p *parser) stamp() (reason, detail string) {
	f, m := &p.f, &p.m
	if f.ts == "" && f.mimetype == "application/vnd.slack-docs" && f.created != "" {
		// An old post: a bare file object among the messages.
		return p.post()
	}
	utc, precision, ok := message.Epoch(f.ts)
	if !ok {
		if f.ts == "" {
			return "bad_time", "the record has no ts"
		}
		return "bad_time", "ts is not an instant"
	}
	m.ID = f.ts
	m.Sent = message.Time{UTC: utc, Raw: f.ts, Precision: precision, Zone: "utc"}
	return "", ""
}

func (p *parser) post() (reason, detail string) {
	f, m := &p.f, &p.m
	t := message.EpochTime(f.created)
	if t == nil {
		return "bad_time", "the post has neither ts nor a time of creation"
	}
	m.Sent, m.ID, f.subtype = *t, first(f.id, f.created), "post"
	clear(p.Ext)
	p.rich.reset()
	m.Attachments = m.Attachments[:0]
	m.Text, m.TextB64 = "", ""
	sub := *p.S
	p.S.Reset(p.View)
	p.file()
	*p.S = sub
	*f = fields{typ: "message", subtype: "post", user: f.user}
	p.m.Kind = message.KindFile
	return "", ""
}

// content settles text and rich text.
func (p *parser) content() {
	m := &p.m
	if p.rich.inexact {
		p.Put(&p.Ext, "blocks", p.rich.raw)
	}
	if len(p.rich.blocks) == 0 {
		p.parseText(m.Text)
	}
	m.Rich, m.Mentions = p.rich.blocks, p.rich.mentions
}

// thread settles thread edges and what a first message claims of its thread.
func (p *parser) thread() {
	f, m := &p.f, &p.m
	if f.threadTS != "" {
		m.Thread = m.Key
		if f.threadTS != f.ts {
			m.Thread = p.messageKey(f.threadTS)
		}
	}
	m.Broadcast = f.subtype == "thread_broadcast" || f.subtype == "reply_broadcast"
	latest := message.EpochTime(f.latest)
	if latest == nil && f.latest != "" {
		p.Put(&p.Ext, "latest_reply", element.Quote(f.latest))
	}
	if f.replies > 0 || f.repliers > 0 || latest != nil || f.locked {
		m.ThreadInfo = &message.ThreadInfo{Replies: f.replies, People: f.repliers, Latest: latest, Locked: f.locked}
	}
}

// call reads a huddle. Slack lets its own bot post it; who began it is in the room.
func (p *parser) call() {
	f := &p.f
	if f.room == "" {
		return
	}
	r := f.room
	c := &message.Call{ID: element.Member(r, "id"), Name: element.Member(r, "name"), By: p.person(element.Member(r, "created_by"))}
	c.Started, c.Ended = createdOf(element.Member(r, "date_start")), createdOf(element.Member(r, "date_end"))
	for _, list := range []string{"participant_history", "participants"} {
		for _, id := range element.Strings(element.RawMember(r, list)) {
			if key := p.person(id); key != "" && !contains(c.Participants, key) {
				c.Participants = append(c.Participants, key)
			}
		}
	}
	switch {
	case element.Flag(r, "was_missed"):
		c.Outcome = "missed"
	case element.Flag(r, "was_rejected"):
		c.Outcome = "declined"
	case element.Flag(r, "was_accepted"):
		c.Outcome = "answered"
	case element.Flag(r, "has_ended"):
		c.Outcome = "ended"
	}
	p.m.Call = c
}

func contains(list []string, s string) bool {
	if len(list) > 1000 { // a huddle of this size is no huddle; do not search it quadratically
		return false
	}
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (p *parser) pins() {
	f := &p.f
	if f.pinnedTo == "" && f.pin == "" {
		return
	}
	pin := message.Pin{Message: p.m.Key, By: p.person(element.Member(f.pin, "pinned_by")), At: message.EpochTime(element.Member(f.pin, "pinned_ts"))}
	p.m.Pins = []message.Pin{pin}
}

// leftovers puts members that found no use into Ext, as they stood.
func (p *parser) leftovers() {
	f := &p.f
	if f.userProfile != "" && p.repeats(f.user, f.userProfile) {
		f.userProfile = ""
	}
	for _, x := range [...]struct{ name, value string }{
		{"inviter", f.inviter}, {"topic", f.topic}, {"purpose", f.purpose}, {"name", f.name}, {"old_name", f.oldName},
		{"deleted_ts", f.deletedTS}, {"event_ts", f.eventTS}, {"created", f.created}, {"mimetype", f.mimetype}, {"id", f.id},
		{"channel", f.channel}, {"username", f.username}, {"bot_id", f.bot},
	} {
		if x.value != "" {
			p.Put(&p.Ext, x.name, element.Quote(x.value))
		}
	}
	for _, x := range [...]struct{ name, value string }{
		{"bot_profile", f.botProfile}, {"user_profile", f.userProfile}, {"icons", f.icons}, {"room", f.room}, {"item", f.item},
		{"comment", f.comment}, {"message", f.current}, {"previous_message", f.previous}, {"original", f.original},
		{"pinned_to", f.pinnedTo}, {"pinned_info", f.pin},
	} {
		if x.value != "" {
			p.Put(&p.Ext, x.name, x.value)
		}
	}
}

// revision makes a revision of an event record; ok is false when it names no message.
func (p *parser) revision() (rev *message.Revision, ok bool) {
	f := &p.f
	before := first(f.previous, f.original)
	rev = &message.Revision{Conversation: p.conv.key, Action: "edit"}
	of := first(element.Member(f.current, "ts"), element.Member(before, "ts"))
	if f.subtype == "message_deleted" {
		rev.Action = "delete"
		of = first(f.deletedTS, element.Member(before, "ts"))
	}
	if of == "" {
		return nil, false
	}
	edited := element.RawMember(f.current, "edited")
	at := first(f.ts, f.eventTS, element.Member(edited, "ts"))
	rev.Of = p.messageKey(of)
	rev.Key = strings.Clone(p.conv.key) + ":rev:" + message.Key(of, rev.Action, at)
	rev.By = p.person(first(element.Member(edited, "user"), f.user))
	rev.At = message.EpochTime(at)
	rev.Previous, rev.Current = contentOf(p, before), contentOf(p, f.current)
	for _, x := range [...]struct{ name, value string }{{"text", p.m.Text}, {"subtype", f.subtype}, {"ts", f.ts}, {"thread_ts", f.threadTS}, {"user", f.user}} {
		if x.value != "" {
			p.Put(&p.Ext, x.name, element.Quote(x.value))
		}
	}
	p.leftovers()
	if p.rich.given || len(p.m.Attachments) > 0 || len(p.m.Reactions) > 0 || f.cards != "" {
		p.Lossy = true
	}
	p.Whole()
	rev.Ext = p.Ext
	return rev, true
}

// contentOf is the content of a message copy inside an event. The copy itself stays in Ext.
func contentOf(p *parser, raw string) *message.Content {
	if raw == "" {
		return nil
	}
	text := element.Member(raw, "text")
	if text == "" {
		return nil
	}
	return &message.Content{Text: text, Format: "mrkdwn"}
}
