// Package dump reads a dump as it came: a folder or a zip file, in place, never unpacked.
//
// Invariants:
//   - Memory does not grow with the number of entries, only with the number of folders: entries go
//     into a sorted index in a temporary file that is unlinked while it is open.
//   - Every entry has a disposition: a file, a folder, ignored by a named rule, refused because its
//     name or type is unsafe, or damaged. Nothing is left out.
//   - Nothing outside the dump is ever opened: names that are absolute, climb, or hold a drive letter
//     or NUL are refused, symbolic links are not followed, a folder is read through os.Root.
//   - Bytes are believed only after they were checked: a member that is longer, shorter or other than
//     its declared size and CRC-32 say ends in a *Damage error, and the others go on.
//   - A zip without its directory (cut off, or damaged) is read from its local headers, and Notes says so.
package dump

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path"

	"github.com/chatferry/chatferry/core/fault"
)

// State is the disposition of an entry.
type State byte

// States.
const (
	File    State = iota // a regular file that can be opened
	Damaged              // a file that cannot be read; Reason says why
	Refused              // unsafe name or type, never opened
	Ignored              // left behind by an operating system; Reason names the rule
	Dir                  // a folder's own entry
)

// String names the state.
func (s State) String() string {
	return [...]string{"file", "damaged", "refused", "ignored", "folder"}[s]
}

// Entry is one entry of the dump. It is also the handle with which Open opens it.
type Entry struct {
	Path      string // "/"-separated, valid UTF-8; of a refused entry the name made harmless
	Stored    string // the name as stored, where Path differs
	State     State
	Reason    string // of every state but File and Dir
	Size      int64  // bytes, as declared
	Packed    int64  // bytes in the archive
	CRC       uint32 // of zip members
	Modified  int64  // opaque: changes when the file was written again
	Duplicate int    // 2 for the second entry of one name, ...; Path then ends in "~2"
	Cut       bool   // the archive ends inside it: reading gives what there is, then an error

	method uint16
	local  int64 // offset of the local header
}

// Base is the last part of the path, without the suffix of a duplicate.
func (e *Entry) Base() string {
	if e.Duplicate > 1 {
		return path.Base(e.Path[:len(e.Path)-len(dupSuffix(e.Duplicate))])
	}
	return path.Base(e.Path)
}

// Damage says that a member's bytes are not what they should be.
type Damage struct {
	Reason string // a code: checksum, size, inflate, local_header, cut_off, unreadable
	Err    error
}

func (d *Damage) Error() string { return "damaged (" + d.Reason + "): " + d.Err.Error() }

// Unwrap gives the cause.
func (d *Damage) Unwrap() error { return d.Err }

// Note is something an administrator must know about the dump as a whole.
type Note struct {
	Code   string // such as "zip_cut_off"
	Detail string // plain words
}

// Totals counts the dump's entries.
type Totals struct {
	Entries int64
	Bytes   int64 // of files
	States  [5]int64
}

// Dump is an open dump. Its methods are safe for concurrent use.
type Dump struct {
	Path   string
	Zip    bool
	Totals Totals
	Notes  []Note

	file *os.File
	root *os.Root
	data io.ReaderAt // of the zip
	size int64
	ix   *index
}

// Open reads the directory of the folder or zip at path. The index goes into tmp; "" is the system's
// folder for temporary files.
func Open(ctx context.Context, path, tmp string) (*Dump, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fault.New(fault.Config, "open", path, "check the path and that it may be read", cause(err))
	}
	if st.IsDir() {
		return openFolder(ctx, path, tmp, nil)
	}
	if !st.Mode().IsRegular() {
		return nil, fault.New(fault.Config, "open", path, "give a folder or a zip file", errors.New("is neither a file nor a folder"))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.New(fault.Config, "open", path, "check that it may be read", cause(err))
	}
	d, err := OpenZip(ctx, f, st.Size(), path, tmp)
	if err != nil {
		f.Close()
		return nil, err
	}
	d.file = f
	return d, nil
}

// cause strips the path from an error of package os, because the error around it names the path.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Close frees everything the dump holds.
func (d *Dump) Close() error {
	if d.ix != nil {
		d.ix.close()
	}
	if d.root != nil {
		d.root.Close()
	}
	if d.file != nil {
		return d.file.Close()
	}
	return nil
}

// Open opens a file for reading. Reading to its end checks size and checksum.
func (d *Dump) Open(e *Entry) (io.ReadCloser, error) {
	if e.State != File {
		return nil, &Damage{Reason: e.Reason, Err: errors.New("the entry is " + e.State.String())}
	}
	if d.root != nil {
		return d.openFile(e)
	}
	return d.openMember(e)
}

// encode is an entry's value in the index; its name is the key.
func (e *Entry) encode(b []byte) []byte {
	cut := byte(0)
	if e.Cut {
		cut = 1
	}
	b = append(b, byte(e.State), cut)
	b = binary.LittleEndian.AppendUint32(b, e.CRC)
	b = binary.LittleEndian.AppendUint16(b, e.method)
	b = binary.AppendUvarint(b, uint64(e.Size))
	b = binary.AppendUvarint(b, uint64(e.Packed))
	b = binary.AppendUvarint(b, uint64(e.Modified))
	b = binary.AppendUvarint(b, uint64(e.local))
	b = binary.AppendUvarint(b, uint64(len(e.Reason)))
	b = append(b, e.Reason...)
	return append(b, e.Stored...)
}

// decode is the inverse of encode; the input is ours, so it has the right shape.
func (e *Entry) decode(b []byte) {
	*e = Entry{State: State(b[0]), Cut: b[1] == 1, CRC: binary.LittleEndian.Uint32(b[2:]), method: binary.LittleEndian.Uint16(b[6:])}
	b = b[8:]
	next := func() int64 {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return int64(v)
	}
	e.Size, e.Packed, e.Modified, e.local = next(), next(), next(), next()
	n := next()
	e.Reason, e.Stored = string(b[:n]), string(b[n:])
}
