package whatsapp

import (
	"context"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// personID is what a name stands for: the same number or contact wherever it is met on one phone. A name with "~"
// is one that a stranger gave himself, so it is nobody else's only within its chat.
func (c *chat) personID(name string) (id, phone string) {
	if number := strings.TrimLeft(name, "~ \u00a0\u202f"); isPhone(number) {
		digits := "+" + strings.Map(func(r rune) rune {
			if r-'0' > 9 || r < '0' {
				return -1
			}
			return r
		}, number)
		return digits, number
	}
	if strings.HasPrefix(name, "~") {
		return clean(name + " in " + c.id), ""
	}
	return clean(name), ""
}

func isPhone(s string) bool {
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune("+ -()./\u00a0\u2011\u202f", r):
			return false
		}
	}
	return digits >= 7 && strings.HasPrefix(s, "+")
}

func (s *source) personKey(c *chat, name string) string {
	id, _ := c.personID(name)
	return message.Key(system, s.conf.Instance, "person", id)
}

// readDirectory emits the chats and who writes in them, and rejects for files that can't be read.
func (s *source) readDirectory(ctx context.Context, out *plugin.Emitter) error {
	people := map[string]*message.Person{}
	var convs []*message.Conversation
	for _, c := range s.chats {
		v, err := s.look(ctx, c)
		if err != nil {
			return err
		}
		conv := &message.Conversation{Key: c.key, ID: c.id, System: system, Instance: s.conf.Instance, Kind: "unknown", DisplayName: c.name, Synthesised: true}
		for _, name := range v.people {
			id, phone := c.personID(name)
			key := message.Key(system, s.conf.Instance, "person", id)
			if people[key] == nil {
				people[key] = &message.Person{Key: key, ID: id, Kind: "human", Name: name, Phone: phone, Synthesised: true}
			}
			conv.Participants = append(conv.Participants, key)
		}
		s.settle(conv, c, v)
		convs = append(convs, conv)
	}
	slices.SortFunc(convs, func(a, b *message.Conversation) int { return strings.Compare(a.Key, b.Key) })
	for _, conv := range convs {
		if err := out.Record(message.Of(conv)); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(mapKeys(people)) {
		if err := out.Record(message.Of(people[key])); err != nil {
			return err
		}
	}
	return s.report(out)
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// settle decides what can be known of a chat as a place. A chat with three writers is a group; one with two, one
// of whom has the chat's name, is between these two; of anything else the export does not tell.
func (s *source) settle(conv *message.Conversation, c *chat, v *survey) {
	slices.Sort(conv.Participants)
	conv.Participants = slices.Compact(conv.Participants)
	switch {
	case len(conv.Participants) > 2:
		conv.Kind = "group"
	case len(conv.Participants) == 2 && v.known[c.name]:
		conv.Kind = "direct"
	default:
		conv.Participants = nil
	}
	if s.conf.Me != "" && v.known[s.conf.Me] {
		conv.Custodian = s.personKey(c, s.conf.Me)
	}
	if v.order.name != "" {
		note, err := json.Marshal(v.order.name + ": " + v.why)
		if err == nil {
			conv.Ext = map[string]string{"chatferry.date_order": string(note)}
		}
	}
}

// report rejects the files that are not read because they are unsafe or damaged.
func (s *source) report(out *plugin.Emitter) error {
	for _, n := range s.d.Notes {
		if err := out.Reject(plugin.Reject{At: message.Source{File: path.Base(s.conf.Path)}, Reason: n.Code, Detail: n.Detail}); err != nil {
			return err
		}
	}
	if err := s.d.Aside(dump.Refused, func(e *dump.Entry) error {
		return out.Reject(plugin.Reject{At: message.Source{File: e.Path}, Reason: "refused_entry", Detail: "the entry is not read: " + e.Reason})
	}); err != nil {
		return err
	}
	for i := range s.d.Folders() {
		if err := s.d.Each(i, "", func(e *dump.Entry) error {
			if e.State != dump.Damaged {
				return nil
			}
			return out.Reject(plugin.Reject{At: message.Source{File: e.Path}, Reason: "damaged", Detail: "the entry cannot be read: " + e.Reason})
		}); err != nil {
			return err
		}
	}
	return nil
}
