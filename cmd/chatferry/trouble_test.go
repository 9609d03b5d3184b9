package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins/ndjson"
)

// Trouble is a third party's plugin gone wrong: a source of made-up messages and a sink that writes NDJSON,
// either of which does what it should not on demand. This test binary serves it under troubleProgram.

const troubleProgram = "ferry-trouble"

// Canaries stand in what trouble and canaryDump give; no log or message may hold them.
const (
	canaryText   = "canarytext5d1f"
	canaryName   = "canaryname5d1f"
	canarySecret = "canarysecret5d1f"
)

type troubleConfig struct {
	Do    string `ferry:"do" help:"what to do; empty: what is right"`
	Once  string `ferry:"once,path" help:"a file that is made when it is done, and prevents a second time"`
	N     int    `ferry:"n" default:"3000" help:"how many messages there are"`
	Token string `ferry:"token,secret" help:"a secret"`
}

var trouble = plugin.Plugin{Name: "trouble", Version: "1", Summary: "a plugin gone wrong",
	Source: func() *plugin.SourceKind {
		k := plugin.NewSource(func(_ context.Context, c troubleConfig) (plugin.Source, error) { return &troubleSource{c}, nil })
		k.Resumable = true
		return k
	}(),
	Sink: func() *plugin.SinkKind {
		k := plugin.NewSink(func(ctx context.Context, c troubleConfig) (plugin.Sink, error) {
			inner, err := ndjson.Plugin().Sink.Open(ctx, nil)
			return &troubleSink{Sink: inner, c: c}, err
		})
		k.ReadBack = true
		return k
	}(),
}

// now tells whether it is time for what the configuration asks for.
func (c *troubleConfig) now(do string) bool {
	if c.Do != do {
		return false
	}
	if c.Once == "" {
		return true
	}
	f, err := os.OpenFile(c.Once, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		f.Close()
	}
	return err == nil
}

type troubleSource struct{ c troubleConfig }

func (s *troubleSource) Close() error { return nil }

func (s *troubleSource) Discover(_ context.Context, yield func(plugin.Shard) error) error {
	return yield(plugin.Shard{ID: "room", Label: "room", Records: -1, Fingerprint: "1"})
}

func (s *troubleSource) Read(ctx context.Context, _ plugin.Shard, cur plugin.Cursor, out *plugin.Emitter) error {
	from := 0
	fmt.Sscan(string(cur), &from)
	for i := from; i < s.c.N; i++ {
		if i == s.c.N/2 {
			if err := s.act(ctx); err != nil {
				return err
			}
			if s.c.now("end early") {
				return out.Flush()
			}
		}
		if err := out.Record(troubleMessage(i)); err != nil {
			return err
		}
		if err := out.Checkpoint(fmt.Append(nil, i+1)); err != nil {
			return err
		}
	}
	return nil
}

// troubleMessage is message number i: long enough that a batch comes before the trouble.
func troubleMessage(i int) *message.Record {
	conv := message.Key("trouble", "main", "room")
	return message.Of(&message.Message{Key: message.Key("trouble", "main", "room", fmt.Sprint(i)), ID: fmt.Sprint(i), Conversation: conv,
		Kind: message.KindText, Author: message.Key("trouble", "main", "u1"), ShownAs: &message.ShownAs{Name: canaryName}, Text: fmt.Sprintf("%s %d %s", canaryText, i, strings.Repeat("waves ", 120)),
		Sent: message.Time{UTC: time.Unix(1_600_000_000+int64(i), 0).UTC().Format(time.RFC3339), Precision: "s", Zone: "utc"}})
}

// act does what ends or burdens the process in the middle of a shard.
func (s *troubleSource) act(ctx context.Context) error {
	switch c := &s.c; {
	case c.now("kill"):
		p, _ := os.FindProcess(os.Getpid())
		p.Kill()
		<-ctx.Done()
	case c.now("exit"):
		os.Exit(0)
	case c.now("panic"):
		panic(canaryText + canarySecret)
	case c.now("fail"):
		return errors.New("no connection")
	case c.now("hang"):
		<-make(chan bool)
	case c.now("flood"):
		line := []byte(strings.Repeat("\x1b[2J talk ", 100) + "\n")
		for range 64 << 10 { // 64 MiB
			os.Stderr.Write(line)
		}
	case c.now("leak"):
		for held := [][]byte{}; ; {
			held = append(held, bytes.Repeat([]byte{1}, 16<<20))
		}
	case c.now("fork"):
		return exec.Command("/bin/sleep", "987").Start()
	}
	return nil
}

type troubleSink struct {
	plugin.Sink
	c troubleConfig
}

func (s *troubleSink) Begin(ctx context.Context, sh plugin.Shard) (plugin.Writer, error) {
	w, err := s.Sink.Begin(ctx, sh)
	return &troubleWriter{Writer: w, s: s}, err
}

type troubleWriter struct {
	plugin.Writer
	s *troubleSink
	n int
}

func (w *troubleWriter) Write(r *message.Record) (plugin.Outcome, error) {
	w.n++
	m := r.Message
	if m == nil || w.n != 7 {
		return w.Writer.Write(r)
	}
	switch w.s.c.Do {
	case "drop":
		return plugin.Done, nil
	case "duplicate":
		w.Writer.Write(r)
	case "truncate":
		m.Text = m.Text[:len(m.Text)/2]
	case "rewrite":
		m.Text = strings.ReplaceAll(m.Text, " ", "  ")
	case "retime":
		m.Sent.UTC = "2020-01-01T00:00:00Z"
	case "reauthor":
		m.Author = message.Key("trouble", "main", "somebody")
	case "hang in write":
		<-make(chan bool)
	}
	return w.Writer.Write(r)
}

func (w *troubleWriter) Commit() (plugin.Receipt, error) {
	receipt, err := w.Writer.Commit()
	if w.n > 0 && w.s.c.now("die after commit") {
		os.Exit(9)
	}
	return receipt, err
}

// troubleSum is the SHA-256 of this test binary.
var troubleSum = sync.OnceValues(func() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	b, err := os.ReadFile(self)
	return fmt.Sprintf("%x", sha256.Sum256(b)), err
})

// troubleBinary puts this test binary into a folder under the name that makes it the plugin.
func troubleBinary(dir string) (path, sum string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", "", err
	}
	if sum, err = troubleSum(); err != nil {
		return "", "", err
	}
	path = filepath.Join(dir, troubleProgram)
	if os.Link(self, path) == nil {
		return path, sum, nil
	}
	b, err := os.ReadFile(self)
	if err == nil {
		err = os.WriteFile(path, b, 0o700)
	}
	return path, sum, err
}
