package slack

import (
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

func (r *reader) parse(s *scan.Scanner, view string) {
	r.p.secrets = r.a.secrets
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
		s.Failf("%w", errNoObject)
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
		p.set(&f.typ, p.str(&p.ext))
	case "subtype":
		p.set(&f.subtype, p.str(&p.ext))
	case "ts":
		p.set(&f.ts, p.scalar(&p.ext))
	case "user":
		p.set(&f.user, p.str(&p.ext))
	case "text":
		text, b64 := p.text()
		if m.Text != "" && text != m.Text {
			p.lossy = true
		}
		m.Text, m.TextB64 = text, b64
	case "blocks":
		p.parseBlocks()
	case "thread_ts":
		p.set(&f.threadTS, p.scalar(&p.ext))
	case "client_msg_id":
		p.set(&m.ClientID, p.str(&p.ext))
	case "reactions":
		p.reactions()
	case "files":
		if p.array(&p.ext) {
			for p.s.Array(); p.s.Next(); {
				p.file()
			}
		}
	case "file":
		p.file()
	case "edited":
		p.edited()
	case "attachments":
		p.set(&f.cards, p.raw())
	case "reply_count":
		f.replies = p.count(&p.ext)
	case "reply_users_count":
		f.repliers = p.count(&p.ext)
	case "latest_reply":
		p.set(&f.latest, p.scalar(&p.ext))
	case "is_locked":
		f.locked = p.flag(&p.ext)
	case "hidden":
		m.Hidden = p.flag(&p.ext)
	case "app_id":
		p.set(&m.Client, p.str(&p.ext))
	default:
		p.rare(key)
	}
}

// rare takes the members that only some messages have.
func (p *parser) rare(key string) {
	f := &p.f
	switch key {
	case "bot_id":
		p.set(&f.bot, p.str(&p.ext))
	case "username":
		p.set(&f.username, p.str(&p.ext))
	case "bot_profile":
		p.set(&f.botProfile, p.raw())
	case "user_profile":
		p.set(&f.userProfile, p.raw())
	case "team", "user_team", "source_team":
		// Who is at home here is not said again in every message.
		if v := p.str(&p.ext); v != p.ids.instance && v != "" {
			p.put(&p.ext, key, quote(v))
		}
	case "icons":
		p.set(&f.icons, p.raw())
	case "room":
		p.set(&f.room, p.raw())
	case "item":
		p.set(&f.item, p.raw())
	case "comment":
		p.set(&f.comment, p.raw())
	case "message":
		p.set(&f.current, p.raw())
	case "previous_message":
		p.set(&f.previous, p.raw())
	case "original":
		p.set(&f.original, p.raw())
	case "inviter":
		p.set(&f.inviter, p.str(&p.ext))
	case "topic":
		p.set(&f.topic, p.str(&p.ext))
	case "purpose":
		p.set(&f.purpose, p.str(&p.ext))
	case "name":
		p.set(&f.name, p.str(&p.ext))
	case "old_name":
		p.set(&f.oldName, p.str(&p.ext))
	case "deleted_ts":
		p.set(&f.deletedTS, p.scalar(&p.ext))
	case "event_ts":
		p.set(&f.eventTS, p.scalar(&p.ext))
	case "created":
		p.set(&f.created, p.scalar(&p.ext))
	case "mimetype":
		p.set(&f.mimetype, p.str(&p.ext))
	case "id":
		p.set(&f.id, p.scalar(&p.ext))
	case "channel":
		p.set(&f.channel, p.str(&p.ext))
	case "pinned_to":
		p.set(&f.pinnedTo, p.raw())
	case "pinned_info":
		p.set(&f.pin, p.raw())
	default:
		p.other(&p.ext)
	}
}

// begins tells whether view begins with a message: an object of its own with a time and the type.
func (r *reader) begins(view string) bool {
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
	if !p.object(&p.ext) {
		return
	}
	e := &message.Edit{}
	for p.s.Object(); p.s.Next(); {
		switch p.s.Key() {
		case "user":
			e.By = p.person(p.str(&p.ext))
		case "ts":
			raw := p.scalar(&p.ext)
			if e.At = timeOf(raw); e.At == nil && raw != "" {
				p.put(&p.ext, "edited.ts", quote(raw))
			}
		default:
			key := p.s.Key()
			p.put(&p.ext, "edited."+key, p.s.Raw())
		}
	}
	if e.At != nil || e.By != "" {
		p.m.Edited = e
	}
}

func (p *parser) reactions() {
	if !p.array(&p.ext) {
		return
	}
	if len(p.m.Reactions) > 0 {
		p.lossy = true
	}
	for p.s.Array(); p.s.Next(); {
		if p.s.Kind() != scan.Obj {
			p.lossy = true
			p.s.Skip()
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
		for p.s.Object(); p.s.Next(); {
			p.reactionMember(r)
		}
		if r.Emoji == "" {
			p.m.Reactions = p.m.Reactions[:n]
			p.lossy = true
		}
	}
}

func (p *parser) reactionMember(r *message.Reaction) {
	switch key := p.s.Key(); key {
	case "name":
		r.Emoji = p.str(&p.ext)
		r.Custom = p.ids.emoji[r.Emoji]
	case "count":
		r.Count = p.count(&p.ext)
	case "users":
		if p.s.Kind() != scan.Arr {
			p.unmapped(p.s.Raw())
			return
		}
		for p.s.Array(); p.s.Next(); {
			if p.s.Kind() != scan.Str {
				p.unmapped(p.s.Raw())
				continue
			}
			if id := p.s.String(); id != "" {
				r.By = append(r.By, p.person(id))
			}
		}
	default:
		p.unmapped(p.s.Raw())
	}
}

// unmapped takes a value inside a list that has no place of its own: the whole record is kept.
func (p *parser) unmapped(raw string) {
	if !empty(raw) {
		p.lossy = true
	}
}
