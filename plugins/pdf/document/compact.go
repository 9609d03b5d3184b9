package document

import "encoding/binary"

// compactFont makes a CID-keyed font in the Compact Font Format from charstrings: glyph number and code are
// the same, and there are no subroutines and no hints.
func compactFont(name string, m Metrics, glyphs []glyph) []byte {
	head := []byte{1, 0, 4, 4}
	names := index(nil, [][]byte{[]byte(name)})
	strings := index(nil, [][]byte{[]byte("Adobe"), []byte("Identity")})
	global := []byte{0, 0}
	set := []byte{2, 0, 1}
	set = binary.BigEndian.AppendUint16(set, uint16(max(len(glyphs)-2, 0)))
	if len(glyphs) < 2 {
		set = []byte{0}
	}
	choice := []byte{3, 0, 1, 0, 0, 0}
	choice = binary.BigEndian.AppendUint16(choice, uint16(len(glyphs)))
	list := make([][]byte, len(glyphs))
	for i := range glyphs {
		list[i] = glyphs[i].charstring
	}
	letters := index(nil, list)
	private := []byte{139, 20, 139, 21} // defaultWidthX 0, nominalWidthX 0

	// Offsets are written in five bytes, so that the lengths do not depend on them.
	top := func(set, choice, letters, fonts int) []byte {
		b := operands(nil, 391, 392, 0)
		b = append(b, 12, 30)
		b = append(operands(b, m.Left, m.Bottom, m.Right, m.Top), 5)
		b = append(operands(b, len(glyphs)), 12, 34)
		b = append(offset(b, set), 15)
		b = append(offset(b, choice), 12, 37)
		b = append(offset(b, letters), 17)
		return index(nil, [][]byte{append(offset(b, fonts), 12, 36)})
	}
	at := len(head) + len(names) + len(top(0, 0, 0, 0)) + len(strings) + len(global)
	setAt := at
	choiceAt := setAt + len(set)
	lettersAt := choiceAt + len(choice)
	privateAt := lettersAt + len(letters)
	fontsAt := privateAt + len(private)
	font := append(offset(offset(nil, len(private)), privateAt), 18)

	out := append(head, names...)
	out = append(out, top(setAt, choiceAt, lettersAt, fontsAt)...)
	for _, part := range [][]byte{strings, global, set, choice, letters, private} {
		out = append(out, part...)
	}
	return index(out, [][]byte{font})
}

// index appends a list of byte strings in the format's own way.
func index(b []byte, list [][]byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(list)))
	if len(list) == 0 {
		return b
	}
	b = append(b, 4)
	at := uint32(1)
	b = binary.BigEndian.AppendUint32(b, at)
	for _, s := range list {
		at += uint32(len(s))
		b = binary.BigEndian.AppendUint32(b, at)
	}
	for _, s := range list {
		b = append(b, s...)
	}
	return b
}

func offset(b []byte, n int) []byte {
	return binary.BigEndian.AppendUint32(append(b, 29), uint32(n))
}

func operands(b []byte, list ...int) []byte {
	for _, n := range list {
		b = operand(b, n)
	}
	return b
}

// operand appends a number as charstrings and dictionaries of the format write it; n has 16 bits.
func operand(b []byte, n int) []byte {
	switch {
	case n >= -107 && n <= 107:
		return append(b, byte(n+139))
	case n >= 108 && n <= 1131:
		n -= 108
		return append(b, byte(n>>8+247), byte(n))
	case n >= -1131 && n <= -108:
		n = -n - 108
		return append(b, byte(n>>8+251), byte(n))
	}
	return binary.BigEndian.AppendUint16(append(b, 28), uint16(int16(n)))
}

// Path builds a charstring. Coordinates are absolute, in thousandths of the size.
type Path struct {
	b     []byte
	x, y  int
	op    byte
	stack int
	begun bool
	width int
}

// NewPath begins the charstring of a glyph of the given width.
func NewPath(width int) *Path { return &Path{width: clamp(width)} }

// clamp keeps what a damaged font says within what the format holds.
func clamp(n int) int { return min(max(n, -16000), 16000) }

const (
	opLine  = 5
	opCurve = 8
	opMove  = 21
	opEnd   = 14
)

func (p *Path) flush() {
	if p.op != 0 {
		p.b, p.op, p.stack = append(p.b, p.op), 0, 0
	}
}

// segment appends points to an operator; a stack holds at most 48 numbers.
func (p *Path) segment(op byte, points ...int) {
	if p.op != op || p.stack+len(points) > 48 {
		p.flush()
		p.op = op
	}
	for i := 0; i < len(points); i += 2 {
		x, y := clamp(points[i]), clamp(points[i+1])
		p.b = operands(p.b, x-p.x, y-p.y)
		p.x, p.y = x, y
	}
	p.stack += len(points)
}

// Move begins a contour.
func (p *Path) Move(x, y int) {
	p.flush()
	if !p.begun {
		p.b, p.begun = operand(p.b, p.width), true
	}
	p.segment(opMove, x, y)
	p.flush()
}

// Line draws a straight line.
func (p *Path) Line(x, y int) { p.segment(opLine, x, y) }

// Curve draws a cubic curve.
func (p *Path) Curve(x1, y1, x2, y2, x, y int) { p.segment(opCurve, x1, y1, x2, y2, x, y) }

// Charstring ends the glyph.
func (p *Path) Charstring() []byte {
	p.flush()
	if !p.begun {
		p.b = operand(p.b, p.width)
	}
	return append(p.b, opEnd)
}
