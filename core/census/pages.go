package census

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// Pages counts the rows of tables of an SQLite database by its pages alone, without a library: the format is
// public (sqlite.org/fileformat2.html). A page is counted once, however often others point at it.
type Pages struct {
	r     io.ReaderAt
	size  int64
	page  int64
	usual int64 // bytes of a page that hold cells
	seen  []uint64
	roots map[string]root
}

type root struct {
	page    int64
	columns []string
}

var errPages = errors.New("its pages are damaged")

// OpenPages reads the list of tables.
func OpenPages(ctx context.Context, r io.ReaderAt, size int64) (*Pages, error) {
	var head [100]byte
	if _, err := r.ReadAt(head[:], 0); err != nil || string(head[:16]) != "SQLite format 3\x00" {
		return nil, errors.New("it is no database")
	}
	p := &Pages{r: r, size: size, page: int64(binary.BigEndian.Uint16(head[16:])), roots: map[string]root{}}
	if p.page == 1 {
		p.page = 65536
	}
	if p.usual = p.page - int64(head[20]); p.page < 512 || p.page&(p.page-1) != 0 || p.usual < 480 {
		return nil, errPages
	}
	p.seen = make([]uint64, size/p.page/64+1)
	_, err := p.walk(ctx, 1, func(c *cell) bool {
		if c.text(0) == "table" && len(p.roots) < 10_000 {
			p.roots[c.text(1)] = root{page: c.number(3), columns: columnsOf(c.text(4))}
		}
		return true
	})
	return p, err
}

// Has tells whether there is a table of that name.
func (p *Pages) Has(table string) bool { return p.roots[table].page > 0 }

// Rows counts the rows of a table but those that have one of the given texts in a column, which must be among
// the first: of a long row only the beginning is looked at.
func (p *Pages) Rows(ctx context.Context, table, column string, without ...string) (int64, error) {
	t := p.roots[table]
	at := -1
	for i, c := range t.columns {
		if strings.EqualFold(c, column) {
			at = i
		}
	}
	return p.walk(ctx, t.page, func(c *cell) bool {
		for _, w := range without {
			if at >= 0 && c.text(at) == w {
				return false
			}
		}
		return true
	})
}

// walk counts the cells of a table's leaves for which keep holds.
func (p *Pages) walk(ctx context.Context, page int64, keep func(*cell) bool) (n int64, err error) {
	buf := make([]byte, p.page)
	for stack := []int64{page}; len(stack) > 0; {
		page := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if page < 1 || page > p.size/p.page || p.seen[page/64]&(1<<(page%64)) != 0 {
			return n, errPages
		}
		p.seen[page/64] |= 1 << (page % 64)
		if _, err := p.r.ReadAt(buf, (page-1)*p.page); err != nil {
			return n, errPages
		}
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		body := int64(0)
		if page == 1 {
			body = 100
		}
		cells, pointers := int64(binary.BigEndian.Uint16(buf[body+3:])), body+8
		inner := buf[body] == 5
		if inner {
			pointers += 4
			stack = append(stack, int64(binary.BigEndian.Uint32(buf[body+8:])))
		}
		if !inner && buf[body] != 13 || pointers+2*cells > p.page {
			return n, errPages
		}
		for i := range cells {
			at := int64(binary.BigEndian.Uint16(buf[pointers+2*i:]))
			if at < pointers+2*cells || at+4 > p.page {
				return n, errPages
			}
			if inner {
				stack = append(stack, int64(binary.BigEndian.Uint32(buf[at:])))
			} else if keep(p.cell(buf[at:])) {
				n++
			}
		}
	}
	return n, nil
}

// cell is what of a row stands in its own page.
type cell struct {
	kinds []int64 // of the columns
	body  []byte
}

func (p *Pages) cell(b []byte) *cell {
	size, n := varint(b)
	b = b[n:]
	_, n = varint(b)
	b = b[n:]
	if local := p.usual - 35; size > local { // the rest is in other pages
		least := (p.usual-12)*32/255 - 23
		if local = least + (size-least)%(p.usual-4); local > p.usual-35 {
			local = least
		}
		size = local
	}
	b = b[:max(0, min(size, int64(len(b))))]
	c := &cell{}
	length, n := varint(b)
	if length < int64(n) || length > int64(len(b)) {
		return c
	}
	for head := b[n:length]; len(head) > 0; {
		kind, n := varint(head)
		c.kinds, head = append(c.kinds, kind), head[n:]
	}
	c.body = b[length:]
	return c
}

// value gives the stored bytes of a column and its kind.
func (c *cell) value(column int) ([]byte, int64) {
	at := int64(0)
	for i, kind := range c.kinds {
		n := int64(0)
		switch {
		case kind >= 12:
			n = (kind - 12) / 2
		case kind >= 1 && kind <= 7:
			n = [...]int64{0, 1, 2, 3, 4, 6, 8, 8}[kind]
		}
		if n < 0 || at+n > int64(len(c.body)) {
			return nil, 0
		}
		if i == column {
			return c.body[at : at+n], kind
		}
		at += n
	}
	return nil, 0
}

// text is the text in a column that stands in the page, "" for anything else.
func (c *cell) text(column int) string {
	b, kind := c.value(column)
	if kind < 13 || kind%2 == 0 {
		return ""
	}
	return string(b)
}

func (c *cell) number(column int) (v int64) {
	b, kind := c.value(column)
	if kind == 9 {
		return 1
	}
	if kind < 1 || kind > 4 {
		return 0
	}
	for _, x := range b {
		v = v<<8 | int64(x)
	}
	return v
}

func varint(b []byte) (v int64, n int) {
	for n = 0; n < 9 && n < len(b); n++ {
		if n == 8 {
			return v<<8 | int64(b[n]), 9
		}
		v = v<<7 | int64(b[n]&0x7f)
		if b[n] < 0x80 {
			return v, n + 1
		}
	}
	return v, n
}

// columnsOf are the names of the columns in a statement that creates a table: the first word of each part
// between the commas of the outermost brackets.
func columnsOf(statement string) (names []string) {
	open := strings.IndexByte(statement, '(')
	if open < 0 {
		return nil
	}
	depth, part := 0, open+1
	for i := open; i < len(statement); i++ {
		switch statement[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 1 && statement[i] == ',' || depth == 0 {
			if words := strings.Fields(statement[part:i]); len(words) > 0 {
				names = append(names, strings.Trim(words[0], "\"`[]'"))
			}
			if part = i + 1; depth == 0 {
				return names
			}
		}
	}
	return names
}
