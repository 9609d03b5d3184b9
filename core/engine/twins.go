package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unsafe"

	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
)

// twins collects records that sort next to each other because they have the same key. Alone is the
// usual case. Identical ones are one message seen several times; different ones are a conflict.
type twins struct {
	key    []byte // sort key without the source's number
	values []twin
}

type twin struct {
	source byte
	line   string
}

// verdicts of a record that is not delivered although it was offered.
const (
	verdictDuplicate = "duplicate"
	verdictRejected  = "rejected"
)

func (t *twins) reset() { t.key, t.values = t.key[:0], t.values[:0] }

// same tells whether a sort key belongs to the group being collected.
func (t *twins) same(key []byte) bool {
	return len(t.values) > 0 && bytes.Equal(t.key, key[:len(key)-1])
}

// add takes a record; stable tells that value outlives the group.
func (t *twins) add(key, value []byte, stable bool) {
	t.key = append(t.key[:0], key[:len(key)-1]...)
	line := ""
	if stable {
		line = unsafe.String(unsafe.SliceData(value), len(value)) // the sorter's memory, which nobody changes
	} else {
		line = string(value)
	}
	t.values = append(t.values, twin{key[len(key)-1], line})
}

// settle decides what becomes of each record of the group. Within one source the first version is
// delivered, and a different one with the same id is rejected and kept. Between sources the version of
// the source named last wins, and the other is kept and listed as a conflict.
func (t *twins) settle(in *intake, yield func(line, verdict string, x *ledger.Exception) error) error {
	if len(t.values) == 0 {
		return nil
	}
	if len(t.values) == 1 {
		return yield(t.values[0].line, "", nil)
	}
	win := t.winner()
	winner := content(t.values[win].line)
	if err := yield(t.values[win].line, "", nil); err != nil {
		return err
	}
	for i, v := range t.values {
		if i == win {
			continue
		}
		if content(v.line) == winner {
			if err := yield(v.line, verdictDuplicate, nil); err != nil {
				return err
			}
			continue
		}
		x, verdict, err := in.conflict(v, t.values[win])
		if err != nil {
			return err
		}
		if err := yield(v.line, verdict, x); err != nil {
			return err
		}
	}
	return nil
}

// winner is the version that is delivered.
func (t *twins) winner() int {
	win := 0
	for i := range t.values {
		if t.values[i].source > t.values[win].source {
			win = i
		}
	}
	return win
}

// content is a digest of a canonical line without its raw pointer: what makes two records the same.
func content(line string) [32]byte {
	head, tail := message.WithoutRaw(line)
	if tail == "" {
		return sha256.Sum256([]byte(head))
	}
	h := sha256.New()
	h.Write([]byte(head))
	h.Write([]byte(tail))
	var sum [32]byte
	h.Sum(sum[:0])
	return sum
}

// conflict keeps the version that is not delivered.
func (in *intake) conflict(loser, winner twin) (*ledger.Exception, string, error) {
	rec, err := message.Decode(loser.line)
	if err != nil {
		return nil, "", err
	}
	blob, err := in.run.quarantine([]byte(loser.line))
	if err != nil {
		return nil, "", err
	}
	x := &ledger.Exception{Key: strings.Clone(rec.Key()), Blob: blob}
	if raw := *rec.RawSource(); raw != nil {
		x.File, x.Index, x.Offset, x.Length = strings.Clone(raw.File), strings.Clone(raw.Index), strings.Clone(raw.Offset), strings.Clone(raw.Length)
	}
	if loser.source == winner.source {
		x.Verdict, x.Reason = ledger.Rejected, "id_conflict"
		x.Detail = "another record with the same id but other content was delivered"
		return x, verdictRejected, nil
	}
	x.Verdict, x.Reason = ledger.Conflict, "other_version"
	x.Detail = "the version of source " + strconv.Itoa(int(winner.source)+1) + " was delivered"
	return x, verdictDuplicate, nil
}

// digest names quarantined bytes.
func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
