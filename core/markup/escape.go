package markup

import (
	"html"
	"strings"
	"unicode/utf8"
)

// special marks the bytes that escape must look at.
var special = func() (t [256]bool) {
	for _, c := range []byte("\\`*_[|~@#>-+.)=\n\r\t \x00hH") {
		t[c] = true
	}
	for _, c := range []byte("<&:") {
		t[c] = true
	}
	for c := utf8.RuneSelf; c < 256; c++ {
		t[c] = true
	}
	return t
}()

// escape writes text so that the dialect shows it as it is.
func (r *Renderer) escape(b []byte, s string) []byte {
	if !r.markdown {
		return r.lines(b, clean(s, &r.lost))
	}
	s = clean(s, &r.lost)
	start := 0
	line := r.lineStart(b)
	for i := 0; i < len(s); {
		c := s[i]
		if !special[c] {
			i++
			line = false
			continue
		}
		if line {
			b = append(b, s[start:i]...)
			n := 0
			b, n = r.opening(b, s[i:])
			i += n
			start = i
			line = false
			if n > 0 {
				continue
			}
		}
		switch {
		case c == '\n':
			b = append(b, s[start:i]...)
			if i++; r.common && len(b) > r.start && b[len(b)-1] != '\n' && strings.HasPrefix(s[i:], "\n") && i+1 < len(s) {
				b = r.newline(r.newline(r.ending(b))) // a new paragraph
				i++
			} else {
				b = r.breakLine(b)
			}
			start = i
			line = true
		case c == '@' && r.inert && broadcast(s, i) > 0:
			n := broadcast(s, i)
			b = append(b, s[start:i]...)
			if len(b) > r.start && b[len(b)-1] == '`' {
				b = append(b, ' ')
			}
			b = append(append(append(b, '`'), s[i:i+n]...), '`')
			i += n
			start = i
		case (c == 'h' || c == 'H') && (i == 0 || !wordByte(s[i-1])):
			n := urlRun(s[i:])
			if r.common && r.linked {
				n = 0
			} else if r.common && n > 0 {
				n = len(strings.TrimRight(s[i:i+n], ".,;:!?)'"))
				b = append(append(append(append(b, s[start:i]...), '<'), s[i:i+n]...), '>')
				start = i + n
			}
			i += max(1, n)
		case r.common && c == '\\' && (i+1 == len(s) || s[i+1] == '\n'): // beside the backslash that keeps a line end
			b = append(append(b, s[start:i]...), "&#92;"...)
			i++
			start = i
		case mustEscape(s, i), r.common && mustEscapeCommon(s, i):
			b = append(append(b, s[start:i]...), '\\', c)
			i++
			start = i
		default:
			i++
		}
	}
	return append(b, s[start:]...)
}

// apart makes mentions of everybody harmless in plain text, which has no code: "@ all".
func apart(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if s[i] == '@' && broadcast(s, i) > 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func (r *Renderer) lineStart(b []byte) bool {
	return len(b) == r.start || len(b)-len(r.prefix) >= r.start && (len(b) == r.start+len(r.prefix) || b[len(b)-1-len(r.prefix)] == '\n')
}

// opening writes what a line begins with, when that would make it a heading, a quote, a list, a
// rule or code, and returns how many bytes it took.
func (r *Renderer) opening(b []byte, s string) ([]byte, int) {
	i := 0
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	if r.common && i > 0 {
		return r.blanks(b, s[:i]), i
	}
	if i >= 4 || i > 0 && strings.IndexByte(s[:i], '\t') >= 0 { // would be code
		for _, c := range []byte(s[:i]) {
			n := 1
			if c == '\t' {
				n = 4
			}
			for range n {
				b = append(b, "\u00a0"...)
			}
		}
		return b, i
	}
	b = append(b, s[:i]...)
	if i == len(s) {
		return b, i
	}
	if r.common && (strings.HasPrefix(s[i:], ":-") || strings.HasPrefix(s[i:], "-:")) { // of a table
		return append(b, '\\', s[i]), i + 1
	}
	switch c := s[i]; c {
	case '#', '>', '=':
		return append(b, '\\', c), i + 1
	case '-', '+':
		if i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '\t' || s[i+1] == '\n' || s[i+1] == c {
			return append(b, '\\', c), i + 1
		}
	}
	return b, i
}

// blanks writes white space that begins or ends a line so that it is seen as such.
func (r *Renderer) blanks(b []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c == '\t' {
			b = append(b, "&#9;"...)
		} else {
			b = append(b, "&#32;"...)
		}
	}
	return b
}

// ending is b with what would be dropped at a paragraph's end.
func (r *Renderer) ending(b []byte) []byte {
	n := len(b)
	for n > r.start && (b[n-1] == ' ' || b[n-1] == '\t') {
		n--
	}
	return r.blanks(b[:n], string(b[n:]))
}

