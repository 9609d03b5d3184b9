// Package verify reads targets back and compares them with what was delivered.
//
// What was delivered is known from the leaf files: for each object its key and the SHA-256 of its
// projected record. What is there is what the sink's ReadBack finds in the finished output alone. The
// two are joined by key in a bounded-memory sort; each difference is named in a file: missing (delivered, not
// there), extra (there, not delivered), differs (there with other content). For differing records the
// source is read again, so that the fields are named too.
//
// Invariant: verify never changes the target, the leaves or the books.
package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/spill"
)

// Kinds of differences.
const (
	Missing = "missing"
	Extra   = "extra"
	Differs = "differs"
	Order   = "order" // the messages of a day stand in another order
)

// sortMemory is what the join keeps in memory; fieldLimit is for how many differing records fields are named.
const (
	sortMemory = 16 << 20
	fieldLimit = 5000
)

// Difference is one line of a differences file.
type Difference struct {
	Kind         string  `json:"kind"`
	Type         string  `json:"type,omitempty"`         // of the record
	Conversation string  `json:"conversation,omitempty"` // key
	Day          string  `json:"day,omitempty"`          // UTC
	Key          string  `json:"key"`                    // of an order: "", the day as a whole
	Unit         string  `json:"unit,omitempty"`         // of the run that delivered it
	Fields       []Field `json:"fields,omitempty"`
}

// Field is one field that differs, as canonical JSON; absent means absent.
type Field struct {
	Name     string `json:"field"`
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
}

// Result is what comparing one sink gave.
type Result struct {
	Sink                    string
	Expected, Found         int64 // objects
	Missing, Extra, Differs int64
	Misplaced               int64  // days whose messages stand in another order
	Foreign                 int64  // objects that carry no mark of ours
	ExpectedRoot, FoundRoot string // hex, of the tree in schema/proof.md
	Tree                    string // folder with {expected,found}-{conversations,days}.tsv of schema/proof.md
	File                    string // of the differences, "" when there are none
	AckOnly                 bool   // the sink cannot be read back
}

// Clean tells whether nothing differs.
func (r Result) Clean() bool { return r.Missing+r.Extra+r.Differs == 0 }

// Recapture gives the projected lines, as the source gives them now, of wanted keys in some units.
type Recapture func(ctx context.Context, units, keys map[string]bool, yield func(key, line string)) error

// Sink compares one sink's output with the leaves of generations 1 to gen. again may be nil.
func Sink(ctx context.Context, state string, s *engine.Sink, gen int, again Recapture) (Result, error) {
	r := Result{Sink: s.Name}
	if !s.ReadBack {
		r.AckOnly = true
		return r, nil
	}
	file := filepath.Join(state, "differences-"+s.Name+".ndjson")
	os.Remove(file)
	all := spill.New(state, sortMemory)
	defer all.Close()
	if err := addExpected(all, state, s.Name, gen); err != nil {
		return r, err
	}
	if err := addFound(ctx, all, s.Target, &r); err != nil {
		return r, err
	}
	diffs, err := join(all, &r, gen)
	if err != nil || len(diffs) == 0 {
		return r, err
	}
	if err := nameFields(ctx, s, diffs, again); err != nil {
		return r, err
	}
	r.File = file
	return r, write(file, diffs)
}

// Sort values begin with a tag: expected objects come before found ones of the same key.
const (
	tagExpected = 'e'
	tagFound    = 'f'
)

func addExpected(all *spill.Sorter, state, sink string, gen int) error {
	var k, v []byte
	return engine.EachLeaf(state, sink, gen, func(unit string, _ int, key, leaf []byte) error {
		k = append(append(k[:0], key...), 0, tagExpected)
		v = append(append(append(v[:0], tagExpected), leaf...), unit...)
		return all.Add(k, v)
	})
}

