package gap

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// State is what is kept of one unit.
type State struct {
	Places  []*Place        `json:"places,omitempty"`
	Hits    map[string]*Hit `json:"hits,omitempty"`    // of files, which belong to no conversation
	Longest int             `json:"longest,omitempty"` // characters of the longest text
	Piled   map[int]int64   `json:"piled,omitempty"`   // texts by length, for the lengths in limits
}

// Place is what is kept of one conversation.
type Place struct {
	Key      string          `json:"key"`
	Listed   bool            `json:"listed,omitempty"`
	Made     bool            `json:"made,omitempty"` // by the reader, because no list of the source names it
	Created  int64           `json:"created,omitempty"`
	Messages int64           `json:"messages,omitempty"`
	Claimed  int64           `json:"claimed,omitempty"` // messages that the source says there are
	First    int64           `json:"first,omitempty"`   // of the messages with a believable time; seconds since 1970
	Last     int64           `json:"last,omitempty"`
	Slots    []byte          `json:"slots,omitempty"` // packed: see pack
	Minutes  int64           `json:"minutes,omitempty"`
	Hits     map[string]*Hit `json:"hits,omitempty"`
}

// Hit counts what one rule found in one place.
type Hit struct {
	N       int64    `json:"n"`
	Samples []string `json:"samples,omitempty"` // keys, or files where there is no key
}

const maxSamples = 3

func (h *Hit) add(n int64, sample string) {
	h.N += n
	if len(h.Samples) < maxSamples && !slices.Contains(h.Samples, sample) {
		h.Samples = append(h.Samples, string([]byte(sample)))
	}
}

func hit(m *map[string]*Hit, rule string) *Hit {
	if *m == nil {
		*m = map[string]*Hit{}
	}
	h := (*m)[rule]
	if h == nil {
		h = &Hit{}
		(*m)[rule] = h
	}
	return h
}

func mergeHits(into *map[string]*Hit, from map[string]*Hit) {
	for rule, h := range from {
		sum := hit(into, rule)
		sum.N += h.N
		sum.Samples = append(sum.Samples, h.Samples...)
		slices.Sort(sum.Samples)
		sum.Samples = slices.Compact(sum.Samples)
		sum.Samples = sum.Samples[:min(maxSamples, len(sum.Samples))]
	}
}

// slot is a quarter of a day (UTC) and how many messages it has. Quarters, because a day file of another
// time zone that is absent still leaves three of them empty.
type slot struct{ at, n int64 }

const (
	slotSeconds = 6 * 3600
	weekSlots   = 28
)

// pack writes ascending slots as distances and counts.
func pack(slots []slot) []byte {
	var b []byte
	last := int64(0)
	for _, s := range slots {
		b = binary.AppendVarint(b, s.at-last)
		b = binary.AppendUvarint(b, uint64(s.n))
		last = s.at
	}
	return b
}

var errSlots = errors.New("the counts by time are damaged")

func unpack(b []byte) ([]slot, error) {
	var out []slot
	last := int64(0)
	for len(b) > 0 {
		d, i := binary.Varint(b)
		if i <= 0 {
			return nil, errSlots
		}
		n, k := binary.Uvarint(b[i:])
		if k <= 0 || n == 0 || n > 1<<40 || d > maxSlot || d < -maxSlot || len(out) > 0 && d <= 0 {
			return nil, errSlots
		}
		if last += d; last > maxSlot || last < -maxSlot {
			return nil, errSlots
		}
		out, b = append(out, slot{last, int64(n)}), b[i+k:]
	}
	return out, nil
}

// maxSlot is beyond the year 9999.
const maxSlot = 1 << 24

// mergeSlots adds up two ascending lists.
func mergeSlots(a, b []slot) []slot {
	out := make([]slot, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].at < b[0].at:
			out, a = append(out, a[0]), a[1:]
		case len(a) == 0 || b[0].at < a[0].at:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, slot{a[0].at, a[0].n + b[0].n}), a[1:], b[1:]
		}
	}
	return out
}

// Encode gives the state in a form for the books; nil when there is nothing to keep.
func (s *State) Encode() ([]byte, error) {
	if len(s.Places) == 0 && len(s.Hits) == 0 && s.Longest == 0 {
		return nil, nil
	}
	return json.Marshal(s)
}

// Decode reads what Encode gave, and refuses anything else.
func Decode(b []byte) (*State, error) {
	s := &State{}
	if len(b) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("the kept state of the gap rules is damaged: %w", err)
	}
	if err := checkHits(s.Hits); err != nil {
		return nil, err
	}
	for _, p := range s.Places {
		if p == nil || p.Key == "" {
			return nil, errors.New("the kept state of the gap rules has a nameless conversation")
		}
		if _, err := unpack(p.Slots); err != nil {
			return nil, err
		}
		if err := checkHits(p.Hits); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func checkHits(m map[string]*Hit) error {
	for rule, h := range m {
		if _, ok := named[rule]; !ok || h == nil {
			return errors.New("the kept state of the gap rules names a rule that does not exist")
		}
	}
	return nil
}
