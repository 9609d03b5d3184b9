package filter

import (
	"errors"
	"sync"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Filter is a set of compiled rules.
type Filter struct {
	given Rules
	rules []rule
	dir   *Directory

	kinds         map[string]bool
	include       map[string]bool
	exclude       map[string]bool
	since, until  *bound
	people        *names
	departments   *names
	conversations *names
	keywords      *keywords

	once    sync.Once
	places  []byte // by number in the directory: bits ofKind and ofName
	authors []byte // by number in the directory: bits ofPeople and ofDepartment
}

const (
	ofKind = 1 << iota
	ofName
	ofPeople
	ofDepartment
)

// Sets of record types that a rule looks at.
const (
	onMessage = 1 << iota
	onRevision
	onAnalysis
	onConversation
	onMembership

	history = onMessage | onRevision | onAnalysis
)

// rule is one rule in the order of evaluation.
type rule struct {
	id   string
	on   int
	pass func(f *Filter, r *message.Record) (bool, error)
}

// Compile checks rules and makes them ready. d may be nil: then people and conversations are known
// by key and id only, and conversations by what their own records say. d need not be filled yet, but
// must be before the first Apply, which seals it.
func Compile(given Rules, d *Directory) (*Filter, error) {
	f := &Filter{given: given, dir: d}
	if err := f.compile(&given); err != nil {
		return nil, err
	}
	if d == nil && f.departments != nil {
		return nil, plugin.BadSetting("departments", "use this filter as a built-in transform", errors.New("needs the directory of people"))
	}
	add := func(on bool, id string, what int, pass func(*Filter, *message.Record) (bool, error)) {
		if on {
			f.rules = append(f.rules, rule{id, what, pass})
		}
	}
	add(f.kinds != nil, "kinds", history|onConversation|onMembership, (*Filter).ofKinds)
	add(f.conversations != nil, "conversations", history|onConversation|onMembership, (*Filter).ofConversations)
	add(f.exclude != nil, "exclude_types", history, (*Filter).notExcluded)
	add(f.include != nil, "include_types", history, (*Filter).included)
	add(f.since != nil, "since", history, (*Filter).notBefore)
	add(f.until != nil, "until", history, (*Filter).notAfter)
	add(f.people != nil, "people", history, (*Filter).byPeople)
	add(f.departments != nil, "departments", history, (*Filter).byDepartments)
	add(given.WithAttachments, "with_attachments", history, (*Filter).attached)
	add(f.keywords != nil, "keywords", history, (*Filter).worded)
	add(given.Where != nil, "where", history, (*Filter).where)
	return f, nil
}

func (f *Filter) compile(r *Rules) (err error) {
	loc, err := parseZone(r.Zone)
	if err != nil {
		return err
	}
	if f.since, err = parseBound("since", r.Since, loc, false); err != nil {
		return err
	}
	if f.until, err = parseBound("until", r.Until, loc, true); err != nil {
		return err
	}
	if f.since != nil && f.until != nil && compareUTC(f.since.at, f.until.at) > 0 {
		return plugin.BadSetting("until", "swap since and until", errors.New("lies before since"))
	}
	if err = checkKinds(r.Kinds); err != nil {
		return err
	}
	f.kinds, f.include, f.exclude = set(r.Kinds), set(r.IncludeTypes), set(r.ExcludeTypes)
	for _, s := range []struct {
		name   string
		values []string
		to     **names
	}{{"people", r.People, &f.people}, {"departments", r.Departments, &f.departments}, {"conversations", r.Conversations, &f.conversations}} {
		if *s.to, err = newNames(s.name, s.values); err != nil {
			return err
		}
	}
	if len(r.Keywords) > 0 {
		f.keywords, err = newKeywords(r.Keywords, r.Match)
	}
	return err
}

func set(values []string) map[string]bool {
	if len(values) == 0 {
		return nil
	}
	m := map[string]bool{}
	for _, v := range values {
		m[v] = true
	}
	return m
}

// Rules are the ids of the rules in the order of evaluation.
func (f *Filter) Rules() []string {
	var ids []string
	for i := range f.rules {
		ids = append(ids, f.rules[i].id)
	}
	return ids
}

// Apply tells whether r goes on, and if not, which rule removed it. An error comes only from the
// expression of "where"; then nothing is decided.
func (f *Filter) Apply(r *message.Record) (removedBy string, keep bool, err error) {
	what := typeBit(r)
	for i := range f.rules {
		if f.rules[i].on&what == 0 {
			continue
		}
		pass, err := f.rules[i].pass(f, r)
		if err != nil {
			return "", false, err
		}
		if !pass {
			return f.rules[i].id, false, nil
		}
	}
	return "", true, nil
}

func typeBit(r *message.Record) int {
	switch r.Type {
	case message.TypeMessage:
		return onMessage
	case message.TypeRevision:
		return onRevision
	case message.TypeAnalysis:
		return onAnalysis
	case message.TypeConversation:
		if k := r.Conversation.Kind; k != "workspace" && k != "space" {
			return onConversation
		}
	case message.TypeMembership:
		return onMembership
	}
	return 0
}

func (f *Filter) notExcluded(r *message.Record) (bool, error) {
	switch r.Type {
	case message.TypeMessage:
		return !f.exclude[r.Message.Kind] && !f.exclude[r.Message.Subtype], nil
	case message.TypeRevision:
		return !f.exclude[message.TypeRevision], nil
	}
	return !f.exclude[message.TypeAnalysis], nil
}

func (f *Filter) included(r *message.Record) (bool, error) {
	switch r.Type {
	case message.TypeMessage:
		return f.include[r.Message.Kind] || r.Message.Subtype != "" && f.include[r.Message.Subtype], nil
	case message.TypeRevision:
		return f.include[message.TypeRevision], nil
	}
	return f.include[message.TypeAnalysis], nil
}

// sent is when a record was written, "" when that is not known.
func sent(r *message.Record) string {
	switch {
	case r.Message != nil:
		return r.Message.Sent.UTC
	case r.Revision != nil && r.Revision.At != nil:
		return r.Revision.At.UTC
	}
	return ""
}

func (f *Filter) notBefore(r *message.Record) (bool, error) {
	at := sent(r)
	return at != "" && compareUTC(at, f.since.at) >= 0, nil
}

func (f *Filter) notAfter(r *message.Record) (bool, error) {
	at := sent(r)
	if at == "" {
		return false, nil
	}
	c := compareUTC(at, f.until.at)
	return c < 0 || c == 0 && !f.until.exclusive, nil
}

func (f *Filter) attached(r *message.Record) (bool, error) {
	return r.Message != nil && len(r.Message.Attachments) > 0, nil
}

func (f *Filter) worded(r *message.Record) (bool, error) { return f.keywords.in(r), nil }

func (f *Filter) where(r *message.Record) (bool, error) {
	switch {
	case r.Revision != nil:
		r = asMessage(r.Revision)
	case r.Message == nil:
		return false, nil
	}
	ok, err := f.given.Where.Eval(r)
	if err != nil {
		return false, &fault.Error{Class: fault.ClassOf(err), Op: "filter", Subject: r.Key(), Setting: "where", Hint: fault.HintOf(err), Err: err}
	}
	return ok, nil
}

// asMessage shows a revision to an expression about messages: its newest content.
func asMessage(v *message.Revision) *message.Record {
	m := &message.Message{Key: v.Of, ID: lastPart(v.Of), Conversation: v.Conversation, Kind: message.TypeRevision, Subtype: v.Action, Author: v.By, Ext: v.Ext, Raw: v.Raw}
	if v.At != nil {
		m.Sent = *v.At
	}
	c := v.Current
	if c == nil {
		c = v.Previous
	}
	if c != nil {
		m.Text, m.TextB64, m.Format, m.Rich = c.Text, c.TextB64, c.Format, c.Rich
	}
	return message.Of(m)
}
