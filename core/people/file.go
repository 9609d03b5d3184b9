package people

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

var columns = []string{"key", "kind", "name", "source_email", "action", "account", "email", "note"}

const bom = "\ufeff"

// maxRows bounds a file that is not what it should be.
const maxRows = 20_000_000

// Load reads the map at path; a file that is not there gives an empty map. Comma, semicolon and tab
// are understood as separators, because spreadsheets write what their country uses.
func Load(path string) (*Map, error) {
	m := New()
	m.path = path
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return nil, fault.New(fault.Config, "read people", path, "check the file's name and permissions", err)
	}
	defer f.Close()
	return m, m.read(f)
}

func (m *Map) read(in io.Reader) error {
	br := bufio.NewReaderSize(in, 64<<10)
	if head, _ := br.Peek(len(bom)); string(head) == bom {
		br.Discard(len(bom))
	}
	r := csv.NewReader(br)
	head, _ := br.Peek(1024)
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		head = head[:i]
	}
	for _, c := range ";\t" {
		if bytes.ContainsRune(head, c) && !bytes.ContainsRune(head, ',') {
			r.Comma = c
		}
	}
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	index := map[string]int{}
	for n := 0; ; n++ {
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			var pe *csv.ParseError
			line := 0
			if errors.As(err, &pe) {
				line, err = pe.StartLine, pe.Err
			}
			return m.bad(&Entry{line: line}, "write it as comma separated values with quotes around cells that need them", err)
		}
		line, _ := r.FieldPos(0)
		if n == 0 {
			for i, c := range row {
				index[strings.ToLower(strings.TrimSpace(c))] = i
			}
			for _, c := range columns[:7] {
				if _, ok := index[c]; !ok {
					return m.bad(&Entry{line: line}, "the first line must name the columns "+strings.Join(columns, ", "), fmt.Errorf("the column %q is missing", c))
				}
			}
			continue
		}
		if n > maxRows {
			return m.bad(&Entry{line: line}, "", errors.New("the file has too many rows"))
		}
		if err := m.row(row, index, line); err != nil {
			return err
		}
	}
}

func (m *Map) row(row []string, index map[string]int, line int) error {
	blank := true
	cell := func(name string) string {
		i, ok := index[name]
		if !ok || i >= len(row) {
			return ""
		}
		v := unguard(strings.TrimSpace(row[i]))
		blank = blank && v == ""
		return strings.Clone(v)
	}
	e := &Entry{line: line, Key: cell("key"), Kind: cell("kind"), Name: cell("name"), SourceEmail: cell("source_email"),
		Action: strings.ToLower(cell("action")), Account: cell("account"), Email: cell("email"), Note: cell("note")}
	switch {
	case blank:
		return nil
	case e.Key == "":
		return m.bad(e, "every row needs the key of a person", errors.New("the key is missing"))
	case m.byID[e.Key] != nil:
		return m.bad(e, fmt.Sprintf("keep one of this line and line %d", m.byID[e.Key].line), errors.New("the key is listed twice"))
	case !utf8.ValidString(e.Key + e.Account + e.Email):
		return m.bad(e, "save the file as UTF-8", errors.New("it is not UTF-8"))
	}
	switch e.Action {
	case Create, Existing, Placeholder, Bot, Merge:
	default:
		return m.bad(e, "the actions are create, existing, placeholder, bot and merge", errors.New("the action is not known"))
	}
	m.byID[e.Key] = e
	return nil
}

// Save writes the map to path, by key, whole or not at all.
func (m *Map) Save(path string) error {
	return plugin.WriteFileAtomic(path, func(out io.Writer) error {
		if _, err := io.WriteString(out, bom); err != nil { // spreadsheets take the file for UTF-8 only so
			return err
		}
		w := csv.NewWriter(out)
		if err := w.Write(columns); err != nil {
			return err
		}
		for _, e := range m.Entries() {
			row := []string{e.Key, e.Kind, e.Name, e.SourceEmail, e.Action, e.Account, e.Email, e.Note}
			for i := range row {
				row[i] = guard(row[i])
			}
			if err := w.Write(row); err != nil {
				return err
			}
		}
		w.Flush()
		return w.Error()
	})
}

// guard keeps a spreadsheet from taking a cell for a formula. Newlines go, so that a row is a line.
func guard(s string) string {
	s = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(s)
	if dangerous(strings.TrimLeft(s, "' ")) {
		return "'" + s
	}
	return s
}

// unguard is the inverse of guard.
func unguard(s string) string {
	if strings.HasPrefix(s, "'") && dangerous(strings.TrimLeft(s, "' ")) {
		return s[1:]
	}
	return s
}

// dangerous tells whether a spreadsheet may compute s: it begins with = + - @ or a tab, or with one
// of their full-width forms.
func dangerous(s string) bool {
	for _, p := range []string{"=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
