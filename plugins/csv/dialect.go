package csv

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// dialect is how rows are written.
type dialect struct {
	comma byte
	end   string // of a row
	bom   string
	guard bool
}

// appendRow appends a row of fields.
func (d dialect) appendRow(b []byte, fields []string) []byte {
	for i, f := range fields {
		if i > 0 {
			b = append(b, d.comma)
		}
		b = d.appendField(b, f)
	}
	return append(b, d.end...)
}

// appendField quotes a field that needs it. Blanks at its ends are quoted too, since some readers trim
// them, and so are the delimiters of other dialects: a program that takes the wrong one finds no cell within a text.
func (d dialect) appendField(b []byte, f string) []byte {
	if f == "" {
		return b
	}
	first, last := f[0], f[len(f)-1]
	if first != ' ' && last != ' ' && !strings.ContainsAny(f, ",;\t\"\r\n") {
		return append(b, f...)
	}
	b = append(b, '"')
	for {
		i := strings.IndexByte(f, '"')
		if i < 0 {
			break
		}
		b = append(append(b, f[:i+1]...), '"')
		f = f[i+1:]
	}
	return append(append(b, f...), '"')
}

// guarded puts an apostrophe before a text that a spreadsheet may take for a formula, and before one that
// begins with an apostrophe, so that taking one away gives every text back. Blanks, control characters and
// marks that nobody sees are looked behind: some programs trim them.
func guarded(s string) string {
	for _, r := range s {
		switch {
		case strings.ContainsRune("=+-@＝＋－＠'", r):
			return "'" + s
		case unicode.IsSpace(r), unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			continue
		}
		break
	}
	if c, _ := utf8.DecodeRuneInString(s); c == '\t' || c == '\r' {
		return "'" + s
	}
	return s
}

// unguarded is the inverse of guarded.
func unguarded(s string) string { return strings.TrimPrefix(s, "'") }

var (
	errForm = errors.New("it is not CSV as RFC 4180 has it")
	errSize = errors.New("a row is larger than any record can be")
)

// maxRow is the most that a row may hold: a record of the largest size with every byte a quote.
const maxRow = 64 << 20

// reader reads rows. Line breaks within quoted fields are what they are.
type reader struct {
	in    *bufio.Reader
	comma byte
	buf   []byte // all fields of the row
	ends  []int
}

// row reads the fields of the next row into fields, and gives how many there are, perhaps more than fit. At
// the end of the file the error is io.EOF.
func (r *reader) row(fields []string) (int, error) {
	r.buf, r.ends = r.buf[:0], r.ends[:0]
	if _, err := r.in.Peek(1); err != nil {
		return 0, err
	}
	for more := true; more; {
		var err error
		if more, err = r.field(); err != nil {
			return 0, err
		}
		if len(r.ends) <= len(fields) {
			r.ends = append(r.ends, len(r.buf))
		}
	}
	text, start := string(r.buf), 0
	for i, end := range r.ends[:min(len(r.ends), len(fields))] {
		fields[i] = text[start:end]
		start = end
	}
	return len(r.ends), nil
}

// field reads one field, and tells whether a delimiter ended it.
func (r *reader) field() (more bool, err error) {
	c, err := r.in.ReadByte()
	if err == nil && c == '"' {
		return r.quoted()
	}
	for ; err == nil; c, err = r.in.ReadByte() {
		switch c {
		case r.comma:
			return true, nil
		case '\n':
			return false, nil
		case '\r', '"':
			return false, r.end(c)
		}
		if r.buf = append(r.buf, c); len(r.buf) > maxRow {
			return false, errSize
		}
	}
	return false, r.eof(err)
}

func (r *reader) quoted() (more bool, err error) {
	for {
		part, err := r.in.ReadSlice('"')
		r.buf = append(r.buf, part...)
		switch {
		case len(r.buf) > maxRow:
			return false, errSize
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == io.EOF: // within quotes
			return false, errForm
		case err != nil:
			return false, err
		}
		c, err := r.in.ReadByte()
		if err == nil && c == '"' {
			continue // of two quotes one stays
		}
		r.buf = r.buf[:len(r.buf)-1]
		switch {
		case err != nil:
			return false, r.eof(err)
		case c == r.comma:
			return true, nil
		case c == '\n':
			return false, nil
		}
		return false, r.end(c)
	}
}

// eof: the last row needs no line end.
func (r *reader) eof(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// end wants the line feed after a carriage return.
func (r *reader) end(c byte) error {
	if next, err := r.in.ReadByte(); c != '\r' || err != nil || next != '\n' {
		return errForm
	}
	return nil
}
