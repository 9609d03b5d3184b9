package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

func books(t *testing.T, r *rig, gen int) (history ledger.Delivery, exceptions []ledger.Exception) {
	t.Helper()
	l, err := ledger.Open(r.job.State, true)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	list, err := l.Deliveries(gen, false)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	err = l.Exceptions(gen, "", func(x ledger.Exception) error { exceptions = append(exceptions, x); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return list[0], exceptions
}

func TestMessagesArriveInTimeOrderPerConversation(t *testing.T) {
	h := newHistory()
	h.add("people", person("ann"))
	h.add("a", msg("b", 3, 0, "x"), msg("a", 2, 0, "x"), msg("a", 1, 0, "x"), msg("b", 1, 0, "x"))
	r := newRig(t, t.TempDir(), plugin.Chronological, plugin.Projection{}, h)
	r.run(t)
	if got, want := keys(t, r.dir, 1), []string{"a:0001", "a:0002", "b:0001", "b:0003"}; !slices.Equal(got, want) {
		t.Fatal(got)
	}
}

func TestThreadsAreTogetherAndOrphansGetAPlaceholder(t *testing.T) {
	h := newHistory()
	h.add("people", person("ann"))
	h.add("a", msg("a", 1, 1, "root"), msg("a", 2, 0, "alone"), msg("a", 3, 1, "reply"), msg("a", 5, 4, "orphan"), msg("a", 6, 4, "orphan"))
	r := newRig(t, t.TempDir(), plugin.Threads, plugin.Projection{Roots: true}, h)
	r.run(t)
	if got, want := keys(t, r.dir, 1), []string{"a:0001", "a:0003", "a:0002", "a:0004", "a:0005", "a:0006"}; !slices.Equal(got, want) {
		t.Fatal(got)
	}
	d, x := books(t, r, 1)
	if d.Delivered != 5 || d.Placed != 1 || len(x) != 1 || x[0].Verdict != ledger.Placed || x[0].Key != "test:a:0004" {
		t.Fatal(d, x)
	}
}

func TestEveryRecordEndsInOneWay(t *testing.T) {
	h := newHistory()
	h.add("people", person("ann"))
	other := msg("a", 1, 0, "other text, same id")
	h.add("a", msg("a", 1, 0, "one"), msg("a", 1, 0, "one"), other, msg("a", 2, 0, "two"), msg("a", 3, 0, "refused"))
	h.rejects["a"] = []plugin.Reject{{Reason: "not_json", Bytes: []byte("{"), At: message.Source{File: "a.json", Offset: "9"}}}
	r := newRig(t, t.TempDir(), plugin.AnyOrder, plugin.Projection{}, h)
	r.shelf.refuse["test:a:0003"] = true
	r.run(t)
	d, x := books(t, r, 1)
	if d.Offered != 5 || d.Delivered != 2 || d.Duplicate != 1 || d.Rejected != 2 {
		t.Fatalf("%+v", d)
	}
	var reasons []string
	for _, e := range x {
		reasons = append(reasons, e.Reason)
		b, err := os.ReadFile(filepath.Join(QuarantineDir(r.job.State), e.Blob))
		if err != nil || len(b) == 0 || digest(b) != e.Blob {
			t.Errorf("%s: bytes are not kept: %v", e.Reason, err)
		}
	}
	if got := sorted(reasons); !slices.Equal(got, []string{"disliked", "id_conflict", "not_json"}) {
		t.Fatal(got)
	}
}

func TestPeopleMetInMessagesComeLastAndOnce(t *testing.T) {
	h := newHistory()
	h.add("people", person("ann"), message.Of(&message.Membership{Key: "test:a:member:bob", Conversation: "test:a", Person: "test:bob"}),
		message.Of(&message.Membership{Key: "test:a:member:cy", Conversation: "test:a", Person: "test:cy"}))
	bob := message.Of(&message.Person{Key: "test:bob", ID: "bob", Kind: "unknown", Name: "Bob", Synthesised: true})
	h.add("a", bob, msg("a", 1, 0, "x"))
	h.add("b", bob, msg("b", 1, 0, "x"))
	r := newRig(t, t.TempDir(), plugin.AnyOrder, plugin.Projection{}, h)
	r.run(t)
	b, _ := os.ReadFile(filepath.Join(r.dir, "out-1"))
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	var types []string
	for _, l := range lines {
		rec, err := message.Decode(l)
		if err != nil {
			t.Fatal(err)
		}
		types = append(types, rec.Type+" "+rec.Key())
	}
	want := []string{"person test:ann", "message test:a:0001", "message test:b:0001", "person test:bob", "membership test:a:member:bob", "person test:cy", "membership test:a:member:cy"}
	if !slices.Equal(types, want) {
		t.Fatal(types)
	}
}

func TestSecondRunDeliversOnlyNewAndChanged(t *testing.T) {
	dir := t.TempDir()
	first := newHistory()
	first.add("people", person("ann"))
	first.add("a", msg("a", 1, 1, "root"), msg("a", 2, 0, "alone"), msg("a", 3, 0, "will be edited"))
	newRig(t, dir, plugin.Threads, plugin.Projection{Roots: true}, first).run(t)
	if res := newRig(t, dir, plugin.Threads, plugin.Projection{Roots: true}, first).run(t); !res.Nothing {
		t.Fatal("same dump was run again")
	}
	second := newHistory()
	second.add("people", person("ann"))
	edited := msg("a", 3, 0, "edited")
	edited.Message.Raw.File = "moved" // where it stands is not what it says
	moved := msg("a", 2, 0, "alone")
	moved.Message.Raw.Offset = "99"
	second.add("a", msg("a", 1, 1, "root"), moved, edited, msg("a", 4, 1, "new reply"))
	r := newRig(t, dir, plugin.Threads, plugin.Projection{Roots: true}, second)
	r.run(t)
	// the root goes along so that the reply has its place; it is not counted as delivered
	if got, want := keys(t, dir, 2), []string{"a:0001", "a:0004", "a:0003"}; !slices.Equal(got, want) {
		t.Fatal(got)
	}
	if d, _ := books(t, r, 2); d.Delivered != 2 || d.Duplicate != 2 {
		t.Fatalf("%+v", d)
	}
}

func TestOverlappingSourcesMergeByKeyAndListConflicts(t *testing.T) {
	old, new := newHistory(), newHistory()
	old.add("people", person("ann"))
	old.add("a", msg("a", 1, 0, "same"), msg("a", 2, 0, "before"))
	new.add("people", person("ann"), person("bob"))
	new.add("z", msg("a", 1, 0, "same"), msg("a", 2, 0, "after"), msg("a", 3, 0, "new"))
	r := newRig(t, t.TempDir(), plugin.Chronological, plugin.Projection{}, old, new)
	r.run(t)
	d, x := books(t, r, 1)
	if d.Delivered != 3 || d.Duplicate != 2 || len(x) != 1 || x[0].Verdict != ledger.Conflict || x[0].Key != "test:a:0002" {
		t.Fatalf("%+v %+v", d, x)
	}
	b, _ := os.ReadFile(filepath.Join(r.dir, "out-1"))
	if !bytes.Contains(b, []byte("after")) || bytes.Contains(b, []byte("before")) {
		t.Fatal("the older version won")
	}
}

func TestSourceThatFailsIsResumedAtItsCursor(t *testing.T) {
	h := newHistory()
	h.add("people", person("ann"))
	for i := range 50 {
		h.add("a", msg("a", i+1, 0, "x"))
	}
	h.batch = 7
	h.failAt["a"] = 25
	r := newRig(t, t.TempDir(), plugin.Chronological, plugin.Projection{}, h)
	r.run(t)
	if got := keys(t, r.dir, 1); len(got) != 50 || len(slices.Compact(got)) != 50 {
		t.Fatal(len(got))
	}
}

var errCrash = errors.New("crash")

// randomHistory has everything that matters to the books: threads, orphans, duplicates, conflicts,
// rejects, several conversations a shard.
func randomHistory(r *rand.Rand) *history {
	h := newHistory()
	h.add("people", person("ann"), person("bob"))
	for s := range 1 + r.IntN(6) {
		id := fmt.Sprintf("s%02d", s)
		for c := range 1 + r.IntN(3) {
			conv := fmt.Sprintf("%s-%d", id, c)
			for i := range r.IntN(40) {
				thread := 0
				if r.IntN(3) == 0 {
					thread = 1 + r.IntN(i+1)
				}
				m := msg(conv, i+1, thread, strings.Repeat("x", r.IntN(200)))
				h.add(id, m)
				switch r.IntN(20) {
				case 0:
					h.add(id, m)
				case 1:
					h.add(id, msg(conv, i+1, thread, "conflict"))
				}
			}
		}
		if r.IntN(3) == 0 {
			h.rejects[id] = append(h.rejects[id], plugin.Reject{Reason: "not_json", Bytes: []byte{byte(s)}})
		}
		h.batch = 1 + r.IntN(9)
	}
	return h
}

// TestCrashAnywhereThenResumeGivesTheSameOutput stops runs at every point a sink sees, several times
// over, with other batch sizes and numbers of workers, and compares with the undisturbed run.
func TestCrashAnywhereThenResumeGivesTheSameOutput(t *testing.T) {
	for seed := range uint64(25) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		h := randomHistory(rnd)
		order := []plugin.Order{plugin.Chronological, plugin.Threads}[seed%2]
		p := plugin.Projection{Roots: true, Time: &plugin.TimeRule{Unit: "ms", Unique: true}}
		quiet := newRig(t, t.TempDir(), order, p, h)
		quiet.run(t)
		want, err := os.ReadFile(filepath.Join(quiet.dir, "out-1"))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		for crashes := 0; ; crashes++ {
			h.batch = 1 + rnd.IntN(9)
			r := newRig(t, dir, order, p, h)
			r.job.Workers = 1 + rnd.IntN(4)
			left := rnd.IntN(12)
			ctx, cancel := context.WithCancel(t.Context())
			r.shelf.crash = func(string) error {
				if left--; left == 0 && crashes < 30 {
					return errCrash
				}
				return nil
			}
			r.job.Workers = 1 // the crash counter above is not for several goroutines
			_, err := Run(ctx, r.job)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(dir, "out-1")); err == nil && left >= 0 {
				t.Fatal("output is visible before it is complete")
			}
		}
		got, err := os.ReadFile(filepath.Join(dir, "out-1"))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("seed %d: output differs after crashes (%v)", seed, err)
		}
	}
}

