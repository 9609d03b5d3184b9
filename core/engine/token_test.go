package engine

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// dice is a transform whose choice for a record depends on its key alone, so that a test can foretell it.
type dice struct {
	salt uint64
	lie  string // what it does wrong with the message victim
	at   string
}

func (d dice) roll(key string) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", d.salt, key)
	return h.Sum64() % 8
}

// outcome is what becomes of a message: the keys it has afterwards.
func (d dice) outcome(key string) []string {
	switch d.roll(key) {
	case 0, 1:
		return nil // removed
	case 2:
		return []string{key, key + "+"}
	case 3:
		return []string{key, key} // one of them is a duplicate
	}
	return []string{key}
}

func (d dice) Apply(_ context.Context, recs []*message.Record, out func(int, *plugin.TransformOut) error) error {
	for i, r := range recs {
		o := &plugin.TransformOut{}
		if r.Message == nil {
			o.Emit(r)
		} else if keys := d.outcome(r.Key()); len(keys) == 0 {
			o.Filter(fmt.Sprint("rule", d.roll(r.Key())))
		} else {
			for _, key := range keys {
				m := *r.Message
				m.Key, m.Reactions = key, []message.Reaction{{Emoji: "x", By: []string{"a", "b"}}}
				o.Emit(message.Of(&m))
			}
			o.Changed("reacted", 1)
		}
		if r.Key() == d.at {
			switch d.lie {
			case "drop":
				o = &plugin.TransformOut{}
			case "skip":
				continue
			case "twice":
				if err := out(i, o); err != nil {
					return err
				}
			case "both":
				o.Records, o.Filtered = []*message.Record{r}, "rule"
			case "rekey":
				m := *r.Message
				m.Key += "?"
				o = &plugin.TransformOut{Records: []*message.Record{message.Of(&m)}}
			case "person":
				o = &plugin.TransformOut{Records: []*message.Record{r, person("made")}}
			}
		}
		if err := out(i, o); err != nil {
			return err
		}
	}
	return nil
}

