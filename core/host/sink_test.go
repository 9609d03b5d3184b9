package host

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

func openSink(t *testing.T, h *Host, cfg json.RawMessage) (s *Sink, calls func() []string) {
	t.Helper()
	s, err := h.OpenSink(t.Context(), Ref{Name: "probe"}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := s.Open(t.Context(), plugin.Run{ID: "r", Dir: dir}); err != nil {
		t.Fatal(err)
	}
	return s, func() []string {
		b, _ := os.ReadFile(filepath.Join(dir, "calls"))
		return strings.Split(strings.TrimSpace(string(b)), "\n")
	}
}

func lines(n int) []byte {
	var b []byte
	for i := range n {
		b = append(note(i, "hello").Append(b), '\n')
	}
	return b
}

func TestSinkShardLife(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		h, _ := newHost(t, o)
		s, calls := openSink(t, h, config("refuse third", 1, 1))
		begin := func() *SinkShard {
			w, err := s.Begin(t.Context(), shardA())
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		w := begin()
		if out, err := w.Write(lines(2), 2); out != nil || err != nil {
			t.Fatal(out, err)
		}
		w.Abort()
		w = begin()
		out, err := w.Write(lines(4), 4)
		if err != nil || len(out) != 4 || out[2].Reason != "third" || out[3] != plugin.Done {
			t.Fatal(out, err)
		}
		receipt, err := w.Commit()
		if err != nil || string(receipt) != "4" {
			t.Fatalf("%s %v", receipt, err)
		}
		w.Abort() // after Commit: nothing
		if _, err := w.Write(lines(1), 1); err == nil {
			t.Error("a write after Commit is accepted")
		}
		if err := s.Finish(t.Context(), []plugin.ShardReceipt{{Shard: shardA(), Receipt: receipt}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		want := []string{"begin a", "abort a", "begin a", "commit a", "finish a 4", "close"}
		if got := calls(); !reflect.DeepEqual(got, want) {
			t.Errorf("calls %q", got)
		}
	})
}

func TestBrokenOffShardIsAbortedBeforeItBeginsAgain(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		h, _ := newHost(t, o)
		s, calls := openSink(t, h, config("", 1, 1))
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := s.Begin(ctx, shardA()); err != nil {
			t.Fatal(err)
		}
		cancel()
		w, err := s.Begin(t.Context(), shardA())
		if err != nil {
			t.Fatal(err)
		}
		defer w.Abort()
		if got := calls(); !reflect.DeepEqual(got, []string{"begin a", "abort a", "begin a"}) {
			t.Errorf("calls %q", got)
		}
	})
}

func TestSinkErrorsEndTheShard(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		h, _ := newHost(t, o)
		for do, class := range map[string]fault.Class{"fail write": fault.Storage, "fail commit": fault.Bug, "reject silently": fault.Bug} {
			s, calls := openSink(t, h, config(do, 1, 1))
			w, err := s.Begin(t.Context(), shardA())
			if err != nil {
				t.Fatal(err)
			}
			if _, err = w.Write(lines(1), 1); err == nil {
				_, err = w.Commit()
			}
			if err == nil || fault.ClassOf(err) != class {
				t.Errorf("%s: %v", do, err)
			}
			w, err = s.Begin(t.Context(), shardA()) // waits for the abort
			if err != nil {
				t.Fatal(err)
			}
			w.Abort()
			if got := calls(); !reflect.DeepEqual(got[:3], []string{"begin a", "abort a", "begin a"}) {
				t.Errorf("%s: calls %q", do, got)
			}
			s.Close()
		}
	})
}

func TestBatchesWithWrongCountsAreRefusedByPlugins(t *testing.T) {
	h, _ := newHost(t, Options{InProcess: true})
	s, _ := openSink(t, h, config("", 1, 1))
	defer s.Close()
	for _, count := range []int{1, 3} {
		w, err := s.Begin(t.Context(), shardA())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(lines(2), count); err == nil {
			t.Errorf("2 lines pass as %d", count)
		}
	}
}
