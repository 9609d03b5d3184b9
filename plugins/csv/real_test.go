//go:build real

package csv

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/table"
)

// readPython reads every file with Python's strict reader by what datapackage.json says of it, checks types,
// keys and digests, and prints the cells.
const readPython = `
import csv, sys, json, hashlib, datetime
csv.field_size_limit(1 << 30)
out, keys, refs = {}, {}, []
for r in json.load(open("datapackage.json", encoding="utf-8"))["resources"]:
    raw = open(r["path"], "rb").read()
    assert len(raw) == r["bytes"] and "sha256:" + hashlib.sha256(raw).hexdigest() == r["hash"], r["path"]
    d = r["dialect"]
    rows = list(csv.reader(open(r["path"], newline="", encoding="utf-8-sig"), strict=True, delimiter=d["delimiter"], quotechar=d["quoteChar"], doublequote=d["doubleQuote"]))
    names = [f["name"] for f in r["schema"]["fields"]]
    assert rows[0] == names, r["path"]
    for row in rows[1:]:
        assert len(row) == len(names)
        for f, v in zip(r["schema"]["fields"], row):
            if v == "": continue
            t = f["type"]
            if t == "integer": int(v)
            elif t == "boolean": assert v == "true"
            elif t == "array": assert type(json.loads(v)) is list
            elif t == "object": assert type(json.loads(v)) is dict
            elif t == "date": datetime.date.fromisoformat(v)
            elif t == "datetime": assert v[4] == "-" and v[13] == ":"
    at = [names.index(k) for k in r["schema"]["primaryKey"]]
    key = [tuple(row[i] for i in at) for row in rows[1:]]
    assert len(set(key)) == len(key), r["name"] + ": a primary key twice"
    keys[r["name"]] = set(key)
    for k in r["schema"].get("foreignKeys", []):
        i = names.index(k["fields"][0])
        refs.append((r["name"], k["reference"]["resource"] or r["name"], {(row[i],) for row in rows[1:] if row[i] != ""}))
    out[r["name"]] = rows[1:]
for of, to, used in refs:
    assert used <= keys[to], (of, to, used - keys[to])
json.dump(out, sys.stdout)
`

const readNode = `
const fs = require("fs"), { parse } = require("csv-parse/sync"), out = {};
for (const r of JSON.parse(fs.readFileSync("datapackage.json", "utf8")).resources)
  out[r.name] = parse(fs.readFileSync(r.path), { bom: true, delimiter: r.dialect.delimiter, record_delimiter: r.dialect.lineTerminator }).slice(1);
process.stdout.write(JSON.stringify(out));
`

// TestOthersReadIt: Python and Node read the same cells that we read.
func TestRealOthersReadIt(t *testing.T) {
	for _, config := range []string{`{}`, `{"delimiter":"semicolon","bom":true,"line_end":"lf"}`} {
		media := t.TempDir()
		e := ferrytest.FinishedEdition(t, Plugin(), config, media, ferrytest.Corpus(t, media))
		want := ours(t, e.Dir, config)
		for _, argv := range [][]string{{"python3", "-c", readPython}, {"node", "-e", readNode}} {
			cmd := exec.Command(argv[0], argv[1:]...)
			cmd.Dir, cmd.Stderr = e.Dir, os.Stderr
			text, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v", argv[0], err)
			}
			var got map[string][][]string
			if err := json.Unmarshal(text, &got); err != nil {
				t.Fatal(err)
			}
			for _, tab := range table.Tables() {
				if len(got[tab.Name]) != len(want[tab.Name]) || len(want[tab.Name]) > 0 && !reflect.DeepEqual(got[tab.Name], want[tab.Name]) {
					t.Errorf("%s: %s reads %d rows of %s, we %d, and not all cells are the same", config, argv[0], len(got[tab.Name]), tab.Name, len(want[tab.Name]))
				}
			}
		}
	}
}

// ours are the cells as our reader reads them.
func ours(t *testing.T, dir, config string) map[string][][]string {
	comma := byte(',')
	if config != "{}" {
		comma = ';'
	}
	out := map[string][][]string{}
	for _, tab := range table.Tables() {
		b, err := os.ReadFile(filepath.Join(dir, name(tab)))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := read(string(b), comma, len(tab.Columns))
		if err != nil {
			t.Fatal(err)
		}
		out[tab.Name] = rows[1:]
	}
	return out
}
