package progress

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update to accept\n%s", name, got)
	}
}

// run plays a run of twelve seconds against a printer; the clock is the bubble's.
func run(t *testing.T, p Printer) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(p)
		time.Sleep(50 * time.Millisecond) // never at the moment of a tick
		m.Start(Plan{Stage: Copy, Resumed: true, Shards: []Shard{
			{ID: "directory", Label: "people", Bytes: 1000, Done: true},
			{ID: "C01", Label: "general \x1b[31m", Bytes: 6_000_000}, {ID: "C02", Bytes: 5_999_000},
		}})
		for i, id := range []string{"C01", "C02"} {
			m.Shard(id, Started)
			for range 6 {
				time.Sleep(time.Second)
				m.Add(Delta{Read: 1000, Delivered: 999, Bytes: 900_000})
				m.Add(Delta{Rejected: 1})
			}
			m.Reject(Reject{Shard: id, Reason: "not_json", File: "general/2019-04-0\u202e" + fmt.Sprint(i) + ".json", Index: "17"})
			m.Shard(id, Done)
		}
		m.Log(Debug, "not shown")
		m.Log(Warn, "disk is \x1b[2Jnearly full")
		m.Start(Plan{Stage: ReadBack})
		time.Sleep(2500 * time.Millisecond)
		m.Add(Delta{Read: 500})
		m.Done(report.Summary{Read: 12, Delivered: 12})
		m.Close()
		m.Log(Error, "after the end")
	})
}

func TestPlainLines(t *testing.T) {
	var b bytes.Buffer
	run(t, NewPlain(&b, Info))
	golden(t, "plain.txt", b.String())
}

func TestJSONEvents(t *testing.T) {
	var b bytes.Buffer
	run(t, NewJSON(&b, Info))
	events, summary, _ := strings.Cut(b.String(), `"summary":`)
	if !strings.HasPrefix(summary, `{"read":12,"delivered":12,`) {
		t.Errorf("the summary is %s", summary)
	}
	golden(t, "events.json", events+"\n") // what is in a summary is core/report's to test
	for _, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil || e["event"] == "" {
			t.Errorf("%v in %s", err, line)
		}
	}
}

func TestLiveLine(t *testing.T) {
	var b bytes.Buffer
	run(t, NewLive(&b, func() int { return 100 }, Info, true))
	out := strings.NewReplacer("\r", "<home>", "\x1b[K", "<erase>\n", "\x1b", "<esc>").Replace(b.String())
	golden(t, "live.txt", out)
	if n := strings.Count(out, "<erase>"); n > 155 {
		t.Errorf("%d drawings in 14.5 seconds", n)
	}
}

func TestQuietShowsErrorsOnly(t *testing.T) {
	var b bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(NewQuiet(&b))
		m.Start(Plan{Stage: Copy})
		m.Add(Delta{Read: 5})
		m.Reject(Reject{Shard: "C1", Reason: "not_json"})
		m.Log(Error, "unit C1 does not balance")
		time.Sleep(10 * time.Second)
		m.Close()
	})
	if b.String() != "error: unit C1 does not balance\n" {
		t.Errorf("got %q", b.String())
	}
}

func TestLineFitsEveryWidth(t *testing.T) {
	s := Snapshot{Delta: Delta{Read: 123_456_789, Rejected: 12345}, Stage: ReadBack, Percent: 61.2, PerSecond: 48_200, BytesRate: 96e6,
		Total: 1e12, Left: 3*time.Hour + 4*time.Minute, LeftKnown: true, Shards: 1200, ShardsDone: 7}
	for width := 10; width < 200; width++ {
		if got := safe.Width(compose(s, width)); got > width {
			t.Errorf("%d columns in a width of %d", got, width)
		}
	}
	if line := compose(s, 40); !strings.Contains(line, "61%") || !strings.Contains(line, "123,456,789") {
		t.Errorf("at 40 columns percent and count are gone: %q", line)
	}
}

// slow blocks on every event until it is let go.
type slow struct {
	mu     sync.Mutex
	gate   chan struct{}
	events int
	ticks  int
}

