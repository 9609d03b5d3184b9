// Package projection applies a plugin.Projection: it turns a canonical record into what one target
// can hold, and tells every change.
//
// Invariants:
//   - A record given to it is never changed; where something changes, a copy is returned.
//   - Projecting a projected record again changes nothing.
//   - The result depends on the record, the Context and, for messages, on the messages before it in
//     the same conversation, in chronological order; on nothing else.
//   - What is dropped or changed is noted, once for each field of a record, as field and rule.
//   - The raw pointer never survives.
//
// Named rules of fields (plugin.Rule with Degrade): account, accounts (a set), max_runes_N,
// milliseconds, flag (only whether it is there), present (attachments that are not present go),
// in_text (rendered into the message's text), content_removed, edit_time, emoji_name, after_post,
// first_last, since, archive_time, place_name, place_kind, default_name, short_locale.
// Named rules of record types: see typeRules.
package projection

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/markup"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/plugin"
)

// Context is what a projection needs to know about people and places. Its functions may be called
// by many goroutines at once.
type Context struct {
	// Person gives the account of a person key; nil: each is derived from its key.
	Person func(key string) message.Target
	// Place gives the name and kind of a conversation; nil: from the conversation alone, without
	// names in texts.
	Place func(key string) Place
}

// Change is one change to a record, by the rule that made it.
type Change struct{ Field, Rule string }

// Projector is a compiled projection. It may be used by many goroutines at once.
type Projector struct {
	p        plugin.Projection
	ctx      Context
	tree     map[string][]node
	types    map[string]plugin.Rule
	has      map[string]string // field → name of its degrading rule
	drops    map[string]bool
	inText   inText
	digits   int // of fractions of a second
	msg      flags
	identity bool
}

// flags are the rules for messages that code applies, looked up once.
type flags struct {
	deleted, edited, dropRaw                               bool
	reactions, emojiName, afterPost, accounts              bool
	dropUnicode, dropCustom, dropCount, dropAt, dropPeople bool
}

func (x *Projector) flags() flags {
	drop := func(f string) bool { return x.drops["message.reactions."+f] }
	return flags{
		deleted: x.has["message.deleted"] == "content_removed", edited: x.has["message.edited"] == "edit_time", dropRaw: x.drops["message.sent.raw"],
		reactions: x.p.Closed || x.below("message.reactions"), emojiName: x.has["message.reactions.emoji"] == "emoji_name",
		afterPost: x.has["message.reactions.at"] == "after_post", accounts: x.has["message.reactions.by"] == "account",
		dropUnicode: drop("unicode"), dropCustom: drop("custom"), dropCount: drop("count"), dropAt: drop("at"), dropPeople: drop("by"),
	}
}

// typeRules are the named rules of whole records, and the types they are for.
var typeRules = map[string]string{"current_people": message.TypeMembership, "with_image": message.TypeEmoji, "bots_by_name": message.TypePerson}

type inText struct{ subject, quoted, forwarded, cards, poll, location, contact bool }

// Compile checks a projection and prepares it. An error is a bug of the plugin.
func Compile(p plugin.Projection, ctx Context) (*Projector, error) {
	x := &Projector{p: p, ctx: ctx, types: p.Types, has: map[string]string{}, drops: map[string]bool{}, tree: map[string][]node{}}
	if x.ctx.Person == nil && p.Account != nil {
		m := people.New()
		if err := m.Suggest(*p.Account, people.Policy{}, func(func(*message.Person) bool) {}); err != nil {
			return nil, err
		}
		x.ctx.Person = m.Target
	}
	if err := x.compileFields(); err != nil {
		return nil, err
	}
	for typ, r := range p.Types {
		if models[typ] == nil {
			return nil, fmt.Errorf("compile projection: unknown record type %q", typ)
		}
		if r.Action == plugin.Degrade && typeRules[r.Name] != typ {
			return nil, fmt.Errorf("compile projection: type %q: unknown rule %q", typ, r.Name)
		}
	}
	if p.Text != nil && p.Text.Dialect != string(markup.Markdown) && p.Text.Dialect != string(markup.Plain) {
		return nil, fmt.Errorf("compile projection: text: unknown dialect %q", p.Text.Dialect)
	}
	if p.Time != nil {
		d, ok := map[string]int{"us": 6, "ms": 3, "s": 0}[p.Time.Unit]
		if !ok {
			return nil, fmt.Errorf("compile projection: time: unknown unit %q", p.Time.Unit)
		}
		x.digits = d
	}
	in := func(f string) bool { return x.has["message."+f] == "in_text" }
	x.inText = inText{in("subject"), in("quoted"), in("forwarded"), in("cards"), in("poll"), in("location"), in("contact")}
	x.msg = x.flags()
	x.identity = !p.Closed && len(p.Types) == 0 && len(p.Fields) == 0 && p.Text == nil && p.Time == nil && p.Account == nil && p.Place == nil && p.Files == 0
	return x, nil
}