func TestWorkersAndBatchesDoNotChangeTheOutput(t *testing.T) {
	h := randomHistory(rand.New(rand.NewPCG(7, 7)))
	var want []byte
	for _, workers := range []int{1, 2, 8} {
		h.batch = workers * 3
		r := newRig(t, t.TempDir(), plugin.Threads, plugin.Projection{Roots: true}, h)
		r.job.Workers = workers
		r.run(t)
		got, err := os.ReadFile(filepath.Join(r.dir, "out-1"))
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		} else if !bytes.Equal(got, want) {
			t.Fatalf("%d workers give another output", workers)
		}
	}
}

func TestOtherSettingsAndChangedDumpsAreRefused(t *testing.T) {
	h := newHistory()
	h.add("people", person("ann"))
	h.add("a", msg("a", 1, 0, "x"))
	r := newRig(t, t.TempDir(), plugin.AnyOrder, plugin.Projection{}, h)
	r.shelf.crash = func(p string) error {
		if p == "finish" {
			return errCrash
		}
		return nil
	}
	if _, err := Run(t.Context(), r.job); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	other := newRig(t, r.dir, plugin.AnyOrder, plugin.Projection{}, h)
	other.job.ConfigHash = "other"
	if _, err := Run(t.Context(), other.job); fault.ClassOf(err) != fault.Config || fault.HintOf(err) == "" {
		t.Fatal(err)
	}
	h.add("a", msg("a", 2, 0, "x"))
	if _, err := Run(t.Context(), newRig(t, r.dir, plugin.AnyOrder, plugin.Projection{}, h).job); fault.ClassOf(err) != fault.Config {
		t.Fatal("resumed over a changed dump:", err)
	}
}

func TestSurveyWritesNothingAndForeseesTheBooks(t *testing.T) {
	h := randomHistory(rand.New(rand.NewPCG(3, 3)))
	r := newRig(t, t.TempDir(), plugin.Threads, plugin.Projection{Roots: true}, h)
	var read, offered int64
	looked := 0
	err := Survey(t.Context(), r.job, func(*message.Record) { looked++ }, func(e *ledger.Entry) { read += e.Counts.Read; offered += e.Counts.Offered })
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(r.dir); len(left) > 0 {
		t.Fatal("a survey left files")
	}
	r2 := newRig(t, r.dir, plugin.Threads, plugin.Projection{Roots: true}, h)
	r2.run(t)
	d, _ := books(t, r2, 1)
	if offered == 0 || offered != d.Offered+2 || int64(looked) != offered { // two people
		t.Fatal(read, offered, looked, d)
	}
}
