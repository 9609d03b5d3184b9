package ferrytest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatferry/chatferry/core/census"
	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins/ndjson"
)

// The kit is tested with plugins that each make one mistake: it must find every one. Each runs in a
// test process of its own, because a kit that finds something fails the test it runs in.

const wrong = "FERRYTEST_WRONG_PLUGIN"

// wrongSources makes a mistake by name; want is the subtest that finds it.
var wrongSources = []struct{ name, want string }{
	{"none", ""},
	{"drops", "damaged_input/bad"},
	{"panics", "damaged_input/bad"},
	{"restarts", "resume_from_every_checkpoint"},
	{"modest", "resume_from_every_checkpoint"},
	{"changes", "reads_are_repeatable"},
	{"prints", ""},
	{"leaks", "cancel"},
	{"repeats", "records_are_valid"},
	{"placeless", "records_are_valid"},
	{"relabels", "discover_is_repeatable"},
	{"invents", "order_and_counts_are_as_claimed"},
	{"mixes", "records_are_valid"},
	{"skips", "census"},
	{"miscounts", "census"},
}

var wrongSinks = []struct{ name, want string }{
	{"exact", ""},
	{"early", "deliver_and_read_back"},
	{"appends", "deliver_and_read_back"},
	{"loses", "deliver_and_read_back"},
	{"shy", "deliver_and_read_back"},
	{"jumbles", "other_batches_and_order_of_shards"},
	{"keeps", "abort_and_begin_again"},
}

var wrongTransforms = []struct{ name, want string }{
	{"pure", ""},
	{"counts", "results_are_repeatable"},
	{"breaks", "results_are_valid"},
	{"rekeys", "records_keep_their_keys"},
	{"turns", "records_keep_their_keys"},
}

func TestMain(m *testing.M) {
	var all []plugin.Plugin
	for _, w := range wrongSources {
		all = append(all, wrongSource(w.name))
	}
	for _, w := range wrongSinks {
		all = append(all, wrongSink(w.name))
	}
	for _, w := range wrongTransforms {
		all = append(all, wrongTransform(w.name))
	}
	ferrytest.Main(m, all...)
}

func TestKitFindsMistakesOfSources(t *testing.T) {
	for _, w := range wrongSources {
		t.Run(w.name, func(t *testing.T) { runWrong(t, "TestWrongSource", w.name, w.want, w.name != "none") })
	}
}

func TestKitFindsMistakesOfSinks(t *testing.T) {
	for _, w := range wrongSinks {
		t.Run(w.name, func(t *testing.T) { runWrong(t, "TestWrongSink", w.name, w.want, w.name != "exact") })
	}
}

func TestKitFindsMistakesOfTransforms(t *testing.T) {
	for _, w := range wrongTransforms {
		t.Run(w.name, func(t *testing.T) { runWrong(t, "TestWrongTransform", w.name, w.want, w.name != "pure") })
	}
}

func runWrong(t *testing.T, test, name, want string, fails bool) {
	mode := "/in_process"
	if name == "prints" {
		mode = "/subprocess"
	}
	run := "^" + test + "$" + mode
	if fails && want != "" && test != "TestWrongTransform" { // the first delivery is what later ones are compared with
		run += "/^(deliver_and_read_back|" + strings.ReplaceAll(want, "/", ")$/^(") + ")$"
	}
	cmd := exec.Command(os.Args[0], "-test.run="+run, "-test.v")
	cmd.Env = append(os.Environ(), wrong+"="+name)
	out, err := cmd.CombinedOutput()
	switch line := "--- FAIL: " + test + mode + "/" + want; {
	case !fails && err != nil:
		t.Errorf("a right plugin fails:\n%s", out)
	case fails && err == nil:
		t.Errorf("the kit finds nothing:\n%s", out)
	case fails && want != "" && !strings.Contains(string(out), line):
		t.Errorf("the kit finds something else than %s:\n%s", want, out)
	}
}

