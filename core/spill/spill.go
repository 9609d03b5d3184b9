// Package spill sorts more data than fits in memory: byte records by a byte key, with temporary
// files.
//
// Invariants: memory stays near the budget whatever the input; the order is bytewise by key, and
// records of equal keys keep the order in which they were added; input that arrives sorted is
// recognised and costs no sorting; temporary files are unlinked as soon as they are open, so that
// nothing is left behind by a crash.
package spill

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"syscall"

	"github.com/chatferry/chatferry/core/fault"
)

// fanIn is how many runs one merge reads at a time, each through a buffer of runBuffer bytes.
const (
	fanIn     = 64
	runBuffer = 64 << 10
)

// Sorter takes records and gives them back sorted. It is for one goroutine.
type Sorter struct {
	dir    string
	budget int
	data   []byte // keys and values of the records in memory
	items  []item
	sorted bool // items are in order as they stand
	runs   []*os.File
	count  int64
}

type item struct {
	prefix   uint64 // first eight bytes of the key, big endian
	off      int
	key, val int32 // lengths
}

// arenas are the memory of closed sorters, for the next ones: growing anew costs more than sorting.
var arenas sync.Pool

type arena struct {
	data  []byte
	items []item
}

// New returns a sorter that keeps about memory bytes and puts the rest into files in dir.
func New(dir string, memory int) *Sorter {
	s := &Sorter{dir: dir, budget: memory, sorted: true}
	if a, ok := arenas.Get().(*arena); ok && cap(a.data) <= 2*memory {
		s.data, s.items = a.data[:0], a.items[:0]
	}
	return s
}

// Len is the number of records added.
func (s *Sorter) Len() int64 { return s.count }

// Add takes a copy of one record. Neither part may exceed 2 GiB.
func (s *Sorter) Add(key, value []byte) error {
	it := item{prefix: prefixOf(key), off: len(s.data), key: int32(len(key)), val: int32(len(value))}
	s.data = append(append(s.data, key...), value...)
	if s.sorted && len(s.items) > 0 {
		last := s.items[len(s.items)-1]
		s.sorted = last.prefix < it.prefix || last.prefix == it.prefix && bytes.Compare(s.keyOf(last), key) <= 0
	}
	s.items = append(s.items, it)
	s.count++
	if len(s.data)+len(s.items)*24 >= s.budget {
		return s.flush()
	}
	return nil
}

func prefixOf(key []byte) uint64 {
	var p [8]byte
	copy(p[:], key)
	return binary.BigEndian.Uint64(p[:])
}

func (s *Sorter) keyOf(it item) []byte { return s.data[it.off : it.off+int(it.key)] }

func (s *Sorter) sort() {
	if s.sorted {
		return
	}
	slices.SortFunc(s.items, func(a, b item) int {
		if a.prefix != b.prefix {
			if a.prefix < b.prefix {
				return -1
			}
			return 1
		}
		if c := bytes.Compare(s.keyOf(a), s.keyOf(b)); c != 0 {
			return c
		}
		return a.off - b.off
	})
	s.sorted = true
}

// flush writes what is in memory as one sorted run.
func (s *Sorter) flush() error {
	if len(s.items) == 0 {
		return nil
	}
	s.sort()
	f, err := s.temp()
	if err != nil {
		return err
	}
	s.runs = append(s.runs, f)
	w := bufio.NewWriterSize(f, runBuffer)
	for _, it := range s.items {
		if err := writeRecord(w, s.keyOf(it), s.data[it.off+int(it.key):it.off+int(it.key)+int(it.val)]); err != nil {
			return storage("write", err)
		}
	}
	if err := w.Flush(); err != nil {
		return storage("write", err)
	}
	s.data, s.items, s.sorted = s.data[:0], s.items[:0], true
	return nil
}

func (s *Sorter) temp() (*os.File, error) {
	f, err := os.CreateTemp(s.dir, "spill-*")
	if err != nil {
		return nil, storage("create", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, storage("unlink", err)
	}
	return f, nil
}

func storage(op string, err error) error {
	hint := "check that the temporary folder can be written"
	if se := syscall.Errno(0); errors.As(err, &se) && se == syscall.ENOSPC {
		hint = "free some disk space, then run again: it resumes"
	}
	return fault.New(fault.Storage, op, "temporary sort file", hint, err)
}

func writeRecord(w *bufio.Writer, key, val []byte) error {
	var head [2 * binary.MaxVarintLen64]byte
	n := binary.PutUvarint(head[:], uint64(len(key)))
	n += binary.PutUvarint(head[n:], uint64(len(val)))
	w.Write(head[:n])
	w.Write(key)
	_, err := w.Write(val)
	return err
}

// Sort ends the input and returns the records in order. It may be called again for another walk
// once the iterator before is done with.
func (s *Sorter) Sort() (*Iter, error) {
	if len(s.runs) == 0 {
		s.sort()
		return &Iter{mem: s}, nil
	}
	if err := s.flush(); err != nil {
		return nil, err
	}
	s.release()
	for len(s.runs) > fanIn {
		if err := s.mergeSome(); err != nil {
			return nil, err
		}
	}
	m, err := newMerge(s.runs)
	if err != nil {
		return nil, err
	}
	return &Iter{merge: m}, nil
}

// mergeSome replaces the first fanIn runs by one, in place, so that equal keys keep their order.
func (s *Sorter) mergeSome() error {
	m, err := newMerge(s.runs[:fanIn])
	if err != nil {
		return err
	}
	f, err := s.temp()
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, runBuffer)
	for m.next() {
		if err := writeRecord(w, m.key, m.val); err != nil {
			f.Close()
			return storage("write", err)
		}
	}
	if err := w.Flush(); err != nil || m.err != nil {
		f.Close()
		if err == nil {
			err = m.err
		}
		return storage("merge", err)
	}
	for _, r := range s.runs[:fanIn] {
		r.Close()
	}
	s.runs = append([]*os.File{f}, s.runs[fanIn:]...)
	return nil
}

