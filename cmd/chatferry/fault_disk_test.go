//go:build real && linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/chatferry/chatferry/testdata/disk"
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
			for _, name := range again { // SQLite closes its file in an orderly way; what it syncs then, it needs no more
				if !strings.HasPrefix(filepath.Base(name), "ledger.db") {
					t.Errorf("%s was synced again after its fsync had failed", name)
				}
			}
			r.settled(out)
			os.RemoveAll(f.Path)
		})
	})
	t.Logf("stopped with exit code 50: %v; not needed, and ended well: %v", stopped, survived)
}
