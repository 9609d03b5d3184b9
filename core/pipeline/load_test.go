package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// declared are settings such as plugins declare them: one of every type.
var declared = map[string][]plugin.Setting{
	"source.slack": {
		{Name: "path", Type: "path", Required: true, Help: "the export, zip or folder"},
		{Name: "zone", Type: "string", Default: "UTC"},
		{Name: "mode", Type: "string", Choices: []string{"all", "public"}},
		{Name: "channels", Type: "strings"},
		{Name: "retries", Type: "number"},
		{Name: "bots", Type: "bool"},
		{Name: "names", Type: "map"},
		{Name: "token", Type: "string", Secret: true},
	},
	"source.archive":  {{Name: "path", Type: "path", Required: true}},
	"source.acmechat": {{Name: "dir", Type: "path", Required: true}},
	"sink.archive":    {{Name: "format", Type: "string", Choices: []string{"ndjson"}}},
	"sink.mattermost": {{Name: "team", Type: "string"}, {Name: "path", Type: "path"}},
	"transform.filter": {
		{Name: "since", Type: "string"}, {Name: "until", Type: "string"}, {Name: "zone", Type: "string"},
		{Name: "people", Type: "strings"}, {Name: "departments", Type: "strings"}, {Name: "conversations", Type: "strings"},
		{Name: "kinds", Type: "strings"}, {Name: "keywords", Type: "strings"}, {Name: "match", Type: "string", Choices: []string{"exact", "fold", "regex"}},
		{Name: "with_attachments", Type: "bool"}, {Name: "include_types", Type: "strings"}, {Name: "exclude_types", Type: "strings"},
		{Name: "where", Type: "expression"},
	},
	"transform.people":    {{Name: "map", Type: "path"}, {Name: "departments", Type: "path"}},
	"transform.rename":    {{Name: "names", Type: "map"}},
	"transform.rewrite":   {{Name: "set", Type: "expressions", Required: true, Help: "fields and what they become"}},
	"transform.recompute": {{Name: "set", Type: "expressions", Choices: []string{"message.text", "person.name"}}},
	"transform.redact": {{Name: "fields", Type: "strings"}, {Name: "detect", Type: "strings", Choices: []string{"card", "iban", "phone", "email", "cn_id"}},
		{Name: "patterns", Type: "map"}, {Name: "replacement", Type: "string"}},
}

