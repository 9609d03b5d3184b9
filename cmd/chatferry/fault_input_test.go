package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/chatferry/chatferry/testdata/slackgen"
)

// defectRows says which row of the matrix each broken input belongs to. TestBrokenInputIsAccountedFor gives all of
// them; the functions below give those of one row.
var defectRows = map[int][]string{
	26: {"zip-slip", "zip-symlink", "same-folder"},
	27: {"zip-bomb", "lying-size", "bad-checksum", "encrypted-member", "duplicate-members", "truncated-zip"},
	28: {"not-json", "not-an-array", "cut-record", "empty-file", "empty-array", "bom", "utf-16", "trailing-comma", "concatenated-arrays",
		"bad-record", "not-an-object", "deep-nesting", "huge-string", "duplicate-keys"},
	29: {"ts-empty", "ts-letters", "ts-negative", "ts-missing", "ts-huge", "ts-short-tail", "ts-no-fraction"},
	30: {"invalid-utf8", "lone-surrogates", "control-characters", "hostile-text"},
	33: {"dangling", "thread-cycle", "reply-count-lies", "duplicate-same", "duplicate-different", "missing-users", "missing-channels", "same-names"},
}

// otherDefects are of no row.
var otherDefects = []string{"bare-post", "many-reactions", "unknown-subtype", "unknown-fields", "null-fields",
	"missing-day", "silent-weeks", "retention-90", "capped", "clock-epoch", "clock-future", "clock-minutes", "orphan-thread"} // sound, with gaps

func row(t *testing.T, n int) {
	t.Parallel()
	for _, name := range defectRows[n] {
		d, ok := slackgen.DefectNamed(name)
		if !ok {
			t.Fatalf("no defect is named %s", name)
		}
		t.Run(name, func(t *testing.T) { brokenInput(t, program(t), d) })
	}
}

