package transform

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/plugin"
)

// maxCSV is the largest CSV file that is read.
const maxCSV = 64 << 20

// row is a line of a CSV file by column.
type row struct {
	place  string // "people.csv:7", for messages
	values map[string]string
}

// readCSV reads a CSV file with a header row. It takes what spreadsheets write: a byte order mark, CRLF,
// semicolons or tabs, a "sep=" line. Columns beyond those listed are ignored; required ones must be there.
func readCSV(setting, path string, required, optional []string) ([]row, error) {
	name := filepath.Base(path)
	bad := func(hint string, err error) error { return plugin.BadSetting(setting, hint, err) }
	text, err := readAtMost(path, maxCSV)
	if err != nil {
		return nil, bad("give the path of a CSV file", err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		line := 1
		for rest := text; ; line++ {
			head, tail, more := bytes.Cut(rest, []byte("\n"))
			if !utf8.Valid(head) || !more {
				break
			}
			rest = tail
		}
		return nil, bad("save the file as \"CSV UTF-8\"", fmt.Errorf("%s:%d: is not UTF-8", name, line))
	}
	r, skipped := csvReader(text)
	header, err := r.Read()
	if err != nil {
		return nil, bad("the first line must name the columns", fmt.Errorf("%s:1: has no header row", name))
	}
	columns := map[int]string{}
	for i, h := range header {
		h = strings.ToLower(strings.TrimSpace(h))
		if slices.Contains(required, h) || slices.Contains(optional, h) {
			if slices.Contains(mapValues(columns), h) {
				return nil, bad("keep one of them", fmt.Errorf("%s:%d: column %q comes twice", name, 1+skipped, h))
			}
			columns[i] = h
		}
	}
	for _, want := range required {
		if !slices.Contains(mapValues(columns), want) {
			return nil, bad("the first line must name the columns "+strings.Join(append(slices.Clone(required), optional...), ", "), fmt.Errorf("%s:%d: column %q is missing", name, 1+skipped, want))
		}
	}
	return readRows(r, name, skipped, columns, bad)
}

func readRows(r *csv.Reader, name string, skipped int, columns map[int]string, bad func(string, error) error) ([]row, error) {
	var rows []row
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			line := 0
			cause := err
			if e := (*csv.ParseError)(nil); errors.As(err, &e) {
				line, cause = e.Line+skipped, e.Err
			}
			return nil, bad("check the quotes in that line", fmt.Errorf("%s:%d: %w", name, line, cause))
		}
		line, _ := r.FieldPos(0)
		out := row{place: fmt.Sprintf("%s:%d", name, line+skipped), values: map[string]string{}}
		for i, c := range columns {
			if i < len(fields) {
				if v := strings.TrimSpace(fields[i]); v != "" {
					out.values[c] = v
				}
			}
		}
		if len(out.values) > 0 {
			rows = append(rows, out)
		}
	}
}

// csvReader finds the delimiter: a "sep=" line's, else whichever is most frequent in the header.
func csvReader(text []byte) (r *csv.Reader, skipped int) {
	head, rest, _ := bytes.Cut(text, []byte("\n"))
	comma := ','
	if sep := strings.TrimRight(string(head), "\r"); len(sep) == 5 && strings.EqualFold(sep[:4], "sep=") && strings.ContainsAny(sep[4:], ",;\t|") {
		comma, text, skipped = rune(sep[4]), rest, 1
	} else {
		for _, c := range ";\t" {
			if bytes.Count(head, []byte(string(c))) > bytes.Count(head, []byte(string(comma))) {
				comma = c
			}
		}
	}
	r = csv.NewReader(bytes.NewReader(text))
	r.Comma = comma
	r.FieldsPerRecord = -1
	return r, skipped
}

func mapValues(m map[int]string) []string {
	var list []string
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("is larger than %d MiB", limit>>20)
	}
	return b, err
}
