package html

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
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

// sortMemory is what sorting a shard keeps in memory.
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
	return &writer{sink: s, id: sh.ID}, nil
}

// writer keeps the records of one shard as lines.
type writer struct {
	sink      *sink
	id        string
	directory *plugin.Part // nil until a directory record comes
	lines     *plugin.Part // nil until another one comes
	order     order
	last      []byte // sort key of the line before
	unsorted  bool
	line      []byte
}

func (w *writer) Write(r *message.Record) (plugin.Outcome, error) {
	return w.WriteLine(string(r.Append(nil)))
}

// WriteLine puts a record where it belongs. Lines nearly always come in the order of the site already; when
// they do not, Commit sorts them.
func (w *writer) WriteLine(line string) (plugin.Outcome, error) {
	part, suffix := &w.lines, partLines
	switch message.TypeOf(line) {
	case message.TypeMessage, message.TypeRevision, message.TypeAnalysis:
		key, err := w.order.key(line)
		if err != nil {
			return plugin.Outcome{}, err
		}
		w.unsorted = w.unsorted || bytes.Compare(key, w.last) < 0
		w.last = append(w.last[:0], key...)
	default:
		part, suffix = &w.directory, partDirectory
	}
	if *part == nil {
		var err error
		if *part, err = plugin.CreatePart(w.sink.run.Work, w.id+suffix); err != nil {
			return plugin.Outcome{}, err
		}
	}
	w.line = append(append(w.line[:0], line...), '\n')
	_, err := (*part).Write(w.line)
	return plugin.Done, err
}

// order gives the sort keys of lines that come thread by thread: conversation, time of the thread's first
// message, or of its first reply where that is absent, and its key. Lines of one thread have equal keys.
type order struct {
	rec  message.Record
	root string
	buf  []byte
}

func (o *order) key(line string) ([]byte, error) {
	g := message.GlanceAt(line)
	root, conv, at := g.Key, g.Conversation, g.At
	thread, plain := threadOf(line)
	if thread != "" {
		root = thread
	}
	if g.Type != message.TypeMessage || !plain {
		r, err := decode(line, &o.rec)
		if err != nil {
			return nil, err
		}
		root, conv = r.Key(), r.ConversationKey()
		switch {
		case r.Message != nil && r.Message.Thread != "":
			root = r.Message.Thread
		case r.Revision != nil && r.Revision.At != nil:
			at = r.Revision.At.UTC
		}
	}
	if n := len(conv); root == o.root && len(o.buf) > n && o.buf[n] == 0 && string(o.buf[:n]) == conv {
		return o.buf, nil
	}
	o.root = strings.Clone(root)
	moment := message.MomentOf(at)
	o.buf = append(append(o.buf[:0], conv...), 0)
	o.buf = append(append(o.buf, moment[:]...), root...)
	return o.buf, nil
}

// threadOf finds the thread of a message's line without decoding it. Members are sorted, and no member
// that follows "thread" has one of that name inside, so the last one is the message's own. It is not plain
// when it has escapes.
func threadOf(line string) (thread string, plain bool) {
	const pattern = `,"thread":"`
	i := strings.LastIndex(line, pattern)
	if i < 0 {
		return "", true
	}
	rest := line[i+len(pattern):]
	j := strings.IndexByte(rest, '"')
	if j < 0 || strings.IndexByte(rest[:j], '\\') >= 0 || strings.LastIndex(line, `,"sent":{`) > i {
		return "", false
	}
	return rest[:j], true
}

func (w *writer) Commit() (plugin.Receipt, error) {
	var rc receipt
	var err error
	if w.directory != nil {
		if _, rc.Directory, err = w.directory.Commit(); err != nil {
			return nil, err
		}
	}
	if w.lines != nil {
		if _, rc.Lines, err = w.lines.Commit(); err != nil {
			return nil, err
		}
		if w.unsorted {
			if rc.Lines, err = w.sort(rc.Lines); err != nil {
				return nil, err
			}
		}
	}
	return json.Marshal(rc)
}

// sort writes the lines anew, in order.
func (w *writer) sort(digest string) (string, error) {
	sorter := spill.New(w.sink.run.Work, sortMemory)
	defer sorter.Close()
	var o order
	err := eachLine(context.Background(), w.sink.part(w.id, partLines), digest, func(line string) error {
		key, err := o.key(line)
		if err != nil {
			return err
		}
		return sorter.Add(key, append(append(w.line[:0], line...), '\n'))
	})
	if err != nil {
		return "", err
	}
	it, err := sorter.Sort()
	if err != nil {
		return "", err
	}
	p, err := plugin.CreatePart(w.sink.run.Work, w.id+partLines)
	if err != nil {
		return "", err
	}
	defer p.Abort()
	for it.Next() {
		if _, err := p.Write(it.Value()); err != nil {
			return "", err
		}
	}
	if err := it.Err(); err != nil {
		return "", err
	}
	_, digest, err = p.Commit()
	return digest, err
}

func (w *writer) Abort() {
	for _, p := range []*plugin.Part{w.directory, w.lines} {
		if p != nil {
			p.Abort()
		}
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
