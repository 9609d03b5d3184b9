package ferrytest

import (
	"sync"
	"testing"
	"time"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/host"
)

func (k *sinkKit) finishAndCompare(t *testing.T, s *host.Sink, g *target, what string) {
	t.Helper()
	if early := snapshot(t, g.dir); len(early) > 0 {
		t.Errorf("%s: before Finish the target holds %v", what, names(early))
	}
	k.must(t, s.Finish(t.Context(), g.receipts))
	k.same(t, g, what)
}

// directory is how many directory shards stand before all others: the engine delivers them first.
func (k *sinkKit) directory() int {
	n := 0
	for n < len(k.shards) && k.shards[n].shard.Directory {
		n++
	}
	return n
}

func (k *sinkKit) otherBatches(t *testing.T) {
	g := k.newTarget(t)
	s := k.open(t, g, true)
	first := k.directory()
	for i := range first {
		k.must(t, k.one(t, s, g, i, 1+i))
	}
	for i := len(k.shards) - 1; i >= first; i-- {
		k.must(t, k.one(t, s, g, i, 1+i))
	}
	k.finishAndCompare(t, s, g, "a delivery in other batches and another order of shards")
}

func (k *sinkKit) concurrent(t *testing.T) {
	g := k.newTarget(t)
	s := k.open(t, g, true)
	first := k.directory()
	for i := range first {
		k.must(t, k.one(t, s, g, i, 3))
	}
	kits, errs := make([]sinkKit, len(k.shards)), make([]error, len(k.shards))
	var wg sync.WaitGroup
	for i := first; i < len(k.shards); i++ {
		kits[i] = *k
		kits[i].rejected = map[string]string{}
		wg.Go(func() { errs[i] = kits[i].one(t, s, g, i, 3) })
	}
	wg.Wait()
	for _, err := range errs {
		k.must(t, err)
	}
	k.finishAndCompare(t, s, g, "a delivery of all shards at the same time")
}

func (k *sinkKit) abort(t *testing.T) {
	g := k.newTarget(t)
	s := k.open(t, g, true)
	for i, b := range k.shards {
		for _, n := range []int{0, 1, len(b.lines)} {
			w, err := s.Begin(t.Context(), b.shard)
			k.must(t, err)
			k.must(t, k.write(w, batchOf{b.shard, b.lines[:n], b.keys[:n]}, 1000))
			w.Abort()
		}
		k.must(t, k.one(t, s, g, i, 1000))
		k.must(t, k.one(t, s, g, i, 1000)) // its commit was lost: it comes again
	}
	k.finishAndCompare(t, s, g, "a delivery with aborted and repeated shards")
}

// givenUp ends a sink in an orderly way with shards that were never committed.
func (k *sinkKit) givenUp(t *testing.T) {
	g := k.newTarget(t)
	s := k.open(t, g, true)
	for _, b := range k.shards {
		w, err := s.Begin(t.Context(), b.shard)
		k.must(t, err)
		k.must(t, k.write(w, b, 1000))
	}
	s.Close()
	if left := snapshot(t, g.dir); len(left) > 0 {
		t.Errorf("the target holds %v though nothing was committed", names(left))
	}
	s = k.open(t, g, false)
	for i := range k.shards {
		k.must(t, k.one(t, s, g, i, 1000))
	}
	k.finishAndCompare(t, s, g, "a delivery after one that was given up")
}

func (k *sinkKit) killedBeforeCommit(t *testing.T) {
	g := k.newTarget(t)
	s := k.open(t, g, true)
	for i, b := range k.shards {
		w, err := s.Begin(t.Context(), b.shard)
		k.must(t, err)
		k.must(t, k.write(w, b, 1000))
		killProcess(t, s.PID())
		if _, err := w.Commit(); err == nil || fault.ClassOf(err) != fault.Transient {
			t.Errorf("a commit by a dead plugin: %v", err)
		}
		s = k.open(t, g, false)
		k.must(t, k.one(t, s, g, i, 1000))
	}
	k.finishAndCompare(t, s, g, "a delivery with a kill before every commit")
}

// killedWithinCommit kills at several moments around a commit.
func (k *sinkKit) killedWithinCommit(t *testing.T) {
	g := k.newTarget(t)
	s := k.open(t, g, true)
	for i, b := range k.shards {
		w, err := s.Begin(t.Context(), b.shard)
		k.must(t, err)
		k.must(t, k.write(w, b, 1000))
		done := killLater(t, s.PID(), time.Duration(i)*400*time.Microsecond)
		_, err = w.Commit() // the receipt is lost in any case: the host died with the plugin
		if err != nil && fault.ClassOf(err) != fault.Transient {
			t.Errorf("a commit by a plugin that dies: %v", err)
		}
		<-done
		s.Close()
		s = k.open(t, g, false)
		k.must(t, k.one(t, s, g, i, 1000))
	}
	k.finishAndCompare(t, s, g, "a delivery with a kill within every commit")
}

func (k *sinkKit) killedWithinFinish(t *testing.T) {
	for _, wait := range []time.Duration{0, time.Millisecond, 3 * time.Millisecond, 10 * time.Millisecond, 40 * time.Millisecond} {
		g := k.newTarget(t)
		s := k.open(t, g, true)
		for i := range k.shards {
			k.must(t, k.one(t, s, g, i, 1000))
		}
		done := killLater(t, s.PID(), wait)
		if err := s.Finish(t.Context(), g.receipts); err != nil && fault.ClassOf(err) != fault.Transient {
			t.Errorf("a Finish by a plugin that dies: %v", err)
		}
		<-done
		s.Close()
		s = k.open(t, g, false)
		k.must(t, s.Finish(t.Context(), g.receipts))
		k.same(t, g, "a Finish after a kill within the first")
	}
}

// killLater kills a process that nobody else ends, and says when it has.
func killLater(t *testing.T, pid int, wait time.Duration) (done chan bool) {
	done = make(chan bool)
	go func() {
		defer close(done)
		time.Sleep(wait)
		killProcess(t, pid)
	}()
	return done
}
