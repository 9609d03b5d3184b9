// Package scan reads JSON that nobody has checked: a strict pull scanner over one value in memory.
//
// Invariants:
//   - Whatever the input, a Scanner ends: it never recurses, never reads outside its input, never
//     panics. Nesting deeper than MaxDepth is an error.
//   - Strict RFC 8259: what encoding/json calls invalid, Scanner calls invalid (a fuzz target holds
//     it to that). Invalid UTF-8 and lone surrogates inside strings are not an error but set Lossy,
//     because chat dumps have them and the caller must keep the bytes.
//   - Strings without escapes are returned as sub-strings of the input: no copy, no allocation.
//   - The first error is kept; after it every call returns zero values.
//
// Walk an object so:
//
//	for s.Object(); s.Next(); {
//		switch s.Key() {
//		case "ts":
//			m.TS = s.String()
//		default:
//			rest = append(rest, s.Raw())
//		}
//	}
//
// Every Next must be followed by exactly one call that takes the value. Arrays work the same with
// Array and no Key.
package scan

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxDepth is how deep objects and arrays may nest.
const MaxDepth = 64

// ErrDepth is wrapped by the error for nesting beyond MaxDepth.
var ErrDepth = errors.New("nesting is deeper than 64")

// Kind tells what the next value is.
type Kind byte

// Kinds of values. None means the end of the input or an error.
const (
	None   Kind = 0
	Obj    Kind = '{'
	Arr    Kind = '['
	Str    Kind = '"'
	Num    Kind = '0'
	True   Kind = 't'
	False  Kind = 'f'
	Null   Kind = 'n'
	badval Kind = '?'
)

// Scanner reads one JSON value from a string.
type Scanner struct {
	in    string
	pos   int
	depth int
	objs  [MaxDepth]bool // whether the container at each depth is an object
	first bool           // the open container has had no element yet
	key   string
	err   error
	// Lossy is set once a string had bytes or escapes that are not valid Unicode.
	Lossy bool
}

// New returns a scanner at the start of in.
func New(in string) *Scanner { return &Scanner{in: in} }

// Reset makes s read in from the start, forgetting everything else.
func (s *Scanner) Reset(in string) {
	s.in, s.pos, s.depth, s.first, s.key, s.err, s.Lossy = in, 0, 0, false, "", nil, false
}

// Err is the first error, or nil.
func (s *Scanner) Err() error { return s.err }

// Offset is the position in the input, in bytes.
func (s *Scanner) Offset() int { return s.pos }

// Key is the name of the member that Next moved to.
func (s *Scanner) Key() string { return s.key }

// Failf makes s fail, as if the input were invalid here. The first failure stays.
func (s *Scanner) Failf(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("at byte %d: %w", s.pos, fmt.Errorf(format, args...))
	}
}

func (s *Scanner) space() {
	in, i := s.in, s.pos
	for i < len(in) && in[i] <= ' ' && (in[i] == ' ' || in[i] == '\n' || in[i] == '\r' || in[i] == '\t') {
		i++
	}
	s.pos = i
}

// Kind peeks at the next value.
func (s *Scanner) Kind() Kind {
	if s.err != nil {
		return None
	}
	s.space()
	if s.pos >= len(s.in) {
		return None
	}
	switch c := s.in[s.pos]; c {
	case '{', '[', '"', 't', 'f', 'n':
		return Kind(c)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return Num
	}
	return badval
}

func (s *Scanner) open(k Kind) bool {
	if s.Kind() != k {
		s.Failf("expected %c", k)
		return false
	}
	if s.depth >= MaxDepth {
		s.Failf("%w", ErrDepth)
		return false
	}
	s.objs[s.depth] = k == Obj
	s.depth++
	s.pos++
	s.first = true
	return true
}

// Object enters an object.
func (s *Scanner) Object() { s.open(Obj) }

// Array enters an array.
func (s *Scanner) Array() { s.open(Arr) }

