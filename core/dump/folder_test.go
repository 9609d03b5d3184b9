package dump

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFolderIsReadWithoutLeavingIt(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(outside, "secret"), []byte("s"), 0o600))
	must(os.MkdirAll(filepath.Join(dir, "a/b"), 0o700))
	must(os.WriteFile(filepath.Join(dir, "a/b/f.json"), []byte("data"), 0o600))
	must(os.WriteFile(filepath.Join(dir, "a/.DS_Store"), []byte("x"), 0o600))
	must(os.WriteFile(filepath.Join(dir, "a/\xff.txt"), []byte("raw"), 0o600))
	must(os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "link")))
	must(os.Symlink(outside, filepath.Join(dir, "a/dirlink")))
	must(os.Symlink("..", filepath.Join(dir, "a/loop")))
	must(syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	d, err := Open(context.Background(), dir, "")
	must(err)
	defer d.Close()
	expect(t, inventory(t, d), map[string]string{
		"a": "folder", "a/b": "folder", "a/b/f.json": "file data", "a/.DS_Store": "ignored macos_folder_settings", "a/\u00a0.txt": "file raw",
		"link": "refused symbolic_link", "a/dirlink": "refused symbolic_link", "a/loop": "refused symbolic_link", "pipe": "refused special_file",
	})
	e, ok, err := d.Lookup("a/b/f.json")
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	must(os.Remove(filepath.Join(dir, "a/b/f.json")))
	must(os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "a/b/f.json")))
	if got, err := readEntry(d, e); err == nil {
		t.Errorf("a link that took a file's place was followed: %q", got)
	}
}

func TestManyEntriesGoToDiskAndAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("needs some seconds")
	}
	const folders, each = 20, 6000
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range each {
		for f := range folders {
			e, err := w.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("folder-%02d/entry-%05d.json", f, i), Method: zip.Store})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(e, "%d/%d", f, i)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	d := openBytes(t, b.Bytes())
	if d.ix.file == nil {
		t.Error("the index is in memory")
	}
	if d.Folders() != folders || d.Totals.Entries != folders*each {
		t.Fatalf("%d folders, %d entries", d.Folders(), d.Totals.Entries)
	}
	for _, c := range [][2]int{{0, 0}, {0, 63}, {0, 64}, {7, 5999}, {19, 3000}, {19, 5999}} {
		p := fmt.Sprintf("folder-%02d/entry-%05d.json", c[0], c[1])
		e, ok, err := d.Lookup(p)
		if !ok || err != nil {
			t.Fatalf("%s: %v %v", p, ok, err)
		}
		if got, err := readEntry(d, e); got != fmt.Sprintf("%d/%d", c[0], c[1]) || err != nil {
			t.Errorf("%s: %q, %v", p, got, err)
		}
	}
	n, last := 0, ""
	if err := d.Each(3, "entry-05000", func(e *Entry) error {
		if n++; e.Path <= last {
			t.Errorf("%s comes after %s", e.Path, last)
		}
		last = e.Path
		return nil
	}); err != nil || n != 1000 {
		t.Errorf("%d entries from the middle of a folder: %v", n, err)
	}
}

func TestGlanceListsNames(t *testing.T) {
	p := filepath.Join(t.TempDir(), "x.zip")
	whole := archive(t, file{"users.json", "[]", nil}, file{"general/2020-01-01.json", strings.Repeat("[] ", 1000), nil})
	for _, b := range [][]byte{whole, whole[:len(whole)-30]} {
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		names, isZip, err := Glance(context.Background(), p, 10)
		if err != nil || !isZip || strings.Join(names, ",") != "users.json,general/2020-01-01.json" {
			t.Errorf("%v %v %v", names, isZip, err)
		}
	}
	if names, _, err := Glance(context.Background(), p, 1); err != nil || len(names) != 1 {
		t.Errorf("%v %v", names, err)
	}
}
