// Package typeset makes lines of text: it chooses fonts, joins and orders letters as their scripts want,
// breaks lines, and draws them.
//
// Invariants:
//   - Any string can be set. What no font has, what is not a character to be seen, and what would turn the
//     order of the text around it, is drawn as its number, "[U+1F600]", and counted when it is drawn.
//   - What is read from a line is the text that was given, except for characters that have no picture.
//   - Memory is bounded by the longest paragraph, and paragraphs are cut at maxParagraph.
//   - All measures are whole thousandths of a point, so that no rounding differs between machines.
package typeset

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
	"github.com/rivo/uniseg"

	"github.com/chatferry/chatferry/plugins/pdf/document"
	"github.com/chatferry/chatferry/plugins/pdf/typeface"
)

// Style is how a stretch of text looks.
type Style struct {
	typeface.Style
	Size      int // thousandths of a point
	Color     document.Color
	Strike    bool
	Underline bool
}

// Span is a stretch of text in one style.
type Span struct {
	Text  string
	Style Style
}

// Setter sets text with the fonts of a collection. It is for one goroutine.
type Setter struct {
	// Replaced counts the characters drawn as their numbers.
	Replaced map[rune]int64

	fonts  *typeface.Collection
	home   language.Language // of Han letters in a text that does not show its language
	cache  map[key]*word
	shape  *harfbuzz.Buffer
	bidi   bidi.Paragraph
	free   []*paragraph
	glyphs []document.Glyph
}

// New makes a setter. home is the language, as BCP 47, whose forms Han letters have where a text does not show
// its language.
func New(fonts *typeface.Collection, home string) *Setter {
	return &Setter{Replaced: map[rune]int64{}, fonts: fonts, home: language.NewLanguage(home), cache: map[key]*word{}, shape: harfbuzz.NewBuffer()}
}

// maxParagraph is how many bytes are set at once; a longer paragraph is broken there.
const maxParagraph = 16 << 10

// Lay sets text in lines of at most the given width, and hands them over one by one. line may
// call Lay itself.
func (s *Setter) Lay(spans []Span, width int, line func(*Line) error) error {
	p := &paragraph{}
	if n := len(s.free); n > 0 {
		p, s.free = s.free[n-1], s.free[:n-1]
		p.reset()
	}
	defer func() { s.free = append(s.free, p) }()
	flush := func() error {
		if err := s.paragraph(p, width, line); err != nil {
			return err
		}
		p.reset()
		return nil
	}
	for _, span := range spans {
		p.style(span.Style)
		for t := span.Text; t != ""; {
			i := strings.IndexAny(t, "\n\r\u2028\u2029\t")
			end := i
			if i < 0 {
				end = len(t)
			}
			for end > 0 {
				n := min(end, maxParagraph-len(p.text))
				for n > 0 && n < end && !utf8.RuneStart(t[n]) {
					n--
				}
				p.add(t[:n])
				t, end = t[n:], end-n
				if end > 0 {
					if err := flush(); err != nil {
						return err
					}
					p.style(span.Style)
				}
			}
			if i < 0 {
				break
			}
			if t[0] == '\t' {
				p.add("    ")
				t = t[1:]
				continue
			}
			_, n := utf8.DecodeRuneInString(t)
			if strings.HasPrefix(t, "\r\n") {
				n = 2
			}
			t = t[n:]
			if err := flush(); err != nil {
				return err
			}
			p.style(span.Style)
		}
	}
	return s.paragraph(p, width, line)
}

// Natural is how wide text is that is not broken, at most limit.
func (s *Setter) Natural(spans []Span, limit int) (int, error) {
	widest := 0
	err := s.Lay(spans, limit, func(l *Line) error {
		widest = max(widest, l.Width)
		return nil
	})
	return widest, err
}

// paragraph is the text at hand with its styles.
type paragraph struct {
	text   []byte
	styles []Style
	starts []int // where each style begins
	levels []bidi.Level
	rtl    bool
	han    language.Language
}

func (p *paragraph) reset() {
	p.text, p.styles, p.starts, p.rtl = p.text[:0], p.styles[:0], p.starts[:0], false
}

func (p *paragraph) style(s Style) {
	if n := len(p.starts); n > 0 && p.starts[n-1] == len(p.text) {
		p.styles[n-1] = s
		return
	}
	p.styles, p.starts = append(p.styles, s), append(p.starts, len(p.text))
}

func (p *paragraph) add(s string) {
	if utf8.ValidString(s) {
		p.text = append(p.text, s...)
		return
	}
	for _, r := range s { // bytes that are no characters come as U+FFFD
		p.text = utf8.AppendRune(p.text, r)
	}
}

// turns tells that a character turns the order of what follows, so that a text could seem to be another.
func turns(r rune) bool { return r == 0x202d || r == 0x202e }

// control tells that a character is none to be seen or obeyed.
func control(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || turns(r) || r >= 0xfdd0 && r <= 0xfdef || r&0xfffe == 0xfffe
}

