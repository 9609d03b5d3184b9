package pdf

import (
	"github.com/chatferry/chatferry/plugins/pdf/document"
	"github.com/chatferry/chatferry/plugins/pdf/typeface"
	"github.com/chatferry/chatferry/plugins/pdf/typeset"
)

func body() typeset.Style { return typeset.Style{Size: 10000, Color: black} }

func small(c document.Color) typeset.Style { return typeset.Style{Size: 8000, Color: c} }

func bold(size int, c document.Color) typeset.Style {
	return typeset.Style{Style: typeface.Style{Bold: true}, Size: size, Color: c}
}

func mono(size int) typeset.Style {
	return typeset.Style{Style: typeface.Style{Mono: true}, Size: size, Color: black}
}

func span(text string, style typeset.Style) typeset.Span {
	return typeset.Span{Text: text, Style: style}
}

// frame is where a block of text stands: from x to the right margin, with rules left of it.
type frame struct {
	x     int
	bars  []int
	fill  bool
	quiet bool // what the system says
}

// body is the style of texts in the frame.
func (f frame) body() typeset.Style {
	if f.quiet {
		return typeset.Style{Size: 9000, Color: muted}
	}
	return body()
}

// inset is a frame inside this one.
func (f frame) inset(by int) frame {
	f.x += by
	return f
}

// quoted is a frame inside this one behind a rule.
func (f frame) quoted() frame {
	bars := append(append([]int(nil), f.bars...), f.x+1000)
	return frame{x: f.x + 10000, bars: bars, quiet: f.quiet}
}

func (s *sheet) room(f frame) int {
	w := s.paper.W - marginX - f.x
	if f.fill {
		w -= 6000
	}
	return w
}

// space leaves room between blocks.
func (s *sheet) space(f frame, height int) {
	s.add(row{height: height, gap: true, bars: f.bars})
}

// text puts a text, line by line. With keep its last line stays with what follows.
func (s *sheet) text(f frame, keep bool, spans ...typeset.Span) {
	width := s.room(f)
	x := f.x
	if f.fill {
		x += 6000
	}
	err := s.setter.Lay(spans, max(width-x+f.x, 20000), func(l *typeset.Line) error {
		s.add(row{height: l.Height, keep: keep, bars: f.bars, fill: f.fill, fillX: f.x, parts: []part{{line: l, x: x, width: max(width-x+f.x, 20000), drop: l.Height}}})
		return s.err
	})
	s.fail(err)
}

// hanging puts a text with a mark in front of its first line.
func (s *sheet) hanging(f frame, mark string, indent int, spans []typeset.Span) {
	lines, err := s.lines([]typeset.Span{span(mark, body())}, indent+20000)
	s.fail(err)
	inner := f.inset(indent)
	first := true
	s.fail(s.setter.Lay(spans, max(s.room(inner), 20000), func(l *typeset.Line) error {
		r := row{height: l.Height, bars: f.bars, parts: []part{{line: l, x: inner.x, width: s.room(inner), drop: l.Height}}}
		if first && len(lines) > 0 {
			r.parts = append(r.parts, part{line: lines[0], x: f.x, width: indent, drop: l.Height})
		}
		first = false
		s.add(r)
		return s.err
	}))
}

// columns puts texts side by side; a row of the page has one line of each. widths are of all but the last.
func (s *sheet) columns(f frame, widths []int, keep bool, link int, cells ...[]typeset.Span) {
	x := f.x
	var table [][]part
	heights := []int{}
	for i, c := range cells {
		w := s.paper.W - marginX - x
		if i < len(widths) {
			w = widths[i] - 8000
		}
		lines, err := s.lines(c, w)
		s.fail(err)
		for n, l := range lines {
			if n == len(table) {
				table, heights = append(table, nil), append(heights, 0)
			}
			table[n] = append(table[n], part{line: l, x: x, width: w, drop: l.Height})
			heights[n] = max(heights[n], l.Height)
		}
		x += w + 8000
	}
	for n, parts := range table {
		for i := range parts {
			parts[i].drop = heights[n] - (heights[n]-parts[i].line.Height)/2
		}
		s.add(row{height: heights[n], keep: keep || n == 0 && len(table) > 1, bars: f.bars, parts: parts, link: link})
	}
}

// rule puts a thin line across the page.
func (s *sheet) rule(keep bool) {
	s.add(row{height: 7000, keep: keep, parts: []part{{box: document.Box{X: marginX, Y: 3000, W: s.textWidth(), H: 500}, color: hair}}})
}

// dayHead begins a day: its name between two lines.
func (s *sheet) dayHead(title string) {
	lines, err := s.lines([]typeset.Span{span(title, bold(9000, accent))}, s.textWidth())
	s.fail(err)
	if len(lines) == 0 {
		return
	}
	l := lines[0]
	s.add(row{height: 14000, gap: true})
	mid := marginX + s.textWidth()/2
	half := l.Width/2 + 10000
	side := s.textWidth()/2 - half
	s.add(row{height: l.Height + 2000, keep: true, parts: []part{
		{box: document.Box{X: marginX, Y: l.Height / 2, W: side, H: 500}, color: hair},
		{line: l, x: mid - l.Width/2, width: l.Width, drop: l.Height},
		{box: document.Box{X: mid + half, Y: l.Height / 2, W: side, H: 500}, color: hair},
	}})
}
