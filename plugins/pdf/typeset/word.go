package typeset

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"

	"github.com/chatferry/chatferry/plugins/pdf/typeface"
)

// word is a stretch of text set in one font, in units of thousandths of the size. Clusters are in the order
// of the text, the glyphs of one cluster from left to right.
type word struct {
	face     *typeface.Face
	rtl      bool
	clusters []cluster
	glyphs   []glyph
	width    int
	missing  string // characters for which this word stands, because no font has them
}

type cluster struct {
	text     string
	from, to int32 // of glyphs
	width    int
}

type glyph struct {
	id      uint32
	advance int
	dx, dy  int
}

// key is what a set word depends on.
type key struct {
	face   *typeface.Face
	style  typeface.Style
	script language.Script
	lang   language.Language
	rtl    bool
	text   string
}

// Words shorter than cachedText are kept, and all forgotten when there are cachedWords.
const (
	cachedText  = 48
	cachedWords = 32 << 10
)

// word gives the set form of an item.
func (s *Setter) word(p *paragraph, it *item) (*word, error) {
	k := key{face: it.face, style: p.styles[it.style].Style, script: it.script, rtl: it.level%2 != 0}
	if it.script == language.Han || it.script == language.Hiragana || it.script == language.Katakana || it.script == language.Hangul || it.script == language.Common {
		k.lang = p.han
	}
	text := p.text[it.from:it.to]
	if len(text) <= cachedText {
		k.text = string(text) // the compiler does not copy it for a look-up alone
		if w := s.cache[k]; w != nil {
			return w, nil
		}
	} else {
		k.text = string(text)
	}
	var w *word
	var err error
	if it.face == nil {
		w, err = s.numbered(k)
	} else {
		w = s.shaped(k)
	}
	if err != nil {
		return nil, err
	}
	if len(text) <= cachedText {
		if len(s.cache) >= cachedWords {
			clear(s.cache)
		}
		s.cache[k] = w
	}
	return w, nil
}

// numbered draws characters as their numbers.
func (s *Setter) numbered(k key) (*word, error) {
	style := k.style
	style.Italic = false
	face, err := s.fonts.Own(style)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, r := range k.text {
		n := strings.ToUpper(strconv.FormatInt(int64(r), 16))
		b.WriteString("[U+" + strings.Repeat("0", max(4-len(n), 0)) + n + "]")
	}
	w := s.shaped(key{face: face, style: style, script: language.Latin, text: b.String()})
	w.missing = k.text
	return w, nil
}

// shaped joins and measures letters.
func (s *Setter) shaped(k key) *word {
	w := &word{face: k.face, rtl: k.rtl}
	var runes []rune
	for _, r := range k.text {
		if unicode.Is(unicode.Zs, r) && !k.face.Has(r) {
			r = ' '
		}
		runes = append(runes, r)
	}
	b := s.shape
	b.Clear()
	b.Props = harfbuzz.SegmentProperties{Direction: harfbuzz.LeftToRight, Script: k.script, Language: k.lang}
	if k.script == language.Common {
		b.Props.Script = language.Latin
	}
	if k.rtl {
		b.Props.Direction = harfbuzz.RightToLeft
	}
	b.AddRunes(runes, 0, len(runes))
	b.Shape(k.face.Shaper(), nil)

	starts := make([]int, 0, len(runes)+1) // bytes before each character
	for i := range k.text {
		starts = append(starts, i)
	}
	starts = append(starts, len(k.text))
	for i := 0; i < len(b.Info); {
		c := cluster{from: int32(len(w.glyphs))}
		first := b.Info[i].Cluster
		for ; i < len(b.Info) && b.Info[i].Cluster == first; i++ {
			pos := b.Pos[i]
			g := glyph{id: uint32(b.Info[i].Glyph), advance: k.face.Thousandths(int(pos.XAdvance)), dx: k.face.Thousandths(int(pos.XOffset)), dy: k.face.Thousandths(int(pos.YOffset))}
			w.glyphs = append(w.glyphs, g)
			c.width += g.advance
		}
		c.to = int32(len(w.glyphs))
		c.text = k.text[starts[first]:] // its end is where the next one begins, in the order of the text
		w.clusters = append(w.clusters, c)
		w.width += c.width
	}
	if k.rtl {
		for i, j := 0, len(w.clusters)-1; i < j; i, j = i+1, j-1 {
			w.clusters[i], w.clusters[j] = w.clusters[j], w.clusters[i]
		}
	}
	for i := 0; i+1 < len(w.clusters); i++ {
		c, next := &w.clusters[i], &w.clusters[i+1]
		c.text = c.text[:max(len(c.text)-len(next.text), 0)]
	}
	return w
}

// plain tells that a cluster is one glyph that stands where the pen is.
func (w *word) plain(c *cluster) bool {
	if c.to-c.from != 1 || utf8.RuneCountInString(c.text) > 8 {
		return false
	}
	g := &w.glyphs[c.from]
	return g.dx == 0 && g.dy == 0
}
