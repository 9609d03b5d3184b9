package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/media"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// rig is one archive with what a host keeps beside it.
type rig struct {
	t          *testing.T
	dir, work  string
	store      *media.Store
	generation int
	segment    int64 // bytes of text in a segment; 0: as usual
}

func newRig(t *testing.T) *rig {
	t.Helper()
	base := t.TempDir()
	store, err := media.Open(filepath.Join(base, "state", "media"))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, dir: filepath.Join(base, "out"), work: filepath.Join(base, "work"), store: store, generation: 1}
	for _, d := range []string{r.dir, r.work} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// load is a shard with its records.
type load struct {
	plugin.Shard
	records []*message.Record
}

func (r *rig) sink(fresh bool) plugin.Sink {
	r.t.Helper()
	s, err := Plugin().Sink.Open(context.Background(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	if r.segment > 0 {
		s.(*sink).segment = r.segment
	}
	run := plugin.Run{ID: "run", Dir: r.dir, Work: r.work, Media: r.store.Dir(), Generation: r.generation, Fresh: fresh}
	if err := s.Open(context.Background(), run); err != nil {
		r.t.Fatal(err)
	}
	return s
}

func (r *rig) commit(s plugin.Sink, l load) plugin.ShardReceipt {
	r.t.Helper()
	w, err := s.Begin(context.Background(), l.Shard)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, rec := range l.records {
		if out, err := w.Write(rec); err != nil || out != plugin.Done {
			r.t.Fatal(out, err)
		}
	}
	receipt, err := w.Commit()
	if err != nil {
		r.t.Fatal(err)
	}
	return plugin.ShardReceipt{Shard: l.Shard, Receipt: receipt}
}

// deliver writes one generation and removes the work folder's content, as the host does.
func (r *rig) deliver(loads []load) {
	r.t.Helper()
	s := r.sink(true)
	defer s.Close()
	var receipts []plugin.ShardReceipt
	for _, l := range loads {
		receipts = append(receipts, r.commit(s, l))
	}
	if err := s.Finish(context.Background(), receipts); err != nil {
		r.t.Fatal(err)
	}
	if err := os.RemoveAll(r.work); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Mkdir(r.work, 0o700); err != nil {
		r.t.Fatal(err)
	}
	r.generation++
}

func (r *rig) readBack() ([]string, error) {
	s := r.sink(false)
	defer s.Close()
	var lines []string
	err := s.ReadBack(context.Background(), func(rec *message.Record) error {
		lines = append(lines, string(rec.Append(nil)))
		return nil
	})
	return lines, err
}

func (r *rig) source() plugin.Source {
	r.t.Helper()
	config, _ := json.Marshal(map[string]string{"path": r.dir})
	s, err := Plugin().Source.Open(context.Background(), config)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { s.Close() })
	return s
}

func discover(t *testing.T, s plugin.Source) (list []plugin.Shard) {
	t.Helper()
	err := s.Discover(context.Background(), func(sh plugin.Shard) error { list = append(list, sh); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// got is what a source emitted for one shard.
type got struct {
	lines   []string
	rejects []plugin.Reject
	cursors map[string]int // cursor to number of lines before it
	spool   string
}

func readShard(t *testing.T, s plugin.Source, sh plugin.Shard, cur plugin.Cursor) (*got, error) {
	t.Helper()
	g := &got{spool: t.TempDir(), cursors: map[string]int{}}
	out := plugin.NewEmitter(context.Background(), g.spool, func(b *plugin.Batch) error {
		for _, line := range strings.Split(strings.TrimSuffix(string(b.Lines), "\n"), "\n") {
			if line != "" {
				g.lines = append(g.lines, line)
			}
		}
		g.rejects = append(g.rejects, b.Rejects...)
		if b.Cursor != nil {
			g.cursors[string(b.Cursor)] = len(g.lines)
		}
		return nil
	})
	if err := s.Read(context.Background(), sh, cur, out); err != nil {
		return g, err
	}
	return g, out.Flush()
}

// tree is every file below dir with its content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[rel] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func sameTree(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, content := range want {
		if g, ok := got[name]; !ok {
			t.Errorf("%s is missing", name)
		} else if g != content {
			t.Errorf("%s differs", name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is extra", name)
		}
	}
}

func sameLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	got, want = append([]string{}, got...), append([]string{}, want...)
	sort.Strings(got)
	sort.Strings(want)
	if len(got) != len(want) {
		t.Fatalf("%s: %d records, want %d", what, len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s:\n got %s\nwant %s", what, got[i], want[i])
		}
	}
}

func linesOf(loads []load) (lines []string) {
	for _, l := range loads {
		for _, r := range l.records {
			lines = append(lines, string(r.Append(nil)))
		}
	}
	return lines
}

func msg(conversation string, n int, text string) *message.Record {
	id := fmt.Sprintf("15542064%02d.%06d", n/1000, n%1000)
	key := message.Key("slack", "T1", conversation, id)
	return message.Of(&message.Message{Key: key, ID: id, Conversation: message.Key("slack", "T1", conversation), Kind: message.KindText,
		Author: "slack:T1:U1", Sent: message.Time{UTC: fmt.Sprintf("2019-04-02T09:%02d:%02d.%06dZ", n/60%60, n%60, n%1000)}, Text: text,
		Raw: &message.Source{File: conversation + "/2019-04-02.json", Index: fmt.Sprint(n), SHA256: strings.Repeat("0b", 32)}})
}

func (r *rig) attach(rec *message.Record, content string) *message.Record {
	r.t.Helper()
	digest, size, err := r.store.Put(strings.NewReader(content))
	if err != nil {
		r.t.Fatal(err)
	}
	rec.Message.Attachments = append(rec.Message.Attachments, message.Attachment{ID: "F" + digest[:4], Name: "a.txt", State: message.MediaPresent,
		SHA256: digest, Size: fmt.Sprint(size), MIME: "image/x-wrong", Reason: "as the source said"})
	return rec
}

func person(id, name string) *message.Record {
	return message.Of(&message.Person{Key: message.Key("slack", "T1", id), ID: id, Kind: "human", Name: name})
}

func place1(id string) *message.Record {
	return message.Of(&message.Conversation{Key: message.Key("slack", "T1", id), ID: id, System: "slack", Kind: "public", Name: id})
}

// sample is a small export: two directories, three shards of messages, media, one used twice.
func (r *rig) sample() []load {
	big := load{Shard: plugin.Shard{ID: "0001", Label: "general\n\u4e2d\u6587"}}
	for i := range 700 {
		big.records = append(big.records, msg("C1", i, fmt.Sprintf("message %d \U0001F44B", i)))
	}
	r.attach(big.records[3], "picture one")
	r.attach(big.records[4], "picture two")
	r.attach(big.records[600], "picture one")
	small := load{Shard: plugin.Shard{ID: "0002-small"}}
	for i := range 20 {
		small.records = append(small.records, msg(fmt.Sprintf("D%02d", i/2), i, "direct"))
	}
	small.records = append(small.records, message.Of(&message.Analysis{Key: "a:1", Of: []string{"slack:T1:C1:1"}, Kind: "summary", Result: "talk"}))
	return []load{
		{plugin.Shard{ID: "directory", Directory: true}, []*message.Record{place1("C1"), person("U1", "Ann"), person("U2", "Bo")}},
		big, small,
		{plugin.Shard{ID: "0003"}, nil},
		{plugin.Shard{ID: "late", Directory: true}, []*message.Record{person("USLACKBOT", "Slackbot")}},
	}
}
