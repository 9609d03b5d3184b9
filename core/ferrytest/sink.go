package ferrytest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"testing"

	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// SinkCase is a sink.
type SinkCase struct {
	Plugin plugin.Plugin  // a built-in one; TestMain must call Main with it
	Binary string         // or the program of a third party's
	Config map[string]any // settings; paths may be relative to the test
	// Project does what the host does for this sink before it gets a record: the sink's projection. It
	// sees the corpus in its order, once. nil: the sink is exact.
	Project func(r *message.Record) []*message.Record
	// Output checks the finished files, with a program of the target or by its rules. May be nil.
	Output func(t *testing.T, dir string)
}

// Sink checks a sink with the Corpus.
func Sink(t *testing.T, c SinkCase) {
	t.Helper()
	media := t.TempDir()
	modes(t, c.Plugin, c.Binary, func(t *testing.T, s *subject) {
		if s.manifest.Sink == nil {
			t.Fatal("the plugin has no sink")
		}
		k := &sinkKit{subject: s, c: c, traits: *s.manifest.Sink, media: media}
		k.config = absolute(t, c.Config, k.traits.Settings)
		t.Run("manifest and settings", k.manifestAndSettings)
		k.prepare(t)
		t.Run("deliver and read back", k.deliver)
		if t.Failed() {
			return // nothing to compare the rest with
		}
		t.Run("other batches and order of shards", k.otherBatches)
		t.Run("shards at the same time", k.concurrent)
		t.Run("abort and begin again", k.abort)
		t.Run("given up before commit", k.givenUp)
		if k.process {
			t.Run("killed before commit", k.killedBeforeCommit)
			t.Run("killed within commit", k.killedWithinCommit)
			t.Run("killed within finish", k.killedWithinFinish)
		}
	})
}

type sinkKit struct {
	*subject
	c        SinkCase
	traits   plugin.SinkTraits
	config   json.RawMessage
	media    string
	shards   []batchOf         // what the sink gets
	files    map[string]string // digest by path: what it made of it
	rejected map[string]string // reason by key
}

// batchOf is a shard as lines.
type batchOf struct {
	shard plugin.Shard
	lines [][]byte
	keys  []string
}

// target is one place to deliver to.
type target struct {
	dir, work string
	receipts  []plugin.ShardReceipt
}

// prepare projects and orders the corpus.
func (k *sinkKit) prepare(t *testing.T) {
	for _, ch := range Corpus(t, k.media) {
		var list []*message.Record
		for _, r := range ch.Records {
			if k.c.Project == nil {
				list = append(list, r)
			} else {
				list = append(list, k.c.Project(r)...)
			}
		}
		if !ch.Shard.Directory && k.traits.Order != plugin.AnyOrder {
			sort.SliceStable(list, func(i, j int) bool { return orderKey(k.traits.Order, list[i]) < orderKey(k.traits.Order, list[j]) })
		}
		b := batchOf{shard: ch.Shard}
		for _, r := range list {
			b.lines = append(b.lines, append(r.Append(nil), '\n'))
			b.keys = append(b.keys, r.Key())
		}
		k.shards = append(k.shards, b)
	}
}

