// Package media keeps the bytes of attachments in a store addressed by content: one file for each
// distinct content, named by its SHA-256, "ab/cd/<sha256>" (plugin.MediaPath).
//
// Invariants:
//   - What stands under a digest has that digest and is whole: bytes are hashed by the store
//     itself, whoever they come from, and are on the disk before the name is.
//   - The name is on the disk once Sync returned. The host calls it before it commits a shard that
//     refers to objects.
//   - An object never changes. Storing it again does nothing, so that a repeated shard is harmless.
//   - Only the owner can read the store: folders are 0700, files 0600.
//
// One process writes a store at a time; any number may read it.
package media

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"sync"
	"syscall"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// tempDir, inside the store, holds files that are not whole.
const tempDir = "tmp"

// ErrAbsent is wrapped by the error for a digest that the store does not hold.
var ErrAbsent = errors.New("the media store does not hold it")

// Store is a media store in a folder. Its methods may be called concurrently.
type Store struct {
	dir string

	mu    sync.Mutex
	dirty map[string]bool // folders whose names are not durable yet
	clean map[string]bool // folders of objects whose names are, for certain
}

// Open makes the folder dir a store, or opens the store in it. What an interrupted writer left
// half-written is removed.
func Open(dir string) (*Store, error) {
	tmp := filepath.Join(dir, tempDir)
	if err := os.MkdirAll(tmp, 0o700); err != nil {
		return nil, storage("open media store", dir, err)
	}
	left, err := os.ReadDir(tmp)
	if err != nil {
		return nil, storage("open media store", tmp, err)
	}
	for _, e := range left {
		if err := os.Remove(filepath.Join(tmp, e.Name())); err != nil {
			return nil, storage("clear media store", tmp, err)
		}
	}
	return &Store{dir: dir, dirty: map[string]bool{}, clean: map[string]bool{}}, nil
}

// Dir is the store's folder.
func (s *Store) Dir() string { return s.dir }

// Path is where the object with this digest is, whether it is there or not.
func (s *Store) Path(digest string) string { return plugin.MediaPath(s.dir, digest) }

// Valid tells whether digest is a SHA-256 in lower-case hex. Anything else never names an object,
// so a digest that came from a dump cannot lead out of the store.
func Valid(digest string) bool {
	if len(digest) != 2*sha256.Size {
		return false
	}
	for i := range len(digest) {
		if c := digest[i]; c-'0' > 9 && c-'a' > 5 {
			return false
		}
	}
	return true
}

// Has tells whether the store holds the object.
func (s *Store) Has(digest string) bool {
	if !Valid(digest) {
		return false
	}
	info, err := os.Lstat(s.Path(digest))
	return err == nil && info.Mode().IsRegular()
}

// Keep tells whether the store holds the object, for somebody who will refer to it: a writer that was
// interrupted may have placed it without a Sync, so the next Sync makes its name durable too.
func (s *Store) Keep(digest string) bool {
	if !s.Has(digest) {
		return false
	}
	s.touch(filepath.Dir(s.Path(digest)), false)
	return true
}

// touch notes that the names in the folder of an object are not durable, because one was made or because
// nobody knows.
func (s *Store) touch(leaf string, made bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if made || !s.clean[leaf] {
		delete(s.clean, leaf)
		s.dirty[leaf], s.dirty[filepath.Dir(leaf)], s.dirty[s.dir] = true, true, true
	}
}

// Open opens an object for reading. The error for an absent one wraps ErrAbsent.
func (s *Store) Open(digest string) (*os.File, error) {
	if !Valid(digest) {
		return nil, fault.New(fault.Corrupt, "open media", digest, "", errors.New("it is not a SHA-256 in hex"))
	}
	f, err := openRegular(s.Path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, absent("open media", digest)
	}
	if err != nil {
		return nil, storage("open media", digest, err)
	}
	return f, nil
}

// Put stores what r gives and returns its digest and size. An error of r is returned as it is.
func (s *Store) Put(r io.Reader) (digest string, size int64, err error) {
	f, err := os.CreateTemp(filepath.Join(s.dir, tempDir), "put-*")
	if err != nil {
		return "", 0, storage("store media", s.dir, err)
	}
	done := false
	defer func() {
		f.Close()
		if !done {
			os.Remove(f.Name())
		}
	}()
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(h, &target{f}), r)
	if err != nil {
		return "", 0, err
	}
	digest = hex.EncodeToString(h.Sum(nil))
	if err := s.place(f, digest, size); err != nil {
		return "", 0, err
	}
	done = true
	return digest, size, nil
}

// target marks the store's own write errors, so that they differ from the reader's.
type target struct{ f *os.File }

func (t *target) Write(p []byte) (int, error) {
	n, err := t.f.Write(p)
	if err != nil {
		err = storage("store media", t.f.Name(), err)
	}
	return n, err
}

