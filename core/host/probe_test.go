package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// The probe is a plugin that does on demand what plugins do and what they should not.

type probeConfig struct {
	Do      string `ferry:"do" help:"what to do"`
	Records int    `ferry:"records" default:"10" help:"how many"`
	Size    int    `ferry:"size" default:"10" help:"bytes of text"`
}

var builtins = []plugin.Plugin{
	{Name: "probe", Version: "1", Summary: "a test", Source: probeSource(), Sink: plugin.NewSink(func(_ context.Context, c probeConfig) (plugin.Sink, error) {
		return &probeSink{c: c}, nil
	}), Transform: plugin.NewTransform(func(_ context.Context, c probeConfig) (plugin.Transform, error) {
		return probeTransform{c}, nil
	})},
	{Name: "other", Version: "1", Summary: "a test", Source: probeSource()},
}

func probeSource() *plugin.SourceKind {
	k := plugin.NewSource(func(_ context.Context, c probeConfig) (plugin.Source, error) {
		if c.Do == "refuse" {
			return nil, plugin.BadSetting("do", "ask for something else", errors.New("is refused"))
		}
		return &probe{c}, nil
	})
	k.Recognise = func(_ context.Context, path string) plugin.Recognition {
		return plugin.Recognition{Format: "probe-" + path, Score: 50, Config: map[string]any{"do": "x"}, Notes: []string{"a\x1b[2Jb"}}
	}
	return k
}

type probe struct{ c probeConfig }

func (p *probe) Discover(ctx context.Context, yield func(plugin.Shard) error) error {
	ids := map[string][]string{"twice": {"a", "a"}, "escape": {"../a"}}[p.c.Do]
	if ids == nil {
		ids = []string{"a", "b"}
	}
	for _, id := range ids {
		if err := yield(plugin.Shard{ID: id, Label: "bad \xff label", Records: -1, Params: json.RawMessage(`{"x":1}`)}); err != nil {
			return err
		}
	}
	return nil
}

func (p *probe) Read(ctx context.Context, s plugin.Shard, cur plugin.Cursor, out *plugin.Emitter) error {
	text := strings.Repeat("x", p.c.Size)
	for i := range p.c.Records {
		m := note(i, text)
		if err := out.Record(m); err != nil {
			return err
		}
		if err := out.Checkpoint(fmt.Append(nil, i)); err != nil {
			return err
		}
		if i != p.c.Records/2 {
			continue
		}
		switch p.c.Do {
		case "panic":
			var list []int
			_ = list[i]
		case "panic with text":
			panic("the secret of " + text)
		case "die":
			fmt.Fprintln(os.Stderr, "last words")
			os.Exit(3)
		case "hang":
			time.Sleep(time.Hour)
		case "print":
			fmt.Println("hello \x1b]0;title\x07 out there")
			os.Stdin.Read(make([]byte, 1)) // must not hang
		case "fail":
			return fault.New(fault.Corrupt, "read", "file.json", "get a new dump", os.ErrInvalid)
		case "env":
			return errors.New(strings.Join(os.Environ(), " "))
		case "pwd":
			dir, _ := os.Getwd()
			tty, err := os.Open("/dev/tty")
			return fmt.Errorf("%s %v %v", dir, tty != nil, err)
		}
	}
	return nil
}

func (p *probe) Close() error { return nil }

func note(i int, text string) *message.Record {
	return message.Of(&message.Message{Key: message.Key("probe", "c", fmt.Sprint(i)), ID: fmt.Sprint(i), Conversation: "probe:c", Kind: message.KindText,
		Sent: message.Time{UTC: "2020-01-01T00:00:00Z"}, Text: text})
}

// probeSink records its calls in files of the target folder.
type probeSink struct {
	c   probeConfig
	run plugin.Run
}

func (s *probeSink) Open(_ context.Context, run plugin.Run) error { s.run = run; return nil }

func (s *probeSink) Begin(_ context.Context, sh plugin.Shard) (plugin.Writer, error) {
	return &probeWriter{s: s, id: sh.ID}, s.mark("begin " + sh.ID)
}

func (s *probeSink) mark(line string) error {
	f, err := os.OpenFile(s.run.Dir+"/calls", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, line)
	return err
}

func (s *probeSink) Finish(_ context.Context, shards []plugin.ShardReceipt) error {
	for _, sh := range shards {
		if err := s.mark("finish " + sh.Shard.ID + " " + string(sh.Receipt)); err != nil {
			return err
		}
	}
	return nil
}

func (s *probeSink) ReadBack(_ context.Context, yield func(*message.Record) error) error {
	for i := range s.c.Records {
		if err := yield(note(i, strings.Repeat("x", s.c.Size))); err != nil {
			return err
		}
	}
	return nil
}

func (s *probeSink) Close() error { return s.mark("close") }

type probeWriter struct {
	s  *probeSink
	id string
	n  int
}

func (w *probeWriter) Write(r *message.Record) (plugin.Outcome, error) {
	w.n++
	switch w.s.c.Do {
	case "refuse third":
		if w.n%3 == 0 {
			return plugin.Outcome{Status: plugin.Rejected, Reason: "third"}, nil
		}
	case "reject silently":
		return plugin.Outcome{Status: plugin.Rejected}, nil
	case "fail write":
		return plugin.Done, fault.New(fault.Storage, "write", "part", "free some space", os.ErrInvalid)
	}
	return plugin.Done, nil
}

func (w *probeWriter) Commit() (plugin.Receipt, error) {
	if w.s.c.Do == "fail commit" {
		return nil, errors.New("no")
	}
	return fmt.Appendf(nil, "%d", w.n), w.s.mark("commit " + w.id)
}

func (w *probeWriter) Abort() {
	time.Sleep(50 * time.Millisecond) // so that a Begin which does not wait is noticed
	w.s.mark("abort " + w.id)
}

type probeTransform struct{ c probeConfig }

func (t probeTransform) Apply(_ context.Context, r *message.Record, out *plugin.TransformOut) error {
	n := len(r.Message.ID) // 0 to 9 once, 10 to 99 twice; those that end in 5 not at all
	switch {
	case strings.HasSuffix(r.Message.ID, "5") && t.c.Do == "vanish":
	case strings.HasSuffix(r.Message.ID, "5"):
		out.Filter("fives")
	default:
		for range n {
			out.Emit(r)
		}
	}
	return nil
}

func (probeTransform) Close() error { return nil }

func TestMain(m *testing.M) {
	if ServeBuiltin(builtins, os.Args) {
		return
	}
	if os.Getenv("HOST_TO_BE_KILLED") != "" {
		hostToBeKilled()
	}
	os.Exit(m.Run())
}
