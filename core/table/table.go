// Package table is a chat history as tables: one definition of the tables and their columns for every sink
// that makes some (csv, sqlite, xlsx, parquet), and its exact inverse.
//
// A column either holds a member of the record, or it is derived: a name or a local time for people to read,
// worked out anew when the table is read back. What has no column stands in the column "rest" as canonical
// JSON, so that nothing is lost and nothing is kept twice.
//
// Invariants:
//   - Rows give back the very bytes of the canonical record that they were made of, or no record.
//   - A record whose derived cells are not what they must be is not given back.
//   - An empty cell means that the member is absent. A cell holds no empty text: that stands in "rest". Nor
//     does it hold a NUL, which many programs take for an end: the cell then shows "␀", and "rest" the text.
//   - Messages are numbered, and the rows of what hangs on them come in the order of these numbers: reading
//     back is one merge in constant memory, but for people and conversations.
//   - Every reference that a column declares is met: people and conversations that no record describes have a
//     row with nothing but their key, not "recorded".
package table

import (
	"slices"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/message"
)

// Type of a column's cells.
type Type int

// Types. What a Time, Day, Local or JSON cell holds is text in that form.
const (
	Text  Type = iota
	Int        // 0 and up
	Bool       // true or absent
	Time       // "2006-01-02T15:04:05.999Z": UTC, with as many digits as the source had
	Day        // "2006-01-02" in the edition's time zone
	Local      // "2006-01-02 15:04:05" in the edition's time zone
	JSON       // canonical
)

// Cell is one value, or none.
type Cell struct {
	Set  bool
	Text string
	Int  int64 // of Int and Bool
}

// Column of a table.
type Column struct {
	Name  string
	Type  Type
	About string // one line for people
	Ref   string // the table whose key the cell holds; "" for none
	path  string // of the member in the record or element, "." between names; "" without one
	digit bool   // the member is a text of digits
	from  derivation
}

// Derived tells whether the column is for people only: it is worked out anew when the table is read.
func (c *Column) Derived() bool { return c.from != nil }

// Table is a kind of rows.
type Table struct {
	Name    string
	About   string
	Columns []*Column // the last one is "rest"
	Key     []string  // columns that name a row
	Parent  string    // "messages" of what hangs on them: message_no refers to messages.no

	record   string // type of its records, "" of a child
	path     string // member of the parent that is a list of its elements
	index    map[string]int
	tree     *node
	children []*Table
}

// Index of a column by name, -1 when there is none.
func (t *Table) Index(name string) int {
	if i, ok := t.index[name]; ok {
		return i
	}
	return -1
}

// Schema is the tables under the settings of one edition.
type Schema struct {
	// Zone of Day and Local cells.
	Zone *time.Location
	// Micros: Time cells are instants to the microsecond, as formats with times of their own have them. Their
	// text is then the one that TimeOf gives, and "rest" keeps what the source had where that differs.
	Micros bool
}

// Tables are all tables, in the order in which they are best shown.
func Tables() []*Table { return slices.Clone(tables) }

// Named is the table of that name.
func Named(name string) *Table {
	for _, t := range tables {
		if t.Name == name {
			return t
		}
	}
	panic("table: no table " + name)
}

func ofRecord(typ string) *Table {
	for _, t := range tables {
		if t.record == typ {
			return t
		}
	}
	return nil
}

// Micros is a time of the model as microseconds since 1970, cut off. It is false for what is no time.
func Micros(utc string) (int64, bool) {
	if !message.Instant(utc) {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339Nano, utc)
	return t.UnixMicro(), err == nil
}

// TimeOf is the time of the model with as few digits as say the same: none, three or six. It is false beyond
// the years that the model has.
func TimeOf(micros int64) (string, bool) {
	t := time.UnixMicro(micros).UTC()
	layout := "2006-01-02T15:04:05Z"
	switch {
	case micros%1000 != 0:
		layout = "2006-01-02T15:04:05.000000Z"
	case micros%1_000_000 != 0:
		layout = "2006-01-02T15:04:05.000Z"
	}
	return t.Format(layout), t.Year() >= 0 && t.Year() <= 9999
}

// shown is what a cell of type Text shows of a text, and shownTime a cell of type Time.
func shown(s string) string { return strings.ReplaceAll(s, "\x00", "␀") }

func (s *Schema) shownTime(utc string) (string, bool) {
	if !s.Micros {
		return utc, message.Instant(utc)
	}
	n, ok := Micros(utc)
	if !ok {
		return "", false
	}
	return TimeOf(n)
}
