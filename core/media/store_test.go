package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
)

func digestOf(b string) string {
	h := sha256.Sum256([]byte(b))
	return hex.EncodeToString(h[:])
}

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "media"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func spool(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), digestOf(content))
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func files(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			list = append(list, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestPutAndOpenGiveTheSameBytes(t *testing.T) {
	s := open(t)
	digest, size, err := s.Put(strings.NewReader("hello"))
	if err != nil || digest != digestOf("hello") || size != 5 {
		t.Fatal(digest, size, err)
	}
	if _, _, err := s.Put(strings.NewReader("hello")); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	f, err := s.Open(digest)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, _ := io.ReadAll(f); string(b) != "hello" {
		t.Errorf("got %q", b)
	}
	if got := files(t, s.Dir()); len(got) != 1 || got[0] != filepath.Join(digest[:2], digest[2:4], digest) {
		t.Errorf("the store holds %v", got)
	}
	info, err := os.Stat(s.Path(digest))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("object has mode %v, %v", info.Mode(), err)
	}
	if info, err = os.Stat(filepath.Dir(s.Path(digest))); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder has mode %v, %v", info.Mode(), err)
	}
}

func TestAdoptMovesTheFileAndMayBeRepeated(t *testing.T) {
	s := open(t)
	for range 2 {
		path := spool(t, "picture")
		if err := s.Adopt(path, digestOf("picture")); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Error("the spool file is still there")
		}
	}
	if err := s.Check(digestOf("picture")); err != nil {
		t.Error(err)
	}
	if info, _ := os.Stat(s.Path(digestOf("picture"))); info.Mode().Perm() != 0o600 {
		t.Errorf("object has mode %v", info.Mode())
	}
}

func TestAdoptCopiesFromAnotherFileSystem(t *testing.T) {
	s := open(t)
	other, err := os.MkdirTemp("/dev/shm", "media-test-")
	if err != nil {
		t.Skip("no /dev/shm here")
	}
	defer os.RemoveAll(other)
	path := filepath.Join(other, digestOf("picture"))
	if err := os.WriteFile(path, []byte("picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path, filepath.Join(s.Dir(), "probe")); !errors.Is(err, syscall.EXDEV) {
		t.Skip("/dev/shm is the same file system")
	}
	if err := s.Adopt(path, digestOf("picture")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) || s.Check(digestOf("picture")) != nil {
		t.Error("the file was not moved")
	}
}

func TestAdoptRefusesWhatIsNotWhatItClaims(t *testing.T) {
	s := open(t)
	path := spool(t, "picture")
	other := digestOf("other")
	if err := s.Adopt(path, other); fault.ClassOf(err) != fault.Corrupt || s.Has(other) {
		t.Errorf("wrong digest: %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error("the refused file is gone")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := s.Adopt(link, digestOf("picture")); fault.ClassOf(err) != fault.Bug || s.Has(digestOf("picture")) {
		t.Errorf("symbolic link: %v", err)
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Adopt(pipe, other); fault.ClassOf(err) != fault.Bug {
		t.Errorf("named pipe: %v", err)
	}
	for _, digest := range []string{"", "..", strings.Repeat("../", 22)[:64], strings.ToUpper(other)} {
		if err := s.Adopt(path, digest); err == nil {
			t.Errorf("adopted as %q", digest)
		}
		if s.Has(digest) {
			t.Errorf("has %q", digest)
		}
		if _, err := s.Open(digest); err == nil {
			t.Errorf("opened %q", digest)
		}
	}
}

func TestAdoptReplacesAnObjectOfAnotherSize(t *testing.T) {
	s := open(t)
	digest := digestOf("picture")
	if err := os.MkdirAll(filepath.Dir(s.Path(digest)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Path(digest), []byte("pic"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(digest); fault.ClassOf(err) != fault.Corrupt {
		t.Errorf("a cut object passes: %v", err)
	}
	if err := s.Adopt(spool(t, "picture"), digest); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(digest); err != nil {
		t.Error(err)
	}
}

func TestOpenSweepsWhatACrashLeft(t *testing.T) {
	s := open(t)
	digest, _, err := s.Put(strings.NewReader("kept"))
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(s.Dir(), tempDir, "put-123")
	if err := os.WriteFile(half, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(s.Dir()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(half); !errors.Is(err, os.ErrNotExist) {
		t.Error("the half-written file is still there")
	}
	if !s.Has(digest) {
		t.Error("a whole object is gone")
	}
}

func TestWalkVisitsObjectsInOrderAndNothingElse(t *testing.T) {
	s := open(t)
	want := map[string]int64{}
	for i := range 50 {
		content := strings.Repeat("x", i)
		if _, _, err := s.Put(strings.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		want[digestOf(content)] = int64(i)
	}
	stray := filepath.Join(filepath.Dir(s.Path(digestOf(""))), "notes.txt")
	if err := os.WriteFile(stray, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	last := ""
	err := s.Walk(func(digest string, size int64) error {
		if digest <= last {
			t.Errorf("%s after %s", digest, last)
		}
		if n, ok := want[digest]; !ok || n != size {
			t.Errorf("%s has %d bytes, want %d", digest, size, n)
		}
		delete(want, digest)
		last = digest
		return nil
	})
	if err != nil || len(want) != 0 {
		t.Errorf("%d objects were not visited, %v", len(want), err)
	}
}

func TestAReadErrorStoresNothing(t *testing.T) {
	s := open(t)
	cause := errors.New("network is gone")
	if _, _, err := s.Put(io.MultiReader(strings.NewReader("abc"), broken{cause})); !errors.Is(err, cause) {
		t.Fatal(err)
	}
	if got := files(t, s.Dir()); len(got) != 0 {
		t.Errorf("left %v", got)
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestAFullDiskIsAStorageFaultWithAHint(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = (&target{f}).Write([]byte("x"))
	if fault.ClassOf(err) != fault.Storage || !strings.Contains(fault.HintOf(err), "free some space") {
		t.Errorf("got %v, hint %q", err, fault.HintOf(err))
	}
}

func TestAReadOnlyFolderIsAStorageFaultWithAHint(t *testing.T) {
	if os.Geteuid() == 0 {
		for _, no := range []error{syscall.EROFS, syscall.EACCES} { // root may write anywhere
			err := storage("store media", "x", &os.PathError{Op: "open", Path: "/archive/media", Err: no})
			if fault.ClassOf(err) != fault.Storage || !strings.Contains(fault.HintOf(err), "writable") {
				t.Errorf("got %v, hint %q", err, fault.HintOf(err))
			}
		}
		return
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	_, err := Open(filepath.Join(dir, "media"))
	if fault.ClassOf(err) != fault.Storage || !strings.Contains(fault.HintOf(err), "writable") {
		t.Errorf("got %v, hint %q", err, fault.HintOf(err))
	}
}

func TestManyMayStoreTheSameObjectAtOnce(t *testing.T) {
	s := open(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 20 {
				content := bytes.Repeat([]byte{byte(i)}, 1000)
				if _, _, err := s.Put(bytes.NewReader(content)); err != nil {
					t.Error(err)
				}
				if err := s.Sync(); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	n := 0
	if err := s.Walk(func(digest string, _ int64) error { n++; return s.Check(digest) }); err != nil || n != 20 {
		t.Errorf("%d objects, %v", n, err)
	}
	if left := files(t, filepath.Join(s.Dir(), tempDir)); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}