// Identity tells that nothing but raw pointers is taken away.
func (x *Projector) Identity() bool { return x.identity }

// Ordered tells whether the projection needs messages in chronological order.
func (x *Projector) Ordered() bool { return x.p.Time != nil && x.p.Time.Unique }

// Loss is one line of the plan's table of what a target cannot hold.
type Loss struct {
	Field  string        `json:"field"`
	Rule   string        `json:"rule"`
	Action plugin.Action `json:"action"`
	Why    string        `json:"why"`
}

// Unlisted is the rule of a loss that a closed projection does not declare.
const Unlisted = "unlisted"

// Keeps tells whether a field reaches the target, whole or changed.
func Keeps(p plugin.Projection, field string) bool {
	typ, _, _ := strings.Cut(field, ".")
	if p.Types[typ].Action == plugin.Drop {
		return false
	}
	listed := false
	for i := len(typ) + 1; i <= len(field); i++ {
		if i < len(field) && field[i] != '.' {
			continue
		}
		rule, ok := p.Fields[field[:i]]
		if ok && rule.Action == plugin.Drop {
			return false
		}
		listed = listed || ok
	}
	return listed || !p.Closed
}

// Losses lists every rule that changes or drops something, by field.
func Losses(p plugin.Projection) []Loss {
	var list []Loss
	for _, m := range []map[string]plugin.Rule{p.Types, p.Fields} {
		for f, r := range m {
			if r.Action == plugin.Exact || r.Action == "" {
				continue
			}
			name := r.Name
			if name == "" {
				name = string(r.Action)
			}
			list = append(list, Loss{Field: f, Rule: name, Action: r.Action, Why: r.Why})
		}
	}
	slices.SortFunc(list, func(a, b Loss) int { return strings.Compare(a.Field, b.Field) })
	return list
}

// Directory projects a record that is not part of a conversation's stream of messages. It returns
// false when the target does not take it.
func (x *Projector) Directory(r *message.Record, note func(Change)) (*message.Record, bool) {
	if x.identity {
		return withoutRaw(r), true
	}
	rule, listed := x.types[r.Type]
	if listed && rule.Action == plugin.Drop {
		note(Change{r.Type, "drop"})
		return nil, false
	}
	var ok bool
	switch r.Type {
	case message.TypePerson:
		v := *r.Person
		r, ok = message.Of(&v), true
		x.person(&v, rule, note)
	case message.TypeConversation:
		v := *r.Conversation
		r, ok = message.Of(&v), x.conversation(&v, note)
	case message.TypeMembership:
		v := *r.Membership
		r, ok = message.Of(&v), x.membership(&v, rule, note)
	case message.TypeEmoji:
		v := *r.Emoji
		r, ok = message.Of(&v), true
		if x.has["emoji.name"] == "emoji_name" && emojiName(v.Name) != v.Name {
			v.Name = emojiName(v.Name)
			note(Change{"emoji.name", "emoji_name"})
		}
		if rule.Name == "with_image" && (v.Image == nil || v.Image.State != message.MediaPresent) {
			note(Change{r.Type, rule.Name})
			return nil, false
		}
	default:
		r, ok = clone(r), true
	}
	if !ok {
		return nil, false
	}
	*r.RawSource() = nil
	x.fields(r, note)
	return r, true
}

// withoutRaw is r, or a copy when it has a raw pointer.
func withoutRaw(r *message.Record) *message.Record {
	if *r.RawSource() == nil {
		return r
	}
	r = clone(r)
	*r.RawSource() = nil
	return r
}

func clone(r *message.Record) *message.Record {
	switch r.Type {
	case message.TypePerson:
		v := *r.Person
		return message.Of(&v)
	case message.TypeConversation:
		v := *r.Conversation
		return message.Of(&v)
	case message.TypeMembership:
		v := *r.Membership
		return message.Of(&v)
	case message.TypeMessage:
		v := *r.Message
		return message.Of(&v)
	case message.TypeRevision:
		v := *r.Revision
		return message.Of(&v)
	case message.TypeEmoji:
		v := *r.Emoji
		return message.Of(&v)
	}
	v := *r.Analysis
	return message.Of(&v)
}
