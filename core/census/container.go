package census

import (
	"bufio"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Entry is one member of a container, with what must be known to open it.
type Entry struct {
	Path   string
	Size   int64
	Mark   uint64 // changes when the bytes may have changed
	Damage string // why it must not be opened, "" when it may

	packed, local int64
	crc           uint32
	deflated      bool
}

// Container is a dump as it came: a folder or a zip.
type Container struct {
	path string
	file *os.File // of a zip
	size int64
	root *os.Root // of a folder
}

// errNoZip is the error for a file that is no zip, or whose directory is damaged or cut off.
var errNoZip = errors.New("the zip's directory is damaged or cut off")

// Open opens a folder or a zip.
func Open(name string) (*Container, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	c := &Container{path: name, size: info.Size()}
	if info.IsDir() {
		c.root, err = os.OpenRoot(name)
	} else {
		c.file, err = os.Open(name)
	}
	return c, err
}

// Close frees it.
func (c *Container) Close() error {
	if c.root != nil {
		return c.root.Close()
	}
	return c.file.Close()
}

// Walk yields every member but folders, in any order. The error wraps errNoZip when there may be more.
func (c *Container) Walk(ctx context.Context, yield func(*Entry) error) error {
	if c.root == nil {
		return c.walkZip(ctx, yield)
	}
	return fs.WalkDir(c.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return yield(&Entry{Path: name, Damage: "unreadable"})
		case d.IsDir():
			return nil
		}
		e := &Entry{Path: strings.ToValidUTF8(name, "\ufffd")}
		info, err := d.Info()
		switch {
		case err != nil:
			e.Damage = "unreadable"
		case !info.Mode().IsRegular():
			e.Damage = "not_a_file"
		default:
			e.Size, e.Mark = info.Size(), uint64(info.ModTime().UnixNano())
		}
		return yield(e)
	})
}

// Broken tells whether an error of Walk means that the container is damaged, and how.
func Broken(err error) (string, bool) {
	if errors.Is(err, errNoZip) {
		return errNoZip.Error(), true
	}
	return "", false
}

// Records of a zip: APPNOTE.TXT, 4.3.
const (
	endLen, end64Len, locatorLen, headLen, localLen = 22, 56, 20, 46, 30
	tailMost                                        = 1<<16 + endLen + locatorLen
)

