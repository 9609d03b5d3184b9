package verify

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/spill"
)

// entry is a record on one side of the comparison.
type entry struct {
	message.Place
	sent    message.Moment // decides the order
	content [32]byte
}

// side is one side of the comparison: all its entries, to be sorted as the tree is.
type side struct {
	sorter *spill.Sorter
	hasher hasher
	place  place
}

func newSide(state string, salts *Salts) *side {
	return &side{sorter: spill.New(state, sortMemory), hasher: hasher{salts: salts}}
}

func (s *side) add(e *entry) error {
	leaf := s.hasher.leaf(&e.Place, e.content)
	s.place.of(&e.Place)
	s.place.bytes = append(s.place.bytes, leaf[:]...)
	return s.sorter.Add(s.place.bytes, e.sent[:])
}

// history decides, for a target that was delivered to several times, which object stands for each
// record: it sorts every delivery and every object found by type and key.
//
// Such a target may still hold earlier versions, and hold objects again that later deliveries refer
// to; the last delivered version must be there. Objects that were never delivered stay on the found
// side, where they are extra.
type history struct {
	sorter *spill.Sorter
	key    []byte
	value  []byte
	n      uint32
}

const (
	tagExpected = 'e'
	tagFound    = 'f'
)

func newHistory(state string) *history { return &history{sorter: spill.New(state, sortMemory)} }

// add takes an entry; deliveries must come in their order and before what was found.
func (h *history) add(tag byte, e *entry) error {
	h.n++
	h.key = append(append(append(h.key[:0], e.Type...), 0), e.Key...)
	h.key = binary.BigEndian.AppendUint32(append(h.key, 0, tag), h.n)
	v := append(append(append(h.value[:0], tag), e.content[:]...), e.sent[:]...)
	v = append(v, e.At[:]...)
	for _, s := range []string{e.Type, e.Key, e.Subject, e.Conversation} {
		v = append(binary.AppendUvarint(v, uint64(len(s))), s...)
	}
	h.value = v
	return h.sorter.Add(h.key, v)
}

func decodeEntry(v []byte) *entry {
	e := &entry{}
	v = v[1+copy(e.content[:], v[1:33]):]
	v = v[copy(e.sent[:], v):]
	v = v[copy(e.At[:], v):]
	for _, s := range []*string{&e.Type, &e.Key, &e.Subject, &e.Conversation} {
		n, size := binary.Uvarint(v)
		*s = string(v[size : size+int(n)])
		v = v[size+int(n):]
	}
	return e
}

// settle hands the entry that stands for each record to both sides.
func (h *history) settle(expected, found *side) error {
	it, err := h.sorter.Sort()
	if err != nil {
		return err
	}
	var key []byte
	var delivered, there []*entry
	flush := func() error {
		e, f := settled(delivered, there)
		delivered, there = nil, nil
		if e != nil {
			if err := expected.add(e); err != nil {
				return err
			}
		}
		for _, x := range f {
			if err := found.add(x); err != nil {
				return err
			}
		}
		return nil
	}
	for it.Next() {
		k := it.Key()[:len(it.Key())-6]
		if !bytes.Equal(k, key) {
			if err := flush(); err != nil {
				return err
			}
			key = append(key[:0], k...)
		}
		if e := decodeEntry(it.Value()); it.Value()[0] == tagExpected {
			delivered = append(delivered, e)
		} else {
			there = append(there, e)
		}
	}
	if err := it.Err(); err != nil {
		return err
	}
	return flush()
}

// settled tells what is expected of one key and which found objects count.
func settled(delivered, there []*entry) (expected *entry, found []*entry) {
	before := map[[32]byte]bool{}
	for _, e := range delivered {
		before[e.content] = true
		expected = e
	}
	var older *entry
	hit := false
	for _, f := range there {
		switch {
		case expected != nil && f.content == expected.content:
			if !hit {
				found = append(found, f)
			}
			hit = true
		case before[f.content]:
			older = f
		default:
			found = append(found, f)
		}
	}
	if !hit && older != nil && len(found) == 0 {
		found = []*entry{older}
	}
	return expected, found
}

// entryOf is the entry of a leaf row.
func entryOf(l *engine.Leaf) entry { return entry{l.Place, l.Sent, l.Content} }

// entryAt is the entry of a canonical line that was read back; one without a key is not ours.
func entryAt(line string) entry {
	p := message.PlaceOf(line)
	return entry{p, p.At, engine.Content(strings.TrimSuffix(line, "\n"))}
}
