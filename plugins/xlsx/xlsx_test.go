package xlsx

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/table"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"zone": "Europe/Berlin"}, Output: wellFormed})
}

// wellFormed reads every part as XML and looks for what must not be in a workbook.
func wellFormed(t *testing.T, dir string) {
	z, err := zip.OpenReader(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(in)
		for {
			tok, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "f" {
				t.Errorf("%s has a formula", f.Name)
			}
		}
		in.Close()
		if y, m, day := f.Modified.Date(); y != 1980 || m != 1 || day != 1 {
			t.Errorf("%s is dated %v", f.Name, f.Modified)
		}
	}
}

// small is a sink with limits that are soon reached.
func small(l limits) plugin.Plugin {
	p := Plugin()
	p.Sink = edition.NewSink("xlsx", p.Version, edition.ByTime, func(ctx context.Context, c config) (edition.Format, error) {
		f, err := open(ctx, c)
		f.(*format).limits = l
		return f, err
	})
	return p
}

func finished(t *testing.T, p plugin.Plugin) (*ferrytest.Edition, []ferrytest.Chapter) {
	media := t.TempDir()
	chapters := ferrytest.Corpus(t, media)
	return ferrytest.FinishedEdition(t, p, `{}`, media, chapters), chapters
}

func sheetsOf(t *testing.T, e *ferrytest.Edition) map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(e.Dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(b)
	}
	return parts
}

func comesBack(t *testing.T, e *ferrytest.Edition, chapters []ferrytest.Chapter) {
	t.Helper()
	got, err := e.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range chapters {
		for _, r := range ch.Records {
			if line := string(r.Append(nil)); got[r.Key()] != line {
				t.Errorf("%s went in as %.300s\ncomes back as %.300s", r.Key(), line, got[r.Key()])
			}
		}
	}
}

// TestTheLimitsOfTheFormat: rows, characters and links beyond what a sheet can hold.
func TestTheLimitsOfTheFormat(t *testing.T) {
	e, chapters := finished(t, small(limits{rows: 11, units: 12000, links: 3}))
	comesBack(t, e, chapters)
	parts := sheetsOf(t, e)
	if book := parts["xl/workbook.xml"]; !strings.Contains(book, `name="messages 7"`) || !strings.Contains(book, `name="long_texts 2"`) {
		t.Errorf("sheets: %s", book)
	}
	links := 0
	for name, p := range parts {
		n := strings.Count(p, "<hyperlink ")
		if links += n; n > 3 {
			t.Errorf("%s has %d links", name, n)
		}
		for _, row := range strings.SplitAfter(p, "</t>") {
			if _, text, ok := strings.Cut(row, `xml:space="preserve">`); ok && strings.HasPrefix(name, "xl/worksheets/sheet") && name != sheetPath(0) {
				if n := len(utf16.Encode([]rune(entities.Replace(strings.TrimSuffix(text, "</t>"))))); n > 12000 {
					t.Errorf("%s has a cell of %d units", name, n)
				}
			}
		}
	}
	if links != 3 { // of five files, all in the first sheet
		t.Errorf("%d links", links)
	}
}

// TestLongTextsAreWhole: what excelize cuts off silently.
func TestLongTextsAreWhole(t *testing.T) {
	var list []*message.Record
	for i, text := range []string{strings.Repeat("漢", 40000), strings.Repeat("👍", 20000), strings.Repeat("a", maxUnits), strings.Repeat("a", maxUnits+1), strings.Repeat("\x01", 5000), strings.Repeat("_x0041_", 5000), strings.Repeat("<&>", 12000)} {
		list = append(list, message.Of(&message.Message{Key: fmt.Sprint("k", i), ID: fmt.Sprint(i), Conversation: "c", Kind: "text", Author: "a", Text: text, Sent: message.Time{UTC: fmt.Sprintf("2020-01-01T00:00:%02dZ", i)}}))
	}
	chapters := []ferrytest.Chapter{{Shard: plugin.Shard{ID: "s", Records: -1}, Records: list}}
	e := ferrytest.FinishedEdition(t, Plugin(), `{}`, t.TempDir(), chapters)
	comesBack(t, e, chapters)
	long := 0
	for name, p := range sheetsOf(t, e) {
		if strings.Contains(p, "the whole text is in the sheet long_texts") && name != sheetPath(0) {
			long += strings.Count(p, "the whole text is in the sheet long_texts")
		}
	}
	if long != 12 { // six, each as it is and for reading
		t.Errorf("%d texts are long", long)
	}
}

