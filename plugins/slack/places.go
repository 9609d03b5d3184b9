package slack

import (
	"strings"

	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

func (l *listing) parseConversation() {
	p := l.p
	c := &message.Conversation{Type: message.TypeConversation, V: message.Version, System: system}
	l.conv, l.members, l.raw = c, nil, ""
	start := p.S.Offset()
	ext := &c.Ext
	for p.S.Object(); p.S.Next(); {
		switch p.S.Key() {
		case "id":
			c.ID = strings.Clone(p.Str(ext))
		case "name":
			c.Name = p.Str(ext)
		case "created":
			l.created(c)
		case "creator":
			if id := p.Str(ext); id != "" {
				c.Creator = l.s.ids.key(id)
			}
		case "is_archived":
			c.Archived = p.Flag(ext)
		case "is_general":
			c.General = p.Flag(ext)
		case "is_shared", "is_ext_shared", "is_org_shared":
			key := p.S.Key()
			if p.Flag(ext) {
				c.Shared = true
				p.Put(ext, key, "true")
			}
		case "members":
			if p.Array(ext) {
				l.memberIDs(ext)
			}
		case "topic":
			c.Topic = l.note(ext, "topic")
		case "purpose":
			c.Purpose = l.note(ext, "purpose")
		case "pins":
			l.pins(c, p.Raw())
		case "updated":
			raw := p.Scalar(ext)
			if c.Updated = millisOf(raw); c.Updated == nil && raw != "" && raw != "0" {
				p.Put(ext, "updated", element.Quote(raw))
			}
		default:
			p.Other(ext)
		}
	}
	if p.S.Err() == nil {
		l.raw = p.View[start:p.S.Offset()]
		l.wholeIn(ext)
	}
}

// created keeps a time too early to be true as it was written.
func (l *listing) created(c *message.Conversation) {
	raw := l.p.Scalar(&c.Ext)
	if c.Created = createdOf(raw); c.Created == nil && raw != "" && raw != "0" {
		l.p.Put(&c.Ext, "created", element.Quote(raw))
	}
}

func (l *listing) memberIDs(ext *map[string]string) {
	p := l.p
	for p.S.Array(); p.S.Next(); {
		if p.S.Kind() == scan.Str {
			if id := p.S.String(); id != "" {
				l.members = append(l.members, strings.Clone(id))
			}
		} else {
			p.unmapped(p.S.Raw())
		}
	}
}

// note reads a topic or purpose: {"value":"","creator":"","last_set":0}.
func (l *listing) note(ext *map[string]string, name string) *message.Note {
	p := l.p
	raw := p.Raw()
	if raw == "" {
		return nil
	}
	text, by, at := element.Member(raw, "value"), element.Member(raw, "creator"), element.Member(raw, "last_set")
	if text == "" {
		if by != "" || at != "" && at != "0" {
			p.Put(ext, name, raw) // who emptied it, and when
		}
		return nil
	}
	n := &message.Note{Text: text, At: createdOf(at)}
	if by != "" {
		n.By = l.s.ids.key(by)
	}
	return n
}

func (l *listing) pins(c *message.Conversation, raw string) {
	for _, x := range element.Objects(raw) {
		pin := message.Pin{At: createdOf(element.Member(x, "created"))}
		if by := element.Member(x, "user"); by != "" {
			pin.By = l.s.ids.key(by)
		}
		switch id := element.Member(x, "id"); element.Member(x, "type") {
		case "C":
			pin.Message = l.s.ids.key(c.ID) + ":" + keyPart(id)
			if c.ID == "" { // the id may follow; keep what there is
				pin.Message = ""
			}
		default:
			pin.File = id
		}
		c.Pins = append(c.Pins, pin)
	}
	l.p.Put(&c.Ext, "pins", raw)
}

func (l *listing) emitConversation(*element.Place) error {
	c := l.conv
	if c.ID == "" {
		return l.reject("no_id", "the conversation has no id")
	}
	c.Key, c.Instance = l.s.ids.key(c.ID), l.s.ids.instance
	c.Kind = convKinds[kindIn(l.raw, l.kind)]
	folder, has := l.s.folderOf(l.s.roots[l.root].prefix, c.ID, c.Name)
	parent, err := l.s.parentOf(l.a.Ctx, l.root, folder, has)
	if err != nil {
		return err
	}
	c.Parent = parent
	if has {
		if all := l.s.conversations(folder); len(all) > 1 {
			ids := make([]string, len(all))
			for i, x := range all {
				ids[i] = element.Quote(x.id)
			}
			l.p.Put(&c.Ext, "folder_shared_by", "["+strings.Join(ids, ",")+"]")
		}
	}
	closed := c.Kind == "direct" || c.Kind == "group"
	if closed {
		c.Participants = l.sortedKeys(l.members)
	}
	if l.s.conf.Raw {
		src := l.a.Source()
		c.Raw = &src
	}
	if err := l.out.Record(message.Of(c)); err != nil || closed {
		return err
	}
	seen := idset{}
	for _, id := range l.members {
		if !seen.add(id) {
			continue
		}
		m := &message.Membership{Key: c.Key + ":member:" + keyPart(id), Conversation: c.Key, Person: l.s.ids.key(id), Cause: "listed"}
		if err := l.out.Record(message.Of(m)); err != nil {
			return err
		}
	}
	return nil
}