// mustEscape tells whether the byte at i could begin or end markup inside a line.
func mustEscape(s string, i int) bool {
	switch c := s[i]; c {
	case '\\', '`', '*', '[', '|':
		return true
	case '_':
		return i == 0 || i+1 == len(s) || !wordByte(s[i-1]) || !wordByte(s[i+1])
	case '~':
		return i > 0 && s[i-1] == '~' || i+1 == len(s) || s[i+1] == '~'
	case '.', ')': // "1." opens a list
		j := i
		for j > 0 && s[j-1]-'0' < 10 {
			j--
		}
		return j < i && i-j < 10 && (i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '\t' || s[i+1] == '\n') && startsLine(s, j)
	}
	return false
}

// mustEscapeCommon tells the same of what only CommonMark reads as markup: tags, entities, more underscores and single tildes.
func mustEscapeCommon(s string, i int) bool {
	next := byte(' ')
	if i+1 < len(s) {
		next = s[i+1]
	}
	switch s[i] {
	case '<':
		return next|0x20 >= 'a' && next|0x20 <= 'z' || next == '/' || next == '!' || next == '?'
	case '&':
		return next|0x20 >= 'a' && next|0x20 <= 'z' || next == '#'
	case '_':
		return i == 0 || i+1 == len(s) || s[i-1] == '_' || s[i+1] == '_'
	case '~': // one strikes as two do
		return true
	}
	return false
}

func startsLine(s string, j int) bool {
	for j > 0 && s[j-1] == ' ' {
		j--
	}
	return j == 0 || s[j-1] == '\n'
}

// wordByte tells whether c continues a word; bytes of other scripts do.
func wordByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' || c >= utf8.RuneSelf
}

// urlRun is the length of the web address that s begins with, up to a byte that could be markup.
func urlRun(s string) int {
	n := 0
	if len(s) > 8 && strings.EqualFold(s[:8], "https://") {
		n = 8
	} else if len(s) > 7 && strings.EqualFold(s[:7], "http://") {
		n = 7
	} else {
		return 0
	}
	for n < len(s) && s[n] > ' ' && s[n] < 0x7f && strings.IndexByte("<>\"`[]*~|\\@", s[n]) < 0 {
		n++
	}
	return n
}

var broadcasts = [...]string{"all", "here", "channel", "everyone"}

// broadcast is the length of the mention of everybody at s[i], or 0. A word that goes on with a
// letter, a digit or "_" is none; "@all-hands" is one, because Mattermost reads it so.
func broadcast(s string, i int) int {
	if i > 0 && (s[i-1]|0x20 >= 'a' && s[i-1]|0x20 <= 'z' || s[i-1] >= '0' && s[i-1] <= '9') {
		return 0
	}
	for _, w := range broadcasts {
		end := i + 1 + len(w)
		if end <= len(s) && strings.EqualFold(s[i+1:end], w) && (end == len(s) || !wordByte(s[end])) {
			return 1 + len(w)
		}
	}
	return 0
}

// clean makes s valid UTF-8 with newlines only, and without NUL, which targets' databases refuse.
func clean(s string, lost *bool) string {
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\ufffd")
		*lost = true
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
		*lost = true
	}
	return s
}

// fromMrkdwn takes the escapes of Slack's text format away: entities, and tokens in angle brackets
// become their label.
func fromMrkdwn(s string) string {
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		j := strings.IndexByte(s[i:], '>')
		if j < 0 {
			break
		}
		b.WriteString(s[:i])
		token := s[i+1 : i+j]
		target, label, ok := strings.Cut(token, "|")
		switch {
		case ok && label != "":
			if token != "" && token[0] == '@' && label[0] != '@' {
				b.WriteByte('@')
			}
			b.WriteString(label)
			if strings.Contains(target, "://") && label != target {
				b.WriteString(" (" + target + ")")
			}
		case strings.HasPrefix(target, "!"):
			b.WriteString("@" + target[1:])
		default:
			b.WriteString(target)
		}
		s = s[i+j+1:]
	}
	b.WriteString(s)
	return entities.Replace(b.String())
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// fromHTML takes tags away and resolves entities.
func fromHTML(s string) string {
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '<')
		j := -1
		if i >= 0 {
			j = strings.IndexByte(s[i:], '>')
		}
		if j < 0 {
			break
		}
		b.WriteString(s[:i])
		switch tag := strings.ToLower(strings.Trim(s[i+1:i+j], "/ ")); {
		case tag == "br", tag == "p", tag == "div", tag == "li", tag == "tr":
			b.WriteByte('\n')
		}
		s = s[i+j+1:]
	}
	b.WriteString(s)
	return strings.Trim(html.UnescapeString(b.String()), "\n")
}
