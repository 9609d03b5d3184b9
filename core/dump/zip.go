package dump

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/spill"
)

const (
	sigLocal     = 0x04034b50
	sigCentral   = 0x02014b50
	sigEnd       = 0x06054b50
	sigEnd64     = 0x06064b50
	sigLocator64 = 0x07064b50
	sigData      = 0x08074b50

	localLen   = 30
	centralLen = 46
	endLen     = 22

	methodStore   = 0
	methodDeflate = 8

	maxRatio  = 200
	ratioFrom = 10 << 20
)

var errDirectory = errors.New("the directory is damaged")

// OpenZip reads the directory of a zip from r; name is for messages.
func OpenZip(ctx context.Context, r io.ReaderAt, size int64, name, tmp string) (*Dump, error) {
	d := &Dump{Path: name, Zip: true, data: r, size: size}
	b, err := d.readDirectory(ctx, tmp)
	if errors.Is(err, errDirectory) {
		b, err = d.recover(ctx, tmp)
	}
	if err != nil {
		return nil, err
	}
	if d.ix, err = b.finish(); err != nil {
		return nil, err
	}
	d.Totals = b.totals
	return d, nil
}

// end is what the end record says of the directory.
type end struct {
	offset, size int64
	entries      uint64
	zip64        bool
	base         int64 // bytes before the archive, as in a self-extracting file
}

// readDirectory enters every member in the order of the directory. Only when members are not in the
// order of their offsets does it go over the directory again, sorted, to look for overlaps.
func (d *Dump) readDirectory(ctx context.Context, tmp string) (*builder, error) {
	e, err := d.findEnd()
	if err != nil {
		return nil, err
	}
	b := newBuilder(tmp)
	last := int64(0)
	ordered := true
	err = d.central(ctx, e, func(m *Entry) error {
		ordered = ordered && m.local >= last
		last = m.local + localLen + m.Packed
		return b.add(m)
	})
	if err != nil || ordered {
		if err != nil {
			b.sorter.Close()
		}
		return b, err
	}
	b.sorter.Close()
	return d.byOffset(ctx, e, tmp)
}

// byOffset enters members in the order of their offsets and marks those that begin inside another.
func (d *Dump) byOffset(ctx context.Context, e *end, tmp string) (*builder, error) {
	s := spill.New(tmp, sortMemory)
	defer s.Close()
	var key [8]byte
	var val []byte
	if err := d.central(ctx, e, func(m *Entry) error {
		binary.BigEndian.PutUint64(key[:], uint64(m.local))
		val = binary.AppendUvarint(val[:0], uint64(len(m.Path)))
		val = m.encode(append(val, m.Path...))
		return s.Add(key[:], val)
	}); err != nil {
		return nil, err
	}
	it, err := s.Sort()
	if err != nil {
		return nil, err
	}
	b := newBuilder(tmp)
	last := int64(0)
	for it.Next() {
		v := it.Value()
		n, k := binary.Uvarint(v)
		var m Entry
		m.decode(v[k+int(n):])
		m.Path = string(v[k : k+int(n)])
		if m.local < last {
			if m.State == File {
				m.State, m.Reason = Damaged, "overlaps_another"
			}
		} else {
			last = m.local + localLen + m.Packed
		}
		if err := b.add(&m); err != nil {
			b.sorter.Close()
			return nil, err
		}
	}
	return b, it.Err()
}

// central streams the directory.
func (d *Dump) central(ctx context.Context, e *end, add func(*Entry) error) error {
	r := bufio.NewReaderSize(io.NewSectionReader(d.data, e.base+e.offset, e.size), 64<<10)
	var head [centralLen]byte
	var buf []byte
	left := e.size
	count := uint64(0)
	for left > 0 {
		if count%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if _, err := io.ReadFull(r, head[:]); err != nil || binary.LittleEndian.Uint32(head[:]) != sigCentral {
			return errDirectory
		}
		n, x, c := int(le16(head[28:])), int(le16(head[30:])), int(le16(head[32:]))
		if cap(buf) < n+x {
			buf = make([]byte, n+x)
		}
		buf = buf[:n+x]
		if _, err := io.ReadFull(r, buf); err != nil {
			return errDirectory
		}
		if _, err := r.Discard(c); err != nil {
			return errDirectory
		}
		if left -= int64(centralLen + n + x + c); left < 0 {
			return errDirectory
		}
		if count++; count > maxEntries {
			return fault.New(fault.Corrupt, "read", d.Path, "split the dump", errors.New("has more than 10,000,000 entries"))
		}
		if err := add(d.member(e, head[:], buf[:n], buf[n:])); err != nil {
			return err
		}
	}
	if e.zip64 && count != e.entries || count&0xffff != e.entries&0xffff {
		return errDirectory
	}
	return nil
}

