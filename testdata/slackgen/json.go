package slackgen

import (
	"strconv"
	"unicode/utf8"
)

// writer appends JSON the way Slack's exporter does: four spaces of indent and "\/" (pretty), or
// on one line as slackdump does. It trusts its caller to open and close in pairs.
type writer struct {
	b      []byte
	depth  int
	first  bool // nothing stands yet in the innermost object or array
	pretty bool // indent, and escape the slash
	ascii  bool // write what is not ASCII as \u escapes
}

const spaces = "                                                                                "

// key starts a member of an object, or an element of an array when k is empty.
func (w *writer) key(k string) {
	if w.depth > 0 {
		if !w.first {
			w.b = append(w.b, ',')
		}
		w.newline()
	}
	w.first = false
	if k != "" {
		w.b = append(w.b, '"')
		w.b = append(w.b, k...)
		w.b = append(w.b, '"', ':')
		if w.pretty {
			w.b = append(w.b, ' ')
		}
	}
}

func (w *writer) newline() {
	if !w.pretty {
		return
	}
	w.b = append(w.b, '\n')
	n := 4 * w.depth
	for n > len(spaces) {
		w.b = append(w.b, spaces...)
		n -= len(spaces)
	}
	w.b = append(w.b, spaces[:n]...)
}

func (w *writer) open(k string, c byte) {
	w.key(k)
	w.b = append(w.b, c)
	w.depth++
	w.first = true
}

func (w *writer) close(c byte) {
	w.depth--
	if !w.first {
		w.newline()
	}
	w.b = append(w.b, c)
	w.first = false
}

func (w *writer) object(k string) { w.open(k, '{') }
func (w *writer) array(k string)  { w.open(k, '[') }
func (w *writer) endObject()      { w.close('}') }
func (w *writer) endArray()       { w.close(']') }

func (w *writer) str(k, v string) {
	w.key(k)
	w.b = w.quote(w.b, v)
}

func (w *writer) num(k string, v int64) {
	w.key(k)
	w.b = strconv.AppendInt(w.b, v, 10)
}

func (w *writer) flag(k string, v bool) {
	w.key(k)
	w.b = strconv.AppendBool(w.b, v)
}

// raw writes v as it stands; it may be no JSON at all.
func (w *writer) raw(k, v string) {
	w.key(k)
	w.b = append(w.b, v...)
}

func (w *writer) ts(k string, us int64) {
	w.key(k)
	w.b = append(appendTS(append(w.b, '"'), us), '"')
}

func (w *writer) list(k string, values ...string) {
	w.array(k)
	for _, v := range values {
		w.str("", v)
	}
	w.endArray()
}

// plain marks the bytes that stand for themselves in a JSON string of either style.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\' && c != '/' && c < utf8.RuneSelf
	}
	return t
}()

func (w *writer) quote(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] || c == '/' && !w.pretty || c >= utf8.RuneSelf && !w.ascii {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			b = appendEscapedRune(b, r)
			i += n
		} else {
			b = appendEscapedByte(b, c)
			i++
		}
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

func appendEscapedByte(b []byte, c byte) []byte {
	switch c {
	case '\n':
		return append(b, '\\', 'n')
	case '\t':
		return append(b, '\\', 't')
	case '\r':
		return append(b, '\\', 'r')
	case '"', '\\', '/':
		return append(b, '\\', c)
	}
	return appendHex(append(b, '\\', 'u'), uint64(c), 4)
}

func appendEscapedRune(b []byte, r rune) []byte {
	if r < 0x10000 {
		return appendHex(append(b, '\\', 'u'), uint64(r), 4)
	}
	r -= 0x10000
	b = appendHex(append(b, '\\', 'u'), uint64(0xd800+r>>10), 4)
	return appendHex(append(b, '\\', 'u'), uint64(0xdc00+r&0x3ff), 4)
}

// appendTS appends microseconds since 1970 as Slack's "seconds.micros".
func appendTS(b []byte, us int64) []byte {
	b = append(strconv.AppendInt(b, us/1e6, 10), '.')
	f := us % 1e6
	for d := int64(100000); d > 0; d /= 10 {
		b = append(b, byte('0'+f/d%10))
	}
	return b
}

func tsString(us int64) string { return string(appendTS(make([]byte, 0, 17), us)) }