// direct finds the levels of the paragraph's bytes, where some of its letters go from right to left.
func (s *Setter) direct(p *paragraph) {
	p.levels, p.han = p.levels[:0], s.home
	mixed := false
	for i := 0; i < len(p.text); {
		if p.text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(p.text[i:])
		i += n
		switch {
		case r >= 0x590 && r < 0x900, r >= 0x200e && r <= 0x2069, r >= 0xfb1d && r <= 0xfeff, r >= 0x10800 && r < 0x11000, r >= 0x1e800 && r < 0x1f000:
			mixed = true
		case r >= 0x3040 && r < 0x3100:
			p.han = japanese
		case r >= 0xac00 && r < 0xd7b0 || r >= 0x1100 && r < 0x1200:
			if p.han != japanese {
				p.han = korean
			}
		}
	}
	if !mixed {
		return
	}
	runes := make([]rune, 0, len(p.text))
	for _, r := range string(p.text) {
		if control(r) {
			r = 0xfffc
		}
		runes = append(runes, r)
	}
	p.rtl = firstStrong(runes)
	runs := s.bidi.Segment(runes, bidi.Neutral)
	at := 0
	for i := range runs.NumRuns() {
		run := runs.Run(i)
		level, figures := bidi.Level(1), false
		if run.Level%2 == 0 {
			// The package gives neighbours of one direction as one run, though figures that follow
			// letters from right to left belong to them.
			level, figures = 0, i > 0 && !p.rtl
			if p.rtl {
				level = 2
			}
		}
		for _, r := range runes[run.Start:run.End] {
			n := utf8.RuneLen(r)
			if r == 0xfffc {
				_, n = utf8.DecodeRune(p.text[at:])
			}
			figures = figures && (unicode.IsDigit(r) || strings.ContainsRune(".,:/+-%", r))
			for range n {
				if figures {
					p.levels = append(p.levels, 2)
				} else {
					p.levels = append(p.levels, level)
				}
			}
			at += n
		}
	}
}

var (
	japanese = language.NewLanguage("ja")
	korean   = language.NewLanguage("ko")
)

// firstStrong tells whether the first letter with a direction goes from right to left.
func firstStrong(runes []rune) bool {
	for _, r := range runes {
		switch {
		case r >= 0x590 && r < 0x900 || r >= 0xfb1d && r < 0xfe00 || r >= 0xfe70 && r < 0xfeff || r >= 0x10800 && r < 0x11000 || r >= 0x1e800 && r < 0x1f000 || r == 0x200f:
			if language.LookupScript(r) != language.Common {
				return true
			}
		case r == 0x200e:
			return false
		default:
			if sc := language.LookupScript(r); sc != language.Common && sc != language.Inherited && sc != language.Unknown {
				return false
			}
		}
	}
	return false
}

func (p *paragraph) level(at int) bidi.Level {
	if at < len(p.levels) {
		return p.levels[at]
	}
	return 0
}

// item is the part of a word that is drawn with one font in one style.
type item struct {
	face   *typeface.Face // nil: no font has it
	style  int
	level  bidi.Level
	script language.Script
	space  bool
	point  bool // from right to left, and neither letter nor mark: readers keep it in place only by itself
	from   int
	to     int
}

// paragraph sets the text at hand.
func (s *Setter) paragraph(p *paragraph, width int, line func(*Line) error) error {
	s.direct(p)
	b := breaker{setter: s, width: width, line: line, rtl: p.rtl}
	if len(p.styles) > 0 {
		b.style = p.styles[0]
	}
	var items []item
	var group []rune
	before := (*typeface.Face)(nil)
	style, at, state := 0, 0, -1
	for rest := p.text; len(rest) > 0; {
		var cluster []byte
		var bounds int
		cluster, rest, bounds, state = uniseg.Step(rest, state)
		for style+1 < len(p.starts) && p.starts[style+1] <= at {
			style++
		}
		// A cluster that no font has as a whole is drawn character by character.
		group = group[:0]
		for i := 0; i < len(cluster); {
			r, n := utf8.DecodeRune(cluster[i:])
			group = append(group, r)
			i += n
		}
		face, err := s.choose(group, p.styles[style].Style, before)
		if err != nil {
			return err
		}
		if face != nil || len(group) == 1 {
			items = merge(items, item{face: face, style: style, level: p.level(at), script: scriptOf(group[0]), space: blank(group), point: p.level(at)%2 != 0 && point(group[0]), from: at, to: at + len(cluster)})
			before = face
		} else {
			for i, r := range group {
				if face, err = s.choose(group[i:i+1], p.styles[style].Style, before); err != nil {
					return err
				}
				n := utf8.RuneLen(r)
				items = merge(items, item{face: face, style: style, level: p.level(at), script: scriptOf(r), from: at, to: at + n})
				at += n
				before = face
			}
			at -= len(cluster)
		}
		at += len(cluster)
		if bounds&uniseg.MaskLine != uniseg.LineDontBreak || len(rest) == 0 {
			if err := b.place(p, items); err != nil {
				return err
			}
			items = items[:0]
		}
	}
	return b.end()
}

// choose finds the font of a group. What must not be seen as itself has none.
func (s *Setter) choose(group []rune, style typeface.Style, before *typeface.Face) (*typeface.Face, error) {
	if control(group[0]) {
		return nil, nil
	}
	return s.fonts.For(group, style, before)
}

func blank(group []rune) bool {
	return len(group) == 1 && (group[0] == ' ' || group[0] == 0x3000)
}

func point(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !typeface.Silent(r) }

func scriptOf(r rune) language.Script {
	switch {
	case r < 0x2b0:
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r >= 0xc0 {
			return language.Latin
		}
		return language.Common
	}
	sc := language.LookupScript(r)
	if sc == language.Inherited || sc == language.Unknown {
		return language.Common
	}
	return sc
}

// merge adds an item to those of a word, or lengthens the last one where both are alike.
func merge(list []item, x item) []item {
	if n := len(list); n > 0 {
		l := &list[n-1]
		alike := l.script == x.script || l.script == language.Common || x.script == language.Common
		if alike && l.face == x.face && l.face != nil && l.style == x.style && l.level == x.level && l.space == x.space && l.point == x.point {
			if l.script == language.Common {
				l.script = x.script
			}
			l.to = x.to
			return list
		}
	}
	return append(list, x)
}