// Adopt moves a file that somebody else wrote and named with its digest into the store. The bytes
// are hashed again, because the writer is not trusted; a file that differs, or that is no regular
// file, is refused and left where it is. The file is moved when it is on the same file system,
// else copied. Adopting what the store holds removes the file.
func (s *Store) Adopt(path, digest string) error {
	if !Valid(digest) {
		return fault.New(fault.Bug, "adopt media", filepath.Base(path), "", errors.New("its digest is not a SHA-256 in hex"))
	}
	f, err := openRegular(path)
	if errors.Is(err, errNotRegular) {
		return fault.New(fault.Bug, "adopt media", digest, "the plugin put something else than a file in its spool folder", err)
	}
	if err != nil {
		return storage("adopt media", path, err)
	}
	defer f.Close()
	h := sha256.New()
	size, err := io.Copy(h, f)
	if err != nil {
		return storage("read media", path, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != digest {
		return fault.New(fault.Corrupt, "adopt media", digest, "the plugin or the disk changed the bytes after they were hashed; run again",
			fmt.Errorf("the spooled bytes have the digest %s", got))
	}
	if err := f.Chmod(0o600); err != nil {
		return storage("adopt media", path, err)
	}
	err = s.place(f, digest, size)
	if errors.Is(err, syscall.EXDEV) {
		return s.copyIn(f, path, digest)
	}
	return err
}

// copyIn adopts a file of another file system.
func (s *Store) copyIn(f *os.File, path, digest string) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return storage("read media", path, err)
	}
	got, _, err := s.Put(f)
	if err != nil {
		return storage("adopt media", path, err)
	}
	if got != digest {
		return fault.New(fault.Corrupt, "adopt media", digest, "run again", errors.New("the spooled bytes changed while they were copied"))
	}
	if err := os.Remove(path); err != nil {
		return storage("adopt media", path, err)
	}
	return nil
}

// place renames the open file f, whose content is known, to its name in the store. The content is
// made durable first: a name in the store always means whole bytes.
func (s *Store) place(f *os.File, digest string, size int64) error {
	path := s.Path(digest)
	if info, err := os.Lstat(path); err == nil && info.Mode().IsRegular() && info.Size() == size {
		if err := os.Remove(f.Name()); err != nil {
			return storage("store media", digest, err)
		}
		s.touch(filepath.Dir(path), false)
		return nil
	}
	if err := f.Sync(); err != nil {
		return storage("store media", digest, err)
	}
	leaf := filepath.Dir(path)
	if err := os.MkdirAll(leaf, 0o700); err != nil {
		return storage("store media", digest, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return storage("store media", digest, err)
	}
	s.touch(leaf, true)
	return nil
}

// Sync makes the names of everything stored so far durable.
func (s *Store) Sync() error {
	s.mu.Lock()
	dirty := s.dirty
	s.dirty = map[string]bool{}
	s.mu.Unlock()
	dirs := make([]string, 0, len(dirty))
	for dir := range dirty {
		dirs = append(dirs, dir)
	}
	sort.Sort(sort.Reverse(sort.StringSlice(dirs))) // inner folders first
	for i, dir := range dirs {
		if err := plugin.SyncDir(dir); err != nil {
			s.mu.Lock()
			for _, d := range dirs[i:] {
				s.dirty[d] = true
			}
			s.mu.Unlock()
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, dir := range dirs {
		if !s.dirty[dir] {
			s.clean[dir] = true
		}
	}
	return nil
}

// Check reads an object and compares it with its digest.
func (s *Store) Check(digest string) error {
	f, err := s.Open(digest)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return storage("check media", digest, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != digest {
		return fault.New(fault.Corrupt, "check media", digest, "the stored file was changed or the disk is damaged; restore it, or run again from the source",
			fmt.Errorf("the bytes have the digest %s", got))
	}
	return nil
}

// Walk visits every object in the order of digests. Files that are no objects are not visited.
func (s *Store) Walk(visit func(digest string, size int64) error) error {
	return Walk(s.dir, visit)
}

// Walk visits every object below dir, which may be a store or a copy of one that is only read.
func Walk(dir string, visit func(digest string, size int64) error) error {
	return walk(dir, "", visit)
}

// walk visits the objects below dir, whose digests begin with prefix.
func walk(dir, prefix string, visit func(digest string, size int64) error) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return storage("walk media", dir, err)
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case len(prefix) < 4 && e.IsDir() && len(name) == 2 && hexPair(name):
			if err := walk(filepath.Join(dir, name), prefix+name, visit); err != nil {
				return err
			}
		case len(prefix) == 4 && e.Type().IsRegular() && Valid(name) && name[:4] == prefix:
			info, err := e.Info()
			if err != nil {
				return storage("walk media", dir, err)
			}
			if err := visit(name, info.Size()); err != nil {
				return err
			}
		}
	}
	return nil
}

func hexPair(s string) bool {
	return Valid(s + "00000000000000000000000000000000000000000000000000000000000000")
}
