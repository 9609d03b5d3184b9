package slack

import (
	"bytes"
	"context"
	"errors"
	"io"
	"unsafe"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

const (
	firstWindow = 256 << 10
	keptWindow  = 2 << 20
	maxElement  = plugin.MaxRecord
	inlineBytes = 1 << 20 // a reject with more raw bytes goes through a spool file
)

// elements is who takes the elements of a JSON array.
type elements interface {
	// parse reads one element from s, whose input is view. It changes nothing but its own state: it may
	// be called again for the same element when more of the file is in memory.
	parse(s *scan.Scanner, view string)
	// emit is called after parse succeeded.
	emit(at *place) error
	// begins tells whether view surely begins with an element of the array rather than with an object
	// inside one. It decides where reading goes on after a broken element.
	begins(view string) bool
}

// place is where an element stands. raw is valid until emit returns.
type place struct {
	file   string
	index  int64
	offset int64
	raw    []byte
}

// array reads a JSON array element by element, however long, with bounded memory. An element that
// cannot be read becomes a reject with its exact bytes; the following ones are read all the same.
type array struct {
	ctx     context.Context
	out     *plugin.Emitter // nil: rejects are dropped, because another pass reports them
	to      elements
	digest  bool
	secrets bool // what is in the window may hold URL tokens
	tiny    bool // keep the window that there is, however small: for tests of its edges

	src    io.Reader
	buf    []byte
	pos    int
	base   int64 // file offset of buf[0]
	eof    bool
	damage *dump.Damage // of the source, at the end of buf
	at     place
	scan   scan.Scanner
	failed bool // the array was given up
}

// read walks one file.
func (a *array) read(file string, src io.Reader, size int64) error {
	want := int64(firstWindow)
	if size < keptWindow {
		want = max(want, size+1)
	}
	if int64(cap(a.buf)) < want && !a.tiny || cap(a.buf) > keptWindow {
		a.buf = make([]byte, 0, want)
	}
	a.src, a.buf, a.pos, a.base, a.eof, a.damage, a.failed = src, a.buf[:0], 0, 0, false, nil, false
	a.at = place{file: file}
	if err := a.fill(); err != nil {
		return err
	}
	if a.damage != nil && a.damage.Reason == "checksum" {
		return a.giveUp("damaged", a.damage.Error())
	}
	if bytes.HasPrefix(a.buf, []byte("\xef\xbb\xbf")) {
		a.pos = 3
	}
	if c, err := a.peek(); err != nil {
		return err
	} else if c != '[' {
		a.pos = 0
		return a.giveUp("not_json", "the file is not a JSON array")
	}
	a.pos++
	for {
		more, err := a.element()
		if err != nil {
			return err
		}
		if !more {
			return a.end()
		}
	}
}

// fill reads until the window is full or the file ends, dropping what lies before pos.
func (a *array) fill() error {
	if err := a.ctx.Err(); err != nil {
		return err
	}
	if a.pos > 0 {
		n := copy(a.buf, a.buf[a.pos:])
		a.buf = a.buf[:n]
		a.base += int64(a.pos)
		a.pos = 0
	}
	if len(a.buf) == cap(a.buf) {
		a.buf = append(make([]byte, 0, min(2*cap(a.buf), maxElement+keptWindow)), a.buf...)
	}
	for len(a.buf) < cap(a.buf) && !a.eof {
		n, err := a.src.Read(a.buf[len(a.buf):cap(a.buf)])
		a.buf = a.buf[:len(a.buf)+n]
		if err != nil {
			a.eof = true
			var d *dump.Damage
			if errors.As(err, &d) {
				a.damage = d
			} else if err != io.EOF {
				return err
			}
		}
	}
	a.secrets = mayHoldSecrets(a.buf)
	return nil
}

// peek skips white space and gives the next byte, 0 at the end.
func (a *array) peek() (byte, error) {
	for {
		for a.pos < len(a.buf) {
			switch c := a.buf[a.pos]; c {
			case ' ', '\t', '\n', '\r':
				a.pos++
			default:
				return c, nil
			}
		}
		if a.eof {
			return 0, nil
		}
		if err := a.fill(); err != nil {
			return 0, err
		}
	}
}

// view is what is in memory from pos on, without a copy: it is valid until the next fill.
func (a *array) view() string {
	if a.pos == len(a.buf) {
		return ""
	}
	return unsafe.String(&a.buf[a.pos], len(a.buf)-a.pos)
}

// element reads one element and the comma behind it.
func (a *array) element() (more bool, err error) {
	c, err := a.peek()
	switch {
	case err != nil:
		return false, err
	case c == ']':
		a.pos++
		return false, nil
	case c == 0:
		return false, a.giveUp("not_json", "the file ends inside the array")
	}
	for {
		view := a.view()
		a.scan.Reset(view)
		a.to.parse(&a.scan, view)
		if a.scan.Err() == nil {
			break
		}
		if a.eof || a.certain() {
			return a.broken()
		}
		if len(a.buf)-a.pos > maxElement {
			return a.tooLarge()
		}
		if err := a.fill(); err != nil {
			return false, err
		}
	}
	n := a.scan.Offset()
	a.at.offset, a.at.raw = a.base+int64(a.pos), a.buf[a.pos:a.pos+n]
	if n > maxElement {
		return a.reject("too_large", "the record is longer than 16 MiB", n)
	}
	if err := a.to.emit(&a.at); err != nil {
		return false, err
	}
	return a.after(n)
}

// certain tells whether a failed parse was not for want of the rest of the element: because all of it
// is here, or because the fault is well before the window's end and there is a place to go on.
func (a *array) certain() bool {
	if _, whole := valueEnd(a.view(), false); whole {
		return true
	}
	return a.scan.Offset()+16 < len(a.buf)-a.pos && a.resync(len(a.buf)-a.pos) > 0
}

// after moves behind an element of n bytes and its comma.
func (a *array) after(n int) (more bool, err error) {
	a.pos += n
	a.at.index++
	switch c, err := a.peek(); {
	case err != nil:
		return false, err
	case c == ',':
		a.pos++
		return true, nil
	case c == ']':
		return true, nil
	case c == 0:
		return false, a.giveUp("not_json", "the file ends inside the array")
	}
	return false, a.giveUp("not_json", "an element is not followed by a comma")
}

// broken rejects the element at pos, which is whole or the file's last, and finds where to go on.
func (a *array) broken() (more bool, err error) {
	reason, detail := "not_json", a.scan.Err().Error()
	if errors.Is(a.scan.Err(), scan.ErrDepth) {
		reason, detail = "too_deep", "nesting is deeper than 64"
	} else if errors.Is(a.scan.Err(), errNoObject) {
		detail = "the element is not an object"
	}
	n, whole := valueEnd(a.view(), a.eof)
	limit := n
	if !whole {
		limit = len(a.buf) - a.pos
	}
	if k := a.resync(limit); k > 0 {
		return a.reject(reason, detail, k)
	}
	if !whole {
		if a.damage != nil {
			reason, detail = "damaged", a.damage.Error()
		} else if a.eof && reason == "not_json" {
			detail = "the file ends inside the record"
		}
		return false, a.giveUp(reason, detail)
	}
	return a.reject(reason, detail, n)
}

// resync looks inside the first limit bytes of a broken element for the start of another one, and
// gives the length of what lies before it. A quote too few makes a broken element look as if it
// went on over its neighbours.
func (a *array) resync(limit int) int {
	view := a.view()
	for i := 0; i < limit; {
		k := bytes.IndexByte(a.buf[a.pos+i:a.pos+limit], '}')
		if k < 0 {
			return 0
		}
		i += k + 1
		j := skipSpace(view, i)
		if j >= len(view) || view[j] != ',' {
			continue
		}
		if j = skipSpace(view, j+1); j < len(view) && j < limit && view[j] == '{' && a.to.begins(view[j:]) {
			return i
		}
	}
	return 0
}

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t') {
		i++
	}
	return i
}

// end reads what follows the array, so that the file's checksum is checked too.
func (a *array) end() error {
	if a.failed {
		return nil
	}
	c, err := a.peek()
	if err != nil {
		return err
	}
	if c != 0 {
		return a.giveUp("not_json", "there is data after the array")
	}
	if a.damage != nil {
		a.at.offset, a.at.raw = a.base+int64(a.pos), nil
		return a.send(plugin.Reject{Reason: "damaged", Detail: a.damage.Error() + "; the records read from this file may be wrong"})
	}
	return nil
}

var errNoObject = errors.New("the element is not an object")
