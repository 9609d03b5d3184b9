package filter

import (
	"encoding/binary"
	"hash/maphash"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
)

// own is id, or nothing when the key ends in it anyway.
func own(id, key string) string {
	if id == lastPart(key) {
		return ""
	}
	return id
}

// lastPart is the last part of a key: the source's own id.
func lastPart(key string) string {
	part := key[strings.LastIndexByte(key, ':')+1:]
	if strings.IndexByte(part, '%') >= 0 {
		return message.SplitKey(part)[0]
	}
	return part
}

func clip(s string) string {
	if len(s) <= maxName {
		return s
	}
	n := maxName
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func put(b *strings.Builder, s string) {
	var n [binary.MaxVarintLen32]byte
	b.Write(n[:binary.PutUvarint(n[:], uint64(len(s)))])
	b.WriteString(s)
}

func putList(b *strings.Builder, list []string) {
	var n [binary.MaxVarintLen32]byte
	b.Write(n[:binary.PutUvarint(n[:], uint64(len(list)))])
	for _, s := range list {
		put(b, clip(s))
	}
}

// cursor reads what put and putList wrote. Its strings share the directory's memory.
type cursor string

func (c *cursor) number() int {
	n := 0
	for shift := 0; ; shift += 7 {
		b := (*c)[0]
		*c = (*c)[1:]
		if n |= int(b&0x7F) << shift; b < 0x80 {
			return n
		}
	}
}

func (c *cursor) next() string {
	n := c.number()
	s := string((*c)[:n])
	*c = (*c)[n:]
	return s
}

func (c *cursor) list() []string {
	n := c.number()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = c.next()
	}
	return list
}

// table finds entries of a text by the key each begins with: open addressing, at most 3/4 full.
type table struct {
	seed  maphash.Seed
	at    []uint32 // where each entry stands
	slots []uint32 // number of the entry plus one
}

// find is the number of the entry with the given key, or -1.
func (t *table) find(text, key string) int {
	if len(t.slots) == 0 {
		return -1
	}
	mask := uint32(len(t.slots) - 1)
	for i := uint32(maphash.String(t.seed, key)) & mask; t.slots[i] != 0; i = (i + 1) & mask {
		n := int(t.slots[i] - 1)
		c := cursor(text[t.at[n]:])
		if c.next() == key {
			return n
		}
	}
	return -1
}

func (t *table) set(text, key string, at uint32) {
	if n := t.find(text, key); n >= 0 {
		t.at[n] = at
		return
	}
	t.at = append(t.at, at)
	if len(t.at)*4 > len(t.slots)*3 {
		t.slots = make([]uint32, max(16, 2*len(t.slots)))
		for n := range t.at {
			c := cursor(text[t.at[n]:])
			t.place(c.next(), n)
		}
		return
	}
	t.place(key, len(t.at)-1)
}

func (t *table) place(key string, n int) {
	mask := uint32(len(t.slots) - 1)
	i := uint32(maphash.String(t.seed, key)) & mask
	for t.slots[i] != 0 {
		i = (i + 1) & mask
	}
	t.slots[i] = uint32(n + 1)
}
