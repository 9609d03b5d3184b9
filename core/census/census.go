// Package census is how a dump is counted independently of the plugin that reads it.
//
// A census lists every member of a dump's container (a file of a folder, an entry of a zip) with what it
// is, and counts the elements in those that are read: an element is whatever the reader must either
// deliver or reject, such as an item of a JSON array or a line. The host compares, file by file, with
// what came from the reader.
//
// Invariants:
//   - A census shares no parser, no schema and no library with the reader it checks: this package and
//     every package named census import the standard library alone (core/arch_test.go sees to it).
//   - Every member is listed once, in one state, and the sizes of all members add up to the container's.
//     What nobody reads is Unknown, not Ignored: ignoring takes a rule with a name.
//   - It counts by a simpler way than reading: bytes, quotes and brackets. What it cannot follow is Broken,
//     never guessed.
//   - Memory grows with the number of folders at most, not with members or their size.
package census

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// State is what a member is.
type State string

// States.
const (
	Parsed  State = "parsed"  // its elements are read
	Media   State = "media"   // bytes of attachments
	Ignored State = "ignored" // by the named Rule
	Unknown State = "unknown" // nobody reads it; Rule says why, where that is known
	Damaged State = "damaged" // cannot be opened, or must not be
)

// States are all states, in the order in which reports list them.
var States = []State{Parsed, Media, Ignored, Unknown, Damaged}

// Member is one member of a container.
type Member struct {
	Path     string // "/"-separated; of a second one of a name with "~2" behind it
	Size     int64  // bytes
	State    State
	Rule     string // of what is ignored, unknown or damaged
	Elements int64  // what was counted in it; -1: nothing was
	Broken   string // why Elements is only what came before the damage, "" when it is all
}

// NotCounted is Elements of a member in which nothing was counted.
const NotCounted = -1

// Facts are what a census says of a container as a whole.
type Facts struct {
	Members int64  `json:"members"`
	Bytes   int64  `json:"bytes"`            // of all members
	Digest  []byte `json:"digest"`           // of names, sizes and marks of change; the order does not matter
	ByFile  bool   `json:"by_file"`          // records say in which member they stood; else only sums compare
	Broken  string `json:"broken,omitempty"` // the container itself is damaged: what it lists may not be all
	Silent  string `json:"silent,omitempty"` // why its counts can't be compared, "" when they can
}

// Tally adds up facts. Mark changes when a member's bytes may have changed: a checksum, a time.
type Tally struct {
	Facts
	sum [4]uint64
}

// Add takes one member.
func (t *Tally) Add(path string, size int64, mark uint64) {
	t.Members++
	t.Bytes += size
	b := append(make([]byte, 0, len(path)+17), path...)
	b = binary.BigEndian.AppendUint64(append(b, 0), uint64(size))
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(b, mark))
	carry := uint64(0) // a sum, not an exclusive or: two equal members do not cancel each other
	for i := range t.sum {
		t.sum[i], carry = bits.Add64(t.sum[i], binary.BigEndian.Uint64(sum[8*i:]), carry)
	}
}

// Beside takes a member that is no part of the dump, whatever becomes of it: the books of a run that wrote
// the dump itself.
func (t *Tally) Beside(size int64) { t.Members, t.Bytes = t.Members+1, t.Bytes+size }

// Done gives the facts.
func (t *Tally) Done() Facts {
	t.Digest = nil
	for _, v := range t.sum {
		t.Digest = binary.BigEndian.AppendUint64(t.Digest, v)
	}
	return t.Facts
}
