package parquet

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/table"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"zone": "Asia/Kathmandu"}})
}

func finished(t *testing.T) *ferrytest.Edition {
	media := t.TempDir()
	return ferrytest.FinishedEdition(t, Plugin(), `{}`, media, ferrytest.Corpus(t, media))
}

func file(t *testing.T, e *ferrytest.Edition, tab string) *pq.File {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(e.Dir, tab+".parquet"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := pq.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestColumnsStandInOrderAndHaveTypes(t *testing.T) {
	e := finished(t)
	for _, tab := range table.Tables() {
		f := file(t, e, tab.Name)
		for i, c := range f.Schema().Columns() {
			if c[0] != tab.Columns[i].Name {
				t.Fatalf("%s: column %d is %s", tab.Name, i, c[0])
			}
		}
		about, _ := f.Lookup("chatferry.columns")
		if !strings.Contains(about, tab.Columns[0].About) {
			t.Errorf("%s says %s", tab.Name, about)
		}
	}
	schema := file(t, e, "messages").Schema().String()
	for _, want := range []string{"required int64 no", "optional int64 sent (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS))", "optional int64 local (TIMESTAMP(isAdjustedToUTC=false,unit=MICROS))", "optional int32 day (DATE)", "optional boolean broadcast", "optional binary text (STRING)", "optional binary rest (JSON)"} {
		if !strings.Contains(schema, want) {
			t.Errorf("the schema has no %q: %s", want, schema)
		}
	}
}

// TestRowGroupsAreBounded: large texts end a group before it has many rows.
func TestRowGroupsAreBounded(t *testing.T) {
	var list []*message.Record
	for i := range 60 {
		list = append(list, message.Of(&message.Message{Key: fmt.Sprintf("k%02d", i), ID: fmt.Sprint(i), Conversation: "c", Kind: "text", Author: "a", Text: strings.Repeat(fmt.Sprint("text ", i), 100000), Sent: message.Time{UTC: fmt.Sprintf("2020-01-01T00:00:%02dZ", i)}}))
	}
	e := ferrytest.FinishedEdition(t, Plugin(), `{}`, t.TempDir(), []ferrytest.Chapter{{Shard: plugin.Shard{ID: "s", Records: -1}, Records: list}})
	groups := file(t, e, "messages").RowGroups()
	if len(groups) < 3 {
		t.Errorf("%d row groups", len(groups))
	}
	got, err := e.Read()
	if err != nil || len(got) != len(list) {
		t.Errorf("%d records come back: %v", len(got), err)
	}
	for _, r := range list {
		if got[r.Key()] != string(r.Append(nil)) {
			t.Errorf("%s comes back with other content", r.Key())
		}
	}
}

func TestEveryFileIsProved(t *testing.T) { finished(t).EveryFileIsProved() }

// TestAnyFileIsReadOrRefused turns bytes all over a file and seals it anew: no panic, no record that nobody wrote
// passes for one of ours.
func TestAnyFileIsReadOrRefused(t *testing.T) {
	e := finished(t)
	whole, err := e.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"messages.parquet", "people.parquet", "reactions.parquet"} {
		info, err := os.Stat(filepath.Join(e.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		step := max(1, info.Size()/40)
		for at := int64(0); at < info.Size(); at += step {
			undo := e.Change(name, func(b []byte) []byte {
				b[at] ^= 0x5a
				return b
			})
			e.Seal()
			got, err := e.Read()
			for k, line := range got {
				if r, bad := message.Decode(line); bad != nil || r.Check() != nil {
					t.Errorf("%s at %d: %s comes back as no record", name, at, k)
				}
			}
			if err == nil && len(got) != len(whole) {
				t.Errorf("%s at %d: %d of %d records come back without an error", name, at, len(got), len(whole))
			}
			undo()
		}
	}
}

// TestAForgedCellHidesItsRecord writes a file anew with one cell changed.
func TestAForgedCellHidesItsRecord(t *testing.T) {
	e := finished(t)
	whole, err := e.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		table, column string
		value         pq.Value
		lost          int
	}{
		{"messages", "author_name", pq.ByteArrayValue([]byte("Eve")), 1},
		{"messages", "day", pq.Int32Value(1), 1},
		{"messages", "sent", pq.Int64Value(1), 1},                    // day and local do not follow
		{"messages", "text", pq.ByteArrayValue([]byte("forged")), 1}, // plain does not follow
		{"messages", "kind", pq.ByteArrayValue([]byte("forged")), 0},
		{"attachments", "file", pq.ByteArrayValue([]byte("media/x")), 1},
		{"people", "rest", pq.ByteArrayValue([]byte(`{"zz":1}`)), 1},
		{"memberships", "person_name", pq.ByteArrayValue([]byte("Eve")), 1},
	} {
		undo := e.Change(x.table+".parquet", func(b []byte) []byte { return forge(t, b, x.table, x.column, x.value) })
		e.Seal()
		got, err := e.Read()
		same := true
		for k, line := range whole {
			same = same && got[k] == line
		}
		if same || len(got) != len(whole)-x.lost || err != nil && !plugin.IsDamage(err) {
			t.Errorf("%s.%s: %d of %d records, %v", x.table, x.column, len(got), len(whole), err)
		}
		undo()
		e.Seal()
	}
}

// forge changes a column of the first row.
func forge(t *testing.T, b []byte, tab, column string, v pq.Value) []byte {
	f, err := pq.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	options := []pq.WriterOption{f.Schema()}
	for _, kv := range f.Metadata().KeyValueMetadata {
		options = append(options, pq.KeyValueMetadata(kv.Key, kv.Value))
	}
	w := pq.NewGenericWriter[any](&out, options...)
	col := table.Named(tab).Index(column)
	first := true
	for _, g := range f.RowGroups() {
		rows := g.Rows()
		buf := make([]pq.Row, 1)
		for {
			n, _ := rows.ReadRows(buf)
			if n == 0 {
				break
			}
			if first {
				buf[0][col] = v.Level(0, 1, col)
				first = false
			}
			if _, err := w.WriteRows(buf); err != nil {
				t.Fatal(err)
			}
		}
		rows.Close()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// FuzzCell: what a value gives as a cell gives the value.
func FuzzCell(f *testing.F) {
	f.Add(int64(0), "a")
	f.Add(int64(-62135596800000000), "{}")
	f.Add(int64(1<<62), "")
	f.Fuzz(func(t *testing.T, n int64, s string) {
		for _, c := range []*table.Column{{Type: table.Int}, {Type: table.Time}, {Type: table.Local}, {Type: table.Text}, {Type: table.Day}} {
			v := pq.Int64Value(n)
			switch c.Type {
			case table.Text:
				v = pq.ByteArrayValue([]byte(s))
			case table.Day:
				v = pq.Int32Value(int32(n))
			}
			cell, ok := cellOf(c, v)
			if !ok {
				continue
			}
			if back, ok := value(c, cell); ok && back.String() != v.String() {
				t.Errorf("%v of type %d is the cell %+v, and that %v", v, c.Type, cell, back)
			}
		}
	})
}
