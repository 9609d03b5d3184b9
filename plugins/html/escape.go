package html

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// plain marks the bytes that stand in a page as they are. Bytes of other scripts do, but for the few that
// can begin a character which HTML forbids.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c < 0x7f || c > 0x7f && c < 0xf0
	}
	for _, c := range []byte("&<>\"'\xc2\xef") {
		t[c] = false
	}
	t['\n'], t['\t'] = true, true
	return t
}()

// appendText writes s so that it is text wherever it stands: between tags and in quoted attributes. What
// HTML forbids is made visible: control characters as their pictures, the rest as U+FFFD.
func appendText(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	start := 0
	for i := 0; i < len(s); {
		if plain[s[i]] {
			i++
			continue
		}
		n, instead := replacement(s[i:])
		if instead != "" || n < 0 {
			b = append(append(b, s[start:i]...), instead...)
			n = max(n, -n)
			start = i + n
		}
		i += n
	}
	return append(b, s[start:]...)
}

// replacement is what stands for the character that s begins with, and its length; "" when it stands for
// itself, and with a negative length when nothing stands for it.
func replacement(s string) (n int, instead string) {
	switch c := s[0]; {
	case c == '&':
		return 1, "&amp;"
	case c == '<':
		return 1, "&lt;"
	case c == '>':
		return 1, "&gt;"
	case c == '"':
		return 1, "&#34;"
	case c == '\'':
		return 1, "&#39;"
	case c == '\r':
		if len(s) > 1 && s[1] == '\n' {
			return -1, ""
		}
		return 1, "\n"
	case c < ' ':
		return 1, string(rune(0x2400) + rune(c))
	case c == 0x7f:
		return 1, "\u2421"
	}
	r, n := utf8.DecodeRuneInString(s)
	if r >= 0x80 && r < 0xa0 || r >= 0xfdd0 && r <= 0xfdef || r&0xfffe == 0xfffe {
		return n, "\ufffd"
	}
	return n, ""
}

// appendName writes a name: without line breaks, and with the characters that turn the direction of text
// made visible, because a file or a person could pretend to be another with them.
func appendName(b []byte, s string) []byte {
	if strings.IndexFunc(s, turns) >= 0 {
		s = strings.Map(func(r rune) rune {
			switch {
			case r == '\n' || r == '\t' || r == '\r':
				return ' '
			case turns(r):
				return '\ufffd'
			}
			return r
		}, s)
	}
	return appendText(b, s)
}

func turns(r rune) bool {
	return r == '\n' || r == '\t' || r == '\r' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// link is s as an address for a quoted attribute, or "" when it must not be one: only http, https and
// mailto lead anywhere.
func link(s string) string {
	if len(s) > 8<<10 || !utf8.ValidString(s) {
		return ""
	}
	i := strings.IndexByte(s, ':')
	if i < 0 {
		return ""
	}
	switch scheme := strings.ToLower(s[:i]); {
	case scheme == "mailto" && strings.IndexByte(s, '@') > i:
		return address(s, i+1)
	case (scheme == "http" || scheme == "https") && strings.HasPrefix(s[i:], "://"):
		host := i + 3
		end := host
		for end < len(s) && strings.IndexByte("/?#", s[end]) < 0 {
			if c := s[end]; c <= ' ' || c >= utf8.RuneSelf || strings.IndexByte("<>\"\\^`{|}%'", c) >= 0 {
				return ""
			}
			end++
		}
		if end == host {
			return ""
		}
		return address(s, end)
	}
	return ""
}

const hexDigits = "0123456789ABCDEF"

// address encodes what has no place in an address, from byte i on.
func address(s string, i int) string {
	b := append(make([]byte, 0, len(s)+16), s[:i]...)
	hash := false
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && (i+2 >= len(s) || !hexDigit(s[i+1]) || !hexDigit(s[i+2])),
			c <= ' ', c >= 0x7f, strings.IndexByte("<>\"'\\^`{|}[]", c) >= 0, c == '#' && hash:
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		case c == '&':
			b = append(b, "&amp;"...)
		default:
			hash = hash || c == '#'
			b = append(b, c)
		}
	}
	return string(b)
}

func hexDigit(c byte) bool { return c-'0' < 10 || c|0x20-'a' < 6 }

// digest names a folder or a page after a key.
func digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:10])
}

// anchor names the place of a message on its page.
func anchor(key string) string {
	sum := sha256.Sum256([]byte(key))
	var b [13]byte
	b[0] = 'm'
	hex.Encode(b[1:], sum[:6])
	return string(b[:])
}

// appendLine writes a canonical line as a line of a String.raw literal. What would end the literal becomes
// a JSON escape, which the line's reader resolves like any other.
func appendLine(b []byte, line string) []byte {
	for {
		i := strings.IndexAny(line, "`$")
		if i < 0 {
			return append(append(b, line...), '\n')
		}
		b = append(b, line[:i]...)
		switch {
		case line[i] == '`':
			b = append(b, `\u0060`...)
		case i+1 < len(line) && line[i+1] == '{':
			b = append(b, `\u0024`...)
		default:
			b = append(b, '$')
		}
		line = line[i+1:]
	}
}
