package sqlite

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/table"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"zone": "Asia/Kolkata"}, Output: func(t *testing.T, dir string) {
		found, err := filepath.Glob(filepath.Join(dir, "*.sqlite*"))
		if err != nil || len(found) != 1 {
			t.Errorf("there is more than the database: %v %v", found, err)
		}
	}})
}

func finished(t *testing.T, config string, chapters func(media string) []ferrytest.Chapter) *ferrytest.Edition {
	media := t.TempDir()
	return ferrytest.FinishedEdition(t, Plugin(), config, media, chapters(media))
}

func corpus(t *testing.T) func(string) []ferrytest.Chapter {
	return func(media string) []ferrytest.Chapter { return ferrytest.Corpus(t, media) }
}

func database(t *testing.T, e *ferrytest.Edition) *sql.DB {
	t.Helper()
	db, err := connect(filepath.Join(e.Dir, fileName), "mode=ro&immutable=1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func ask(t *testing.T, db *sql.DB, query string, args ...any) string {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	var out []string
	for rows.Next() {
		vals, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range vals {
			dest[i] = &vals[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Trim(fmt.Sprint(vals), "[]"))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.Join(out, "\n")
}

func TestViewsAnswer(t *testing.T) {
	e := finished(t, `{}`, corpus(t))
	db := database(t, e)
	for query, want := range map[string]string{
		"SELECT count(*) FROM readable":                                       "66",
		"SELECT author, text FROM readable WHERE text = 'hello'":              "Ada Example hello",
		"SELECT replies, people FROM threads WHERE text = 'first thread'":     "3 2",
		"SELECT count(*) FROM threads":                                        "3",
		"SELECT conversations FROM talkers WHERE key = 'acme:a:webhook'":      "1",
		"SELECT sum(messages) FROM talkers_by_conversation":                   ask(t, db, "SELECT sum(messages) FROM talkers"),
		"SELECT count(*), count(file) FROM files":                             "12 5",
		"SELECT messages FROM days WHERE day = '2018-01-01'":                  "1",
		"SELECT person FROM members WHERE person LIKE '山%' LIMIT 1":           "山田 太郎",
		"SELECT count(*) FROM messages WHERE reactions = 0 AND NOT broadcast": "64",
		"PRAGMA foreign_key_check":                                            "",
		"PRAGMA integrity_check":                                              "ok",
	} {
		if got := ask(t, db, query); got != want {
			t.Errorf("%s: %s", query, got)
		}
	}
	for _, tab := range table.Tables() {
		if schema := ask(t, db, "SELECT sql FROM sqlite_schema WHERE name = ?", tab.Name); !strings.Contains(schema, tab.About) || !strings.Contains(schema, "STRICT") || strings.Count(schema, "-- ") != len(tab.Columns)+1 {
			t.Errorf("the schema does not document %s: %s", tab.Name, schema)
		}
	}
}

func say(texts ...string) func(string) []ferrytest.Chapter {
	return func(string) []ferrytest.Chapter {
		var list []*message.Record
		for i, text := range texts {
			list = append(list, message.Of(&message.Message{Key: fmt.Sprint("k", i), ID: fmt.Sprint(i), Conversation: "c", Kind: "text", Author: "a", Text: text, Sent: message.Time{UTC: fmt.Sprintf("2020-01-01T00:00:%02dZ", i)}}))
		}
		return []ferrytest.Chapter{{Shard: plugin.Shard{ID: "s", Records: -1}, Records: list}}
	}
}

// TestSearchFinds: two-character Chinese words are what the tokenizers of SQLite do not find.
func TestSearchFinds(t *testing.T) {
	e := finished(t, `{}`, say("今天下午三点开会讨论迁移方案", "Meeting at Café Müller", "会議は明日です", "회의는 내일", "ประชุมพรุ่งนี้", "שלום עולם", "nothing"))
	db := database(t, e)
	for query, want := range map[string]string{
		"开会": "1", "讨论": "1", "方案": "1", `"开会 会讨 讨论"`: "1", "案": "1", "会议": "", "論会": "", "cafe": "2", "muller meeting": "2", "meet*": "2", "会議": "3", "明日": "3", "회의": "4", "ประ": "", "שלום": "6",
	} {
		if got := ask(t, db, "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid", query); got != want {
			t.Errorf("%s finds %q, not %q", query, got, want)
		}
	}
}

func TestWithoutSearch(t *testing.T) {
	e := finished(t, `{"search":false}`, corpus(t))
	if _, err := e.Read(); err != nil {
		t.Error(err)
	}
	if got := ask(t, database(t, e), "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'search%'"); got != "0" {
		t.Errorf("%s parts of an index", got)
	}
}

// TestNothingInATextIsSQL: rows are bound, never written into a statement.
func TestNothingInATextIsSQL(t *testing.T) {
	e := finished(t, `{}`, say("'); DROP TABLE messages; --", `" OR 1=1 --`, "a\x00b"))
	got, err := e.Read()
	if err != nil || len(got) != 3 {
		t.Errorf("%v %v", got, err)
	}
	if got := ask(t, database(t, e), "SELECT text, length(text), rest FROM messages WHERE no = 3"); got != `a␀b 3 {"text":"a\u0000b"}` {
		t.Errorf("%s", got)
	}
}

func TestEveryFileIsProved(t *testing.T) { finished(t, `{}`, corpus(t)).EveryFileIsProved() }

// TestAForgedDatabaseIsNoticed changes the database by SQL and seals the edition anew.
func TestAForgedDatabaseIsNoticed(t *testing.T) {
	e := finished(t, `{}`, corpus(t))
	whole, err := e.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		sql  string
		lost int // records that are not given back; -1: the reading ends
	}{
		{"UPDATE messages SET author_name = 'Eve' WHERE no = 3", 1},
		{"UPDATE messages SET text = 'forged' WHERE no = 3", 1}, // plain does not follow
		{"UPDATE messages SET text = 'forged', plain = 'forged' WHERE no = 3", 0},
		{"UPDATE messages SET reactions = 7 WHERE no = 3", 1},
		{"UPDATE messages SET hidden = 2 WHERE no = 3", 1},
		{"UPDATE attachments SET file = 'media/00/00' WHERE n = 0", 1},
		{"UPDATE attachments SET message = 'x' WHERE n = 0", 1},
		{"DELETE FROM reactions WHERE m = 1", 1},
		{"INSERT INTO edits (message_no, message, n) VALUES (9999, 'x', 0)", 0},
		{"UPDATE people SET shown_name = 'Eve' WHERE key = 'acme:a:guest'", 1},
		{"UPDATE memberships SET rest = '{}' WHERE rowid = 1", 1},
		{"UPDATE memberships SET rest = '{\"zz\":1}' WHERE rowid = 1", 1},
		{"UPDATE about SET value = 'x'", 0},
		{"PRAGMA user_version = 2", 0},
		{"CREATE TRIGGER t AFTER INSERT ON about BEGIN SELECT 1; END", -1},
		{"DROP VIEW days", -1},
		{"CREATE VIEW later AS SELECT 1", -1},
	} {
		undo := e.Change(fileName, bytes.Clone)
		db, err := connect(filepath.Join(e.Dir, fileName), "mode=rw")
		if err == nil {
			_, err = db.Exec(x.sql)
		}
		db.Close()
		if err != nil {
			t.Fatalf("%s: %v", x.sql, err)
		}
		e.Seal()
		got, err := e.Read()
		same := len(got) == len(whole)
		for k, line := range whole {
			same = same && got[k] == line
		}
		switch {
		case err == nil && same:
			t.Errorf("%s is not noticed", x.sql)
		case x.lost < 0 && (err == nil || plugin.IsDamage(err)), x.lost >= 0 && (err != nil && !plugin.IsDamage(err) || len(got) != len(whole)-x.lost):
			t.Errorf("%s: %d of %d records, %v", x.sql, len(got), len(whole), err)
		}
		undo()
		e.Seal()
	}
}

// TestAnyFileIsReadOrRefused: pages at random are no database, and a database of zeros has no rows.
func TestAnyFileIsReadOrRefused(t *testing.T) {
	e := finished(t, `{}`, say("one", "two"))
	info, err := os.Stat(filepath.Join(e.Dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	for at := int64(0); at < info.Size(); at += 4099 {
		undo := e.Change(fileName, func(b []byte) []byte {
			for i := at; i < min(at+7, info.Size()); i++ {
				b[i] ^= 0x5a
			}
			return b
		})
		e.Seal()
		if _, err := e.Read(); err != nil && strings.Contains(err.Error(), "panic") {
			t.Errorf("at %d: %v", at, err)
		}
		undo()
	}
}
