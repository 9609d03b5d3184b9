package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/projection"
)

// history is a source in memory: shards of records.
type history struct {
	shards  []plugin.Shard
	records map[string][]*message.Record
	rejects map[string][]plugin.Reject
	failAt  map[string]int    // shard → number of records after which reading fails once, for a passing reason
	batch   int               // records a batch; 0: ten
	files   map[string]string // bytes of attachments by name
}

func newHistory() *history {
	return &history{records: map[string][]*message.Record{}, rejects: map[string][]plugin.Reject{}, failAt: map[string]int{}}
}

func (h *history) add(shard string, recs ...*message.Record) {
	if _, ok := h.records[shard]; !ok {
		h.shards = append(h.shards, plugin.Shard{ID: shard, Label: shard, Directory: shard == "people", Records: -1})
	}
	h.records[shard] = append(h.records[shard], recs...)
}

func (h *history) Discover(_ context.Context, yield func(plugin.Shard) error) error {
	for _, s := range h.shards {
		var all []byte
		for _, r := range h.records[s.ID] {
			all = r.Append(all)
		}
		s.Fingerprint = digest(append(all, fmt.Sprint(len(h.rejects[s.ID]))...))
		if err := yield(s); err != nil {
			return err
		}
	}
	return nil
}

func (h *history) Read(ctx context.Context, s plugin.Shard, cur plugin.Cursor, spool string, yield func(*plugin.Batch) error) error {
	e := plugin.NewEmitter(ctx, spool, yield)
	e.SetBatch(1)
	start, size := 0, max(h.batch, 1)
	fmt.Sscanf(string(cur), "%d", &start)
	for i, r := range h.records[s.ID] {
		if i < start {
			continue
		}
		if at, ok := h.failAt[s.ID]; ok && i == at {
			delete(h.failAt, s.ID)
			return fault.New(fault.Transient, "read", s.ID, "", errors.New("connection lost"))
		}
		if m := r.Message; m != nil && h.files != nil {
			for j := range m.Attachments {
				if err := e.Media(&m.Attachments[j], strings.NewReader(h.files[m.Attachments[j].Name])); err != nil {
					return err
				}
			}
		}
		if err := e.Record(r); err != nil {
			return err
		}
		if (i+1)%size == 0 {
			if err := e.Checkpoint(fmt.Appendf(nil, "%d", i+1)); err != nil {
				return err
			}
		}
	}
	for _, x := range h.rejects[s.ID] {
		if err := e.Reject(x); err != nil {
			return err
		}
	}
	return e.Flush()
}

func (h *history) Close() error { return nil }

// shelf is a target in a folder: a part for each shard, and on Finish one file.
type shelf struct {
	run    plugin.Run
	refuse map[string]bool // keys it rejects
	has    map[string]bool // keys it says it has already
	// refusePart is the number of the first part of a split message that it rejects
	refusePart int
	spoil      func([]plugin.Outcome) []plugin.Outcome
	crash      func(point string) error
}

func (s *shelf) Open(_ context.Context, run plugin.Run) error { s.run = run; return nil }

type shelfWriter struct {
	s   *shelf
	id  string
	buf bytes.Buffer
}

func (s *shelf) Begin(_ context.Context, sh plugin.Shard) (Writer, error) {
	return &shelfWriter{s: s, id: sh.ID}, s.at("begin " + sh.ID)
}

func (s *shelf) at(point string) error {
	if s.crash != nil {
		return s.crash(point)
	}
	return nil
}

func (w *shelfWriter) Write(lines []byte, count int) ([]plugin.Outcome, error) {
	out := make([]plugin.Outcome, count)
	for i, line := range strings.SplitAfter(string(lines), "\n")[:count] {
		out[i] = plugin.Done
		if w.s.refuse[message.KeyOf(line)] {
			out[i] = plugin.Outcome{Status: plugin.Rejected, Reason: "disliked"}
			continue
		}
		if w.s.has[message.KeyOf(line)] {
			out[i] = plugin.Outcome{Status: plugin.Duplicate}
			continue
		}
		if rec, err := message.Decode(strings.TrimSuffix(line, "\n")); w.s.refusePart > 0 && err == nil && rec.Message != nil && rec.Message.Part != nil && rec.Message.Part.Number >= w.s.refusePart {
			out[i] = plugin.Outcome{Status: plugin.Rejected, Reason: "disliked"}
			continue
		}
		w.buf.WriteString(line)
	}
	if w.s.spoil != nil {
		out = w.s.spoil(out)
	}
	return out, w.s.at("write " + w.id)
}

