package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/report"
)

// flips is how many bits TestFault14BitFlips turns of each kind of file; CHATFERRY_FLIPS makes it more.
const flips = 8

// kindOf says what a file of an output folder is, for the count.
func kindOf(rel string) string {
	parts := strings.Split(filepath.ToSlash(rel), "/")
	switch {
	case parts[0] == ".chatferry" && len(parts) > 2:
		return parts[1]
	case parts[0] == ".chatferry" || len(parts) == 1:
		return strings.TrimRight(strings.TrimSuffix(parts[len(parts)-1], ".ndjson"), "-0123456789")
	case len(parts) > 2:
		return parts[0] + "/" + parts[1]
	}
	return parts[0] + "/" + parts[len(parts)-1]
}

// unread are files that verify makes again or does not need: it takes its words from the ledger. A turned bit in
// them changes nothing that is proven. people.csv is the user's to change.
var unread = []string{"lock", "exceptions", "tree-archive", "tree-mattermost", "people.csv", "places-mattermost.tsv"}

// advice is what to do next: on a line of its own, or below the place in the user's file that an error points to.
var advice = regexp.MustCompile(`(?m)^  Next: .|^ *\| \^+\n  \S`)

// salts decide both roots alike. A turned bit in them is found by comparing the roots with those of the earlier
// report, as whoever holds that one does.
const salts = "salts.tsv"

// TestFault14BitFlips turns single bits of a finished output folder, its books included. Verify finds each by another
// exit code and names what is damaged, or says exactly what it said before.
func TestFault14BitFlips(t *testing.T) {
	r := convertTrial(t)
	out := filepath.Join(t.TempDir(), "out")
	r.settled(out)
	kinds := map[string][]string{}
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(out, path)
		kinds[kindOf(rel)] = append(kinds[kindOf(rel)], rel)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	before, code, _ := verified(t, out)
	if code != r.exit {
		t.Fatalf("exit code %d", code)
	}
	rnd := rand.New(rand.NewPCG(14, 14))
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if slices.Contains(unread, kind) {
			continue
		}
		// Unsigned evidence was renewed while something was wrong; now it says again that all is right, and no trial
		// renews it: turned bits of evidence that is out of date could not be turned back.
		if after, now, said := verified(t, out); now != code || after != before {
			t.Fatalf("after all bits are right again: exit code %d\n%s", now, said)
		}
		found, harmless := 0, 0
		for range number(t, "CHATFERRY_FLIPS", flips) {
			path := filepath.Join(out, kinds[kind][rnd.IntN(len(kinds[kind]))])
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if len(whole) == 0 {
				continue
			}
			b := bytes.Clone(whole)
			at, bit := rnd.IntN(len(b)), rnd.IntN(8)
			b[at] ^= 1 << bit
			write(t, path, b)
			after, now, said := verified(t, out)
			rel, _ := filepath.Rel(out, path)
			switch refused := strings.Contains(said, "Error: "); {
			case refused && !advice.MatchString(said):
				t.Errorf("bit %d of byte %d of %s: exit code %d does not say what to do:\n%s", bit, at, rel, now, said)
			case refused || now != code:
				found++
			case after == before:
				harmless++
			case kind == salts && rootless(after) == rootless(before):
				found++
			default:
				t.Errorf("bit %d of byte %d of %s changes the report and not the exit code: %s", bit, at, rel, difference(before, after))
			}
			write(t, path, whole)
		}
		t.Logf("%-28s %4d found, %4d harmless", kind, found, harmless)
	}
	if after, now, said := verified(t, out); now != code || after != before {
		t.Errorf("after all bits are right again: exit code %d\n%s", now, said)
	}
}

// rootless is a summary without its roots.
func rootless(s string) string {
	return regexp.MustCompile(`"(expected|found)_root":"[0-9a-f]*"`).ReplaceAllString(s, "")
}

// difference is where two texts begin to differ.
func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	i = max(0, i-40)
	return fmt.Sprintf("%.100q became %.100q", a[min(i, len(a)):], b[min(i, len(b)):])
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// verified runs verify in this process and gives its summary without what differs from run to run.
func verified(t *testing.T, out string) (summary string, code int, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{stdout: &stdout, stderr: &stderr, getenv: os.Getenv}
	code = a.execute(context.Background(), []string{"verify", out, "--json", "--progress", "plain", "--in-process"})
	var s report.Summary
	if err := json.Unmarshal(stdout.Bytes(), &s); err != nil {
		return "", code, stderr.String()
	}
	s.Seconds = 0
	if s.Inventory != nil {
		s.Inventory.At = "" // when it was counted
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), code, fmt.Sprint(stderr.String(), stdout.String())
}
