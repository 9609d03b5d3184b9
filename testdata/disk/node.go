//go:build linux

package disk

import (
	"bytes"
	"context"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// node is a file or folder of the disk.
type node struct {
	fs.LoopbackNode
	disk *Disk
}

// file is an open file. Every read and write of it passes through here.
type file struct{ *fs.LoopbackFile }

// PassthroughFd keeps the kernel from going to the file below directly.
func (file) PassthroughFd() (int, bool) { return 0, false }

// id is a file or folder for as long as the disk is mounted.
type id struct{ ino, gen uint64 }

func idOf(n *fs.Inode) id { return id{n.StableAttr().Ino, n.StableAttr().Gen} }

func (n *node) id() id { return idOf(n.EmbeddedInode()) }

func (n *node) where() string { return n.Path(n.Root()) }

func (n *node) folder() *Folder { return n.disk.folder(n.where()) }

// WrapChild makes every node one of ours.
func (n *node) WrapChild(_ context.Context, ops fs.InodeEmbedder) fs.InodeEmbedder {
	return &node{LoopbackNode: fs.LoopbackNode{RootData: ops.(*fs.LoopbackNode).RootData}, disk: n.disk}
}

// Open opens a file.
func (n *node) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	h, x, errno := n.LoopbackNode.Open(ctx, flags&^syscall.O_TRUNC)
	if errno != 0 {
		return nil, 0, errno
	}
	f := file{h.(*fs.LoopbackFile)}
	if flags&syscall.O_TRUNC != 0 {
		var in fuse.SetAttrIn
		in.Valid = fuse.FATTR_SIZE
		if errno := n.Setattr(ctx, f, &in, new(fuse.AttrOut)); errno != 0 {
			f.Release(ctx)
			return nil, 0, errno
		}
	}
	return f, x, 0
}

// Create makes a file and opens it.
func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (child *fs.Inode, h fs.FileHandle, x uint32, errno syscall.Errno) {
	errno = n.folder().call(Create, path.Join(n.where(), name), func() syscall.Errno {
		child, h, x, errno = n.LoopbackNode.Create(ctx, name, flags, mode, out)
		if errno == 0 {
			h = file{h.(*fs.LoopbackFile)}
		}
		return errno
	}, func() change { return change{dir: n.id(), name: name, file: idOf(child)} })
	return child, h, x, errno
}

// Mkdir makes a folder.
func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (child *fs.Inode, errno syscall.Errno) {
	errno = n.folder().call(Mkdir, path.Join(n.where(), name), func() syscall.Errno {
		child, errno = n.LoopbackNode.Mkdir(ctx, name, mode, out)
		return errno
	}, func() change { return change{dir: n.id(), name: name, file: idOf(child)} })
	return child, errno
}

// Link gives a file a second name.
func (n *node) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (child *fs.Inode, errno syscall.Errno) {
	errno = n.folder().call(Link, path.Join(n.where(), name), func() syscall.Errno {
		child, errno = n.LoopbackNode.Link(ctx, target, name, out)
		return errno
	}, func() change { return change{dir: n.id(), name: name, file: idOf(target.EmbeddedInode())} })
	return child, errno
}

// Rename gives a file or folder another name.
func (n *node) Rename(ctx context.Context, name string, to fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	moved := n.GetChild(name)
	return n.folder().call(Rename, path.Join(n.where(), name), func() syscall.Errno {
		return n.LoopbackNode.Rename(ctx, name, to, newName, flags)
	}, func() change {
		return change{dir: n.id(), name: name, file: idOf(moved), toDir: idOf(to.EmbeddedInode()), to: newName}
	})
}

// Unlink removes a file's name.
func (n *node) Unlink(ctx context.Context, name string) syscall.Errno {
	return n.folder().call(Unlink, path.Join(n.where(), name), func() syscall.Errno { return n.LoopbackNode.Unlink(ctx, name) },
		func() change { return change{dir: n.id(), name: name} })
}

// Rmdir removes a folder.
func (n *node) Rmdir(ctx context.Context, name string) syscall.Errno {
	return n.folder().call(Unlink, path.Join(n.where(), name), func() syscall.Errno { return n.LoopbackNode.Rmdir(ctx, name) },
		func() change { return change{dir: n.id(), name: name} })
}

// Setattr changes a file's size, or its mode and times, which are not logged.
func (n *node) Setattr(ctx context.Context, h fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	size, cut := in.GetSize()
	if !cut {
		return n.LoopbackNode.Setattr(ctx, h, in, out)
	}
	return n.folder().call(Truncate, n.where(), func() syscall.Errno { return n.LoopbackNode.Setattr(ctx, h, in, out) },
		func() change { return change{file: n.id(), off: int64(size)} })
}

// Write writes to a file.
func (n *node) Write(ctx context.Context, h fs.FileHandle, b []byte, off int64) (done uint32, errno syscall.Errno) {
	f := n.folder()
	if f != nil {
		f.mu.Lock()
		if f.short > 0 {
			b = b[:min(len(b), f.short)]
		}
		pause := f.slow
		f.mu.Unlock()
		time.Sleep(pause)
	}
	errno = f.call(Write, n.where(), func() syscall.Errno {
		done, errno = h.(file).Write(ctx, b, off)
		return errno
	}, func() change { return change{file: n.id(), off: off, data: bytes.Clone(b[:done])} })
	return done, errno
}

// Read reads from a file.
func (n *node) Read(ctx context.Context, h fs.FileHandle, b []byte, off int64) (res fuse.ReadResult, errno syscall.Errno) {
	f := n.folder()
	if f != nil {
		f.mu.Lock()
		spoilt := f.bad != "" && strings.HasSuffix(n.where(), f.bad) && off+int64(len(b)) > f.badFrom
		f.mu.Unlock()
		if spoilt { // the system asks again for less, down to one page
			return nil, syscall.EIO
		}
	}
	errno = f.call(Read, n.where(), func() syscall.Errno {
		res, errno = h.(file).Read(ctx, b, off)
		return errno
	}, nil)
	return res, errno
}

// Fsync makes a file or the names in a folder durable.
func (n *node) Fsync(ctx context.Context, h fs.FileHandle, flags uint32) syscall.Errno {
	f, me := n.folder(), n.id()
	if f != nil {
		f.mu.Lock()
		if f.failed[me] {
			f.again = append(f.again, n.where())
		}
		f.mu.Unlock()
	}
	errno := f.call(Sync, n.where(), func() syscall.Errno { return 0 }, func() change { return change{file: me} })
	if errno != 0 {
		f.mu.Lock()
		f.failed[me] = true
		f.mu.Unlock()
	}
	return errno
}

// names is an open folder: an fsync of it passes through here too.
type names struct {
	listing
	n *node
}

type listing interface {
	fs.FileHandle
	fs.FileReaddirenter
	fs.FileReleasedirer
	fs.FileSeekdirer
}

// Fsyncdir makes the names in the folder durable.
func (d names) Fsyncdir(ctx context.Context, flags uint32) syscall.Errno {
	return d.n.Fsync(ctx, nil, flags)
}

// OpendirHandle opens a folder.
func (n *node) OpendirHandle(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	h, x, errno := n.LoopbackNode.OpendirHandle(ctx, flags)
	if errno != 0 {
		return nil, 0, errno
	}
	return names{h.(listing), n}, x, 0
}

// CopyFileRange is left to the kernel, which then reads and writes.
func (n *node) CopyFileRange(context.Context, fs.FileHandle, uint64, *fs.Inode, fs.FileHandle, uint64, uint64, uint64) (uint32, syscall.Errno) {
	return 0, syscall.ENOSYS
}
