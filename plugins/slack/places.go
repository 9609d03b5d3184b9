package slack

import (
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

func (l *listing) parseConversation() {
	p := l.p
	c := &message.Conversation{Type: message.TypeConversation, V: message.Version, System: system}
	l.conv, l.members, l.raw = c, nil, ""
	start := p.s.Offset()
	ext := &c.Ext
	for p.s.Object(); p.s.Next(); {
		switch p.s.Key() {
		case "id":
			c.ID = strings.Clone(p.str(ext))
		case "name":
			c.Name = p.str(ext)
		case "created":
			l.created(c)
		case "creator":
			if id := p.str(ext); id != "" {
				c.Creator = l.s.ids.key(id)
			}
		case "is_archived":
			c.Archived = p.flag(ext)
		case "is_general":
			c.General = p.flag(ext)
		case "is_shared", "is_ext_shared", "is_org_shared":
			key := p.s.Key()
			if p.flag(ext) {
				c.Shared = true
				p.put(ext, key, "true")
			}
		case "members":
			if p.array(ext) {
				l.memberIDs(ext)
			}
		case "topic":
			c.Topic = l.note(ext, "topic")
		case "purpose":
			c.Purpose = l.note(ext, "purpose")
		case "pins":
			l.pins(c, p.raw())
		case "updated":
			raw := p.scalar(ext)
			if c.Updated = millisOf(raw); c.Updated == nil && raw != "" && raw != "0" {
				p.put(ext, "updated", quote(raw))
			}
		default:
			p.other(ext)
		}
	}
	if p.s.Err() == nil {
		l.raw = p.view[start:p.s.Offset()]
		l.wholeIn(ext)
	}
}

// created keeps a time too early to be true as it was written.
func (l *listing) created(c *message.Conversation) {
	raw := l.p.scalar(&c.Ext)
	if c.Created = createdOf(raw); c.Created == nil && raw != "" && raw != "0" {
		l.p.put(&c.Ext, "created", quote(raw))
	}
}

func (l *listing) memberIDs(ext *map[string]string) {
	p := l.p
	for p.s.Array(); p.s.Next(); {
		if p.s.Kind() == scan.Str {
			if id := p.s.String(); id != "" {
				l.members = append(l.members, strings.Clone(id))
			}
		} else {
			p.unmapped(p.s.Raw())
		}
	}
}

// note reads a topic or purpose: {"value":"","creator":"","last_set":0}.
func (l *listing) note(ext *map[string]string, name string) *message.Note {
	p := l.p
	raw := p.raw()
	if raw == "" {
		return nil
	}
	text, by, at := memberOf(raw, "value"), memberOf(raw, "creator"), memberOf(raw, "last_set")
	if text == "" {
		if by != "" || at != "" && at != "0" {
			p.put(ext, name, raw) // who emptied it, and when
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
	for _, x := range objectsOf(raw) {
		pin := message.Pin{At: createdOf(memberOf(x, "created"))}
		if by := memberOf(x, "user"); by != "" {
			pin.By = l.s.ids.key(by)
		}
		switch id := memberOf(x, "id"); memberOf(x, "type") {
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
	l.p.put(&c.Ext, "pins", raw)
}

func (l *listing) emitConversation(*place) error {
	c := l.conv
	if c.ID == "" {
		return l.reject("no_id", "the conversation has no id")
	}
	c.Key, c.Instance = l.s.ids.key(c.ID), l.s.ids.instance
	c.Kind = convKinds[kindIn(l.raw, l.kind)]
	folder, has := l.s.folderOf(l.s.roots[l.root].prefix, c.ID, c.Name)
	parent, err := l.s.parentOf(l.a.ctx, l.root, folder, has)
	if err != nil {
		return err
	}
	c.Parent = parent
	if has {
		if all := l.s.conversations(folder); len(all) > 1 {
			ids := make([]string, len(all))
			for i, x := range all {
				ids[i] = quote(x.id)
			}
			l.p.put(&c.Ext, "folder_shared_by", "["+strings.Join(ids, ",")+"]")
		}
	}
	closed := c.Kind == "direct" || c.Kind == "group"
	if closed {
		c.Participants = l.sortedKeys(l.members)
	}
	if l.s.conf.Raw {
		src := l.a.source()
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
