package verify

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strconv"

	"github.com/chatferry/chatferry/core/message"
)

// Levels of the tree above the records; see schema/proof.md, 3.
const (
	levelType = iota
	levelPrefix
	levelConversation
	levelMonth
	levelDay
	levels
)

// place is where a record stands in the tree: the names of the nodes on the way to it, and its own. Each
// ends in a tab, so that whole places sort as the tree does: no name holds a byte below 0x20.
type place struct {
	bytes []byte
	ends  [levels + 1]int // where each name ends, tab excluded
}

// of sets p to the place of a record.
func (p *place) of(r *message.Place) {
	b := p.bytes[:0]
	end := func(i int) {
		p.ends[i] = len(b)
		b = append(b, '\t')
	}
	b = append(b, r.Type...)
	end(levelType)
	sum := sha256.Sum256([]byte(r.Conversation))
	b = hex.AppendEncode(b, sum[:1])
	end(levelPrefix)
	b = message.AppendString(b, r.Conversation)
	end(levelConversation)
	day := r.At.Day()
	b = append(b, day[:min(7, len(day))]...)
	end(levelMonth)
	b = append(b, day...)
	end(levelDay)
	b = message.AppendString(b, r.Key)
	end(levels)
	p.bytes = b
}

// parse is the inverse of the bytes that of made.
func (p *place) parse(b []byte) {
	p.bytes = b
	at := 0
	for i := range p.ends {
		at += bytes.IndexByte(b[at:], '\t')
		p.ends[i] = at
		at++
	}
}

func (p *place) name(level int) []byte {
	start := 0
	if level > 0 {
		start = p.ends[level-1] + 1
	}
	return p.bytes[start:p.ends[level]]
}

// mth is the Merkle tree hash of RFC 6962, taking one hash after the other: of the perfect subtrees
// that make up what came so far, one a size.
type mth struct {
	parts []part
}

type part struct {
	hash [32]byte
	size int64
}

func (m *mth) add(h [32]byte) {
	p := part{h, 1}
	for n := len(m.parts); n > 0 && m.parts[n-1].size == p.size; n-- {
		p = part{join(m.parts[n-1].hash, p.hash), 2 * p.size}
		m.parts = m.parts[:n-1]
	}
	m.parts = append(m.parts, p)
}

// sum gives the hash and empties m.
func (m *mth) sum() [32]byte {
	n := len(m.parts)
	if n == 0 {
		return sha256.Sum256(nil)
	}
	h := m.parts[n-1].hash
	for i := n - 2; i >= 0; i-- {
		h = join(m.parts[i].hash, h)
	}
	m.parts = m.parts[:0]
	return h
}

func join(a, b [32]byte) [32]byte {
	var x [65]byte
	x[0] = 1
	copy(x[1:], a[:])
	copy(x[33:], b[:])
	return sha256.Sum256(x[:])
}

// tree rolls up records that come sorted by place and leaf. A row is written for each conversation and
// each day when it is complete.
type tree struct {
	nodes               [levels + 1]node // [0] is the root, [i] the open node of level i-1
	path                place            // of the open nodes
	open                bool
	conversations, days *bufio.Writer
	order               []ordered
	buf                 []byte
}

type node struct {
	children mth
	count    int64
}

// ordered is a message of the open day. Its rank is its number in the order of names.
type ordered struct {
	sent message.Moment
	rank int
	key  [16]byte
}

func (a ordered) compare(b ordered) int {
	return cmp.Or(bytes.Compare(a.sent[:], b.sent[:]), cmp.Compare(a.rank, b.rank))
}

func newTree(conversations, days io.Writer) *tree {
	return &tree{conversations: bufio.NewWriter(conversations), days: bufio.NewWriter(days)}
}

func (t *tree) add(p *place, sent message.Moment, leaf [32]byte) {
	same := 0
	for t.open && same < levels && bytes.Equal(t.path.name(same), p.name(same)) {
		same++
	}
	if t.open {
		t.close(same)
	}
	if same < levels {
		t.path.bytes = append(t.path.bytes[:0], p.bytes...)
		t.path.ends, t.open = p.ends, true
	}
	name := p.name(levels)
	t.child(levels, name, 1, leaf)
	if string(t.path.name(levelType)) == message.TypeMessage {
		t.order = append(t.order, ordered{sent, len(t.order), key16(name)})
	}
}

// child adds a named child to the open node at depth.
func (t *tree) child(depth int, name []byte, count int64, value [32]byte) {
	b := append(append(append(t.buf[:0], 0), name...), '\n')
	b = append(strconv.AppendInt(b, count, 10), '\n')
	b = hex.AppendEncode(b, value[:])
	t.buf = b
	t.nodes[depth].children.add(sha256.Sum256(b))
	t.nodes[depth].count += count
}

// close closes the open nodes below the first keep levels.
func (t *tree) close(keep int) {
	for depth := levels; depth > keep; depth-- {
		n := &t.nodes[depth]
		value := n.children.sum()
		level := depth - 1
		switch level {
		case levelConversation:
			t.row(t.conversations, level, n.count, value, nil)
		case levelDay:
			t.row(t.days, level, n.count, value, t.orderOf())
		}
		t.child(depth-1, t.path.name(level), n.count, value)
		n.count = 0
	}
}

func (t *tree) row(w *bufio.Writer, level int, count int64, value [32]byte, order []byte) {
	b := append(t.buf[:0], t.path.bytes[:t.path.ends[level]+1]...)
	b = append(strconv.AppendInt(b, count, 10), '\t')
	b = hex.AppendEncode(b, value[:])
	if level == levelDay {
		b = hex.AppendEncode(append(b, '\t'), order)
	}
	t.buf = append(b, '\n')
	w.Write(t.buf)
}

// orderOf is the order digest of the open day, empty when it is not one of messages.
func (t *tree) orderOf() []byte {
	if len(t.order) == 0 {
		return nil
	}
	slices.SortFunc(t.order, ordered.compare)
	h := sha256.New()
	for i := range t.order {
		h.Write(t.order[i].key[:])
	}
	t.order = t.order[:0]
	return h.Sum(nil)
}

// finish gives the root in hex and writes what is left of the rows.
func (t *tree) finish() (string, error) {
	if t.open {
		t.close(0)
	}
	root := t.nodes[0].children.sum()
	if err := t.conversations.Flush(); err != nil {
		return "", err
	}
	return hex.EncodeToString(root[:]), t.days.Flush()
}

// key16 stands for the key with a given name in an order.
func key16(name []byte) [16]byte {
	sum := sha256.Sum256([]byte(unquote(name)))
	return [16]byte(sum[:16])
}
