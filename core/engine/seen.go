package engine

import (
	"encoding/binary"
	"errors"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// Seen is how many elements of one file of a dump came from its reader: records and rejects that name
// the file. Several that come one after the other from one place are one element.
type Seen struct {
	Source               int    // its number in the pipeline
	File                 string // path inside the dump
	Elements, Unreadable int64  // Unreadable are the rejects among them
}

// seen counts elements as they come. A file that comes again gets another row, and whoever reads the rows
// adds them up.
type seen struct {
	rows        []Seen
	file, index string // of the element before
}

// line counts the record of a canonical line.
func (s *seen) line(source int, line string) {
	if file, index := message.RawOf(line); file != "" {
		s.element(source, file, index, false)
	}
}

func (s *seen) element(source int, file, index string, reject bool) {
	last := len(s.rows) - 1
	if last < 0 || s.file != file || s.rows[last].Source != source {
		s.file, s.index = strings.Clone(file), ""
		s.rows = append(s.rows, Seen{Source: source, File: s.file})
		last++
	} else if index == s.index && s.rows[last].Elements > 0 {
		return
	}
	s.index = strings.Clone(index)
	s.rows[last].Elements++
	if reject {
		s.rows[last].Unreadable++
	}
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
		if n[3] > int64(len(r.File)) || n[4] > int64(len(b)) {
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