func testOptions() Options {
	return Options{
		Settings: func(kind, name string) ([]plugin.Setting, error) {
			s, ok := declared[kind+"."+name]
			if !ok {
				return nil, fmt.Errorf("no %s plugin %q", kind, name)
			}
			return s, nil
		},
		Known: func(kind string) []string {
			var out []string
			for _, address := range sortedKeys(declared) {
				if k, name, _ := strings.Cut(address, "."); k == kind && name != "acmechat" {
					out = append(out, name)
				}
			}
			return out
		},
		Env: func(string) (string, bool) { return "", false },
	}
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// load loads a text that is expected to be right.
func load(t testing.TB, text string, opts Options) *File {
	t.Helper()
	f, diags := Load([]string{write(t, filepath.Join(t.TempDir(), "test.hcl"), text)}, opts)
	if diags.HasErrors() {
		t.Fatal(rendered(t, f, diags))
	}
	return f
}

func rendered(t testing.TB, f *File, diags Diagnostics) string {
	t.Helper()
	var b bytes.Buffer
	if err := f.Render(&b, diags, 100, false); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const around = `
source "slack" "acme" {
  path = "dump.zip"
%s
}
%s
sink "archive" "main" {
  path = "out"
}
pipeline "p" {
  from    = [source.slack.acme]
  through = [%s]
  to      = [sink.archive.main]
}
`

func TestSettingsArriveAsPlainJSON(t *testing.T) {
	dir := t.TempDir()
	name := write(t, filepath.Join(dir, "a.hcl"), fmt.Sprintf(around, `
  zone     = local.zone
  channels = ["#a", "#b"]
  retries  = 2 + 1
  bots     = true
  names    = { b = "2", a = "1" }
`, `
locals {
  zone = "Europe/${local.city}"
  city = "Berlin"
}`, ""))
	f, diags := Load([]string{name}, testOptions())
	if len(diags) > 0 {
		t.Fatal(rendered(t, f, diags))
	}
	want := fmt.Sprintf(`{"bots":true,"channels":["#a","#b"],"names":{"a":"1","b":"2"},"path":%q,"retries":3,"zone":"Europe/Berlin"}`, filepath.Join(dir, "dump.zip"))
	if got := string(f.Sources[0].Config); got != want {
		t.Errorf("config\n got %s\nwant %s", got, want)
	}
	if f.Sinks[0].Path != filepath.Join(dir, "out") || string(f.Sinks[0].Config) != "{}" {
		t.Errorf("sink path %q config %s", f.Sinks[0].Path, f.Sinks[0].Config)
	}
	p := f.Pipelines[0]
	if p.From[0] != f.Sources[0] || p.To[0] != f.Sinks[0] || p.Retries != 3 || p.Validate != "sample" {
		t.Errorf("pipeline %+v", p)
	}
	if f.Verify.Counts != "exact" || f.Verify.Readback != "all" || f.Media.OnMissing != "record" {
		t.Errorf("defaults %+v %+v", f.Verify, f.Media)
	}
}

func TestAllBlocksAreRead(t *testing.T) {
	opts := testOptions()
	var started []Plugin
	opts.Plugin = func(p Plugin) error { started = append(started, p); return nil }
	dir := t.TempDir()
	digest := strings.Repeat("ab", 32)
	f, diags := Load([]string{write(t, filepath.Join(dir, "a.hcl"), `
plugin "acmechat" {
  source = "./bin/acme"
  sha256 = "`+digest+`"
}
source "acmechat" "old" {
  dir = "rooms"
}
media "store" {
  path       = "media"
  on_missing = "fail"
}
sink "mattermost" "team" {
  path = "/srv/out"
  team = "acme"
  loss {
    allow = ["message.reactions.at"]
    fail  = ["message.text"]
  }
}
verify {
  counts   = "exact"
  readback = "none"
  media    = "hash"
  fail_on  = []
}
pipeline "p" {
  from     = source.acmechat.old
  to       = [sink.mattermost.team]
  shards   = 8
  retries  = 0
  validate = "all"
  work     = "work"
}
`)}, opts)
	if len(diags) > 0 {
		t.Fatal(rendered(t, f, diags))
	}
	if len(started) != 1 || started[0] != (Plugin{"acmechat", filepath.Join(dir, "bin/acme"), digest}) {
		t.Errorf("plugins %+v", started)
	}
	if f.Media != (Media{"store", filepath.Join(dir, "media"), "fail"}) {
		t.Errorf("media %+v", f.Media)
	}
	if f.Verify.Counts != "exact" || f.Verify.Readback != "none" || f.Verify.Media != "hash" || len(f.Verify.FailOn) != 0 {
		t.Errorf("verify %+v", f.Verify)
	}
	s := f.Find("sink.mattermost.team")
	if s.Path != "/srv/out" || string(s.Config) != `{"team":"acme"}` || s.Loss.Allow[0] != "message.reactions.at" || s.Loss.Fail[0] != "message.text" {
		t.Errorf("sink %q %s %+v", s.Path, s.Config, s.Loss)
	}
	p := f.Pipelines[0]
	if p.Shards != 8 || p.Retries != 0 || p.Validate != "all" || p.Work != filepath.Join(dir, "work") {
		t.Errorf("pipeline %+v", p)
	}
}

func TestJSONSyntaxMeansTheSame(t *testing.T) {
	dir := t.TempDir()
	native := write(t, filepath.Join(dir, "a.hcl"), fmt.Sprintf(around, `zone = "UTC"`, `
transform "filter" "f" {
  where = msg.kind == "text"
}
transform "rewrite" "r" {
  set = { "message.text" = lower(msg.text) }
}
variable "v" {
  type    = list(string)
  default = ["x"]
}
`, "transform.filter.f, transform.rewrite.r"))
	js := write(t, filepath.Join(dir, "b.hcl.json"), `{
  "variable": {"v": {"type": "list(string)", "default": ["x"]}},
  "source": {"slack": {"acme": {"path": "dump.zip", "zone": "UTC"}}},
  "transform": {"filter": {"f": {"where": "${msg.kind == \"text\"}"}},
                "rewrite": {"r": {"set": {"message.text": "${lower(msg.text)}"}}}},
  "sink": {"archive": {"main": {"path": "out"}}},
  "pipeline": {"p": {"from": ["source.slack.acme"], "through": ["transform.filter.f", "transform.rewrite.r"], "to": ["sink.archive.main"]}}
}`)
	a, diags := Load([]string{native}, testOptions())
	if diags.HasErrors() {
		t.Fatal(rendered(t, a, diags))
	}
	b, diags := Load([]string{js}, testOptions())
	if diags.HasErrors() {
		t.Fatal(rendered(t, b, diags))
	}
	if a.Transforms[0].Expressions["where"] == nil || b.Transforms[0].Expressions["where"] == nil {
		t.Fatal("no condition")
	}
	for _, f := range []*File{a, b} { // the texts of expressions differ by syntax
		for _, i := range f.Transforms {
			for _, e := range i.Expressions {
				e.Text = ""
			}
		}
	}
	if a.String() != b.String() {
		t.Errorf("native\n%s\nJSON\n%s", a, b)
	}
}

func TestVariablesComeFromFlagsThenFilesThenEnvironmentThenDefaults(t *testing.T) {
	dir := t.TempDir()
	file := write(t, filepath.Join(dir, "my.vars"), "b = \"file\"\nc = \"file\"\n")
	opts := testOptions()
	opts.Vars = []string{"c=early", "c=flag"}
	opts.VarFiles = []string{file}
	opts.Env = func(name string) (string, bool) {
		v, ok := map[string]string{"CHATFERRY_VAR_a": "env", "CHATFERRY_VAR_b": "env", "CHATFERRY_VAR_c": "env"}[name]
		return v, ok
	}
	f := load(t, fmt.Sprintf(around, `channels = [var.a, var.b, var.c, var.d]`, `
variable "a" { type = string }
variable "b" { type = string }
variable "c" { type = string }
variable "d" { default = "default" }
`, ""), opts)
	var got struct{ Channels []string }
	if err := json.Unmarshal(f.Sources[0].Config, &got); err != nil {
		t.Fatal(err)
	}
	if s := strings.Join(got.Channels, " "); s != "env file flag default" {
		t.Errorf("got %s", s)
	}
}

func TestTypedVariablesAreConverted(t *testing.T) {
	opts := testOptions()
	opts.Vars = []string{`n=7`, `b=true`, `l=["x", "y"]`, `m={a="b"}`}
	f := load(t, fmt.Sprintf(around, "retries = var.n\nbots = var.b\nchannels = var.l\nnames = var.m", `
variable "n" { type = number }
variable "b" { type = bool }
variable "l" { type = list(string) }
variable "m" { type = "map(string)" }
`, ""), opts)
	if got := string(f.Sources[0].Config); !strings.Contains(got, `"bots":true,"channels":["x","y"],"names":{"a":"b"}`) || !strings.Contains(got, `"retries":7`) {
		t.Errorf("config %s", got)
	}
}

func TestRelativePathsMeanTheFolderOfWhereTheyAreWritten(t *testing.T) {
	dir, cwd, vars := t.TempDir(), t.TempDir(), t.TempDir()
	name := write(t, filepath.Join(dir, "a.hcl"), `
variable "dump" { default = "default.zip" }
variable "out" { default = "out" }
source "slack" "acme" {
  path = "${var.dump}"
}
sink "archive" "main" {
  path = "${var.out}/main"
}
pipeline "p" {
  from = [source.slack.acme]
  to   = [sink.archive.main]
}
`)
	opts := testOptions()
	opts.Dir = cwd
	for _, c := range []struct {
		vars, files []string
		dump, out   string
	}{
		{nil, nil, filepath.Join(dir, "default.zip"), filepath.Join(dir, "out/main")},
		{[]string{"dump=../x.zip"}, nil, filepath.Join(filepath.Dir(cwd), "x.zip"), filepath.Join(dir, "out/main")},
		{nil, []string{write(t, filepath.Join(vars, "v.vars"), `out = "o"`)}, filepath.Join(dir, "default.zip"), filepath.Join(vars, "o/main")},
		{[]string{"dump=/abs.zip"}, nil, "/abs.zip", filepath.Join(dir, "out/main")},
	} {
		opts.Vars, opts.VarFiles = c.vars, c.files
		f, diags := Load([]string{name}, opts)
		if diags.HasErrors() {
			t.Fatal(rendered(t, f, diags))
		}
		var got struct{ Path string }
		if err := json.Unmarshal(f.Sources[0].Config, &got); err != nil {
			t.Fatal(err)
		}
		if got.Path != c.dump || f.Sinks[0].Path != c.out {
			t.Errorf("vars %v %v: dump %s, out %s", c.vars, c.files, got.Path, f.Sinks[0].Path)
		}
	}
}

func TestADecomposedFileNameIsFound(t *testing.T) {
	dir := t.TempDir()
	decomposed := write(t, filepath.Join(dir, "Mu\u0308ller.zip"), "x")
	name := write(t, filepath.Join(dir, "a.hcl"), strings.Replace(fmt.Sprintf(around, "", "", ""), "dump.zip", "Mu\u0308ller.zip", 1))
	f, diags := Load([]string{name}, testOptions())
	if diags.HasErrors() {
		t.Fatal(rendered(t, f, diags))
	}
	var got struct{ Path string }
	if err := json.Unmarshal(f.Sources[0].Config, &got); err != nil || got.Path != decomposed {
		t.Errorf("path %q, %v", got.Path, err)
	}
}

func TestAFolderIsOnePipeline(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "1.hcl"), "source \"slack\" \"a\" {\n  path = \"x\"\n}\n")
	write(t, filepath.Join(dir, "2.hcl.json"), `{"sink": {"archive": {"main": {"path": "out"}}}}`)
	write(t, filepath.Join(dir, "3.hcl"), "pipeline \"p\" {\n  from = [source.slack.a]\n  to = [sink.archive.main]\n}\n")
	write(t, filepath.Join(dir, "notes.txt"), "not HCL {{{")
	f, diags := Load([]string{dir, filepath.Join(dir, "1.hcl")}, testOptions())
	if len(diags) > 0 {
		t.Fatal(rendered(t, f, diags))
	}
	if len(f.Pipelines) != 1 || f.Pipelines[0].From[0].Name != "a" {
		t.Errorf("pipelines %v", f.Pipelines)
	}
	if _, diags := Load([]string{t.TempDir()}, testOptions()); !diags.HasErrors() {
		t.Error("an empty folder is accepted")
	}
	if _, diags := Load([]string{filepath.Join(dir, "absent.hcl")}, testOptions()); !diags.HasErrors() || fault.ExitCode(diags.Err()) != fault.ExitConfig {
		t.Error("an absent file is accepted")
	}
}

func TestDiagnosticsWithoutErrorsAreNoError(t *testing.T) {
	if err := (Diagnostics{{Warning: true, Message: "x"}}).Err(); err != nil {
		t.Error(err)
	}
	if err := Diagnostics(nil).Err(); err != nil {
		t.Error(err)
	}
}
