package discord

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

// kindsOf are the types of messages that the model has a kind for. A type that DiscordChatExporter has no word
// for is written as its number.
var kindsOf = map[string]string{
	"Default": message.KindText, "0": message.KindText, "Reply": message.KindText, "19": message.KindText, "20": message.KindText, "23": message.KindText,
	"RecipientAdd": message.KindJoin, "RecipientRemove": message.KindLeave, "GuildMemberJoin": message.KindJoin,
	"Call": message.KindCall, "ChannelNameChange": message.KindRename, "ChannelPinnedMessage": message.KindPin,
}

// reader reads the messages of one shard.
type reader struct {
	element.Members
	s    *source
	out  *plugin.Emitter
	a    *element.Array
	walk element.Walk
	doc  *document
	conv string
	m    message.Message
	f    fields
}

// fields are members whose meaning depends on others.
type fields struct {
	id, typ, sent, edited, callEnded               string
	pinned                                         bool
	author, attachments, embeds, stickers          string // raw
	reactions, mentions, reference, forwarded, act string // raw
}

func newReader(ctx context.Context, s *source, out *plugin.Emitter) *reader {
	r := &reader{Members: element.Members{Prefix: ext}, s: s, out: out, walk: element.Walk{Out: out}}
	r.a = &element.Array{Ctx: ctx, Out: out, Digest: s.conf.Raw, Fence: fence, Tiny: s.window}
	return r
}

// Begins tells a message from other objects.
func (r *reader) Begins(view string) bool { return begins(view) }

// Parse reads one message. It decides nothing: members may come in any order.
func (r *reader) Parse(s *scan.Scanner, view string) {
	r.Start(s, view)
	r.f = fields{}
	r.m = message.Message{Type: message.TypeMessage, V: message.Version}
	if s.Kind() != scan.Obj {
		s.Failf("%w", element.ErrNoObject)
		return
	}
	f := &r.f
	for s.Object(); s.Next(); {
		switch s.Key() {
		case "id":
			r.Set(&f.id, r.Scalar(&r.Ext))
		case "type":
			r.Set(&f.typ, r.Scalar(&r.Ext))
		case "timestamp":
			r.Set(&f.sent, r.Str(&r.Ext))
		case "timestampEdited":
			r.Set(&f.edited, r.Str(&r.Ext))
		case "callEndedTimestamp":
			r.Set(&f.callEnded, r.Str(&r.Ext))
		case "isPinned":
			f.pinned = r.Flag(&r.Ext)
		case "content":
			text, b64 := r.Text()
			r.Set(&r.m.Text, text)
			r.m.TextB64 = b64
		case "author":
			r.Set(&f.author, r.Raw())
		case "attachments":
			r.Set(&f.attachments, r.Raw())
		case "embeds":
			r.Set(&f.embeds, r.Raw())
		case "stickers":
			r.Set(&f.stickers, r.Raw())
		case "reactions":
			r.Set(&f.reactions, r.Raw())
		case "mentions":
			r.Set(&f.mentions, r.Raw())
		case "reference":
			r.Set(&f.reference, r.Raw())
		case "forwardedMessage":
			r.Set(&f.forwarded, r.Raw())
		case "interaction":
			r.Set(&f.act, r.Raw())
		default:
			r.Other(&r.Ext)
		}
	}
}

// Emit finishes and emits what was parsed.
func (r *reader) Emit(*element.Place) error {
	reason, detail := r.finish()
	if reason != "" {
		if err := r.a.Reject(plugin.Reject{Reason: reason, Detail: detail}); err != nil {
			return err
		}
	} else if err := r.send(r.a.Source()); err != nil {
		return err
	}
	offset, index, ok := r.a.Next()
	return r.walk.Pause(offset, index, ok, "")
}

// send looks for the bytes of attachments and emits the message.
func (r *reader) send(src message.Source) error {
	for i := range r.m.Attachments {
		a := &r.m.Attachments[i]
		at := a.URL
		a.URL = ""
		if err := r.s.media(r.out, a, r.doc, at); err != nil {
			return err
		}
	}
	if r.s.conf.Raw {
		r.m.Raw = &src
	}
	return r.out.Record(&message.Record{Type: message.TypeMessage, Message: &r.m})
}