func TestFault26NamesThatLeadOutside(t *testing.T) {
	row(t, 26)
	t.Run("nothing outside", func(t *testing.T) {
		base := t.TempDir()
		dump, inner := filepath.Join(base, "a.zip"), filepath.Join(base, "x", "y", "out")
		if _, err := slackgen.Generate(dump, slackgen.Config{Seed: 3, Messages: 60, Users: 12, Channels: 2, Days: 5, Uploads: slackgen.Uploads,
			Defects: []slackgen.Defect{{Name: "zip-slip"}, {Name: "zip-symlink"}, {Name: "hostile-text"}}}); err != nil {
			t.Fatal(err)
		}
		if _, _, code := call(t, program(t), "convert", dump, inner, "--to", "archive,mattermost,html", "--progress", "none"); code != 30 {
			t.Errorf("exit code %d", code)
		}
		err := filepath.WalkDir(base, func(p string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && p != dump && !strings.HasPrefix(p, inner+"/") && filepath.Base(p) != "chatferry" {
				t.Errorf("%s was written", p)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestFault27LyingArchives(t *testing.T) { row(t, 27) }
func TestFault28BrokenJSON(t *testing.T)    { row(t, 28) }
func TestFault29BadNumbers(t *testing.T)    { row(t, 29) }
func TestFault30BadText(t *testing.T)       { row(t, 30) }
func TestFault33Dangling(t *testing.T)      { row(t, 33) }

// TestFaultDefectsHaveARow asserts that no broken input is left out of both lists.
func TestFaultDefectsHaveARow(t *testing.T) {
	listed := append([]string(nil), otherDefects...)
	for _, list := range defectRows {
		listed = append(listed, list...)
	}
	if len(listed) != len(slackgen.Defects()) {
		t.Errorf("%d defects are listed, there are %d", len(listed), len(slackgen.Defects()))
	}
	for _, d := range slackgen.Defects() {
		n := 0
		for _, name := range listed {
			if name == d.Name {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is listed %d times", d.Name, n)
		}
	}
}

// hostile makes a dump full of scripts, formulas, escapes and path tricks, and moves it.
func hostile(t *testing.T) (out, said string) {
	t.Helper()
	dir := t.TempDir()
	dump := filepath.Join(dir, "export.zip")
	_, err := slackgen.Generate(dump, slackgen.Config{Seed: 4, Messages: 400, Users: 16, Channels: 3, Private: 1, DMs: 2, Days: 9, Every: true, Uploads: slackgen.Uploads,
		Defects: []slackgen.Defect{{Name: "hostile-text"}, {Name: "control-characters"}, {Name: "bad-record"}}})
	if err != nil {
		t.Fatal(err)
	}
	out = filepath.Join(dir, "out")
	b, err := exec.Command(program(t), "convert", dump, out, "--to", "archive,mattermost,html", "--progress", "plain", "--log-level", "debug").CombinedOutput()
	if code := exitCode(err); code != 30 {
		t.Fatalf("exit code %d\n%s", code, b)
	}
	return out, string(b)
}

// TestFault34LinksInMattermost looks for links that run something.
func TestFault34LinksInMattermost(t *testing.T) {
	t.Parallel()
	out, _ := hostile(t)
	lines := importLines(t, filepath.Join(out, "mattermost", "mattermost-import.zip"))
	for _, scheme := range []string{"](javascript:", "](data:", "](vbscript:", "<javascript:", "](file:"} {
		if strings.Contains(strings.ToLower(lines), scheme) {
			t.Errorf("a link %s...) went through", scheme)
		}
	}
}

// TestFault36TerminalEscapes looks for what drives a terminal in all that is said.
func TestFault36TerminalEscapes(t *testing.T) {
	t.Parallel()
	out, said := hostile(t)
	b, errs, _ := call(t, program(t), "inspect", filepath.Join(out, "archive"), "--progress", "plain")
	v, verrs, _ := call(t, program(t), "verify", out, "--progress", "plain", "--log-level", "debug")
	r, pipeline := troubleTrial(t, "source")
	_, flood := r.run(pipeline("flood", false)) // with escapes on its standard error
	for what, s := range map[string]string{"convert": said, "inspect": b + errs, "verify": v + verrs, "a plugin's log": flood} {
		i := strings.IndexFunc(s, func(c rune) bool {
			return c != '\n' && (unicode.Is(unicode.Cc, c) || unicode.Is(unicode.Cf, c) || c == utf8.RuneError)
		})
		if i >= 0 {
			t.Errorf("%s says %q", what, s[i:min(len(s), i+60)])
		}
	}
}

// TestFault37NamesOfAttachments looks at the paths of attachments in all outputs.
func TestFault37NamesOfAttachments(t *testing.T) {
	t.Parallel()
	out, _ := hostile(t)
	check := func(name string) {
		for part := range strings.SplitSeq(name, "/") {
			if part == "" || part == "." || part == ".." || len(part) > 255 || !utf8.ValidString(part) || strings.ContainsAny(part, "\x00\\:*?\"<>|") ||
				strings.HasSuffix(part, ".") || strings.ContainsFunc(part, unicode.IsControl) {
				t.Errorf("the path %q is not safe everywhere", name)
			}
		}
		if !fs.ValidPath(name) || path.IsAbs(name) {
			t.Errorf("the path %q leads outside", name)
		}
	}
	z, err := zip.OpenReader(filepath.Join(out, "mattermost", "mattermost-import.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		check(f.Name)
	}
	if len(z.File) < 5 {
		t.Errorf("the import has %d files", len(z.File))
	}
	for _, sink := range []string{"archive", "html"} {
		if err := fs.WalkDir(os.DirFS(filepath.Join(out, sink)), ".", func(name string, _ fs.DirEntry, err error) error {
			if name != "." {
				check(name)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// importLines is import.jsonl of a Mattermost import.
func importLines(t *testing.T, path string) string {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open("import.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
