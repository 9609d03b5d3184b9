//go:build real

package xlsx

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/table"
)

// readOpenpyxl counts rows, cells and types, and prints texts, as openpyxl reads them.
const readOpenpyxl = `
import json, sys, datetime, openpyxl
from openpyxl.utils.escape import unescape
book = openpyxl.load_workbook(sys.argv[1])
out = {}
for sheet in book.worksheets:
    rows = list(sheet.iter_rows())
    out[sheet.title] = {"rows": len(rows), "frozen": sheet.freeze_panes, "filter": sheet.auto_filter.ref, "links": sum(1 for r in rows for c in r if c.hyperlink),
        "formulas": sum(1 for r in rows for c in r if c.data_type == "f" and not str(c.value).startswith("=")), "dates": sum(1 for r in rows for c in r if isinstance(c.value, datetime.datetime)),
        "texts": [[unescape(str(c.value)) if isinstance(c.value, str) else "" for c in r] for r in rows]}
json.dump(out, sys.stdout)
`

// TestOthersReadIt: openpyxl and LibreOffice have the same rows and texts as we.
func TestRealOthersReadIt(t *testing.T) {
	e, chapters := finished(t, Plugin())
	path := filepath.Join(e.Dir, fileName)
	cmd := exec.Command("/usr/bin/python3", "-c", readOpenpyxl, path)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]struct {
		Rows, Links, Formulas, Dates int
		Frozen, Filter               string
		Texts                        [][]string
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, ch := range chapters {
		for _, r := range ch.Records {
			counts[r.Type]++
		}
	}
	for name, want := range map[string]int{"messages": counts["message"], "people": counts["person"], "conversations": counts["conversation"], "memberships": counts["membership"], "emoji": counts["emoji"], "revisions": counts["revision"], "attachments": 12, "reactions": 4, "edits": 2} {
		s := got[name]
		if s.Rows != want+1 || s.Frozen != "A2" || !strings.HasSuffix(s.Filter, strconv.Itoa(s.Rows)) || s.Formulas != 0 {
			t.Errorf("openpyxl reads %s as %d rows, frozen at %s, filter %s, %d formulas", name, s.Rows, s.Frozen, s.Filter, s.Formulas)
		}
	}
	if got["attachments"].Links != 5 || got["messages"].Dates < 180 {
		t.Errorf("%d links, %d dates", got["attachments"].Links, got["messages"].Dates)
	}
	m := table.Named("messages")
	seen := map[string]bool{}
	for _, row := range got["messages"].Texts {
		seen[row[m.Index("text")]] = true
	}
	for _, ch := range chapters {
		for _, r := range ch.Records {
			if r.Message != nil && r.Message.Text != "" && len(r.Message.Text) < 1000 && !seen[strings.ReplaceAll(r.Message.Text, "\x00", "␀")] {
				t.Errorf("openpyxl does not have the text %q", r.Message.Text)
			}
		}
	}
	libreOffice(t, path, counts["message"])
}

// libreOffice makes CSV files of all sheets and counts their rows.
func libreOffice(t *testing.T, path string, messages int) {
	dir := t.TempDir()
	cmd := exec.Command("soffice", "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir", dir, path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, want := range map[string]int{"messages": messages, "attachments": 12, "reactions": 4} {
		f, err := os.Open(filepath.Join(dir, "history-"+name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		in := csv.NewReader(f)
		in.LazyQuotes = true
		rows, err := in.ReadAll()
		f.Close()
		if err != nil || len(rows) != want+1 {
			t.Errorf("LibreOffice reads %s as %d rows: %v", name, len(rows), err)
			continue
		}
		if name == "messages" && (rows[1][2] == "" || !strings.Contains(rows[1][2], ":")) {
			t.Errorf("LibreOffice shows the date %q", rows[1][2])
		}
	}
}
