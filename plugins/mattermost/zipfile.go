package mattermost

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/plugin"
)

// The standard library's zip writer and reader keep every entry in memory; an export may have millions
// of attachments. These two keep the list of entries on disk, and read it once from start to end.

const (
	methodStore   = 0
	methodDeflate = 8
	max32         = 1<<32 - 1
	max16         = 1<<16 - 1
	dosDate       = 1<<5 | 1 // 1 January 1980: no clock in the output
	utf8Flag      = 0x800
)

// entry is one file in a zip.
type entry struct {
	name      string
	method    uint16
	crc       uint32
	size, raw uint64 // compressed and not
	offset    uint64
}

// zipWriter writes a zip whose entries' sizes and sums are known before their bytes.
type zipWriter struct {
	w   io.Writer
	off uint64
	n   uint64
	dir *os.File // central directory so far
	buf *bufio.Writer
	tmp []byte
}

func newZipWriter(w io.Writer, work string) (*zipWriter, error) {
	f, err := os.CreateTemp(work, ".entries-*")
	if err != nil {
		return nil, err
	}
	return &zipWriter{w: w, dir: f, buf: bufio.NewWriter(f)}, nil
}

func (z *zipWriter) discard() {
	z.dir.Close()
	os.Remove(z.dir.Name())
}

func (z *zipWriter) write(b []byte) error {
	n, err := z.w.Write(b)
	z.off += uint64(n)
	return err
}

// start writes an entry's header; e.size bytes must follow through copy.
func (z *zipWriter) start(e entry) error {
	e.offset = z.off
	le := binary.LittleEndian
	var extra []byte
	big := e.size >= max32 || e.raw >= max32
	if big {
		extra = le.AppendUint16(le.AppendUint16(nil, 1), 16)
		extra = le.AppendUint64(le.AppendUint64(extra, e.raw), e.size)
	}
	b := le.AppendUint32(z.tmp[:0], 0x04034b50)
	b = z.common(b, e, big)
	b = le.AppendUint16(b, uint16(len(extra)))
	b = append(append(b, e.name...), extra...)
	z.tmp = b
	if err := z.write(b); err != nil {
		return err
	}
	extra = nil
	if big || e.offset >= max32 {
		extra = le.AppendUint16(le.AppendUint16(nil, 1), 24)
		extra = le.AppendUint64(le.AppendUint64(le.AppendUint64(extra, e.raw), e.size), e.offset)
	}
	b = le.AppendUint16(le.AppendUint32(z.tmp[:0], 0x02014b50), 3<<8|45)
	b = z.common(b, e, len(extra) > 0)
	b = le.AppendUint16(b, uint16(len(extra)))
	b = append(b, make([]byte, 6)...)    // comment, disk, internal attributes
	b = le.AppendUint32(b, 0o100600<<16) // a regular file
	b = le.AppendUint32(b, cap32(e.offset, len(extra) > 0))
	b = append(append(b, e.name...), extra...)
	z.tmp = b
	z.n++
	_, err := z.buf.Write(b)
	return err
}

func (z *zipWriter) common(b []byte, e entry, big bool) []byte {
	le := binary.LittleEndian
	b = le.AppendUint16(b, 45)
	b = le.AppendUint16(b, utf8Flag)
	b = le.AppendUint16(b, e.method)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, dosDate)
	b = le.AppendUint32(b, e.crc)
	b = le.AppendUint32(b, cap32(e.size, big))
	b = le.AppendUint32(b, cap32(e.raw, big))
	return le.AppendUint16(b, uint16(len(e.name)))
}

func cap32(n uint64, big bool) uint32 {
	if big || n >= max32 {
		return max32
	}
	return uint32(n)
}

func (z *zipWriter) copy(r io.Reader) (int64, error) {
	n, err := io.Copy(z.w, r)
	z.off += uint64(n)
	return n, err
}

// file stores a file's bytes under name.
func (z *zipWriter) file(name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := crc32.NewIEEE()
	n, err := io.Copy(sum, f)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := z.start(entry{name: name, crc: sum.Sum32(), size: uint64(n), raw: uint64(n)}); err != nil {
		return err
	}
	m, err := z.copy(f)
	if err == nil && m != n {
		err = errors.New("the file changed while it was read")
	}
	return err
}

// close writes the list of entries.
func (z *zipWriter) close() error {
	if err := z.buf.Flush(); err != nil {
		return err
	}
	if _, err := z.dir.Seek(0, io.SeekStart); err != nil {
		return err
	}
	start := z.off
	if _, err := z.copy(z.dir); err != nil {
		return err
	}
	size, end := z.off-start, z.off
	le := binary.LittleEndian
	var b []byte
	if z.n >= max16 || size >= max32 || start >= max32 {
		b = le.AppendUint64(le.AppendUint32(b, 0x06064b50), 44)
		b = le.AppendUint16(le.AppendUint16(b, 45), 45)
		b = append(b, make([]byte, 8)...)
		b = le.AppendUint64(le.AppendUint64(b, z.n), z.n)
		b = le.AppendUint64(le.AppendUint64(b, size), start)
		b = le.AppendUint32(le.AppendUint32(b, 0x07064b50), 0)
		b = le.AppendUint32(le.AppendUint64(b, end), 1)
	}
	b = append(le.AppendUint32(b, 0x06054b50), 0, 0, 0, 0)
	n := uint16(min(z.n, max16))
	b = le.AppendUint16(le.AppendUint16(b, n), n)
	b = le.AppendUint32(le.AppendUint32(b, cap32(size, false)), cap32(start, false))
	return z.write(append(b, 0, 0))
}

