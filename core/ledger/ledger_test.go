package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
)

func open(t *testing.T) (*Ledger, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "odd name %20?#")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := Open(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, dir
}

func start(t *testing.T, l *Ledger, shards ...Shard) {
	t.Helper()
	if err := l.Start(Run{Gen: 1, Pipeline: "p", ConfigHash: "c", SourceHash: "s", Setup: []byte("{}")}, shards); err != nil {
		t.Fatal(err)
	}
}

func balanced() Entry {
	return Entry{Gen: 1, Shard: "a", Declared: -1,
		Counts:     Counts{Read: 10, Added: 1, Filtered: 3, Rejected: 1, Offered: 7, Delivered: 4, Duplicate: 1, Withheld: 1, Refused: 1, MediaRefs: 2, MediaPresent: 1, MediaAbsent: 1},
		Deliveries: []Delivery{{Sink: "x", Offered: 7, Delivered: 4, Duplicate: 1, Filtered: 1, Rejected: 1, Receipt: []byte("r")}},
		Accounts: []Account{
			{Sink: "x", Entity: "message", Read: 9, Added: 1, Filtered: 3, Offered: 7, Delivered: 4, Duplicate: 1, Withheld: 1, Refused: 1},
			{Sink: "x", Entity: Unreadable, Read: 1, Rejected: 1},
			{Sink: "x", Entity: Attachment, Read: 2, Offered: 2, Delivered: 2}},
		Tallies: []Tally{{Kind: "media", Name: "present", N: 1}, {Kind: "media", Name: "missing", Rule: "not_in_dump", N: 1}}}
}

// TestNoUnbalancedShardIsEverDone takes a balanced shard and spoils one number at a time.
func TestNoUnbalancedShardIsEverDone(t *testing.T) {
	spoil := map[string]func(*Entry){
		"read":                 func(e *Entry) { e.Counts.Read++ },
		"added":                func(e *Entry) { e.Counts.Added-- },
		"filtered":             func(e *Entry) { e.Counts.Filtered-- },
		"rejected":             func(e *Entry) { e.Counts.Rejected++ },
		"offered":              func(e *Entry) { e.Counts.Offered-- },
		"delivered overall":    func(e *Entry) { e.Counts.Delivered++ },
		"refused overall":      func(e *Entry) { e.Counts.Refused-- },
		"media":                func(e *Entry) { e.Counts.MediaAbsent = 0 },
		"media by reason":      func(e *Entry) { e.Tallies[1].N++ },
		"media, whole or not":  func(e *Entry) { e.Tallies[0].Rule = "size_mismatch" },
		"account of a type":    func(e *Entry) { e.Accounts[0].Filtered, e.Accounts[0].Offered = 2, 8 },
		"account of a sink":    func(e *Entry) { e.Accounts[0].Delivered, e.Accounts[0].Refused = 3, 2 },
		"account of a part":    func(e *Entry) { e.Accounts[2].Delivered = 1 },
		"accounts, one absent": func(e *Entry) { e.Accounts = e.Accounts[1:] },
		"declared":             func(e *Entry) { e.Declared, e.Exact = 11, true },
		"sink delivered":       func(e *Entry) { e.Deliveries[0].Delivered-- },
		"sink duplicate":       func(e *Entry) { e.Deliveries[0].Duplicate++ },
		"sink offered":         func(e *Entry) { e.Deliveries[0].Offered, e.Deliveries[0].Delivered = 8, 5 },
	}
	for name, f := range spoil {
		t.Run(name, func(t *testing.T) {
			l, _ := open(t)
			start(t, l, Shard{ID: "a"})
			e := balanced()
			f(&e)
			if err := l.Commit(&e); !errors.Is(err, ErrUnbalanced) {
				t.Fatalf("commit: %v", err)
			}
			shards, err := l.Shards(1)
			if err != nil || shards[0].Done {
				t.Fatalf("shard is done: %v", err)
			}
			if receipts, _ := l.Receipts(1, "x"); len(receipts) != 0 {
				t.Fatal("a receipt was kept")
			}
			if err := l.Finish(1); !errors.Is(err, ErrUnbalanced) {
				t.Fatalf("finish: %v", err)
			}
		})
	}
}

func TestBalancedShardIsDone(t *testing.T) {
	l, dir := open(t)
	start(t, l, Shard{ID: "b"}, Shard{ID: "a"})
	e := balanced()
	e.Tallies = []Tally{e.Tallies[0], e.Tallies[1], {Kind: "filtered", Name: "since", N: 3, Samples: []string{"k1", "k2"}}}
	e.Exceptions = []Exception{{Key: "k", Verdict: Rejected, Reason: "not_json"}}
	for range 2 { // a commit may be repeated after a crash that came before its effect was seen
		if err := l.Commit(&e); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Finish(1); !errors.Is(err, ErrUnbalanced) {
		t.Fatalf("finish with a pending shard: %v", err)
	}
	e.Shard, e.Exceptions = "b", nil
	if err := l.Commit(&e); err != nil {
		t.Fatal(err)
	}
	if err := l.Finish(1); err != nil {
		t.Fatal(err)
	}
	l.Close()
	again, err := Open(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	receipts, err := again.Receipts(1, "x")
	if err != nil || len(receipts) != 2 || receipts[0].Shard.ID != "b" {
		t.Fatalf("receipts are not in plan order: %v %v", receipts, err)
	}
	tallies, err := again.Tallies(1, "filtered")
	if err != nil || len(tallies) != 1 || tallies[0].N != 6 || len(tallies[0].Samples) != 3 {
		t.Fatal(tallies, err)
	}
	n := 0
	if err := again.Exceptions(0, "k", func(Exception) error { n++; return nil }); err != nil || n != 1 {
		t.Fatal(n, err)
	}
}

func TestSecondLockNamesTheOwner(t *testing.T) {
	dir := t.TempDir()
	unlock, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(dir); fault.ClassOf(err) != fault.Busy || fault.HintOf(err) == "" {
		t.Fatalf("second lock: %v", err)
	}
	unlock()
	unlock, err = Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestOpenOfNothingIsAConfigError(t *testing.T) {
	if _, err := Open(t.TempDir(), true); fault.ClassOf(err) != fault.Config {
		t.Fatal(err)
	}
}
