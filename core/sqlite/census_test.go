package sqlite

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/census"
)

// TestPagesHoldWhatTheLibraryReads compares the count by pages with the library's, for tables of all shapes.
func TestPagesHoldWhatTheLibraryReads(t *testing.T) {
	for _, size := range []int{512, 4096, 65536} {
		path := create(t, fmt.Sprintf("PRAGMA page_size = %d", size), `CREATE TABLE empty (a)`,
			`CREATE TABLE small (id INTEGER PRIMARY KEY, "who" TEXT, n DECIMAL(10,2), CHECK (id > 0))`, `INSERT INTO small VALUES (1, '-1', 1), (2, 'x', 2), (3, NULL, -1)`,
			`CREATE TABLE many (who, a)`, `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 20000) INSERT INTO many SELECT CASE WHEN x % 7 = 0 THEN '-1' ELSE x END, randomblob(x % 700) FROM c`,
			`DELETE FROM many WHERE rowid % 5 = 0`, `CREATE TABLE wide (a)`, `INSERT INTO wide VALUES (zeroblob(300000)), (zeroblob(70000)), (1)`)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := census.OpenPages(context.Background(), strings.NewReader(string(b)), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		for table, want := range map[string]int64{"empty": 0, "small": 2, "many": 16000 - 2286, "wide": 3} {
			if n, err := p.Rows(context.Background(), table, "who", "-1"); n != want || err != nil || !p.Has(table) {
				t.Errorf("pages of %d: %s has %d rows, counted %d: %v", size, table, want, n, err)
			}
		}
		if p.Has("absent") {
			t.Error("a table was found that is not there")
		}
	}
}

func FuzzPages(f *testing.F) {
	b, err := os.ReadFile(create(f, "PRAGMA page_size = 512", `CREATE TABLE t (id INTEGER PRIMARY KEY, a)`, `INSERT INTO t VALUES (1, 'a'), (2, zeroblob(2000))`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, 520, byte(7))
	f.Fuzz(func(t *testing.T, b []byte, at int, v byte) {
		if len(b) > 0 {
			b[(at%len(b)+len(b))%len(b)] ^= v
		}
		p, err := census.OpenPages(context.Background(), strings.NewReader(string(b)), int64(len(b)))
		if err != nil {
			return
		}
		if n, err := p.Rows(context.Background(), "t", "a", "-1"); err == nil && n > int64(len(b)) {
			t.Fatal(n)
		}
	})
}
