// Package typeface finds fonts, chooses one for each character, and gives their glyphs as outlines.
//
// Letters that the built-in fonts have (Latin, Greek, Cyrillic) are always theirs, so that most pages look
// alike on every machine. For everything else the first font in a fixed order that has the character is
// taken: which files are there decides, never in which order a folder lists them.
//
// Invariants:
//   - Only fonts with outlines and with the right to be embedded are used.
//   - A font's outlines are rounded to thousandths of its size, and so is what the shaper measures: there
//     is one width for a glyph everywhere.
//   - A Collection and its faces are for one goroutine.
package typeface

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/harfbuzz"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/plugins/pdf/document"
)

// Style is what a font looks like.
type Style struct{ Bold, Italic, Mono bool }

// Face is one font.
type Face struct {
	Family string
	File   string // base name, or "" for a built-in one
	Digest string // SHA-256 of the file; known once the face is used, as is Size
	Size   int64
	Bold   bool
	italic bool

	path     string
	number   int // in a file with several
	data     []byte
	covers   []span
	order    order
	boldFace *Face // its family's bold letters, or nil
	used     bool

	font   *font.Face
	shaper *harfbuzz.Font
	upem   int
}

// span is a range of characters, both ends included.
type span struct{ from, to rune }

// Name is the font's name for a document.
func (f *Face) Name() string {
	var b strings.Builder
	for _, r := range f.Family {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
		if b.Len() == 60 {
			break
		}
	}
	if b.Len() == 0 {
		b.WriteString("Font")
	}
	switch {
	case f.Bold && f.italic:
		return b.String() + "-BoldItalic"
	case f.Bold:
		return b.String() + "-Bold"
	case f.italic:
		return b.String() + "-Italic"
	}
	return b.String() + "-Regular"
}

// Has tells whether the font has a character.
func (f *Face) Has(r rune) bool {
	lo, hi := 0, len(f.covers)
	for lo < hi {
		mid := (lo + hi) / 2
		if f.covers[mid].to < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(f.covers) && f.covers[lo].from <= r
}

// load reads the font whole; before, only what it covers is known.
func (f *Face) load() error {
	if f.font != nil {
		return nil
	}
	var in opentype.Resource = bytes.NewReader(f.data)
	if f.data == nil {
		file, err := os.Open(f.path)
		if err != nil {
			return unreadable(f.path, err)
		}
		defer file.Close()
		in = file
	}
	h := sha256.New()
	var err error
	if f.Size, err = io.Copy(h, in); err != nil {
		return unreadable(f.path, err)
	}
	f.Digest = hex.EncodeToString(h.Sum(nil))
	loaders, err := opentype.NewLoaders(in)
	if err != nil || f.number >= len(loaders) {
		return unreadable(f.path, cmp.Or(err, errors.New("it was changed while it was used")))
	}
	loaded, err := font.NewFont(loaders[f.number])
	if err != nil {
		return unreadable(f.path, err)
	}
	f.font = font.NewFace(loaded)
	f.upem = max(int(f.font.Upem()), 1)
	f.shaper = harfbuzz.NewFont(f.font)
	return nil
}

func unreadable(path string, err error) error {
	return fault.New(fault.Config, "read font", filepath.Base(path), "leave this file out of the setting fonts, or install the font anew", err)
}

// Shaper is what measures and joins the font's letters.
func (f *Face) Shaper() *harfbuzz.Font { return f.shaper }

// Thousandths turns a measure of the font into thousandths of its size, rounded.
func (f *Face) Thousandths(n int) int { return scale(n, f.upem) }

func scale(n, upem int) int {
	if n < 0 {
		return -scale(-n, upem)
	}
	return (n*1000 + upem/2) / upem
}

// Metrics are those of the font as a whole.
func (f *Face) Metrics() document.Metrics {
	m := document.Metrics{Ascent: 900, Descent: -200, Capital: 700, Left: -1000, Bottom: -1000, Right: 3000, Top: 2000, Italic: f.italic, Fixed: f.order.mono}
	if e, ok := f.font.FontHExtents(); ok {
		m.Ascent, m.Descent = f.Thousandths(int(e.Ascender)), f.Thousandths(int(e.Descender))
	}
	if c := f.font.LineMetric(font.CapHeight); c > 0 {
		m.Capital = f.Thousandths(int(c))
	}
	return m
}

// Width is how wide a glyph is.
func (f *Face) Width(id uint32) int {
	return f.Thousandths(int(f.font.HorizontalAdvance(font.GID(id))))
}

// maxSegments bounds one glyph.
const maxSegments = 20_000

// Trace draws a glyph. Quadratic curves become the cubic ones that are the same curve.
func (f *Face) Trace(p *document.Path, id uint32, dx, dy int) {
	outline, _ := f.font.GlyphDataOutline(font.GID(id))
	list := outline.Segments
	// Coordinates are whole or half units, so that three times their double is exact.
	at := func(pt opentype.SegmentPoint) (x, y int) { return int(pt.X * 2), int(pt.Y * 2) }
	h := func(n int) int { return dx + scale(n, 6*f.upem) }
	v := func(n int) int { return dy + scale(n, 6*f.upem) }
	var x0, y0 int
	for _, s := range list[:min(len(list), maxSegments)] {
		x, y := at(s.Args[0])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			p.Move(h(3*x), v(3*y))
		case opentype.SegmentOpLineTo:
			p.Line(h(3*x), v(3*y))
		case opentype.SegmentOpQuadTo:
			x1, y1 := at(s.Args[1])
			p.Curve(h(x0+2*x), v(y0+2*y), h(x1+2*x), v(y1+2*y), h(3*x1), v(3*y1))
			x, y = x1, y1
		case opentype.SegmentOpCubeTo:
			x1, y1 := at(s.Args[1])
			x2, y2 := at(s.Args[2])
			p.Curve(h(3*x), v(3*y), h(3*x1), v(3*y1), h(3*x2), v(3*y2))
			x, y = x2, y2
		}
		x0, y0 = x, y
	}
}
