package verify

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

func entries(keys ...string) (list []*entry) {
	for i, k := range keys {
		at := message.MomentOf(fmt.Sprintf("2024-03-%02dT00:00:%02dZ", 1+i/10, i%10))
		list = append(list, &entry{Place: message.Place{Type: message.TypeMessage, Conversation: "c", Subject: "p", Key: k, At: at}, sent: at, content: sha256.Sum256([]byte(k))})
	}
	return list
}

// changed is e with one thing changed.
func changed(e *entry, change func(*entry)) *entry {
	x := *e
	change(&x)
	return &x
}

func compared(t *testing.T, expected, found []*entry) (Result, []Difference) {
	t.Helper()
	state := t.TempDir()
	salts, err := LoadSalts(state)
	if err != nil {
		t.Fatal(err)
	}
	a, b := newSide(state, salts), newSide(state, salts)
	for _, e := range expected {
		if err := salts.ensure(e.Subject); err != nil {
			t.Fatal(err)
		}
		if err := a.add(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range found {
		if err := b.add(e); err != nil {
			t.Fatal(err)
		}
	}
	var r Result
	diffs, err := compare(state, a, b, &r)
	if err != nil {
		t.Fatal(err)
	}
	return r, diffs
}

func TestEqualSidesHaveOneRootWhateverTheOrder(t *testing.T) {
	list := entries(strings.Split("abcdefghijklmnopqrstuvwxyz", "")...)
	mixed := slices.Clone(list)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	r, diffs := compared(t, list, mixed)
	if len(diffs) != 0 || !r.Clean() || r.ExpectedRoot != r.FoundRoot || len(r.ExpectedRoot) != 64 || r.Expected != 26 {
		t.Fatalf("%+v %+v", r, diffs)
	}
}

func TestEveryDifferenceIsNamed(t *testing.T) {
	list := entries(strings.Split("abcdefghijklmnopqrstuvwxyz", "")...)
	without := func(i int) []*entry { return slices.Delete(slices.Clone(list), i, i+1) }
	other := func(i int, change func(*entry)) []*entry {
		c := slices.Clone(list)
		c[i] = changed(c[i], change)
		return c
	}
	swapped := slices.Clone(list)
	swapped[2] = changed(list[2], func(e *entry) { e.sent = list[3].sent })
	swapped[3] = changed(list[3], func(e *entry) { e.sent = list[2].sent })
	for name, c := range map[string]struct {
		found []*entry
		want  []string // kind and key
	}{
		"missing":       {without(7), []string{"missing h 2024-03-01"}},
		"first missing": {without(0), []string{"missing a 2024-03-01"}},
		"last missing":  {without(25), []string{"missing z 2024-03-03"}},
		"nothing there": {nil, func() (w []string) {
			for _, e := range list {
				w = append(w, "missing "+e.Key+" "+e.At.Day())
			}
			return w
		}()},
		"extra":              {append(slices.Clone(list), entries("zz")...), []string{"extra zz 2024-03-01"}},
		"twice":              {append(slices.Clone(list), list[4]), []string{"extra e 2024-03-01"}},
		"other content":      {other(5, func(e *entry) { e.content[0]++ }), []string{"differs f 2024-03-01"}},
		"other author":       {other(5, func(e *entry) { e.Subject = "q"; e.content[0]++ }), []string{"differs f 2024-03-01"}},
		"other day":          {other(5, func(e *entry) { e.At = list[20].At; e.content[0]++ }), []string{"differs f 2024-03-01"}},
		"other conversation": {other(5, func(e *entry) { e.Conversation = "d"; e.content[0]++ }), []string{"differs f 2024-03-01"}},
		"other order":        {swapped, []string{"order  2024-03-01"}},
	} {
		r, diffs := compared(t, list, c.found)
		var got []string
		for _, d := range diffs {
			if d.Conversation != "c" || d.Type != message.TypeMessage {
				t.Errorf("%s: %+v", name, d)
			}
			got = append(got, d.Kind+" "+d.Key+" "+d.Day)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if n := r.Missing + r.Extra + r.Differs + r.Misplaced; n != int64(len(c.want)) {
			t.Errorf("%s: %d counted: %+v", name, n, r)
		}
		if name != "other order" && r.ExpectedRoot == r.FoundRoot {
			t.Errorf("%s: the roots are the same", name)
		}
	}
}

func TestTheLastVersionStandsForARecord(t *testing.T) {
	a := entries("k")[0]
	b := changed(a, func(e *entry) { e.content[0]++ })
	x := changed(a, func(e *entry) { e.content[1]++ })
	for name, c := range map[string]struct {
		delivered, there []*entry
		expected         *entry
		found            []*entry
	}{
		"there":                       {[]*entry{a}, []*entry{a}, a, []*entry{a}},
		"missing":                     {[]*entry{a}, nil, a, nil},
		"never delivered":             {nil, []*entry{x}, nil, []*entry{x}},
		"newer version, old one kept": {[]*entry{a, b}, []*entry{a, b}, b, []*entry{b}},
		"newer version only":          {[]*entry{a, b}, []*entry{b}, b, []*entry{b}},
		"only the old version":        {[]*entry{a, b}, []*entry{a}, b, []*entry{a}},
		"sent again as a reference":   {[]*entry{a}, []*entry{a, a}, a, []*entry{a}},
		"a strange version besides":   {[]*entry{a, b}, []*entry{a, b, x}, b, []*entry{b, x}},
		"a strange version instead":   {[]*entry{a, b}, []*entry{a, x}, b, []*entry{x}},
	} {
		e, f := settled(c.delivered, c.there)
		if e != c.expected || !reflect.DeepEqual(f, c.found) {
			t.Errorf("%s: %v, %v", name, e, f)
		}
		for _, e := range c.delivered {
			h := newHistory(t.TempDir())
			if err := h.add(tagExpected, e); err != nil {
				t.Fatal(err)
			}
			if got := decodeEntry(h.value); !reflect.DeepEqual(got, e) {
				t.Errorf("%s: %+v came back as %+v", name, e, got)
			}
		}
	}
}

func TestFieldsAreNamedToTheDeepestMember(t *testing.T) {
	got := compareLines(`{"a":"1","b":{"c":["x","y"]},"raw":{"file":"f"}}`, `{"a":"1","b":{"c":["x","z"],"d":"new"},"raw":{"file":"g"}}`)
	want := []Field{{"b.c[1]", `"y"`, `"z"`}, {"b.d", "", `"new"`}}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v", got)
	}
}

func TestMerkleTreeHashIsThatOfRFC6962(t *testing.T) {
	var slow func(l [][32]byte) [32]byte
	slow = func(l [][32]byte) [32]byte {
		switch len(l) {
		case 0:
			return sha256.Sum256(nil)
		case 1:
			return l[0]
		}
		k := 1
		for 2*k < len(l) {
			k *= 2
		}
		return join(slow(l[:k]), slow(l[k:]))
	}
	var m mth
	var l [][32]byte
	for n := range 70 {
		for _, h := range l {
			m.add(h)
		}
		if m.sum() != slow(l) {
			t.Fatalf("of %d leaves it is another", n)
		}
		l = append(l, sha256.Sum256([]byte{byte(n)}))
	}
}

func TestSaltsOutliveTheRunAndAreNotGuessed(t *testing.T) {
	state := t.TempDir()
	s, err := LoadSalts(state)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "a\tb", "é\n"} {
		if err := s.ensure(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	again, err := LoadSalts(state)
	if err != nil || len(again.keys) != 3 {
		t.Fatalf("%d keys, %v", len(again.keys), err)
	}
	for name, k := range s.keys {
		if again.keys[name] == nil || again.keys[name].key != k.key || bytes.Equal(k.key[:], make([]byte, 32)) {
			t.Errorf("%q: another key", name)
		}
	}
}
