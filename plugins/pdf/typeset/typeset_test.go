package typeset

import (
	"bytes"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/plugins/pdf/document"
	"github.com/chatferry/chatferry/plugins/pdf/typeface"
)

// reading is what the units of a text say in the order of the text.
func reading(l *Line) string {
	var b strings.Builder
	for i := range l.pieces {
		p := &l.pieces[i]
		if p.word.missing != "" {
			b.WriteString(p.word.missing)
			continue
		}
		for _, c := range p.word.clusters[p.from:p.to] {
			units := p.word.units[c.from:c.to]
			for j := range units {
				u := units[j]
				if p.word.rtl {
					u = units[len(units)-1-j]
				}
				b.WriteString(u.text)
			}
		}
	}
	return b.String()
}

func setter(t testing.TB) *Setter {
	return New(typeface.New([]string{t.TempDir()}), "zh-Hans")
}

// lay sets a text and draws it, and gives what its lines say.
func lay(t testing.TB, s *Setter, text string, width int) []string {
	t.Helper()
	var lines []string
	var out bytes.Buffer
	d := document.New(&out)
	var c document.Content
	err := s.Lay([]Span{{text, Style{Size: 10000}}}, width, func(l *Line) error {
		widest := 0
		for i := range l.pieces {
			p := &l.pieces[i]
			for _, k := range p.word.clusters[p.from:p.to] {
				widest = max(widest, k.width*10)
			}
		}
		if l.Width > max(width, widest) {
			t.Errorf("a line is %d wide, not %d: %q", l.Width, width, text)
		}
		lines = append(lines, reading(l))
		s.Draw(d, &c, l, 0, 0, width)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// plain is what a text must read as: line breaks are where lines end, tabs are spaces.
func plain(text string) string {
	text = string([]rune(text)) // each byte that is no character is U+FFFD
	return strings.NewReplacer("\r\n", "", "\n", "", "\r", "", "\u2028", "", "\u2029", "", "\t", "    ").Replace(text)
}

func TestLinesBreakBetweenWords(t *testing.T) {
	lines := lay(t, setter(t), "The ferry leaves at seven from pier three, and nobody waits.", 120000)
	if len(lines) < 3 {
		t.Fatal(lines)
	}
	for _, l := range lines[:len(lines)-1] {
		if !strings.HasSuffix(l, " ") {
			t.Errorf("%q does not end with a word", l)
		}
	}
	if got := strings.Join(lines, ""); got != "The ferry leaves at seven from pier three, and nobody waits." {
		t.Error(got)
	}
}

func TestWhatNoFontHasIsCountedAndReadsAsItself(t *testing.T) {
	s := setter(t)
	lines := lay(t, s, "a\U0001F600b\x07c\u202ed \U0001F600", 400000)
	if len(lines) != 1 || lines[0] != "a\U0001F600b\x07c\u202ed \U0001F600" {
		t.Errorf("%q", lines)
	}
	if s.Replaced[0x1F600] != 2 || s.Replaced[7] != 1 || s.Replaced[0x202e] != 1 || len(s.Replaced) != 3 {
		t.Error(s.Replaced)
	}
}

// order gives the pieces of a text's only line from left to right.
func order(t *testing.T, text string) string {
	t.Helper()
	var got []string
	s := setter(t)
	if err := s.Lay([]Span{{text, Style{Size: 10000}}}, 4_000_000, func(l *Line) error {
		type at struct {
			x    int
			text string
		}
		var list []at
		for i := range l.pieces {
			p := l.pieces[i]
			list = append(list, at{p.x, reading(&Line{pieces: []piece{p}})})
		}
		for len(list) > 0 {
			first := 0
			for i := range list {
				if list[i].x < list[first].x {
					first = i
				}
			}
			if s := strings.TrimSpace(list[first].text); s != "" {
				got = append(got, s)
			}
			list = append(list[:first], list[first+1:]...)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(got, "|")
}

// TestOrderFollowsTheDirectionOfLetters: Hebrew letters have no font here and are drawn as numbers, one by
// one, but they stand where they belong.
func TestOrderFollowsTheDirectionOfLetters(t *testing.T) {
	for text, want := range map[string]string{
		"abc אב def":   "abc|ב|א|def",
		"אב abc גד":    "ד|ג|abc|ב|א",
		"abc אב 12 de": "abc|12|ב|א|de",
		"אב (12) גד":   "ד|ג|)|12|(|ב|א",
		"א\u202eabc":   "abc|\u202e|א",
	} {
		if got := order(t, text); got != want {
			t.Errorf("%q stands as %q, not %q", text, got, want)
		}
	}
}

func TestALongParagraphIsBroken(t *testing.T) {
	text := strings.Repeat("0123456789", 10_000)
	if got := strings.Join(lay(t, setter(t), text, 300000), ""); got != text {
		t.Errorf("%d of %d characters", len(got), len(text))
	}
}

func FuzzLay(f *testing.F) {
	for _, s := range []string{"", "plain", "\xff\xfe", "a\r\nb\tc", "é\u0301\u0302", "אבג 12 (x)", "\u202eabc\u202c", "👨‍👩‍👧🇩🇪1️⃣", "ไทย नमस्ते", strings.Repeat("\u0301", 300), "\u2028\u2029\ufeff\u200b",
		"\U0010ffff\ufffe\ud7ff", strings.Repeat("x", 20_000), "a" + strings.Repeat("\u200d", 90) + "b", "مرحبا لا", "\u00ad\u00a0\u3000"} {
		f.Add(s, 100)
	}
	f.Fuzz(func(t *testing.T, text string, width int) {
		if len(text) > 1<<16 {
			return
		}
		width = 20000 + max(width, -width)%600*1000
		if got := strings.Join(lay(t, setter(t), text, width), ""); got != plain(text) {
			t.Errorf("%q reads as %q", text, got)
		}
	})
}
