package bag

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// Field is one line of bag-info.txt.
type Field struct{ Label, Value string }

// Options say how to make a bag.
type Options struct {
	Algorithms []string // of the manifests, such as "sha256"
	Info       []Field  // in this order; Payload-Oxum is added at the end
	Tags       []string // names of further files beside data/ that the tag manifests shall list
}

// CheckField tells what is wrong with a line for bag-info.txt, nil when nothing is.
func CheckField(f Field) error {
	switch {
	case f.Label == "" || f.Label != strings.TrimSpace(f.Label) || strings.ContainsAny(f.Label, ":\r\n") || !utf8.ValidString(f.Label+f.Value):
		return errors.New("a label is a word or some, without a colon")
	case strings.ContainsAny(f.Value, "\r\n"):
		return errors.New("a value stands in one line")
	case strings.EqualFold(f.Label, oxum):
		return errors.New("this label is written by the program")
	}
	return nil
}

// Seal makes a bag of the folder dir, whose payload stands in dir/data: it writes the manifests and the other
// tag files, each whole or not at all. It may be repeated, also after the payload has changed.
func Seal(ctx context.Context, dir string, o Options) error {
	s := sealer{dir: dir, algorithms: o.Algorithms}
	defer s.abort()
	if err := s.payload(ctx); err != nil {
		return err
	}
	tags := []string{declaration, infoName}
	for _, a := range o.Algorithms {
		tags = append(tags, manifestHead+a+manifestTail)
	}
	var info strings.Builder
	for _, f := range append(append([]Field{}, o.Info...), Field{oxum, fmt.Sprintf("%d.%d", s.size, s.files)}) {
		fmt.Fprintf(&info, "%s: %s\n", f.Label, f.Value)
	}
	for name, text := range map[string]string{declaration: declared, infoName: info.String()} {
		err := plugin.WriteFileAtomic(filepath.Join(dir, name), func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
		if err != nil {
			return err
		}
	}
	if err := s.begin(tagHead); err != nil {
		return err
	}
	for _, name := range append(tags, o.Tags...) {
		if _, err := s.list(filepath.Join(dir, name), name); err != nil {
			return err
		}
	}
	return s.commit()
}

// sealer writes manifests, one for each algorithm at a time.
type sealer struct {
	dir        string
	algorithms []string
	open       []*plugin.Part
	size       int64
	files      int64
}

func (s *sealer) begin(head string) error {
	for _, a := range s.algorithms {
		p, err := plugin.CreatePart(s.dir, head+a+manifestTail)
		if err != nil {
			return err
		}
		s.open = append(s.open, p)
	}
	return nil
}

func (s *sealer) commit() error {
	for _, p := range s.open {
		if _, _, err := p.Commit(); err != nil {
			return err
		}
	}
	s.open = nil
	return nil
}

func (s *sealer) abort() {
	for _, p := range s.open {
		p.Abort()
	}
}

// payload lists everything below data/, in the order of a walk.
func (s *sealer) payload(ctx context.Context) error {
	if err := s.begin(manifestHead); err != nil {
		return err
	}
	err := walk(ctx, s.dir, func(path, name string, _ fs.DirEntry) error {
		n, err := s.list(path, name)
		s.size, s.files = s.size+n, s.files+1
		return err
	})
	if err != nil {
		return err
	}
	return s.commit()
}

// walk calls f for every file of the payload, by its path and by its name in the bag.
func walk(ctx context.Context, dir string, f func(path, name string, d fs.DirEntry) error) error {
	return filepath.WalkDir(filepath.Join(dir, Payload), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return storage(path, err)
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir():
			return nil
		}
		rel, err := filepath.Rel(dir, path)
		if name := filepath.ToSlash(rel); err == nil && d.Type().IsRegular() && local(name) {
			return f(path, name, d)
		}
		return fault.New(fault.Storage, "package", path, "remove it from the folder, or choose a file system whose names are UTF-8, and run again", errors.New("no bag can hold a file of this kind or name"))
	})
}

// list adds one file to the open manifests.
func (s *sealer) list(path, name string) (size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, storage(path, err)
	}
	defer f.Close()
	sums, size, err := digests(f, s.algorithms)
	if err != nil {
		return 0, storage(path, err)
	}
	for i, p := range s.open {
		if _, err := fmt.Fprintf(p, "%s  %s\n", sums[i], encoder.Replace(name)); err != nil {
			return 0, err
		}
	}
	return size, nil
}

// digests reads once and gives the digest of each algorithm, in hex.
func digests(r io.Reader, algorithms []string) (sums []string, size int64, err error) {
	all := make([]hash.Hash, len(algorithms))
	to := make([]io.Writer, len(algorithms))
	for i, a := range algorithms {
		all[i] = hashes[a]()
		to[i] = all[i]
	}
	if size, err = io.Copy(io.MultiWriter(to...), r); err != nil {
		return nil, 0, err
	}
	for _, h := range all {
		sums = append(sums, hex.EncodeToString(h.Sum(nil)))
	}
	return sums, size, nil
}

func storage(path string, err error) error {
	return fault.New(fault.Storage, "package", path, "check that the disk works, has space and can be read and written, then run again: it resumes", err)
}
