// Package core_test guards the architecture: who may import whom, and what every file must have.
package core_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/chatferry/chatferry/"

// source is one Go file of the repository.
type source struct {
	path      string // from the repository's root, "/"-separated
	dir       string
	test      bool
	generated bool
	lines     int
	doc       bool // has a package comment
	pkg       string
	imports   []string
	prose     []string // string literals and comments
}

const root = ".."

// sources parses every Go file of this module; modules of their own under testdata are left out.
func sources(t *testing.T) []source {
	t.Helper()
	var list []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != root && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); name != root && err == nil {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		s, err := parse(name)
		if err != nil {
			return err
		}
		list = append(list, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 50 {
		t.Fatalf("only %d Go files found: this test looks in the wrong place", len(list))
	}
	return list
}

func parse(name string) (source, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return source{}, err
	}
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return source{}, err
	}
	f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	s := source{path: filepath.ToSlash(rel), test: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(f),
		lines: bytes.Count(text, []byte("\n")), doc: f.Doc != nil, pkg: f.Name.Name}
	s.dir = path.Dir(s.path)
	for _, i := range f.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return source{}, err
		}
		s.imports = append(s.imports, p)
	}
	for _, group := range f.Comments {
		s.prose = append(s.prose, group.Text())
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s.prose = append(s.prose, lit.Value)
		}
		return true
	})
	return s, nil
}

// in tells whether a folder is one of the given ones or inside one.
func in(dir string, folders ...string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return dir == f || strings.HasPrefix(dir, f+"/") })
}

func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// only says which folders may import a package, tests included, and why.
var only = []struct {
	imported string
	by       []string
	why      string
}{
	{"github.com/hashicorp/hcl", []string{"core/pipeline"}, "core/pipeline owns the language"},
	{"github.com/zclconf/go-cty", []string{"core/pipeline"}, "core/pipeline owns the language"},
	{"github.com/hashicorp/go-plugin", []string{"core/host", "core/plugin"}, "core/host starts plugins, core/plugin serves them"},
	{"github.com/hashicorp/go-hclog", []string{"core/host", "core/plugin"}, "go-plugin demands it; everything else logs with log/slog"},
	{"google.golang.org/grpc", []string{"core/host", "core/plugin", "core/ferrytest"}, "the wire is theirs"},
	{"filippo.io/age", []string{"core/envelope"}, "one package encrypts and decrypts"},
	{"github.com/mattn/go-sqlite3", []string{"core/ledger", "core/sqlite", "plugins", "testdata"}, "the books are the ledger's, foreign databases core/sqlite's"},
	{"github.com/charmbracelet/bubbletea", []string{"core/tui"}, "the terminal interface is one package"},
	{"github.com/parquet-go/parquet-go", []string{"plugins/parquet"}, "one plugin knows Parquet"},
	{"github.com/spf13/cobra", []string{"cmd"}, "the command line is cmd's"},
	{"go.temporal.io", []string{"core/schedule", "cmd/chatferry-worker"}, "chatferry itself does not link Temporal"},
	{module + "core/engine", []string{"core/engine", "core/verify", "core/job", "core/tui", "core/schedule", "cmd"}, "plugins and contracts do not know the engine"},
	{module + "core/ledger", []string{"core/ledger", "core/engine", "core/verify", "core/job", "core/tui", "core/schedule", "cmd"}, "plugins and contracts do not know the books"},
	{module + "core/bag", []string{"core/bag", "core/evidence", "core/job", "cmd"}, "what stands around a sink's output is the job's"},
	{module + "core/envelope", []string{"core/envelope", "core/job", "cmd"}, "what stands around a sink's output is the job's"},
	{module + "core/host", []string{"core/host", "core/engine", "core/verify", "core/job", "core/ferrytest", "core/schedule", "core/tui", "cmd"}, "plugins do not know how they are run"},
	{module + "plugins", []string{"plugins", "cmd", "core/ferrytest", "core/job", "testdata"}, "core does not know any plugin"},
}

// allowed says what a folder may import besides the standard library; tests may import more.
var allowed = []struct {
	dir     string
	imports []string
}{
	{"core/message", []string{module + "core/scan"}},
	{"core/scan", nil},
	{"core/census", nil},
	{"core/fault", nil},
	{"core/gap", []string{module + "core/message"}},
	{"core/spill", []string{module + "core/fault"}},
	{"core/envelope", []string{module + "core/fault", module + "core/plugin", "filippo.io/age"}},
	{"core/bag", []string{module + "core/fault", module + "core/plugin", module + "core/spill"}},
	{"core/element", []string{module + "core/message", module + "core/fault", module + "core/scan", module + "core/plugin", module + "core/dump"}},
	{"core/sqlite", []string{module + "core/fault", "github.com/mattn/go-sqlite3"}},
	{"core/plugin", []string{module + "core/message", module + "core/scan", module + "core/fault", module + "core/plugin/wire", module + "core/census",
		"github.com/hashicorp/go-plugin", "github.com/hashicorp/go-hclog", "google.golang.org", "golang.org/x/sys"}},
	{"core/safe", []string{"github.com/rivo/uniseg"}},
	{"core/report", []string{module + "core/message", module + "core/fault", module + "core/safe"}},
	{"core/progress", []string{module + "core/report", module + "core/safe", "golang.org/x/term"}},
}