func addFound(ctx context.Context, all *spill.Sorter, target engine.Target, r *Result) error {
	var k, v []byte
	return target.ReadBack(ctx, func(lines []byte, _ int) error {
		text := string(lines)
		for text != "" {
			line, rest, _ := strings.Cut(text, "\n")
			text = rest
			r.Found++
			key := message.KeyOf(line)
			if key == "" {
				r.Foreign++
				continue
			}
			leaf := engine.Leaf(line)
			k = append(append(k[:0], key...), 0, tagFound)
			v = append(append(v[:0], tagFound), leaf[:]...)
			if err := all.Add(k, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// group is what is known of one key.
type group struct {
	key      []byte
	expected [][]byte // leaves in order of delivery; zeros take back the one before
	unit     string
	found    [][]byte
}

// differencesLimit bounds the list kept in memory; beyond it only counts go on.
const differencesLimit = 1_000_000

func join(all *spill.Sorter, r *Result, gen int) ([]Difference, error) {
	it, err := all.Sort()
	if err != nil {
		return nil, err
	}
	var diffs []Difference
	var g group
	settle := func() {
		if g.key == nil {
			return
		}
		kind := g.compare(r, gen > 1)
		if kind != "" && len(diffs) < differencesLimit {
			diffs = append(diffs, Difference{Kind: kind, Key: string(g.key), Unit: g.unit})
		}
		g = group{}
	}
	for it.Next() {
		key := it.Key()[:len(it.Key())-2]
		if g.key != nil && !bytes.Equal(key, g.key) {
			settle()
		}
		if g.key == nil {
			g.key = bytes.Clone(key)
		}
		v := it.Value()
		leaf := bytes.Clone(v[1:33])
		if v[0] == tagExpected {
			g.expected, g.unit = append(g.expected, leaf), string(v[33:])
		} else {
			g.found = append(g.found, leaf)
		}
	}
	settle()
	return diffs, it.Err()
}

var taken = make([]byte, 32)

// compare counts one key. A target of several deliveries may hold every leaf ever delivered, and hold
// one again that later deliveries refer to; the last one must be there.
func (g *group) compare(r *Result, several bool) string {
	var last []byte
	history := map[string]int{}
	for _, leaf := range g.expected {
		if bytes.Equal(leaf, taken) {
			last = nil
			continue
		}
		history[string(leaf)]++
		last = leaf
	}
	if last != nil {
		r.Expected++
	}
	hit, strange := false, 0
	for _, leaf := range g.found {
		if history[string(leaf)] > 0 {
			if !several {
				history[string(leaf)]--
			}
			hit = hit || bytes.Equal(leaf, last)
		} else {
			strange++
		}
	}
	switch {
	case last != nil && !hit && len(g.found) == 0:
		r.Missing++
		return Missing
	case last != nil && !hit:
		r.Differs++
		return Differs
	case strange > 0 || last == nil && len(g.found) > 0:
		r.Extra++
		return Extra
	}
	return ""
}

// nameFields fills in the fields of differing records: what the source gives now against what the
// target holds.
func nameFields(ctx context.Context, s *engine.Sink, diffs []Difference, again Recapture) error {
	keys, units := map[string]bool{}, map[string]bool{}
	for _, d := range diffs {
		if d.Kind == Differs && len(keys) < fieldLimit {
			keys[d.Key], units[d.Unit] = true, true
		}
	}
	if len(keys) == 0 || again == nil {
		return nil
	}
	expected, found := map[string]string{}, map[string]string{}
	if err := again(ctx, units, keys, func(key, line string) { expected[key] = line }); err != nil {
		return nil // the source is gone or has changed; the keys are named all the same
	}
	err := s.Target.ReadBack(ctx, func(lines []byte, _ int) error {
		for _, line := range strings.Split(strings.TrimSuffix(string(lines), "\n"), "\n") {
			if key := message.KeyOf(line); keys[key] {
				found[key] = line
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range diffs {
		if d := &diffs[i]; expected[d.Key] != "" && found[d.Key] != "" {
			d.Fields = compareLines(expected[d.Key], found[d.Key])
		}
	}
	return nil
}

func write(file string, diffs []Difference) error {
	err := plugin.WriteFileAtomic(file, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		for i := range diffs {
			if err := e.Encode(&diffs[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fault.New(fault.Storage, "write", file, "free some disk space, then verify again", err)
	}
	return nil
}
