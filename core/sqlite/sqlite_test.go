package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// create makes a database with the given statements.
func create(t testing.TB, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a # b?.db")
	db, err := sql.Open("sqlite3", "file:"+strings.NewReplacer("#", "%23", "?", "%3f").Replace(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return path
}

func rows(t testing.TB, path, table string) (list []string) {
	t.Helper()
	d, err := Open(context.Background(), path, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	s, err := d.Session(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if d.Table(table) == nil {
		return nil
	}
	if err := s.Each(context.Background(), d.Table(table), "1", "ORDER BY rowid", func(r *Row) error {
		list = append(list, string(r.JSON()))
		return nil
	}); err != nil {
		list = append(list, fmt.Sprintf("too big %v, damaged %v", TooBig(err), Damaged(err)))
	}
	return list
}

func TestValuesAreWhatIsStored(t *testing.T) {
	path := create(t, `CREATE TABLE x (id INTEGER PRIMARY KEY, at DATETIME, flag BOOLEAN, "odd ""name" TEXT, g AS (id + 1))`,
		`INSERT INTO x (id, at, flag, "odd ""name") VALUES (1, 1500000000000, 2, x'fffe'), (2, 'no time', NULL, 1.5)`)
	if got, want := fmt.Sprint(rows(t, path, "x")), `[{"id":1,"at":1500000000000,"flag":2,"odd \"name":"//4="} {"id":2,"at":"no time","odd \"name":"1.5"}]`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	before, _ := os.ReadDir(filepath.Dir(path))
	if len(before) != 1 {
		t.Errorf("reading left %v", before)
	}
}

func TestASchemaIsNotTrusted(t *testing.T) {
	path := create(t, `CREATE TABLE t (a)`, `INSERT INTO t VALUES (1)`,
		`CREATE VIEW message AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c`, `CREATE VIRTUAL TABLE f USING fts5(a)`)
	for _, name := range []string{"message", "f", "absent"} {
		if got := rows(t, path, name); got != nil {
			t.Errorf("%s was read: %v", name, got)
		}
	}
}

func TestAValueTooLongIsNamed(t *testing.T) {
	path := create(t, `CREATE TABLE t (id INTEGER PRIMARY KEY, a)`, fmt.Sprintf(`INSERT INTO t VALUES (1, 'a'), (2, zeroblob(%d))`, MaxValue+1))
	if got := fmt.Sprint(rows(t, path, "t")); got != `[{"id":1,"a":"a"} too big true, damaged false]` {
		t.Error(got)
	}
}

func TestTheLogBesideIsReadToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	db, err := sql.Open("sqlite3", path+"?_journal_mode=WAL&_wal_autocheckpoint=0")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, s := range []string{`CREATE TABLE t (a)`, `INSERT INTO t VALUES (7)`} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	defer db.Close()
	if st, err := os.Stat(path + "-wal"); err != nil || st.Size() == 0 {
		t.Fatal("there is no log", err)
	}
	if got := fmt.Sprint(rows(t, path, "t")); got != `[{"a":7}]` {
		t.Error(got)
	}
}

// FuzzOpen reads any bytes as a database: it may fail, and does nothing else.
func FuzzOpen(f *testing.F) {
	b, err := os.ReadFile(create(f, `PRAGMA page_size = 512`, `CREATE TABLE t (id INTEGER PRIMARY KEY, a)`, `INSERT INTO t VALUES (1, 'a'), (2, x'00')`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, 100, byte(7))
	f.Add([]byte(Magic), 0, byte(0))
	f.Fuzz(func(t *testing.T, b []byte, at int, v byte) {
		if len(b) > 1<<20 {
			return
		}
		if len(b) > 0 {
			b[(at%len(b)+len(b))%len(b)] ^= v
		}
		path := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := Open(context.Background(), path, t.TempDir())
		if err != nil {
			return
		}
		defer d.Close()
		s, err := d.Session(context.Background())
		if err != nil {
			return
		}
		defer s.Close()
		for _, name := range d.Tables() {
			n := 0
			if err := s.Each(context.Background(), d.Table(name), "1", "LIMIT 1000", func(r *Row) error { n += len(r.JSON()); return nil }); err != nil && n > 1<<30 {
				t.Fatal(n)
			}
		}
	})
}