// zipReader reads a zip's entries in their order, and opens them.
type zipReader struct {
	f    *os.File
	dir  *bufio.Reader
	left uint64
}

var errZip = errors.New("it is not a whole zip file")

func openZip(path string) (*zipReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	z := &zipReader{f: f}
	if err := z.rewind(); err != nil {
		f.Close()
		return nil, err
	}
	return z, nil
}

// rewind goes to the first entry.
func (z *zipReader) rewind() error {
	st, err := z.f.Stat()
	if err != nil {
		return err
	}
	tail := make([]byte, min(st.Size(), max16+22))
	if _, err := z.f.ReadAt(tail, st.Size()-int64(len(tail))); err != nil {
		return err
	}
	le := binary.LittleEndian
	i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if i < 0 || len(tail)-i < 22 {
		return errZip
	}
	end := tail[i:]
	n, size, start := uint64(le.Uint16(end[10:])), uint64(le.Uint32(end[12:])), uint64(le.Uint32(end[16:]))
	if i >= 20 && le.Uint32(tail[i-20:]) == 0x07064b50 {
		var rec [56]byte
		if _, err := z.f.ReadAt(rec[:], int64(le.Uint64(tail[i-12:]))); err != nil || le.Uint32(rec[:]) != 0x06064b50 {
			return errZip
		}
		n, size, start = le.Uint64(rec[32:]), le.Uint64(rec[40:]), le.Uint64(rec[48:])
	}
	if start > uint64(st.Size()) || size > uint64(st.Size())-start {
		return errZip
	}
	z.left = n
	z.dir = bufio.NewReaderSize(io.NewSectionReader(z.f, int64(start), int64(size)), 64<<10)
	return nil
}

// next is the next entry; io.EOF after the last.
func (z *zipReader) next() (entry, error) {
	if z.left == 0 {
		return entry{}, io.EOF
	}
	z.left--
	var h [46]byte
	if _, err := io.ReadFull(z.dir, h[:]); err != nil {
		return entry{}, errZip
	}
	le := binary.LittleEndian
	if le.Uint32(h[:]) != 0x02014b50 {
		return entry{}, errZip
	}
	rest := make([]byte, int(le.Uint16(h[28:]))+int(le.Uint16(h[30:]))+int(le.Uint16(h[32:])))
	if _, err := io.ReadFull(z.dir, rest); err != nil {
		return entry{}, errZip
	}
	nameLen, extraLen := int(le.Uint16(h[28:])), int(le.Uint16(h[30:]))
	e := entry{name: string(rest[:nameLen]), method: le.Uint16(h[10:]), crc: le.Uint32(h[16:]),
		size: uint64(le.Uint32(h[20:])), raw: uint64(le.Uint32(h[24:])), offset: uint64(le.Uint32(h[42:]))}
	for x := rest[nameLen : nameLen+extraLen]; len(x) >= 4; {
		id, l := le.Uint16(x), int(le.Uint16(x[2:]))
		if len(x) < 4+l {
			break
		}
		body := x[4 : 4+l]
		for _, p := range []*uint64{&e.raw, &e.size, &e.offset} {
			if id == 1 && *p == max32 && len(body) >= 8 {
				*p, body = le.Uint64(body), body[8:]
			}
		}
		x = x[4+l:]
	}
	return e, nil
}

// open gives an entry's stored bytes; those of a deflated one are still compressed.
func (z *zipReader) open(e entry) (io.Reader, error) {
	var h [30]byte
	if _, err := z.f.ReadAt(h[:], int64(e.offset)); err != nil || binary.LittleEndian.Uint32(h[:]) != 0x04034b50 {
		return nil, errZip
	}
	skip := 30 + int64(binary.LittleEndian.Uint16(h[26:])) + int64(binary.LittleEndian.Uint16(h[28:]))
	return io.NewSectionReader(z.f, int64(e.offset)+skip, int64(e.size)), nil
}

func (z *zipReader) Close() error { return z.f.Close() }

// partPath is where a part of a shard stands once it is committed.
func partPath(work, shard, kind string) string { return filepath.Join(work, "part-"+shard+"."+kind) }

func createPart(work, shard, kind string) (*plugin.Part, error) {
	return plugin.CreatePart(work, filepath.Base(partPath(work, shard, kind)))
}
