package dump

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"strings"
	"syscall"
)

// Glance gives the paths of up to limit entries of the folder or zip at the path at, without an index: for
// recognising what a dump is.
func Glance(ctx context.Context, at string, limit int) (names []string, zip bool, err error) {
	take := func(e *Entry) error {
		if e.State == File || e.State == Damaged {
			names = append(names, e.Path)
		}
		if len(names) >= limit {
			return ErrStop
		}
		return nil
	}
	st, err := os.Stat(at)
	if err != nil {
		return nil, false, cause(err)
	}
	if st.IsDir() {
		err := glanceFolder(ctx, at, limit, take)
		if errors.Is(err, ErrStop) {
			err = nil
		}
		return names, false, err
	}
	f, err := os.Open(at)
	if err != nil || !st.Mode().IsRegular() {
		return nil, false, errors.New("is no file that can be read")
	}
	defer f.Close()
	d := &Dump{Path: at, data: f, size: st.Size()}
	end, err := d.findEnd()
	if err == nil {
		err = d.central(ctx, end, take)
	}
	if errors.Is(err, errDirectory) && bytes.Equal(d.head(4), []byte("PK\x03\x04")) {
		names = nil
		r := &recovery{d: d, in: bufio.NewReaderSize(nil, 64<<10), headersOnly: true}
		for err = nil; err == nil && len(names) < limit && r.seek(r.pos); {
			if m := r.next(); m != nil {
				err = take(m)
			}
		}
	}
	if errors.Is(err, ErrStop) {
		err = nil
	}
	return names, true, err
}

// glanceFolder looks at the folder and two levels below it.
func glanceFolder(ctx context.Context, at string, limit int, take func(*Entry) error) error {
	root, err := os.OpenRoot(at)
	if err != nil {
		return cause(err)
	}
	defer root.Close()
	for level := []string{"."}; len(level) > 0; {
		var below []string
		for _, dir := range level {
			f, err := root.Open(dir)
			if err != nil {
				continue
			}
			list, _ := f.ReadDir(limit)
			f.Close()
			for _, de := range list {
				name := path.Join(dir, de.Name())
				if de.IsDir() {
					if len(below) < 64 && strings.Count(name, "/") < 3 {
						below = append(below, name)
					}
				} else if err := take(&Entry{Path: name}); err != nil {
					return err
				}
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		level = below
	}
	return nil
}

// Head gives the first bytes of a file, at most limit.
func Head(name string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return nil, errors.New("is no file")
	}
	return io.ReadAll(io.LimitReader(f, limit))
}

// IsZip tells whether a file begins as a zip does.
func IsZip(name string) bool {
	head, err := Head(name, 2)
	return err == nil && string(head) == "PK"
}
