package plugin

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range list {
		out = append(out, e.Name())
	}
	return out
}

func TestPartAppearsOnlyWhenCommitted(t *testing.T) {
	dir := t.TempDir()
	p, err := CreatePart(dir, "a.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(p, "abc"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a.ndjson")); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the file stands under its name before Commit: %v", err)
	}
	size, sum, err := p.Commit()
	if err != nil || size != 3 || sum != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Fatalf("Commit: %d %s %v", size, sum, err)
	}
	var out strings.Builder
	if err := CopyPart(&out, p.Path(), sum); err != nil || out.String() != "abc" {
		t.Fatalf("CopyPart: %q %v", out.String(), err)
	}
	if err := CopyPart(&out, p.Path(), sum[1:]+"0"); fault.ClassOf(err) != fault.Storage {
		t.Fatalf("CopyPart of a changed part: %v", err)
	}
	p.Abort() // after Commit it must not take the file away
	if got := names(t, dir); len(got) != 1 || got[0] != "a.ndjson" {
		t.Fatalf("folder holds %q", got)
	}
	if _, err := p.Write([]byte("x")); err == nil {
		t.Fatal("a write after Commit is accepted")
	}
}

func TestPartOfACrashedAttemptIsDiscarded(t *testing.T) {
	dir := t.TempDir()
	p, _ := CreatePart(dir, "a")
	io.WriteString(p, "half")
	p.w.Flush() // and the process dies here
	q, err := CreatePart(dir, "a")
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(q, "whole")
	if _, _, err := q.Commit(); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(filepath.Join(dir, "a"))
	if string(b) != "whole" || len(names(t, dir)) != 1 {
		t.Fatalf("%q in %q", b, names(t, dir))
	}
}

func TestPartNamesStayInTheirFolder(t *testing.T) {
	for _, name := range []string{"", ".", "..", "../x", "a/b", "/x", "x.partial"} {
		if _, err := CreatePart(t.TempDir(), name); err == nil {
			t.Errorf("name %q is accepted", name)
		}
	}
}

func TestWriteFileAtomicKeepsTheOldFileOnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	write := func(s string, err error) error {
		return WriteFileAtomic(path, func(w io.Writer) error { io.WriteString(w, s); return err })
	}
	if err := write("old", nil); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	if err := write("new", boom); !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != "old" || len(names(t, filepath.Dir(path))) != 1 {
		t.Fatalf("%q in %q", b, names(t, filepath.Dir(path)))
	}
}

func TestWriteFileAtomicReportsStorage(t *testing.T) {
	err := WriteFileAtomic(filepath.Join(t.TempDir(), "absent", "f"), func(io.Writer) error { return nil })
	if fault.ClassOf(err) != fault.Storage || fault.HintOf(err) == "" {
		t.Fatalf("got class %q, hint %q", fault.ClassOf(err), fault.HintOf(err))
	}
}
