package html

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/spill"
)

// sink is one site. Begin may be called concurrently for different shards.
type sink struct {
	config
	zone *time.Location
	run  plugin.Run
}

// Suffixes of a shard's parts: directory records, and all others in the order of the site.
const (
	partDirectory = ".directory"
	partLines     = ".lines"
)

// sortMemory is what a shard's writer keeps in memory.
const sortMemory = 6 << 20

// receipt tells Finish what the parts of a committed shard must be.
type receipt struct {
	Directory string `json:"directory,omitempty"` // SHA-256
	Lines     string `json:"lines,omitempty"`
}

func (s *sink) Open(_ context.Context, run plugin.Run) error {
	if run.Generation > 1 {
		return fault.New(fault.Config, "open site", run.Dir, "deliver both exports into an archive, and from the archive into a new, empty folder",
			errors.New("a site is made whole and takes no second delivery"))
	}
	s.run = run
	return nil
}

func (s *sink) Close() error { return nil }

func (s *sink) part(id, suffix string) string { return filepath.Join(s.run.Work, id+suffix) }

func (s *sink) Begin(_ context.Context, sh plugin.Shard) (plugin.Writer, error) {
	for _, suffix := range []string{partDirectory, partLines} {
		if err := os.Remove(s.part(sh.ID, suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, storage("begin shard", sh.ID, err)
		}
	}
	return &writer{sink: s, id: sh.ID, lines: spill.New(s.run.Work, sortMemory)}, nil
}

// writer keeps the records of one shard as lines.
type writer struct {
	sink      *sink
	id        string
	lines     *spill.Sorter
	directory *plugin.Part // nil until a directory record comes
	rec       message.Record
	root      string // of the open thread
	key       []byte
	line      []byte
}

func (w *writer) Write(r *message.Record) (plugin.Outcome, error) {
	w.line = r.Append(w.line[:0])
	return w.keep(r)
}

// WriteLine saves encoding the line again.
func (w *writer) WriteLine(line string) (plugin.Outcome, error) {
	var err error
	r := &w.rec
	if message.TypeOf(line) == message.TypeMessage {
		err = message.DecodeMessage(line, r)
	} else {
		r, err = message.Decode(line)
	}
	if err != nil {
		return plugin.Outcome{}, err
	}
	w.line = append(w.line[:0], line...)
	return w.keep(r)
}

// keep puts the line at hand where it belongs. Threads come whole, by the key of the first message; on the
// site they stand by its time, and where it is absent by that of the first reply.
func (w *writer) keep(r *message.Record) (plugin.Outcome, error) {
	if r.Directory() {
		if w.directory == nil {
			var err error
			if w.directory, err = plugin.CreatePart(w.sink.run.Work, w.id+partDirectory); err != nil {
				return plugin.Outcome{}, err
			}
		}
		_, err := w.directory.Write(append(w.line, '\n'))
		return plugin.Done, err
	}
	root, at := r.Key(), message.Moment{}
	switch r.Type {
	case message.TypeMessage:
		at = message.MomentOf(r.Message.Sent.UTC)
		if r.Message.Thread != "" {
			root = r.Message.Thread
		}
	case message.TypeRevision:
		if r.Revision.At != nil {
			at = message.MomentOf(r.Revision.At.UTC)
		}
	}
	if conv := r.ConversationKey(); root != w.root || len(w.key) < len(conv) || string(w.key[:len(conv)]) != conv {
		w.root = root
		w.key = append(append(w.key[:0], conv...), 0)
		w.key = append(append(w.key, at[:]...), root...)
	}
	return plugin.Done, w.lines.Add(w.key, w.line)
}

func (w *writer) Commit() (plugin.Receipt, error) {
	defer w.lines.Close()
	var rc receipt
	var err error
	if w.directory != nil {
		if _, rc.Directory, err = w.directory.Commit(); err != nil {
			return nil, err
		}
	}
	if w.lines.Len() > 0 {
		if rc.Lines, err = w.commitLines(); err != nil {
			return nil, err
		}
	}
	return json.Marshal(rc)
}

func (w *writer) commitLines() (string, error) {
	it, err := w.lines.Sort()
	if err != nil {
		return "", err
	}
	p, err := plugin.CreatePart(w.sink.run.Work, w.id+partLines)
	if err != nil {
		return "", err
	}
	defer p.Abort()
	for it.Next() {
		w.line = append(append(w.line[:0], it.Value()...), '\n')
		if _, err := p.Write(w.line); err != nil {
			return "", err
		}
	}
	if err := it.Err(); err != nil {
		return "", err
	}
	_, digest, err := p.Commit()
	return digest, err
}

func (w *writer) Abort() {
	w.lines.Close()
	if w.directory != nil {
		w.directory.Abort()
	}
}

// eachLine walks a part, and proves at its end that it is the committed one.
func eachLine(ctx context.Context, path, digest string, f func(line string) error) error {
	in, err := os.Open(path)
	if err != nil {
		return storage("read part", path, err)
	}
	defer in.Close()
	h := sha256.New()
	r := bufio.NewReaderSize(io.TeeReader(in, h), 256<<10)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, err := r.ReadString('\n')
		if err == io.EOF && line == "" {
			break
		}
		if err != nil {
			return storage("read part", path, err)
		}
		if err := f(line[:len(line)-1]); err != nil {
			return err
		}
	}
	if hex.EncodeToString(h.Sum(nil)) != digest {
		return fault.New(fault.Storage, "read part", path, "the run's work folder was changed; delete the run's folder and run again", errors.New("it is not what was committed"))
	}
	return nil
}
