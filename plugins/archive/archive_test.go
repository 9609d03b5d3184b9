package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/media"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/schema"
)

func sha256sum(t *testing.T, dir string) {
	t.Helper()
	program, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("no sha256sum here")
	}
	cmd := exec.Command(program, "-c", "--strict", "--quiet", manifestName)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("sha256sum -c: %v\n%s", err, out)
	}
}

func TestManifestCoversEveryFileAndSatisfiesSha256sum(t *testing.T) {
	r := newRig(t)
	r.deliver(r.sample())
	files := tree(t, r.dir)
	listed := map[string]bool{manifestName: true}
	last := ""
	for _, line := range strings.Split(strings.TrimSuffix(files[manifestName], "\n"), "\n") {
		_, name, _ := strings.Cut(line, "  ")
		if name <= last {
			t.Errorf("%s stands after %s", name, last)
		}
		last, listed[name] = name, true
	}
	for name := range files {
		if !listed[name] {
			t.Errorf("%s is not in the manifest", name)
		}
	}
	if len(listed) != len(files) {
		t.Errorf("the manifest lists %d files, there are %d", len(listed)-1, len(files)-1)
	}
	if len(files) != 1+1+1+10+2+2+4 { // manifest, header, readme, schemas, media, indexes, segments
		t.Errorf("%d files", len(files))
	}
	sha256sum(t, r.dir)
}

func TestReadBackGivesEveryRecordAsWritten(t *testing.T) {
	r := newRig(t)
	loads := r.sample()
	r.deliver(loads)
	lines, err := r.readBack()
	if err != nil {
		t.Fatal(err)
	}
	sameLines(t, "read-back", lines, linesOf(loads))
	for _, line := range lines {
		if err := schema.Validate([]byte(line)); err != nil {
			t.Error(err)
		}
	}
}

func TestSegmentsAreReadableByTheZstdProgram(t *testing.T) {
	program, err := exec.LookPath("zstd")
	if err != nil {
		t.Skip("no zstd here")
	}
	r := newRig(t)
	loads := r.sample()
	r.deliver(loads)
	out, err := exec.Command(program, "-dc", filepath.Join(r.dir, segmentPath(1, "0001", 1))).Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(linesOf(loads[1:2]), "\n") + "\n"; string(out) != want {
		t.Error("zstd gives other lines")
	}
}

func TestArchiveToSourceToArchiveIsIdentical(t *testing.T) {
	first := newRig(t)
	first.deliver(first.sample())
	second := newRig(t)
	src := first.source()
	sink := second.sink(true)
	byID := map[string]plugin.ShardReceipt{}
	for _, sh := range discover(t, src) {
		g, err := readShard(t, src, sh, nil)
		if err != nil || len(g.rejects) > 0 {
			t.Fatal(err, g.rejects)
		}
		if int64(len(g.lines)) != sh.Records {
			t.Errorf("shard %s says %d records and gives %d", sh.ID, sh.Records, len(g.lines))
		}
		entries, _ := os.ReadDir(g.spool)
		for _, e := range entries {
			if err := second.store.Adopt(filepath.Join(g.spool, e.Name()), e.Name()); err != nil {
				t.Fatal(err)
			}
		}
		l := load{Shard: sh}
		for _, line := range g.lines {
			rec, err := message.Decode(line)
			if err != nil {
				t.Fatal(err)
			}
			l.records = append(l.records, rec)
		}
		byID[sh.ID] = second.commit(sink, l)
	}
	var receipts []plugin.ShardReceipt
	for _, l := range first.sample() { // in the first archive's order: directories may stand last there
		receipts = append(receipts, byID[l.ID])
	}
	if err := sink.Finish(context.Background(), receipts); err != nil {
		t.Fatal(err)
	}
	sameTree(t, tree(t, second.dir), tree(t, first.dir))
}

func TestOutputDoesNotDependOnScheduleOrEarlierUse(t *testing.T) {
	want := newRig(t)
	want.deliver(want.sample())
	r := newRig(t)
	loads := r.sample()
	s := r.sink(true)
	receipts := make([]plugin.ShardReceipt, len(loads))
	for range 2 { // the second time, compressors are used ones
		var wg sync.WaitGroup
		for i := range loads {
			wg.Add(1)
			go func() {
				defer wg.Done()
				receipts[len(loads)-1-i] = r.commit(s, loads[len(loads)-1-i])
			}()
		}
		wg.Wait()
	}
	if err := s.Finish(context.Background(), receipts); err != nil {
		t.Fatal(err)
	}
	sameTree(t, tree(t, r.dir), tree(t, want.dir))
}

func TestMediaAreCopiedFromAnotherFileSystem(t *testing.T) {
	other, err := os.MkdirTemp("/dev/shm", "archive-test-")
	if err != nil {
		t.Skip("no /dev/shm here")
	}
	defer os.RemoveAll(other)
	want := newRig(t)
	want.deliver(want.sample())
	r := newRig(t)
	if r.store, err = media.Open(other); err != nil {
		t.Fatal(err)
	}
	r.deliver(r.sample())
	sameTree(t, tree(t, r.dir), tree(t, want.dir))
}

