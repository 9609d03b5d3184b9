package slackgen

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// container is where an export's files go, one after the other.
type container interface {
	Create(name string) error
	io.Writer
	CloseEntry() error
	Close() error
}

// folder is an unpacked export. Names come from the generator alone; it makes no others.
type folder struct {
	root string
	last string // folder that is known to exist
	f    *os.File
	w    *bufio.Writer
}

func (d *folder) Create(name string) error {
	path := filepath.Join(d.root, filepath.FromSlash(name))
	if dir := filepath.Dir(path); dir != d.last {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		d.last = dir
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	d.f = f
	if d.w == nil {
		d.w = bufio.NewWriterSize(f, 1<<16)
	}
	d.w.Reset(f)
	return nil
}

func (d *folder) Write(p []byte) (int, error) { return d.w.Write(p) }

func (d *folder) CloseEntry() error { return errors.Join(d.w.Flush(), d.f.Close()) }

func (d *folder) Close() error { return nil }
