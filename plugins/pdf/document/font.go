package document

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// Typeface is where the glyphs of a font come from. Values must be comparable.
type Typeface interface {
	// Name is the font's name in letters, digits and hyphens.
	Name() string
	// Width is a glyph's own, in thousandths of the size.
	Width(id uint32) int
	// Trace draws a glyph, moved by (dx, dy).
	Trace(p *Path, id uint32, dx, dy int)
	// Metrics are in thousandths of the size.
	Metrics() Metrics
}

// Shape is what one code of a font draws: a glyph with its own width, or several that stand together with
// the width of the whole, or nothing but a width.
type Shape struct {
	ID    uint32
	Parts []Part // instead of ID
	Width int    // with Parts, or where both are absent
	Blank bool   // nothing is drawn
}

// Part is a glyph in its place.
type Part struct {
	ID     uint32
	DX, DY int
}

// Metrics describe a font as a whole.
type Metrics struct {
	Ascent, Descent, Capital int // Descent is negative
	Left, Bottom, Right, Top int // what all glyphs stay within
	Italic                   bool
	Fixed                    bool
}

// Font is the part of a typeface that a file uses. A glyph that stands for two texts has two codes.
type Font struct {
	number int // its name on pages is F and this
	ref    int
	face   Typeface
	codes  map[use]uint16
	glyphs []glyph // by code; 0 is what stands for nothing
}

// use is a shape that stands for a text.
type use struct {
	id    uint32
	width int
	parts string
	text  string
}

type glyph struct {
	charstring []byte
	width      int
	text       string
}

// maxGlyphs is how many codes one font of a file has before another one begins.
const maxGlyphs = 1<<16 - 1

// Code gives the font and the code in it for a shape that stands for a text.
func (d *Writer) Code(face Typeface, s *Shape, text string) (*Font, uint16) {
	u := use{id: s.ID, text: text}
	if s.Blank || s.Parts != nil {
		u.id, u.width = 1<<32-1, s.Width
		b := make([]byte, 0, 64)
		for _, p := range s.Parts {
			b = binary.AppendVarint(binary.AppendVarint(binary.AppendUvarint(b, uint64(p.ID)), int64(p.DX)), int64(p.DY))
		}
		u.parts = string(b)
	}
	f := d.faces[face]
	if f != nil {
		if code, ok := f.codes[u]; ok {
			return f, code
		}
	}
	if f == nil || len(f.glyphs) >= maxGlyphs {
		f = &Font{number: len(d.fonts) + 1, ref: d.reserve(), face: face, codes: map[use]uint16{}}
		f.glyphs = append(f.glyphs, traced(face, &Shape{}))
		d.fonts, d.faces[face] = append(d.fonts, f), f
	}
	code := uint16(len(f.glyphs))
	g := traced(face, s)
	g.text = text
	f.glyphs = append(f.glyphs, g)
	f.codes[u] = code
	return f, code
}

func traced(face Typeface, s *Shape) glyph {
	g := glyph{width: s.Width}
	if !s.Blank && s.Parts == nil {
		g.width = face.Width(s.ID)
	}
	p := NewPath(g.width)
	switch {
	case s.Blank:
	case s.Parts == nil:
		face.Trace(p, s.ID, 0, 0)
	default:
		for _, part := range s.Parts {
			face.Trace(p, part.ID, part.DX, part.DY)
		}
	}
	g.charstring = p.Charstring()
	return g
}

// Width is that of a code, in thousandths of the size.
func (f *Font) Width(code uint16) int { return f.glyphs[code].width }

func (d *Writer) writeFonts() {
	b := []byte("<<")
	for _, f := range d.fonts {
		d.writeFont(f)
		b = strconv.AppendInt(append(b, "/F"...), int64(f.number), 10)
		b = ref(append(b, ' '), f.ref)
	}
	d.object(d.fixed.fonts, append(b, ">>"...))
}

// tag is six letters that tell subsets of one typeface apart.
func (f *Font) tag() string {
	h := sha256.New()
	for i := range f.glyphs {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(f.glyphs[i].charstring))))
		h.Write(f.glyphs[i].charstring)
	}
	sum := h.Sum(nil)
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	return string(tag)
}

func (d *Writer) writeFont(f *Font) {
	name := f.tag() + "+" + f.face.Name()
	m := f.face.Metrics()
	file, set, toUnicode := d.reserve(), d.reserve(), d.reserve()
	d.stream(file, "/Subtype/CIDFontType0C", compactFont(name, m, f.glyphs), false)
	bits := make([]byte, (len(f.glyphs)+7)/8)
	for i := range f.glyphs {
		bits[i/8] |= 0x80 >> (i % 8)
	}
	d.stream(set, "", bits, false)
	d.stream(toUnicode, "", f.toUnicode(), false)

	flags := 4 // its codes are its own
	if m.Fixed {
		flags |= 1
	}
	b := []byte("<</Type/FontDescriptor/FontName/" + name)
	b = strconv.AppendInt(append(b, "/Flags "...), int64(flags), 10)
	b = append(b, "/FontBBox["...)
	for i, n := range []int{m.Left, m.Bottom, m.Right, m.Top} {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	angle := "0"
	if m.Italic {
		angle = "-12"
	}
	b = append(b, "]/StemV 80/ItalicAngle "+angle+"/Ascent "...)
	b = strconv.AppendInt(b, int64(m.Ascent), 10)
	b = strconv.AppendInt(append(b, "/Descent "...), int64(m.Descent), 10)
	b = strconv.AppendInt(append(b, "/CapHeight "...), int64(m.Capital), 10)
	b = ref(append(b, "/FontFile3 "...), file)
	b = ref(append(b, "/CIDSet "...), set)
	descriptor := d.add(append(b, ">>"...))

	b = []byte("<</Type/Font/Subtype/CIDFontType0/BaseFont/" + name)
	b = ref(append(b, "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor "...), descriptor)
	b = append(b, "/W["...)
	const run = 1000
	for i := 0; i < len(f.glyphs); i += run {
		b = append(strconv.AppendInt(b, int64(i), 10), '[')
		for j := i; j < min(i+run, len(f.glyphs)); j++ {
			b = append(strconv.AppendInt(b, int64(f.glyphs[j].width), 10), ' ')
		}
		b = append(b, ']')
	}
	descendant := d.add(append(b, "]>>"...))
	b = ref([]byte("<</Type/Font/Subtype/Type0/Encoding/Identity-H/BaseFont/"+name+"/DescendantFonts["), descendant)
	b = ref(append(b, "]/ToUnicode "...), toUnicode)
	d.object(f.ref, append(b, ">>"...))
}

// toUnicode is the table from codes to the texts they stand for.
func (f *Font) toUnicode() []byte {
	b := []byte("/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def /CMapName/Adobe-Identity-UCS def /CMapType 2 def\n" +
		"1 begincodespacerange<0000><FFFF>endcodespacerange\n")
	var codes []int
	for i := range f.glyphs {
		if f.glyphs[i].text != "" {
			codes = append(codes, i)
		}
	}
	for len(codes) > 0 {
		n := min(len(codes), 100)
		b = append(strconv.AppendInt(b, int64(n), 10), " beginbfchar\n"...)
		for _, i := range codes[:n] {
			b = append(hex16(append(b, '<'), uint16(i)), "><"...)
			b = append(utf16hex(b, f.glyphs[i].text), ">\n"...)
		}
		b = append(b, "endbfchar\n"...)
		codes = codes[n:]
	}
	return append(b, "endcmap CMapName currentdict/CMap defineresource pop end end\n"...)
}