// countdown is a context that ends after a number of looks at it.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestFinishMayBeInterruptedAnywhereAndRepeated(t *testing.T) {
	want := newRig(t)
	want.deliver(want.sample())
	r := newRig(t)
	loads := r.sample()
	s := r.sink(true)
	var receipts []plugin.ShardReceipt
	for _, l := range loads {
		receipts = append(receipts, r.commit(s, l))
	}
	interrupted := 0
	for n := 0; ; n++ {
		err := s.Finish(&countdown{context.Background(), n}, receipts)
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		interrupted++
		if _, err := os.Stat(filepath.Join(r.dir, manifestName)); err == nil {
			t.Fatal("there is a manifest before Finish is through")
		}
	}
	if interrupted < 6 {
		t.Errorf("interrupted %d times only", interrupted)
	}
	for range 2 {
		if err := s.Finish(context.Background(), receipts); err != nil {
			t.Fatal(err)
		}
		sameTree(t, tree(t, r.dir), tree(t, want.dir))
	}
}

func TestACrashLeavesNothingBehind(t *testing.T) {
	want := newRig(t)
	want.deliver(want.sample())
	r := newRig(t)
	loads := r.sample()
	s := r.sink(true)
	receipts := make([]plugin.ShardReceipt, len(loads))
	for i, l := range loads {
		if i%2 == 0 {
			receipts[i] = r.commit(s, l)
			continue
		}
		w, err := s.Begin(context.Background(), plugin.Shard{ID: l.ID}) // with other content, never committed
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(msg("C9", i, "lost")); err != nil {
			t.Fatal(err)
		}
	}
	s = r.sink(false)
	for name := range tree(t, r.work) {
		if strings.Contains(name, openSuffix) {
			t.Errorf("%s is still there", name)
		}
	}
	if len(tree(t, r.dir)) != 0 {
		t.Error("something stands under a final name before Finish")
	}
	for i, l := range loads {
		if i%2 == 1 {
			receipts[i] = r.commit(s, l)
		}
	}
	receipts[0] = r.commit(s, loads[0]) // committed here, but not in the ledger
	if err := s.Finish(context.Background(), receipts); err != nil {
		t.Fatal(err)
	}
	sameTree(t, tree(t, r.dir), tree(t, want.dir))
}

func TestAbortDiscardsTheShard(t *testing.T) {
	r := newRig(t)
	s := r.sink(true)
	w, err := s.Begin(context.Background(), plugin.Shard{ID: "0001"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(msg("C1", 1, "x")); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if left := tree(t, r.work); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

func TestReadingGoesOnAtAnyCursor(t *testing.T) {
	r := newRig(t)
	l := load{Shard: plugin.Shard{ID: "big"}}
	for i := range 60 {
		l.records = append(l.records, msg("C1", i, strings.Repeat("\u4e2d", 100)))
	}
	first := 0
	for _, rec := range l.records[:20] {
		first += len(rec.Append(nil)) + 1
	}
	r.segment = int64(first) // 20 records each
	r.deliver([]load{l})
	src := r.source()
	sh := discover(t, src)[0]
	all, err := readShard(t, src, sh, nil)
	if err != nil {
		t.Fatal(err)
	}
	sameLines(t, "whole shard", all.lines, linesOf([]load{l}))
	if n := len(tree(t, filepath.Join(r.dir, recordsDir))); n != 3 {
		t.Errorf("%d segments", n)
	}
	for _, n := range []int{0, 1, 19, 20, 21, 40, 59, 60} {
		rest, err := readShard(t, src, sh, plugin.Cursor(fmt.Sprint(n)))
		if err != nil {
			t.Fatal(err)
		}
		sameLines(t, fmt.Sprintf("after %d", n), rest.lines, all.lines[n:])
	}
	if _, err := readShard(t, src, sh, plugin.Cursor("-1")); err == nil {
		t.Error("a wrong cursor is taken")
	}
}

func TestCursorsStandWhereTheySay(t *testing.T) {
	r := newRig(t)
	l := load{Shard: plugin.Shard{ID: "s"}}
	for i := range 3000 {
		l.records = append(l.records, msg("C1", i, strings.Repeat("x", 1000)))
	}
	r.deliver([]load{l})
	src := r.source()
	g, err := readShard(t, src, discover(t, src)[0], nil)
	if err != nil || len(g.cursors) == 0 {
		t.Fatal(err, g.cursors)
	}
	for cur, n := range g.cursors {
		if cur != fmt.Sprint(n) {
			t.Errorf("cursor %s came after %d records", cur, n)
		}
	}
}

func TestRecogniseKnowsTheFolderAndTheHeader(t *testing.T) {
	r := newRig(t)
	r.deliver(r.sample())
	recognise := Plugin().Source.Recognise
	for _, path := range []string{r.dir, filepath.Join(r.dir, headerName)} {
		got := recognise(context.Background(), path)
		if got.Score != 100 || got.Format != "chatferry-archive" || got.Config["path"] != r.dir {
			t.Errorf("%s: %+v", path, got)
		}
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, headerName), []byte(`{"format":"zip"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{other, filepath.Join(r.dir, manifestName), filepath.Join(other, "none"), "/dev/null"} {
		if got := recognise(context.Background(), path); got.Score != 0 {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

func TestTheStoreMustHoldWhatIsPresent(t *testing.T) {
	r := newRig(t)
	rec := r.attach(msg("C1", 1, "x"), "content")
	if err := os.Remove(r.store.Path(rec.Message.Attachments[0].SHA256)); err != nil {
		t.Fatal(err)
	}
	w, err := r.sink(true).Begin(context.Background(), plugin.Shard{ID: "0001"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(rec); fault.ClassOf(err) != fault.Storage {
		t.Errorf("got %v", err)
	}
}
