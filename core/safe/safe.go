// Package safe makes text from outside fit for a terminal, a log or an error line: everything that
// could move a cursor, change colours, reorder the line or hide characters becomes visible.
//
// Invariants:
//   - What Text, Line and JSON return holds no control character, no bidirectional control, no
//     line or paragraph separator and no invisible format character, and is valid UTF-8. The one
//     exception are the joiners and tags inside an emoji, which only ever draw one picture.
//   - Clean text comes back as the same string, without an allocation.
//   - The escapes are for eyes, not for machines: a backslash in the text stays as it is, so Text
//     can't be reversed. JSON changes nothing but spelling: it decodes to the same value.
package safe

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Text returns s with every unsafe rune spelled out: "\n", "\x1b", "\u202e", "\U000e0001"; a byte
// that is not UTF-8 becomes "\xff".
func Text(s string) string {
	i := clean(s)
	if i == len(s) {
		return s
	}
	out := make([]byte, 0, len(s)+16)
	out = append(out, s[:i]...)
	return string(appendText(out, s, i))
}

// clean is the length of the longest prefix of s that needs no escape.
func clean(s string) int {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < 0x20 || c == 0x7f {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if (r == utf8.RuneError && n == 1) || (unsafeRune(r) && !joins(s, i, n, r)) {
			return i
		}
		i += n
	}
	return len(s)
}

// appendText appends s[i:], escaped, to out. It sees the whole of s because whether a joiner is
// part of an emoji depends on its neighbours.
func appendText(out []byte, s string, i int) []byte {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			out = appendByte(out, s[i])
		case unsafeRune(r) && !joins(s, i, n, r):
			out = appendEscape(out, r)
		default:
			out = append(out, s[i:i+n]...)
		}
		i += n
	}
	return out
}

func appendByte(out []byte, c byte) []byte {
	return append(out, '\\', 'x', hex[c>>4], hex[c&15])
}

func appendEscape(out []byte, r rune) []byte {
	switch {
	case r == '\n':
		return append(out, '\\', 'n')
	case r == '\r':
		return append(out, '\\', 'r')
	case r == '\t':
		return append(out, '\\', 't')
	case r < utf8.RuneSelf:
		return appendByte(out, byte(r))
	case r > 0xffff:
		out = append(out, '\\', 'U')
		return appendHex(out, uint32(r), 8)
	}
	out = append(out, '\\', 'u')
	return appendHex(out, uint32(r), 4)
}

const hex = "0123456789abcdef"

func appendHex(out []byte, v uint32, digits int) []byte {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		out = append(out, hex[v>>shift&15])
	}
	return out
}

// unsafeRune tells whether r may not reach a terminal: controls (Cc), format characters (Cf) but
// those that are drawn (Arabic number signs), and the two separators.
func unsafeRune(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r < 0xad:
		return false
	case r == 0x2028, r == 0x2029, r == 0xfffe, r == 0xffff:
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

const (
	zwj       = 0x200d
	blackFlag = 0x1f3f4
	cancelTag = 0xe007f
	tagFirst  = 0xe0020
	maxTags   = 16 // the longest flag of a region has six
)

// joins tells whether the unsafe rune r of n bytes at s[i] is a harmless part of an emoji: a
// zero-width joiner between two emoji, or a tag in the flag of a region that is closed properly.
func joins(s string, i, n int, r rune) bool {
	switch {
	case r == zwj:
		next, _ := utf8.DecodeRuneInString(s[i+n:])
		return pictograph(next) && endsInEmoji(s[:i])
	case r >= tagFirst && r <= cancelTag:
		return flagBefore(s[:i]) && cancelAfter(s[i:])
	}
	return false
}

// endsInEmoji looks back over a variation selector and a skin tone.
func endsInEmoji(s string) bool {
	for range 3 {
		r, n := utf8.DecodeLastRuneInString(s)
		if r != 0xfe0f && (r < 0x1f3fb || r > 0x1f3ff) {
			return pictograph(r)
		}
		s = s[:len(s)-n]
	}
	return false
}

// flagBefore looks back over tags to the black flag that carries them.
func flagBefore(s string) bool {
	for range maxTags {
		r, n := utf8.DecodeLastRuneInString(s)
		if r == blackFlag {
			return true
		}
		if r < tagFirst || r >= cancelTag {
			return false
		}
		s = s[:len(s)-n]
	}
	return false
}

// cancelAfter looks forward over tags to the one that ends them.
func cancelAfter(s string) bool {
	for range maxTags {
		r, n := utf8.DecodeRuneInString(s)
		if r == cancelTag {
			return true
		}
		if r < tagFirst || r > cancelTag {
			return false
		}
		s = s[n:]
	}
	return false
}

// pictograph tells whether r can stand on either side of a joiner. The ranges are generous within
// the symbol blocks: none of them holds letters.
func pictograph(r rune) bool {
	switch {
	case r >= 0x2190 && r <= 0x21ff, r >= 0x2300 && r <= 0x23ff, r >= 0x2600 && r <= 0x27bf, r >= 0x2b00 && r <= 0x2bff:
		return true
	}
	return r >= 0x1f000 && r <= 0x1faff
}

// JSON returns JSON text with every unsafe rune written as a \u escape. Such runes can stand only
// inside strings, so the value stays the same. Line breaks and tabs between values are kept.
func JSON(b []byte) []byte {
	s := string(b)
	var out []byte
	last := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf && c != 0x7f {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			out = append(append(out, s[last:i]...), `\ufffd`...)
			last = i + n
		} else if unsafeRune(r) && !joins(s, i, n, r) {
			out = append(out, s[last:i]...)
			out = appendUTF16(out, r)
			last = i + n
		}
		i += n
	}
	if last == 0 {
		return b
	}
	return append(out, s[last:]...)
}

func appendUTF16(out []byte, r rune) []byte {
	if r > 0xffff {
		r -= 0x10000
		out = appendHex(append(out, '\\', 'u'), uint32(0xd800+r>>10), 4)
		return appendHex(append(out, '\\', 'u'), uint32(0xdc00+r&0x3ff), 4)
	}
	return appendHex(append(out, '\\', 'u'), uint32(r), 4)
}

// Quote is Text between double quotes, with quotes and backslashes inside escaped.
func Quote(s string) string {
	out := append(make([]byte, 0, len(s)+2), '"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			out = appendByte(out, s[i])
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case unsafeRune(r) && !joins(s, i, n, r):
			out = appendEscape(out, r)
		default:
			out = append(out, s[i:i+n]...)
		}
		i += n
	}
	return string(append(out, '"'))
}

// Count writes n with thousands separated by commas.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	head := len(s) % 3
	if n < 0 {
		head = (len(s)-1)%3 + 1
	}
	out := append(make([]byte, 0, len(s)+len(s)/3), s[:head]...)
	for i := head; i < len(s); i += 3 {
		if i > 0 && s[i-1] != '-' {
			out = append(out, ',')
		}
		out = append(out, s[i:i+3]...)
	}
	return string(out)
}
