package element

import (
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/scan"
)

// Small readers for parts of a record that are kept as raw JSON and rarely looked into.

// Member is a string or number member of a raw object, "" when it is not there.
func Member(raw, name string) string {
	var s scan.Scanner
	s.Reset(raw)
	if s.Kind() != scan.Obj {
		return ""
	}
	out := ""
	for s.Object(); s.Next(); {
		if s.Key() != name {
			s.Skip()
			continue
		}
		switch s.Kind() {
		case scan.Str:
			out = s.String()
		case scan.Num:
			out = s.Number()
		default:
			s.Skip()
		}
	}
	return out
}

// RawMember is a member of a raw object as it stands.
func RawMember(raw, name string) string {
	var s scan.Scanner
	s.Reset(raw)
	if s.Kind() != scan.Obj {
		return ""
	}
	out := ""
	for s.Object(); s.Next(); {
		if s.Key() == name {
			out = s.Raw()
		} else {
			s.Skip()
		}
	}
	return out
}

// Names are the names of a raw object's members, each once, in their order.
func Names(raw string) (names []string) {
	var s scan.Scanner
	s.Reset(raw)
	if s.Kind() != scan.Obj {
		return nil
	}
	seen := map[string]bool{}
	for s.Object(); s.Next(); s.Skip() {
		if !seen[s.Key()] {
			seen[s.Key()] = true
			names = append(names, s.Key())
		}
	}
	return names
}

// Path is Member through objects.
func Path(raw string, names ...string) string {
	for _, n := range names[:len(names)-1] {
		raw = RawMember(raw, n)
	}
	return Member(raw, names[len(names)-1])
}

// Flag is a boolean member.
func Flag(raw, name string) bool { return RawMember(raw, name) == "true" }

// Strings are the strings of a raw array.
func Strings(raw string) []string {
	var s scan.Scanner
	s.Reset(raw)
	if s.Kind() != scan.Arr {
		return nil
	}
	var list []string
	for s.Array(); s.Next(); {
		if s.Kind() == scan.Str {
			list = append(list, s.String())
		} else {
			s.Skip()
		}
	}
	return list
}

// Objects are the elements of a raw array that are objects.
func Objects(raw string) []string {
	var s scan.Scanner
	s.Reset(raw)
	if s.Kind() != scan.Arr {
		return nil
	}
	var list []string
	for s.Array(); s.Next(); {
		if s.Kind() == scan.Obj {
			list = append(list, s.Raw())
		} else {
			s.Skip()
		}
	}
	return list
}

// rawBytes decodes a JSON string, checked before, into the bytes it stands for: invalid UTF-8 stays,
// and a lone surrogate becomes the three bytes that UTF-8 would have for it.
func rawBytes(lit string) []byte {
	if len(lit) < 2 {
		return nil
	}
	lit = lit[1 : len(lit)-1]
	out := make([]byte, 0, len(lit))
	for i := 0; i < len(lit); i++ {
		if lit[i] != '\\' || i+1 >= len(lit) {
			out = append(out, lit[i])
			continue
		}
		i++
		if j := strings.IndexByte(`"\/bfnrt`, lit[i]); j >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[j])
			continue
		}
		r := hex4(lit, i+1)
		i += 4
		if r >= 0xd800 && r < 0xdc00 && i+6 < len(lit) && lit[i+1] == '\\' && lit[i+2] == 'u' {
			if lo := hex4(lit, i+3); lo >= 0xdc00 && lo < 0xe000 {
				out = utf8.AppendRune(out, (r-0xd800)<<10+(lo-0xdc00)+0x10000)
				i += 6
				continue
			}
		}
		if r >= 0xd800 && r < 0xe000 {
			out = append(out, byte(0xe0|r>>12), byte(0x80|r>>6&0x3f), byte(0x80|r&0x3f))
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// hex4 reads four hexadecimal digits, -1 when they are not there.
func hex4(s string, i int) rune {
	if i+4 > len(s) {
		return -1
	}
	var r rune
	for _, c := range []byte(s[i : i+4]) {
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

// Empty tells whether a raw value says nothing: false, null, "", or an array or object of nothing else.
func Empty(raw string) bool {
	switch raw {
	case "", "false", "null", `""`, "[]", "{}":
		return true
	}
	if raw[0] != '{' && raw[0] != '[' || len(raw) > 4096 {
		return false
	}
	var s scan.Scanner
	s.Reset(raw)
	return emptyValue(&s) && s.Err() == nil
}

// emptyValue walks without recursion: any leaf that says something ends it.
func emptyValue(s *scan.Scanner) bool {
	depth := 0
	for {
		switch s.Kind() {
		case scan.Obj:
			s.Object()
			depth++
		case scan.Arr:
			s.Array()
			depth++
		case scan.Str:
			if s.String() != "" {
				return false
			}
		case scan.False:
			s.Bool()
		case scan.Null:
			s.SkipNull()
		default:
			return false
		}
		for depth > 0 && !s.Next() {
			if s.Err() != nil {
				return false
			}
			depth--
		}
		if depth == 0 {
			return s.Err() == nil
		}
	}
}

// Readable is the text in a raw value that stands in members of the given names, one line for each piece.
func Readable(raw string, names map[string]bool) string {
	var s scan.Scanner
	s.Reset(raw)
	var out strings.Builder
	type level struct{ arr bool }
	var open [scan.MaxDepth + 1]level
	depth, show := 0, false
	for s.Err() == nil {
		switch s.Kind() {
		case scan.Obj:
			s.Object()
			depth++
			open[min(depth, scan.MaxDepth)] = level{}
		case scan.Arr:
			s.Array()
			depth++
			open[min(depth, scan.MaxDepth)] = level{arr: true}
		case scan.Str:
			if v := s.String(); show && v != "" {
				if out.Len() > 0 {
					out.WriteByte('\n')
				}
				out.WriteString(v)
			}
		default:
			s.Skip()
		}
		for depth > 0 && !s.Next() {
			if s.Err() != nil {
				return out.String()
			}
			depth--
		}
		if depth == 0 {
			return out.String()
		}
		if !open[min(depth, scan.MaxDepth)].arr {
			show = names[s.Key()]
		}
	}
	return out.String()
}