func TestDatesAreExact(t *testing.T) {
	for _, x := range []struct {
		typ  table.Type
		text string
		want string
	}{
		{table.Time, "2019-04-02T09:00:00Z", "43557.375"}, {table.Day, "2019-04-02", "43557"}, {table.Local, "2019-04-02 12:00:00", "43557.5"},
		{table.Time, "1900-03-01T00:00:00Z", "61"}, {table.Time, "1900-02-28T23:59:59Z", ""}, {table.Day, "1899-12-31", ""}, {table.Day, "9999-12-31", "2958465"}, {table.Time, "9999-12-31T23:59:59Z", ""},
	} {
		v, ok := serial(x.typ, x.text)
		if got := fmt.Sprint(v); ok != (x.want != "") || ok && (got != x.want && fmt.Sprintf("%.0f", v) != x.want) {
			t.Errorf("%s is %s, %v", x.text, got, ok)
		}
	}
	exact := 0
	for micros := int64(-2_200_000_000_000_000); micros < 3_000_000_000_000_000; micros += 1_234_567_890_123 {
		text, _ := table.TimeOf(micros)
		if v, ok := serial(table.Time, text); ok {
			if exact++; dateOf(table.Time, v) != text {
				t.Fatalf("%s comes back as %s", text, dateOf(table.Time, v))
			}
		} else {
			t.Fatalf("%s is not exact", text)
		}
	}
}

func TestEveryFileIsProved(t *testing.T) {
	e, _ := finished(t, Plugin())
	e.EveryFileIsProved()
}

// TestAForgedWorkbookIsNoticed changes parts of the workbook, packs and seals it anew.
func TestAForgedWorkbookIsNoticed(t *testing.T) {
	e, _ := finished(t, small(limits{rows: 1000, units: 32000, links: 3}))
	whole, err := e.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ part, old, new string }{
		{"sheet2", ">hello<", ">hallo<"},
		{"sheet2", ">Ada Example<", ">Eve Example<"},
		{"sheet2", `<v>43557.3`, `<v>43558.3`},
		{"sheet2", `>=cmd`, `>=dmc`},
		{"sheet2", `<row r="5">`, `<row r="6">`},
		{"sheet2", `state="frozen"`, `state="split"`},
		{"sheet2", `t="inlineStr"><is><t xml:space="preserve">hello</t></is>`, `t="str"><f>1+1</f><v>hello</v>`},
		{"sheet7", "because", "whatever"},
		{"sheet7", `<hyperlinks>`, `<hyperlinks> `},
		{"sheet13", "a long text", "a lang text"},
		{"sheet13", `<v>3</v>`, `<v>4</v>`},
		{"sheet1", "Threads", "Threats"},
		{"xl/styles", `wrapText="1"`, `wrapText="0"`},
		{"_rels/sheet7", "media/", "http://evil.example/"},
		{"xl/workbook", `hidden="1"`, `hidden="0"`},
	} {
		changed := false
		undo := e.Change(fileName, func(b []byte) []byte {
			z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			w := zip.NewWriter(&out)
			for _, f := range z.File {
				in, _ := f.Open()
				text, _ := io.ReadAll(in)
				if strings.Contains(f.Name, x.part+".xml") && (strings.Contains(f.Name, "_rels") == strings.Contains(x.part, "_rels")) {
					again := bytes.Replace(text, []byte(x.old), []byte(x.new), 1)
					changed = changed || !bytes.Equal(again, text)
					text = again
				}
				p, _ := w.Create(f.Name)
				p.Write(text)
			}
			w.Close()
			return out.Bytes()
		})
		e.Seal()
		got, err := e.Read()
		same := len(got) == len(whole)
		for k, line := range whole {
			same = same && got[k] == line
		}
		if !changed || same && err == nil {
			t.Errorf("%s: %q in place of %q is not noticed (changed: %v)", x.part, x.new, x.old, changed)
		}
		undo()
		e.Seal()
	}
}

// FuzzText: every text comes back from a cell, is XML, and takes as many units as counted.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "_x0041_", "_x005F_", "__x0041_", "\r\n", "\x01", "\ufffe\uffff", "<&>", "_x00e9_", "_xZZZZ_", "👍", "_x", "a_x0041"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, units int) {
		s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
		b, n := appendText(nil, s)
		if textOf(string(b)) != s {
			t.Errorf("%q stands as %q and comes back as %q", s, b, textOf(string(b)))
		}
		if plain := entities.Replace(string(b)); len(utf16.Encode([]rune(plain))) != n {
			t.Errorf("%q takes %d units, not %d", s, len(utf16.Encode([]rune(plain))), n)
		}
		var v struct {
			T string `xml:",chardata"`
		}
		if err := xml.Unmarshal([]byte("<t>"+string(b)+"</t>"), &v); err != nil || v.T != entities.Replace(string(b)) {
			t.Errorf("%q: %v", b, err)
		}
		if units < 16 {
			units = 16
		}
		text := ""
		for _, p := range pieces("s", 1, "c", s, units) {
			if _, n := appendText(nil, p[6].Text); n > units {
				t.Errorf("a piece has %d units, not %d", n, units)
			}
			text += p[6].Text
		}
		if text != s {
			t.Errorf("%q is cut to %q", s, text)
		}
	})
}

// FuzzRow: whatever stands in a row, it is read or refused.
func FuzzRow(f *testing.F) {
	f.Add(`<c r="A2" s="2" t="inlineStr"><is><t xml:space="preserve">x</t></is></c>`)
	f.Add(`<c r="ZZZ2" s="2"><v>1</v></c>`)
	f.Add(`<c r="B2" s="4"><v>NaN</v></c><c r="`)
	f.Fuzz(func(t *testing.T, raw string) {
		tab := table.Named("messages")
		row := make([]table.Cell, len(tab.Columns))
		parse(raw, tab, row)
	})
}
