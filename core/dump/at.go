package dump

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/fault"
)

// Whole is a file of the dump that can be read from anywhere.
type Whole struct {
	*os.File
	Size   int64
	Damage *Damage // of what was read: Size then counts what there is
}

// OpenAt opens a file for random access: a file of a folder in place, a member of a zip after it was
// unpacked into a temporary file in tmp that is unlinked while it is open.
func (d *Dump) OpenAt(ctx context.Context, e *Entry, tmp string) (*Whole, error) {
	src, err := d.Open(e)
	if err != nil {
		return nil, err
	}
	if p, ok := src.(*plainFile); ok {
		info, err := p.f.Stat()
		if err != nil {
			src.Close()
			return nil, &Damage{Reason: "unreadable", Err: cause(err)}
		}
		return &Whole{File: p.f, Size: info.Size()}, nil
	}
	defer src.Close()
	f, err := os.CreateTemp(tmp, "chatferry-*")
	if err != nil {
		return nil, noRoom(e, err)
	}
	w := &Whole{File: f}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, noRoom(e, err)
	}
	from := &while{ctx: ctx, r: src}
	w.Size, err = io.Copy(f, from)
	if from.err == nil && err != nil {
		f.Close()
		return nil, noRoom(e, err)
	}
	if err != nil && !errors.As(err, &w.Damage) {
		f.Close()
		return nil, err
	}
	return w, nil
}

// while reads until ctx ends, and tells reading that failed from writing that did.
type while struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (w *while) Read(p []byte) (int, error) {
	if w.err = w.ctx.Err(); w.err != nil {
		return 0, w.err
	}
	n, err := w.r.Read(p)
	if err != io.EOF {
		w.err = err
	}
	return n, err
}

// OpenPath opens a folder or a zip, or else one file with the folders beside it; only is then the file's name.
func OpenPath(ctx context.Context, name string, beside func(file, folder string) bool, tmp string) (d *Dump, only string, err error) {
	if st, err := os.Stat(name); err == nil && st.Mode().IsRegular() && !IsZip(name) {
		only = filepath.Base(name)
		d, err = OpenFile(ctx, name, func(folder string) bool { return beside(only, folder) }, tmp)
		return d, only, err
	}
	d, err = Open(ctx, name, tmp)
	return d, "", err
}

// OpenFile opens a dump that is one file, and the folders of the given names beside it: what else lies
// there is no part of it.
func OpenFile(ctx context.Context, file string, beside func(folder string) bool, tmp string) (*Dump, error) {
	st, err := os.Stat(file)
	if err == nil && !st.Mode().IsRegular() {
		err = errors.New("is no file")
	}
	if err != nil {
		return nil, fault.New(fault.Config, "open", file, "check the path and that it may be read", cause(err))
	}
	base := filepath.Base(file)
	return openFolder(ctx, filepath.Dir(file), tmp, func(name string, dir bool) bool { return name == base || dir && beside(name) })
}

func noRoom(e *Entry, err error) error {
	return fault.New(fault.Storage, "unpack", e.Path, "give a temporary folder with room for this file, or unpack the zip yourself", cause(err))
}
