package html

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/plugin"
)

func TestAFileThatNobodyWroteIsFound(t *testing.T) {
	r := newRig(t)
	r.deliver([]ferrytest.Chapter{chapter("u", say("c", "k1", "2020-01-01T00:00:00Z", "one"))})
	for _, name := range []string{"extra.html", "c/" + digest("c") + "/77.html", "site/more.js", "media/ab/evil.html"} {
		path := filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("<p>trust me"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := r.readBack(); !plugin.IsDamage(err) || !strings.Contains(err.Error(), name) || got["k1"] == nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".chatferry/ledger.db", "evidence/bagit.txt"} { // of the run
		path := filepath.Join(r.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.readBack(); err != nil {
		t.Error(err)
	}
}

// TestASiteOfAnotherVersionIsProvedByItsDigests makes a site look as if an older version had rendered it.
func TestASiteOfAnotherVersionIsProvedByItsDigests(t *testing.T) {
	r := newRig(t)
	r.deliver([]ferrytest.Chapter{chapter("u", say("c", "k1", "2020-01-01T00:00:00Z", "one"), say("c", "k2", "2020-01-01T00:01:00Z", "two"))})
	page := "c/" + digest("c") + "/1.html"
	rewrite := func(name string, f func([]byte) []byte) []byte {
		path := filepath.Join(r.dir, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b = f(b)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return b
	}
	seal := func() {
		manifest := rewrite(manifestName, func(list []byte) []byte {
			var out bytes.Buffer
			for line := range strings.Lines(string(list)) {
				name := strings.TrimSpace(line[66:])
				b, err := os.ReadFile(filepath.Join(r.dir, name))
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&out, "%x  %s\n", sha256.Sum256(b), name)
			}
			return out.Bytes()
		})
		rewrite(tagName, func([]byte) []byte { return fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(manifest), manifestName) })
	}
	other := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`class="m`), []byte(`class="message`)) }
	rewrite(page, other)
	seal()
	if got, err := r.readBack(); err != nil || len(got) != 0 {
		t.Errorf("a page of this version that differs: %d records, %v", len(got), err)
	}
	rewrite(makerName, func([]byte) []byte { return []byte("html 0.9.0\n") })
	seal()
	if got, err := r.readBack(); err != nil || len(got) != 2 {
		t.Errorf("a page of another version: %d records, %v", len(got), err)
	}
	rewrite(page, func(b []byte) []byte { return bytes.Replace(b, []byte("two"), []byte("ten"), 1) })
	if got, err := r.readBack(); err != nil || got["k2"] != nil {
		t.Errorf("one that was changed later: %d records, %v", len(got), err)
	}
}