// finish turns the members that Parse collected into a message, or gives the reason why that cannot be.
func (r *reader) finish() (reason, detail string) {
	f, m := &r.f, &r.m
	t := message.ISOTime(f.sent)
	switch {
	case f.id == "":
		return "no_id", "the message has no id"
	case t == nil:
		return "bad_time", "timestamp is not a time with an offset"
	}
	m.ID, m.Conversation, m.Sent, m.Subtype = f.id, r.conv, *t, f.typ
	m.Key = r.conv + ":" + message.Key(f.id)
	if m.Kind = kindsOf[f.typ]; m.Kind == "" {
		m.Kind = message.KindUnknown
		if _, err := strconv.Atoi(f.typ); err == nil || f.typ == "ChannelIconChange" || f.typ == "ThreadCreated" {
			m.Kind = message.KindSystem
		}
	}
	if m.Text != "" {
		m.Format = "markdown"
	}
	r.author()
	r.mentioned()
	r.attachments(f.attachments)
	r.stickers(f.stickers)
	r.related()
	r.embeds()
	r.reacted()
	if len(m.Attachments) > 0 && m.Kind == message.KindText && m.Text == "" {
		m.Kind = message.KindFile
	}
	if f.edited != "" {
		if at := message.ISOTime(f.edited); at != nil {
			m.Edited = &message.Edit{At: at}
		} else {
			r.Put(&r.Ext, "timestampEdited", element.Quote(f.edited))
		}
	}
	if f.pinned {
		m.Pins = []message.Pin{{Message: m.Key}}
	}
	if m.Kind == message.KindCall {
		m.Call = &message.Call{By: m.Author, Started: &m.Sent, Ended: message.ISOTime(f.callEnded)}
	} else if f.callEnded != "" {
		r.Put(&r.Ext, "callEndedTimestamp", element.Quote(f.callEnded))
	}
	r.Whole()
	if len(r.Ext) > 0 {
		m.Ext = r.Ext
	}
	return "", ""
}

// author settles who wrote. What a message says of him that his record does not is kept with the message:
// a webhook has another name in each.
func (r *reader) author() {
	raw := r.f.author
	if raw == "" {
		return
	}
	id := element.Member(raw, "id")
	r.m.Author = personKey(id)
	known := r.s.people[id]
	if known != nil && (known.raw == raw || known.compact == r.Compact(raw)) {
		return
	}
	if known != nil {
		// Only names differ: of a webhook, or after somebody's new nickname.
		name := first(element.Member(raw, "nickname"), element.Member(raw, "name"))
		if name != first(element.Member(known.raw, "nickname"), element.Member(known.raw, "name")) {
			r.m.ShownAs = &message.ShownAs{Name: name}
		}
	}
	r.Put(&r.Ext, "author", raw)
}

// token is a mention as Discord itself writes it, which DiscordChatExporter does with --markdown false.
var token = regexp.MustCompile(`<(@!?|@&|#)([0-9]{1,20})>`)

func (r *reader) mentioned() {
	r.tokens()
	for _, x := range element.Objects(r.f.mentions) {
		if slices.ContainsFunc(r.m.Mentions, func(m message.Mention) bool { return m.Target == personKey(element.Member(x, "id")) }) {
			continue
		}
		r.m.Mentions = append(r.m.Mentions, message.Mention{Kind: "person", Target: personKey(element.Member(x, "id")), Name: first(element.Member(x, "nickname"), element.Member(x, "name"))})
	}
}

