package host

import (
	"bytes"
	"sync"

	"github.com/chatferry/chatferry/core/plugin/wire"
)

// tail takes what a plugin prints, line by line, and keeps the end of it.
type tail struct {
	log  func(line string)
	mu   sync.Mutex
	part []byte
	last []string
}

const (
	tailLines = 40
	tailLine  = 4 << 10
)

// Write never fails: a plugin must not be held up by its own talk.
func (t *tail) Write(b []byte) (int, error) {
	n := len(b)
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		line, rest, whole := bytes.Cut(b, []byte{'\n'})
		if room := tailLine - len(t.part); room > 0 {
			t.part = append(t.part, line[:min(room, len(line))]...)
		}
		if !whole {
			return n, nil
		}
		s := wire.Printable(string(t.part))
		t.part, b = t.part[:0], rest
		if len(t.last) == tailLines {
			t.last = append(t.last[:0], t.last[1:]...)
		}
		t.last = append(t.last, s)
		if t.log != nil {
			t.log(s)
		}
	}
}

func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.last...)
}
