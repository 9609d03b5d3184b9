package pdf

import (
	"strconv"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/plugins/pdf/document"
	"github.com/chatferry/chatferry/plugins/pdf/typeset"
)

// Measures of a page in thousandths of a point.
const (
	marginX    = 56000
	marginTop  = 66000
	marginFoot = 62000
	numberCol  = 42000 // left of messages, for their numbers
)

// Colours.
const (
	black  = document.Color(0x1a1c1f)
	muted  = document.Color(0x6a7078)
	accent = document.Color(0x1f4e79)
	hair   = document.Color(0xd5d9de)
	shade  = document.Color(0xf3f5f7)
	alarm  = document.Color(0x9a3412)
)

// row is what stays together on a page: a line of text, or a picture.
type row struct {
	height int
	keep   bool // stays with the next row
	gap    bool // nothing but space: falls away at the top of a page
	fill   bool // on a shaded ground from fillX on
	fillX  int
	bars   []int // vertical rules at these places
	parts  []part
	link   int // page to go to, counted from 1; 0: none
}

// part is something drawn in a row.
type part struct {
	line  *typeset.Line
	x     int
	width int // for lines from right to left
	drop  int // of the line's lower edge, from the row's top
	image int
	box   document.Box // of an image or a rule: X, and W by H, Y from the row's top
	color document.Color
}

// sheet fills pages with rows.
type sheet struct {
	*format
	doc    *document.Writer
	file   *edition.File
	setter *typeset.Setter

	heading string // of all pages
	day     string // of the rows that come
	first   string // day of the page's first row
	foot    string
	lead    bool // the page stands before the others and has no running head

	content document.Content
	links   []document.Link
	y       int // from the top of the page; 0: no page is open
	keys    []string
	key     string // of the record at hand
	again   string // what a page says at its top that goes on with the record at hand; "" before its first row
	label   string // what again becomes then
	pending []row
	err     error
}

func (s *sheet) textWidth() int { return s.paper.W - 2*marginX }

// number is that of the open page: the title page is page 1.
func (s *sheet) number() int {
	if s.lead {
		return 1
	}
	return s.doc.Pages() + 2
}

// begin says which record the rows that come show.
func (s *sheet) begin(key, label string) {
	s.flush()
	s.key, s.label, s.again = key, label, ""
}

// end says that the record is complete.
func (s *sheet) end() {
	s.flush()
	s.key, s.label, s.again = "", "", ""
}

// add puts a row on the page, or keeps it until the row that it stays with.
func (s *sheet) add(r row) {
	s.pending = append(s.pending, r)
	if !r.keep && !r.gap {
		s.flush()
	}
}

// flush places the rows that wait.
func (s *sheet) flush() {
	if len(s.pending) == 0 {
		return
	}
	list := s.pending
	s.pending = nil
	height := 0
	for i := range list {
		height += list[i].height
	}
	bottom := s.paper.H - marginFoot
	if s.y != 0 && s.y+height > bottom && s.y > marginTop {
		s.breakPage()
	}
	for i := range list {
		r := &list[i]
		if s.y == 0 {
			s.openPage()
		}
		if r.gap && s.y <= marginTop {
			continue
		}
		if s.y+r.height > bottom && s.y > marginTop {
			s.breakPage()
			s.openPage()
		}
		s.draw(r)
	}
	s.pending = list[:0]
}

func (s *sheet) openPage() {
	s.content.Reset()
	s.links, s.keys, s.first, s.y = s.links[:0], s.keys[:0], s.day, marginTop
	if s.again != "" {
		lines, err := s.lines([]typeset.Span{{Text: s.again, Style: small(muted)}}, s.textWidth())
		s.fail(err)
		for _, l := range lines {
			s.put(&row{height: l.Height + 4000, parts: []part{{line: l, x: marginX, width: s.textWidth(), drop: l.Height}}})
		}
	}
}

func (s *sheet) draw(r *row) {
	if s.key != "" && (len(s.keys) == 0 || s.keys[len(s.keys)-1] != s.key) {
		s.keys = append(s.keys, s.key)
	}
	s.again = s.label
	if s.first == "" {
		s.first = s.day
	}
	s.put(r)
}

