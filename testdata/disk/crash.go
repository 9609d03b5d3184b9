//go:build linux

package disk

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// change is one entry of a folder's log. What its fields mean depends on op.
type change struct {
	op        Op
	dir, file id
	name      string
	toDir     id
	to        string
	off       int64 // of a write; the new size of a truncation
	data      []byte
}

// Kept is what a power cut leaves of something that no fsync had demanded.
type Kept int

// What may be left.
const (
	Everything Kept = iota // it reached the disk by itself
	Nothing                // it did not
	Pieces                 // some blocks of 512 bytes of it did, as chance has it; of names, each by itself
)

// State says which of the states that a power cut may leave is meant: after how many changes the
// power went, and what is left of bytes and of names that were not synced.
//
// An fsync of a file makes its bytes durable, and the way to it from the top; an fsync of a folder
// the names in it, and the way to it. Journalled says that names become durable in the order in which
// they were made, as on ext4 and XFS, so that any fsync demands all earlier ones.
type State struct {
	After        int
	Bytes, Names Kept
	Journalled   bool
	Seed         uint64
}

// Changes is how many changes the log of the folder holds.
func (f *Folder) Changes() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.log)
}

// entry is a name that was given or taken away.
type entry struct {
	dir    id
	name   string
	file   id   // zero: taken away
	isDir  bool // file is a folder
	group  int  // entries of one rename become durable together
	synced bool
}

// bytesOf is a file's content: as it is, and what of it is on the disk for sure.
type bytesOf struct {
	now, sure []byte
	open      []change // writes and truncations since the last fsync
}

// wreck is the log replayed up to a moment.
type wreck struct {
	names []entry
	files map[id]*bytesOf
}

// Crash makes in the empty folder dir what a power cut may leave of f.
func (f *Folder) Crash(s State, dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := &wreck{files: map[id]*bytesOf{}}
	var top id
	for i, c := range f.log[:s.After] {
		if i == 0 {
			top = c.dir
		}
		w.apply(c, i, s.Journalled)
	}
	rnd := rand.New(rand.NewPCG(s.Seed, uint64(s.After)))
	tree := w.tree(s.Names, rnd)
	return w.write(tree, top, dir, s.Bytes, rnd, map[id]string{})
}

func (w *wreck) file(x id) *bytesOf {
	if w.files[x] == nil {
		w.files[x] = &bytesOf{}
	}
	return w.files[x]
}

func (w *wreck) apply(c change, i int, journalled bool) {
	switch c.op {
	case Create, Mkdir, Link:
		w.names = append(w.names, entry{dir: c.dir, name: c.name, file: c.file, isDir: c.op == Mkdir, group: i})
	case Unlink:
		w.names = append(w.names, entry{dir: c.dir, name: c.name, group: i})
	case Rename:
		isDir := slices.ContainsFunc(w.names, func(e entry) bool { return e.file == c.file && e.isDir })
		w.names = append(w.names, entry{dir: c.dir, name: c.name, group: i}, entry{dir: c.toDir, name: c.to, file: c.file, isDir: isDir, group: i})
	case Write, Truncate:
		b := w.file(c.file)
		b.now, b.open = put(b.now, c), append(b.open, c)
	case Sync:
		b := w.file(c.file)
		b.sure, b.open = slices.Clone(b.now), nil
		w.sync(c.file, journalled)
	}
}

// put applies a write or truncation.
func put(b []byte, c change) []byte {
	end := c.off + int64(len(c.data))
	if grow := end - int64(len(b)); grow > 0 {
		b = append(b, make([]byte, grow)...)
	}
	if c.op == Truncate {
		return b[:c.off]
	}
	copy(b[c.off:], c.data)
	return b
}

// sync makes names durable that an fsync of x demands.
func (w *wreck) sync(x id, journalled bool) {
	if journalled {
		for i := range w.names {
			w.names[i].synced = true
		}
		return
	}
	for i := range w.names {
		if e := &w.names[i]; e.dir == x || e.file == x {
			w.mark(e)
		}
	}
}

// mark makes an entry durable, with the other half of its rename and the way to its folder.
func (w *wreck) mark(e *entry) {
	if e.synced {
		return
	}
	e.synced = true
	for i := range w.names {
		if o := &w.names[i]; o.group == e.group || o.file == e.dir {
			w.mark(o)
		}
	}
}

// tree is which names are left, by folder.
func (w *wreck) tree(kept Kept, rnd *rand.Rand) map[id]map[string]entry {
	tree, luck := map[id]map[string]entry{}, map[int]bool{}
	for _, e := range w.names {
		if _, known := luck[e.group]; !known {
			luck[e.group] = rnd.IntN(2) == 0
		}
		if !e.synced && (kept == Nothing || kept == Pieces && !luck[e.group]) {
			continue
		}
		if tree[e.dir] == nil {
			tree[e.dir] = map[string]entry{}
		}
		if e.file == (id{}) {
			delete(tree[e.dir], e.name)
		} else {
			tree[e.dir][e.name] = e
		}
	}
	return tree
}

// write makes the folder x at path. Names of one file become links.
func (w *wreck) write(tree map[id]map[string]entry, x id, path string, kept Kept, rnd *rand.Rand, made map[id]string) error {
	names := make([]string, 0, len(tree[x]))
	for name := range tree[x] {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		e, to := tree[x][name], filepath.Join(path, name)
		var err error
		switch {
		case e.isDir:
			err = errors.Join(os.Mkdir(to, 0o700), w.write(tree, e.file, to, kept, rnd, made))
		case made[e.file] != "":
			err = os.Link(made[e.file], to)
		default:
			made[e.file] = to
			err = os.WriteFile(to, w.file(e.file).left(kept, rnd), 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const block = 512

// left is what is left of a file.
func (b *bytesOf) left(kept Kept, rnd *rand.Rand) []byte {
	switch kept {
	case Everything:
		return b.now
	case Nothing:
		return b.sure
	}
	out := slices.Clone(b.sure)
	for _, c := range b.open {
		if c.op == Truncate {
			if rnd.IntN(2) == 0 {
				out = put(out, c)
			}
			continue
		}
		for at := int64(0); at < int64(len(c.data)); {
			n := min(block-(c.off+at)%block, int64(len(c.data))-at)
			if rnd.IntN(2) == 0 {
				out = put(out, change{op: Write, off: c.off + at, data: c.data[at : at+n]})
			}
			at += n
		}
	}
	return out
}
