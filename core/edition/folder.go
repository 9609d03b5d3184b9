package edition

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/spill"
)

// manifestName lists every other file with its SHA-256, as "sha256sum -c" reads it, and tagName does so for
// the manifest itself: a damaged manifest must not pass for damaged files.
const (
	manifestName = "manifest-sha256.txt"
	tagName      = "tagmanifest-sha256.txt"
)

// Folder takes the files of an edition, or compares them with those that are there.
type Folder struct {
	dir, work string
	media     *Library
	made      map[string]bool // folders
	names     *spill.Sorter   // name → digest
	check     *check          // nil when the edition is written
}

// begin takes away the manifest of an interrupted Finish, so that there is none while files change.
func (f *Folder) begin() error {
	f.made = map[string]bool{}
	for _, name := range []string{tagName, manifestName} {
		if err := os.Remove(filepath.Join(f.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return storage("write", name, err)
		}
	}
	f.names = spill.New(f.work, 4<<20)
	return nil
}

func (f *Folder) close() {
	if f.names != nil {
		f.names.Close()
	}
}

// File is one file of an edition. What is written is kept, or compared.
type File struct {
	folder *Folder
	name   string
	f      *os.File
	w      *bufio.Writer
	h      hash.Hash
	size   int64
	check  *fileCheck
}

// Create begins a file. The name is "/"-separated, from the edition's root, made of what Slug gives and of
// the format's own words; each can be used once.
func (f *Folder) Create(name string) (*File, error) {
	if !plainName(name) || name == manifestName || name == tagName || strings.HasPrefix(name, mediaDir+"/") {
		return nil, bug("create", name, "it is no name for a file of an edition")
	}
	if f.check != nil {
		return &File{folder: f, name: name, check: f.check.file(name)}, nil
	}
	path := filepath.Join(f.dir, filepath.FromSlash(name))
	if dir := filepath.Dir(path); !f.made[dir] {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, storage("write", name, err)
		}
		f.made[dir] = true
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // of an interrupted Finish
		return nil, storage("write", name, err)
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, storage("write", name, err)
	}
	return &File{folder: f, name: name, f: out, w: bufio.NewWriterSize(out, 64<<10), h: sha256.New()}, nil
}

// Mark says which records the bytes written from now on show. Without keys they show none.
func (f *File) Mark(keys ...string) {
	if f.check != nil {
		f.check.mark(keys)
	}
}

// Lacks says that the file would hold the bytes of a medium that an edition has lost. It can't be rendered as it
// was, and is proved by the manifest.
func (f *File) Lacks() {
	if f.check != nil {
		f.check.lacks = true
	}
}

// Write implements io.Writer.
func (f *File) Write(b []byte) (int, error) {
	if f.check != nil {
		return len(b), f.check.write(b)
	}
	n, err := f.w.Write(b)
	f.h.Write(b[:n])
	f.size += int64(n)
	if err != nil {
		err = storage("write", f.name, err)
	}
	return n, err
}

// WriteString implements io.StringWriter.
func (f *File) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

// Digest is the size and the SHA-256 of what was written so far; nothing when an edition is checked.
func (f *File) Digest() (size int64, sha256 string) {
	if f.check != nil {
		return 0, ""
	}
	return f.size, hex.EncodeToString(f.h.Sum(nil))
}

// Close ends the file. It is made durable with all others at once.
func (f *File) Close() error {
	if f.check != nil {
		return f.check.end()
	}
	err := f.w.Flush()
	if cerr := f.f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = f.folder.names.Add([]byte(f.name), f.h.Sum(nil))
	}
	if err != nil {
		return storage("write", f.name, err)
	}
	return nil
}

// put writes a whole file that shows no records.
func (f *Folder) put(name string, b []byte) error {
	out, err := f.Create(name)
	if err != nil {
		return err
	}
	if _, err := out.Write(b); err != nil {
		return err
	}
	return out.Close()
}

// Adopt takes a file into the edition that the format's library had to write itself, such as a database. It
// is moved from path, on the same file system; see Work. When an edition is checked nothing happens: such a
// file is not rendered again but read by the format.
func (f *Folder) Adopt(name, path string) error {
	if f.check != nil {
		return nil
	}
	out, err := f.Create(name)
	if err != nil {
		return err
	}
	in, err := os.Open(path)
	if err != nil {
		return storage("write", name, err)
	}
	defer in.Close()
	if _, err := io.Copy(out.h, in); err != nil {
		return storage("write", name, err)
	}
	if err := os.Rename(path, filepath.Join(f.dir, filepath.FromSlash(name))); err != nil {
		return storage("write", name, err)
	}
	return out.Close()
}

// Work is a private folder on the same file system for what Adopt takes; "" when an edition is checked.
func (f *Folder) Work() string { return f.work }

// seal makes everything durable and then writes the manifest.
func (f *Folder) seal(ctx context.Context) error {
	err := filepath.WalkDir(filepath.Join(f.dir, mediaDir), func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fs.SkipAll
		case err != nil:
			return err
		case e.IsDir():
			return ctx.Err()
		}
		digits, _, _ := strings.Cut(e.Name(), ".")
		sum, err := hex.DecodeString(digits)
		if err != nil || len(sum) != sha256.Size {
			return errors.New("there is a file that is not of this edition")
		}
		return f.names.Add([]byte(mediaDir+"/"+filepath.Base(filepath.Dir(path))+"/"+e.Name()), sum)
	})
	if err != nil {
		return storage("write", mediaDir, err)
	}
	if err := SyncAll(f.dir); err != nil {
		return storage("write", f.dir, err)
	}
	it, err := f.names.Sort()
	if err != nil {
		return err
	}
	h := sha256.New()
	err = plugin.WriteFileAtomic(filepath.Join(f.dir, manifestName), func(w io.Writer) error {
		out := bufio.NewWriter(io.MultiWriter(w, h))
		var line, last []byte
		for it.Next() {
			if bytes.Equal(it.Key(), last) {
				return bug("write", string(last), "two files have this name")
			}
			last = append(last[:0], it.Key()...)
			line = hex.AppendEncode(line[:0], it.Value())
			line = append(append(append(line, "  "...), it.Key()...), '\n')
			if _, err := out.Write(line); err != nil {
				return err
			}
		}
		if err := it.Err(); err != nil {
			return err
		}
		return out.Flush()
	})
	if err != nil {
		return err
	}
	return plugin.WriteFileAtomic(filepath.Join(f.dir, tagName), func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%x  %s\n", h.Sum(nil), manifestName)
		return err
	})
}
