package verify

import (
	"bytes"
	"slices"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
	"github.com/chatferry/chatferry/core/spill"
)

// differencesLimit bounds the list kept in memory; beyond it only counts go on.
const differencesLimit = 1_000_000

// cursor walks one side, building its tree.
type cursor struct {
	it    *spill.Iter
	tree  *tree // nil: none is wanted
	place place
	leaf  [32]byte
	sent  message.Moment
	more  bool
}

func (c *cursor) next() {
	if c.more = c.it.Next(); !c.more {
		return
	}
	k := c.it.Key()
	cut := len(k) - len(c.leaf)
	copy(c.leaf[:], k[cut:])
	c.place.parse(k[:cut])
	copy(c.sent[:], c.it.Value())
	if c.tree != nil {
		c.tree.add(&c.place, c.sent, c.leaf)
	}
}

// comparison walks both sides at once.
type comparison struct {
	r       *Result
	a, b    cursor // expected, found
	diffs   []Difference
	missing map[string]int // type, tab, name → position in diffs
	day     place          // of the messages in both
	both    []shared
}

// shared is a message of the open day that both sides have.
type shared struct{ expected, found ordered }

// run compares until both sides end.
func (c *comparison) run() error {
	c.missing = map[string]int{}
	c.a.next()
	c.b.next()
	for c.a.more || c.b.more {
		order := 0
		switch {
		case !c.a.more:
			order = 1
		case !c.b.more:
			order = -1
		default:
			order = bytes.Compare(c.a.place.bytes, c.b.place.bytes)
		}
		switch {
		case order < 0:
			c.r.Expected++
			c.moved(&c.a.place, Missing)
			c.a.next()
		case order > 0:
			c.moved(&c.b.place, Extra)
			c.b.next()
		default:
			c.pair()
		}
	}
	c.endDay()
	if err := c.a.it.Err(); err != nil {
		return err
	}
	if err := c.b.it.Err(); err != nil {
		return err
	}
	c.diffs = slices.DeleteFunc(c.diffs, func(d Difference) bool { return d.Kind == "" })
	return nil
}

// pair compares the objects of one place on both sides: nearly always one on each.
func (c *comparison) pair() {
	at := append([]byte(nil), c.a.place.bytes...)
	expected, found := take(&c.a, at), take(&c.b, at)
	c.r.Expected += int64(len(expected))
	c.share(at, expected[0].sent, found[0].sent)
	for i := 0; i < len(expected); i++ {
		if j := slices.IndexFunc(found, func(f object) bool { return f.leaf == expected[i].leaf }); j >= 0 {
			expected, found = slices.Delete(expected, i, i+1), slices.Delete(found, j, j+1)
			i--
		}
	}
	var p place
	p.parse(at)
	for i := range max(len(expected), len(found)) {
		switch {
		case i >= len(expected):
			c.r.Extra++
			c.add(Extra, &p)
		case i >= len(found):
			c.r.Missing++
			c.add(Missing, &p)
		default:
			c.r.Differs++
			c.add(Differs, &p)
		}
	}
}

type object struct {
	leaf [32]byte
	sent message.Moment
}

// take gives all objects of one place and moves on.
func take(c *cursor, at []byte) (list []object) {
	for c.more && bytes.Equal(c.place.bytes, at) {
		list = append(list, object{c.leaf, c.sent})
		c.next()
	}
	return list
}

func (c *comparison) add(kind string, p *place) int {
	if len(c.diffs) >= differencesLimit {
		return -1
	}
	d := Difference{Kind: kind, Type: string(p.name(levelType)), Conversation: unquote(p.name(levelConversation)), Day: string(p.name(levelDay)), Key: unquote(p.name(levels))}
	c.diffs = append(c.diffs, d)
	return len(c.diffs) - 1
}

// moved notes an object that only one side has at its place. A missing and an extra one of the same type
// and key are one difference: the record is there, in another conversation or on another day.
func (c *comparison) moved(p *place, kind string) {
	id := string(p.name(levelType)) + "\t" + string(p.name(levels))
	if i, ok := c.missing[id]; ok && c.diffs[i].Kind != kind && c.diffs[i].Kind != Differs {
		d := &c.diffs[i]
		if d.Kind == Missing {
			c.r.Missing--
		} else {
			c.r.Extra--
			d.Conversation, d.Day = unquote(p.name(levelConversation)), string(p.name(levelDay))
		}
		d.Kind = Differs
		c.r.Differs++
		return
	}
	if kind == Missing {
		c.r.Missing++
	} else {
		c.r.Extra++
	}
	if i := c.add(kind, p); i >= 0 {
		c.missing[id] = i
	}
}

// share notes a message that both sides have on the same day, for the order.
func (c *comparison) share(at []byte, expected, found message.Moment) {
	var p place
	p.parse(at)
	if string(p.name(levelType)) != message.TypeMessage {
		return
	}
	if n := p.ends[levelDay]; len(c.both) == 0 || c.day.ends[levelDay] != n || !bytes.Equal(c.day.bytes[:n], at[:n]) {
		c.endDay()
		c.day = p
	}
	rank := len(c.both)
	c.both = append(c.both, shared{ordered{sent: expected, rank: rank}, ordered{sent: found, rank: rank}})
}

// endDay compares the order of the open day's messages.
func (c *comparison) endDay() {
	if len(c.both) == 0 {
		return
	}
	slices.SortFunc(c.both, func(a, b shared) int { return a.expected.compare(b.expected) })
	if !slices.IsSortedFunc(c.both, func(a, b shared) int { return a.found.compare(b.found) }) {
		c.r.Misplaced++
		if i := c.add(Order, &c.day); i >= 0 {
			c.diffs[i].Key = ""
		}
	}
	c.both = c.both[:0]
}

// unquote reads a name that is a canonical JSON string.
func unquote(name []byte) string {
	if n := len(name) - 1; n > 0 && !bytes.ContainsRune(name, '\\') {
		return string(name[1:n])
	}
	return scan.New(string(name)).String()
}
