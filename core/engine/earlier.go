package engine

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sort"
	"strconv"

	"github.com/chatferry/chatferry/core/spill"
)

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
	err := EachLeaf(state, sink, gen-1, func(l *Leaf) error {
		sum := sha256.Sum256([]byte(l.Key))
		n++
		return s.Add(binary.BigEndian.AppendUint32(sum[:16:16], n), l.Content[:])
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
		if len(key) == 0 {
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

// Content is the digest of a canonical line without its raw pointer.
func Content(line string) [32]byte { return content(line) }
