//go:build real

package verify

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

// driver gives the root that verify.py computes of each corpus in a folder.
const driver = `
import sys, os; sys.path.insert(0, sys.argv[1]); import verify
for name in sorted(os.listdir(sys.argv[2])):
    if not name.endswith(".ndjson"): continue
    base = os.path.join(sys.argv[2], name[:-7])
    lines = open(base + ".ndjson", "rb").read().split(b"\n")[:-1]
    tree = verify.tree_of(((1, l) for l in lines), verify.load_salts(base + ".tsv"))
    print(name[:-7], tree.root())
    open(base + ".rows", "wb").write(b"".join(k + b"\t" + v + b"\n" for k, v in sorted(tree.rows.items())))
`

// fuzzed is text of everything that is hard in JSON, sorting and Unicode.
func fuzzed(r *rand.Rand, most int) string {
	alphabet := []string{"a", "Z", "0", " ", "\t", "\n", "\r", "\\", "\"", "/", "\x00", "\x1f", "\x7f", "\u0080", "é", "e\u0301", "ß", "ﬁ", "中", "文", "あ", "ع", "ש", "\u200d", "\u202e", "\u2028", "\ufeff", "\ufffd", "\uffff", "🙂", "👩‍👩‍👧", "\U0010ffff", "<", "&", "%", ":"}
	var b strings.Builder
	for range r.IntN(most + 1) {
		b.WriteString(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

func randomTime(r *rand.Rand) message.Time {
	t := fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d", 1+r.IntN(9999), 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60))
	if n := r.IntN(10); n > 0 {
		t += "." + fmt.Sprintf("%09d", r.IntN(1e9))[:n]
	}
	return message.Time{UTC: t + "Z"}
}

// corpus makes random records of every type; some share a conversation, a day, or a key.
func corpus(r *rand.Rand) []string {
	key := func(kind string) string { return message.Key("x", "y", kind, fuzzed(r, 3)) }
	at := randomTime(r)
	when := func() message.Time {
		if r.IntN(2) == 0 {
			at = randomTime(r)
		}
		return at
	}
	var lines []string
	for range r.IntN(60) {
		var rec *message.Record
		switch r.IntN(8) {
		case 0:
			rec = message.Of(&message.Person{Key: key("u"), ID: fuzzed(r, 5), Kind: "human", Name: fuzzed(r, 20)})
		case 1:
			rec = message.Of(&message.Conversation{Key: key("c"), ID: "1", System: "x", Kind: "public", Name: fuzzed(r, 20), Ext: map[string]string{"a": fuzzed(r, 9), "Z": "1", "é": "2"}})
		case 2:
			rec = message.Of(&message.Membership{Key: key("m"), Conversation: key("c"), Person: key("u")})
		case 3:
			t := when()
			rec = message.Of(&message.Revision{Key: key("r"), Of: key("k"), Conversation: key("c"), Action: "edit", At: &t, By: key("u"), Previous: &message.Content{Text: fuzzed(r, 30)}})
		case 4:
			rec = message.Of(&message.Emoji{Key: key("e"), Name: fuzzed(r, 8)})
		default:
			rec = message.Of(&message.Message{Key: key("k"), ID: fuzzed(r, 4), Conversation: key("c"), Kind: "text", Author: key("u"), Sent: when(), Text: fuzzed(r, 60),
				Reactions: []message.Reaction{{Emoji: "x", By: []string{key("u")}, Count: r.IntN(1 << 30)}}, Raw: &message.Source{File: fuzzed(r, 6), Index: "3"}})
		}
		lines = append(lines, string(rec.Append(nil)))
	}
	return lines
}

// TestVerifyPyAgrees compares the roots and the conversations' rows of this package with verify.py's, over
// random corpora. CHATFERRY_CORPORA makes it more than usual.
func TestVerifyPyAgrees(t *testing.T) {
	n := 300
	if s := os.Getenv("CHATFERRY_CORPORA"); s != "" {
		fmt.Sscan(s, &n)
	}
	dir := t.TempDir()
	type result struct{ root, rows string }
	want := map[string]result{}
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 4))
		lines := corpus(r)
		salts := &Salts{path: filepath.Join(dir, fmt.Sprintf("%05d.tsv", i)), keys: map[string]*pads{}, random: randomReader{r}, fresh: true}
		for _, line := range lines {
			if e := entryAt(line); r.IntN(3) > 0 {
				if err := salts.ensure(e.Subject); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := salts.save(); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(lines, "\n")
		if text != "" {
			text += "\n"
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%05d.ndjson", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		root, conversations, _ := treeOf(t, lines, salts)
		want[fmt.Sprintf("%05d", i)] = result{root, string(conversations)}
	}
	schema, err := filepath.Abs("../../schema")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/usr/bin/python3", "-B", "-c", driver, schema, dir)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(got) != n {
		t.Fatalf("%d roots of %d corpora", len(got), n)
	}
	for _, line := range got {
		name, root, _ := strings.Cut(line, " ")
		rows, err := os.ReadFile(filepath.Join(dir, name+".rows"))
		if err != nil {
			t.Fatal(err)
		}
		if root != want[name].root || string(rows) != want[name].rows {
			t.Errorf("corpus %s: verify.py has the root %s, this package %s", name, root, want[name].root)
		}
	}
}

type randomReader struct{ r *rand.Rand }

func (r randomReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r.r.Uint32())
	}
	return len(p), nil
}