func (w *shelfWriter) Commit() (plugin.Receipt, error) {
	if err := w.s.at("commit " + w.id); err != nil {
		return nil, err
	}
	return plugin.Receipt(w.id), os.WriteFile(filepath.Join(w.s.run.Work, w.id), w.buf.Bytes(), 0o600)
}

func (w *shelfWriter) Abort() {}

func (s *shelf) Finish(_ context.Context, shards []plugin.ShardReceipt) error {
	if err := s.at("finish"); err != nil {
		return err
	}
	var all []byte
	for _, r := range shards {
		b, err := os.ReadFile(filepath.Join(s.run.Work, string(r.Receipt)))
		if err != nil {
			return err
		}
		all = append(all, b...)
	}
	return os.WriteFile(filepath.Join(s.run.Dir, fmt.Sprintf("out-%d", s.run.Generation)), all, 0o600)
}

func (s *shelf) ReadBack(_ context.Context, yield func([]byte, int) error) error {
	for g := 1; ; g++ {
		b, err := os.ReadFile(filepath.Join(s.run.Dir, fmt.Sprintf("out-%d", g)))
		if err != nil {
			return nil
		}
		if err := yield(b, bytes.Count(b, []byte("\n"))); err != nil {
			return err
		}
	}
}

func (s *shelf) Close() error { return nil }

// rig is a job over a history and one shelf.
type rig struct {
	job   *Job
	shelf *shelf
	dir   string
}

func newRig(t *testing.T, dir string, order plugin.Order, p plugin.Projection, sources ...*history) *rig {
	t.Helper()
	x, err := projection.Compile(p, projection.Context{})
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{refuse: map[string]bool{}, has: map[string]bool{}}
	j := &Job{Name: "test", State: filepath.Join(dir, ".chatferry"), ConfigHash: "c", Setup: []byte("{}"), Workers: 2, Retries: 2,
		Directory: filter.NewDirectory(), Progress: progress.Silent{},
		Sinks: []Sink{{Name: "shelf", Dir: dir, Order: order, ReadBack: true, Roots: p.Roots, Projector: x, Target: s}}}
	for i, h := range sources {
		j.Sources = append(j.Sources, Source{Name: fmt.Sprint("s", i), Open: func(context.Context) (Reader, error) { return h, nil }})
	}
	return &rig{job: j, shelf: s, dir: dir}
}

func (r *rig) run(t *testing.T) Result {
	t.Helper()
	res, err := Run(t.Context(), r.job)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// keys lists the keys of messages in an output file, in order.
func keys(t *testing.T, dir string, gen int) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("out-%d", gen)))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		r, err := message.Decode(line)
		if err != nil {
			t.Fatal(err)
		}
		if r.Message != nil {
			list = append(list, strings.TrimPrefix(r.Key(), "test:"))
		}
	}
	return list
}

// msg makes a message "test:<conv>:<id>" of second id; thread is an id or "".
func msg(conv string, id int, thread int, text string) *message.Record {
	m := &message.Message{Key: message.Key("test", conv, fmt.Sprintf("%04d", id)), ID: fmt.Sprintf("%04d", id), Conversation: message.Key("test", conv),
		Kind: message.KindText, Author: "test:ann", Text: text, Sent: message.Time{UTC: fmt.Sprintf("2020-01-01T%02d:%02d:%02dZ", id/3600, id/60%60, id%60)},
		Raw: &message.Source{File: conv, Offset: fmt.Sprint(id)}}
	if thread > 0 {
		m.Thread = message.Key("test", conv, fmt.Sprintf("%04d", thread))
	}
	return message.Of(m)
}

func person(name string) *message.Record {
	return message.Of(&message.Person{Key: message.Key("test", name), ID: name, Kind: "human", Username: name})
}

func sorted(list []string) []string {
	out := append([]string(nil), list...)
	sort.Strings(out)
	return out
}
