package plugin

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/chatferry/chatferry/core/fault"
)

// Part is a file that exists under its name only when it is whole: it is written under a temporary
// name and appears by rename in Commit. Until then a crash leaves nothing but the temporary file,
// which the next CreatePart of the same name discards. Its methods are for one goroutine.
type Part struct {
	dir, name string
	f         *os.File
	w         *bufio.Writer
	h         hash.Hash
	size      int64
	err       error
}

// partSuffix marks files that are not whole. Names given to CreatePart must not end in it.
const partSuffix = ".partial"

// CreatePart starts the file name in the folder dir, which must exist. name has no folders in it.
func CreatePart(dir, name string) (*Part, error) {
	if name == "" || name == "." || name != filepath.Base(name) || !filepath.IsLocal(name) || filepath.Ext(name) == partSuffix {
		return nil, fault.New(fault.Bug, "create part", dir, "", errors.New("the name is not a plain file name"))
	}
	tmp := filepath.Join(dir, "."+name+partSuffix)
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, storage("create part", err)
	}
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, storage("create part", err)
	}
	return &Part{dir: dir, name: name, f: f, w: bufio.NewWriterSize(f, 64<<10), h: sha256.New()}, nil
}

// Write appends to the part. After an error every further call fails the same way.
func (p *Part) Write(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.w.Write(b)
	p.h.Write(b[:n])
	p.size += int64(n)
	if err != nil {
		p.err = storage("write part", err)
	}
	return n, p.err
}

// Size is how many bytes were written so far.
func (p *Part) Size() int64 { return p.size }

// Path is where the part stands once it is committed.
func (p *Part) Path() string { return filepath.Join(p.dir, p.name) }

// Commit makes the part durable under its name and returns its size and SHA-256 in hex.
// A failed Commit leaves nothing under the name that was not there before.
func (p *Part) Commit() (size int64, digest string, err error) {
	if p.err != nil {
		p.Abort()
		return 0, "", p.err
	}
	tmp := p.f.Name()
	err = p.w.Flush()
	if err == nil {
		err = p.f.Sync()
	}
	if closeErr := p.f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp, p.Path())
	}
	if err != nil {
		os.Remove(tmp)
		p.err = storage("commit part", err)
		return 0, "", p.err
	}
	p.err = fault.New(fault.Bug, "write part", p.name, "", errors.New("it is committed already"))
	if err := SyncDir(p.dir); err != nil {
		return 0, "", err
	}
	return p.size, hex.EncodeToString(p.h.Sum(nil)), nil
}

// Abort discards the part. After Commit it does nothing.
func (p *Part) Abort() {
	if p.f.Close() == nil { // still open: it was never committed
		os.Remove(p.f.Name())
	}
	if p.err == nil {
		p.err = fault.New(fault.Bug, "write part", p.name, "", errors.New("it was discarded"))
	}
}

// WriteFileAtomic makes the file at path hold exactly what write gives, or leaves it as it was.
func WriteFileAtomic(path string, write func(io.Writer) error) error {
	p, err := CreatePart(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err
	}
	if err := write(p); err != nil {
		p.Abort()
		return err
	}
	_, _, err = p.Commit()
	return err
}

// CopyPart copies a committed part to w and checks that it is the one with the given digest.
func CopyPart(w io.Writer, path, digest string) error {
	f, err := os.Open(path)
	if err != nil {
		return storage("open part", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, h), f); err != nil {
		return storage("copy part", err)
	}
	if hex.EncodeToString(h.Sum(nil)) != digest {
		return fault.New(fault.Storage, "copy part", path, "the disk may be failing, or somebody changed the file: start the delivery anew", errors.New("its content is not what was committed"))
	}
	return nil
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return storage("sync folder", err)
	}
	err = d.Sync()
	d.Close()
	// Some network and FUSE file systems cannot sync a folder; they have nothing better to offer.
	if err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return storage("sync folder", err)
	}
	return nil
}

// storage classifies an error of the file system.
func storage(op string, err error) error {
	subject, hint := "", "check that the disk works and is writable, then run again: what is committed is kept"
	var pe *os.PathError
	if errors.As(err, &pe) {
		subject, err = pe.Path, pe.Err
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		hint = "free some space and run again: what is committed is kept"
	}
	return fault.New(fault.Storage, op, subject, hint, err)
}
