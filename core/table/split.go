package table

import (
	"errors"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// splitter makes rows of records. What it holds is good until the next record.
type splitter struct {
	*Schema
	table *Table
	main  []Cell
	kids  [][][]Cell // rows by child table
}

// split takes a canonical line apart. Cells that are derived or that number rows are left empty.
func (p *splitter) split(line string) error {
	if p.table = ofRecord(message.TypeOf(line)); p.table == nil {
		return errors.New("the line is no record")
	}
	p.main = append(p.main[:0], make([]Cell, len(p.table.Columns))...)
	p.kids = append(p.kids[:0], make([][][]Cell, len(p.table.children))...)
	s := scan.New(line)
	var rest rest
	p.object(s, p.table, p.table.tree, p.main, &rest)
	rest.into(&p.main[len(p.main)-1])
	return s.End()
}

// object fills the cells of a row from the members of an object.
func (p *splitter) object(s *scan.Scanner, t *Table, n *node, row []Cell, rest *rest) {
	for s.Object(); s.Next(); {
		key := s.Key()
		m := n.byName[key]
		switch {
		case m == nil:
			rest.add(key, s.Raw())
		case m.constant != "":
			if raw := s.Raw(); raw != m.constant {
				rest.add(key, raw)
			}
		case m.child >= 0:
			for s.Array(); s.Next(); {
				p.kids[m.child] = p.element(s.Raw(), t.children[m.child], p.kids[m.child])
			}
		case m.members != nil && s.Kind() == scan.Obj:
			size := len(rest.b)
			rest.enter(key)
			p.object(s, t, m, row, rest)
			rest.leave()
			if !m.any(row) && len(rest.b) == size {
				rest.add(key, "{}")
			}
		case m.col < 0:
			rest.add(key, s.Raw())
		case m.list:
			if raw := s.Raw(); !row[m.col].Set {
				rest.add(key, raw)
			}
		default:
			p.cell(s, t.Columns[m.col], key, &row[m.col], rest)
		}
	}
}

// cell takes a value into a cell, or into rest where the cell can't hold it.
func (p *splitter) cell(s *scan.Scanner, c *Column, key string, to *Cell, rest *rest) {
	kind := s.Kind()
	switch {
	case c.Type == JSON:
		*to = Cell{Set: true, Text: s.Raw()}
	case c.Type == Bool:
		if raw := s.Raw(); raw == "true" {
			*to = Cell{Set: true, Int: 1}
		} else {
			rest.add(key, raw)
		}
	case c.Type == Int && !c.digit:
		raw := s.Raw()
		if i, ok := number(raw); ok {
			*to = Cell{Set: true, Int: i}
		} else {
			rest.add(key, raw)
		}
	case kind != scan.Str:
		rest.add(key, s.Raw())
	default:
		v := s.String()
		if !p.text(c, v, to) {
			rest.addText(key, v)
		}
	}
}

// text puts a text into a cell and tells whether the cell gives it back.
func (p *splitter) text(c *Column, v string, to *Cell) bool {
	switch c.Type {
	case Int:
		i, ok := number(v)
		if ok {
			*to = Cell{Set: true, Int: i}
		}
		return ok
	case Time:
		view, ok := p.shownTime(v)
		if ok {
			*to = Cell{Set: true, Text: view}
		}
		return ok && view == v
	}
	if v == "" {
		return false
	}
	*to = Cell{Set: true, Text: shown(v)}
	return to.Text == v
}

// number reads a decimal number that has one form only and that every program holds exactly.
func number(v string) (int64, bool) {
	if v == "" || len(v) > 15 || v[0] == '0' && v != "0" {
		return 0, false
	}
	n := int64(0)
	for i := range len(v) {
		if v[i]-'0' > 9 {
			return 0, false
		}
		n = n*10 + int64(v[i]-'0')
	}
	return n, true
}

// element appends the rows of one element of a list: one, or one for each entry of the lists in it.
func (p *splitter) element(raw string, t *Table, rows [][]Cell) [][]Cell {
	n := len(rows)
	last := int64(-1)
	if n > 0 {
		last = rows[n-1][t.Index("n")].Int
	}
	rows = append(rows, p.unroll(raw, t)...)
	row := rows[n]
	var rest rest
	p.object(scan.New(raw), t, t.tree, row, &rest)
	rest.into(&row[len(row)-1])
	for m, r := range rows[n:] {
		r[t.Index("n")] = Cell{Set: true, Int: last + 1}
		if i := t.Index("m"); i >= 0 {
			r[i] = Cell{Set: true, Int: int64(m)}
		}
	}
	return rows
}

// unroll makes the rows of an element and fills the cells of its lists, a row for each entry, where the
// cells can hold all entries. At least one row.
func (p *splitter) unroll(raw string, t *Table) [][]Cell {
	lists, size := make([][]Cell, len(t.Columns)), 1
	for _, m := range t.tree.members {
		if !m.list {
			continue
		}
		s := scan.New(raw)
		for s.Object(); s.Next(); {
			if s.Key() != m.name {
				s.Skip()
				continue
			}
			if list, ok := p.entries(s, t.Columns[m.col]); ok {
				lists[m.col] = list
			}
		}
		// The list of people decides how many rows there are; another one must have as many entries.
		if t.Columns[m.col].Ref != "" {
			size = max(size, len(lists[m.col]))
		}
	}
	rows := make([][]Cell, size)
	for i := range rows {
		rows[i] = make([]Cell, len(t.Columns))
		for col, list := range lists {
			if len(list) == size {
				rows[i][col] = list[i]
			}
		}
	}
	return rows
}

func (p *splitter) entries(s *scan.Scanner, c *Column) (list []Cell, ok bool) {
	ok = s.Kind() == scan.Arr
	if !ok {
		s.Skip()
		return nil, false
	}
	for s.Array(); s.Next(); {
		var cell Cell
		if s.Kind() != scan.Str {
			s.Skip()
			ok = false
			continue
		}
		ok = p.text(c, s.String(), &cell) && ok
		list = append(list, cell)
	}
	return list, ok && s.Err() == nil
}

// rest collects members that have no cell, as canonical JSON: they come in order.
type rest struct {
	b       []byte
	pending []string // objects that are entered and have nothing in them yet
}

func (r *rest) enter(key string) { r.pending = append(r.pending, key) }

func (r *rest) leave() {
	if n := len(r.pending); n > 0 {
		r.pending = r.pending[:n-1]
		return
	}
	r.b = append(r.b, '}')
}

func (r *rest) key(key string) {
	if len(r.b) == 0 {
		r.b = append(r.b, '{')
	} else if r.b[len(r.b)-1] != '{' {
		r.b = append(r.b, ',')
	}
	r.b = append(message.AppendString(r.b, key), ':')
}

func (r *rest) open(key string) {
	for _, k := range r.pending {
		r.key(k)
		r.b = append(r.b, '{')
	}
	r.pending = r.pending[:0]
	r.key(key)
}

func (r *rest) add(key, raw string) {
	r.open(key)
	r.b = append(r.b, raw...)
}

func (r *rest) addText(key, text string) {
	r.open(key)
	r.b = message.AppendString(r.b, text)
}

func (r *rest) into(to *Cell) {
	if len(r.b) > 0 {
		*to = Cell{Set: true, Text: string(append(r.b, '}'))}
	}
}