func TestWrongSource(t *testing.T) {
	name := os.Getenv(wrong)
	if name == "" {
		t.Skip("it is run by TestKitFindsMistakesOfSources")
	}
	dir := "../../plugins/ndjson/testdata/"
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: wrongSource(name), Config: map[string]any{"path": dir + "rooms/b.ndjson"},
		Damaged: []ferrytest.Damage{{Name: "bad", Config: map[string]any{"path": dir + "torn/b.ndjson"}}}})
}

func TestWrongSink(t *testing.T) {
	name := os.Getenv(wrong)
	if name == "" {
		t.Skip("it is run by TestKitFindsMistakesOfSinks")
	}
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: wrongSink(name)})
}

func TestWrongTransform(t *testing.T) {
	name := os.Getenv(wrong)
	if name == "" {
		t.Skip("it is run by TestKitFindsMistakesOfTransforms")
	}
	ferrytest.Transform(t, ferrytest.TransformCase{Plugin: wrongTransform(name), Config: map[string]any{"word": "x"}})
}

// tag labels messages, leaves people out and doubles nothing.
type tag struct {
	do, word string
	calls    *atomic.Int64
}

func wrongTransform(do string) plugin.Plugin {
	k := plugin.NewTransform(func(_ context.Context, c struct {
		Word string `ferry:"word,required" help:"the label"`
	}) (plugin.Transform, error) {
		return tag{do, c.Word, new(atomic.Int64)}, nil
	})
	return plugin.Plugin{Name: do, Version: "1", Summary: "a test", Transform: k}
}

func (tag) Close() error { return nil }

func (x tag) Apply(_ context.Context, r *message.Record, out *plugin.TransformOut) error {
	switch {
	case r.Person != nil:
		out.Filter("no people")
		return nil
	case r.Message != nil && x.do == "counts":
		r.Message.Labels = append(r.Message.Labels, fmt.Sprint(x.calls.Add(1)))
	case r.Message != nil && x.do == "breaks":
		r.Message.Kind = ""
	case r.Message != nil && x.do == "rekeys":
		r.Message.Key += ":new"
	case r.Message != nil && x.do == "turns":
		out.Emit(message.Of(&message.Person{Key: "test:made", ID: "made", Kind: "human"}))
	case r.Message != nil:
		r.Message.Labels = append(r.Message.Labels, x.word)
	}
	out.Emit(r)
	return nil
}

type config struct {
	Path string `ferry:"path,required,path" help:"a file"`
}

type faulty struct {
	do, path string
	calls    int
}

func wrongSource(do string) plugin.Plugin {
	k := plugin.NewSource(func(_ context.Context, c config) (plugin.Source, error) { return &faulty{do: do, path: c.Path}, nil })
	k.Resumable = do != "modest"
	k.Exact = do == "invents"
	switch do {
	case "none", "skips":
		k.Census = ndjson.Plugin().Source.Census
	case "miscounts":
		k.Census = func(ctx context.Context, config json.RawMessage, count bool, yield func(census.Member) error) (census.Facts, error) {
			facts, err := ndjson.Plugin().Source.Census(ctx, config, count, yield)
			facts.Bytes++
			return facts, err
		}
	}
	return plugin.Plugin{Name: do, Version: "1", Summary: "a test", Source: k}
}

func (f *faulty) Close() error { return nil }

func (f *faulty) Discover(_ context.Context, yield func(plugin.Shard) error) error {
	sum, size, err := plugin.Fingerprint(f.path)
	if err != nil {
		return err
	}
	if f.do == "relabels" {
		f.calls++
		sum = fmt.Sprint(f.calls)
	}
	sh := plugin.Shard{ID: "a", Bytes: size, Records: -1, Fingerprint: sum, Directory: f.do == "mixes"}
	if f.do == "invents" {
		sh.Records = 3
	}
	return yield(sh)
}

