package engine

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// book counts the outcome of one object, the n-th of the batch.
func (l *lane) book(s sentRecord, o plugin.Outcome, n int) error {
	switch o.Status {
	case plugin.Delivered:
		switch s.role {
		case rolePlaced:
			l.d.Placed++
		case roleRecord:
			l.d.Delivered++
		}
		return nil
	case plugin.Duplicate, plugin.Rejected:
		return l.bookOther(s, o, nthLine(l.batch, n))
	}
	return fault.New(fault.Bug, "write", s.key, "report this to the author of the sink plugin", fmt.Errorf("%s gave the unknown outcome %q for it", l.sink.Name, o.Status))
}

// bookOther counts an object that the sink did not take as new. A record of which any part was refused is
// refused, however many parts arrived. Parts come after the first.
func (l *lane) bookOther(s sentRecord, o plugin.Outcome, line []byte) error {
	rec, err := message.Decode(string(line))
	if err != nil {
		return err
	}
	whole := rec.Key()
	if m := rec.Message; m != nil && m.Part != nil && m.Part.Parent != "" {
		whole = m.Part.Parent
	}
	to := &l.ends.duplicate
	if o.Status == plugin.Rejected {
		to = &l.ends.refused
		if err := l.noteRefused(s.key, o, line); err != nil {
			return err
		}
	}
	h := holdingOf(rec)
	kind := h.kind
	switch {
	case s.role == roleContext, s.role == rolePlaced, o.Status == plugin.Duplicate && s.role == rolePart:
		return nil
	case o.Status == plugin.Duplicate:
		l.d.Duplicate++
		l.had = append(l.had, whole)
	case l.refused[whole]: // for another part already
		kind = -1
	default:
		if s.role == rolePart {
			l.d.Delivered--
		}
		l.d.Rejected++
		l.refused[whole] = true
	}
	if s.role == rolePart || kind < 0 {
		h.held[replies-attachments] = 0 // it went with the first part
	}
	if kind >= 0 {
		l.ends.delivered[kind]--
		to[kind]++
	}
	l.ends.delivered.plus(&h, -1)
	to.plus(&h, 1)
	return nil
}

// noteRefused keeps the bytes of a refused object and names it.
func (l *lane) noteRefused(key string, o plugin.Outcome, line []byte) error {
	blob, err := l.run.quarantine(line)
	if err != nil {
		return err
	}
	l.exceptions = append(l.exceptions, ledger.Exception{Sink: l.sink.Name, Key: strings.Clone(key), Verdict: ledger.Rejected, Reason: o.Reason, Detail: o.Detail, Blob: blob})
	l.tallies.add("rejected", o.Reason, "", key)
	if l.leaves != nil {
		l.leaves.remove(key)
	}
	return nil
}

func nthLine(lines []byte, n int) []byte {
	for range n {
		lines = lines[bytes.IndexByte(lines, '\n')+1:]
	}
	return lines[:bytes.IndexByte(lines, '\n')]
}
