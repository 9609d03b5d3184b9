package typeset

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/bidi"

	"github.com/chatferry/chatferry/plugins/pdf/document"
)

// Line is one line of text, ready to be drawn.
type Line struct {
	Width  int
	Height int // from one line to the next
	Rise   int // from the line's lower edge to where its letters stand
	RTL    bool
	pieces []piece // in the order of the text
	start  int     // how wide all pieces are, where the line is read from the right
}

// piece is a word or a part of one, in a line.
type piece struct {
	word     *word
	from, to int // clusters
	x, width int // thousandths of a point; x from the line's left end
	style    Style
	level    bidi.Level
	space    bool
}

// leading is the distance of lines, in thousandths of the size.
const leading = 1420

// breaker fills lines with words.
type breaker struct {
	setter *Setter
	width  int
	line   func(*Line) error
	rtl    bool
	style  Style // of the paragraph, where a line is empty

	pieces []piece
	used   int // with all spaces
	words  []*word
}

// place puts the next word, with the spaces behind it, on the line or on a new one.
func (b *breaker) place(p *paragraph, items []item) error {
	word, total := 0, 0
	list := make([]piece, 0, 4)
	for i := range items {
		var err error
		if b.words, err = b.setter.words(p, &items[i], b.words[:0]); err != nil {
			return err
		}
		style := p.styles[items[i].style]
		for _, w := range b.words {
			x := piece{word: w, to: len(w.clusters), width: w.width * style.Size / 1000, style: style, level: items[i].level, space: items[i].space}
			list = append(list, x)
			total += x.width
			if !x.space {
				word = total
			}
		}
	}
	if b.used+word > b.width && len(b.pieces) > 0 {
		if err := b.flush(); err != nil {
			return err
		}
	}
	if word <= b.width {
		b.pieces, b.used = append(b.pieces, list...), b.used+total
		return nil
	}
	for _, x := range list {
		if err := b.cut(x); err != nil {
			return err
		}
	}
	return nil
}

// cut puts a piece that is wider than a line on as many lines as it needs.
func (b *breaker) cut(x piece) error {
	for x.from < x.to {
		n, width := x.from, 0
		for n < x.to {
			w := x.word.clusters[n].width * x.style.Size / 1000
			if b.used+width+w > b.width && !x.space && (n > x.from || len(b.pieces) > 0) {
				break
			}
			n, width = n+1, width+w
		}
		if n > x.from {
			part := x
			part.to, part.width = n, width
			b.pieces, b.used = append(b.pieces, part), b.used+width
			x.from = n
		}
		if x.from < x.to {
			if err := b.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *breaker) end() error { return b.flush() }

// flush hands the line over.
func (b *breaker) flush() error {
	l := &Line{RTL: b.rtl, pieces: slices.Clone(b.pieces)}
	size := 0
	for i := range l.pieces {
		size = max(size, l.pieces[i].style.Size)
	}
	if size == 0 {
		size = b.style.Size
	}
	l.Height = size * leading / 1000
	l.Rise = size * 400 / 1000
	l.Width = b.used
	base := bidi.Level(0)
	if b.rtl {
		base = 1
	}
	for i := len(l.pieces) - 1; i >= 0 && l.pieces[i].space; i-- { // spaces at the end follow the paragraph
		l.Width -= l.pieces[i].width
		l.pieces[i].level = base
	}
	l.order()
	b.pieces, b.used = b.pieces[:0], 0
	return b.line(l)
}

// order finds where each piece stands: levels say how they follow one another from left to right.
func (l *Line) order() {
	highest, lowest := bidi.Level(0), bidi.Level(127)
	list := make([]int, len(l.pieces))
	for i := range l.pieces {
		list[i] = i
		highest = max(highest, l.pieces[i].level)
		if l.pieces[i].level%2 != 0 {
			lowest = min(lowest, l.pieces[i].level)
		}
	}
	for level := highest; level >= lowest && level > 0; level-- {
		for i := 0; i < len(list); {
			j := i
			for j < len(list) && l.pieces[list[j]].level >= level {
				j++
			}
			slices.Reverse(list[i:j])
			i = max(j, i+1)
		}
	}
	x := 0
	for _, i := range list {
		l.pieces[i].x = x
		x += l.pieces[i].width
	}
	l.start = 0
	if l.RTL {
		l.start = x // spaces at its end stand left of the others
	}
}

// Draw draws a line whose letters stand on y, and counts what it has to replace. A line from right to left
// ends at x + width. Pieces are drawn in the order of the text, for readers that go by that.
func (s *Setter) Draw(d *document.Writer, c *document.Content, l *Line, x, y, width int) {
	if l.RTL {
		x += width - l.start
	}
	type stroke struct {
		box   document.Box
		color document.Color
	}
	var strokes []stroke
	for i := range l.pieces {
		p := &l.pieces[i]
		x := x + p.x
		s.piece(d, c, p, x, y)
		thick := max(p.style.Size/18, 300)
		if p.style.Underline {
			strokes = append(strokes, stroke{document.Box{X: x, Y: y - p.style.Size/8, W: p.width, H: thick}, p.style.Color})
		}
		if p.style.Strike {
			strokes = append(strokes, stroke{document.Box{X: x, Y: y + p.style.Size/4, W: p.width, H: thick}, p.style.Color})
		}
	}
	for _, k := range strokes {
		c.Fill(k.box, k.color)
	}
}

// piece draws a piece from (x, y).
func (s *Setter) piece(d *document.Writer, c *document.Content, p *piece, x, y int) {
	w, pen := p.word, 0
	ink := document.Ink{Size: p.style.Size, Color: p.style.Color, Bold: p.style.Bold && !w.face.Bold}
	reads := false
	if w.missing != "" {
		for _, r := range w.missing {
			s.Replaced[r]++
			reads = reads || !control(r)
		}
		if reads {
			c.Reads(w.missing)
		}
	}
	var font *document.Font
	from := 0
	batch := s.glyphs[:0]
	flush := func() {
		if len(batch) > 0 {
			c.Letters(font, ink, x+from*ink.Size/1000, y, batch)
			batch = batch[:0]
		}
	}
	if w.rtl && w.marked(p.to-1) {
		// There are readers that do not see the direction of a mark at the end without a letter beyond it.
		f, code := d.Code(w.face, &document.Shape{Blank: true, Width: beyond}, "\u200f")
		font, from, batch = f, -beyond, append(batch, document.Glyph{Code: code})
	}
	for i := p.from; i < p.to; i++ {
		k := w.clusters[i]
		if w.rtl {
			k = w.clusters[p.to-1-(i-p.from)]
		}
		for j := k.from; j < k.to; j++ {
			u := &w.units[j]
			f, code := d.Code(w.face, &u.shape, u.text)
			if f != font || len(batch) == 0 {
				flush()
				font, from = f, pen
			}
			batch = append(batch, document.Glyph{Code: code, Extra: u.extra})
			pen += f.Width(code) + u.extra
		}
	}
	flush()
	s.glyphs = batch[:0]
	if reads {
		c.End()
	}
}

// beyond is the width of a sign that is not to be seen: what is narrower is taken for part of its neighbour.
const beyond = 120

// marked tells that a cluster of a word from right to left ends in an accent or vowel sign.
func (w *word) marked(i int) bool {
	u := &w.units[w.clusters[i].from]
	r, _ := utf8.DecodeLastRuneInString(u.text)
	return unicode.IsMark(r)
}
