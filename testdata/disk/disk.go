//go:build linux

// Package disk is a disk that fails on demand and remembers what was written to it: a file system for
// tests, mounted over an ordinary folder.
//
// Invariants:
//   - Each folder at its top has its own faults, counters and log, so that tests share one mount.
//   - A call that is made to fail changes nothing below it.
//   - The log of a folder holds every change in the order in which it happened, whoever made it, and
//     every fsync; Crash (crash.go) makes from it what a power cut may leave.
package disk

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Op is a kind of call.
type Op string

// Kinds of calls that can fail and are logged, but for Read, which is not logged.
const (
	Write    Op = "write"
	Sync     Op = "fsync"
	Rename   Op = "rename"
	Link     Op = "link"
	Create   Op = "create"
	Mkdir    Op = "mkdir"
	Unlink   Op = "unlink"
	Truncate Op = "truncate"
	Read     Op = "read"
)

// Fault makes calls of one kind fail: those from number At (1 is the first) on, For many of them.
type Fault struct {
	Op    Op
	At    int
	For   int // 0: one; negative: all later ones too
	Errno syscall.Errno
}

// Folder is one folder at the top of a disk.
type Folder struct {
	Path string // under the mount

	mu      sync.Mutex
	fault   Fault
	count   map[Op]int
	hit     string      // what the fault struck
	failed  map[id]bool // files whose fsync was made to fail
	again   []string    // names of those that were synced again
	log     []change
	logging bool
	short   int
	slow    time.Duration
	bad     string
	badFrom int64
}

// Disk is a mounted disk.
type Disk struct {
	below, at string
	server    *fuse.Server

	mu      sync.Mutex
	folders map[string]*Folder
}

// Mount mounts a disk in two new folders inside dir.
func Mount(dir string) (*Disk, error) {
	d := &Disk{below: filepath.Join(dir, "below"), at: filepath.Join(dir, "disk"), folders: map[string]*Folder{}}
	if err := errors.Join(os.Mkdir(d.below, 0o700), os.Mkdir(d.at, 0o700)); err != nil {
		return nil, err
	}
	plain, err := fs.NewLoopbackRoot(d.below)
	if err != nil {
		return nil, err
	}
	brief := 10 * time.Second
	root := &node{LoopbackNode: fs.LoopbackNode{RootData: plain.(*fs.LoopbackNode).RootData}, disk: d}
	root.RootData.RootNode = root
	d.server, err = fs.Mount(d.at, root, &fs.Options{AttrTimeout: &brief, EntryTimeout: &brief,
		MountOptions: fuse.MountOptions{DirectMount: true, FsName: "disk", Name: "disk"}})
	return d, err
}

// Unmount ends the disk.
func (d *Disk) Unmount() error { return d.server.Unmount() }

// Folder makes a folder at the top.
func (d *Disk) Folder(name string) (*Folder, error) {
	f := &Folder{Path: filepath.Join(d.at, name), count: map[Op]int{}, failed: map[id]bool{}}
	d.mu.Lock()
	d.folders[name] = f
	d.mu.Unlock()
	return f, os.Mkdir(f.Path, 0o700)
}

// Arm sets the fault and begins to count anew.
func (f *Folder) Arm(x Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault, f.hit, f.again = x, "", nil
	clear(f.count)
	clear(f.failed)
}

// Limp makes the disk take at most n bytes a write (0: as many as come), each after a pause.
func (f *Folder) Limp(n int, pause time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.short, f.slow = n, pause
}

// Spoil makes the files whose name ends in suffix unreadable from an offset on.
func (f *Folder) Spoil(suffix string, from int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bad, f.badFrom = suffix, from
}

// Log begins to remember changes. It is called while the folder is empty.
func (f *Folder) Log() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.logging = true
}

// Count is how many calls of a kind were made since Arm.
func (f *Folder) Count(op Op) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count[op]
}

// Hit is what the fault of Arm struck first, by its path from the top; "" when it did not happen.
func (f *Folder) Hit() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hit
}

// SyncedAgain names files that were synced again after their fsync had failed.
func (f *Folder) SyncedAgain() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.again...)
}

// call counts a call, makes it fail if it is its turn, else makes it and logs what it changed.
func (f *Folder) call(op Op, path string, run func() syscall.Errno, log func() change) syscall.Errno {
	if f == nil {
		return run()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count[op]++
	last := f.fault.At + max(f.fault.For, 1) - 1
	if n := f.count[op]; op == f.fault.Op && n >= f.fault.At && (n <= last || f.fault.For < 0) && f.fault.At > 0 {
		f.hit = cmp.Or(f.hit, path)
		return f.fault.Errno
	}
	errno := run()
	if errno == 0 && f.logging && log != nil {
		c := log()
		c.op = op
		f.log = append(f.log, c)
	}
	return errno
}

// folder is the one that a path below the mount belongs to; nil at the very top.
func (d *Disk) folder(path string) *Folder {
	top, _, inside := strings.Cut(path, "/")
	if !inside && path == "" {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.folders[top]
}
