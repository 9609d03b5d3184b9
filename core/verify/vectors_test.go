package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
)

// update is the kit's flag: write the vectors in schema/testdata/proof anew.
func update() bool { return flag.Lookup("update").Value.String() == "true" }

// vectorLimit keeps out the corpus's very long records.
const vectorLimit = 4 << 10

// treeOf gives the root of a tree over lines, and its rows.
func treeOf(t testing.TB, lines []string, salts *Salts) (root string, conversations, days []byte) {
	t.Helper()
	s := newSide(t.TempDir(), salts)
	defer s.sorter.Close()
	for _, line := range lines {
		e := entryAt(line)
		if err := s.add(&e); err != nil {
			t.Fatal(err)
		}
	}
	it, err := s.sorter.Sort()
	if err != nil {
		t.Fatal(err)
	}
	var c, d bytes.Buffer
	walk := cursor{it: it, tree: newTree(&c, &d)}
	for walk.next(); walk.more; walk.next() {
	}
	if root, err = walk.tree.finish(); err != nil {
		t.Fatal(err)
	}
	return root, c.Bytes(), d.Bytes()
}

// TestVectors holds the vectors in schema/testdata/proof, by which others can check a program of theirs,
// against this one.
func TestVectors(t *testing.T) {
	salts := &Salts{keys: map[string]*pads{}}
	var lines []string
	seen := map[string]bool{}
	var leaves, keys bytes.Buffer
	for _, chapter := range ferrytest.Corpus(t, "") {
		for _, r := range chapter.Records {
			line := string(r.Append(nil))
			if id := r.Type + " " + r.Key(); len(line) > vectorLimit || seen[id] {
				continue
			} else {
				seen[id] = true
			}
			lines = append(lines, line)
			p := r.Place()
			if p.Subject != "" && len(p.Subject)%3 > 0 && salts.keys[p.Subject] == nil { // a third has no key
				salts.keys[p.Subject] = newPads(sha256.Sum256([]byte(p.Subject)))
				fmt.Fprintf(&keys, "%s\t%x\n", message.AppendString(nil, p.Subject), salts.keys[p.Subject].key)
			}
		}
	}
	h := hasher{salts: salts}
	for _, line := range lines {
		e := entryAt(line)
		leaf := h.leaf(&e.Place, e.content)
		fmt.Fprintf(&leaves, "%s\t%s\t%x\t%x\n", e.Type, message.AppendString(nil, e.Key), e.content, leaf)
	}
	root, conversations, days := treeOf(t, lines, salts)
	if _, err := hex.DecodeString(root); err != nil || len(lines) < 50 || bytes.Count(days, []byte("\n")) < 20 {
		t.Fatalf("root %s of %d lines on %d days", root, len(lines), bytes.Count(days, []byte("\n")))
	}
	for name, got := range map[string][]byte{"records.ndjson": []byte(strings.Join(lines, "\n") + "\n"), "salts.tsv": keys.Bytes(), "leaves.tsv": leaves.Bytes(),
		"conversations.tsv": conversations, "days.tsv": days, "root.txt": []byte(root + "\n")} {
		path := filepath.Join("../../schema/testdata/proof", name)
		if update() {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is another; -update writes it anew, which changes the proof", name)
		}
	}
}
