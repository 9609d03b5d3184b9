package ferrytest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sync"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/plugin"
)

// SourceCase is a source with an input it reads to the end.
type SourceCase struct {
	Plugin plugin.Plugin  // a built-in one; TestMain must call Main with it
	Binary string         // or the program of a third party's
	Config map[string]any // settings that read the input; paths may be relative to the test
	// Path is the setting that names the input. Its files are copied and damaged in many ways, and the
	// source must recognise it if it recognises anything. Default: the first setting of type path.
	Path   string
	Golden string // file with every record and reject in order; written by -update
	// Damaged are inputs that are Config's with something cut off or garbled. None may read as if it
	// were whole but smaller.
	Damaged []Damage
}

// Damage is a damaged input.
type Damage struct {
	Name   string
	Config map[string]any
}

// Source checks a source.
func Source(t *testing.T, c SourceCase) {
	t.Helper()
	modes(t, c.Plugin, c.Binary, func(t *testing.T, s *subject) {
		if s.manifest.Source == nil {
			t.Fatal("the plugin has no source")
		}
		for _, set := range s.manifest.Source.Settings {
			if c.Path == "" && set.Type == "path" {
				c.Path = set.Name
			}
		}
		k := &sourceKit{subject: s, c: c, traits: *s.manifest.Source}
		k.config = absolute(t, c.Config, k.traits.Settings)
		t.Run("manifest and settings", k.manifestAndSettings)
		k.whole = k.readAll(t, k.host, k.config)
		t.Run("discover is repeatable", k.discoverTwice)
		t.Run("records are valid", k.recordsAreValid)
		t.Run("order and counts are as claimed", k.claims)
		t.Run("reads are repeatable", k.readsAreRepeatable)
		t.Run("census", k.census)
		t.Run("resume from every checkpoint", k.resume)
		t.Run("cancel", k.cancel)
		t.Run("slow consumer", k.slowConsumer)
		t.Run("damaged input", k.damaged)
		t.Run("recognise", k.recognise)
		if k.process {
			t.Run("kill", k.kill)
		}
		if c.Golden != "" {
			t.Run("golden", func(t *testing.T) { golden(t, c.Golden, k.whole.text()) })
		}
	})
}

type sourceKit struct {
	*subject
	c      SourceCase
	traits plugin.SourceTraits
	config json.RawMessage
	whole  *reading
}

// reading is all that a source gave.
type reading struct {
	shards []plugin.Shard
	parts  []part // parallel to shards
}

// part is what a source gave for one shard.
type part struct {
	lines   []byte
	count   int
	rejects []plugin.Reject
	marks   []mark
	spool   string
}

// mark is a checkpoint: what had been given when it was made.
type mark struct {
	cursor  plugin.Cursor
	lines   int
	rejects int
}

// text is a reading as lines, rejects included.
func (r *reading) text() []byte {
	var b []byte
	for i := range r.parts {
		b = append(b, r.parts[i].text()...)
	}
	return b
}

func (p *part) text() []byte {
	b := bytes.Clone(p.lines)
	for _, r := range p.rejects {
		line, _ := json.Marshal(map[string]any{"reject": r.Reason, "detail": r.Detail, "key": r.Key, "at": r.At, "bytes": len(r.Bytes), "spool": r.Spool})
		b = append(append(b, line...), '\n')
	}
	return b
}

// count is how many records and rejects there are.
func (r *reading) count() (records, rejects int) {
	for _, p := range r.parts {
		records, rejects = records+p.count, rejects+len(p.rejects)
	}
	return records, rejects
}

