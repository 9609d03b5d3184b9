package census

import (
	"bufio"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"unicode/utf8"
)

// Entry is one member of a container, with what must be known to open it.
type Entry struct {
	Path   string
	Size   int64
	Mark   uint64 // changes when the bytes may have changed
	Damage string // why it must not be opened, "" when it may

	stored        string // the name, of a file in a folder
	packed, local int64
	crc           uint32
	deflated      bool
}

// Container is a dump as it came: a folder or a zip.
type Container struct {
	path string
	file *os.File // of a zip
	size int64
	root *os.Root                         // of a folder
	keep func(name string, dir bool) bool // what of a folder's own entries is looked at; nil: all
}

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

// OpenPath opens a folder or a zip, or else one file with the folders beside it; only is then the file's name.
func OpenPath(name string, beside func(file, folder string) bool) (c *Container, only string, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, "", err
	}
	if info.Mode().IsRegular() && !zipped(name) {
		only = filepath.Base(name)
		c, err = OpenFile(name, func(folder string) bool { return beside(only, folder) })
		return c, only, err
	}
	c, err = Open(name)
	return c, "", err
}

// zipped tells by its first bytes whether a file is a zip.
func zipped(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 2)
	n, _ := f.Read(head)
	return string(head[:n]) == "PK"
}

// List gives the facts of a container and, with count, yields what member says of each of its members.
func (c *Container) List(ctx context.Context, count bool, member func(*Entry) (Member, error), yield func(Member) error) (Facts, error) {
	var t Tally
	t.ByFile = true
	err := c.Walk(ctx, func(e *Entry) error {
		t.Add(e.Path, e.Size, e.Mark)
		if !count {
			return nil
		}
		m, err := member(e)
		if err != nil {
			return err
		}
		return yield(m)
	})
	if how, broken := Broken(err); broken {
		t.Broken, err = how, nil
	}
	return t.Done(), err
}

// NoPlaces is why the counts of a source that was told not to say where records stood can't be compared.
const NoPlaces = "with raw = false records do not say which file they stood in"

// OpenFile opens a container that is one file, and the folders of the given names beside it.
func OpenFile(name string, beside func(folder string) bool) (*Container, error) {
	c, err := Open(filepath.Dir(name))
	if err != nil {
		return nil, err
	}
	base := filepath.Base(name)
	c.keep = func(name string, dir bool) bool { return name == base || dir && beside(name) }
	return c, nil
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
	for stack := []string{"."}; len(stack) > 0; {
		dir := stack[len(stack)-1]
		below, err := c.list(ctx, dir, yield)
		if err != nil {
			return err
		}
		stack = append(stack[:len(stack)-1], below...)
	}
	return nil
}

// list yields the files of one folder and gives the folders in it.
func (c *Container) list(ctx context.Context, dir string, yield func(*Entry) error) (below []string, err error) {
	f, err := c.root.Open(filepath.FromSlash(dir))
	if err != nil {
		return nil, yield(&Entry{Path: dir, Damage: "unreadable_folder"})
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(1024)
		for _, d := range entries {
			if dir == "." && c.keep != nil && !c.keep(d.Name(), d.IsDir()) {
				continue
			}
			name := path.Join(dir, d.Name())
			if d.IsDir() {
				below = append(below, name)
			} else if err := yield(fileOf(name, d)); err != nil {
				return nil, err
			}
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == io.EOF:
			return below, nil
		case err != nil:
			return below, yield(&Entry{Path: dir, Damage: "unreadable_folder"})
		}
	}
}

func fileOf(stored string, d fs.DirEntry) *Entry {
	e := &Entry{stored: stored}
	var safe bool
	e.Path, safe = nameOf(stored)
	info, err := d.Info()
	switch {
	case !safe:
		e.Damage = "unsafe_name"
	case err != nil:
		e.Damage = "unreadable"
	case !info.Mode().IsRegular():
		e.Damage = "not_a_file"
	default:
		e.Size, e.Mark = info.Size(), uint64(info.ModTime().UnixNano())
	}
	return e
}

// Broken tells whether an error of Walk means that the container is damaged, and how.
func Broken(err error) (string, bool) {
	if errors.Is(err, errNoZip) {
		return errNoZip.Error(), true
	}
	return "", false
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
		info, err := c.root.Lstat(filepath.FromSlash(e.stored))
		if err != nil || !info.Mode().IsRegular() {
			return nil, errors.New("it is not there any more")
		}
		f, err := c.root.OpenFile(filepath.FromSlash(e.stored), os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe in its place would block
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

// Junk names the rule for what operating systems leave behind, "" for anything else.
func Junk(name string) string {
	base := path.Base(name)
	switch {
	case strings.HasPrefix(name, "__MACOSX/"), strings.Contains(name, "/__MACOSX/"):
		return "macOS resource folder"
	case base == ".DS_Store", strings.HasPrefix(base, "._"):
		return "macOS folder settings"
	case base == "Thumbs.db", base == "desktop.ini":
		return "Windows folder settings"
	}
	return ""
}
