package report

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/safe"
)

// Column of a table; numbers stand to the right.
type Column struct {
	Head  string
	Right bool
	Most  int // columns at most; 0: as many as needed
}

// Table lays out rows of cells in columns. Only the last column is ever wrapped.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// Add adds a row, one cell a column.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// lastColumn is the least room that the last column is given, however narrow the terminal.
const lastColumn = 16

// Write prints the table indented by two, in width columns; 0 means as wide as it gets.
func (t *Table) Write(w io.Writer, width int) error {
	wide := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		wide[i] = safe.Width(c.Head)
		for _, row := range t.Rows {
			wide[i] = max(wide[i], safe.Width(safe.Text(row[i])))
		}
		if c.Most > 0 {
			wide[i] = min(wide[i], c.Most)
		}
	}
	last := len(wide) - 1
	if width > 0 {
		room := width - 2
		for _, n := range wide[:last] {
			room -= n + 2
		}
		wide[last] = min(wide[last], max(room, lastColumn))
	}
	var b strings.Builder
	if slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Head != "" }) {
		heads := make([]string, len(t.Columns))
		for i, c := range t.Columns {
			heads[i] = c.Head
		}
		t.line(&b, heads, wide)
	}
	for _, row := range t.Rows {
		t.line(&b, row, wide)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *Table) line(b *strings.Builder, cells []string, wide []int) {
	last := len(wide) - 1
	var line strings.Builder
	line.WriteString("  ")
	for i, cell := range cells[:last] {
		if t.Columns[i].Right {
			cell = safe.Line(cell, wide[i])
			line.WriteString(strings.Repeat(" ", wide[i]-safe.Width(cell)))
			line.WriteString(cell)
		} else {
			line.WriteString(safe.Pad(cell, wide[i]))
		}
		line.WriteString("  ")
	}
	indent := safe.Width(line.String())
	for i, part := range wrap(safe.Text(cells[last]), wide[last]) {
		if i > 0 {
			line.Reset()
			line.WriteString(strings.Repeat(" ", indent))
		}
		if t.Columns[last].Right {
			line.WriteString(strings.Repeat(" ", max(0, wide[last]-safe.Width(part))))
		}
		line.WriteString(part)
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
}

// wrap breaks s between words into lines of at most width columns; a longer word is cut. There is
// always at least one line.
func wrap(s string, width int) []string {
	if safe.Width(s) <= width {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case safe.Width(line)+1+safe.Width(word) <= width:
			line += " " + word
			continue
		default:
			lines = append(lines, line)
			line = word
		}
		line = safe.Line(line, width)
	}
	return append(lines, line)
}

// parts writes counts as "1,100 text, 50 join", the largest first, at most most of them.
func parts(m map[string]int64, most int) string {
	names := sorted(m)
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case m[a] > m[b]:
			return -1
		case m[a] < m[b]:
			return 1
		}
		return 0
	})
	var out []string
	var rest int64
	for i, name := range names {
		if i >= most {
			rest += m[name]
			continue
		}
		out = append(out, safe.Count(m[name])+" "+name)
	}
	if rest > 0 {
		out = append(out, safe.Count(rest)+" of other kinds")
	}
	return strings.Join(out, ", ")
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