func (f *faulty) Read(_ context.Context, _ plugin.Shard, cur plugin.Cursor, out *plugin.Emitter) error {
	var offset int64
	if cur != nil && f.do != "restarts" {
		fmt.Sscan(string(cur), &offset)
	}
	if f.do == "prints" {
		fmt.Println("a word")
	}
	if f.do == "leaks" {
		go time.Sleep(time.Hour)
	}
	return plugin.Lines(f.path, offset, func(l plugin.Line) error {
		r, err := message.Decode(string(l.Bytes))
		if err == nil {
			err = r.Check()
		}
		switch {
		case err != nil && f.do == "drops":
			return nil
		case f.do == "skips" && l.At.Offset != "0":
			return nil
		case err != nil && f.do == "panics":
			panic(err)
		case err != nil:
			return out.RejectLine(l, "bad", "")
		}
		if *r.RawSource() = &l.At; f.do == "placeless" {
			*r.RawSource() = nil
		}
		if f.do == "changes" && r.Message != nil {
			r.Message.Text = time.Now().String()
		}
		if f.do == "repeats" {
			if err := out.Record(r); err != nil {
				return err
			}
		}
		if err := out.Record(r); err != nil {
			return err
		}
		return out.Checkpoint(fmt.Append(nil, l.Next))
	})
}

// clumsy is the ndjson sink with one mistake.
type clumsy struct {
	plugin.Sink
	do    string
	run   plugin.Run
	order []string
}

func wrongSink(do string) plugin.Plugin {
	right := ndjson.Plugin().Sink
	k := plugin.NewSink(func(ctx context.Context, _ struct{}) (plugin.Sink, error) {
		s, err := right.Open(ctx, nil)
		return &clumsy{Sink: s, do: do}, err
	})
	k.ReadBack = do != "shy"
	return plugin.Plugin{Name: do, Version: "1", Summary: "a test", Sink: k}
}

func (c *clumsy) Open(ctx context.Context, run plugin.Run) error {
	c.run = run
	return c.Sink.Open(ctx, run)
}

func (c *clumsy) Begin(ctx context.Context, sh plugin.Shard) (plugin.Writer, error) {
	if c.do == "early" {
		if err := os.WriteFile(filepath.Join(c.run.Dir, sh.ID), nil, 0o600); err != nil {
			return nil, err
		}
	}
	w, err := c.Sink.Begin(ctx, sh)
	if err != nil {
		return nil, err
	}
	if c.do == "keeps" {
		for _, line := range c.order { // what an aborted attempt had written
			r, err := message.Decode(line)
			if err == nil {
				_, err = w.Write(r)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return &clumsyWriter{Writer: w, c: c, id: sh.ID}, nil
}

func (c *clumsy) Finish(ctx context.Context, shards []plugin.ShardReceipt) error {
	if c.do == "jumbles" {
		byID := map[string]plugin.ShardReceipt{}
		for _, sh := range shards {
			byID[sh.Shard.ID] = sh
		}
		if len(c.order) == len(shards) {
			shards = nil
			for _, id := range c.order {
				shards = append(shards, byID[id])
			}
		}
	}
	if err := c.Sink.Finish(ctx, shards); err != nil || c.do != "appends" {
		return err
	}
	f, err := os.OpenFile(filepath.Join(c.run.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.WriteString(f, "finished\n")
	return err
}

type clumsyWriter struct {
	plugin.Writer
	c     *clumsy
	id    string
	n     int
	lines []string
}

func (w *clumsyWriter) Write(r *message.Record) (plugin.Outcome, error) {
	w.n++
	if w.c.do == "loses" && w.n == 2 {
		return plugin.Done, nil
	}
	w.lines = append(w.lines, string(r.Append(nil)))
	return w.Writer.Write(r)
}

func (w *clumsyWriter) Commit() (plugin.Receipt, error) {
	if w.c.do == "jumbles" {
		w.c.order = append(w.c.order, w.id)
	}
	return w.Writer.Commit()
}

func (w *clumsyWriter) Abort() {
	if w.c.do == "keeps" {
		w.c.order = w.lines
	}
	w.Writer.Abort()
}
