package markup

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Unit is what a target counts a text's length in.
type Unit string

// Units.
const (
	Runes Unit = "rune"
	UTF16 Unit = "utf16"
	Bytes Unit = "byte"
)

// Size is the length of s in a unit.
func (u Unit) Size(s string) int {
	switch u {
	case Bytes:
		return len(s)
	case UTF16:
		n := 0
		for _, r := range s {
			n++
			if r > 0xffff {
				n++
			}
		}
		return n
	}
	return utf8.RuneCountInString(s)
}

// within is the largest byte length of a prefix of s, at a rune's border, that has at most limit units.
func (u Unit) within(s string, limit int) int {
	n := 0
	for i, r := range s {
		switch {
		case u == Bytes:
			n += utf8.RuneLen(r)
		case u == UTF16 && r > 0xffff:
			n += 2
		default:
			n++
		}
		if n > limit {
			return i
		}
	}
	return len(s)
}

// Split cuts valid UTF-8 text into parts of at most limit units: between paragraphs where it can, else
// lines, else words, else graphemes. White space at a cut goes. A fenced block that is cut is closed and
// opened again. With inert set each part is made inert by itself. Parts joined by white space
// hold every other character of s. Splitting a part again gives that part.
func Split(s string, limit int, u Unit, inert bool) []string {
	if limit <= 0 || len(s) <= limit {
		return []string{s}
	}
	var parts []string
	for s != "" {
		if u.within(s, limit) == len(s) {
			last := s
			if inert {
				last = Inert(s)
			}
			if u.within(last, limit) == len(last) {
				return append(parts, last)
			}
		}
		part, rest := cut(s, limit, u, inert)
		parts = append(parts, part)
		s = rest
	}
	return parts
}

// cut takes the first part of s, which is too long.
func cut(s string, limit int, u Unit, inert bool) (part, rest string) {
	room := limit
	for try := 0; ; try++ {
		n := border(s, u.within(s, room))
		if try > 8 || n == 0 {
			n = max(u.within(s, min(room, limit/2+1)), 1)
			for n < len(s) && !utf8.RuneStart(s[n]) {
				n++
			}
		}
		part, rest = strings.TrimRight(s[:n], " \n"), strings.TrimLeft(s[n:], "\n")
		if prefix, fence, info := openFence(part); fence != "" && len(prefix)+len(fence)+len(info) < limit/8 && rest != "" {
			part += "\n" + prefix + fence
			rest = prefix + fence + info + "\n" + rest
		}
		if inert {
			part = Inert(part)
		}
		over := u.Size(part) - limit
		if over <= 0 && len(rest) < len(s) || try > 16 {
			return part, rest
		}
		room = max(room-max(over, 1), 1)
	}
}

// border is the best place to cut at or before n.
func border(s string, n int) int {
	half := s[n/2 : n]
	for _, sep := range [...]string{"\n\n", "\n", " "} {
		if i := strings.LastIndex(half, sep); i >= 0 {
			return n/2 + i + len(sep)
		}
	}
	return grapheme(s, n)
}

// grapheme is the last border between user-perceived characters at or before n. It looks back to an
// ASCII character for a place to start; when there is none near by, a rune's border must do.
func grapheme(s string, n int) int {
	if n >= len(s) {
		return n
	}
	from := n - 1
	for from > 0 && n-from < 4096 && (s[from] >= utf8.RuneSelf || s[from] < 'A') {
		from--
	}
	for from > 0 && !utf8.RuneStart(s[from]) {
		from++
	}
	state, at := -1, from
	rest := s[from:min(len(s), n+1024)]
	for rest != "" {
		var c string
		c, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if at+len(c) > n {
			break
		}
		at += len(c)
	}
	if at == from {
		at = n
	}
	for at > 1 && s[at-1] == '\\' { // never between an escape and its character
		at--
	}
	return at
}

// openFence finds the fenced block that is open at the end of s.
func openFence(s string) (prefix, fence, info string) {
	for s != "" {
		line := s
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			line, s = s[:i], s[i+1:]
		} else {
			s = ""
		}
		i := 0
		for i < len(line) && (line[i] == ' ' || line[i] == '>') {
			i++
		}
		n := ticksAt(line, i)
		switch {
		case fence == "" && n >= 3 && strings.IndexByte(line[i+n:], '`') < 0:
			prefix, fence, info = line[:i], line[i:i+n], line[i+n:]
		case fence != "" && n >= len(fence) && strings.TrimSpace(line[i+n:]) == "":
			prefix, fence, info = "", "", ""
		}
	}
	return prefix, fence, info
}
