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

// receipt tells Finish what the parts of a committed shard must be.
type receipt struct {
	Directory string `json:"directory,omitempty"` // SHA-256
	Lines     string `json:"lines,omitempty"`
}

func (s *sink) part(id, suffix string) string { return filepath.Join(s.run.Work, id+suffix) }

// Begin implements plugin.Sink.
func (s *sink) Begin(_ context.Context, sh plugin.Shard) (plugin.Writer, error) {
	for _, suffix := range []string{partDirectory, partLines} {
		if err := os.Remove(s.part(sh.ID, suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, storage("begin shard", sh.ID, err)
		}
	}
	return &writer{sink: s, id: sh.ID, sorting: sorting{order: s.order}}, nil
}

// writer keeps the records of one shard as lines.
type writer struct {
	sink      *sink
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
		if *part, err = plugin.CreatePart(w.sink.run.Work, w.id+suffix); err != nil {
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
	sorter := spill.New(w.sink.run.Work, sortMemory)
	defer sorter.Close()
	s := sorting{order: w.sink.order}
	err := eachLine(context.Background(), w.sink.part(w.id, partLines), digest, func(line string) error {
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

// Abort implements plugin.Writer.
func (w *writer) Abort() {
	for _, p := range []*plugin.Part{w.directory, w.lines} {
		if p != nil {
			p.Abort()
		}
	}
}

// eachLine walks a part, and proves at its end that it is the committed one.
func eachLine(ctx context.Context, path, digest string, yield func(line string) error) error {
	in, err := os.Open(path)
	if err != nil {
		return storage("read part", path, err)
	}
	defer in.Close()
	h := sha256.New()
	if err := lines(ctx, io.TeeReader(in, h), yield); err != nil {
		return storage("read part", path, err)
	}
	if hex.EncodeToString(h.Sum(nil)) != digest {
		return fault.New(fault.Storage, "read part", path, "the run's work folder was changed; delete the run's folder and run again", errors.New("it is not what was committed"))
	}
	return nil
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

// committed are the units of an edition from the receipts of its shards.
func (s *sink) committed(shards []plugin.ShardReceipt) ([]unit, error) {
	var units []unit
	for _, sh := range shards {
		var rc receipt
		if err := json.Unmarshal(sh.Receipt, &rc); err != nil {
			return nil, bug("finish", sh.Shard.ID, "the receipt is not this sink's: %w", err)
		}
		for _, p := range []struct{ suffix, digest string }{{partDirectory, rc.Directory}, {partLines, rc.Lines}} {
			if p.digest != "" {
				units = append(units, unit{directory: p.suffix == partDirectory, lines: func(ctx context.Context, yield func(string) error) error {
					return eachLine(ctx, s.part(sh.Shard.ID, p.suffix), p.digest, yield)
				}})
			}
		}
	}
	return units, nil
}