// tokens finds who, what role and which channel the text itself names.
func (r *reader) tokens() {
	text, done, at := r.m.Text, 0, 0
	if !strings.Contains(text, "<@") && !strings.Contains(text, "<#") {
		return
	}
	for _, i := range token.FindAllStringSubmatchIndex(text, 1000) {
		id := text[i[4]:i[5]]
		at += utf8.RuneCountInString(text[done:i[0]])
		x := message.Mention{Kind: "person", Target: personKey(id), Start: at, Length: i[1] - i[0]}
		switch text[i[2]:i[3]] {
		case "@&":
			x.Kind, x.Target = "group", message.Key("discord", "role", id)
		case "#":
			x.Kind, x.Target = "conversation", channelKey(id)
		default:
			if p := r.s.people[id]; p != nil {
				x.Name = first(element.Member(p.raw, "nickname"), element.Member(p.raw, "name"))
			}
		}
		r.m.Mentions = append(r.m.Mentions, x)
		at += i[1] - i[0]
		done = i[1]
	}
}

// related settles what a message answers, forwards or is about.
func (r *reader) related() {
	f, m := &r.f, &r.m
	ref := f.reference
	id, in := element.Member(ref, "messageId"), element.Member(ref, "channelId")
	conv := m.Conversation
	if in != "" {
		conv = channelKey(in)
	}
	key := ""
	if id != "" {
		key = conv + ":" + message.Key(id)
	}
	switch {
	case f.forwarded != "":
		m.Forwarded = &message.Quote{Message: key, Text: element.Member(f.forwarded, "content"), Sent: message.ISOTime(element.Member(f.forwarded, "timestamp"))}
		if in != "" {
			m.Forwarded.Conversation = conv
		}
		r.attachments(element.RawMember(f.forwarded, "attachments"))
		r.stickers(element.RawMember(f.forwarded, "stickers"))
		r.Put(&r.Ext, "forwardedMessage", f.forwarded)
	case m.Kind == message.KindPin:
		m.Event = &message.Event{Action: m.Kind, Actor: m.Author, Item: key}
	case m.Kind == message.KindText && key != "":
		m.ReplyTo = key
	}
	if m.Event == nil && m.Kind != message.KindText && m.Kind != message.KindUnknown {
		m.Event = &message.Event{Action: m.Kind, Actor: m.Author}
		if m.Kind == message.KindSystem {
			m.Event.Action = first(f.typ, "notice")
		}
		for _, x := range m.Mentions { // who was added or removed
			m.Event.Targets = append(m.Event.Targets, x.Target)
		}
	}
	if ref != "" && (m.ReplyTo == "" || element.Member(ref, "type") == "Forward") {
		r.Put(&r.Ext, "reference", ref)
	}
	if f.act != "" {
		r.Put(&r.Ext, "interaction", f.act)
	}
}

// shown are the members of an embed that people read.
var shown = map[string]bool{"title": true, "description": true, "name": true, "value": true, "text": true}

func (r *reader) embeds() {
	for _, raw := range element.Objects(r.f.embeds) {
		c := message.Card{Kind: ext + "embed", Title: element.Member(raw, "title"), URL: element.Member(raw, "url"), Author: element.Path(raw, "author", "name"), JSON: string([]byte(raw))}
		c.Text = first(element.Member(raw, "description"), element.Readable(raw, shown))
		r.m.Cards = append(r.m.Cards, c)
	}
}

// reacted reads reactions; their count is right where fewer people are named, as in older exports.
func (r *reader) reacted() {
	for _, raw := range element.Objects(r.f.reactions) {
		e := element.RawMember(raw, "emoji")
		x := message.Reaction{Emoji: first(element.Member(e, "code"), element.Member(e, "name"))}
		if n, err := strconv.ParseUint(element.Member(raw, "count"), 10, 31); err == nil {
			x.Count = int(n)
		}
		if id := element.Member(e, "id"); id != "" {
			x.Custom, x.Emoji = message.Key("discord", "emoji", id), first(element.Member(e, "name"), x.Emoji)
		} else {
			x.Unicode = element.Member(e, "name")
		}
		for _, u := range element.Objects(element.RawMember(raw, "users")) {
			if id := element.Member(u, "id"); id != "" {
				x.By = append(x.By, personKey(id))
			}
		}
		if x.Emoji == "" {
			r.Put(&r.Ext, "reactions", r.f.reactions)
			continue
		}
		r.m.Reactions = append(r.m.Reactions, x)
	}
}
