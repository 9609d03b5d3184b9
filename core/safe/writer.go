package safe

import (
	"bytes"
	"io"
	"sync"
	"unicode/utf8"
)

// lineBytes is how much of a line without an end is held back.
const lineBytes = 8 << 10

// Writer returns a writer that passes lines on to w with Text applied; line ends and tabs stay. It
// holds back a line until its end is there, 8 KiB have come or it is closed, so lines of several
// writers onto one w do not mix when w takes a Write as a whole. It is safe for concurrent use.
// Closing it does not close w.
func Writer(w io.Writer) io.WriteCloser { return &lineWriter{w: w} }

type lineWriter struct {
	mu      sync.Mutex
	w       io.Writer
	pending []byte
	out     []byte
	err     error
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(p)
	for len(p) > 0 && l.err == nil {
		take := bytes.IndexByte(p, '\n') + 1
		whole := take > 0
		if !whole {
			take = len(p)
		}
		take = min(take, lineBytes)
		whole = whole && p[take-1] == '\n'
		l.pending = append(l.pending, p[:take]...)
		p = p[take:]
		if whole {
			l.flush(len(l.pending))
		} else if len(l.pending) >= lineBytes {
			l.flush(wholeRunes(l.pending))
		}
	}
	if l.err != nil {
		return 0, l.err
	}
	return n, nil
}

func (l *lineWriter) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.pending) > 0 && l.err == nil {
		l.flush(len(l.pending))
	}
	return l.err
}

// flush writes the first n bytes of pending.
func (l *lineWriter) flush(n int) {
	body, end := l.pending[:n], 0
	if bytes.HasSuffix(body, []byte("\r\n")) {
		end = 2
	} else if bytes.HasSuffix(body, []byte("\n")) {
		end = 1
	}
	l.out = l.out[:0]
	for i, part := range bytes.Split(body[:n-end], []byte("\t")) {
		if i > 0 {
			l.out = append(l.out, '\t')
		}
		l.out = appendText(l.out, string(part), 0)
	}
	if end > 0 {
		l.out = append(l.out, '\n')
	}
	_, l.err = l.w.Write(l.out)
	l.pending = append(l.pending[:0], l.pending[n:]...)
}

// wholeRunes is the length of b without a rune that is cut off at its end.
func wholeRunes(b []byte) int {
	for back := 1; back < utf8.UTFMax && back < len(b); back++ {
		if c := b[len(b)-back]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-back:]) {
				return len(b) - back
			}
			break
		}
	}
	return len(b)
}
