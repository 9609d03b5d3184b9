package edition

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/chatferry/chatferry/core/plugin"
)

// window is how far a comparison looks ahead for bytes that moved, and the most it keeps of one file.
const window = 1 << 20

// step is how many bytes are compared at a time; pieces that are too short can be anywhere and are not
// looked for.
const (
	step     = 64 << 10
	findable = 16
)

// check compares a rendering with the files that are there.
type check struct {
	root   *os.Root
	proved func(name string) bool // the file is as it was written, though it may be rendered otherwise today
	intact func(name string) bool // the file is as it was written
	hidden map[string]bool        // keys of records whose bytes are not there
	wrong  error                  // the first other difference
	made   map[string]bool        // names that were rendered
	lost   map[string]bool        // keys of records that have lost a file: they can't be rendered as they were
}

// fileCheck compares one file.
type fileCheck struct {
	*check
	name    string
	f       *os.File
	in      *bufio.Reader // nil when the file can't be read
	keys    []string
	pending []byte
	hides   []string // keys whose bytes are not there
	foreign bool     // there are bytes that show no record and are not the rendering's
	lacks   bool     // it can't be rendered as it was
	skips   bool     // the last bytes were of a record that has lost a file: what follows may be anywhere
}

func (c *check) file(name string) *fileCheck {
	c.made[name] = true
	fc := &fileCheck{check: c, name: name}
	f, err := openRegular(c.root, name)
	if err != nil {
		fc.foreign = true
		return fc
	}
	fc.f, fc.in = f, bufio.NewReaderSize(f, window)
	return fc
}

func (f *fileCheck) mark(keys []string) {
	f.compare()
	f.keys = append(f.keys[:0], keys...)
}

func (f *fileCheck) write(b []byte) error {
	for len(b) > 0 {
		n := min(len(b), step-len(f.pending))
		f.pending = append(f.pending, b[:n]...)
		if b = b[n:]; len(f.pending) == step {
			f.compare()
		}
	}
	return nil
}

// compare looks for the pending bytes where the last ones ended, or a little later.
func (f *fileCheck) compare() {
	if len(f.pending) == 0 {
		return
	}
	switch there := f.there(); {
	case slices.ContainsFunc(f.keys, func(k string) bool { return f.lost[k] }):
		f.skips = true
	case !there:
		f.foreign = f.foreign || len(f.keys) == 0
		for _, k := range f.keys {
			if len(f.hides) == 0 || f.hides[len(f.hides)-1] != k {
				f.hides = append(f.hides, k)
			}
		}
	}
	f.pending = f.pending[:0]
}

func (f *fileCheck) there() bool {
	if f.in == nil {
		return false
	}
	head, _ := f.in.Peek(len(f.pending))
	if bytes.Equal(head, f.pending) {
		f.in.Discard(len(head))
		f.skips = false
		return true
	}
	if len(f.pending) < findable {
		return false
	}
	for {
		ahead, err := f.in.Peek(window)
		if i := bytes.Index(ahead, f.pending); i >= 0 {
			f.foreign = f.foreign || !f.skips
			f.skips = false
			f.in.Discard(i + len(f.pending))
			return true
		}
		if !f.skips || err != nil {
			return false
		}
		f.in.Discard(len(ahead) - len(f.pending) + 1)
	}
}

// end settles the file: records that it hides, or an error that names it.
func (f *fileCheck) end() error {
	f.compare()
	if f.in != nil {
		if _, err := f.in.Peek(1); !errors.Is(err, io.EOF) && !f.skips {
			f.foreign = true
		}
		f.f.Close()
	}
	switch {
	case !f.foreign && len(f.hides) == 0:
	case f.proved(f.name), f.lacks && f.intact(f.name):
	case len(f.hides) > 0:
		for _, k := range f.hides {
			f.hidden[k] = true
		}
	case f.wrong == nil:
		f.wrong = plugin.Damage(f.name, errors.New("it is not what its records say"))
	}
	return nil
}
