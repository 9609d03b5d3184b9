package csv

import (
	"bufio"
	"bytes"
	stdcsv "encoding/csv"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/table"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Output: standardReads})
}

func TestOtherDialectsConform(t *testing.T) {
	for _, config := range []string{`{"delimiter":"semicolon","bom":true,"line_end":"lf","guard":false,"zone":"Asia/Tokyo"}`, `{"delimiter":"tab","zone":"America/St_Johns"}`} {
		media := t.TempDir()
		chapters := ferrytest.Corpus(t, media)
		e := ferrytest.FinishedEdition(t, Plugin(), config, media, chapters)
		got, err := e.Read()
		if err != nil {
			t.Fatal(err)
		}
		for _, ch := range chapters {
			for _, r := range ch.Records {
				if got[r.Key()] != string(r.Append(nil)) {
					t.Errorf("%s: %s comes back as %.500s", config, r.Key(), got[r.Key()])
				}
			}
		}
	}
}

// standardReads reads the files by encoding/csv, which turns \r\n within fields into \n.
func standardReads(t *testing.T, dir string) {
	for _, tab := range table.Tables() {
		f, err := os.Open(filepath.Join(dir, name(tab)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := stdcsv.NewReader(f).ReadAll()
		f.Close()
		if err != nil || !reflect.DeepEqual(rows[0], header(tab)) {
			t.Errorf("%s: %v", tab.Name, err)
		}
		if tab.Name == "messages" && len(rows) < 67 {
			t.Errorf("only %d messages", len(rows))
		}
	}
}

func read(text string, comma byte, width int) (rows [][]string, err error) {
	r := reader{in: bufio.NewReaderSize(strings.NewReader(text), 16), comma: comma}
	for {
		fields := make([]string, width)
		n, err := r.row(fields)
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, fields[:min(n, width)])
	}
}

func TestFieldsComeBackExactly(t *testing.T) {
	fields := []string{"a", "", " a ", "a,b", "a;b", "a\tb", `"`, `""`, `a"b`, "\r\n", "\r", "\n", "a\r\nb", "\r\r\n\n", "日本", "\ufeff", strings.Repeat("x\"\r\n", 5000)}
	for _, d := range []dialect{{comma: ',', end: "\r\n"}, {comma: ';', end: "\n"}, {comma: '\t', end: "\n"}} {
		b := d.appendRow(nil, fields)
		b = d.appendRow(b, fields[:1])
		rows, err := read(string(b), d.comma, len(fields))
		if err != nil || len(rows) != 2 || !slices.Equal(rows[0], fields) {
			t.Errorf("%c: %v %.200q", d.comma, err, rows)
		}
	}
}

func TestMalformedRowsAreRefused(t *testing.T) {
	for _, text := range []string{`a"b`, `"a`, `"a"b`, "a\rb", "\"a\"\rb", `"a""`, "a\r", `""a`} {
		if rows, err := read(text, ',', 3); err == nil {
			t.Errorf("%q is read as %q", text, rows)
		}
	}
	rows, err := read("a,b,c,d,e\n\nx", ',', 3)
	if err != nil || len(rows) != 3 || len(rows[1]) != 1 {
		t.Errorf("%v %q", err, rows)
	}
}

func TestNoFieldIsAFormula(t *testing.T) {
	for _, s := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\tx", " =1", "\u00a0=1", "\ufeff=1", "\u200b+1", "＝1", "＋1", "－1", "＠1", "\n=1", "\x00=1", "\x0b@a", "'", "'=1", "''a"} {
		if g := guarded(s); g[0] != '\'' || unguarded(g) != s {
			t.Errorf("%q is guarded as %q", s, g)
		}
	}
	for _, s := range []string{"", "a", "a=1", "1-1", " a", "日本"} {
		if g := guarded(s); g != s || unguarded(s) != s {
			t.Errorf("%q is guarded as %q", s, g)
		}
	}
}

