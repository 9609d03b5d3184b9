//go:build real

package parquet

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/table"
)

const readNode = `
const fs = require("fs");
(async () => {
  const { parquetReadObjects, parquetMetadata } = await import(require.resolve("hyparquet")), { compressors } = await import(require.resolve("hyparquet-compressors"));
  const out = {};
  for (const path of process.argv.slice(1)) {
    const b = fs.readFileSync(path), file = b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength);
    const meta = parquetMetadata(file);
    const rows = await parquetReadObjects({ file, compressors });
    out[path] = { rows, said: Number(meta.num_rows), kv: meta.key_value_metadata, columns: meta.schema.slice(1).map(c => c.name) };
  }
  process.stdout.write(JSON.stringify(out, (k, v) => typeof v === "bigint" ? Number(v) : v));
})().catch(e => { console.error(e); process.exit(1); });
`

// TestOthersReadIt: hyparquet reads the same rows, columns and texts.
func TestRealOthersReadIt(t *testing.T) {
	media := t.TempDir()
	chapters := ferrytest.Corpus(t, media)
	e := ferrytest.FinishedEdition(t, Plugin(), `{}`, media, chapters)
	args := []string{"-e", readNode}
	for _, tab := range table.Tables() {
		args = append(args, filepath.Join(e.Dir, name(tab)))
	}
	cmd := exec.Command("node", args...)
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]struct {
		Rows    []map[string]any
		Said    int
		KV      []struct{ Key, Value string }
		Columns []string
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for _, tab := range table.Tables() {
		g := got[filepath.Join(e.Dir, name(tab))]
		if want := file(t, e, tab.Name).NumRows(); int64(len(g.Rows)) != want || int64(g.Said) != want || len(g.KV) != 6 {
			t.Errorf("hyparquet reads %d rows of %s, we %d", len(g.Rows), tab.Name, want)
		}
		for i, c := range g.Columns {
			if tab.Columns[i].Name != c {
				t.Errorf("%s: column %d is %s", tab.Name, i, c)
			}
		}
	}
	rows := map[string]map[string]any{}
	for _, r := range got[filepath.Join(e.Dir, "messages.parquet")].Rows {
		rows[r["key"].(string)] = r
	}
	n := 0
	for _, ch := range chapters {
		for _, r := range ch.Records {
			if m := r.Message; m != nil {
				row := rows[m.Key]
				if v, _ := row["text"].(string); v != strings.ReplaceAll(m.Text, "\x00", "␀") {
					t.Errorf("%s has the text %.100q", m.Key, v)
				}
				// JavaScript's dates are rounded to the millisecond.
				if at, _ := row["sent"].(string); !strings.Contains(m.Sent.UTC, ".999") && !strings.HasPrefix(at, m.Sent.UTC[:19]) {
					t.Errorf("%s was sent %s, hyparquet reads %s", m.Key, m.Sent.UTC, at)
				}
				n++
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d messages", n)
	}
}
