package engine

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/spill"
)

// A leaf is the digest of one object as it was handed to a sink, beside its key. Leaf files are what
// verify compares a read-back with, and what a later run looks up to deliver only what is new.

// LeafDir is the folder with a generation's leaf files of one sink, one file a unit.
func LeafDir(state, sink string, gen int) string {
	return filepath.Join(state, "leaves", sink, fmt.Sprintf("%04d", gen))
}

type leafWriter struct {
	f    *os.File
	w    *bufio.Writer
	path string
	err  error
}

func createLeaves(state string, gen int, sink, unit string) (*leafWriter, error) {
	dir := LeafDir(state, sink, gen)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, leafFault(dir, err)
	}
	path := filepath.Join(dir, unit)
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, leafFault(path, err)
	}
	return &leafWriter{f: f, w: bufio.NewWriterSize(f, 32<<10), path: path}, nil
}

func leafFault(path string, err error) error {
	return fault.New(fault.Storage, "write", path, "free some disk space or make the folder writable, then run again: it resumes", err)
}

func (w *leafWriter) add(key string, leaf [32]byte) {
	if w.err != nil {
		return
	}
	var n [binary.MaxVarintLen64]byte
	w.w.Write(n[:binary.PutUvarint(n[:], uint64(len(key)))])
	w.w.WriteString(key)
	_, w.err = w.w.Write(leaf[:])
}

// remove takes back the leaf of an object that the sink refused. It is rare: a leaf of zeros is
// written, and the last leaf of a key counts.
func (w *leafWriter) remove(key string) { w.add(key, [32]byte{}) }

func (w *leafWriter) commit() error {
	if err := errors.Join(w.err, w.w.Flush(), w.f.Sync(), w.f.Close()); err != nil {
		return leafFault(w.path, err)
	}
	w.f = nil
	if err := os.Rename(w.path+".tmp", w.path); err != nil {
		return leafFault(w.path, err)
	}
	return nil
}

func (w *leafWriter) abort() {
	if w.f != nil {
		w.f.Close()
		os.Remove(w.path + ".tmp")
		w.f = nil
	}
}

// EachLeaf yields the leaves of a sink from generation 1 to gen, older first, with the unit they
// were delivered in. A leaf of zeros takes back the one before it.
func EachLeaf(state, sink string, gen int, yield func(unit string, gen int, key, leaf []byte) error) error {
	for g := 1; g <= gen; g++ {
		dir := LeafDir(state, sink, g)
		entries, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) {
			return leafFault(dir, err)
		}
		for _, e := range entries {
			if filepath.Ext(e.Name()) == ".tmp" {
				continue
			}
			err := readLeaves(filepath.Join(dir, e.Name()), func(key, leaf []byte) error { return yield(e.Name(), g, key, leaf) })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func readLeaves(path string, yield func(key, leaf []byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 64<<10)
	var key []byte
	var leaf [32]byte
	for {
		n, err := binary.ReadUvarint(r)
		if err == io.EOF {
			return nil
		}
		if err == nil && n > 1<<20 {
			err = errors.New("key is too long")
		}
		if err == nil {
			key = slices.Grow(key[:0], int(n))[:n]
			_, err = io.ReadFull(r, key)
		}
		if err == nil {
			_, err = io.ReadFull(r, leaf[:])
		}
		if err != nil {
			return fault.New(fault.Storage, "read", path, "the file is damaged; verify against the source by running into a new folder", err)
		}
		if err := yield(key, leaf[:]); err != nil {
			return err
		}
	}
}

// leafIndex answers what earlier generations delivered: rows of key digest and leaf, sorted, in a
// file, with every indexStep-th key in memory.
type leafIndex struct {
	f     *os.File
	heads [][16]byte
	rows  int64
}

const (
	indexRow  = 48
	indexStep = 128
)

func openIndex(state, sink string, gen int) (*leafIndex, error) {
	s := spill.New(state, sortMemory)
	defer s.Close()
	n := uint32(0)
	err := EachLeaf(state, sink, gen-1, func(_ string, _ int, key, leaf []byte) error {
		sum := sha256.Sum256(key)
		n++
		return s.Add(binary.BigEndian.AppendUint32(sum[:16:16], n), leaf)
	})
	if err != nil {
		return nil, err
	}
	it, err := s.Sort()
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(state, "index-"+strconv.Itoa(gen)+"-*")
	if err != nil {
		return nil, leafFault(state, err)
	}
	os.Remove(f.Name())
	x := &leafIndex{f: f}
	w := bufio.NewWriterSize(f, 64<<10)
	var key, leaf []byte
	put := func() {
		if len(key) == 0 || bytes.Equal(leaf, make([]byte, 32)) {
			return
		}
		if x.rows%indexStep == 0 {
			x.heads = append(x.heads, [16]byte(key))
		}
		w.Write(key)
		w.Write(leaf)
		x.rows++
	}
	for it.Next() {
		if k := it.Key()[:16]; !bytes.Equal(k, key) {
			put()
			key = append(key[:0], k...)
		}
		leaf = append(leaf[:0], it.Value()...)
	}
	put()
	if err := errors.Join(it.Err(), w.Flush()); err != nil {
		f.Close()
		return nil, leafFault(state, err)
	}
	return x, nil
}

// before is what earlier generations delivered under a key.
type before int

const (
	neverBefore before = iota
	otherBefore
	sameBefore
)

// look tells whether key was delivered, and whether exactly this leaf was the last one.
func (x *leafIndex) look(key string, leaf [32]byte) (before, error) {
	sum := sha256.Sum256([]byte(key))
	block := sort.Search(len(x.heads), func(i int) bool { return bytes.Compare(x.heads[i][:], sum[:16]) > 0 }) - 1
	if block < 0 {
		return neverBefore, nil
	}
	var buf [indexStep * indexRow]byte
	n, err := x.f.ReadAt(buf[:], int64(block)*int64(len(buf)))
	if err != nil && err != io.EOF {
		return neverBefore, leafFault("index of earlier deliveries", err)
	}
	rows := n / indexRow
	i := sort.Search(rows, func(i int) bool { return bytes.Compare(buf[i*indexRow:i*indexRow+16], sum[:16]) >= 0 })
	switch {
	case i == rows || !bytes.Equal(buf[i*indexRow:i*indexRow+16], sum[:16]):
		return neverBefore, nil
	case bytes.Equal(buf[i*indexRow+16:(i+1)*indexRow], leaf[:]):
		return sameBefore, nil
	}
	return otherBefore, nil
}

// Close frees the file.
func (x *leafIndex) Close() {
	if x != nil {
		x.f.Close()
	}
}

// Leaf is the digest of a canonical line without its raw pointer.
func Leaf(line string) [32]byte { return content(line) }
