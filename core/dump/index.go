package dump

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/spill"
)

// Sizes: the memory of the sorter, what an index may take before it goes to disk, and how many
// records lie between two offsets that are kept in memory.
const (
	sortMemory  = 8 << 20
	indexMemory = 4 << 20
	stride      = 64
)

// Entries that are no files of the dump stand in areas of their own, after all folders: folder
// paths are valid UTF-8, so none begins with this byte.
const area = "\xff"

func areaOf(s State) string { return area + string([]byte{'0' + byte(s)}) }

// Folder is one folder that has files in it.
type Folder struct {
	Path  string // "" is the top
	Files int64
	Bytes int64
	Print uint64 // changes when a file's name, size, checksum or time changes
}

type slot struct {
	name   string
	offset int64 // in the index
	record int64 // ordinal of its first record
	count  int64 // records
	bytes  int64
	print  uint64
}

// index holds the entries sorted by folder and name.
type index struct {
	mem    []byte
	file   *os.File
	end    int64
	slots  []slot
	sparse []int64 // offset of every stride-th record
	count  int64
}

func (ix *index) at() io.ReaderAt {
	if ix.file != nil {
		return ix.file
	}
	return bytes.NewReader(ix.mem)
}

func (ix *index) close() {
	if ix.file != nil {
		ix.file.Close()
	}
}

// builder collects entries in any order.
type builder struct {
	tmp    string
	sorter *spill.Sorter
	key    []byte
	val    []byte
	totals Totals
}

func newBuilder(tmp string) *builder {
	return &builder{tmp: tmp, sorter: spill.New(tmp, sortMemory)}
}

func (b *builder) add(e *Entry) error {
	b.totals.Entries++
	b.totals.States[e.State]++
	dir, base := areaOf(e.State), e.Path
	if e.State == File || e.State == Damaged {
		b.totals.Bytes += e.Size
		if dir, base = path.Split(e.Path); dir != "" {
			dir = dir[:len(dir)-1]
		}
	}
	b.key = append(append(append(b.key[:0], dir...), 0), base...)
	b.val = e.encode(b.val[:0])
	return b.sorter.Add(b.key, b.val)
}

// finish writes the index and the table of folders.
func (b *builder) finish() (*index, error) {
	defer b.sorter.Close()
	it, err := b.sorter.Sort()
	if err != nil {
		return nil, err
	}
	ix := &index{}
	var w *bufio.Writer
	var rec []byte
	for it.Next() {
		key, val := it.Key(), it.Value()
		dir, _, _ := bytes.Cut(key, []byte{0})
		if len(ix.slots) == 0 || ix.slots[len(ix.slots)-1].name != string(dir) {
			ix.slots = append(ix.slots, slot{name: string(dir), offset: ix.end, record: ix.count})
		}
		ix.slots[len(ix.slots)-1].take(key, val)
		if ix.count%stride == 0 {
			ix.sparse = append(ix.sparse, ix.end)
		}
		rec = binary.AppendUvarint(rec[:0], uint64(len(key)))
		rec = append(rec, key...)
		rec = binary.AppendUvarint(rec, uint64(len(val)))
		rec = append(rec, val...)
		ix.count++
		ix.end += int64(len(rec))
		if w == nil && len(ix.mem)+len(rec) <= indexMemory {
			ix.mem = append(ix.mem, rec...)
			continue
		}
		if w == nil {
			if w, err = ix.spillOver(b.tmp); err != nil {
				return nil, err
			}
		}
		if _, err := w.Write(rec); err != nil {
			ix.close()
			return nil, storage("write", err)
		}
	}
	if w != nil {
		if err := w.Flush(); err != nil {
			ix.close()
			return nil, storage("write", err)
		}
	}
	if err := it.Err(); err != nil {
		ix.close()
		return nil, err
	}
	return ix, nil
}

func (ix *index) spillOver(tmp string) (*bufio.Writer, error) {
	f, err := os.CreateTemp(tmp, "dump-*")
	if err != nil {
		return nil, storage("create", err)
	}
	os.Remove(f.Name())
	ix.file = f
	w := bufio.NewWriterSize(f, 256<<10)
	w.Write(ix.mem)
	ix.mem = nil
	return w, nil
}

func storage(op string, err error) error {
	return fault.New(fault.Storage, op, "temporary index of the dump", "check that the temporary folder can be written and has room", cause(err))
}

func (s *slot) take(key, val []byte) {
	var e Entry
	e.decode(val)
	s.count++
	s.bytes += e.Size
	var buf [32]byte
	binary.LittleEndian.PutUint64(buf[0:], uint64(e.Size))
	binary.LittleEndian.PutUint64(buf[8:], uint64(e.CRC))
	binary.LittleEndian.PutUint64(buf[16:], uint64(e.Modified))
	buf[24] = byte(e.State)
	s.print = fnv(fnv(s.print, key), buf[:])
}

