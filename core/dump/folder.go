package dump

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"github.com/chatferry/chatferry/core/fault"
)

// maxEntries is how many entries a dump may have.
const maxEntries = 10_000_000

// openFolder opens a folder, of whose own entries only those are looked at that keep takes; nil takes all.
func openFolder(ctx context.Context, dir, tmp string, keep func(name string, dir bool) bool) (*Dump, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fault.New(fault.Config, "open", dir, "check that the folder may be read", cause(err))
	}
	d := &Dump{Path: dir, root: root}
	b := newBuilder(tmp)
	if err := d.walkFolder(ctx, b, keep); err != nil {
		b.sorter.Close()
		root.Close()
		return nil, err
	}
	if d.ix, err = b.finish(); err != nil {
		root.Close()
		return nil, err
	}
	d.Totals = b.totals
	return d, nil
}

// walkFolder lists folders in chunks, with a stack of those still to do instead of recursion.
func (d *Dump) walkFolder(ctx context.Context, b *builder, keep func(string, bool) bool) error {
	for stack := []string{"."}; len(stack) > 0; {
		dir := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		f, err := d.root.Open(dir)
		if err != nil {
			if err := b.add(&Entry{Path: shown(dir), State: Damaged, Reason: "unreadable_folder"}); err != nil {
				return err
			}
			continue
		}
		for {
			if err := ctx.Err(); err != nil {
				f.Close()
				return err
			}
			list, err := f.ReadDir(1024)
			for _, de := range list {
				if dir == "." && keep != nil && !keep(de.Name(), de.IsDir()) {
					continue
				}
				if sub, isDir, addErr := d.listed(b, dir, de); addErr != nil {
					f.Close()
					return addErr
				} else if isDir {
					stack = append(stack, sub)
				}
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				if err := b.add(&Entry{Path: shown(dir), State: Damaged, Reason: "unreadable_folder"}); err != nil {
					return err
				}
				break
			}
		}
		f.Close()
	}
	return nil
}

func shown(name string) string {
	clean, _ := cleanName(name)
	return clean
}

// listed enters one directory entry and tells whether it is a folder to walk.
func (d *Dump) listed(b *builder, dir string, de fs.DirEntry) (name string, walk bool, err error) {
	if b.totals.Entries >= maxEntries {
		return "", false, fault.New(fault.Corrupt, "read", d.Path, "split the dump", errors.New("has more than 10,000,000 entries"))
	}
	name = path.Join(dir, de.Name())
	e := &Entry{}
	var reason string
	// A backslash is an ordinary character in a file's name here, so such a name is kept as it is.
	if e.Path, reason = cleanName(name); e.Path != name {
		e.Stored = name
	}
	info, infoErr := de.Info()
	switch {
	case reason != "":
		e.State, e.Reason = Refused, reason
	case junk(e.Path) != "":
		e.State, e.Reason = Ignored, junk(e.Path)
	case de.IsDir():
		e.State = Dir
		return name, true, b.add(e)
	case infoErr != nil:
		e.State, e.Reason = Damaged, "unreadable"
	case info.Mode()&fs.ModeSymlink != 0:
		e.State, e.Reason = Refused, "symbolic_link"
	case !info.Mode().IsRegular():
		e.State, e.Reason = Refused, "special_file"
	default:
		e.Size, e.Packed, e.Modified = info.Size(), info.Size(), info.ModTime().UnixNano()
	}
	return name, false, b.add(e)
}

// openFile opens a file of a folder. It does not wait on a pipe that took the file's place.
func (d *Dump) openFile(e *Entry) (io.ReadCloser, error) {
	name := e.Path
	if e.Stored != "" {
		name = e.Stored
	}
	f, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &Damage{Reason: "unreadable", Err: cause(err)}
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		f.Close()
		return nil, &Damage{Reason: "unreadable", Err: errors.New("is no regular file any more")}
	}
	return &plainFile{f}, nil
}

type plainFile struct{ f *os.File }

func (p *plainFile) Read(b []byte) (int, error) {
	n, err := p.f.Read(b)
	if err != nil && err != io.EOF {
		err = &Damage{Reason: "unreadable", Err: cause(err)}
	}
	return n, err
}

func (p *plainFile) Close() error { return p.f.Close() }