// TestEveryTokenIsClosedOnceOrTheRunFails runs random histories through random transforms, some of which do
// one thing wrong, into a sink that refuses and already has some records. Either the books say of each key
// what the test foretold, or the run stops and names the key.
func TestEveryTokenIsClosedOnceOrTheRunFails(t *testing.T) {
	lies := []string{"", "", "", "drop", "skip", "twice", "both", "rekey", "person"}
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 4))
		h := randomHistory(rnd)
		chain := []dice{{salt: seed}, {salt: seed + 1000}}[:1+rnd.IntN(2)]
		var all []string
		for _, id := range slices.Sorted(maps.Keys(h.records)) {
			for _, r := range h.records[id] {
				if r.Message != nil {
					all = append(all, r.Key())
				}
			}
		}
		if len(all) == 0 {
			continue
		}
		lie := lies[rnd.IntN(len(lies))]
		chain[0].lie, chain[0].at = lie, all[rnd.IntN(len(all))]
		r := newRig(t, t.TempDir(), plugin.AnyOrder, plugin.Projection{}, h)
		want := foretell(all, chain)
		for key := range want {
			switch rnd.IntN(8) {
			case 0:
				r.shelf.refuse[key] = true
				delete(want, key)
			case 1:
				r.shelf.has[key] = true
				delete(want, key)
			}
		}
		for _, d := range chain {
			r.job.Transforms = append(r.job.Transforms, d)
		}
		_, err := Run(t.Context(), r.job)
		if lie != "" {
			if err == nil || fault.ClassOf(err) != fault.Bug || !strings.Contains(err.Error(), chain[0].at) {
				t.Fatalf("seed %d: a transform that does %q with %s: %v", seed, lie, chain[0].at, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got := map[string]bool{}
		for _, key := range keys(t, r.dir, 1) {
			got["test:"+key] = true
		}
		if !maps.Equal(got, want) {
			t.Fatalf("seed %d: delivered %v, foretold %v", seed, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
		removedAsForetold(t, r, all, chain)
		accounted(t, r, len(all), len(got))
	}
}

// foretell gives the keys there are after all transforms.
func foretell(keys []string, chain []dice) map[string]bool {
	for _, d := range chain {
		var next []string
		for _, key := range keys {
			next = append(next, d.outcome(key)...)
		}
		keys = next
	}
	set := map[string]bool{}
	for _, key := range keys {
		set[key] = true
	}
	return set
}

// removedAsForetold asks the why index about every key of the history.
func removedAsForetold(t *testing.T, r *rig, all []string, chain []dice) {
	t.Helper()
	for _, key := range all {
		removals, err := Removals(r.job.State, key, 1)
		if err != nil {
			t.Fatal(err)
		}
		rule := ""
		for _, d := range chain {
			if d.outcome(key) == nil {
				rule = fmt.Sprint("rule", d.roll(key))
				break
			}
		}
		if rule == "" && len(removals) > 0 || rule != "" && (len(removals) == 0 || removals[0].Rule != rule || removals[0].Gen != 1) {
			t.Fatalf("%s: the index says %v, the rule is %q", key, removals, rule)
		}
	}
}

// accounted adds up the books of messages.
func accounted(t *testing.T, r *rig, read, delivered int) {
	t.Helper()
	l, err := ledger.Open(r.job.State, true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var msgs, reacted ledger.Account
	err = l.Accounts(1, func(b ledger.Account) error {
		switch b.Entity {
		case message.TypeMessage:
			msgs.Read, msgs.Delivered = msgs.Read+b.Read, msgs.Delivered+b.Delivered
		case ledger.Reaction:
			reacted.Read, reacted.Delivered = reacted.Read+b.Read, reacted.Delivered+b.Delivered
		}
		return nil
	})
	if err != nil || msgs.Read != int64(read) || msgs.Delivered != int64(delivered) || reacted.Read != 0 || reacted.Delivered != 2*int64(delivered) {
		t.Fatalf("books: %+v %+v %v; read %d, delivered %d", msgs, reacted, err, read, delivered)
	}
}

// TestASinkThatMiscountsStopsTheRun gives outcomes for more or fewer records than were written, and one that there
// is not.
func TestASinkThatMiscountsStopsTheRun(t *testing.T) {
	for _, spoil := range []func([]plugin.Outcome) []plugin.Outcome{
		func(o []plugin.Outcome) []plugin.Outcome { return append(o, plugin.Done) },
		func(o []plugin.Outcome) []plugin.Outcome { return o[1:] },
		func(o []plugin.Outcome) []plugin.Outcome { o[0].Status = "vanished"; return o },
	} {
		h := newHistory()
		h.add("people", person("ann"))
		h.add("a", msg("a", 1, 0, "x"), msg("a", 2, 0, "x"))
		r := newRig(t, t.TempDir(), plugin.AnyOrder, plugin.Projection{}, h)
		r.shelf.spoil = spoil
		if _, err := Run(t.Context(), r.job); fault.ClassOf(err) != fault.Bug {
			t.Errorf("a sink that miscounts: %v", err)
		}
	}
}

// TestARecordWithARefusedPartIsRefused splits a text; the sink takes the first part only.
func TestARecordWithARefusedPartIsRefused(t *testing.T) {
	h := newHistory()
	h.add("people", person("ann"))
	long := msg("a", 1, 0, strings.Repeat("word ", 20))
	long.Message.Reactions = []message.Reaction{{Emoji: "x", By: []string{"test:ann"}}}
	h.add("a", long, msg("a", 2, 0, "short"))
	r := newRig(t, t.TempDir(), plugin.Chronological, plugin.Projection{Text: &plugin.TextRule{Dialect: "plain", Limit: 40, Unit: "rune"}}, h)
	r.shelf.refusePart = 2
	r.run(t)
	d, x := books(t, r, 1)
	if d.Offered != 2 || d.Delivered != 1 || d.Rejected != 1 || len(x) != 3 { // a split, and two refused parts
		t.Fatalf("%+v %+v", d, x)
	}
	l, err := ledger.Open(r.job.State, true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	shards, err := l.Shards(1)
	if err != nil || shards[1].Delivered != 1 || shards[1].Refused != 1 {
		t.Fatalf("over all sinks: %+v, %v", shards, err)
	}
}

// TestLateMembershipsGoThroughTransformsOnce has a membership of somebody in no list, whom a transform doubles.
func TestLateMembershipsGoThroughTransformsOnce(t *testing.T) {
	h := newHistory()
	h.add("people", person("ann"), message.Of(&message.Membership{Key: "test:a:member:bob", Conversation: "test:a", Person: "test:bob"}))
	h.add("a", msg("a", 1, 0, "x"))
	r := newRig(t, t.TempDir(), plugin.AnyOrder, plugin.Projection{}, h)
	applied := 0
	r.job.Transforms = []Transform{doubled{&applied}}
	r.job.Workers = 1
	r.run(t)
	b, err := os.ReadFile(filepath.Join(r.dir, "out-1"))
	if err != nil || strings.Count(string(b), `"type":"membership"`) != 2 || applied != 1 {
		t.Fatalf("applied %d times: %s, %v", applied, b, err)
	}
}

type doubled struct{ applied *int }

func (d doubled) Apply(_ context.Context, recs []*message.Record, out func(int, *plugin.TransformOut) error) error {
	for i, r := range recs {
		o := &plugin.TransformOut{Records: []*message.Record{r}}
		if r.Membership != nil {
			*d.applied++
			m := *r.Membership
			m.Key += ":again"
			o.Emit(message.Of(&m))
		}
		if err := out(i, o); err != nil {
			return err
		}
	}
	return nil
}

// TestADamagedWhyIndexIsNoAnswer cuts an index at every byte.
func TestADamagedWhyIndexIsNoAnswer(t *testing.T) {
	h := newHistory()
	h.add("people", person("ann"))
	for i := range 20 {
		h.add("a", msg("a", i+1, 0, "x"))
	}
	r := newRig(t, t.TempDir(), plugin.AnyOrder, plugin.Projection{}, h)
	r.job.Transforms = []Transform{dice{salt: 7}}
	r.run(t)
	path := filepath.Join(WhyDir(r.job.State, 1), "a")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for i := range whole {
		if err := os.WriteFile(path, whole[:i], 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Removals(r.job.State, "test:a:0001", 1)
		if err == nil {
			rows++ // cut between two rows: the file's length is all that tells
		} else if fault.ClassOf(err) != fault.Storage || fault.HintOf(err) == "" {
			t.Fatal(err)
		}
	}
	if rows > 20 {
		t.Fatalf("%d of %d cuts went unnoticed", rows, len(whole))
	}
}