// fnv continues a 64-bit FNV-1a hash: it tells a change, it proves nothing.
func fnv(h uint64, b []byte) uint64 {
	if h == 0 {
		h = 14695981039346656037
	}
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// Folders is how many folders have files in them.
func (d *Dump) Folders() int {
	return sort.Search(len(d.ix.slots), func(i int) bool { return d.ix.slots[i].name >= area })
}

// Folder is the i-th folder in the order of their paths.
func (d *Dump) Folder(i int) Folder {
	s := &d.ix.slots[i]
	return Folder{Path: s.name, Files: s.count, Bytes: s.bytes, Print: s.print}
}

// FindFolder is the number of the first folder whose path is not less than p, and whether it is p.
func (d *Dump) FindFolder(p string) (int, bool) {
	i := sort.Search(len(d.ix.slots), func(i int) bool { return d.ix.slots[i].name >= p })
	return i, i < len(d.ix.slots) && d.ix.slots[i].name == p && !strings.HasPrefix(p, area)
}

// Wrapper is the one folder in which everything lies, or "" when there is no such folder.
func (d *Dump) Wrapper() string {
	n := d.Folders()
	if n == 0 || d.ix.slots[0].name == "" {
		return ""
	}
	top, _, _ := strings.Cut(d.ix.slots[0].name, "/")
	for _, s := range d.ix.slots[:n] {
		if s.name != top && !strings.HasPrefix(s.name, top+"/") {
			return ""
		}
	}
	return top
}

// Each yields the files and damaged files of the i-th folder by name, from the first that is not
// less than from. The entry is valid until yield returns. ErrStop from yield ends it without error.
func (d *Dump) Each(i int, from string, yield func(*Entry) error) error {
	return d.each(&d.ix.slots[i], from, yield)
}

// ErrStop ends a walk early.
var ErrStop = errors.New("stop")

// Aside yields all entries of a state other than File and Damaged.
func (d *Dump) Aside(s State, yield func(*Entry) error) error {
	name := areaOf(s)
	if i := sort.Search(len(d.ix.slots), func(i int) bool { return d.ix.slots[i].name >= name }); i < len(d.ix.slots) && d.ix.slots[i].name == name {
		return d.each(&d.ix.slots[i], "", yield)
	}
	return nil
}

// Walk yields every entry: the inventory of the dump.
func (d *Dump) Walk(yield func(*Entry) error) error {
	for i := range d.ix.slots {
		stopped := false
		if err := d.each(&d.ix.slots[i], "", func(e *Entry) error {
			err := yield(e)
			stopped = errors.Is(err, ErrStop)
			return err
		}); err != nil || stopped {
			return err
		}
	}
	return nil
}

// Lookup finds a file by its path.
func (d *Dump) Lookup(p string) (*Entry, bool, error) {
	dir, base := path.Split(p)
	i, ok := d.FindFolder(strings.TrimSuffix(dir, "/"))
	if !ok {
		return nil, false, nil
	}
	var found *Entry
	err := d.Each(i, base, func(e *Entry) error {
		if e.Path == p {
			found = e
		}
		return ErrStop
	})
	return found, found != nil, err
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

func (d *Dump) each(s *slot, from string, yield func(*Entry) error) error {
	start, left := d.ix.seek(s, from)
	r := readers.Get().(*bufio.Reader)
	defer readers.Put(r)
	r.Reset(io.NewSectionReader(d.ix.at(), start, d.ix.end-start))
	var rec, prev []byte
	dup := 1
	for ; left > 0; left-- {
		var err error
		rec, err = readPart(r, rec[:0])
		if err != nil {
			return storage("read", err)
		}
		key := rec[len(s.name)+1:]
		if dup++; !bytes.Equal(key, prev) {
			dup, prev = 1, append(prev[:0], key...)
		}
		skip := string(key) < from
		n := len(rec)
		if rec, err = readPart(r, rec); err != nil {
			return storage("read", err)
		}
		if skip {
			continue
		}
		e := new(Entry)
		e.decode(rec[n:])
		e.Path = string(rec[len(s.name)+1 : n])
		if s.name != "" && s.name[0] != area[0] {
			e.Path = s.name + "/" + e.Path
		}
		if dup > 1 && e.State <= Damaged {
			if e.Duplicate = dup; e.Stored == "" {
				e.Stored = e.Path
			}
			e.Path += dupSuffix(dup)
		}
		if err := yield(e); errors.Is(err, ErrStop) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

func dupSuffix(n int) string { return "~" + strconv.Itoa(n) }

// seek finds where to start reading for the first name not less than from: at most a few strides
// before it. Duplicates are counted from their first, so it never starts between two of them.
func (ix *index) seek(s *slot, from string) (offset, left int64) {
	if from == "" || s.count <= stride {
		return s.offset, s.count
	}
	lo := (s.record + stride - 1) / stride
	hi := (s.record + s.count - 1) / stride
	r := readers.Get().(*bufio.Reader)
	defer readers.Put(r)
	var buf []byte
	n := sort.Search(int(hi-lo+1), func(i int) bool {
		off := ix.sparse[lo+int64(i)]
		r.Reset(io.NewSectionReader(ix.at(), off, min(ix.end-off, 4<<10)))
		var err error
		if buf, err = readPart(r, buf[:0]); err != nil {
			return true
		}
		return string(buf[len(s.name)+1:]) >= from
	})
	if n == 0 {
		return s.offset, s.count
	}
	at := lo + int64(n) - 1
	return ix.sparse[at], s.record + s.count - at*stride
}

func readPart(r *bufio.Reader, b []byte) ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return b, err
	}
	start := len(b)
	b = append(b, make([]byte, n)...)
	_, err = io.ReadFull(r, b[start:])
	return b, err
}
