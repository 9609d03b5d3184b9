//go:build real && linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chatferry/chatferry/testdata/disk"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

// mount gives a disk that fails on demand.
func mount(t *testing.T) *disk.Disk {
	t.Helper()
	d, err := disk.Mount(t.TempDir())
	if err != nil {
		t.Fatalf("a disk that fails on demand needs /dev/fuse and root, or the program fusermount3: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Unmount(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// folder is a new folder of a disk.
func folder(t *testing.T, d *disk.Disk, name string) *disk.Folder {
	t.Helper()
	f, err := d.Folder(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// each calls do for numbers below n, as many at a time as there are processors.
func each(n int, do func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.NumCPU() {
		wg.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// spread chooses at most most of the numbers 1 to n: the first and last twenty, and some evenly between.
func spread(n, most int) []int {
	var list []int
	step := max(1, (n-40)/max(1, most-40))
	for i := 1; i <= n; i++ {
		if i <= 20 || i > n-20 || (i-20)%step == 0 {
			list = append(list, i)
		}
	}
	return list
}

// TestFault09CallsFailOneByOne lets the n-th call of each kind fail that a run makes on its disk, for every n
// that spread chooses, and once for each kind lets nothing fail.
func TestFault09CallsFailOneByOne(t *testing.T) {
	r := convertTrial(t)
	d := mount(t)
	most := number(t, "CHATFERRY_CALLS", 48)
	whole := folder(t, d, "whole")
	if code, said := r.run(filepath.Join(whole.Path, "out")); code != r.exit {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	r.same(filepath.Join(whole.Path, "out"))
	type fault struct {
		disk.Fault
		of int
	}
	var list []fault
	for _, kind := range []disk.Fault{{Op: disk.Write, Errno: syscall.ENOSPC, For: -1}, {Op: disk.Sync, Errno: syscall.EIO},
		{Op: disk.Rename, Errno: syscall.EIO}, {Op: disk.Create, Errno: syscall.ENOSPC}, {Op: disk.Link, Errno: syscall.EMLINK}} {
		n := whole.Count(kind.Op)
		chosen := spread(n, most)
		for _, at := range append(chosen, n+1000) {
			kind.At = at
			if kind.Op == disk.Write && at%2 == 0 {
				kind.Errno, kind.For = syscall.EIO, 0
			}
			list = append(list, fault{kind, n})
		}
		t.Logf("%s with %s: %d calls in a run, %d of them made to fail", kind.Op, kind.Errno, n, len(chosen))
	}
	var mu sync.Mutex
	stopped, survived := map[disk.Op]int{}, map[string]int{}
	each(len(list), func(i int) {
		x := list[i]
		t.Run(fmt.Sprintf("%s %d of %d %s", x.Op, x.At, x.of, x.Errno), func(t *testing.T) {
			r := r.again(t)
			f := folder(t, d, "case"+strconv.Itoa(i))
			f.Arm(x.Fault)
			out := filepath.Join(f.Path, "out")
			code, said := r.run(out)
			hit, again := f.Hit(), f.SyncedAgain()
			f.Arm(disk.Fault{})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case x.At > x.of && hit != "":
				t.Error("there are more calls than were counted")
			case hit == "" && x.At < x.of-20:
				t.Error("the call that was to fail did not come")
			case code != r.exit:
				stopped[x.Op]++
				r.failed(code, said, out, 50)
			case hit != "":
				survived[string(x.Op)+" "+filepath.Base(hit)]++
			}
			if code == r.exit {
				r.same(out) // what failed was not needed
			}
			for _, name := range again {
				// SQLite closes its file in an orderly way; what it syncs then, it needs no more. That the name of its log
				// could not be made durable it does not tell; the log's own fsync, at the commit, does that too.
				if base := filepath.Base(name); !strings.HasPrefix(base, "ledger.db") && base != ".chatferry" {
					t.Errorf("%s was synced again after its fsync had failed", name)
				}
			}
			r.settled(out)
			os.RemoveAll(f.Path)
		})
	})
	t.Logf("stopped with exit code 50: %v; not needed, and ended well: %v", stopped, survived)
}

// TestFault13ShortAndSlowWrites runs on a disk that takes little at a time, and on one that takes its time.
func TestFault13ShortAndSlowWrites(t *testing.T) {
	r := convertTrial(t)
	d := mount(t)
	for name, limp := range map[string]func(*disk.Folder){"short": func(f *disk.Folder) { f.Limp(700, 0) }, "slow": func(f *disk.Folder) { f.Limp(1024, 10*time.Millisecond) }} {
		f := folder(t, d, name)
		limp(f)
		out := filepath.Join(f.Path, "out")
		if code, said := r.run(out); code != r.exit {
			t.Errorf("%s: exit code %d\n%s", name, code, said)
		}
		r.same(out)
	}
}

// TestFault17UnreadableDump reads dumps whose disk fails: one day of a folder, its second half, and the end of a zip.
func TestFault17UnreadableDump(t *testing.T) {
	d := mount(t)
	whole := canaryDump(t)
	days, err := filepath.Glob(filepath.Join(whole, "*", "2*.json"))
	if err != nil || len(days) < 3 {
		t.Fatal(days, err)
	}
	r := newTrial(t, "convert", whole, "--to", "archive", "--progress", "plain")
	for i, from := range []int64{0, 4096} {
		f := folder(t, d, "folder"+strconv.Itoa(i))
		dump := filepath.Join(f.Path, "export")
		if err := os.CopyFS(dump, os.DirFS(whole)); err != nil {
			t.Fatal(err)
		}
		largest := slices.MaxFunc(days, func(a, b string) int { return int(size(a) - size(b)) })
		rel, _ := filepath.Rel(whole, largest)
		f.Spoil(rel, from)
		s, code := summary(t, r.bin, "convert", dump, filepath.Join(t.TempDir(), "out"), "--to", "archive")
		balanced(t, s)
		if code != 30 || s.Rejected < 2 || s.Delivered == 0 {
			t.Errorf("unreadable from %d on: exit code %d, %d delivered, %d rejected", from, code, s.Delivered, s.Rejected)
		}
		b, err := os.ReadFile(s.Exceptions)
		if err != nil || !strings.Contains(string(b), filepath.ToSlash(rel)) {
			t.Errorf("%s is not named (%v):\n%s", rel, err, b)
		}
	}
	f := folder(t, d, "zip")
	dump := filepath.Join(f.Path, "export.zip")
	if _, err := slackgen.Generate(dump, slackgen.Config{Seed: 3, Messages: 3000, Users: 12, Channels: 4, Days: 60}); err != nil {
		t.Fatal(err)
	}
	f.Spoil(".zip", size(dump)/2)
	for _, from := range [][]string{nil, {"--from", "slack"}} {
		_, said, code := call(t, r.bin, append([]string{"convert", dump, filepath.Join(t.TempDir(), "out"), "--to", "archive", "--progress", "plain"}, from...)...)
		if code != 50 || !strings.Contains(said, "export.zip: ") || !strings.Contains(said, "input/output error") || !strings.Contains(said, "  Next: ") {
			t.Errorf("a zip whose second half cannot be read %v: exit code %d\n%s", from, code, said)
		}
	}
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
