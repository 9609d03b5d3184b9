//go:build real

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// outside runs a program that is not ours; "make test-real" installs it.
func outside(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is not installed; \"make test-real\" does it", name)
	}
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// checkSchema validates every record of an archive with another JSON Schema implementation, using the
// schemas that stand in the archive itself, and prints how many there are of each type.
const checkSchema = `
import sys, json, glob, collections
from jsonschema import Draft202012Validator, RefResolver
store = {}
for path in glob.glob("schema/*.schema.json"):
    s = json.load(open(path)); store[s["$id"]] = s
validators = {}
for s in store.values():
    kind = s["$id"].rsplit("/", 1)[1].split(".")[0]
    validators[kind] = Draft202012Validator(s, resolver=RefResolver(s["$id"], s, store))
count = collections.Counter()
for line in sys.stdin:
    r = json.loads(line)
    errors = list(validators[r["type"]].iter_errors(r))
    if errors: sys.exit("%s: %s" % (r["key"], errors[0].message))
    count[r["type"]] += 1
print(" ".join("%s=%d" % c for c in sorted(count.items())))
`

// TestArchiveIsReadableWithoutUs checks an archive with programs that anybody has.
func TestArchiveIsReadableWithoutUs(t *testing.T) {
	bin, out := program(t), t.TempDir()
	s, code := summary(t, bin, "convert", "../../testdata/sample/ferry-export.zip", out, "--to", "archive")
	if code != 0 {
		t.Fatalf("exit code %d", code)
	}
	outside(t, out, "sha256sum", "--check", "--strict", "--quiet", "manifest-sha256.txt")
	script := filepath.Join(t.TempDir(), "check.py")
	if err := os.WriteFile(script, []byte(checkSchema), 0o600); err != nil {
		t.Fatal(err)
	}
	got := outside(t, out, "sh", "-c", "zstd -dcq records/0001/*.zst | /usr/bin/python3 "+script)
	if !strings.Contains(got, "message=556") || !strings.Contains(got, "revision=4") || s.Read != 560 {
		t.Errorf("another implementation counts %s", got)
	}
}

// checkImport follows the references of an import file as the importer does and counts what is in it.
const checkImport = `
import sys, json, zipfile
z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
names = set(z.namelist()); users, channels, posts, replies, seen = set(), set(), 0, 0, set()
for line in z.open("import.jsonl"):
    assert len(line) < 16 << 20
    o = json.loads(line); v = o.get(o["type"])
    if o["type"] == "user": users.add(v["username"])
    elif o["type"] == "channel": channels.add((v["team"], v["name"]))
    elif o["type"] in ("post", "direct_post"):
        place = (v["team"], v["channel"]) if o["type"] == "post" else tuple(sorted(v["channel_members"]))
        if o["type"] == "post": assert place in channels, place
        for p in [v] + v.get("replies", []):
            assert p["user"] in users, p["user"]
            assert (place, p["create_at"], p["message"]) not in seen
            seen.add((place, p["create_at"], p["message"]))
            for r in p.get("reactions", []): assert r["create_at"] >= p["create_at"] and r["user"] in users
            for a in p.get("attachments", []): assert "data/" + a["path"] in names or a["path"] in names, a
        posts += 1; replies += len(v.get("replies", []))
print(posts + replies)
`

// TestImportFileStandsUpToAnotherReader reads the Mattermost import with Python's zip and JSON.
func TestImportFileStandsUpToAnotherReader(t *testing.T) {
	bin, out := program(t), t.TempDir()
	s, code := summary(t, bin, "convert", "../../testdata/sample/ferry-export.zip", out, "--to", "mattermost")
	if code != 10 {
		t.Fatalf("exit code %d", code)
	}
	path := filepath.Join(out, "mattermost-import.zip")
	outside(t, out, "unzip", "-tqq", path)
	script := filepath.Join(t.TempDir(), "check.py")
	if err := os.WriteFile(script, []byte(checkImport), 0o600); err != nil {
		t.Fatal(err)
	}
	k := s.Sinks[0]
	want := k.Delivered + k.Split + k.Placed
	if got := strings.TrimSpace(outside(t, out, "/usr/bin/python3", script, path)); got != strconv.FormatInt(want, 10) {
		t.Errorf("another reader finds %s posts and replies, the books have %d", got, want)
	}
}