func (k *sourceKit) open(t *testing.T, h *host.Host, config json.RawMessage) *host.Source {
	t.Helper()
	src, err := h.OpenSource(t.Context(), k.ref, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// readAll reads an input that must be readable.
func (k *sourceKit) readAll(t *testing.T, h *host.Host, config json.RawMessage) *reading {
	t.Helper()
	r, err := k.tryAll(t, h, config)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (k *sourceKit) tryAll(t *testing.T, h *host.Host, config json.RawMessage) (*reading, error) {
	t.Helper()
	src, err := h.OpenSource(t.Context(), k.ref, config)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	r := new(reading)
	if r.shards, err = discover(t.Context(), src); err != nil {
		return nil, err
	}
	for _, sh := range r.shards {
		p, err := readPart(t, t.Context(), src, sh, nil)
		if err != nil {
			return nil, err
		}
		r.parts = append(r.parts, *p)
	}
	return r, nil
}

func discover(ctx context.Context, src *host.Source) (list []plugin.Shard, err error) {
	err = src.Discover(ctx, func(sh plugin.Shard) error { list = append(list, sh); return nil })
	return list, err
}

func readPart(t *testing.T, ctx context.Context, src *host.Source, sh plugin.Shard, cur plugin.Cursor) (*part, error) {
	t.Helper()
	p := &part{spool: t.TempDir()}
	err := src.Read(ctx, sh, cur, p.spool, func(b *plugin.Batch) error {
		p.lines = append(p.lines, b.Lines...)
		p.count += b.Count
		p.rejects = append(p.rejects, b.Rejects...)
		if b.Cursor != nil {
			p.marks = append(p.marks, mark{b.Cursor, len(p.lines), len(p.rejects)})
		}
		return nil
	})
	return p, err
}

func (k *sourceKit) manifestAndSettings(t *testing.T) {
	checkManifest(t, k.manifest, k.c.Config, k.traits.Settings, func(config json.RawMessage) error {
		src, err := k.host.OpenSource(t.Context(), k.ref, config)
		if err == nil {
			src.Close()
		}
		return err
	})
}

func (k *sourceKit) discoverTwice(t *testing.T) {
	if len(k.whole.shards) == 0 {
		t.Fatal("there are no shards; give the kit an input with records")
	}
	src := k.open(t, k.host, k.config)
	for range 2 {
		again, err := discover(t.Context(), src)
		if err != nil || !reflect.DeepEqual(again, k.whole.shards) {
			t.Fatalf("another Discover gave other shards (%v):\n%+v\n%+v", err, k.whole.shards, again)
		}
	}
}

// readsAreRepeatable reads in other batches, in other processes and all shards at once.
func (k *sourceKit) readsAreRepeatable(t *testing.T) {
	want := k.whole.text()
	for _, batch := range []int{0, 1, 1000} {
		if got := k.readAll(t, k.newHost(t, batch), k.config).text(); !bytes.Equal(got, want) {
			t.Errorf("with batches of %d bytes the source gave something else%s", batch, firstDifference(got, want))
		}
	}
	src := k.open(t, k.host, k.config)
	got := &reading{parts: make([]part, len(k.whole.shards))}
	errs := make([]error, len(k.whole.shards))
	var wg sync.WaitGroup
	spools := make([]string, len(k.whole.shards))
	for i := range spools {
		spools[i] = t.TempDir()
	}
	limit := make(chan bool, 8)
	for i, sh := range k.whole.shards {
		wg.Go(func() {
			limit <- true
			defer func() { <-limit }()
			p := &got.parts[i]
			errs[i] = src.Read(t.Context(), sh, nil, spools[i], func(b *plugin.Batch) error {
				p.lines, p.rejects = append(p.lines, b.Lines...), append(p.rejects, b.Rejects...)
				return nil
			})
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got.text(), want) {
		t.Errorf("shards read at the same time gave something else%s", firstDifference(got.text(), want))
	}
}

func firstDifference(got, want []byte) string {
	n := 0
	for n < len(got) && n < len(want) && got[n] == want[n] {
		n++
	}
	start := max(0, n-80)
	return fmt.Sprintf(" at byte %d:\n got …%.300s\nwant …%.300s", n, got[start:], want[start:])
}

// resume goes on from the checkpoints of a read that checkpointed as often as it could.
func (k *sourceKit) resume(t *testing.T) {
	h := k.newHost(t, 1)
	src := k.open(t, h, k.config)
	found, works := 0, true
	for i, sh := range k.whole.shards {
		p, err := readPart(t, t.Context(), src, sh, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range some(p.marks, 40) {
			found++
			rest, err := readPart(t, t.Context(), src, sh, m.cursor)
			if err == nil && bytes.Equal(rest.lines, p.lines[m.lines:]) && sameRejects(rest.rejects, p.rejects[m.rejects:]) {
				continue
			}
			works = false
			if k.traits.Resumable {
				t.Fatalf("shard %s (%d) from cursor %q: want the %d bytes that were left, got %d (%v)", sh.ID, i, m.cursor, len(p.lines)-m.lines, rest.size(), err)
			}
		}
	}
	switch {
	case k.traits.Resumable && found == 0:
		t.Error("the source claims to be resumable but makes no checkpoint")
	case !k.traits.Resumable && found > 0 && works:
		t.Error("the source is resumable but does not claim it: set Resumable")
	case !k.traits.Resumable && found > 0:
		t.Error("the source makes checkpoints that do not work: claim and honour them, or make none")
	}
}

func (p *part) size() int {
	if p == nil {
		return 0
	}
	return len(p.lines)
}

func sameRejects(a, b []plugin.Reject) bool {
	return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
}

// some picks at most n elements, the first and the last among them.
func some[T any](list []T, n int) []T {
	if len(list) <= n {
		return list
	}
	var out []T
	for i := range n {
		out = append(out, list[i*(len(list)-1)/(n-1)])
	}
	return out
}

// kill kills the plugin before and within a read.
func (k *sourceKit) kill(t *testing.T) {
	h := k.newHost(t, 1)
	for i, sh := range some(k.whole.shards, 3) {
		src := k.open(t, h, k.config)
		killed := false
		p := new(part)
		err := src.Read(t.Context(), sh, nil, t.TempDir(), func(b *plugin.Batch) error {
			if !killed {
				killed = true
				killProcess(t, src.PID())
			}
			p.lines, p.rejects = append(p.lines, b.Lines...), append(p.rejects, b.Rejects...)
			return nil
		})
		switch whole := k.partOf(sh.ID); {
		case err == nil && killed && !bytes.Equal(p.lines, whole.lines): // else all had been sent before
			t.Errorf("shard %d: the plugin was killed, and its records ended early without an error", i)
		case err != nil && fault.ClassOf(err) != fault.Transient:
			t.Errorf("shard %d: killed within a read: %v", i, err)
		}
		if !killed {
			killProcess(t, src.PID())
		}
		if _, err := readPart(t, t.Context(), src, sh, nil); fault.ClassOf(err) != fault.Transient || err == nil {
			t.Errorf("shard %d: killed before a read: %v", i, err)
		}
	}
	if got, want := k.readAll(t, k.host, k.config).text(), k.whole.text(); !bytes.Equal(got, want) {
		t.Errorf("after a kill another process gave something else%s", firstDifference(got, want))
	}
}

func (k *sourceKit) partOf(id string) *part {
	for i, sh := range k.whole.shards {
		if sh.ID == id {
			return &k.whole.parts[i]
		}
	}
	return new(part)
}

func killProcess(t *testing.T, pid int) {
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Error(err)
	}
}
