package sqlite

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Clone makes a row that outlives the walk.
func (r *Row) Clone() *Row {
	return &Row{Table: r.Table, vals: slices.Clone(r.vals), taken: make([]bool, len(r.taken))}
}

// Get takes a value; nil where there is no such column.
func (r *Row) Get(column string) any {
	for i, c := range r.Table.Columns {
		if c == column {
			r.taken[i] = true
			return r.vals[i]
		}
	}
	return nil
}

// Int takes an integer. A number written as text is one; ok is false for anything else.
func (r *Row) Int(column string) (n int64, ok bool) {
	switch v := r.Get(column).(type) {
	case int64:
		return v, true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<62 {
			return int64(v), true
		}
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	}
	return 0, false
}

// Text takes a text. Bytes and numbers are given as they would be written.
func (r *Row) Text(column string) string {
	switch v := r.Get(column).(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// Bytes takes a blob.
func (r *Row) Bytes(column string) []byte {
	switch v := r.Get(column).(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	}
	return nil
}

// Left yields what was not taken and says something, as JSON: NULL, 0 and "" count as absent.
func (r *Row) Left(yield func(column, value string)) {
	for i, c := range r.Table.Columns {
		if !r.taken[i] && says(r.vals[i]) {
			yield(c, jsonOf(r.vals[i]))
		}
	}
}

func says(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case int64:
		return v != 0
	case float64:
		return v != 0
	case string:
		return v != ""
	case []byte:
		return len(v) > 0
	}
	return true
}

// JSON is the whole row as an object; blobs are in base64.
func (r *Row) JSON() []byte {
	b := []byte{'{'}
	for i, c := range r.Table.Columns {
		if r.vals[i] == nil {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, quote(c)...), ':'), jsonOf(r.vals[i])...)
	}
	return append(b, '}')
}

func jsonOf(v any) string {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return quote(strconv.FormatFloat(v, 'g', -1, 64))
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []byte:
		return quote(base64.StdEncoding.EncodeToString(v))
	case string:
		return quote(v)
	}
	return "null"
}

func quote(s string) string {
	b, err := json.Marshal(strings.ToValidUTF8(s, "\ufffd"))
	if err != nil {
		return `""`
	}
	return string(b)
}
