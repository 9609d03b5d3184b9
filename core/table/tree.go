package table

import (
	"sort"
	"strings"
)

// node is a member of a record or element: a column, an object with columns in it, a list of a child table,
// or a constant.
type node struct {
	name     string
	col      int // -1: none
	list     bool
	constant string
	child    int // of the table's children, -1: none
	members  []*node
	byName   map[string]*node
	cols     []int // all columns at or below it
}

// compile makes the tree of a table's paths.
func (t *Table) compile() {
	t.index, t.tree = map[string]int{}, &node{col: -1, child: -1}
	for i, c := range t.Columns {
		t.index[c.Name] = i
		if c.path == "" {
			continue
		}
		path, list := strings.CutSuffix(c.path, "[]")
		n := t.tree.at(strings.Split(path, "."))
		n.col, n.list = i, list
	}
	if t.record != "" {
		t.tree.at([]string{"type"}).constant = `"` + t.record + `"`
		t.tree.at([]string{"v"}).constant = "1"
	}
	for i, child := range t.children {
		t.tree.at([]string{child.path}).child = i
	}
	t.tree.settle()
}

func (n *node) at(path []string) *node {
	if len(path) == 0 {
		return n
	}
	if n.byName == nil {
		n.byName = map[string]*node{}
	}
	m := n.byName[path[0]]
	if m == nil {
		m = &node{name: path[0], col: -1, child: -1}
		n.byName[m.name] = m
		n.members = append(n.members, m)
	}
	return m.at(path[1:])
}

func (n *node) settle() {
	sort.Slice(n.members, func(i, j int) bool { return n.members[i].name < n.members[j].name })
	if n.col >= 0 {
		n.cols = append(n.cols, n.col)
	}
	for _, m := range n.members {
		m.settle()
		n.cols = append(n.cols, m.cols...)
	}
}

// any tells whether a row has a cell at or below n.
func (n *node) any(row []Cell) bool {
	for _, i := range n.cols {
		if row[i].Set {
			return true
		}
	}
	return false
}
