// Package element reads JSON dumps that nobody has checked and that fit into no memory: the elements of an
// array one by one, wherever in the document it stands, and the members of one element without losing any.
//
// Invariants:
//   - Memory does not depend on the size of a file, of an array or of an element: at most MaxElement and a
//     window are held.
//   - Every byte of an array belongs to an element that was emitted, to a reject with its place and exact
//     bytes, or to the white space and commas between them. A broken element never takes its neighbours
//     along where their beginning can be told for certain.
//   - What is read does not depend on where a window ends.
//   - Whatever member a format has no field for is kept as the JSON it was: see Members.
package element

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unsafe"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

const (
	firstWindow = 256 << 10
	inlineBytes = 1 << 20 // what is rejected with more bytes is not held in memory
)

// Window is the size from which on a file is not held in memory as a whole.
const Window = 2 << 20

// MaxElement is the longest element that is read; a longer one is rejected.
const MaxElement = plugin.MaxRecord

// Elements is who takes the elements of an array.
type Elements interface {
	// Parse reads one element from s, whose input is view. It changes nothing but its own state: it may
	// be called again for the same element when more of the file is in memory.
	Parse(s *scan.Scanner, view string)
	// Emit is called after Parse succeeded.
	Emit(at *Place) error
	// Begins tells whether view surely begins with an element of the array rather than with an object
	// inside one. It decides where reading goes on after a broken element.
	Begins(view string) bool
}

// Place is where an element stands. Raw is valid until Emit returns.
type Place struct {
	File   string
	Index  int64
	Offset int64
	Raw    []byte
}

// Array reads a JSON array element by element, however long, with bounded memory. An element that
// cannot be read becomes a reject with its exact bytes; the following ones are read all the same.
type Array struct {
	Ctx    context.Context
	Out    *plugin.Emitter // nil: rejects of elements are dropped, because another pass reports them
	To     Elements
	Digest bool                // records and rejects get the SHA-256 of their bytes
	Loaded func(window []byte) // is told what is in memory whenever that changes; may be nil
	Fence  string              // bytes that stand between two arrays of a document: no broken element reaches over them
	Lost   []Part              // with Out nil, what Object, Each and Take could not read
	Tiny   int                 // begin with a window of so many bytes: for tests of its edges

	src    io.Reader
	buf    []byte
	pos    int
	base   int64 // file offset of buf[0]
	eof    bool
	damage *dump.Damage // of the source, at the end of buf
	at     Place
	scan   scan.Scanner
	broken *Part // the document was given up
}

// Part is a part of a document that could not be read.
type Part struct {
	Index, Offset  int64
	Length         int64 // -1: to the end of the document
	Reason, Detail string
}

// Broken is where the document was given up: what lies behind was not read. It is nil as long as everything
// could be followed.
func (a *Array) Broken() *Part { return a.broken }

// Read walks one file that is an array.
func (a *Array) Read(file string, src io.Reader, size int64) error {
	if err := a.Start(file, src, size); err != nil {
		return err
	}
	if a.damage != nil && a.damage.Reason == "checksum" {
		return a.giveUp("damaged", a.damage.Error())
	}
	if c, err := a.peek(); err != nil {
		return err
	} else if c != '[' {
		a.pos = 0
		return a.giveUp("not_json", "the file is not a JSON array")
	}
	if err := a.Elements(); err != nil {
		return err
	}
	return a.End()
}

// Start begins a document of any form; size may be -1. A byte order mark is skipped.
func (a *Array) Start(file string, src io.Reader, size int64) error {
	want := int64(firstWindow)
	if size < Window {
		want = max(want, size+1)
	}
	if a.Tiny > 0 {
		want = int64(a.Tiny)
		a.buf = nil
	}
	if int64(cap(a.buf)) < want || cap(a.buf) > Window {
		a.buf = make([]byte, 0, want)
	}
	a.src, a.buf, a.pos, a.base, a.eof, a.damage, a.broken, a.Lost = src, a.buf[:0], 0, 0, false, nil, nil, nil
	a.at = Place{File: file}
	if err := a.fill(); err != nil {
		return err
	}
	for len(a.buf) < 3 && !a.eof {
		if err := a.fill(); err != nil {
			return err
		}
	}
	if bytes.HasPrefix(a.buf, []byte("\xef\xbb\xbf")) {
		a.pos = 3
	}
	return nil
}

// Resume begins inside a document: src gives what stands from offset on, and the next element has the
// given index.
func (a *Array) Resume(file string, src io.Reader, offset, index int64) error {
	err := a.Start(file, src, -1)
	a.pos, a.base, a.at.Index = 0, offset, index
	return err
}

