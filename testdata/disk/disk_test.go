//go:build real && linux

package disk

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func mount(t *testing.T) *Folder {
	t.Helper()
	d, err := Mount(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Unmount() })
	f, err := d.Folder("a")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// TestPowerCutsLeaveWhatNoFsyncDemanded writes "old" with an fsync and "new" without, and gives the file another
// name that no fsync demanded.
func TestPowerCutsLeaveWhatNoFsyncDemanded(t *testing.T) {
	f := mount(t)
	f.Log()
	dir := filepath.Join(f.Path, "dir")
	must(t, os.Mkdir(dir, 0o700))
	x, err := os.Create(filepath.Join(dir, "x"))
	must(t, err)
	_, err = x.WriteString("old")
	must(t, err, x.Sync())
	_, err = x.WriteAt([]byte("newer"), 0)
	must(t, err, x.Close(), os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, "y")))
	all := f.Changes()
	for _, c := range []struct {
		State
		name, text string
	}{
		{State{After: all}, "y", "newer"},
		{State{After: all, Bytes: Nothing}, "y", "old"},
		{State{After: all, Names: Nothing}, "x", "newer"},
		{State{After: all, Bytes: Nothing, Names: Nothing, Journalled: true}, "x", "old"},
		{State{After: 3, Bytes: Nothing}, "x", ""},
		{State{After: 3, Names: Nothing}, "", ""},
		{State{After: 4, Names: Nothing, Bytes: Nothing}, "x", "old"}, // its fsync made its name durable too
	} {
		to := t.TempDir()
		must(t, f.Crash(c.State, to))
		got, _ := filepath.Glob(filepath.Join(to, "dir", "*"))
		if c.name == "" {
			if len(got) > 0 {
				t.Errorf("%+v left %v", c.State, got)
			}
			continue
		}
		if len(got) != 1 || filepath.Base(got[0]) != c.name {
			t.Errorf("%+v left %v, want %s", c.State, got, c.name)
			continue
		}
		if b, err := os.ReadFile(got[0]); err != nil || string(b) != c.text {
			t.Errorf("%+v left %q, want %q (%v)", c.State, b, c.text, err)
		}
	}
}

func TestTheNthCallFails(t *testing.T) {
	f := mount(t)
	f.Arm(Fault{Op: Sync, At: 2, Errno: syscall.EIO})
	x, err := os.Create(filepath.Join(f.Path, "x"))
	must(t, err)
	defer x.Close()
	if errs := []error{x.Sync(), x.Sync(), x.Sync()}; errs[0] != nil || !errors.Is(errs[1], syscall.EIO) || errs[2] != nil || f.Hit() != "a/x" {
		t.Errorf("%v, struck %q", errs, f.Hit())
	}
	if again := f.SyncedAgain(); len(again) != 1 {
		t.Errorf("synced again: %v", again)
	}
	f.Arm(Fault{Op: Write, At: 1, For: -1, Errno: syscall.ENOSPC})
	for range 3 {
		if _, err := x.WriteString("x"); !errors.Is(err, syscall.ENOSPC) {
			t.Error(err)
		}
	}
	f.Arm(Fault{})
	must(t, x.Sync())
	f.Spoil("x", 4096)
	must(t, x.Truncate(9000))
	if _, err := x.ReadAt(make([]byte, 10), 5000); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	_, err = x.ReadAt(make([]byte, 10), 100)
	must(t, err)
}
