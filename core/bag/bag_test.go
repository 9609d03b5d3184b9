package bag

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// payload has what is hard: an empty file, deep folders, percent signs, line ends and names of other scripts.
var payload = map[string]string{
	"records/0001/a.ndjson": "{}\n", "empty": "", "100%": "percent", "a%0Ab": "already encoded", "line\nend": "lf", "both\r\nends": "crlf",
	"with space ": "space", "日本/語.txt": "text", "é": "composed", "-dash": "x", "data/data": "again",
}

func put(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func sealed(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range payload {
		put(t, dir, "data/out/"+name, text)
	}
	crate := Crate{Name: "Export", Description: "d", Folder: "out", Date: "2020-01-02", First: "2019-01-01T00:00:00Z", Last: "2020-01-02T00:00:00Z",
		Tool: "Chatferry", Version: "1", Dumps: []Dump{{"export.zip", "ab"}, {"folder", ""}}, Counts: []Count{{"message", 3}, {"person", 2}}}
	if err := Describe(t.Context(), dir, crate); err != nil {
		t.Fatal(err)
	}
	if err := Seal(t.Context(), dir, Options{Algorithms: []string{"sha256", "sha512"}, Info: []Field{{"Source-Organization", "Acme"}}}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func check(t testing.TB, dir string) Report {
	t.Helper()
	r, err := Check(t.Context(), dir, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestASealedFolderIsAValidBag(t *testing.T) {
	dir := sealed(t)
	r := check(t, dir)
	if !r.Valid() || r.Files != int64(len(payload))+1 || len(r.Algorithms) != 2 || r.Info[0] != (Field{"Source-Organization", "Acme"}) {
		t.Errorf("%+v", r)
	}
	m, err := os.ReadFile(filepath.Join(dir, "manifest-sha256.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"  data/out/100%25\n", "  data/out/a%250Ab\n", "  data/out/line%0Aend\n", "  data/out/both%0D%0Aends\n", "  data/ro-crate-metadata.json\n"} {
		if !bytes.Contains(m, []byte(line)) {
			t.Errorf("the manifest lacks %q:\n%s", line, m)
		}
	}
	again := sealed(t)
	err = fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		a, _ := os.ReadFile(filepath.Join(dir, path))
		b, _ := os.ReadFile(filepath.Join(again, path))
		if !bytes.Equal(a, b) {
			t.Errorf("%s is not the same a second time", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheCrateNamesEveryFileOnce(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(sealed(t), "data", crateName))
	if err != nil {
		t.Fatal(err)
	}
	var crate struct {
		Graph []struct {
			ID   string `json:"@id"`
			Type string `json:"@type"`
		} `json:"@graph"`
	}
	if err := json.Unmarshal(text, &crate); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, e := range crate.Graph {
		if seen[e.ID] != "" {
			t.Errorf("%s is described twice", e.ID)
		}
		seen[e.ID] = e.Type
	}
	for name := range payload {
		if got := seen[id("out/"+name)]; got != "File" {
			t.Errorf("%q is described as %q", name, got)
		}
	}
	for _, want := range []string{"./", "ro-crate-metadata.json", "out/", "#dump-1", "#dump-2", "#count-message", "#tool", "#run", "out/100%25", "out/line%0Aend"} {
		if seen[want] == "" {
			t.Errorf("%s is not described", want)
		}
	}
}

func TestWhatNoBagCanHoldIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"link":           func(dir string) error { return os.Symlink("/etc/passwd", filepath.Join(dir, "data/link")) },
		"link to folder": func(dir string) error { return os.Symlink("/etc", filepath.Join(dir, "data/link")) },
		"not UTF-8":      func(dir string) error { return os.WriteFile(filepath.Join(dir, "data/\xff"), nil, 0o600) },
		"backslash":      func(dir string) error { return os.WriteFile(filepath.Join(dir, `data/a\b`), nil, 0o600) },
	} {
		dir := sealed(t)
		if err := spoil(dir); err != nil {
			t.Fatal(err)
		}
		if err := Seal(t.Context(), dir, Options{Algorithms: []string{"sha256"}}); err == nil || !strings.Contains(err.Error(), "no bag can hold") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, f := range []Field{{"", "x"}, {"A:b", "x"}, {" A", "x"}, {"A", "x\ny"}, {"payload-oxum", "1.1"}, {"A\r", ""}, {"A", "\xff"}} {
		if CheckField(f) == nil {
			t.Errorf("%q is taken", f)
		}
	}
	if err := CheckField(Field{"Contact-Name", "Ann: of Acme"}); err != nil {
		t.Error(err)
	}
}