func finished(t *testing.T) *ferrytest.Edition {
	media := t.TempDir()
	return ferrytest.FinishedEdition(t, Plugin(), `{}`, media, ferrytest.Corpus(t, media))
}

func TestEveryFileIsProved(t *testing.T) { finished(t).EveryFileIsProved() }

// TestAForgedCellHidesItsRecord changes cells and seals the edition anew: what stands there now must not come
// back as the record that was written.
func TestAForgedCellHidesItsRecord(t *testing.T) {
	e := finished(t)
	whole, err := e.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ file, old, new string }{
		{"messages.csv", "Ada Example", "Bob Example"},
		{"messages.csv", "2019-04-02 09:", "2019-04-03 09:"},
		{"messages.csv", ",hello,", ",hallo,"},
		{"messages.csv", ",'=cmd", ",=cmd"},
		{"attachments.csv", "media/", "medea/"},
		{"attachments.csv", "because", "whatever"},
		{"reactions.csv", "tada", "toda"},
		{"reactions.csv", "\r\n", "\r\n\"\r\n"},
		{"edits.csv", "first version", "other version"},
		{"people.csv", "Deploy Bot,bot", "Deplay Bot,bot"},
		{"conversations.csv", "Threads", "Threats"},
		{"memberships.csv", "Deploy Bot", "Destroy Bot"},
		{"analyses.csv", "They talked.", "They kept silent."},
		{"datapackage.json", "sha256:", "sha257:"},
	} {
		changed := false
		undo := e.Change(x.file, func(b []byte) []byte {
			out := bytes.Replace(b, []byte(x.old), []byte(x.new), 1)
			changed = !bytes.Equal(out, b)
			return out
		})
		e.Seal()
		got, err := e.Read()
		same := len(got) == len(whole)
		for k, line := range whole {
			same = same && got[k] == line
		}
		if !changed || same && err == nil {
			t.Errorf("%s: %q in place of %q is not noticed (changed: %v)", x.file, x.new, x.old, changed)
		}
		if err != nil && !plugin.IsDamage(err) && x.old != "\r\n" {
			t.Errorf("%s: %q ends the reading: %v", x.file, x.new, err)
		}
		undo()
		e.Seal()
	}
}

// TestOneLostRowLosesOneRecord: what stands beside it is still given.
func TestOneLostRowLosesOneRecord(t *testing.T) {
	e := finished(t)
	whole, _ := e.Read()
	for _, file := range []string{"messages.csv", "memberships.csv", "emoji.csv", "revisions.csv", "attachments.csv", "edits.csv", "mentions.csv"} {
		var gone int
		undo := e.Change(file, func(b []byte) []byte {
			rows := bytes.SplitAfter(b, []byte("\r\n"))
			gone = len(rows[1])
			return bytes.Join(append(rows[:1:1], rows[2:]...), nil)
		})
		got, err := e.Read()
		if err != nil && !plugin.IsDamage(err) {
			t.Errorf("%s: %v", file, err)
		}
		if len(got) != len(whole)-1 || gone == 0 {
			t.Errorf("%s: %d of %d records come back without one row", file, len(got), len(whole))
		}
		undo()
	}
}

// TestWhatNothingDescribesHasARow: every reference is met, and a bare row is no record.
func TestWhatNothingDescribesHasARow(t *testing.T) {
	media := t.TempDir()
	chapters := ferrytest.Corpus(t, media)[1:4] // without any directory
	e := ferrytest.FinishedEdition(t, Plugin(), `{}`, media, chapters)
	got, err := e.Read()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, ch := range chapters {
		for _, r := range ch.Records {
			if n++; got[r.Key()] != string(r.Append(nil)) {
				t.Errorf("%s comes back as %.500s", r.Key(), got[r.Key()])
			}
		}
	}
	if len(got) != n {
		t.Errorf("%d records come back, not %d", len(got), n)
	}
	for _, x := range [][2]string{{"gone,", "Gina,"}, {",,,", ",x,,"}} {
		undo := e.Change("people.csv", func(b []byte) []byte {
			i := bytes.Index(b, []byte("\r\ngone,"))
			return append(b[:i+2:i+2], bytes.Replace(b[i+2:], []byte(x[0]), []byte(x[1]), 1)...)
		})
		e.Seal()
		if _, err := e.Read(); !plugin.IsDamage(err) {
			t.Errorf("%q in a row without a record is not noticed: %v", x[1], err)
		}
		undo()
	}
}

