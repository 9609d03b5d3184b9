package html

import (
	"encoding/binary"
	"slices"
	"strconv"
	"sync"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/spill"
	"github.com/chatferry/chatferry/core/term"
)

// The search index is a list of terms in files of about shardSize bytes, each with the numbers of its
// messages: page times perPage plus the place on the page, as differences in base 64, five bits a
// character. Pages are numbered through the whole site; search/pages.js tells which conversation has which.
// Terms that begin with "@" are no words: "@a" and a person's digest, "@f" for messages with files.
const (
	shardSize   = 96 << 10
	lineSize    = 64 << 10 // a term's list goes on in another line after it
	indexFlush  = 4 << 20  // memory after which a unit's lists go to the sorter
	indexMemory = 12 << 20 // what the sorter keeps in memory
	digits      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// list is one term's messages in one unit.
type list struct {
	first, last uint32
	n           uint32
	rest        []byte // differences from first on
}

// indexer collects the terms of one unit. Its lists go to a sorter that all units share.
type indexer struct {
	unit  uint32
	run   uint32
	terms map[string]*list
	size  int
	to    *spill.Sorter
	mu    *sync.Mutex // of to
	doc   uint32
	term  func([]byte)
	hash  string // the author's term
	of    string // the author
}

func newIndexer(unit int, to *spill.Sorter, mu *sync.Mutex) *indexer {
	x := &indexer{unit: uint32(unit), terms: map[string]*list{}, to: to, mu: mu}
	x.term = x.put
	return x
}

// add takes a message that is number i on the unit's page.
func (x *indexer) add(page, i int, m *message.Message) error {
	x.doc = uint32(page*perPage + i)
	term.Texts(m, func(s string) { term.Of(s, x.term) })
	if m.Author != "" {
		if m.Author != x.of {
			x.of, x.hash = string([]byte(m.Author)), "@a"+digest(m.Author)
		}
		x.put([]byte(x.hash))
	}
	if len(m.Attachments) > 0 {
		x.put([]byte("@f"))
	}
	if x.size > indexFlush {
		return x.flush()
	}
	return nil
}

func (x *indexer) put(term []byte) {
	l := x.terms[string(term)]
	if l == nil {
		l = &list{first: x.doc, last: x.doc, n: 1}
		x.terms[string(term)] = l
		x.size += len(term) + 96
		return
	}
	if l.last != x.doc {
		before := cap(l.rest)
		l.rest = appendNumber(l.rest, x.doc-l.last)
		l.last = x.doc
		l.n++
		x.size += cap(l.rest) - before
	}
}

// appendNumber writes five bits a character, the lowest first; the sixth bit says that more follow.
func appendNumber(b []byte, n uint32) []byte {
	for n >= 32 {
		b = append(b, digits[n&31|32])
		n >>= 5
	}
	return append(b, digits[n])
}

// flush gives the lists to the sorter, in an order of their own: units take turns as they like.
func (x *indexer) flush() error {
	names := make([]string, 0, len(x.terms))
	for t := range x.terms {
		names = append(names, t)
	}
	slices.Sort(names)
	x.mu.Lock()
	defer x.mu.Unlock()
	var key, val []byte
	for _, t := range names {
		l := x.terms[t]
		key = append(append(key[:0], t...), 0)
		key = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(key, x.unit), x.run)
		val = binary.BigEndian.AppendUint32(val[:0], l.first)
		val = binary.BigEndian.AppendUint32(val, l.last)
		val = append(binary.BigEndian.AppendUint32(val, l.n), l.rest...)
		if err := x.to.Add(key, val); err != nil {
			return err
		}
	}
	clear(x.terms)
	x.size = 0
	x.run++
	return nil
}

// shards writes the sorted lists as the files of the index, and the list of these files.
type shards struct {
	file  func(name string, b []byte) error
	base  []uint32 // number of each unit's first page
	body  []byte
	n     int
	first []string // first term of each file

	term  string
	line  []byte
	count uint32
	last  uint32
	open  bool
}

func (s *shards) write(from *spill.Sorter) error {
	it, err := from.Sort()
	if err != nil {
		return err
	}
	for it.Next() {
		k, v := it.Key(), it.Value()
		cut := len(k) - 9
		if !s.open || s.term != string(k[:cut]) || len(s.line) > lineSize {
			if err := s.endLine(); err != nil {
				return err
			}
			s.term, s.open, s.last = string(k[:cut]), true, 0
		}
		base := s.base[binary.BigEndian.Uint32(k[cut+1:])] * perPage
		s.line = appendNumber(s.line, binary.BigEndian.Uint32(v)+base-s.last)
		s.line = append(s.line, v[12:]...)
		s.last = binary.BigEndian.Uint32(v[4:]) + base
		s.count += binary.BigEndian.Uint32(v[8:])
	}
	if err := it.Err(); err != nil {
		return err
	}
	if err := s.endLine(); err != nil {
		return err
	}
	if err := s.endShard(); err != nil {
		return err
	}
	b := []byte("ferry.terms([")
	for i, t := range s.first {
		if i > 0 {
			b = append(b, ",\n"...)
		}
		b = message.AppendString(b, t)
	}
	return s.file("search/terms.js", append(b, "]);\n"...))
}

func (s *shards) endLine() error {
	if !s.open {
		return nil
	}
	if len(s.body) == 0 {
		s.first = append(s.first, s.term)
	}
	s.body = append(append(s.body, s.term...), '\t')
	s.body = append(strconv.AppendUint(s.body, uint64(s.count), 10), '\t')
	s.body = append(append(s.body, s.line...), '\n')
	s.line, s.count, s.open = s.line[:0], 0, false
	if len(s.body) >= shardSize {
		return s.endShard()
	}
	return nil
}

func (s *shards) endShard() error {
	if len(s.body) == 0 {
		return nil
	}
	b := append([]byte("ferry.shard("), strconv.Itoa(s.n)...)
	b = append(append(append(b, ",`"...), s.body...), "`);\n"...)
	err := s.file(shardName(s.n), b)
	s.body = s.body[:0]
	s.n++
	return err
}

func shardName(n int) string { return "search/t" + strconv.Itoa(n) + ".js" }
