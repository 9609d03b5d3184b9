package projection

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/plugin"
)

// Place is what a conversation is in a target.
type Place struct {
	Name   string // "" for direct conversations
	Kind   string // "" when the target has no such thing
	Direct bool   // between a few people, known by them alone
}

// Places decides names and kinds for all conversations of a run. Fill it with Keep and Add, call
// Settle once; then Lookup may be called by many goroutines.
type Places struct {
	rule    *plugin.PlaceRule
	account func(key string) string
	kept    map[string]string
	list    map[string]*spot
}

type spot struct {
	parent, base string
	members      [16]byte
	place        Place
}

// NewPlaces returns an empty Places; person as in Context.
func NewPlaces(rule *plugin.PlaceRule, person func(key string) message.Target) *Places {
	account := func(key string) string {
		if person == nil || strings.IndexByte(key, ':') < 0 {
			return key
		}
		return person(key).Account
	}
	return &Places{rule: rule, account: account, kept: map[string]string{}, list: map[string]*spot{}}
}

// Keep says that an earlier run gave a conversation this name; it stays as long as it is legal.
func (p *Places) Keep(key, name string) { p.kept[key] = name }

// Add takes a conversation into account. One that comes twice counts once.
func (p *Places) Add(c *message.Conversation) {
	if p.rule == nil || p.list[c.Key] != nil {
		return
	}
	s := &spot{parent: c.Parent, place: alone(p.rule, c, p.account)}
	if s.place.Direct {
		s.members = digest(c.Participants, p.account)
	}
	s.base = base(p.ruleFor(c.Kind), c)
	if c.Kind == "workspace" {
		s.parent = ""
	}
	p.list[c.Key] = s
}

func (p *Places) ruleFor(kind string) plugin.AccountRule {
	if kind == "workspace" {
		return p.rule.Workspace
	}
	return p.rule.Channel
}

// Settle gives every conversation its name: kept names first, then by key.
func (p *Places) Settle() {
	keys := make([]string, 0, len(p.list))
	for k := range p.list {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	taken := map[string]bool{}
	only := ""
	for _, k := range keys {
		if p.list[k].place.Kind == "workspace" {
			if only != "" {
				only = "\x00"
				break
			}
			only = k
		}
	}
	scope := func(s *spot, name string) string { // workspaces have one of their own
		switch {
		case s.place.Kind == "workspace":
			return "workspace\x00" + name
		case s.parent == "" && only != "\x00":
			return only + "\x00" + name
		}
		return s.parent + "\x00" + name
	}
	together := map[[16]byte]bool{}
	for _, k := range keys {
		s := p.list[k]
		if s.place.Direct {
			if together[s.members] { // the target would make the two one
				s.place = Place{Kind: "private"}
			}
			together[s.members] = true
		}
		if n := p.kept[k]; n != "" && !s.place.Direct && people.Legal(p.ruleFor(s.place.Kind), n) == nil && !taken[scope(s, n)] {
			s.place.Name = n
			taken[scope(s, n)] = true
		}
	}
	for _, k := range keys {
		s := p.list[k]
		if s.place.Direct || s.place.Kind == "" || p.kept[k] != "" && s.place.Name == p.kept[k] {
			continue
		}
		s.place.Name = s.base
		for n := 2; taken[scope(s, s.place.Name)]; n++ {
			s.place.Name = shorten(s.base, p.ruleFor(s.place.Kind).Max, "-"+strconv.Itoa(n))
		}
		taken[scope(s, s.place.Name)] = true
	}
}

func shorten(base string, limit int, suffix string) string {
	if limit > 0 && len(base)+len(suffix) > limit {
		base = base[:max(0, limit-len(suffix))]
	}
	return base + suffix
}

// Lookup is the place of a conversation; zero when it was never added.
func (p *Places) Lookup(key string) Place {
	if s := p.list[key]; s != nil {
		return s.place
	}
	return Place{}
}

// Each yields every name given, by key, for Keep of the next run.
func (p *Places) Each(yield func(key, name string)) {
	keys := make([]string, 0, len(p.list))
	for k, s := range p.list {
		if s.place.Name != "" {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	for _, k := range keys {
		yield(k, p.list[k].place.Name)
	}
}

// alone is the place of a conversation as if there were no other.
func alone(rule *plugin.PlaceRule, c *message.Conversation, account func(string) string) Place {
	kind := c.Kind
	if rule == nil {
		return Place{Name: c.Name, Kind: kind}
	}
	if k, ok := rule.Kinds[kind]; ok {
		kind = k
	}
	if kind == "" {
		return Place{}
	}
	if kind == "direct" || kind == "group" {
		accounts := make([]string, 0, len(c.Participants))
		for _, k := range c.Participants {
			accounts = append(accounts, account(k))
		}
		slices.Sort(accounts)
		if n := len(slices.Compact(accounts)); n >= 1 && n <= rule.Direct {
			return Place{Kind: kind, Direct: true}
		}
		kind = "private"
	}
	r := rule.Channel
	if kind == "workspace" {
		r = rule.Workspace
	}
	return Place{Name: base(r, c), Kind: kind}
}

// base is a legal name for a conversation; from its key when it has no text to make one from.
func base(r plugin.AccountRule, c *message.Conversation) string {
	for _, n := range []string{c.Name, c.DisplayName, c.ID} {
		if name := people.Make(r, n); name != "" {
			return name
		}
	}
	sum := sha256.Sum256([]byte(c.Key))
	return "c" + hex.EncodeToString(sum[:6])
}

func digest(keys []string, account func(string) string) (d [16]byte) {
	accounts := make([]string, len(keys))
	for i, k := range keys {
		accounts[i] = account(k)
	}
	slices.Sort(accounts)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(accounts), "\x00")))
	copy(d[:], sum[:])
	return d
}
