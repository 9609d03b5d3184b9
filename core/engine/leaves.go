package engine

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// A leaf row is what is kept of one object handed to a sink: its place and the digest of its content.
// Leaf files are what verify builds the expected tree from, and what a later run looks up to deliver
// only what is new.

// Leaf is one row of a leaf file. Key and Content are valid until the next row is read.
type Leaf struct {
	message.Place                // of the projected record, its time but for the order
	Sent          message.Moment // the source's own time, which decides the order
	Content       [32]byte
	Unit          string // in which it was delivered
	Gen           int
}

// LeafDir is the folder with a generation's leaf files of one sink, one file a unit.
func LeafDir(state, sink string, gen int) string {
	return filepath.Join(state, "leaves", sink, fmt.Sprintf("%04d", gen))
}

// refusedExt marks the list of keys that a sink refused after their rows were written. It is rare.
const refusedExt = ".refused"

// leafTypes are the record types by their number in a row.
var leafTypes = []string{message.TypeMessage, message.TypeRevision, message.TypeConversation, message.TypePerson, message.TypeMembership, message.TypeEmoji, message.TypeAnalysis}

// Flags of a row, above the three bits of its type.
const (
	leafTimed   = 1 << (3 + iota) // has times
	leafShifted                   // the two times differ
	leafSame                      // the conversation of the row before
	leafInside                    // the key begins with the conversation's and a colon
)

const leafMagic = "cfleaf2\n"

type leafWriter struct {
	f        *os.File
	w        *bufio.Writer
	h        hash.Hash
	path     string
	buf      []byte
	conv     string
	subjects map[string]int
	refused  []string
	rows     int64
	seal     [sha256.Size]byte // see sealOf; set by commit
	err      error
}

func createLeaves(state string, gen int, sink, unit string) (*leafWriter, error) {
	dir := LeafDir(state, sink, gen)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, leafFault(dir, err)
	}
	path := filepath.Join(dir, unit)
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, leafFault(path, err)
	}
	w := &leafWriter{f: f, h: sha256.New(), path: path, subjects: map[string]int{}}
	w.w = bufio.NewWriterSize(io.MultiWriter(f, w.h), 32<<10)
	w.w.WriteString(leafMagic)
	return w, nil
}

func leafFault(path string, err error) error {
	return fault.New(fault.Storage, "write", path, "free some disk space or make the folder writable, then run again: it resumes", err)
}

// add writes the row of one object; sent is the source's own time of it.
func (w *leafWriter) add(p message.Place, sent message.Moment, content [32]byte) {
	if w.err != nil {
		return
	}
	flags := byte(slices.Index(leafTypes, p.Type))
	timed := p.At != (message.Moment{})
	if timed {
		flags |= leafTimed
		if sent == (message.Moment{}) {
			sent = p.At
		}
		if sent != p.At {
			flags |= leafShifted
		}
	}
	if p.Conversation == w.conv {
		flags |= leafSame
	}
	key := p.Key
	if n := len(p.Conversation); n > 0 && len(key) > n && key[n] == ':' && key[:n] == p.Conversation {
		flags |= leafInside
		key = key[n+1:]
	}
	b := append(w.buf[:0], flags)
	if flags&leafSame == 0 {
		w.conv = strings.Clone(p.Conversation)
		b = appendText(b, p.Conversation)
	}
	n, known := w.subjects[p.Subject]
	if !known {
		n = len(w.subjects)
		w.subjects[strings.Clone(p.Subject)] = n
	}
	b = binary.AppendUvarint(b, uint64(n))
	if !known {
		b = appendText(b, p.Subject)
	}
	if timed {
		b = append(b, p.At[:]...)
		if flags&leafShifted != 0 {
			b = append(b, sent[:]...)
		}
	}
	b = append(appendText(b, key), content[:]...)
	w.buf = b
	w.rows++
	_, w.err = w.w.Write(b)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// remove takes back the row of an object that the sink refused.
func (w *leafWriter) remove(key string) { w.refused = append(w.refused, strings.Clone(key)) }

func (w *leafWriter) commit() error {
	os.Remove(w.path + refusedExt)
	var b []byte
	if len(w.refused) > 0 {
		for _, key := range w.refused {
			b = appendText(b, key)
		}
		if err := plugin.WriteFileAtomic(w.path+refusedExt, func(out io.Writer) error { _, err := out.Write(b); return err }); err != nil {
			return err
		}
	}
	err := errors.Join(w.err, w.w.Flush())
	if err == nil {
		sum := w.h.Sum(nil)
		w.seal = sealOf(sum, b)
		_, err = w.f.Write(sum)
	}
	if err := errors.Join(err, w.f.Sync(), w.f.Close()); err != nil {
		return leafFault(w.path, err)
	}
	w.f = nil
	if err := os.Rename(w.path+".tmp", w.path); err != nil {
		return leafFault(w.path, err)
	}
	return plugin.SyncDir(filepath.Dir(w.path))
}

// sealOf is what the ledger keeps of a leaf file: it covers the rows, by their digest, and the list of those refused.
func sealOf(digest, refused []byte) [sha256.Size]byte {
	return sha256.Sum256(append(digest[:len(digest):len(digest)], refused...))
}

func (w *leafWriter) abort() {
	if w.f != nil {
		w.f.Close()
		os.Remove(w.path + ".tmp")
		w.f = nil
	}
}

// EachLeaf yields the rows of a sink from generation 1 to gen, older first, without those of objects
// that the sink refused.
func EachLeaf(state, sink string, gen int, yield func(*Leaf) error) error {
	return EachLeafFile(state, sink, gen, yield, func(LeafFile) error { return nil })
}

// LeafFile is what a leaf file is as a whole.
type LeafFile struct {
	Gen  int
	Unit string
	Rows int64  // those refused included
	Seal string // hex, as the ledger has it
}

// EachLeafFile does what EachLeaf does, and tells of each file after its rows.
func EachLeafFile(state, sink string, gen int, yield func(*Leaf) error, whole func(LeafFile) error) error {
	for g := 1; g <= gen; g++ {
		dir := LeafDir(state, sink, g)
		entries, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) {
			return leafFault(dir, err)
		}
		for _, e := range entries {
			if ext := filepath.Ext(e.Name()); ext == ".tmp" || ext == refusedExt || strings.HasPrefix(e.Name(), ".") {
				continue
			}
			f, err := readLeaves(filepath.Join(dir, e.Name()), &Leaf{Unit: e.Name(), Gen: g}, yield)
			if err == nil {
				err = whole(f)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
