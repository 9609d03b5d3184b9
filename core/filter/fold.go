package filter

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// folder brings text to the form in which keywords and names are compared: NFKC (full-width Latin
// and half-width Katakana become ordinary), full case folding, and without characters that are
// invisible (soft hyphens, zero-width and bidi marks, variation selectors).
type folder struct {
	caser   cases.Caser
	a, b, c []byte
}

const keptBuffer = 64 << 10 // a larger scratch buffer is not kept between uses

var folders = sync.Pool{New: func() any { return &folder{caser: cases.Fold()} }}

func (f *folder) release() {
	if cap(f.a) > keptBuffer || cap(f.b) > keptBuffer || cap(f.c) > keptBuffer {
		f.a, f.b, f.c = nil, nil, nil
	}
	folders.Put(f)
}

// append appends the folded s to dst.
func (f *folder) append(dst []byte, s string) []byte {
	f.a = norm.NFKC.AppendString(f.a[:0], s)
	f.b, _, _ = transform.Append(f.caser, f.b[:0], f.a)
	b := f.b
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			dst, b = append(dst, b[0]), b[1:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		if !Invisible(r) {
			dst = append(dst, b[:n]...)
		}
		b = b[n:]
	}
	return dst
}

// Fold is s in the form in which names and folded keywords are compared.
func Fold(s string) string {
	for i := 0; ; i++ {
		if i == len(s) {
			return s
		}
		if s[i] >= utf8.RuneSelf || s[i]-'A' < 26 {
			break
		}
	}
	f := folders.Get().(*folder)
	out := string(f.append(nil, s))
	f.release()
	return out
}

// Invisible tells whether r is a default-ignorable code point: it cannot be seen.
func Invisible(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x3164, r == 0xFEFF, r == 0xFFA0:
		return true
	case r >= 0x180B && r <= 0x180F, r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xFFF0 && r <= 0xFFF8, r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return false
}

// simple gives the folded form of the non-ASCII runes for which one rune suffices and which never
// combine with a rune before them, so that text made of them and ASCII needs no scratch buffer.
// A test holds it to what folder.append does, rune by rune.
func simple(r rune) (rune, bool) {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0x3400 && r <= 0x4DBF, r >= 0xAC00 && r <= 0xD7A3: // Han, Hangul syllables
		return r, true
	case r >= 0x3041 && r <= 0x3096, r >= 0x30A1 && r <= 0x30FA, r == 0x30FB, r == 0x30FC: // kana
		return r, true
	case r >= 0x3001 && r <= 0x3020: // CJK punctuation
		return r, true
	case r >= 0xFF21 && r <= 0xFF3A: // full-width capitals
		return r - 0xFEE0 + 0x20, true
	case r >= 0xFF01 && r <= 0xFF5E: // full-width ASCII
		return r - 0xFEE0, true
	case r == 0x3000, r == 0xA0:
		return ' ', true
	case r == 0x2013, r == 0x2014, r >= 0x2018 && r <= 0x201D, r == 0x2022:
		return r, true
	case r >= 0xC0 && r <= 0xDE && r != 0xD7: // Latin-1 capitals
		return r + 0x20, true
	case r >= 0xE0 && r <= 0xFE, r == 0xD7:
		return r, true
	case r >= 0x410 && r <= 0x42F: // Cyrillic
		return r + 0x20, true
	case r >= 0x400 && r <= 0x40F:
		return r + 0x50, true
	case r >= 0x430 && r <= 0x45F:
		return r, true
	case r >= 0x5D0 && r <= 0x5EA, r >= 0x620 && r <= 0x64A: // Hebrew, Arabic
		return r, true
	case r >= 0x1F300 && r <= 0x1F64F, r >= 0x1F680 && r <= 0x1F6FF, r >= 0x1F900 && r <= 0x1FAFF: // emoji
		return r, true
	}
	return 0, false
}