// sdk is what a plugin may import of Chatferry.
var sdk = []string{"core/plugin", "core/message", "core/scan", "core/fault", "core/census", "core/dump", "core/spill", "core/media", "core/safe", "core/projection", "core/markup", "core/edition", "core/transcript", "core/table", "core/term", "core/element", "core/sqlite", "core/mail", "schema"}

func TestOnlyTheOwnerImports(t *testing.T) {
	for _, s := range sources(t) {
		for _, imported := range s.imports {
			for _, rule := range only {
				if in(imported, rule.imported) && !in(s.dir, rule.by...) && !s.test {
					t.Errorf("%s imports %s: %s", s.path, imported, rule.why)
				}
			}
		}
	}
}

func TestContractsImportLittle(t *testing.T) {
	for _, s := range sources(t) {
		for _, rule := range allowed {
			if s.dir != rule.dir || s.test {
				continue
			}
			for _, imported := range s.imports {
				if !standard(imported) && !in(imported, rule.imports...) {
					t.Errorf("%s imports %s, which %s must do without", s.path, imported, rule.dir)
				}
			}
		}
	}
}

// TestACensusSharesNothingWithTheReader keeps the second count independent of the first.
func TestACensusSharesNothingWithTheReader(t *testing.T) {
	found := 0
	for _, s := range sources(t) {
		if path.Base(s.dir) != "census" || !in(s.dir, "plugins") || s.test {
			continue
		}
		found++
		for _, imported := range s.imports {
			if !standard(imported) && imported != module+"core/census" {
				t.Errorf("%s imports %s: a census counts with the standard library and core/census alone", s.path, imported)
			}
		}
	}
	if found < 3 {
		t.Errorf("only %d files of a census found: this test looks in the wrong place", found)
	}
}

func TestPluginsImportTheSDKOnly(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.dir == "plugins" || !in(s.dir, "plugins") {
			continue
		}
		own := strings.Join(strings.SplitN(s.dir, "/", 3)[:2], "/")
		for _, imported := range s.imports {
			ours, ok := strings.CutPrefix(imported, module)
			if ok && !in(ours, sdk...) && !in(ours, own) {
				t.Errorf("%s imports %s, which is not for plugins", s.path, imported)
			}
		}
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		key := s.dir + " " + s.pkg
		if !s.test {
			documented[key] = documented[key] || s.doc
		}
	}
	for key, ok := range documented {
		if !ok {
			t.Errorf("package %s has no comment that says what it is", key)
		}
	}
}

func TestPackagesHaveDomainNames(t *testing.T) {
	for _, s := range sources(t) {
		base := strings.TrimSuffix(s.pkg, "_test")
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "types", "manager", "misc", "base"}, base) {
			t.Errorf("%s: %s says nothing about what is in it", s.path, s.pkg)
		}
	}
}

const (
	aimLines = 400
	maxLines = 500
)

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		switch {
		case s.generated:
		case s.lines > maxLines:
			t.Errorf("%s has %d lines; %d is the end", s.path, s.lines, maxLines)
		case s.lines > aimLines:
			t.Logf("%s has %d lines; aim below %d", s.path, s.lines, aimLines)
		}
	}
}

// machinePath is a path that exists on one person's machine only.
var machinePath = regexp.MustCompile(`(?:^|[\s"'=(:])/(?:work|home/[a-z]+|root|Users/[A-Za-z]+)/`)

func TestNoFileNamesThisMachine(t *testing.T) {
	for _, s := range sources(t) {
		if s.path == "core/arch_test.go" {
			continue
		}
		for _, text := range s.prose {
			if m := machinePath.FindString(text); m != "" {
				t.Errorf("%s names a path of one machine: %q", s.path, m)
			}
		}
	}
	for _, name := range []string{"README.md", "Makefile", ".ci/run"} {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		if m := machinePath.Find(text); m != nil {
			t.Errorf("%s names a path of one machine: %q", name, m)
		}
	}
}

func TestNothingIsLeftUndone(t *testing.T) {
	mark := regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	for _, s := range sources(t) {
		for _, text := range s.prose {
			if m := mark.FindString(text); m != "" {
				t.Errorf("%s says %s: do it or write it down where work is planned", s.path, m)
			}
		}
	}
}

func TestTheTopLevelIsFixed(t *testing.T) {
	folders := []string{"cmd", "core", "plugins", "schema", "pipelines", "testdata"}
	files := []string{"go.mod", "go.sum", "Makefile", "README.md", "LICENSE", "NOTICE"}
	made := []string{"bin", "out", "demo"} // by make; git ignores them
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		known := files
		if e.IsDir() {
			known = append(folders, made...)
		}
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(known, e.Name()) {
			t.Errorf("%s does not belong to the top level", e.Name())
		}
	}
}

// TestREADMEListsTheExitCodes compares README with what the program says.
func TestREADMEListsTheExitCodes(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", "-pgo=off", "-tags", "sqlite_fts5", "./cmd/chatferry", "help", "exit-codes")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`^ +(\d+)  (.+)$`)
	n := 0
	for line := range strings.Lines(string(out)) {
		if m := row.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			n++
			if want := "| " + m[1] + " | " + m[2] + " |"; !strings.Contains(string(text), want) {
				t.Errorf("README lacks the row %q", want)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d exit codes found in the help text", n)
	}
}
