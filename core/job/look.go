package job

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
)

// Content is what is in a dump, with what a form can offer to choose from.
type Content struct {
	Source        Recognised
	Inventory     report.Inventory
	People        []Item
	Conversations []Item
	Departments   []Item // of the people
	Kinds         []Item // of the conversations
}

// Item is something to choose, with the number of its messages.
type Item struct {
	Name     string // for people
	Kind     string
	Ref      string // how a filter names it: a name where only one has it, else the key
	Messages int64

	with []string // keys of who takes part, the first few; of a person, the departments
}

// itemLimit is how many people and how many conversations are offered; the rest can still be typed.
const itemLimit = 50_000

// Look counts what is in a dump, as Inspect does, and lists who and what is in it. Nothing is written.
func Look(ctx context.Context, h *host.Host, builtins []plugin.Plugin, path string, p progress.Reporter) (Content, error) {
	var mu sync.Mutex
	who, where := items{}, items{}
	see := every{func(recs []*message.Record) {
		mu.Lock()
		defer mu.Unlock()
		for _, r := range recs {
			switch {
			case r.Person != nil:
				who.name(r.Person.Key, cmp.Or(r.Person.Name, r.Person.RealName, r.Person.Username), r.Person.Kind, r.Person.Username)
				who.with(r.Person.Key, r.Person.Departments)
			case r.Conversation != nil && r.Conversation.Kind != "workspace" && r.Conversation.Kind != "space":
				where.name(r.Conversation.Key, cmp.Or(r.Conversation.Name, r.Conversation.DisplayName), r.Conversation.Kind, r.Conversation.Name)
				if r.Conversation.Name+r.Conversation.DisplayName == "" {
					where.with(r.Conversation.Key, r.Conversation.Participants)
				}
			case r.Message != nil:
				who.count(r.Message.Author)
				where.count(r.ConversationKey())
			}
		}
	}}
	rec, v, err := inspect(ctx, h, builtins, path, p, see)
	where.call(who)
	kinds := items{}
	for _, it := range where {
		kinds.add(it.Kind, it.Messages)
	}
	return Content{Source: rec, Inventory: v, People: who.list(), Conversations: where.list(), Departments: who.departments().list(), Kinds: kinds.list()}, err
}

// every sees all records go by.
type every struct{ seen func([]*message.Record) }

// Apply implements engine.Transform.
func (e every) Apply(_ context.Context, recs []*message.Record, out func(i int, o *plugin.TransformOut) error) error {
	e.seen(recs)
	for i := range recs {
		if err := out(i, &plugin.TransformOut{Records: recs[i : i+1]}); err != nil {
			return err
		}
	}
	return nil
}

// items are people or conversations by key.
type items map[string]*Item

func (m items) at(key string) *Item {
	if key == "" {
		return nil
	}
	it := m[key]
	if it == nil && len(m) < itemLimit {
		key = strings.Clone(key)
		it = &Item{Ref: key}
		m[key] = it
	}
	return it
}

func (m items) name(key, name, kind, ref string) {
	if it := m.at(key); it != nil {
		it.Name, it.Kind = strings.Clone(name), strings.Clone(kind)
		if standsAlone(ref) {
			it.Ref = strings.Clone(ref)
		}
	}
}

// withLimit is how many participants name a conversation without a name.
const withLimit = 8

func (m items) with(key string, list []string) {
	if it := m.at(key); it != nil {
		it.with = nil
		for _, p := range list[:min(len(list), withLimit)] {
			it.with = append(it.with, strings.Clone(p))
		}
	}
}

// departments are those of people. A department has the messages of those below it too, as for the filter.
func (m items) departments() items {
	list := items{}
	for _, p := range m {
		seen := map[string]bool{}
		for _, d := range p.with {
			for i := range len(d) + 1 {
				if name := strings.TrimSpace(d[:i]); (i == len(d) || d[i] == '/') && standsAlone(name) && !seen[name] {
					seen[name] = true
					list.add(name, p.Messages)
				}
			}
		}
	}
	return list
}

// call names conversations without a name by those who take part.
func (m items) call(who items) {
	for _, it := range m {
		var names []string
		for _, key := range it.with {
			if p := who[key]; p != nil && p.Name != "" {
				names = append(names, p.Name)
			}
		}
		if it.Name == "" {
			it.Name = strings.Join(names, ", ")
		}
	}
}

func (m items) count(key string) { m.add(key, 1) }

func (m items) add(key string, n int64) {
	if it := m.at(key); it != nil {
		it.Messages += n
	}
}

// standsAlone tells whether a filter takes a name as it stands, and a list of names keeps it apart.
func standsAlone(name string) bool {
	return strings.TrimSpace(name) == name && name != "" && !strings.ContainsAny(name, ",*\"@#") && len(name) < 80
}

// list gives those with the most messages first; a name that several have is replaced by the key.
func (m items) list() []Item {
	times := map[string]int{}
	for _, it := range m {
		times[it.Ref]++
	}
	var list []Item
	for _, key := range slices.Sorted(maps.Keys(m)) {
		it := *m[key]
		if times[it.Ref] > 1 {
			it.Ref = key
		}
		if it.Name == "" {
			it.Name = key
		}
		list = append(list, it)
	}
	slices.SortStableFunc(list, func(a, b Item) int { return cmp.Compare(b.Messages, a.Messages) })
	return list
}

// Accounts is the identity map of one sink, as a Plan suggested it.
type Accounts struct {
	Sink string
	File string // where Run will look for it
	Map  *people.Map
}

// Accounts are the identity maps of the sinks that have accounts. Call it after Plan.
func (j *Job) Accounts() []Accounts {
	var list []Accounts
	for _, s := range j.sinks {
		if s.traits.Projection.Account != nil {
			list = append(list, Accounts{s.inst.Name, s.file, s.people})
		}
	}
	return list
}
