package document

import "strconv"

// Content is what is drawn on a page. Places are in thousandths of a point from the lower left corner.
type Content struct {
	b      []byte
	images []int
	state  state
	inText bool
}

// state is what was set last, so that it is not set again.
type state struct {
	font  *Font
	size  int
	color Color
	bold  bool
	known bool // color is set
}

// Color is red, green and blue, eight bits each: 0xRRGGBB.
type Color uint32

// Len is how many bytes the content has.
func (c *Content) Len() int { return len(c.b) }

// Reset empties the content, for the next page.
func (c *Content) Reset() { *c = Content{b: c.b[:0]} }

func (c *Content) color(k Color) {
	if c.state.known && c.state.color == k {
		return
	}
	c.state.color, c.state.known = k, true
	for _, v := range []Color{k >> 16, k >> 8, k} {
		c.b = append(number(c.b, (int(v&255)*1000+127)/255), ' ')
	}
	c.b = append(c.b, "rg\n"...)
	if c.state.bold {
		c.stroke()
	}
}

// stroke sets the colour of lines to that of areas, for letters made bold by their outline.
func (c *Content) stroke() {
	for _, v := range []Color{c.state.color >> 16, c.state.color >> 8, c.state.color} {
		c.b = append(number(c.b, (int(v&255)*1000+127)/255), ' ')
	}
	c.b = append(c.b, "RG\n"...)
}

func (c *Content) endText() {
	if c.inText {
		c.b, c.inText = append(c.b, "ET\n"...), false
	}
}

// Fill draws a filled rectangle.
func (c *Content) Fill(r Box, k Color) {
	c.endText()
	c.color(k)
	for _, n := range []int{r.X, r.Y, r.W, r.H} {
		c.b = append(number(c.b, n), ' ')
	}
	c.b = append(c.b, "re f\n"...)
}

// Image draws a picture that Writer.Image gave.
func (c *Content) Image(i int, r Box) {
	c.endText()
	found := false
	for _, have := range c.images {
		found = found || have == i
	}
	if !found {
		c.images = append(c.images, i)
	}
	c.b = append(number(append(c.b, "q "...), r.W), " 0 0 "...)
	c.b = append(number(c.b, r.H), ' ')
	c.b = append(number(c.b, r.X), ' ')
	c.b = strconv.AppendInt(append(number(c.b, r.Y), " cm/I"...), int64(i), 10)
	c.b = append(c.b, " Do Q\n"...)
}

// Total draws the number of pages, which Writer.Total gives at the end, from (x, y).
func (c *Content) Total(x, y int) {
	c.endText()
	c.b = append(number(append(c.b, "q 1 0 0 1 "...), x), ' ')
	c.b = append(number(c.b, y), " cm/T Do Q\n"...)
}

// Ink is how letters are drawn.
type Ink struct {
	Size  int // thousandths of a point
	Color Color
	Bold  bool // made bold by an outline, for fonts that have no bold letters
}

// begin opens a text object in which letters of the font are drawn from (x, y).
func (c *Content) begin(f *Font, k Ink, x, y int) {
	if !c.inText {
		c.b, c.inText = append(c.b, "BT\n"...), true
	}
	c.color(k.Color)
	if c.state.font != f || c.state.size != k.Size {
		c.state.font, c.state.size = f, k.Size
		c.b = strconv.AppendInt(append(c.b, "/F"...), int64(f.number), 10)
		c.b = append(number(append(c.b, ' '), k.Size), " Tf\n"...)
	}
	if c.state.bold != k.Bold {
		c.state.bold = k.Bold
		if k.Bold {
			c.stroke()
			c.b = append(number(append(c.b, "2 Tr "...), k.Size/36), " w\n"...)
		} else {
			c.b = append(c.b, "0 Tr\n"...)
		}
	}
	c.b = append(number(append(c.b, "1 0 0 1 "...), x), ' ')
	c.b = append(number(c.b, y), " Tm\n"...)
}

// Glyph is a letter to draw: its code in a font, and by how much more than its own width the pen moves, in
// thousandths of the size.
type Glyph struct {
	Code  uint16
	Extra int
}

// Letters draws glyphs of one font in a row.
func (c *Content) Letters(f *Font, k Ink, x, y int, list []Glyph) {
	if len(list) == 0 {
		return
	}
	c.begin(f, k, x, y)
	c.b = append(c.b, "[<"...)
	for i, g := range list {
		c.b = hex16(c.b, g.Code)
		if g.Extra != 0 && i < len(list)-1 {
			c.b = strconv.AppendInt(append(c.b, '>'), int64(-g.Extra), 10)
			c.b = append(c.b, '<')
		}
	}
	c.b = append(c.b, ">]TJ\n"...)
}

// Reads says that what is drawn until End is to be read as the given text.
func (c *Content) Reads(s string) {
	if !c.inText {
		c.b, c.inText = append(c.b, "BT\n"...), true
	}
	c.b = append(text(append(c.b, "/Span<</ActualText"...), s), ">>BDC\n"...)
}

// End ends what Reads began.
func (c *Content) End() { c.b = append(c.b, "EMC\n"...) }

// Close ends the content; nothing is drawn after it.
func (c *Content) Close() { c.endText() }
