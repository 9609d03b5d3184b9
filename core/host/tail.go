package host

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/chatferry/chatferry/core/plugin/wire"
)

// tail takes what a plugin prints, line by line, logs the beginning of it and keeps the end.
type tail struct {
	log    func(line string)
	mu     sync.Mutex
	part   []byte
	last   []string
	logged int // bytes
	unsaid int // lines that were too many to log
}

const (
	tailLines = 40
	tailLine  = 4 << 10
	tailLog   = 1 << 20 // bytes that are logged of one process
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
		switch t.logged += len(s); {
		case t.logged > tailLog:
			t.unsaid++
		case t.log != nil:
			t.log(s)
		}
	}
}

// end says how much was not logged.
func (t *tail) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.unsaid > 0 && t.log != nil {
		t.log(fmt.Sprintf("it printed %d lines more, which are left out", t.unsaid))
		t.unsaid = 0
	}
}

func (t *tail) lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.last...)
}
