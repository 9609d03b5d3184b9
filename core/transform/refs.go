package transform

import (
	"slices"
	"sort"

	"github.com/chatferry/chatferry/core/message"
)

// personRefs replaces keys of merged people in every place of a record that refers to people.
type personRefs struct {
	merged map[string]string
	n      int
}

func (x *personRefs) one(key *string) {
	if to, ok := x.merged[*key]; ok {
		*key = to
		x.n++
	}
}

// list replaces keys and keeps each person once.
func (x *personRefs) list(keys *[]string) {
	before := x.n
	for i := range *keys {
		x.one(&(*keys)[i])
	}
	if x.n == before {
		return
	}
	seen := make(map[string]bool, len(*keys))
	*keys = slices.DeleteFunc(*keys, func(k string) bool {
		twice := seen[k]
		seen[k] = true
		return twice
	})
}

func (x *personRefs) record(r *message.Record) {
	switch r.Type {
	case message.TypePerson:
		x.one(&r.Person.Owner)
	case message.TypeConversation:
		x.conversation(r.Conversation)
	case message.TypeMembership:
		x.one(&r.Membership.Person)
		x.one(&r.Membership.By)
	case message.TypeMessage:
		x.message(r.Message)
	case message.TypeRevision:
		x.one(&r.Revision.By)
		x.content(r.Revision.Previous)
		x.content(r.Revision.Current)
	case message.TypeEmoji:
		x.one(&r.Emoji.Creator)
	}
}

func (x *personRefs) conversation(c *message.Conversation) {
	x.one(&c.Creator)
	x.one(&c.Custodian)
	for _, n := range [...]*message.Note{c.Topic, c.Purpose} {
		if n != nil {
			x.one(&n.By)
		}
	}
	before := x.n
	if x.list(&c.Participants); x.n > before {
		sort.Strings(c.Participants)
	}
	x.pins(c.Pins)
}

func (x *personRefs) pins(list []message.Pin) {
	for i := range list {
		x.one(&list[i].By)
	}
}

func (x *personRefs) content(c *message.Content) {
	if c != nil {
		x.blocks(c.Rich)
	}
}

func (x *personRefs) blocks(list []message.Block) {
	for i := range list {
		for j := range list[i].Inlines {
			if in := &list[i].Inlines[j]; in.Kind == message.InlinePerson {
				x.one(&in.Target)
			}
		}
	}
}

func (x *personRefs) message(m *message.Message) {
	x.one(&m.Author)
	for i := range m.Mentions {
		if m.Mentions[i].Kind == "person" {
			x.one(&m.Mentions[i].Target)
		}
	}
	x.blocks(m.Rich)
	for i := range m.Reactions {
		x.reaction(&m.Reactions[i])
	}
	for i := range m.Attachments {
		x.one(&m.Attachments[i].Uploader)
	}
	if m.Event != nil {
		x.one(&m.Event.Actor)
		x.list(&m.Event.Targets)
	}
	for _, q := range [...]*message.Quote{m.Quoted, m.Forwarded} {
		if q != nil {
			x.one(&q.Author)
		}
	}
	if m.ThreadInfo != nil {
		x.list(&m.ThreadInfo.Subscribers)
	}
	if m.Edited != nil {
		x.one(&m.Edited.By)
		x.content(m.Edited.Previous)
	}
	for i := range m.Revisions {
		x.one(&m.Revisions[i].By)
		x.content(m.Revisions[i].Previous)
	}
	if m.Deleted != nil {
		x.one(&m.Deleted.By)
	}
	x.rare(m)
}

func (x *personRefs) rare(m *message.Message) {
	x.pins(m.Pins)
	for _, list := range [...][]message.Receipt{m.Flagged, m.Receipts} {
		for i := range list {
			x.one(&list[i].By)
		}
	}
	x.list(&m.HiddenFrom)
	if m.Call != nil {
		x.one(&m.Call.By)
		x.list(&m.Call.Participants)
	}
	if m.Poll != nil {
		for i := range m.Poll.Options {
			x.list(&m.Poll.Options[i].By)
		}
	}
}

// reaction keeps the first of two reactions that become one person's.
func (x *personRefs) reaction(v *message.Reaction) {
	before := x.n
	for i := range v.By {
		x.one(&v.By[i])
	}
	if x.n == before {
		return
	}
	by, at := v.By[:0], v.At[:0]
	seen := make(map[string]bool, len(v.By))
	for i, k := range v.By {
		if seen[k] {
			continue
		}
		seen[k] = true
		by = append(by, k)
		if i < len(v.At) {
			at = append(at, v.At[i])
		}
	}
	v.By, v.At = by, at
}