// put draws a row and moves on below it.
func (s *sheet) put(r *row) {
	top := s.paper.H - s.y
	if r.fill {
		s.content.Fill(document.Box{X: r.fillX, Y: top - r.height, W: s.paper.W - marginX - r.fillX, H: r.height}, shade)
	}
	for _, x := range r.bars {
		s.content.Fill(document.Box{X: x, Y: top - r.height, W: 1500, H: r.height}, hair)
	}
	for _, p := range r.parts {
		switch {
		case p.line != nil:
			s.setter.Draw(s.doc, &s.content, p.line, p.x, top-p.drop+p.line.Rise, p.width)
		case p.image != 0:
			s.content.Image(p.image, document.Box{X: p.box.X, Y: top - p.box.Y - p.box.H, W: p.box.W, H: p.box.H})
		default:
			s.content.Fill(document.Box{X: p.box.X, Y: top - p.box.Y - p.box.H, W: p.box.W, H: p.box.H}, p.color)
		}
	}
	if r.link > 0 {
		s.links = append(s.links, document.Link{From: document.Box{X: marginX, Y: top - r.height, W: s.textWidth(), H: r.height}, Page: r.link - 1})
	}
	s.y += r.height
}

// breakPage finishes the open page.
func (s *sheet) breakPage() {
	if s.y == 0 {
		return
	}
	s.frame()
	s.content.Close()
	if len(s.keys) > 0 {
		s.file.Mark(s.keys...)
	}
	s.doc.Page(s.paper, &s.content, document.PageOptions{Lead: s.lead, Links: s.links})
	s.file.Mark()
	s.y = 0
}

// here is the page and the height at which the next row will stand, where height more fits.
func (s *sheet) here(height int) (page, y int) {
	if s.y == 0 || s.y+height > s.paper.H-marginFoot {
		return s.doc.Pages(), s.paper.H - marginTop
	}
	return s.doc.Pages(), s.paper.H - s.y
}

// frame draws what stands on every page.
func (s *sheet) frame() {
	right := s.paper.W - marginX
	if !s.lead {
		y := s.paper.H - 44000
		w := s.textWidth()
		if s.first != "" {
			w -= s.edge(s.first, small(muted), right, y, false) + 16000
		}
		s.line(s.heading, small(muted), marginX, y, w)
		s.content.Fill(document.Box{X: marginX, Y: y - 7000, W: s.textWidth(), H: 500}, hair)
	}
	y := 36000
	s.content.Fill(document.Box{X: marginX, Y: y + 12000, W: s.textWidth(), H: 500}, hair)
	at := right - totalWidth
	w := s.edge(s.words.f("Page %s of", strconv.Itoa(s.number()))+" ", small(muted), at, y, true)
	s.content.Total(at, y)
	s.line(s.foot, small(muted), marginX, y, s.textWidth()-totalWidth-w-16000)
}

// totalWidth is the room for the number of pages.
const totalWidth = 34000

// total gives the pages their number, once all are written.
func (s *sheet) total() {
	s.content.Reset()
	s.line(s.words.total(s.doc.Pages()), small(muted), 0, 0, totalWidth)
	s.content.Close()
	s.doc.Total(document.Box{Y: -4000, W: totalWidth, H: 12000}, &s.content)
}

// line draws as much of a text as fits into one line.
func (s *sheet) line(text string, style typeset.Style, x, y, width int) {
	lines, err := s.lines([]typeset.Span{{Text: clip(text, 300), Style: style}}, width)
	s.fail(err)
	if len(lines) == 0 {
		return
	}
	if len(lines) > 1 { // room for the sign that there is more
		if lines, err = s.lines([]typeset.Span{{Text: clip(text, 300), Style: style}}, width-10000); err != nil || len(lines) == 0 {
			s.fail(err)
			return
		}
		s.line("…", style, x+width-9000, y, 10000)
	}
	s.setter.Draw(s.doc, &s.content, lines[0], x, y, lines[0].Width)
}

// edge draws a short text that ends at x and gives its width.
func (s *sheet) edge(text string, style typeset.Style, x, y int, spaces bool) int {
	lines, err := s.lines([]typeset.Span{{Text: text, Style: style}}, s.textWidth())
	s.fail(err)
	if len(lines) == 0 {
		return 0
	}
	w := lines[0].Width
	if spaces {
		w += 3000
	}
	s.setter.Draw(s.doc, &s.content, lines[0], x-w, y, lines[0].Width)
	return w
}

// lines sets text.
func (s *sheet) lines(spans []typeset.Span, width int) (list []*typeset.Line, err error) {
	err = s.setter.Lay(spans, max(width, 20000), func(l *typeset.Line) error {
		list = append(list, l)
		return nil
	})
	return list, err
}

func (s *sheet) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// clip is at most n characters of a text.
func clip(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i] + "…"
		}
		n--
	}
	return text
}