func (c *Container) walkZip(ctx context.Context, yield func(*Entry) error) error {
	start, entries, base, err := c.directory()
	if err != nil {
		return err
	}
	r := bufio.NewReaderSize(io.NewSectionReader(c.file, start, c.size-start), 64<<10)
	var head [headLen]byte
	var text []byte
	for ; entries > 0; entries-- {
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
		stored := string(text[:name])
		if mode := u32(head[38:]) >> 16 & 0xf000; strings.HasSuffix(stored, "/") || strings.HasSuffix(stored, `\`) || (head[5] == 3 || head[5] == 19) && mode == 0x4000 {
			continue
		}
		e := entryOf(head[:], stored, text[name:name+extra])
		e.local += base
		if e.Damage == "" && (e.local < 0 || e.packed < 0 || e.local+localLen+e.packed > c.size) {
			e.Damage = "outside_the_archive"
		}
		if err := yield(e); err != nil {
			return err
		}
	}
	return nil
}

// directory finds where the central directory begins, how many entries it has, and what precedes the zip.
func (c *Container) directory() (start, entries, base int64, err error) {
	n := min(c.size, tailMost)
	tail := make([]byte, n)
	if _, err := c.file.ReadAt(tail, c.size-n); err != nil && err != io.EOF {
		return 0, 0, 0, err
	}
	i := strings.LastIndex(string(tail), "PK\x05\x06")
	if i < 0 || len(tail)-i < endLen {
		return 0, 0, 0, errNoZip
	}
	e, at := tail[i:], c.size-n+int64(i)
	entries, length, offset := int64(u16(e[10:])), int64(u32(e[12:])), int64(u32(e[16:]))
	if i >= locatorLen && string(tail[i-locatorLen:i-locatorLen+4]) == "PK\x06\x07" {
		var big [end64Len]byte
		where := int64(binary.LittleEndian.Uint64(tail[i-locatorLen+8:]))
		for _, at64 := range []int64{where, at - locatorLen - end64Len} {
			if _, err := c.file.ReadAt(big[:], at64); err == nil && string(big[:4]) == "PK\x06\x06" {
				entries, length, offset = int64(binary.LittleEndian.Uint64(big[32:])), int64(binary.LittleEndian.Uint64(big[40:])), int64(binary.LittleEndian.Uint64(big[48:]))
				at = at64
				break
			}
		}
	}
	start = at - length
	if base = start - offset; length < 0 || start < 0 || offset < 0 || entries < 0 || entries > length/headLen {
		return 0, 0, 0, errNoZip
	}
	return start, entries, base, nil
}

func u16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

// Limits of what is opened: a packed member of more than bombSize must not unpack to bombRatio times as much.
const (
	bombSize  = 64 << 20
	bombRatio = 200
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
				*v = int64(binary.LittleEndian.Uint64(field))
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
	e.Size = max(e.Size, 0)
	return e
}

// cp437 are the upper half of code page 437, in which names are that are no UTF-8.
const cp437 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"

// nameOf gives a stored name as a path, and whether it stays inside the container.
func nameOf(stored string) (name string, safe bool) {
	if name = stored; !utf8.ValidString(name) {
		upper := []rune(cp437)
		var b strings.Builder
		for i := range len(stored) {
			if c := stored[i]; c < 0x80 {
				b.WriteByte(c)
			} else {
				b.WriteRune(upper[c-0x80])
			}
		}
		name = b.String()
	}
	name = strings.ReplaceAll(name, `\`, "/")
	if name == "" || len(name) > 1<<10 || strings.Contains(name, "\x00") || name[0] == '/' || len(name) > 1 && name[1] == ':' ||
		!filepath.IsLocal(filepath.FromSlash(name)) || strings.Contains("/"+name+"/", "/../") || strings.Count(name, "/") >= 32 {
		return strings.ReplaceAll(strings.ToValidUTF8(name[:min(len(name), 1<<10)], ""), "\x00", "\ufffd"), false
	}
	return path.Clean(name), true
}

// Read copies a member to w and tells what is wrong with its bytes, "" when they are what was declared.
func (c *Container) Read(ctx context.Context, e *Entry, w io.Writer) (damage string, err error) {
	if e.Damage != "" {
		return e.Damage, nil
	}
	src, err := c.open(e)
	if err != nil {
		return err.Error(), nil
	}
	defer src.Close()
	h := crc32.NewIEEE()
	buf := make([]byte, 256<<10)
	for n := int64(0); ; {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		k, err := src.Read(buf)
		if n += int64(k); n > e.Size {
			return "it is longer than declared", nil
		}
		h.Write(buf[:k])
		if _, werr := w.Write(buf[:k]); werr != nil {
			return "", werr
		}
		switch {
		case err == nil:
			continue
		case err != io.EOF:
			return "its bytes cannot be read", nil
		case n != e.Size:
			return fmt.Sprintf("it has %d of %d bytes", n, e.Size), nil
		case c.root == nil && h.Sum32() != e.crc:
			return "its checksum is wrong", nil
		}
		return "", nil
	}
}

func (c *Container) open(e *Entry) (io.ReadCloser, error) {
	if c.root != nil {
		info, err := c.root.Lstat(filepath.FromSlash(e.Path))
		if err != nil || !info.Mode().IsRegular() {
			return nil, errors.New("it is not there any more")
		}
		f, err := c.root.Open(filepath.FromSlash(e.Path))
		if err != nil {
			return nil, errors.New("it cannot be opened")
		}
		return f, nil
	}
	var head [localLen]byte
	if _, err := c.file.ReadAt(head[:], e.local); err != nil || string(head[:4]) != "PK\x03\x04" {
		return nil, errors.New("its local header is not there")
	}
	data := io.NewSectionReader(c.file, e.local+localLen+int64(u16(head[26:]))+int64(u16(head[28:])), e.packed)
	if e.deflated {
		return flate.NewReader(bufio.NewReaderSize(data, 64<<10)), nil
	}
	return io.NopCloser(data), nil
}
