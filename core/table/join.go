package table

import (
	"strconv"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// joiner makes records of rows.
type joiner struct {
	*Schema
	broken bool // a rest is no JSON object
	b      []byte
}

// join is the inverse of split: the record of a row and of the rows of its children, nil when they make
// none. It does not look whether they are the only rows that make it: who needs to know splits it again.
func (j *joiner) join(t *Table, main []Cell, kids [][][]Cell) (*message.Record, string) {
	j.broken, j.b = false, j.b[:0]
	j.whole(t, [][]Cell{main}, kids)
	if j.broken {
		return nil, ""
	}
	line := string(j.b)
	r, err := message.Decode(line)
	if err != nil || r.Check() != nil {
		return nil, ""
	}
	if string(r.Append(j.b[:0])) != line {
		return nil, ""
	}
	return r, line
}

// whole writes the object of a row with its rest.
func (j *joiner) whole(t *Table, rows [][]Cell, kids [][][]Cell) {
	last := len(t.Columns) - 1
	var s *scan.Scanner
	if rest := rows[0][last]; rest.Set {
		s = scan.New(rest.Text)
	}
	j.object(t, t.tree, rows, s, kids)
	j.broken = j.broken || s != nil && s.End() != nil
}

// object merges the cells at and below n with what the rest has there, s, nil for nothing. Of several rows of
// one element the first has everything but the entries of lists.
func (j *joiner) object(t *Table, n *node, rows [][]Cell, s *scan.Scanner, kids [][][]Cell) {
	start := len(j.b)
	more := func() bool { return s != nil && s.Next() }
	if s != nil {
		s.Object()
	}
	have := more()
	for _, m := range n.members {
		for have && s.Key() < m.name {
			j.member(s.Key(), s.Raw())
			have = more()
		}
		if have && s.Key() == m.name {
			j.both(t, m, rows, s, kids)
			have = more()
		} else {
			j.cells(t, m, rows, kids)
		}
	}
	for have {
		j.member(s.Key(), s.Raw())
		have = more()
	}
	if len(j.b) == start {
		j.b = append(j.b, '{')
	} else {
		j.b[start] = '{'
	}
	j.b = append(j.b, '}')
}

// name begins a member: every one with a comma before it, the first of which object replaces.
func (j *joiner) name(key string) { j.b = append(message.AppendString(append(j.b, ','), key), ':') }

func (j *joiner) member(key, raw string) {
	j.name(key)
	j.b = append(j.b, raw...)
}

// both is a member that the rest has and that could have cells: the rest is right.
func (j *joiner) both(t *Table, m *node, rows [][]Cell, s *scan.Scanner, kids [][][]Cell) {
	if m.members != nil && s.Kind() == scan.Obj {
		j.name(m.name)
		j.object(t, m, rows, s, kids)
		return
	}
	j.member(m.name, s.Raw())
}

// cells is a member that the rest does not have.
func (j *joiner) cells(t *Table, m *node, rows [][]Cell, kids [][][]Cell) {
	switch {
	case m.constant != "":
		j.member(m.name, m.constant)
	case m.child >= 0:
		if len(kids[m.child]) > 0 {
			j.name(m.name)
			j.elements(t.children[m.child], kids[m.child])
		}
	case !m.any(rows[0]):
	case m.members != nil:
		j.name(m.name)
		j.object(t, m, rows, nil, kids)
	case m.list:
		j.name(m.name)
		for i, r := range rows {
			j.b = append(j.b, "[,"[min(i, 1)])
			j.value(t.Columns[m.col], r[m.col])
		}
		j.b = append(j.b, ']')
	default:
		j.name(m.name)
		j.value(t.Columns[m.col], rows[0][m.col])
	}
}

func (j *joiner) value(c *Column, cell Cell) {
	switch {
	case c.Type == JSON:
		j.b = append(j.b, cell.Text...)
	case c.Type == Bool:
		j.b = strconv.AppendBool(j.b, cell.Int == 1)
	case c.Type == Int && c.digit:
		j.b = append(strconv.AppendInt(append(j.b, '"'), cell.Int, 10), '"')
	case c.Type == Int:
		j.b = strconv.AppendInt(j.b, cell.Int, 10)
	default:
		j.b = message.AppendString(j.b, cell.Text)
	}
}

// elements writes the list that rows of a child table stand for: m numbers the rows of one element.
func (j *joiner) elements(t *Table, rows [][]Cell) {
	m := t.Index("m")
	j.b = append(j.b, '[')
	for i := 0; i < len(rows); {
		end := i + 1
		for m >= 0 && end < len(rows) && rows[end][m].Int > 0 {
			end++
		}
		if i > 0 {
			j.b = append(j.b, ',')
		}
		j.whole(t, rows[i:end], nil)
		i = end
	}
	j.b = append(j.b, ']')
}