func (s *slow) Event(Event) {
	<-s.gate
	s.mu.Lock()
	s.events++
	s.mu.Unlock()
}
func (s *slow) Tick(Snapshot) { s.ticks++ }
func (s *slow) Close()        {}

func TestEventsAreNeverDropped(t *testing.T) {
	const writers, each = 4, 1000
	p := &slow{gate: make(chan struct{})}
	m := NewMeter(p)
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				m.Reject(Reject{Reason: "not_json"})
				m.Add(Delta{Rejected: 1})
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	if n := m.counts().Rejected; n > queueSize+writers+1 {
		t.Errorf("%d events accepted while the printer stands still: the queue is not bounded", n)
	}
	close(p.gate)
	wg.Wait()
	m.Close()
	if p.events != writers*each {
		t.Errorf("%d events shown of %d", p.events, writers*each)
	}
}

func TestTicksAreCoalesced(t *testing.T) {
	p := &slow{gate: make(chan struct{})}
	close(p.gate)
	synctest.Test(t, func(t *testing.T) {
		m := NewMeter(p)
		m.Start(Plan{Stage: Copy})
		for range 10_000 {
			m.Add(Delta{Read: 1})
			time.Sleep(time.Millisecond)
		}
		m.Close()
	})
	if p.ticks < 95 || p.ticks > 101 {
		t.Errorf("%d ticks in ten seconds", p.ticks)
	}
}

func TestRateFollowsAChange(t *testing.T) {
	var r rate
	now, v := time.Unix(0, 0), 0.0
	r.observe(now, v)
	step := func(seconds int, per float64) {
		for range seconds {
			now, v = now.Add(time.Second), v+per
			r.observe(now, v)
		}
	}
	step(1, 100)
	if got := r.perSecond(); got < 99 || got > 101 {
		t.Errorf("after one second %v, want 100", got)
	}
	step(30, 100)
	step(45, 10)
	if got := r.perSecond(); got < 10 || got > 16 {
		t.Errorf("45 s after the change %v, want near 10", got)
	}
}

func TestPositionNeverGoesBackAndStaysInBounds(t *testing.T) {
	p := position{total: 100, active: 40}
	last, read := int64(0), int64(0)
	for done := int64(0); done < 100; done += 20 {
		for range 10 {
			read += 5 // canonical bytes are 2.5 times the source's
			got := p.at(read)
			if got < last || got < p.done || got > p.done+p.active || got > p.total {
				t.Fatalf("position %d after %d, done %d", got, last, p.done)
			}
			last = got
		}
		p.done += 20
		p.active = min(p.active, p.total-p.done)
		p.settle(read)
	}
	if got := p.at(read); got != 100 {
		t.Errorf("at the end the position is %d", got)
	}
}

func TestAddCostsNoAllocation(t *testing.T) {
	m := NewMeter(NewQuiet(&bytes.Buffer{}))
	defer m.Close()
	if n := testing.AllocsPerRun(100, func() { m.Add(Delta{Read: 1, Delivered: 1, Bytes: 2000}) }); n != 0 {
		t.Errorf("Add allocates %v times", n)
	}
}

func TestChoosePrinter(t *testing.T) {
	env := func(string) string { return "" }
	for mode, want := range map[string]string{"auto": "*progress.plain", "plain": "*progress.plain", "json": "*progress.jsonLines", "line": "*progress.live", "none": "*progress.quiet"} {
		p, err := Choose(mode, &bytes.Buffer{}, Info, env)
		if err != nil || fmt.Sprintf("%T", p) != want {
			t.Errorf("%s gives %T, %v", mode, p, err)
		}
	}
	if _, err := Choose("loud", &bytes.Buffer{}, Info, env); err == nil {
		t.Error("an unknown mode is accepted")
	}
}

func TestClock(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0:00", 42 * time.Second: "0:42", 723 * time.Second: "12:03", 3723 * time.Second: "1:02:03", 76 * time.Hour: "3 d 04 h"} {
		if got := Clock(d); got != want {
			t.Errorf("Clock(%v) = %s, want %s", d, got, want)
		}
	}
}
