package safe

import (
	"strings"
	"unicode/utf8"
)

// Prose makes text of several lines fit for a document that may be shown by a terminal or an editor: what
// could drive a terminal or turn a line around is spelled out as Text does it. Line ends are "\n"; tabs stay,
// and so do the invisible characters that scripts need to join, part or point their letters, and isolates that
// are closed on their line: these keep what is inside them from what is around. Prose of prose is the same.
func Prose(s string) string {
	var out []byte
	from, closing := 0, -1 // closing is where the isolate ends that is open
	for i := 0; i < len(s); {
		if c := s[i]; c >= 0x20 && c < 0x7f || c == '\n' || c == '\t' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		bad := r == utf8.RuneError && n == 1
		switch {
		case r == isolate:
			end := strings.IndexAny(s[i+n:], "\n\r\u2066\u2067\u2068\u2069")
			if end >= 0 && strings.HasPrefix(s[i+n+end:], "\u2069") && closing < i {
				closing = i + n + end
				i += n
				continue
			}
		case i == closing, !bad && !unsafeRune(r), parts(r), !bad && joins(s, i, n, r):
			i += n
			continue
		}
		out = append(out, s[from:i]...)
		switch {
		case r == '\r':
			out = append(out, '\n')
			if strings.HasPrefix(s[i+1:], "\n") {
				n = 2
			}
		case bad:
			out = appendByte(out, s[i])
		default:
			out = appendEscape(out, r)
		}
		i += n
		from = i
	}
	if from == 0 {
		return s
	}
	return string(append(out, s[from:]...))
}

// isolate opens a run of text that has the direction of its first letter.
const isolate = 0x2068

// parts tells whether r is one of the invisible characters that writing needs: soft hyphen, Arabic letter mark,
// zero-width space, the two joiners, the two direction marks (which point, and hold no state), word joiner.
func parts(r rune) bool { return r == 0xad || r == 0x61c || r >= 0x200b && r <= 0x200f || r == 0x2060 }
