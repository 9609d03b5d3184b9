package engine

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Seen is how many elements of one file of a dump came from its reader. An element is what one or more
// records in a row name as their place, or a reject.
type Seen struct {
	Source               int    // its number in the pipeline
	File                 string // path inside the dump; "" of a source whose records do not say, for all of it
	Elements, Unreadable int64  // Unreadable are the rejects among them
}

// seen counts elements as they come, for the comparison with a census. Rejects are counted apart from
// records, because those of a batch come before its records.
type seen struct {
	rows  []Seen
	index []byte // of the element before
	row   int    // of the file of the element before
	at    map[seenKey]int
}

type seenKey struct {
	source int
	file   string
}

// seenMost is how many files of one unit are told apart: more than a unit has, and a bound for a plugin that
// invents names. What comes of further ones is counted without a name, and so found to differ.
const seenMost = 1 << 20

// line counts the record of a canonical line. Where records do not say in which file they stood (byFile is
// false), each is an element.
func (s *seen) line(source int, byFile bool, line string) {
	if !byFile {
		s.rows[s.find(source, "")].Elements++
		return
	}
	file, index := message.RawOf(line)
	if file == "" {
		return // made by the reader, of no element
	}
	if len(s.rows) == 0 || s.rows[s.row].File != file || s.rows[s.row].Source != source {
		s.row, s.index = s.find(source, file), s.index[:0]
	} else if index != "" && string(s.index) == index {
		return
	}
	s.index = append(s.index[:0], index...)
	s.rows[s.row].Elements++
}

func (s *seen) reject(source int, byFile bool, x *plugin.Reject) {
	file := x.At.File
	if !byFile {
		file = ""
	}
	row := &s.rows[s.find(source, file)]
	row.Elements++
	row.Unreadable++
}

func (s *seen) find(source int, file string) int {
	i, ok := s.at[seenKey{source, file}]
	if ok {
		return i
	}
	if len(s.rows) >= seenMost && file != "" {
		return s.find(source, "")
	}
	if s.at == nil {
		s.at = map[seenKey]int{}
	}
	file = strings.Clone(file)
	s.rows = append(s.rows, Seen{Source: source, File: file})
	s.at[seenKey{source, file}] = len(s.rows) - 1
	return len(s.rows) - 1
}

// encode gives the rows in few bytes: of a path only what differs from the one before.
func (s *seen) encode() []byte {
	var b []byte
	before := ""
	for _, r := range s.rows {
		same := 0
		for same < len(before) && same < len(r.File) && before[same] == r.File[same] {
			same++
		}
		for _, n := range []int64{int64(r.Source), r.Elements, r.Unreadable, int64(same), int64(len(r.File) - same)} {
			b = binary.AppendUvarint(b, uint64(n))
		}
		b = append(b, r.File[same:]...)
		before = r.File
	}
	return b
}

// EachSeen yields the rows that a unit's books hold.
func EachSeen(b []byte, yield func(*Seen) error) error {
	var r Seen
	for len(b) > 0 {
		var n [5]int64
		for i := range n {
			v, size := binary.Uvarint(b)
			if size <= 0 || v > 1<<40 {
				return errSeen
			}
			n[i], b = int64(v), b[size:]
		}
		if n[0] > 255 || n[3] > int64(len(r.File)) || n[4] > int64(len(b)) {
			return errSeen
		}
		r = Seen{Source: int(n[0]), Elements: n[1], Unreadable: n[2], File: r.File[:n[3]] + string(b[:n[4]])}
		b = b[n[4]:]
		if err := yield(&r); err != nil {
			return err
		}
	}
	return nil
}

var errSeen = errors.New("the rows of what was read are damaged")
