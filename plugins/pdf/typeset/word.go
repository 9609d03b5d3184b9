package typeset

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"

	"github.com/chatferry/chatferry/plugins/pdf/document"
	"github.com/chatferry/chatferry/plugins/pdf/typeface"
)

// word is a stretch of text set in one font, in thousandths of the size. Clusters, which nothing parts, are in
// the order of the text, and the units of one cluster from left to right.
type word struct {
	face     *typeface.Face
	rtl      bool
	clusters []cluster
	units    []unit
	width    int
	empty    bool   // a character that is to be seen has no glyph after all
	missing  string // characters for which this word stands, because no font has them
}

type cluster struct {
	from, to int32 // of units
	width    int
}

// unit is one code of a font: a shape and the text it stands for.
type unit struct {
	shape document.Shape
	extra int // by how much more than the shape's width the pen moves
	text  string
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

// words gives the set form of an item. It is one word, unless the item's font promised more than it has.
func (s *Setter) words(p *paragraph, it *item, list []*word) ([]*word, error) {
	w, err := s.word(p, it)
	if err != nil || !w.empty {
		return append(list, w), err
	}
	one := *it
	for one.face = nil; one.from < it.to; one.from = one.to {
		_, n := utf8.DecodeRune(p.text[one.from:])
		one.to = one.from + n
		if w, err = s.word(p, &one); err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	return list, nil
}

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

// numbered draws a character as its number.
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
	w.clusters = []cluster{{to: int32(len(w.units)), width: w.width}} // lines do not part it
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
	ends := map[int]int{} // where the text of a cluster ends, by its first character
	last := len(runes)
	for i := range b.Info {
		at := i
		if !k.rtl {
			at = len(b.Info) - 1 - i
		}
		if first := b.Info[at].Cluster; first < last {
			ends[first], last = last, first
		}
	}
	var groups []group
	for i := 0; i < len(b.Info); {
		first, from := b.Info[i].Cluster, i
		for i < len(b.Info) && b.Info[i].Cluster == first {
			i++
		}
		groups = append(groups, group{from, i, k.text[starts[first]:starts[max(ends[first], first)]]})
	}
	if k.rtl {
		slices.Reverse(groups)
	}
	for i := range groups {
		g := &groups[i]
		for k.rtl && !silent(g.text) && i+1 < len(groups) && silent(groups[i+1].text) { // it takes no room of its own
			g.text += groups[i+1].text
			groups = slices.Delete(groups, i+1, i+2)
		}
		w.cluster(b, g.from, g.to, g.text)
		if i+1 >= len(groups) {
			break
		}
	}
	return w
}

// group is the glyphs that the shaper made of a text that nothing parts.
type group struct {
	from, to int
	text     string
}

// unitRunes is how many characters one code stands for: there are readers that take no more.
const unitRunes = 8

// cluster adds what the shaper made of a text that nothing parts: its glyphs become one shape. Where the text
// goes from right to left each character has a code of its own, the last one with the picture and the others
// blank beside it, because readers see characters from right to left but not those of one code.
func (w *word) cluster(b *harfbuzz.Buffer, from, to int, text string) {
	c := cluster{from: int32(len(w.units))}
	parts := make([]document.Part, 0, to-from)
	for i := from; i < to; i++ {
		pos := b.Pos[i]
		parts = append(parts, document.Part{ID: uint32(b.Info[i].Glyph), DX: c.width + w.face.Thousandths(int(pos.XOffset)), DY: w.face.Thousandths(int(pos.YOffset))})
		c.width += w.face.Thousandths(int(pos.XAdvance))
		w.empty = w.empty || b.Info[i].Glyph == 0 && !silent(text)
	}
	u := unit{shape: document.Shape{Parts: parts, Width: c.width}, text: text}
	n := utf8.RuneCountInString(text)
	blank := func(width int, text string) {
		w.units = append(w.units, unit{shape: document.Shape{Blank: true, Width: width}, text: text})
	}
	switch {
	case silent(text):
		for ; text != ""; text = text[len(u.text):] {
			u.text = head(text, unitRunes)
			blank(c.width, u.text)
			c.width = 0
		}
		c.width = w.units[c.from].shape.Width
	case w.rtl && n > 1:
		share := c.width / n
		u.shape.Width = c.width - share*(n-1)
		_, size := utf8.DecodeLastRuneInString(text)
		u.text = text[len(text)-size:]
		w.units = append(w.units, u)
		for text = text[:len(text)-size]; text != ""; text = text[:len(text)-size] {
			_, size = utf8.DecodeLastRuneInString(text)
			blank(share, text[len(text)-size:])
		}
	default:
		if len(parts) == 1 && parts[0].DX == 0 && parts[0].DY == 0 {
			u.shape = document.Shape{ID: parts[0].ID}
			u.extra = c.width - w.face.Width(parts[0].ID)
		}
		u.text = head(text, unitRunes)
		w.units = append(w.units, u)
		for text = text[len(u.text):]; text != ""; {
			part := head(text, unitRunes)
			blank(0, part)
			text = text[len(part):]
		}
	}
	c.to = int32(len(w.units))
	w.clusters = append(w.clusters, c)
	w.width += c.width
}

// silent tells that a text has nothing to be seen.
func silent(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return !typeface.Silent(r) }) < 0
}

// head is the first n characters of a text.
func head(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
