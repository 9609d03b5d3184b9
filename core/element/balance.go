package element

import "github.com/chatferry/chatferry/core/scan"

// balance finds the end of a JSON value by its brackets and quotes alone, over any number of pieces.
type balance struct {
	started, scalar, inString, escaped bool
	depth                              int
}

// feed looks at the next piece and gives the length of the part that belongs to the value, and
// whether the value ends there.
func (b *balance) feed(s string) (n int, done bool) {
	for i := 0; i < len(s); i++ {
		if b.inString && !b.escaped {
			if i = scan.PlainRun(s, i); i >= len(s) {
				break
			}
		}
		c := s[i]
		switch {
		case b.escaped:
			b.escaped = false
		case b.inString:
			switch c {
			case '\\':
				b.escaped = true
			case '"':
				b.inString = false
				if b.depth == 0 {
					return i + 1, true
				}
			}
		case c == '"':
			b.started, b.inString = true, true
		case c == '{' || c == '[':
			b.started = true
			b.depth++
		case c == '}' || c == ']':
			if b.depth == 0 {
				return i, true
			}
			if b.depth--; b.depth == 0 {
				return i + 1, true
			}
		case b.depth == 0 && b.scalar && (c <= ' ' || c == ','):
			return i, true
		case b.depth == 0 && !b.started && c > ' ':
			b.started, b.scalar = true, true
		}
	}
	return len(s), false
}

// valueEnd is the length of the value at the start of s. At the end of a file a bare word or number
// needs nothing behind it.
func valueEnd(s string, eof bool) (n int, whole bool) {
	var b balance
	n, whole = b.feed(s)
	return n, whole || eof && b.scalar
}
