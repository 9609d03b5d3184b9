package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/rivo/uniseg"

	"github.com/chatferry/chatferry/core/safe"
)

// view is what a page draws itself into: lines from the top, none wider than width, and what a click
// on a part of them does.
type view struct {
	width, height int
	st            *Styles
	tx            *Texts
	lines         []string
	zones         []zone
}

// zone is a part of a line that can be clicked.
type zone struct {
	line, from, to int
	do             func() tea.Cmd
}

// cell is a part of a line: a text in exactly width columns.
type cell struct {
	style lipgloss.Style
	text  string
	width int
	right bool
}

// left is how many lines are free.
func (v *view) left() int { return max(0, v.height-len(v.lines)) }

// line adds one line, cut to the width.
func (v *view) line(style lipgloss.Style, text string) {
	v.lines = append(v.lines, render(style, safe.Line(text, v.width)))
}

// render draws text that is safe already and has no line breaks.
func render(style lipgloss.Style, text string) string {
	if text == "" {
		return ""
	}
	return style.Inline(true).Render(text)
}

// gap adds an empty line where there is room for it.
func (v *view) gap() {
	if len(v.lines) > 0 && v.left() > 3 {
		v.lines = append(v.lines, "")
	}
}

// tightGap adds an empty line only on a tall terminal.
func (v *view) tightGap() {
	if v.height >= 19 {
		v.gap()
	}
}

// para adds a text, wrapped; at most so many lines.
func (v *view) para(style lipgloss.Style, indent int, text string, most int) {
	lines := wrap(text, min(v.width, 100)-indent)
	if most > 0 && len(lines) > most {
		lines = lines[:most]
		lines[most-1] = safe.Line(lines[most-1]+" …", min(v.width, 100)-indent)
	}
	for _, l := range lines {
		v.line(style, strings.Repeat(" ", indent)+l)
	}
}

// cells adds a line of cells. The last one is cut at the edge of the view.
func (v *view) cells(parts ...cell) {
	var b strings.Builder
	used := 0
	for _, c := range parts {
		width := min(c.width, v.width-used)
		if width <= 0 {
			break
		}
		text := safe.Pad(c.text, width)
		if c.right {
			text = safe.Line(c.text, width)
			text = strings.Repeat(" ", max(0, width-safe.Width(text))) + text
		}
		used += width
		b.WriteString(render(c.style, text))
	}
	v.lines = append(v.lines, b.String())
}

// click makes a part of the last line do something.
func (v *view) click(from, to int, do func() tea.Cmd) {
	v.zones = append(v.zones, zone{len(v.lines) - 1, from, min(to, v.width), do})
}

// wrap breaks a text into lines where its language allows it.
func wrap(text string, width int) []string {
	width = max(width, 4)
	var lines []string
	line, used, state := "", 0, -1
	for rest := safe.Text(text); rest != ""; {
		var word string
		word, rest, _, state = uniseg.FirstLineSegmentInString(rest, state)
		w := safe.Width(strings.TrimRight(word, " "))
		if used+w > width && line != "" {
			lines, line, used = append(lines, strings.TrimRight(line, " ")), "", 0
		}
		for w > width { // one word that is wider than the line
			part := strings.TrimSuffix(safe.Line(word, width), "…")
			if part == "" || !strings.HasPrefix(word, part) {
				word, w = safe.Line(word, width), width
				break
			}
			lines, word = append(lines, part), word[len(part):]
			w = safe.Width(strings.TrimRight(word, " "))
		}
		line, used = line+word, used+safe.Width(word)
	}
	if line = strings.TrimRight(line, " "); line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// bar draws how much of something is done, from 0 to 1, in width columns.
func (s *Styles) bar(part float64, width int) string {
	full := min(max(int(part*float64(width)), 0), width)
	return render(s.Bar, strings.Repeat(s.Full, full)) + render(s.Dim, strings.Repeat(s.Empty, width-full))
}

// firstCluster is the first drawn character of s and its bytes.
func firstCluster(s string) (string, int) {
	c, _, _, _ := uniseg.FirstGraphemeClusterInString(s, -1)
	return c, max(len(c), 1)
}
