package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// logs collects what plugins print.
type logs struct {
	mu    sync.Mutex
	lines []string
}

func (l *logs) add(_, line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *logs) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

func newHost(t *testing.T, o Options) (*Host, *logs) {
	t.Helper()
	l := new(logs)
	o.Builtins, o.Log = builtins, l.add
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h, l
}

// both runs a test with the plugin in process and as a subprocess.
func both(t *testing.T, f func(t *testing.T, o Options)) {
	t.Run("in process", func(t *testing.T) { f(t, Options{InProcess: true}) })
	t.Run("subprocess", func(t *testing.T) { f(t, Options{}) })
}

func config(do string, records, size int) json.RawMessage {
	b, _ := json.Marshal(map[string]any{"do": do, "records": records, "size": size})
	return b
}

func openSource(t *testing.T, h *Host, cfg json.RawMessage) *Source {
	t.Helper()
	s, err := h.OpenSource(t.Context(), Ref{Name: "probe"}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func shardA() plugin.Shard { return plugin.Shard{ID: "a", Records: -1} }

func readAll(ctx context.Context, s *Source) (records int, err error) {
	err = s.Read(ctx, shardA(), nil, os.TempDir(), func(b *plugin.Batch) error { records += b.Count; return nil })
	return records, err
}

func TestSourceGivesWhatThePluginEmits(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		h, _ := newHost(t, o)
		s := openSource(t, h, config("", 1000, 9000))
		defer s.Close()
		if (s.PID() == 0) != o.InProcess {
			t.Errorf("pid %d", s.PID())
		}
		var ids []string
		err := s.Discover(t.Context(), func(sh plugin.Shard) error { ids = append(ids, sh.ID+string(sh.Params)+sh.Label); return nil })
		if want := `a{"x":1}bad ` + "\ufffd label"; err != nil || len(ids) != 2 || ids[0] != want {
			t.Fatalf("Discover: %q, %v", ids, err)
		}
		batches, records := 0, 0
		var last plugin.Cursor
		err = s.Read(t.Context(), shardA(), nil, t.TempDir(), func(b *plugin.Batch) error {
			batches, records, last = batches+1, records+b.Count, b.Cursor
			return nil
		})
		if err != nil || records != 1000 || batches < 8 || batches > 10 || string(last) != "999" {
			t.Fatalf("%d records in %d batches, cursor %s, %v", records, batches, last, err)
		}
	})
}

func TestOneRecordOfTenMiBPasses(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		h, _ := newHost(t, o)
		s := openSource(t, h, config("", 1, 10<<20))
		defer s.Close()
		if n, err := readAll(t.Context(), s); n != 1 || err != nil {
			t.Fatalf("%d records, %v", n, err)
		}
		k, err := h.OpenSink(t.Context(), Ref{Name: "probe"}, config("", 1, 10<<20))
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		dir := t.TempDir()
		if err := k.Open(t.Context(), plugin.Run{Dir: dir}); err != nil {
			t.Fatal(err)
		}
		w, err := k.Begin(t.Context(), shardA())
		if err != nil {
			t.Fatal(err)
		}
		line := append(note(0, strings.Repeat("x", 10<<20)).Append(nil), '\n')
		if o, err := w.Write(line, 1); o != nil || err != nil {
			t.Fatal(o, err)
		}
		w.Abort()
		n := 0
		err = k.ReadBack(t.Context(), func(lines []byte, count int) error { n += len(lines) * count; return nil })
		if err != nil || n != len(line) {
			t.Fatalf("read back %d bytes of %d, %v", n, len(line), err)
		}
	})
}

func TestPluginErrorsKeepTheirClass(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		h, l := newHost(t, o)
		s := openSource(t, h, config("fail", 10, 1))
		defer s.Close()
		_, err := readAll(t.Context(), s)
		if fault.ClassOf(err) != fault.Corrupt || fault.HintOf(err) != "get a new dump" || !strings.Contains(err.Error(), "plugin probe: read file.json") {
			t.Errorf("got class %q: %v", fault.ClassOf(err), err)
		}
		_, err = h.OpenSource(t.Context(), Ref{Name: "probe"}, config("refuse", 1, 1))
		var e *fault.Error
		if !errors.As(err, &e) || e.Class != fault.Config || e.Setting != "do" || e.Hint != "ask for something else" {
			t.Errorf("bad setting: %#v", err)
		}
		for _, do := range []string{"panic", "panic with text"} {
			p := openSource(t, h, config(do, 10, 7))
			_, err = readAll(t.Context(), p)
			if fault.ClassOf(err) != fault.Bug {
				t.Errorf("%s: class %q: %v", do, fault.ClassOf(err), err)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: the error tells the panic's text: %v", do, err)
			}
			if err := p.Discover(t.Context(), func(plugin.Shard) error { return nil }); err != nil {
				t.Errorf("%s: the plugin did not survive: %v", do, err)
			}
			p.Close()
		}
		if !o.InProcess && (!strings.Contains(l.text(), "probe_test.go") || strings.Contains(l.text(), "secret")) {
			t.Errorf("log of the panics:\n%s", l.text())
		}
	})
}