// member makes an entry of one directory header and decides its disposition.
func (d *Dump) member(e *end, head, name, extra []byte) *Entry {
	m := &Entry{
		CRC: le32(head[16:]), method: le16(head[10:]), Modified: int64(le32(head[12:])),
		Packed: int64(le32(head[20:])), Size: int64(le32(head[24:])), local: int64(le32(head[42:])),
	}
	stored := string(name)
	m.extra(extra, &stored)
	m.local += e.base
	var reason string
	if m.Path, reason = cleanName(stored); m.Path != string(name) {
		m.Stored = string(name)
	}
	var mode uint32
	if by := head[5]; by == 3 || by == 19 {
		mode = le32(head[38:]) >> 16 & 0xf000
	}
	flags := le16(head[8:])
	isDir := strings.HasSuffix(stored, "/") || strings.HasSuffix(stored, `\`)
	switch {
	case reason != "":
		m.State, m.Reason = Refused, reason
	case mode == 0xa000:
		m.State, m.Reason = Refused, "symbolic_link"
	case mode != 0 && mode != 0x8000 && mode != 0x4000:
		m.State, m.Reason = Refused, "special_file"
	case junk(m.Path) != "":
		m.State, m.Reason = Ignored, junk(m.Path)
	case isDir || mode == 0x4000:
		m.State, m.Size, m.Packed = Dir, 0, max(m.Packed, 0)
	case flags&(1|1<<6|1<<13) != 0:
		m.State, m.Reason = Damaged, "encrypted"
	case m.method != methodStore && m.method != methodDeflate:
		m.State, m.Reason = Damaged, "unsupported_compression"
	case m.Size < 0 || m.Packed < 0 || m.local < 0 || m.Packed > d.size || m.local > e.base+e.offset-localLen-m.Packed:
		m.State, m.Reason = Damaged, "outside_the_archive"
	case m.method == methodStore && m.Size != m.Packed:
		m.State, m.Reason = Damaged, "sizes_disagree"
	case m.Size > ratioFrom && m.Size/maxRatio > m.Packed:
		m.State, m.Reason = Damaged, "compression_ratio"
	}
	m.Size, m.Packed, m.local = max(m.Size, 0), max(m.Packed, 0), max(m.local, 0)
	if m.Packed > d.size {
		m.Packed = 0
	}
	if m.State == Dir {
		m.Packed = 0
	}
	return m
}

// extra reads the extra fields that matter: zip64 sizes, and the name in UTF-8.
func (e *Entry) extra(x []byte, name *string) {
	for len(x) >= 4 {
		id, n := le16(x), int(le16(x[2:]))
		x = x[4:]
		if n > len(x) {
			return
		}
		f := x[:n]
		x = x[n:]
		switch id {
		case 1:
			for _, v := range []*int64{&e.Size, &e.Packed, &e.local} {
				if *v != 0xffffffff {
					continue
				}
				if len(f) < 8 {
					*v = -1
					continue
				}
				*v = int64(binary.LittleEndian.Uint64(f))
				f = f[8:]
			}
		case 0x7075:
			if len(f) > 5 && f[0] == 1 && le32(f[1:]) == crc32.ChecksumIEEE([]byte(*name)) {
				*name = string(f[5:])
			}
		}
	}
}

// findEnd looks for the end record in the last 64 KiB, and for its zip64 form.
func (d *Dump) findEnd() (*end, error) {
	n := min(d.size, endLen+0xffff)
	if n < endLen {
		return nil, errDirectory
	}
	buf := make([]byte, n)
	if _, err := d.data.ReadAt(buf, d.size-n); err != nil && err != io.EOF {
		return nil, fault.New(fault.Storage, "read", d.Path, "check the disk the dump is on", cause(err))
	}
	for i := len(buf) - endLen; i >= 0; i-- {
		if le32(buf[i:]) != sigEnd || i+endLen+int(le16(buf[i+20:])) > len(buf) {
			continue
		}
		return d.parseEnd(buf[i:], d.size-n+int64(i))
	}
	return nil, errDirectory
}

func (d *Dump) parseEnd(b []byte, at int64) (*end, error) {
	if disk := le16(b[4:]); disk != 0 && disk != 0xffff {
		return nil, fault.New(fault.Corrupt, "open", d.Path, "join the parts into one zip first, for example with zip -s 0", errors.New("is one part of an archive of several parts"))
	}
	e := &end{entries: uint64(le16(b[10:])), size: int64(le32(b[12:])), offset: int64(le32(b[16:]))}
	var loc [20]byte
	if at >= 20 {
		if _, err := d.data.ReadAt(loc[:], at-20); err == nil && le32(loc[:]) == sigLocator64 {
			var rec [56]byte
			pos := int64(binary.LittleEndian.Uint64(loc[8:]))
			if pos < 0 || pos > at-56-20 {
				return nil, errDirectory
			}
			if _, err := d.data.ReadAt(rec[:], pos); err != nil || le32(rec[:]) != sigEnd64 {
				return nil, errDirectory
			}
			e.zip64, at = true, pos
			e.entries = binary.LittleEndian.Uint64(rec[32:])
			e.size = int64(binary.LittleEndian.Uint64(rec[40:]))
			e.offset = int64(binary.LittleEndian.Uint64(rec[48:]))
		}
	}
	if e.size < 0 || e.offset < 0 || e.size > at || e.offset > at-e.size {
		return nil, errDirectory
	}
	var sig [4]byte
	if e.base = at - e.size - e.offset; e.base > 0 && e.size > 0 {
		if _, err := d.data.ReadAt(sig[:], e.offset); err == nil && le32(sig[:]) == sigCentral {
			e.base = 0
		}
	}
	return e, nil
}

func le16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
