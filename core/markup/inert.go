package markup

import "strings"

// Inert gives Markdown in which no mention of everybody stands outside code. It is idempotent, and
// gives s itself when there is nothing to do.
func Inert(s string) string {
	if !hasBroadcast(s) {
		return s
	}
	return string(appendInert(nil, s))
}

func hasBroadcast(s string) bool {
	for i := 0; ; i++ {
		j := strings.IndexByte(s[i:], '@')
		if j < 0 {
			return false
		}
		if i += j; broadcast(s, i) > 0 {
			return true
		}
	}
}

// appendInert copies code spans on one line and fenced blocks as they are: these are what every
// reader of Markdown agrees to be code. Backticks that close nothing are escaped when, and only
// when, something was put in a code span, because they would pair with it.
func appendInert(b []byte, s string) []byte {
	start, changed := len(b), false
	for i := 0; i < len(s); {
		switch s[i] {
		case '\\':
			n := 1
			if i+1 < len(s) && (s[i+1] == '\\' || s[i+1] == '`') {
				n = 2
			}
			b = append(b, s[i:i+n]...)
			i += n
		case '`':
			n, code := codeRun(s, i)
			if code {
				b = append(b, s[i:i+n]...)
			} else {
				for range n {
					b = append(b, '\\', '`')
				}
			}
			i += n
		case '@':
			n := broadcast(s, i)
			if n == 0 {
				b = append(b, '@')
				i++
				continue
			}
			changed = true
			if len(b) > start && (b[len(b)-1] == '`' || b[len(b)-1] == '\\') {
				b = append(b, ' ')
			}
			b = append(append(append(b, '`'), s[i:i+n]...), '`')
			i += n
			if i < len(s) && s[i] == '`' {
				b = append(b, ' ')
			}
		default:
			b = append(b, s[i])
			i++
		}
	}
	if !changed {
		return append(b[:start], s...)
	}
	return b
}

// maxTicks is the longest run of backticks that is taken for a code span's; it bounds the search.
const maxTicks = 32

func ticksAt(s string, i int) int {
	n := 0
	for i+n < len(s) && s[i+n] == '`' {
		n++
	}
	return n
}

// codeRun is the length of the code that begins with the backticks at i; when it is none, of the
// backticks alone.
func codeRun(s string, i int) (int, bool) {
	n := ticksAt(s, i)
	line := strings.LastIndexByte(s[:i], '\n') + 1
	if n >= 3 && strings.Trim(s[line:i], " >") == "" {
		if end := fenceEnd(s, i+n, s[line:i], n); end > 0 {
			return end - i, true
		}
	}
	if n > maxTicks {
		return n, false
	}
	for j := i + n; j < len(s) && s[j] != '\n'; {
		k := strings.IndexAny(s[j:], "`\n")
		if k < 0 || s[j+k] == '\n' {
			break
		}
		j += k
		m := ticksAt(s, j)
		j += m
		if m == n {
			return j - i, true
		}
	}
	return n, false
}

// fenceEnd finds where the fenced block ends whose info string begins at i: after the closing
// fence, at the first line without the prefix, or at the end. It is 0 when this is no fence.
func fenceEnd(s string, i int, prefix string, n int) int {
	end := strings.IndexByte(s[i:], '\n')
	if end < 0 {
		end = len(s) - i
	}
	if strings.IndexByte(s[i:i+end], '`') >= 0 {
		return 0
	}
	for i += end; i < len(s); {
		next := i + 1
		if !strings.HasPrefix(s[next:], prefix) {
			return i
		}
		end := strings.IndexByte(s[next:], '\n')
		if end < 0 {
			end = len(s) - next
		}
		line := strings.Trim(s[next+len(prefix):next+max(end, len(prefix))], " ")
		i = next + end
		if len(line) >= n && ticksAt(line, 0) == len(line) {
			return i
		}
	}
	return len(s)
}
