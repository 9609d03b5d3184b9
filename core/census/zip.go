package census

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
)

// errNoZip is the error for a file that is no zip, or whose directory is damaged or cut off.
var errNoZip = errors.New("the zip's directory is damaged or cut off")

// Records of a zip: APPNOTE.TXT, 4.3.
const (
	endLen, end64Len, locatorLen, headLen, localLen = 22, 56, 20, 46, 30
	tailMost                                        = 1<<16 + endLen + locatorLen
)

func (c *Container) walkZip(ctx context.Context, yield func(*Entry) error) error {
	d, err := c.directory()
	if err != nil {
		return err
	}
	r := bufio.NewReaderSize(io.NewSectionReader(c.file, d.start, d.length), 64<<10)
	var head [headLen]byte
	var text []byte
	entries := int64(0)
	for left := d.length; left > 0; entries++ {
		if entries%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:4]) != "PK\x01\x02" {
			return errNoZip
		}
		name, extra, comment := int(u16(head[28:])), int(u16(head[30:])), int(u16(head[32:]))
		if n := name + extra + comment; cap(text) < n {
			text = make([]byte, n)
		}
		text = text[:name+extra+comment]
		if _, err := io.ReadFull(r, text); err != nil {
			return errNoZip
		}
		left -= int64(headLen + len(text))
		stored := string(text[:name])
		if mode := u32(head[38:]) >> 16 & 0xf000; strings.HasSuffix(stored, "/") || strings.HasSuffix(stored, `\`) || (head[5] == 3 || head[5] == 19) && mode == 0x4000 {
			continue
		}
		e := entryOf(head[:], stored, text[name:name+extra])
		e.local += d.base
		if e.Damage == "" && (e.local < 0 || e.packed < 0 || e.local+localLen+e.packed > c.size) {
			e.Damage = "outside_the_archive"
		}
		if err := yield(e); err != nil {
			return err
		}
	}
	if entries&0xffff != d.entries&0xffff { // a writer without zip64 wraps the number
		return errNoZip
	}
	return nil
}

// directory is where the central directory begins, how long it is, how many entries the end record claims,
// and how many bytes precede the zip.
type directory struct{ start, length, entries, base int64 }

func (c *Container) directory() (d directory, err error) {
	n := min(c.size, tailMost)
	tail := make([]byte, n)
	if _, err := c.file.ReadAt(tail, c.size-n); err != nil && err != io.EOF {
		return d, err
	}
	i := len(tail) - endLen
	for ; i >= 0; i-- {
		if string(tail[i:i+4]) == "PK\x05\x06" && i+endLen+int(u16(tail[i+20:])) <= len(tail) {
			break
		}
	}
	if i < 0 {
		return d, errNoZip
	}
	e, at := tail[i:], c.size-n+int64(i)
	offset := int64(u32(e[16:]))
	d.entries, d.length = int64(u16(e[10:])), int64(u32(e[12:]))
	if i >= locatorLen && string(tail[i-locatorLen:i-locatorLen+4]) == "PK\x06\x07" {
		var big [end64Len]byte
		at = int64(u64(tail[i-locatorLen+8:]))
		if _, err := c.file.ReadAt(big[:], max(at, 0)); err != nil || string(big[:4]) != "PK\x06\x06" {
			return d, errNoZip
		}
		d.entries, d.length, offset = int64(u64(big[32:])), int64(u64(big[40:])), int64(u64(big[48:]))
	}
	if d.length < 0 || d.length > at || offset < 0 || offset > at-d.length {
		return d, errNoZip
	}
	d.start = at - d.length
	var sign [4]byte
	if _, err := c.file.ReadAt(sign[:], offset); err == nil && string(sign[:]) == "PK\x01\x02" {
		d.start = offset // something stands between the directory and its end record
		return d, nil
	}
	d.base = d.start - offset
	return d, nil
}

func u16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func u64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// Limits of what is opened: a packed member of more than bombSize must not unpack to bombRatio times as much.
const (
	bombSize  = 10 << 20
	bombRatio = 200
	sizeMost  = 1 << 40 // what is added up of a claimed size
)

func entryOf(head []byte, stored string, extra []byte) *Entry {
	e := &Entry{crc: u32(head[16:]), packed: int64(u32(head[20:])), Size: int64(u32(head[24:])), local: int64(u32(head[42:])), deflated: u16(head[10:]) == 8}
	e.Mark = uint64(e.crc)<<32 | uint64(u32(head[12:]))
	for len(extra) >= 4 {
		id, n := u16(extra), int(u16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			break
		}
		field := extra[:n]
		extra = extra[n:]
		if id == 0x7075 && n > 5 && field[0] == 1 && crc32.ChecksumIEEE([]byte(stored)) == u32(field[1:]) {
			stored = string(field[5:]) // the name in UTF-8
		}
		for _, v := range []*int64{&e.Size, &e.packed, &e.local} {
			if id == 1 && *v == 0xffffffff && len(field) >= 8 {
				*v = int64(u64(field))
				field = field[8:]
			}
		}
	}
	var safe bool
	e.Path, safe = nameOf(stored)
	mode := u32(head[38:]) >> 16 & 0xf000
	switch flags := u16(head[8:]); {
	case !safe:
		e.Damage = "unsafe_name"
	case (head[5] == 3 || head[5] == 19) && mode != 0 && mode != 0x8000:
		e.Damage = "not_a_file"
	case flags&(1|1<<6|1<<13) != 0:
		e.Damage = "encrypted"
	case !e.deflated && u16(head[10:]) != 0:
		e.Damage = "unsupported_compression"
	case e.Size < 0 || !e.deflated && e.Size != e.packed:
		e.Damage = "sizes_disagree"
	case e.Size > bombSize && e.Size/bombRatio > e.packed:
		e.Damage = "compression_ratio"
	}
	e.Size = min(max(e.Size, 0), sizeMost)
	return e
}
