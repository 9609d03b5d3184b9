// Package transform holds the built-in transforms: filter, people, rename, rewrite and redact.
//
// Invariants:
//   - A transform is pure and safe for concurrent use: the result depends on the record, the
//     configuration and the sealed filter.Directory alone.
//   - A record that no rule touches is emitted as it came, the same pointer with nothing copied.
//   - Every change is counted by rule, and every record that goes no further names its rule.
//   - What a transform knows about the whole directory (departments, merges, new names) it tells the
//     Directory when it is opened, so all transforms of a pipeline must be opened before the
//     directory is sealed.
package transform

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"sync/atomic"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Transform maps one record to one record, or removes it. It may change r in place.
type Transform interface {
	Apply(r *message.Record, out *plugin.TransformOut) error
	// Counts is how many changes (for a filter: removals) each rule made so far.
	Counts() map[string]int64
}

// Warner is a transform that can tell, once the directory is filled, which of its values match
// nobody and nothing. An error means that the transform cannot work.
type Warner interface {
	Unmatched() ([]filter.Warning, error)
}

// Explainer is a transform that can say why it keeps or removes a record.
type Explainer interface {
	Why(r *message.Record) (filter.Reason, error)
}

// Kind describes a built-in transform.
type Kind struct {
	Name     string
	Summary  string
	Doc      string
	Settings []plugin.Setting
}

// Expression is a compiled per-record expression, safe for concurrent use.
type Expression interface {
	Eval(*message.Record) (any, error)
}

// Env is what a transform gets besides its settings.
type Env struct {
	Block     string            // address of the block, for errors
	Directory *filter.Directory // shared by all transforms of a pipeline; may be nil, see Plugin
	// Expressions are the settings of type expression by name ("where"), and those of type
	// expressions by name and field ("set.message.text").
	Expressions map[string]Expression
}

type kind struct {
	Kind
	open func(config json.RawMessage, env Env) (Transform, error)
}

// kinds is the one list of built-in transforms.
func kinds() []kind {
	return []kind{
		{Kind{"filter", "keeps what its rules allow", filterDoc, filter.Settings()}, openFilter},
		{Kind{"people", "adds departments and merges or renames people from CSV files", peopleDoc, plugin.SettingsOf(peopleSettings{})}, openPeople},
		{Kind{"rename", "renames conversations", renameDoc, plugin.SettingsOf(renameSettings{})}, openRename},
		{Kind{"rewrite", "computes single fields anew", rewriteDoc, rewriteSettings()}, openRewrite},
		{Kind{"redact", "replaces card numbers, account numbers, phone numbers, addresses and own patterns", redactDoc, redactSettingList()}, openRedact},
	}
}

// Kinds lists the built-in transforms.
func Kinds() []Kind {
	var list []Kind
	for _, k := range kinds() {
		list = append(list, k.Kind)
	}
	return list
}

// Open makes a transform ready. A wrong setting is an error that names it.
func Open(name string, config json.RawMessage, env Env) (Transform, error) {
	var names []string
	for _, k := range kinds() {
		if k.Name == name {
			return k.open(config, env)
		}
		names = append(names, k.Name)
	}
	return nil, fault.New(fault.Config, "open transform", name, "the built-in transforms are "+strings.Join(names, ", "), fmt.Errorf("there is no such built-in transform"))
}

// counts are counters by rule.
type counts struct {
	rules []string
	n     []atomic.Int64
}

func newCounts(rules ...string) *counts {
	return &counts{rules: rules, n: make([]atomic.Int64, len(rules))}
}

func (c *counts) Counts() map[string]int64 {
	m := map[string]int64{}
	for i, rule := range c.rules {
		m[rule] = c.n[i].Load()
	}
	return m
}

// note counts n changes by rule number i, in total and for the record.
func (c *counts) note(out *plugin.TransformOut, i, n int) {
	if n > 0 {
		c.n[i].Add(int64(n))
		out.Changed(c.rules[i], n)
	}
}

// extOf is the address of a record's Ext.
func extOf(r *message.Record) *map[string]string {
	switch r.Type {
	case message.TypePerson:
		return &r.Person.Ext
	case message.TypeConversation:
		return &r.Conversation.Ext
	case message.TypeMembership:
		return &r.Membership.Ext
	case message.TypeMessage:
		return &r.Message.Ext
	case message.TypeRevision:
		return &r.Revision.Ext
	case message.TypeEmoji:
		return &r.Emoji.Ext
	case message.TypeAnalysis:
		return &r.Analysis.Ext
	}
	return new(map[string]string)
}

// ownExt begins the keys of what transforms note in Ext about their changes.
const ownExt = "chatferry."

// setExt notes a text in Ext as JSON, unless the key is there already: the first change knows the original.
func setExt(r *message.Record, key, value string) {
	ext := extOf(r)
	if *ext == nil {
		*ext = map[string]string{}
	}
	if _, ok := (*ext)[ownExt+key]; !ok {
		(*ext)[ownExt+key] = string(message.AppendString(nil, value))
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