// fill reads until the window is full or the file ends, dropping what lies before pos.
func (a *Array) fill() error {
	if err := a.Ctx.Err(); err != nil {
		return err
	}
	if a.pos > 0 {
		n := copy(a.buf, a.buf[a.pos:])
		a.buf = a.buf[:n]
		a.base += int64(a.pos)
		a.pos = 0
	}
	if len(a.buf) == cap(a.buf) {
		a.buf = append(make([]byte, 0, min(2*cap(a.buf), MaxElement+Window)), a.buf...)
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
	if a.Loaded != nil {
		a.Loaded(a.buf)
	}
	return nil
}

// peek skips white space and gives the next byte, 0 at the end.
func (a *Array) peek() (byte, error) {
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
func (a *Array) view() string {
	if a.pos == len(a.buf) {
		return ""
	}
	return unsafe.String(&a.buf[a.pos], len(a.buf)-a.pos)
}

// Elements gives the elements of the array that begins here to To.
func (a *Array) Elements() error {
	if c, err := a.peek(); err != nil || a.broken != nil {
		return err
	} else if c != '[' {
		return a.giveUp("not_json", "there is no array where one should be")
	}
	a.pos++
	return a.Rest()
}

// Rest gives the elements that are left to To, when reading was resumed between two.
func (a *Array) Rest() error {
	for {
		if more, err := a.element(); err != nil || !more {
			return err
		}
	}
}

// element reads one element and the comma behind it.
func (a *Array) element() (more bool, err error) {
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
		a.To.Parse(&a.scan, view)
		if a.scan.Err() == nil {
			break
		}
		if a.eof || a.certain() {
			return a.unreadable()
		}
		if len(a.buf)-a.pos > MaxElement {
			return a.tooLarge()
		}
		if err := a.fill(); err != nil {
			return false, err
		}
	}
	n := a.scan.Offset()
	a.at.Offset, a.at.Raw = a.base+int64(a.pos), a.buf[a.pos:a.pos+n]
	if n > MaxElement {
		return a.rejectPart("too_large", "the record is longer than 16 MiB", n)
	}
	if err := a.To.Emit(&a.at); err != nil {
		return false, err
	}
	return a.after(n)
}

// Next is where reading would go on after the element that Emit is called for, and its index. It is not
// ok when that is not in memory yet.
func (a *Array) Next() (offset, index int64, ok bool) {
	view := a.view()
	i := skipSpace(view, a.scan.Offset())
	if i >= len(view) || view[i] != ',' {
		return 0, 0, false
	}
	return a.base + int64(a.pos+i) + 1, a.at.Index + 1, true
}

// certain tells whether a failed parse was not for want of the rest of the element: because all of it
// is here, or because the fault is well before the window's end and there is a place to go on.
func (a *Array) certain() bool {
	if _, whole := valueEnd(a.view(), false); whole {
		return true
	}
	if a.scan.Offset()+16 >= len(a.buf)-a.pos {
		return false
	}
	k, unsure := a.resync(len(a.buf) - a.pos)
	return k > 0 && !unsure
}

// after moves behind an element of n bytes and its comma.
func (a *Array) after(n int) (more bool, err error) {
	a.pos += n
	a.at.Index++
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

// unreadable rejects the element at pos, which is whole or the file's last, and finds where to go on.
func (a *Array) unreadable() (more bool, err error) {
	reason, detail := "not_json", a.scan.Err().Error()
	if errors.Is(a.scan.Err(), scan.ErrDepth) {
		reason, detail = "too_deep", "nesting is deeper than 64"
	} else if errors.Is(a.scan.Err(), ErrNoObject) {
		detail = "the element is not an object"
	}
	n, whole, fenced, k := 0, false, false, 0
	for unsure := true; unsure; {
		n, whole = valueEnd(a.view(), a.eof)
		limit := n
		if !whole {
			limit = len(a.buf) - a.pos
		}
		if k := strings.Index(a.view()[:limit], a.Fence); a.Fence != "" && k >= 0 {
			limit, fenced = k, true
		}
		k, unsure = a.resync(limit)
		if unsure = unsure && len(a.buf)-a.pos <= MaxElement; unsure {
			if err := a.fill(); err != nil {
				return false, err
			}
		}
	}
	if k > 0 {
		return a.rejectPart(reason, detail, k)
	}
	if !whole || fenced {
		if a.damage != nil {
			reason, detail = "damaged", a.damage.Error()
		} else if a.eof && reason == "not_json" {
			detail = "the file ends inside the record"
		}
		return false, a.giveUp(reason, detail)
	}
	return a.rejectPart(reason, detail, n)
}

// resync looks inside the first limit bytes of a broken element for the start of another one, and
// gives the length of what lies before it. A quote too few makes a broken element look as if it
// went on over its neighbours. It is unsure when what may be a start goes on behind the window.
func (a *Array) resync(limit int) (k int, unsure bool) {
	view := a.view()
	for i := 0; i < limit; {
		k := bytes.IndexByte(a.buf[a.pos+i:a.pos+limit], '}')
		if k < 0 {
			return 0, false
		}
		i += k + 1
		j := skipSpace(view, i)
		if j < len(view) && view[j] == ',' {
			j = skipSpace(view, j+1)
		} else if j < len(view) {
			continue
		}
		switch {
		case j >= limit && j < len(view):
		case j >= len(view):
			return 0, !a.eof && limit == len(view)
		case view[j] != '{':
		case a.To.Begins(view[j:]):
			return i, false
		default:
			if _, whole := valueEnd(view[j:], a.eof); !whole && !a.eof {
				return 0, true
			}
		}
	}
	return 0, false
}

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t') {
		i++
	}
	return i
}

// ErrNoObject is what Parse fails with for an element that is no object.
var ErrNoObject = errors.New("the element is not an object")