// Close frees the files. It may be called at any time, also after Sort.
func (s *Sorter) Close() error {
	for _, f := range s.runs {
		f.Close()
	}
	s.runs = nil
	s.release()
	return nil
}

// release gives the memory back. Iterators over it must be done with.
func (s *Sorter) release() {
	if cap(s.data) > 0 {
		arenas.Put(&arena{s.data, s.items})
	}
	s.data, s.items = nil, nil
}

// Iter walks sorted records. Key and Value are valid until the next call of Next.
type Iter struct {
	mem   *Sorter
	pos   int
	merge *merge
}

// Next moves to the next record.
func (it *Iter) Next() bool {
	if it.mem != nil {
		it.pos++
		return it.pos <= len(it.mem.items)
	}
	return it.merge.next()
}

// Key of the current record.
func (it *Iter) Key() []byte {
	if it.mem != nil {
		return it.mem.keyOf(it.mem.items[it.pos-1])
	}
	return it.merge.key
}

// Value of the current record.
func (it *Iter) Value() []byte {
	if it.mem != nil {
		i := it.mem.items[it.pos-1]
		return it.mem.data[i.off+int(i.key) : i.off+int(i.key)+int(i.val)]
	}
	return it.merge.val
}

// Stable tells that keys and values stay valid until the sorter is closed.
func (it *Iter) Stable() bool { return it.mem != nil }

// Err is the error that ended the walk, or nil.
func (it *Iter) Err() error {
	if it.merge != nil && it.merge.err != nil {
		return storage("read", it.merge.err)
	}
	return nil
}

// Close ends the walk; the files stay with the sorter, whose Close frees them.
func (it *Iter) Close() error { return nil }

// merge is a tournament over sorted runs.
type merge struct {
	heap     []*run
	key, val []byte
	err      error
	started  bool
}

type run struct {
	r        *bufio.Reader
	order    int
	key, val []byte
}

func newMerge(files []*os.File) (*merge, error) {
	m := &merge{}
	for i, f := range files {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, storage("seek", err)
		}
		r := &run{r: bufio.NewReaderSize(f, runBuffer), order: i}
		ok, err := r.read()
		if err != nil {
			return nil, storage("read", err)
		}
		if ok {
			m.heap = append(m.heap, r)
		}
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	return m, nil
}

func (r *run) read() (bool, error) {
	k, err := binary.ReadUvarint(r.r)
	if err == io.EOF {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	v, err := binary.ReadUvarint(r.r)
	if err != nil {
		return false, fmt.Errorf("record is cut off: %w", err)
	}
	r.key = slices.Grow(r.key[:0], int(k))[:k]
	r.val = slices.Grow(r.val[:0], int(v))[:v]
	if _, err := io.ReadFull(r.r, r.key); err != nil {
		return false, err
	}
	_, err = io.ReadFull(r.r, r.val)
	return err == nil, err
}

// next gives the smallest record. The run it came from is advanced only by the following call, so
// that key and val stay valid in between.
func (m *merge) next() bool {
	if m.err != nil || len(m.heap) == 0 {
		return false
	}
	if m.started {
		ok, err := m.heap[0].read()
		if err != nil {
			m.err = err
			return false
		}
		if !ok {
			last := len(m.heap) - 1
			m.heap[0] = m.heap[last]
			if m.heap = m.heap[:last]; last == 0 {
				return false
			}
		}
		m.down(0)
	}
	m.started = true
	m.key, m.val = m.heap[0].key, m.heap[0].val
	return true
}

func (m *merge) less(a, b *run) bool {
	c := bytes.Compare(a.key, b.key)
	return c < 0 || c == 0 && a.order < b.order
}

func (m *merge) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(m.heap) {
			return
		}
		if child+1 < len(m.heap) && m.less(m.heap[child+1], m.heap[child]) {
			child++
		}
		if !m.less(m.heap[child], m.heap[i]) {
			return
		}
		m.heap[i], m.heap[child] = m.heap[child], m.heap[i]
		i = child
	}
}
