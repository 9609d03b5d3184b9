package scan

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// String takes a string.
func (s *Scanner) String() string {
	if s.Kind() != Str {
		s.Failf("expected a string")
		return ""
	}
	s.pos++
	start := s.pos
	ascii := true
	for i := PlainRun(s.in, start); i < len(s.in); i++ {
		switch c := s.in[i]; {
		case c == '"':
			s.pos = i + 1
			out := s.in[start:i]
			if !ascii && !utf8.ValidString(out) {
				s.Lossy = true
				out = strings.ToValidUTF8(out, "\ufffd")
			}
			return out
		case c == '\\':
			return s.escaped(start, i)
		case c < 0x20:
			s.pos = i
			s.Failf("control character in a string")
			return ""
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	s.pos = len(s.in)
	s.Failf("string does not end")
	return ""
}

// PlainRun gives the end of a run of bytes in s, from i on, that stand for themselves in a JSON string:
// ASCII without control characters, quote and backslash. The run may be shorter than it could be by up
// to seven bytes; it is found eight bytes at a time.
func PlainRun(s string, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		b := s[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, slash := x^ones*'"', x^ones*'\\'
		if ((x-ones*0x20)&^x|(quote-ones)&^quote|(slash-ones)&^slash|x)&highs != 0 {
			break
		}
	}
	return i
}

// escaped finishes a string whose first backslash is at i.
func (s *Scanner) escaped(start, i int) string {
	out := make([]byte, 0, i-start+64)
	out = append(out, s.in[start:i]...)
	for i < len(s.in) {
		c := s.in[i]
		switch {
		case c == '"':
			s.pos = i + 1
			if !utf8.Valid(out) {
				s.Lossy = true
				return strings.ToValidUTF8(string(out), "\ufffd")
			}
			return string(out)
		case c < 0x20:
			s.pos = i
			s.Failf("control character in a string")
			return ""
		case c != '\\':
			end := max(PlainRun(s.in, i), i+1)
			out = append(out, s.in[i:end]...)
			i = end
			continue
		}
		if i+1 >= len(s.in) {
			break
		}
		switch e := s.in[i+1]; e {
		case '"', '\\', '/':
			out = append(out, e)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, n := s.unicode(i)
			if n == 0 {
				s.pos = i
				s.Failf("invalid \\u escape")
				return ""
			}
			out = utf8.AppendRune(out, r)
			i += n
			continue
		default:
			s.pos = i
			s.Failf("invalid escape")
			return ""
		}
		i += 2
	}
	s.pos = len(s.in)
	s.Failf("string does not end")
	return ""
}

// unicode decodes the \uXXXX at i, with its pair for a surrogate, and returns its length.
func (s *Scanner) unicode(i int) (rune, int) {
	r := hex4(s.in, i+2)
	if r < 0 {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if i+7 < len(s.in) && s.in[i+6] == '\\' && s.in[i+7] == 'u' {
		if p := utf16.DecodeRune(r, hex4(s.in, i+8)); p != utf8.RuneError {
			return p, 12
		}
	}
	s.Lossy = true
	return utf8.RuneError, 6
}

func hex4(in string, i int) rune {
	if i+4 > len(in) {
		return -1
	}
	var r rune
	for _, c := range []byte(in[i : i+4]) {
		switch {
		case c-'0' < 10:
			r = r<<4 | rune(c-'0')
		case (c|0x20)-'a' < 6:
			r = r<<4 | rune((c|0x20)-'a'+10)
		default:
			return -1
		}
	}
	return r
}

// skipString checks a string without building it.
func (s *Scanner) skipString() {
	if s.at() != '"' {
		s.Failf("expected a string")
		return
	}
	i := PlainRun(s.in, s.pos+1)
	for i < len(s.in) {
		switch c := s.in[i]; {
		case c == '"':
			s.pos = i + 1
			return
		case c < 0x20:
			s.pos = i
			s.Failf("control character in a string")
			return
		case c == '\\':
			if i+1 >= len(s.in) {
				break
			}
			switch s.in[i+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i++
			case 'u':
				if hex4(s.in, i+2) < 0 {
					s.pos = i
					s.Failf("invalid \\u escape")
					return
				}
				i += 5
			default:
				s.pos = i
				s.Failf("invalid escape")
				return
			}
		}
		i++
	}
	s.pos = len(s.in)
	s.Failf("string does not end")
}