func TestNonsenseOfPluginsIsRefused(t *testing.T) {
	h, _ := newHost(t, Options{InProcess: true})
	for _, do := range []string{"twice", "escape"} {
		s := openSource(t, h, config(do, 1, 1))
		if err := s.Discover(t.Context(), func(plugin.Shard) error { return nil }); fault.ClassOf(err) != fault.Bug || err == nil {
			t.Errorf("%s: %v", do, err)
		}
		s.Close()
	}
	good := func() *plugin.Batch {
		return &plugin.Batch{Seq: 2, Lines: []byte("{}\n{}\n"), Count: 2, Rejects: []plugin.Reject{{Reason: "x"}}, Read: 8}
	}
	if what := checkBatch(good(), 2, 5); what != "" {
		t.Fatal(what)
	}
	for name, spoil := range map[string]func(*plugin.Batch){
		"gap":         func(b *plugin.Batch) { b.Seq = 3 },
		"total":       func(b *plugin.Batch) { b.Read = 9 },
		"line lost":   func(b *plugin.Batch) { b.Lines = b.Lines[:3] },
		"line open":   func(b *plugin.Batch) { b.Lines = b.Lines[:5] },
		"extra bytes": func(b *plugin.Batch) { b.Lines = append(b.Lines, 'x') },
		"no reason":   func(b *plugin.Batch) { b.Rejects[0].Reason = "" },
		"spool path":  func(b *plugin.Batch) { b.Rejects[0].Spool = "../../etc/passwd" },
		"big cursor":  func(b *plugin.Batch) { b.Cursor = make([]byte, 65<<10) },
	} {
		b := good()
		spoil(b)
		if checkBatch(b, 2, 5) == "" {
			t.Errorf("%s is not noticed", name)
		}
	}
}

func TestDeathOfAPluginIsTransientAndItsLastWordsAreKept(t *testing.T) {
	h, _ := newHost(t, Options{})
	s := openSource(t, h, config("die", 10, 1))
	defer s.Close()
	_, err := readAll(t.Context(), s)
	if fault.ClassOf(err) != fault.Transient || !strings.Contains(err.Error(), "probe") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got class %q: %v", fault.ClassOf(err), err)
	}
	if tail := strings.Join(s.Tail(), "\n"); !strings.Contains(tail, "last words") {
		t.Errorf("tail %q", tail)
	}
	k := openSource(t, h, config("", 1e6, 1000))
	defer k.Close()
	err = k.Read(t.Context(), shardA(), nil, "", func(*plugin.Batch) error { return syscall.Kill(k.PID(), syscall.SIGKILL) })
	if fault.ClassOf(err) != fault.Transient || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("got class %q: %v", fault.ClassOf(err), err)
	}
}

func TestStalledSourceIsEnded(t *testing.T) {
	h, _ := newHost(t, Options{Stall: 300 * time.Millisecond})
	s := openSource(t, h, config("hang", 10, 1))
	start := time.Now()
	_, err := readAll(t.Context(), s)
	if fault.ClassOf(err) != fault.Transient || !strings.Contains(err.Error(), "gave nothing") || time.Since(start) > 5*time.Second {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
	waitGone(t, s.PID())
	slow := openSource(t, h, config("", 3000, 1000))
	defer slow.Close()
	err = slow.Read(t.Context(), shardA(), nil, "", func(*plugin.Batch) error { time.Sleep(500 * time.Millisecond); return nil })
	if err != nil {
		t.Errorf("a slow consumer counts as a stalled source: %v", err)
	}
}

func TestCancelEndsARead(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		h, _ := newHost(t, o)
		s := openSource(t, h, config("", 1<<30, 1000))
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		var at time.Time
		err := s.Read(ctx, shardA(), nil, "", func(*plugin.Batch) error { at = time.Now(); cancel(); return nil })
		if !errors.Is(err, context.Canceled) || time.Since(at) > time.Second {
			t.Fatalf("after %s: %v", time.Since(at), err)
		}
		stop := errors.New("enough")
		if err := s.Read(t.Context(), shardA(), nil, "", func(*plugin.Batch) error { return stop }); err != stop {
			t.Fatalf("the consumer's error became %v", err)
		}
	})
}

