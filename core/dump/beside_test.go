package dump

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestAFileIsADumpWithWhatItRefersToBesideIt(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"chat.txt": "hello", "photo.jpg": "bytes", "other.txt": "x", "media/a.jpg": "deep"} {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	d, err := OpenFile(context.Background(), filepath.Join(dir, "chat.txt"), func(string) bool { return false }, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	n := 0
	if err := d.Walk(func(e *Entry) error { n++; return nil }); err != nil || n != 1 || d.Totals.Entries != 1 || d.Totals.Bytes != 5 {
		t.Errorf("%d entries, %+v: %v", n, d.Totals, err)
	}
	for name, want := range map[string]string{"photo.jpg": "bytes", "media/a.jpg": "deep", "chat.txt": "hello", "link": "", "../chat.txt": "", "/etc/passwd": "", "absent": "", "media": "", "": ""} {
		e, err := d.Beside(name)
		if err != nil || (e != nil) != (want != "") {
			t.Errorf("%q: %v %v", name, e, err)
			continue
		}
		if e == nil {
			continue
		}
		r, err := d.Open(e)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(r); string(b) != want || err != nil {
			t.Errorf("%q holds %q: %v", name, b, err)
		}
		r.Close()
	}
}