// TestAnOlderEditionIsStillRead: a version that works names and local times out otherwise reads the records of
// files that are as they were made, and still notices a change.
func TestAnOlderEditionIsStillRead(t *testing.T) {
	e := finished(t)
	whole, err := e.Read()
	if err != nil {
		t.Fatal(err)
	}
	e.Change("made-by.txt", func([]byte) []byte { return []byte("csv 0.9.0\n") })
	e.Change("messages.csv", func(b []byte) []byte {
		return bytes.ReplaceAll(b, []byte(",Ada Example,"), []byte(",Ada (as it once was),"))
	})
	e.Seal()
	if got, err := e.Read(); len(got) != len(whole) || !plugin.IsDamage(err) { // datapackage.json has another digest
		t.Errorf("%d of %d records: %v", len(got), len(whole), err)
	}
	e.Change("messages.csv", func(b []byte) []byte { return bytes.Replace(b, []byte("hello"), []byte("hallo"), 1) })
	if got, err := e.Read(); err == nil || len(got) == len(whole) {
		t.Errorf("a change in an older edition is not noticed: %d records, %v", len(got), err)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for _, config := range []string{`{"zone":"Mars/Olympus"}`, `{"zone":"Local"}`, `{"delimiter":"|"}`, `{"line_end":"cr"}`} {
		if _, err := Plugin().Sink.Open(t.Context(), []byte(config)); err == nil {
			t.Errorf("%s is taken", config)
		}
	}
}

// FuzzReader: what is read is what encoding/csv reads, but for carriage returns, or is refused.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"a,b\r\n", "\"a\"\"b\",\r\n", "\"\r\n\"\n", "a", "\"", "a\"", ",,\n,", "\ufeffa"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := read(text, ',', 8)
		if err != nil {
			return
		}
		var b []byte
		for _, row := range rows {
			b = (dialect{comma: ',', end: "\n"}).appendRow(b, row)
		}
		again, err := read(string(b), ',', 8)
		if err != nil || !reflect.DeepEqual(rows, again) {
			t.Errorf("%q is read as %q, and that as %q: %v", text, rows, again, err)
		}
		if strings.Contains(text, "\r") || strings.Contains(text, "\n\n") || strings.HasPrefix(text, "\n") {
			return
		}
		std := stdcsv.NewReader(strings.NewReader(text))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		if err != nil {
			t.Errorf("%q is read as %q, by the standard library not: %v", text, rows, err)
			return
		}
		for i := range want {
			if i >= len(rows) || !slices.Equal(want[i][:min(8, len(want[i]))], rows[i]) {
				t.Errorf("%q is read as %q, by the standard library as %q", text, rows, want)
				return
			}
		}
	})
}

// FuzzField: every text comes back from its field.
func FuzzField(f *testing.F) {
	for _, s := range []string{"", "'", "=1", "a\r\nb", "\"", " "} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, guard bool) {
		field := s
		if guard {
			field = guarded(s)
		}
		rows, err := read(string((dialect{comma: ',', end: "\r\n"}).appendRow(nil, []string{field, "z"})), ',', 2)
		if err != nil || len(rows) != 1 || rows[0][0] != field || guard && unguarded(rows[0][0]) != s {
			t.Errorf("%q comes back as %q: %v", s, rows, err)
		}
	})
}
