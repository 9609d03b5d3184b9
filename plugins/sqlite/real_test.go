//go:build real

package sqlite

import (
	"crypto/sha256"
	"encoding/hex"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/table"
)

// TestOthersReadIt: the sqlite3 program and Python find the database sound, and count what we count.
func TestRealOthersReadIt(t *testing.T) {
	e := finished(t, `{}`, corpus(t))
	db := database(t, e)
	run := func(name string, args ...string) string {
		t.Helper()
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	path := filepath.Join(e.Dir, fileName)
	for query, want := range map[string]string{
		"PRAGMA integrity_check": "ok", "PRAGMA foreign_key_check": "", "PRAGMA journal_mode": "delete", "PRAGMA application_id": "1128682073", "PRAGMA user_version": "1",
		"SELECT count(*) FROM search WHERE search MATCH '漢字'":                      "1",
		"SELECT typeof(no), typeof(text), typeof(reactions) FROM messages LIMIT 1": "integer|text|integer",
		"SELECT text FROM readable WHERE no = 10 AND text LIKE '=cmd%'":            ask(t, db, "SELECT text FROM readable WHERE no = 10 AND text LIKE '=cmd%'"),
		"SELECT strftime('%s', sent) FROM messages WHERE text = 'hello'":           ask(t, db, "SELECT strftime('%s', sent) FROM messages WHERE text = 'hello'"),
	} {
		if got := run("sqlite3", "-readonly", path, query); got != want {
			t.Errorf("%s: %q, not %q", query, got, want)
		}
	}
	names := []string{"readable", "threads", "talkers", "talkers_by_conversation", "files", "days", "members"}
	for _, tab := range table.Tables() {
		names = append(names, tab.Name)
	}
	for _, n := range names {
		if got, want := run("sqlite3", "-readonly", path, "SELECT count(*) FROM "+n), ask(t, db, "SELECT count(*) FROM "+n); got != want {
			t.Errorf("sqlite3 counts %s rows of %s, we %s", got, n, want)
		}
	}
	const hashes = "import sqlite3,sys,hashlib; print(hashlib.sha256(''.join(r[0] or '' for r in sqlite3.connect('file:'+sys.argv[1]+'?mode=ro',uri=True).execute('SELECT text FROM messages ORDER BY no')).encode()).hexdigest())"
	want := run("python3", "-c", hashes, path)
	if got := sum(ask(t, db, "SELECT group_concat(text, '') FROM (SELECT text FROM messages ORDER BY no)")); got != want {
		t.Errorf("Python reads other texts: %s, not %s", want, got)
	}
	if left := run("sh", "-c", "ls "+e.Dir+" | grep -c sqlite"); left != "1" {
		t.Errorf("reading leaves %s files", left)
	}
}

func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}
