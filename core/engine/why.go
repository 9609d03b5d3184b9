package engine

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// The why index tells of each record that a transform removed which rule did it, so that the question can
// be answered without the dump. One file a unit, written as the records go by: rows of a rule's number and
// the first 16 bytes of the SHA-256 of the key. A number one above the last is a new rule, whose name follows.

// WhyDir is the folder with a generation's why index, one file a unit. A unit without a file removed nothing.
func WhyDir(state string, gen int) string {
	return filepath.Join(state, "why", fmt.Sprintf("%04d", gen))
}

const (
	whyMagic = "cfwhy1\n"
	maxRule  = 4 << 10 // bytes of a rule's name
)

type whyWriter struct {
	part  *plugin.Part
	rules map[string]uint64
	buf   []byte
}

// noteWhy writes down that a rule removed a record.
func (in *intake) noteWhy(key, rule string) error {
	if in.run.survey != nil || in.run.job.Unproven {
		return nil
	}
	if in.why == nil {
		dir := WhyDir(in.run.job.State, in.run.gen)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fault.New(fault.Storage, "create", dir, "free some disk space or make the folder writable, then run again: it resumes", err)
		}
		part, err := plugin.CreatePart(dir, in.unit.id)
		if err != nil {
			return err
		}
		in.why = &whyWriter{part: part, rules: map[string]uint64{}, buf: []byte(whyMagic)}
	}
	return in.why.add(key, rule[:min(len(rule), maxRule)])
}

func (w *whyWriter) add(key, rule string) error {
	n, known := w.rules[rule]
	if !known && len(w.rules) >= maxTallies {
		rule = "other" // as in the tallies
		n, known = w.rules[rule]
	}
	if !known {
		n = uint64(len(w.rules))
		w.rules[rule] = n
	}
	b := binary.AppendUvarint(w.buf, n)
	if !known {
		b = appendText(b, rule)
	}
	sum := sha256.Sum256([]byte(key))
	b = append(b, sum[:16]...)
	w.buf = b[:0]
	_, err := w.part.Write(b)
	return err
}

// commit makes the index of the unit durable. Without a removed record there is none.
func (w *whyWriter) commit() error {
	if w == nil {
		return nil
	}
	_, _, err := w.part.Commit()
	return err
}

func (w *whyWriter) abort() {
	if w != nil {
		w.part.Abort()
	}
}

// Removal says which rule removed a record.
type Removal struct {
	Rule string
	Unit string
	Gen  int
}

// Removals finds every removal of a key in generations 1 to gen, older first.
func Removals(state, key string, gen int) ([]Removal, error) {
	sum := sha256.Sum256([]byte(key))
	var list []Removal
	for g := 1; g <= gen; g++ {
		dir := WhyDir(state, g)
		entries, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) {
			return nil, fault.New(fault.Storage, "read", dir, "make the folder readable", err)
		}
		for _, e := range entries {
			if e.Name()[0] == '.' {
				continue
			}
			rules, err := removalsIn(filepath.Join(dir, e.Name()), [16]byte(sum[:16]))
			if err != nil {
				return nil, err
			}
			for _, rule := range rules {
				list = append(list, Removal{rule, e.Name(), g})
			}
		}
	}
	return list, nil
}

// removalsIn finds the rules that removed a key in one unit.
func removalsIn(path string, want [16]byte) (found []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.Storage, "read", path, "make the file readable", err)
	}
	defer f.Close()
	damaged := func(err error) error {
		if err == nil || err == io.EOF {
			err = errors.New("it ends inside a row, or holds what no run writes")
		}
		return fault.New(fault.Storage, "read", path, "the file is damaged: restore it from a copy, or name the dump to explain from", err)
	}
	r := bufio.NewReaderSize(f, 64<<10)
	head := make([]byte, len(whyMagic))
	if _, err := io.ReadFull(r, head); err != nil || string(head) != whyMagic {
		return nil, damaged(err)
	}
	var rules []string
	var key [16]byte
	for {
		n, err := binary.ReadUvarint(r)
		switch {
		case err == io.EOF:
			return found, nil
		case err != nil || n > uint64(len(rules)):
			return nil, damaged(err)
		case n == uint64(len(rules)):
			size, err := binary.ReadUvarint(r)
			if err != nil || size > maxRule || len(rules) > maxTallies {
				return nil, damaged(err)
			}
			name := make([]byte, size)
			if _, err := io.ReadFull(r, name); err != nil {
				return nil, damaged(err)
			}
			rules = append(rules, string(name))
		}
		if _, err := io.ReadFull(r, key[:]); err != nil {
			return nil, damaged(err)
		}
		if key == want {
			found = append(found, rules[n])
		}
	}
}
