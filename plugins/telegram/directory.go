package telegram

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// directory emits accounts, chats, contacts and who was met among messages, and rejects for what cannot be
// read outside of messages.
func (s *source) directory(ctx context.Context, out *plugin.Emitter) error {
	listed := map[string]bool{}
	for _, d := range s.docs {
		if err := s.places(out, d); err != nil {
			return err
		}
	}
	for _, d := range s.docs {
		if err := s.listed(out, d, listed); err != nil {
			return err
		}
	}
	if err := s.rest(out, listed); err != nil {
		return err
	}
	for _, d := range s.docs {
		if d.file == nil {
			continue
		}
		if err := element.RejectLost(ctx, out, d.entry.Path, d.file, d.file.Size, d.lost); err != nil {
			return err
		}
	}
	return element.Aside(out, s.d, func(*dump.Entry) bool { return false })
}

// places emits a document's account and chats.
func (s *source) places(out *plugin.Emitter, d *document) error {
	if d.account != "" {
		v := &message.Conversation{Key: d.account, ID: first(d.self, d.entry.Path), System: "telegram", Instance: s.conf.Instance, Kind: "workspace", Synthesised: true}
		for name, raw := range d.sections {
			if v.Ext == nil {
				v.Ext = map[string]string{}
			}
			v.Ext[ext+name] = strings.ToValidUTF8(raw, "\ufffd")
		}
		if err := out.Record(message.Of(v)); err != nil {
			return err
		}
	}
	for i := range d.chats {
		c := &d.chats[i]
		v := s.conversation(d, c)
		v.Raw = s.raw(d, c.index, c.at, c.end-c.at)
		if err := out.Record(message.Of(v)); err != nil {
			return err
		}
	}
	return nil
}

// listed emits who exported a document and his contacts.
func (s *source) listed(out *plugin.Emitter, d *document, listed map[string]bool) error {
	if d.profile != "" {
		p := s.contact(d.profile, d.self)
		p.Roles = []string{"owner"}
		p.Raw = s.raw(d, -1, d.profileAt, int64(len(d.profile)))
		listed[d.self] = true
		if err := out.Record(message.Of(p)); err != nil {
			return err
		}
	}
	for _, c := range d.contacts {
		id := ""
		switch user := element.Member(c.raw, "user_id"); {
		case user != "" && user != "0":
			id = "user" + user
		default:
			id = "contact" + strconv.FormatInt(c.index, 10)
			if phone := element.Member(c.raw, "phone_number"); phone != "" {
				id = "contact" + phone
			}
		}
		p := s.contact(c.raw, id)
		p.Raw = s.raw(d, c.index, c.offset, c.length)
		if id == d.self { // he is his own contact: the place must be counted all the same
			p.Roles = []string{"owner"}
		}
		listed[id] = true
		if err := out.Record(message.Of(p)); err != nil {
			return err
		}
	}
	return nil
}

// raw is the place of something in a document; index is -1 for what there is only one of.
func (s *source) raw(d *document, index, offset, length int64) *message.Source {
	if !s.conf.Raw {
		return nil
	}
	src := &message.Source{File: d.entry.Path, Offset: strconv.FormatInt(offset, 10), Length: strconv.FormatInt(length, 10)}
	if index >= 0 {
		src.Index = strconv.FormatInt(index, 10)
	}
	return src
}

// contact reads an object with somebody's names and telephone number.
func (s *source) contact(raw, id string) *message.Person {
	p := &message.Person{Key: personKey(id), ID: id, Kind: "human", Ext: map[string]string{}}
	for _, name := range element.Names(raw) {
		v := element.Member(raw, name)
		switch name {
		case "first_name":
			p.FirstName = v
		case "last_name":
			p.LastName = v
		case "phone_number":
			p.Phone = v
		case "username":
			p.Username = strings.TrimPrefix(v, "@")
		case "user_id":
		default:
			if x := element.RawMember(raw, name); !element.Empty(x) {
				p.Ext[ext+name] = strings.ToValidUTF8(x, "\ufffd")
			}
		}
	}
	p.Name = strings.TrimSpace(p.FirstName + " " + p.LastName)
	if met := s.people[id]; p.Name == "" {
		p.Name = met.name
	}
	if len(p.Ext) == 0 {
		p.Ext = nil
	}
	return p
}

// rest emits who is in no list: the other side of personal chats, and who was met among messages.
func (s *source) rest(out *plugin.Emitter, listed map[string]bool) error {
	kinds := map[string]string{}
	names := map[string]string{}
	for id, p := range s.people {
		if !listed[id] {
			kinds[id], names[id] = kindOf(id, p.deleted), p.name
		}
	}
	for _, d := range s.docs {
		for i := range d.chats {
			c := &d.chats[i]
			if id := "user" + c.id; c.space == "user" && c.id != "" && !listed[id] {
				kinds[id], names[id] = "human", first(names[id], c.name)
				if names[id] == "" {
					kinds[id] = "deleted"
				}
				if c.typ == "bot_chat" {
					kinds[id] = "bot"
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(kinds)) {
		p := &message.Person{Key: personKey(id), ID: id, Kind: kinds[id], Name: names[id], Synthesised: true}
		if err := out.Record(message.Of(p)); err != nil {
			return err
		}
	}
	return nil
}

// kindOf tells what an author's id stands for: Telegram does not say of a user whether it is a bot.
func kindOf(id string, deleted bool) string {
	switch {
	case deleted:
		return "deleted"
	case strings.HasPrefix(id, "channel"), strings.HasPrefix(id, "chat"):
		return "unknown"
	}
	return "human"
}
