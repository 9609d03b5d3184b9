package engine

import (
	"cmp"
	"os"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
)

// tallies counts by kind, name and rule with a few sample keys.
type tallies map[tallyKey]*tallyValue

type tallyKey struct{ kind, name, rule string }

type tallyValue struct {
	n       int64
	bytes   int64
	samples []string
}

const tallySamples = 3

// maxTallies bounds what names made up by a plugin or a dump can make us keep; further ones count as "other".
const maxTallies = 10_000

// entry is the count of a kind, name and rule.
func (t tallies) entry(kind, name, rule string) *tallyValue {
	v := t[tallyKey{kind, name, rule}]
	if v == nil && len(t) >= maxTallies {
		name, rule = "other", "other"
		v = t[tallyKey{kind, name, rule}]
	}
	if v == nil {
		v = &tallyValue{} // what is kept must not share a record's memory
		t[tallyKey{kind, strings.Clone(name), strings.Clone(rule)}] = v
	}
	return v
}

// add counts one more, with its key as a sample while there are few.
func (v *tallyValue) add(key string) {
	v.n++
	if key != "" && len(v.samples) < tallySamples {
		v.samples = append(v.samples, strings.Clone(key))
	}
}

func (t tallies) count(kind, name, rule string) { t.entry(kind, name, rule).n++ }

func (t tallies) add(kind, name, rule, key string) { t.entry(kind, name, rule).add(key) }

// changed counts n changes that a transform's rule made to one record.
func (t tallies) changed(rule string, n int, key string) {
	v := t.entry("changed", rule, "")
	v.add(key)
	v.n += int64(n - 1)
}

// list gives the tallies in a fixed order.
func (t tallies) list(sink string) []ledger.Tally {
	out := make([]ledger.Tally, 0, len(t))
	for k, v := range t {
		out = append(out, ledger.Tally{Sink: sink, Kind: k.kind, Name: k.name, Rule: k.rule, N: v.n, Bytes: v.bytes, Samples: v.samples})
	}
	slices.SortFunc(out, func(a, b ledger.Tally) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Rule, b.Rule))
	})
	return out
}

// freshDir makes an empty private folder.
func freshDir(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fault.New(fault.Storage, "clear", dir, "make the folder writable, then run again: it resumes", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.New(fault.Storage, "create", dir, "make the folder writable, then run again: it resumes", err)
	}
	return nil
}
