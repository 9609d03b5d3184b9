package transform

import (
	"unicode"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/filter"
)

// skeleton is a text as detectors read it: one ASCII byte for each character. Full-width and foreign
// digits are digits, all dashes "-", all spaces " ", invisible characters are left out, and every other
// character outside ASCII is one byte that is neither letter nor digit.
type skeleton struct {
	text []byte
	at   []int32 // where each byte of text stands in the original, and the original's length
	same bool    // text is the original, at is not used
}

// otherRune stands for a character that no detector knows.
const otherRune = 1

// span translates a place in the skeleton to one in the original.
func (s *skeleton) span(start, end int) (int, int) {
	if s.same {
		return start, end
	}
	return int(s.at[start]), int(s.at[end-1]) + s.width(end-1)
}

// width is how many bytes of the original a byte of the skeleton stands for, with what is invisible after it.
func (s *skeleton) width(i int) int { return int(s.at[i+1] - s.at[i]) }

// worth tells whether t holds a digit or an "@" in any script, without which no detector finds anything.
func worth(t string) (found, ascii bool) {
	ascii = true
	for i := 0; i < len(t); {
		c := t[i]
		if c < utf8.RuneSelf {
			found = found || c-'0' < 10 || c == '@'
			i++
			continue
		}
		ascii = false
		if found {
			return true, false
		}
		r, n := utf8.DecodeRuneInString(t[i:])
		if plainRune(r) {
			i += n
			continue
		}
		if c := asciiOf(r); c-'0' < 10 || c == '@' {
			return true, false
		}
		i += n
	}
	return found, ascii
}

// plainRune is a quick answer for the letters of CJK text.
func plainRune(r rune) bool { return r >= 0x3041 && r <= 0x9FFF || r >= 0xAC00 && r <= 0xD7A3 }

// asciiOf is the byte for a character outside ASCII; 0 leaves it out.
func asciiOf(r rune) byte {
	switch {
	case plainRune(r):
		return otherRune
	case r >= 0xFF01 && r <= 0xFF5E:
		return byte(r - 0xFEE0)
	case r == 0xA0, r >= 0x2000 && r <= 0x200A, r == 0x202F, r == 0x205F, r == 0x3000:
		return ' '
	case r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0xFE58, r == 0xFE63, r == 0x2043:
		return '-'
	case filter.Invisible(r):
		return 0
	case unicode.IsDigit(r):
		return digitOf(r)
	}
	return otherRune
}

// digitOf: the ten digits of a script stand together, in order, and no two scripts' touch but at a multiple of ten.
func digitOf(r rune) byte {
	n := byte(0)
	for unicode.IsDigit(r-1) && n < 255 {
		r--
		n++
	}
	return '0' + n%10
}

func (s *skeleton) build(t string, ascii bool) {
	s.text, s.at, s.same = s.text[:0], s.at[:0], ascii
	if ascii {
		s.text = append(s.text, t...)
		return
	}
	for i := 0; i < len(t); {
		c, n := t[i], 1
		if c >= utf8.RuneSelf {
			var r rune
			r, n = utf8.DecodeRuneInString(t[i:])
			c = asciiOf(r)
		} else if c == 0 {
			c = otherRune
		}
		if c != 0 {
			s.text = append(s.text, c)
			s.at = append(s.at, int32(i))
		}
		i += n
	}
	s.at = append(s.at, int32(len(t)))
}

func isDigit(c byte) bool { return c-'0' < 10 }
func isAlpha(c byte) bool { return (c|0x20)-'a' < 26 }
func isAlnum(c byte) bool { return isDigit(c) || isAlpha(c) }
