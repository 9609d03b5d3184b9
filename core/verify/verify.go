package verify

import (
	"cmp"
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
)

// Kinds of differences.
const (
	Missing = "missing"
	Extra   = "extra"
	Differs = "differs"
	Order   = "order" // the messages of a day stand in another order
)

// sortMemory is what each sort keeps in memory; fieldLimit is for how many differing records fields are named.
const (
	sortMemory = 12 << 20
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
	Misplaced               int64    // days whose messages stand in another order
	Foreign                 int64    // objects that carry no mark of ours
	ExpectedRoot, FoundRoot string   // hex, of the tree in schema/proof.md
	Tree                    string   // folder with {expected,found}-{conversations,days}.tsv of schema/proof.md
	File                    string   // of the differences, "" when there are none
	AckOnly                 bool     // the sink cannot be read back
	Damaged                 string   // a file that is changed, besides what the differences say
	Unread                  string   // why it was not read back this time although it can be
	Parcel                  []string // what is wrong with the package around the sink's folder
	Broken                  []string // what the ledger and the leaves say against each other, by unit
}

// Clean tells whether nothing differs.
func (r Result) Clean() bool { return r.Missing+r.Extra+r.Differs+r.Misplaced == 0 }

// Recapture gives the projected lines, as the source gives them now, of wanted keys in some units.
type Recapture func(ctx context.Context, units, keys map[string]bool, yield func(key, line string)) error

// Sink compares one sink's output with what generations 1 to gen delivered. again may be nil.
func Sink(ctx context.Context, state string, s *engine.Sink, gen int, again Recapture) (Result, error) {
	r := Result{Sink: s.Name}
	if !s.ReadBack {
		r.AckOnly = true
		return r, nil
	}
	file := filepath.Join(state, "differences-"+s.Name+".ndjson")
	os.Remove(file)
	salts, err := LoadSalts(state)
	if err != nil {
		return r, err
	}
	expected, found := newSide(state, salts), newSide(state, salts)
	defer expected.sorter.Close()
	defer found.sorter.Close()
	damage := gather(ctx, state, s, gen, expected, found, &r)
	if damage != nil && !plugin.IsDamage(damage) {
		return r, damage
	}
	diffs, err := compare(state, expected, found, &r)
	if err != nil {
		return r, err
	}
	if len(diffs) == 0 {
		return r, damage
	}
	if damage != nil {
		r.Damaged = damage.Error()
	}
	if err := nameUnits(state, s.Name, gen, diffs); err != nil {
		return r, err
	}
	if err := nameFields(ctx, s, diffs, again); err != nil {
		return r, err
	}
	r.File = file
	return r, write(file, diffs)
}

// gather fills both sides: from the leaf files and from what the sink gives back.
func gather(ctx context.Context, state string, s *engine.Sink, gen int, expected, found *side, r *Result) error {
	var past *history
	if gen > 1 {
		past = newHistory(state)
		defer past.sorter.Close()
	}
	salts := expected.hasher.salts
	seals, err := loadSeals(state, s.Name, gen)
	if err != nil {
		return err
	}
	err = engine.EachLeafFile(state, s.Name, gen, func(l *engine.Leaf) error {
		if err := salts.ensure(l.Subject); err != nil {
			return err
		}
		e := entryOf(l)
		if past != nil {
			return past.add(tagExpected, &e)
		}
		return expected.add(&e)
	}, func(f engine.LeafFile) error {
		seals.check(f, r)
		return nil
	})
	if err != nil {
		return err
	}
	seals.rest(r)
	if err := salts.save(); err != nil {
		return err
	}
	err = s.Target.ReadBack(ctx, func(lines []byte, _ int) error {
		for text := string(lines); text != ""; {
			line, rest, _ := strings.Cut(text, "\n")
			text = rest
			r.Found++
			e := entryAt(line)
			var err error
			switch {
			case e.Key == "":
				r.Foreign++
			case past != nil:
				err = past.add(tagFound, &e)
			default:
				err = found.add(&e)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !plugin.IsDamage(err) || past == nil {
		return err
	}
	return cmp.Or(past.settle(expected, found), err)
}

// compare walks both sides and writes their trees into the state folder.
func compare(state string, expected, found *side, r *Result) ([]Difference, error) {
	dir := filepath.Join(state, "tree-"+r.Sink)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.New(fault.Storage, "create", dir, "free some disk space, then verify again", err)
	}
	c := comparison{r: r}
	var files []*plugin.Part
	defer func() {
		for _, f := range files {
			f.Abort()
		}
	}()
	for _, x := range []struct {
		name string
		side *side
		to   *cursor
	}{{"expected", expected, &c.a}, {"found", found, &c.b}} {
		for _, rows := range []string{"conversations", "days"} {
			f, err := plugin.CreatePart(dir, x.name+"-"+rows+".tsv")
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
		it, err := x.side.sorter.Sort()
		if err != nil {
			return nil, err
		}
		x.to.it, x.to.tree = it, newTree(files[len(files)-2], files[len(files)-1])
	}
	if err := c.run(); err != nil {
		return nil, err
	}
	var err error
	if r.ExpectedRoot, err = c.a.tree.finish(); err != nil {
		return nil, err
	}
	if r.FoundRoot, err = c.b.tree.finish(); err != nil {
		return nil, err
	}
	for _, f := range files {
		if _, _, err := f.Commit(); err != nil {
			return nil, err
		}
	}
	r.Tree = dir
	return c.diffs, nil
}

// nameUnits fills in the unit that delivered each differing record last.
func nameUnits(state, sink string, gen int, diffs []Difference) error {
	at := map[string][]int{}
	for i := range diffs {
		if diffs[i].Key != "" {
			at[diffs[i].Key] = append(at[diffs[i].Key], i)
		}
	}
	return engine.EachLeaf(state, sink, gen, func(l *engine.Leaf) error {
		for _, i := range at[l.Key] {
			if diffs[i].Type == l.Type {
				diffs[i].Unit = l.Unit
			}
		}
		return nil
	})
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
	if err != nil && !plugin.IsDamage(err) {
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
