package mbox

import "io"

// lines turns the line ends of a mail into those of a mailbox. A mail has no other carriage returns.
type lines struct {
	w   io.Writer
	n   int
	out []byte
}

// Write implements io.Writer.
func (l *lines) Write(b []byte) (int, error) {
	l.out = l.out[:0]
	for _, c := range b {
		if c != '\r' {
			l.out = append(l.out, c)
		}
	}
	l.n += len(l.out)
	if _, err := l.w.Write(l.out); err != nil {
		return 0, err
	}
	return len(b), nil
}