func (k *sinkKit) newTarget(t *testing.T) *target {
	t.Helper()
	root := t.TempDir()
	g := &target{dir: filepath.Join(root, "out"), work: filepath.Join(root, "work"), receipts: make([]plugin.ShardReceipt, len(k.shards))}
	for _, dir := range []string{g.dir, g.work} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func (k *sinkKit) run(g *target, fresh bool) plugin.Run {
	return plugin.Run{ID: "run-1", Dir: g.dir, Work: g.work, Media: k.media, Generation: 1, Fresh: fresh}
}

// open starts the sink on a target, twice as after a crash.
func (k *sinkKit) open(t *testing.T, g *target, fresh bool) *host.Sink {
	t.Helper()
	s, err := k.host.OpenSink(t.Context(), k.ref, k.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for range 2 {
		if err := s.Open(t.Context(), k.run(g, fresh)); err != nil {
			t.Fatal(err)
		}
		fresh = false
	}
	return s
}

// write hands over a shard from a record on, batch records at a time.
func (k *sinkKit) write(w *host.SinkShard, b batchOf, batch int) error {
	for i := 0; i < len(b.lines); i += batch {
		end := min(i+batch, len(b.lines))
		var lines []byte
		for _, line := range b.lines[i:end] {
			lines = append(lines, line...)
		}
		outcomes, err := w.Write(lines, end-i)
		if err != nil {
			return err
		}
		for j, o := range outcomes {
			if o.Status == plugin.Rejected {
				k.rejected[b.keys[i+j]] = o.Reason
			} else if o.Status == plugin.Duplicate {
				return fmt.Errorf("record %s is a duplicate in an empty target", b.keys[i+j])
			}
		}
	}
	return nil
}

// one delivers shard i.
func (k *sinkKit) one(t *testing.T, s *host.Sink, g *target, i, batch int) error {
	b := k.shards[i]
	w, err := s.Begin(t.Context(), b.shard)
	if err != nil {
		return err
	}
	if err := k.write(w, b, batch); err != nil {
		return fmt.Errorf("write shard %s: %w", b.shard.ID, err)
	}
	receipt, err := w.Commit()
	if err != nil {
		return fmt.Errorf("commit shard %s: %w", b.shard.ID, err)
	}
	g.receipts[i] = plugin.ShardReceipt{Shard: b.shard, Receipt: receipt}
	return nil
}

func (k *sinkKit) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (k *sinkKit) manifestAndSettings(t *testing.T) {
	checkManifest(t, k.manifest, k.c.Config, k.traits.Settings, func(config json.RawMessage) error {
		s, err := k.host.OpenSink(t.Context(), k.ref, config)
		if err == nil {
			s.Close()
		}
		return err
	})
}

// deliver is a delivery without trouble; what it makes is what all others must make.
func (k *sinkKit) deliver(t *testing.T) {
	k.rejected = map[string]string{}
	g := k.newTarget(t)
	s := k.open(t, g, true)
	for i := range k.shards {
		k.must(t, k.one(t, s, g, i, 1000))
	}
	if early := snapshot(t, g.dir); len(early) > 0 {
		t.Errorf("before Finish the target holds %v", names(early))
	}
	k.must(t, s.Finish(t.Context(), g.receipts))
	k.files = snapshot(t, g.dir)
	if len(k.files) == 0 {
		t.Fatal("after Finish the target is empty")
	}
	k.must(t, s.Finish(t.Context(), g.receipts))
	k.same(t, g, "a second Finish")
	k.readBack(t, s)
	k.must(t, s.Close())

	again := k.open(t, g, false)
	k.must(t, again.Finish(t.Context(), g.receipts))
	k.same(t, g, "a Finish after a restart")
	k.readBack(t, again)
	if k.c.Output != nil {
		k.c.Output(t, g.dir)
	}
	if len(k.rejected) > 0 {
		t.Logf("rejected: %v", k.rejected)
	}
}

// readBack compares what the target holds with what went in.
func (k *sinkKit) readBack(t *testing.T, s *host.Sink) {
	t.Helper()
	want := map[string][]string{}
	for _, b := range k.shards {
		for i, key := range b.keys {
			if _, out := k.rejected[key]; !out {
				want[key] = append(want[key], string(b.lines[i]))
			}
		}
	}
	got := map[string][]string{}
	err := s.ReadBack(t.Context(), func(lines []byte, _ int) error {
		eachRecord(t, lines, func(r *message.Record, line string) {
			if err := checkRecord(r, line); err != nil {
				t.Errorf("read back %s: %v", r.Key(), err)
			}
			got[r.Key()] = append(got[r.Key()], line+"\n")
		})
		return nil
	})
	switch {
	case !k.traits.ReadBack && err == nil && len(got) > 0:
		t.Error("the sink can be read back but does not claim it: set ReadBack")
		return
	case !k.traits.ReadBack:
		return
	case err != nil:
		t.Fatal(err)
	}
	shown := 0
	for _, b := range k.shards {
		for _, key := range b.keys {
			w, g := want[key], got[key]
			sort.Strings(w)
			sort.Strings(g)
			if fmt.Sprint(w) != fmt.Sprint(g) && shown < 10 {
				t.Errorf("record %s\nwent in as   %.600s\nread back as %.600s", key, w, g)
				shown++
			}
			delete(got, key)
			delete(want, key)
		}
	}
	for key := range got {
		t.Errorf("read back record %q, which never went in", key)
	}
}

// same compares a target with the first delivery.
func (k *sinkKit) same(t *testing.T, g *target, what string) {
	t.Helper()
	got := snapshot(t, g.dir)
	for path, sum := range k.files {
		if got[path] != sum {
			t.Errorf("%s gives another %s", what, path)
		}
		delete(got, path)
	}
	if len(got) > 0 {
		t.Errorf("%s leaves behind %v", what, names(got))
	}
}

// snapshot is the digest of every file below dir.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		b, err := os.ReadFile(path)
		sum := sha256.Sum256(b)
		files[rel] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func names(files map[string]string) []string {
	var list []string
	for f := range files {
		list = append(list, f)
	}
	sort.Strings(list)
	return list
}