func TestPluginSeesNothingOfTheHost(t *testing.T) {
	t.Setenv("CHATFERRY_TEST_SECRET", "hush")
	h, l := newHost(t, Options{Memory: "60MiB", GC: "50"})
	s := openSource(t, h, config("env", 2, 1))
	defer s.Close()
	_, err := readAll(t.Context(), s)
	if err == nil || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "PATH=") || strings.Contains(err.Error(), "CHATFERRY_PLUGIN") {
		t.Errorf("environment: %v", err)
	}
	if !strings.Contains(err.Error(), "GOMEMLIMIT=60MiB") || !strings.Contains(err.Error(), "GOGC=50") {
		t.Errorf("memory limits are missing: %v", err)
	}
	p := openSource(t, h, config("pwd", 2, 1))
	defer p.Close()
	_, err = readAll(t.Context(), p)
	if err == nil || !strings.Contains(err.Error(), h.dir+"/w") || !strings.Contains(err.Error(), "false") {
		t.Errorf("folder and terminal: %v", err)
	}
	out := openSource(t, h, config("print", 10, 1))
	if n, err := readAll(t.Context(), out); n != 10 || err != nil {
		t.Errorf("a plugin that prints: %d records, %v", n, err)
	}
	out.Close()
	if !strings.Contains(l.text(), plugin.StdoutWarning) || !strings.Contains(l.text(), `hello \x1b]0;title\x07 out there`) {
		t.Errorf("what was printed:\n%s", l.text())
	}
}

func TestDescribeAndRecognise(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		h, _ := newHost(t, o)
		m, err := h.Describe(t.Context(), Ref{Name: "probe"})
		if err != nil || m.Check() != nil || m.Source == nil || !m.Source.Recognises || len(m.Sink.Settings) != 3 {
			t.Fatalf("%+v %v", m, err)
		}
		if len(h.conns) != 0 {
			t.Error("Describe of a built-in started a process")
		}
		r, err := h.Recognise(t.Context(), Ref{Name: "probe"}, "/a\xffb")
		if err != nil || r.Score != 50 || !strings.HasPrefix(r.Format, "probe-/a") || r.Config["do"] != "x" || r.Notes[0] != `a\x1b[2Jb` {
			t.Fatalf("%+v %v", r, err)
		}
		if _, err := h.Recognise(t.Context(), Ref{Name: "probe"}, "rel"); err == nil {
			t.Error("a relative path is accepted")
		}
		if _, err := h.Describe(t.Context(), Ref{Name: "absent"}); fault.ClassOf(err) != fault.Config {
			t.Errorf("absent plugin: %v", err)
		}
		if _, err := h.OpenSink(t.Context(), Ref{Name: "other"}, nil); fault.ClassOf(err) != fault.Config {
			t.Errorf("a source opened as a sink: %v", err)
		}
	})
}

func TestTransformGivesOneResultForEachRecord(t *testing.T) {
	both(t, func(t *testing.T, o Options) {
		h, _ := newHost(t, o)
		open := func(do string) *Transform {
			x, err := h.OpenTransform(t.Context(), Ref{Name: "probe"}, config(do, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		x := open("")
		defer x.Close()
		var lines []byte
		for i := range 100 {
			lines = append(note(i, strings.Repeat("y", 40000)).Append(lines), '\n')
		}
		list, err := x.Apply(t.Context(), lines, 100)
		if err != nil || len(list) != 100 {
			t.Fatal(len(list), err)
		}
		for i, a := range list {
			want := len(fmt.Sprint(i))
			if i%10 == 5 {
				want = 0
			}
			if a.Count != want || strings.Count(string(a.Lines), "\n") != want || (a.Filtered == "fives") != (want == 0) {
				t.Errorf("record %d: %d results, %q", i, a.Count, a.Filtered)
			}
		}
		bad := open("vanish")
		defer bad.Close()
		if _, err := bad.Apply(t.Context(), lines, 100); fault.ClassOf(err) != fault.Bug || err == nil {
			t.Errorf("a vanished record: %v", err)
		}
	})
}

// BenchmarkRead is one record of 2 KB through a plugin's process, emitted, sent and checked.
func BenchmarkRead(b *testing.B) {
	h, err := New(Options{Builtins: builtins})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	s, err := h.OpenSource(b.Context(), Ref{Name: "probe"}, config("", b.N, 2000))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.SetBytes(2200)
	b.ReportAllocs()
	b.ResetTimer()
	if n, err := readAll(b.Context(), s); n != b.N || err != nil {
		b.Fatal(n, err)
	}
}
