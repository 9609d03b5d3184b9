package projection

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/plugin"
)

// Project projects a whole small history as the engine would: it suggests accounts and names, then
// gives the directory records and, conversation by conversation in order of time, the messages.
// Tests and the conformance kit use it.
func Project(p plugin.Projection, records []*message.Record) ([]*message.Record, error) {
	x, err := For(p, records)
	if err != nil {
		return nil, err
	}
	return x.all(records), nil
}

// For compiles a projection with accounts and names suggested from the records alone.
func For(p plugin.Projection, records []*message.Record) (*Projector, error) {
	var ctx Context
	if p.Account != nil {
		m := people.New()
		err := m.Suggest(*p.Account, people.Policy{Domains: []string{"*"}}, func(yield func(*message.Person) bool) {
			for _, r := range records {
				if r.Type == message.TypePerson && !yield(r.Person) {
					return
				}
			}
		})
		if err != nil {
			return nil, err
		}
		ctx.Person = m.Target
	}
	if p.Place != nil {
		places := NewPlaces(p.Place, ctx.Person)
		for _, r := range records {
			if r.Type == message.TypeConversation {
				places.Add(r.Conversation)
			}
		}
		places.Settle()
		ctx.Place = places.Lookup
	}
	return Compile(p, ctx)
}

// ByRecord projects a whole small history and gives what became of each of its records.
func ByRecord(p plugin.Projection, records []*message.Record) (func(*message.Record) []*message.Record, error) {
	x, err := For(p, records)
	if err != nil {
		return nil, err
	}
	became := map[string][]*message.Record{}
	x.each(records, func(r *message.Record, list []*message.Record) { became[r.Type+" "+r.Key()] = slices.Clone(list) })
	return func(r *message.Record) []*message.Record { return became[r.Type+" "+r.Key()] }, nil
}

func (x *Projector) all(records []*message.Record) []*message.Record {
	var out []*message.Record
	x.each(records, func(_ *message.Record, list []*message.Record) { out = append(out, list...) })
	return out
}

// each projects the directory in its order, then the messages in theirs.
func (x *Projector) each(records []*message.Record, emit func(*message.Record, []*message.Record)) {
	ignore := func(Change) {}
	var history []*message.Record
	for _, r := range records {
		if r.Type == message.TypeMessage {
			history = append(history, r)
		} else if p, ok := x.Directory(r, ignore); ok {
			emit(r, []*message.Record{p})
		}
	}
	slices.SortStableFunc(history, func(a, b *message.Record) int {
		if c := strings.Compare(a.Message.Conversation, b.Message.Conversation); c != 0 {
			return c
		}
		s, _, _ := instant(a.Message.Sent.UTC, 6)
		t, _, _ := instant(b.Message.Sent.UTC, 6)
		if s != t {
			return cmp.Compare(s, t)
		}
		return strings.Compare(a.Message.Key, b.Message.Key)
	})
	var s *Stream
	for i, r := range history {
		if i == 0 || r.Message.Conversation != history[i-1].Message.Conversation {
			s = x.NewConversation()
		}
		list, _ := s.Apply(r, ignore)
		emit(r, list)
	}
}
