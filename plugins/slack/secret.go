package slack

import (
	"bytes"
	"strings"
)

// Slack writes a token that opens its private files into every file URL of an export. It must not
// travel: the value of a query parameter "t" that begins with "xox", and of "token", is replaced.

const redacted = "REDACTED"

// mayHoldSecrets is a quick look at a window: "=" and "%" are rare in JSON, so it costs next to nothing.
func mayHoldSecrets(b []byte) bool {
	for rest := b; ; {
		i := bytes.IndexByte(rest, '=')
		if i < 0 {
			break
		}
		if bytes.HasPrefix(rest[i+1:], []byte("xox")) || bytes.HasSuffix(rest[:i], []byte("token")) {
			return true
		}
		rest = rest[i+1:]
	}
	for rest := b; ; {
		i := bytes.IndexByte(rest, '%')
		if i < 0 {
			return false
		}
		if bytes.HasPrefix(rest[i:], []byte("%3Dxox")) || bytes.HasPrefix(rest[i:], []byte("%3D")) && bytes.HasSuffix(rest[:i], []byte("token")) {
			return true
		}
		rest = rest[i+1:]
	}
}

// withoutSecrets replaces URL tokens in s, which may be JSON text or a decoded string.
func withoutSecrets(s string) string {
	if !strings.Contains(s, "xox") && !strings.Contains(s, "token") {
		return s
	}
	var b strings.Builder
	done := 0
	for i := 0; i < len(s); i++ {
		start, encoded := valueOf(s, i)
		if start < 0 {
			continue
		}
		end := start
		for end < len(s) && (inToken(s[end]) || !encoded && s[end] == '%') {
			end++
		}
		if end > start && s[start:end] != redacted {
			b.WriteString(s[done:start])
			b.WriteString(redacted)
			done = end
		}
		i = max(i, end-1)
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// valueOf gives where the secret value begins when a parameter with one stands at i, else -1. The
// parameter follows "?", "&", "&amp;" or "\u0026", or is percent-encoded inside another URL.
func valueOf(s string, i int) (start int, encoded bool) {
	switch rest := s[i:]; s[i] {
	case 't':
		switch {
		case strings.HasPrefix(rest, "t=xox"):
			if parameter(s[:i]) {
				return i + 2, false
			}
		case strings.HasPrefix(rest, "t%3Dxox"):
			if strings.HasSuffix(s[:i], "%3F") || strings.HasSuffix(s[:i], "%26") {
				return i + 4, true
			}
		case strings.HasPrefix(rest, "token="):
			if parameter(s[:i]) {
				return i + 6, false
			}
		case strings.HasPrefix(rest, "token%3D"):
			if strings.HasSuffix(s[:i], "%3F") || strings.HasSuffix(s[:i], "%26") {
				return i + 8, true
			}
		}
	}
	return -1, false
}

func parameter(before string) bool {
	return strings.HasSuffix(before, "?") || strings.HasSuffix(before, "&") || strings.HasSuffix(before, "&amp;") || strings.HasSuffix(before, `\u0026`)
}

func inToken(c byte) bool {
	return c-'0' < 10 || (c|0x20)-'a' < 26 || c == '-' || c == '_' || c == '.' || c == '~'
}
