package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"github.com/chatferry/chatferry/core/safe"
)

// table is a list of any length of which a window is shown, with one row chosen.
type table struct {
	cur, top int
	shown    int  // rows in the window when it was last drawn
	quick    bool // one click opens a row, not two
	off      bool // another list has the keys: no row is marked
}

// column of a table. A width of 0 takes what is left; from is the width of view below which it is left out.
type column struct {
	head  string
	width int
	right bool
	from  int
}

// press moves within n rows; false when the key is none of a list's.
func (t *table) press(k key, n int) bool {
	page := max(1, t.shown-1)
	switch k.name {
	case "up", "k":
		t.cur--
	case "down", "j":
		t.cur++
	case "pgup":
		t.cur -= page
	case "pgdown", " ":
		t.cur += page
	case "home", "g":
		t.cur = 0
	case "end", "G":
		t.cur = n - 1
	default:
		return false
	}
	t.cur = min(max(t.cur, 0), max(n-1, 0))
	return true
}

// window is what to show of n rows in so many lines.
func (t *table) window(n, height int) (from, to int) {
	height = max(height, 1)
	t.cur = min(max(t.cur, 0), max(n-1, 0))
	if t.cur < t.top {
		t.top = t.cur
	}
	if t.cur >= t.top+height {
		t.top = t.cur - height + 1
	}
	t.top = max(0, min(t.top, n-height))
	t.shown = height
	return t.top, min(n, t.top+height)
}

// row is what a table shows of one thing.
type row struct {
	cells []string
	style lipgloss.Style
}

// draw adds the heads and a window of n rows to v; open is what a click on the chosen row does.
func (t *table) draw(v *view, height int, cols []column, n int, at func(int) row, open func() tea.Cmd) {
	height = min(height, v.left())
	var shown []int
	used, heads := 2, false
	for i, c := range cols {
		if v.width >= c.from {
			shown = append(shown, i)
			used += c.width + 1
			heads = heads || c.head != ""
		}
	}
	rest := max(4, v.width-used)
	widths := make([]int, len(cols))
	for i, c := range cols {
		if widths[i] = c.width; c.width == 0 {
			widths[i] = rest
		}
	}
	line := func(mark string, texts []string, style lipgloss.Style) {
		var b strings.Builder
		b.WriteString(safe.Pad(mark, 2))
		for k, i := range shown {
			if k > 0 {
				b.WriteByte(' ')
			}
			text := safe.Pad(texts[i], widths[i])
			if cols[i].right {
				text = safe.Line(texts[i], widths[i])
				text = strings.Repeat(" ", widths[i]-safe.Width(text)) + text
			}
			b.WriteString(text)
		}
		v.line(style, b.String())
	}
	if heads && height > 2 {
		names := make([]string, len(cols))
		for i, c := range cols {
			names[i] = c.head
		}
		line("", names, v.st.Head)
		height--
	}
	from, to := t.window(n, height)
	for i := from; i < to; i++ {
		r := at(i)
		mark, style := "", r.style
		if i == t.cur && !t.off {
			mark, style = v.st.Mark, v.st.Chosen
		}
		line(mark, r.cells, style)
		v.click(0, v.width, func() tea.Cmd {
			again := t.cur == i && !t.off
			t.cur = i
			if open != nil && (again || t.quick) {
				return open()
			}
			return nil
		})
	}
}

// place is where the window stands, such as "3/120"; "" when all rows are shown.
func (t *table) place(n int) string {
	if n <= t.shown {
		return ""
	}
	return safe.Count(int64(t.cur+1)) + "/" + safe.Count(int64(n))
}
