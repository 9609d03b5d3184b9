package slack

import (
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

func (r *reader) Parse(s *scan.Scanner, view string) {
	r.p.message(s, view)
}

// message reads one element of a day file. It decides nothing: members may come in any order.
func (p *parser) message(s *scan.Scanner, view string) {
	p.start(s, view)
	p.f = fields{}
	att, react := p.m.Attachments[:0], p.m.Reactions[:0]
	p.m = message.Message{Type: message.TypeMessage, V: message.Version, Attachments: att, Reactions: react}
	p.rich.reset()
	if s.Kind() != scan.Obj {
		s.Failf("%w", element.ErrNoObject)
		return
	}
	for s.Object(); s.Next(); {
		p.member(s.Key())
	}
}

func (p *parser) member(key string) {
	f, m := &p.f, &p.m
	switch key {
	case "type":
		p.Set(&f.typ, p.Str(&p.Ext))
	case "subtype":
		p.Set(&f.subtype, p.Str(&p.Ext))
	case "ts":
		p.Set(&f.ts, p.Scalar(&p.Ext))
	case "user":
		p.Set(&f.user, p.Str(&p.Ext))
	case "text":
		text, b64 := p.Text()
		if m.Text != "" && text != m.Text {
			p.Lossy = true
		}
		m.Text, m.TextB64 = text, b64
	case "blocks":
		p.parseBlocks()
	case "thread_ts":
		p.Set(&f.threadTS, p.Scalar(&p.Ext))
	case "client_msg_id":
		p.Set(&m.ClientID, p.Str(&p.Ext))
	case "reactions":
		p.reactions()
	case "files":
		if p.Array(&p.Ext) {
			for p.S.Array(); p.S.Next(); {
				p.file()
			}
		}
	case "file":
		p.file()
	case "edited":
		p.edited()
	case "attachments":
		p.Set(&f.cards, p.Raw())
	case "reply_count":
		f.replies = p.Count(&p.Ext)
	case "reply_users_count":
		f.repliers = p.Count(&p.Ext)
	case "latest_reply":
		p.Set(&f.latest, p.Scalar(&p.Ext))
	case "is_locked":
		f.locked = p.Flag(&p.Ext)
	case "hidden":
		m.Hidden = p.Flag(&p.Ext)
	case "app_id":
		p.Set(&m.Client, p.Str(&p.Ext))
	default:
		p.rare(key)
	}
}

// rare takes the members that only some messages have.
func (p *parser) rare(key string) {
	f := &p.f
	switch key {
	case "bot_id":
		p.Set(&f.bot, p.Str(&p.Ext))
	case "username":
		p.Set(&f.username, p.Str(&p.Ext))
	case "bot_profile":
		p.Set(&f.botProfile, p.Raw())
	case "user_profile":
		p.Set(&f.userProfile, p.Raw())
	case "team", "user_team", "source_team":
		// Who is at home here is not said again in every message.
		if v := p.Str(&p.Ext); v != p.ids.instance && v != "" {
			p.Put(&p.Ext, key, element.Quote(v))
		}
	case "icons":
		p.Set(&f.icons, p.Raw())
	case "room":
		p.Set(&f.room, p.Raw())
	case "item":
		p.Set(&f.item, p.Raw())
	case "comment":
		p.Set(&f.comment, p.Raw())
	case "message":
		p.Set(&f.current, p.Raw())
	case "previous_message":
		p.Set(&f.previous, p.Raw())
	case "original":
		p.Set(&f.original, p.Raw())
	case "inviter":
		p.Set(&f.inviter, p.Str(&p.Ext))
	case "topic":
		p.Set(&f.topic, p.Str(&p.Ext))
	case "purpose":
		p.Set(&f.purpose, p.Str(&p.Ext))
	case "name":
		p.Set(&f.name, p.Str(&p.Ext))
	case "old_name":
		p.Set(&f.oldName, p.Str(&p.Ext))
	case "deleted_ts":
		p.Set(&f.deletedTS, p.Scalar(&p.Ext))
	case "event_ts":
		p.Set(&f.eventTS, p.Scalar(&p.Ext))
	case "created":
		p.Set(&f.created, p.Scalar(&p.Ext))
	case "mimetype":
		p.Set(&f.mimetype, p.Str(&p.Ext))
	case "id":
		p.Set(&f.id, p.Scalar(&p.Ext))
	case "channel":
		p.Set(&f.channel, p.Str(&p.Ext))
	case "pinned_to":
		p.Set(&f.pinnedTo, p.Raw())
	case "pinned_info":
		p.Set(&f.pin, p.Raw())
	default:
		p.Other(&p.Ext)
	}
}

// begins tells whether view begins with a message: an object of its own with a time and the type.
func (r *reader) Begins(view string) bool {
	var s scan.Scanner
	s.Reset(view)
	typ, ts := "", ""
	for s.Object(); s.Next(); {
		switch k := s.Key(); {
		case k == "type" && s.Kind() == scan.Str:
			typ = s.String()
		case k == "ts" && s.Kind() == scan.Str:
			ts = s.String()
		default:
			s.Skip()
		}
	}
	return s.Err() == nil && typ == "message" && ts != ""
}

func (p *parser) edited() {
	if !p.Object(&p.Ext) {
		return
	}
	e := &message.Edit{}
	for p.S.Object(); p.S.Next(); {
		switch p.S.Key() {
		case "user":
			e.By = p.person(p.Str(&p.Ext))
		case "ts":
			raw := p.Scalar(&p.Ext)
			if e.At = message.EpochTime(raw); e.At == nil && raw != "" {
				p.Put(&p.Ext, "edited.ts", element.Quote(raw))
			}
		default:
			key := p.S.Key()
			p.Put(&p.Ext, "edited."+key, p.S.Raw())
		}
	}
	if e.At != nil || e.By != "" {
		p.m.Edited = e
	}
}

func (p *parser) reactions() {
	if !p.Array(&p.Ext) {
		return
	}
	if len(p.m.Reactions) > 0 {
		p.Lossy = true
	}
	for p.S.Array(); p.S.Next(); {
		if p.S.Kind() != scan.Obj {
			p.Lossy = true
			p.S.Skip()
			continue
		}
		n := len(p.m.Reactions)
		if n < cap(p.m.Reactions) {
			p.m.Reactions = p.m.Reactions[:n+1]
		} else {
			p.m.Reactions = append(p.m.Reactions, message.Reaction{})
		}
		r := &p.m.Reactions[n]
		*r = message.Reaction{By: r.By[:0]}
		for p.S.Object(); p.S.Next(); {
			p.reactionMember(r)
		}
		if r.Emoji == "" {
			p.m.Reactions = p.m.Reactions[:n]
			p.Lossy = true
		}
	}
}

func (p *parser) reactionMember(r *message.Reaction) {
	switch key := p.S.Key(); key {
	case "name":
		r.Emoji = p.Str(&p.Ext)
		r.Custom = p.ids.emoji[r.Emoji]
	case "count":
		r.Count = p.Count(&p.Ext)
	case "users":
		if p.S.Kind() != scan.Arr {
			p.unmapped(p.S.Raw())
			return
		}
		for p.S.Array(); p.S.Next(); {
			if p.S.Kind() != scan.Str {
				p.unmapped(p.S.Raw())
				continue
			}
			if id := p.S.String(); id != "" {
				r.By = append(r.By, p.person(id))
			}
		}
	default:
		p.unmapped(p.S.Raw())
	}
}

// unmapped takes a value inside a list that has no place of its own: the whole record is kept.
func (p *parser) unmapped(raw string) {
	if !element.Empty(raw) {
		p.Lossy = true
	}
}
