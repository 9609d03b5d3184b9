package edition

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

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/spill"
)

// Suffixes of a shard's parts: directory records, and all others in the edition's order.
const (
	partDirectory = ".directory"
	partLines     = ".lines"
)

// sortMemory is what sorting a shard keeps in memory.
const sortMemory = 6 << 20

// Parts are where a sink keeps the records of its shards until Finish: two files of canonical lines for each in
// the run's work folder. A sink that makes its files of whole histories, and is no edition itself, uses them
// as editions do.
type Parts struct {
	Work  string // plugin.Run.Work
	Order Order  // of the records of a conversation
}

// receipt tells Finish what the parts of a committed shard must be.
type receipt struct {
	Directory string `json:"directory,omitempty"` // SHA-256
	Lines     string `json:"lines,omitempty"`
}

func (p Parts) path(id, suffix string) string { return filepath.Join(p.Work, id+suffix) }

// Begin takes the parts of an attempt before away and gives the writer of new ones. It may be called concurrently
// for different shards. The writer's receipt is for Committed.
func (p Parts) Begin(sh plugin.Shard) (plugin.Writer, error) {
	for _, suffix := range []string{partDirectory, partLines} {
		if err := os.Remove(p.path(sh.ID, suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, storage("begin shard", sh.ID, err)
		}
	}
	return &writer{parts: p, id: sh.ID, sorting: sorting{order: p.Order}}, nil
}

// Committed are the parts of a committed shard: emoji, conversations, people and memberships in the order of
// their delivery, and messages, revisions and analyses, conversation after conversation, in the order of p.
func (p Parts) Committed(sh plugin.ShardReceipt) (directory, lines Part, err error) {
	var rc receipt
	if err := json.Unmarshal(sh.Receipt, &rc); err != nil {
		return Part{}, Part{}, bug("finish", sh.Shard.ID, "the receipt is not this sink's: %w", err)
	}
	return Part{p.path(sh.Shard.ID, partDirectory), rc.Directory}, Part{p.path(sh.Shard.ID, partLines), rc.Lines}, nil
}

// Part is a committed file of canonical lines.
type Part struct{ path, digest string }

// Empty tells that the shard has no such records, and no file for them.
func (p Part) Empty() bool { return p.digest == "" }

// EachLine walks the lines, and proves at the end that they are those that were committed. Each is good for as
// long as it is wanted. An error of yield ends the walk and comes back as it is.
func (p Part) EachLine(ctx context.Context, yield func(line string) error) error {
	if p.Empty() {
		return nil
	}
	in, err := os.Open(p.path)
	if err != nil {
		return storage("read part", p.path, err)
	}
	defer in.Close()
	h := sha256.New()
	read := failing{io.TeeReader(in, h), func(err error) error { return storage("read part", p.path, err) }}
	if err := lines(ctx, read, yield); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != p.digest {
		return fault.New(fault.Storage, "read part", p.path, "the run's work folder was changed; delete the run's folder and run again", errors.New("it is not what was committed"))
	}
	return nil
}

// writer keeps the records of one shard as lines.
type writer struct {
	parts     Parts
	id        string
	directory *plugin.Part // nil until a directory record comes
	lines     *plugin.Part // nil until another one comes
	sorting   sorting
	last      []byte // sort key of the line before
	unsorted  bool
	line      []byte
}

// Write implements plugin.Writer.
func (w *writer) Write(r *message.Record) (plugin.Outcome, error) {
	return w.WriteLine(string(r.Append(nil)))
}

// WriteLine puts a record where it belongs. Lines nearly always come in the edition's order already; when
// they do not, Commit sorts them.
func (w *writer) WriteLine(line string) (plugin.Outcome, error) {
	part, suffix := &w.lines, partLines
	switch message.TypeOf(line) {
	case message.TypeMessage, message.TypeRevision, message.TypeAnalysis:
		key, err := w.sorting.key(line)
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
		if *part, err = plugin.CreatePart(w.parts.Work, w.id+suffix); err != nil {
			return plugin.Outcome{}, err
		}
	}
	w.line = append(append(w.line[:0], line...), '\n')
	_, err := (*part).Write(w.line)
	return plugin.Done, err
}

// Commit implements plugin.Writer.
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
	sorter := spill.New(w.parts.Work, sortMemory)
	defer sorter.Close()
	s := sorting{order: w.parts.Order}
	err := Part{w.parts.path(w.id, partLines), digest}.EachLine(context.Background(), func(line string) error {
		key, err := s.key(line)
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
	p, err := plugin.CreatePart(w.parts.Work, w.id+partLines)
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

// Abort implements plugin.Writer.
func (w *writer) Abort() {
	for _, p := range []*plugin.Part{w.directory, w.lines} {
		if p != nil {
			p.Abort()
		}
	}
}

// lines walks lines of any length. Each is good for as long as it is wanted.
func lines(ctx context.Context, in io.Reader, yield func(line string) error) error {
	r := bufio.NewReaderSize(in, 256<<10)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, err := r.ReadString('\n')
		if err == io.EOF && line == "" {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		if line[len(line)-1] == '\n' {
			line = line[:len(line)-1]
		}
		if err := yield(line); err != nil {
			return err
		}
	}
}

// failing gives errors of a reader their name.
type failing struct {
	io.Reader
	fail func(error) error
}

func (f failing) Read(b []byte) (int, error) {
	n, err := f.Reader.Read(b)
	if err != nil && err != io.EOF {
		err = f.fail(err)
	}
	return n, err
}

// committed are the units of an edition from the receipts of its shards.
func (s *sink) committed(shards []plugin.ShardReceipt) ([]unit, error) {
	var units []unit
	for _, sh := range shards {
		directory, lines, err := s.parts.Committed(sh)
		if err != nil {
			return nil, err
		}
		for i, p := range []Part{directory, lines} {
			if !p.Empty() {
				units = append(units, unit{directory: i == 0, lines: p.unitLines})
			}
		}
	}
	return units, nil
}

// unitLines is EachLine for an edition, whose lines do not decode only if the part was changed.
func (p Part) unitLines(ctx context.Context, yield func(line string) error) error {
	err := p.EachLine(ctx, yield)
	if err == nil || err == errStop {
		return err
	}
	return storage("read part", p.path, err)
}