// Next moves to the next member or element of the container entered last and tells whether there
// is one. At the end it leaves the container. It returns false after an error.
func (s *Scanner) Next() bool {
	if s.err != nil || s.depth == 0 {
		return false
	}
	obj := s.objs[s.depth-1]
	s.space()
	if s.pos >= len(s.in) {
		s.Failf("unexpected end")
		return false
	}
	c := s.in[s.pos]
	if c == '}' && obj || c == ']' && !obj {
		s.pos++
		s.depth--
		s.first = false
		return false
	}
	if !s.first {
		if c != ',' {
			s.Failf("expected a comma")
			return false
		}
		s.pos++
	}
	s.first = false
	if obj {
		s.space()
		s.key = s.String()
		s.space()
		if s.err != nil || s.pos >= len(s.in) || s.in[s.pos] != ':' {
			s.Failf("expected a colon")
			return false
		}
		s.pos++
	}
	return true
}

// End checks that nothing but white space is left.
func (s *Scanner) End() error {
	if s.Kind(); s.err == nil && s.pos != len(s.in) {
		s.Failf("unexpected data after the value")
	}
	return s.err
}

func (s *Scanner) word(w string) bool {
	if strings.HasPrefix(s.in[s.pos:], w) {
		s.pos += len(w)
		return true
	}
	s.Failf("invalid literal")
	return false
}

// Bool takes true or false; null counts as false.
func (s *Scanner) Bool() bool {
	switch s.Kind() {
	case True:
		return s.word("true")
	case False:
		s.word("false")
	case Null:
		s.word("null")
	default:
		s.Failf("expected true or false")
	}
	return false
}

// SkipNull takes a null if one is next and tells whether it did.
func (s *Scanner) SkipNull() bool { return s.Kind() == Null && s.word("null") }

// Number takes a number and returns it as written.
func (s *Scanner) Number() string {
	if s.Kind() != Num {
		s.Failf("expected a number")
		return ""
	}
	start := s.pos
	if s.in[s.pos] == '-' {
		s.pos++
	}
	switch c := s.at(); {
	case c == '0':
		s.pos++
	case c >= '1' && c <= '9':
		s.digits()
	default:
		s.Failf("invalid number")
		return ""
	}
	if s.at() == '.' {
		s.pos++
		if !s.digits() {
			return ""
		}
	}
	if c := s.at(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.at(); c == '+' || c == '-' {
			s.pos++
		}
		if !s.digits() {
			return ""
		}
	}
	return s.in[start:s.pos]
}

func (s *Scanner) at() byte {
	if s.pos < len(s.in) {
		return s.in[s.pos]
	}
	return 0
}

func (s *Scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.in) && s.in[s.pos]-'0' < 10 {
		s.pos++
	}
	if s.pos == start {
		s.Failf("invalid number")
		return false
	}
	return true
}

// Int takes an integer from 0 to 2^31.
func (s *Scanner) Int() int {
	n, err := strconv.ParseUint(s.Number(), 10, 32)
	if err != nil || n > 1<<31 {
		s.Failf("expected an integer from 0 to 2^31")
		return 0
	}
	return int(n)
}

// Raw takes any value and returns its bytes as they stand, checked but not decoded.
func (s *Scanner) Raw() string {
	s.Kind()
	start := s.pos
	s.Skip()
	if s.err != nil {
		return ""
	}
	return s.in[start:s.pos]
}

// Skip takes any value and forgets it, checking it all the same.
func (s *Scanner) Skip() {
	base := s.depth
	for s.err == nil {
		switch s.Kind() {
		case Obj:
			s.Object()
		case Arr:
			s.Array()
		case Str:
			s.skipString()
		case Num:
			s.Number()
		case True:
			s.word("true")
		case False:
			s.word("false")
		case Null:
			s.word("null")
		default:
			s.Failf("expected a value")
		}
		for s.err == nil {
			if s.depth == base {
				return
			}
			if s.skipNext() {
				break
			}
		}
	}
}

// skipNext is Next without decoding the key.
func (s *Scanner) skipNext() bool {
	if !s.objs[s.depth-1] {
		return s.Next()
	}
	s.space()
	if s.at() == ',' && !s.first {
		s.pos++
		s.space()
	} else if !s.first || s.at() != '"' {
		return s.Next()
	}
	s.first = false
	s.skipString()
	s.space()
	if s.err != nil || s.at() != ':' {
		s.Failf("expected a colon")
		return false
	}
	s.pos++
	return true
}
