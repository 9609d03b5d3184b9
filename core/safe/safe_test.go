package safe

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestTextMakesUnsafeRunesVisible(t *testing.T) {
	cases := map[string]string{
		"plain":                        "plain",
		"Grüße, 世界, عربي, 👍🏽":          "Grüße, 世界, عربي, 👍🏽",
		"a\x1b[31mb":                   `a\x1b[31mb`,
		"bell\aand\x7f":                `bell\x07and\x7f`,
		"c1 \u009b31m \u0085":          `c1 \u009b31m \u0085`,
		"rtl \u202egpj.exe":            `rtl \u202egpj.exe`,
		"\u061c\u200e\u200f\u2066":     `\u061c\u200e\u200f\u2066`,
		"zero\u200bwidth\ufeff\u2060":  `zero\u200bwidth\ufeff\u2060`,
		"a\nb\r\n\tc":                  `a\nb\r\n\tc`,
		"sep\u2028par\u2029":           `sep\u2028par\u2029`,
		"bad\xffutf\xc3":               `bad\xffutf\xc3`,
		"soft\u00adhyphen":             `soft\u00adhyphen`,
		"tag \U000e0041":               `tag \U000e0041`,
		"x\u200dy":                     `x\u200dy`,
		"\u200d":                       `\u200d`,
		"👩\u200d👩\u200d👧":              "👩\u200d👩\u200d👧",
		"👩🏽\u200d❤\ufe0f\u200d👩":       "👩🏽\u200d❤\ufe0f\u200d👩",
		"👩\u200d\u202eevil":            `👩\u200d\u202eevil`,
		flag("gbeng") + "!":            flag("gbeng") + "!",
		"\U0001f3f4\U000e0067 no end":  "\U0001f3f4" + `\U000e0067 no end`,
		`C:\users\new`:                 `C:\users\new`,
		"osc \x1b]52;c;cm0gLXJm\x07 .": `osc \x1b]52;c;cm0gLXJm\x07 .`,
	}
	for in, want := range cases {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

// flag spells the flag of a region, "gbeng" for England.
func flag(region string) string {
	s := "\U0001f3f4"
	for _, c := range region {
		s += string(0xe0000 + c)
	}
	return s + "\U000e007f"
}

func TestCleanTextCostsNoAllocation(t *testing.T) {
	s := strings.Repeat("Grüße aus 東京 👍 ", 50)
	if n := testing.AllocsPerRun(100, func() { Text(s) }); n != 0 {
		t.Errorf("Text allocates %v times for clean text", n)
	}
}

func TestLineCutsAtDrawnCharacters(t *testing.T) {
	cases := []struct {
		in    string
		width int
		want  string
	}{
		{"short", 10, "short"},
		{"exactly10!", 10, "exactly10!"},
		{"eleven char", 10, "eleven ch…"},
		{"東京都庁", 8, "東京都庁"},
		{"東京都庁", 7, "東京都…"},
		{"東京都庁", 6, "東京…"},
		{"e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"👩\u200d👩\u200d👧 family", 5, "👩\u200d👩\u200d👧 f…"},
		{"a\x1bb", 6, `a\x1bb`},
		{"a\x1bb", 4, `a\x…`},
		{"anything", 1, "…"},
		{"anything", 0, ""},
	}
	for _, c := range cases {
		if got := Line(c.in, c.width); got != c.want {
			t.Errorf("Line(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
}

func TestLineBoundsCombiningMarks(t *testing.T) {
	s := Line("Z"+strings.Repeat("\u0335", 10000)+"algo", 20)
	if len(s) > 20*clusterBytes {
		t.Errorf("one character with 10,000 marks takes %d bytes", len(s))
	}
}

func TestPadFillsToTheColumn(t *testing.T) {
	for _, s := range []string{"", "a", "東京", "a long enough text", "é"} {
		if w := Width(Pad(s, 7)); w != 7 {
			t.Errorf("Pad(%q, 7) is %d columns wide", s, w)
		}
	}
}

func TestWriterKeepsLinesAndJoinsSplitRunes(t *testing.T) {
	var out bytes.Buffer
	w := Writer(&out)
	for _, c := range []byte("panic: \x1b[2Jgone\n\tat 東京\r\nlast \u202e") {
		if _, err := w.Write([]byte{c}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if want := "panic: \\x1b[2Jgone\n\tat 東京\nlast \\u202e"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestWriterBoundsALineWithoutEnd(t *testing.T) {
	var out bytes.Buffer
	w := Writer(&out).(*lineWriter)
	text := strings.Repeat("東", 20000)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if len(w.pending) > lineBytes {
		t.Errorf("%d bytes held back", len(w.pending))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if out.String() != text {
		t.Error("a long line changed")
	}
}

func TestJSONKeepsTheValue(t *testing.T) {
	in := map[string]string{"name": "\u202egpj\u009b.exe \U000e0041 \u007f", "ok": "Grüße 👩\u200d👧"}
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	out := JSON(raw)
	if bytes.ContainsRune(out, 0x202e) || bytes.ContainsRune(out, 0x9b) || bytes.ContainsRune(out, 0xe0041) {
		t.Errorf("unsafe runes left in %q", out)
	}
	var back map[string]string
	if err := json.Unmarshal(out, &back); err != nil {
		t.Fatal(err)
	}
	if back["name"] != in["name"] || back["ok"] != in["ok"] {
		t.Errorf("value changed: %q", back)
	}
}

func TestCountSeparatesThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1: "-1", -1000: "-1,000", -123456: "-123,456"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "plain", "a\x1b[31mb", "\u202e\u200d\ufeff", "👩\u200d👩", flag("gbsct"), "\xff\xfe", "\u0085\u2028", "e\u0301"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		width %= 200
		line := Line(s, width)
		var w bytes.Buffer
		lw := Writer(&w)
		if _, err := lw.Write([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if err := lw.Close(); err != nil {
			t.Fatal(err)
		}
		for _, out := range []string{Text(s), line, Quote(s), strings.NewReplacer("\n", "", "\t", "").Replace(w.String())} {
			if !utf8.ValidString(out) {
				t.Fatalf("not UTF-8: %q", out)
			}
			for i, r := range out {
				if unicode.Is(unicode.Cc, r) || r == 0x2028 || r == 0x2029 || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) || r == 0x200b || r == 0xfeff {
					t.Fatalf("control rune %U at %d in %q", r, i, out)
				}
			}
		}
		if width > 0 && Width(line) > width {
			t.Fatalf("Line(%q, %d) is %d wide: %q", s, width, Width(line), line)
		}
		if len(line) > (max(width, 0)+2)*clusterBytes+len(ellipsis) {
			t.Fatalf("Line has %d bytes for width %d", len(line), width)
		}
	})
}

func BenchmarkTextClean(b *testing.B) {
	s := strings.Repeat("The quick brown fox, 東京. ", 40)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		Text(s)
	}
}

func TestProseKeepsWhatWritingNeeds(t *testing.T) {
	cases := map[string]string{
		"two\r\nlines\rthree\n\tfour":    "two\nlines\nthree\n\tfour",
		"می\u200cخواهم x\u200dy \u200e":  "می\u200cخواهم x\u200dy \u200e",
		"\x1b[31m\x07\x00\x7f\u009b":     `\x1b[31m\x07\x00\x7f\u009b`,
		"\u202eevil\u202c \u2066a\u2069": `\u202eevil\u202c \u2066a\u2069`,
		"\u2028\u2029\v\f\u0085\ufeff":   `\u2028\u2029\x0b\x0c\u0085\ufeff`,
		"bad\xffbyte":                    `bad\xffbyte`,
	}
	for in, want := range cases {
		if got := Prose(in); got != want {
			t.Errorf("Prose(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzProse(f *testing.F) {
	for _, s := range []string{"a\r\nb", "\u2068\u2068a\u2069\u2069", "\x1b[2J", "\u202e", "👩\u200d👩", "\xff\u2069\u2068\n\u2069"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Prose(s)
		if Prose(got) != got || !utf8.ValidString(got) {
			t.Errorf("%q, and again %q", got, Prose(got))
		}
		for line := range strings.SplitSeq(got, "\n") {
			open := 0
			for _, r := range line {
				switch {
				case r == 0x2068:
					open++
				case r == 0x2069:
					open--
				case unicode.IsControl(r) && r != '\t', r >= 0x202a && r <= 0x202e, r == 0x2066, r == 0x2067, r == 0x2028, r == 0x2029:
					t.Errorf("%U in %q", r, got)
				}
				if open < 0 || open > 1 {
					t.Errorf("isolates of %q", got)
				}
			}
			if open != 0 {
				t.Errorf("an isolate leaves its line: %q", got)
			}
		}
	})
}
