package document

import "strconv"

type mark struct {
	level int
	title string
	page  int
	y     int
}

// Bookmark adds an entry to the tree that readers show beside the pages: level 0 is the outermost, and a
// level follows one that is at most one less. y is a height on the page.
func (d *Writer) Bookmark(level int, title string, page, y int) {
	if n := len(d.marks); n == 0 {
		level = 0
	} else {
		level = min(level, d.marks[n-1].level+1)
	}
	d.marks = append(d.marks, mark{level, title, page, y})
}

// writeMarks writes the tree; entries below the outermost level are closed at first.
func (d *Writer) writeMarks() int {
	if len(d.marks) == 0 {
		return 0
	}
	root := d.reserve()
	first := len(d.xref) + 1
	for range d.marks {
		d.reserve()
	}
	at := func(i int) int { return first + i }
	prev := make([]int, len(d.marks))
	next := make([]int, len(d.marks))
	parent := make([]int, len(d.marks))
	var open []int // the last entry of each level
	for i, m := range d.marks {
		prev[i], next[i], parent[i] = -1, -1, -1
		if m.level < len(open) {
			prev[i] = open[m.level]
			next[open[m.level]] = i
		}
		open = append(open[:m.level], i)
		if m.level > 0 {
			parent[i] = open[m.level-1]
		}
	}
	children := make([]struct{ first, last, count int }, len(d.marks)+1)
	for i := range d.marks {
		c := &children[parent[i]+1]
		if c.count == 0 {
			c.first = at(i)
		}
		c.last, c.count = at(i), c.count+1
	}
	for i, m := range d.marks {
		b := text([]byte("<</Title"), m.title)
		p := root
		if parent[i] >= 0 {
			p = at(parent[i])
		}
		b = ref(append(b, "/Parent "...), p)
		if prev[i] >= 0 {
			b = ref(append(b, "/Prev "...), at(prev[i]))
		}
		if next[i] >= 0 {
			b = ref(append(b, "/Next "...), at(next[i]))
		}
		if c := children[i+1]; c.count > 0 {
			b = ref(append(b, "/First "...), c.first)
			b = ref(append(b, "/Last "...), c.last)
			b = strconv.AppendInt(append(b, "/Count -"...), int64(c.count), 10)
		}
		d.object(at(i), append(d.dest(b, m.page, m.y), ">>"...))
	}
	c := children[0]
	b := ref([]byte("<</Type/Outlines/First "), c.first)
	b = ref(append(b, "/Last "...), c.last)
	b = strconv.AppendInt(append(b, "/Count "...), int64(c.count), 10)
	d.object(root, append(b, ">>"...))
	return root
}
