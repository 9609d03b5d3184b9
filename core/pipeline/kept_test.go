package pipeline

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatARunKeepsLoadsTheSameWithoutTheFiles gives variables in every way, keeps the file as JSON, removes
// everything and loads again elsewhere.
func TestWhatARunKeepsLoadsTheSameWithoutTheFiles(t *testing.T) {
	dir := t.TempDir()
	text := "# a remark about " + hush + "\n" + fmt.Sprintf(around, `
  zone     = var.zone # another, on `+hush+`
  channels = var.rooms
  retries  = var.n /* and `+hush+` */ + 1
  bots     = var.bots`, `
variable "zone" {}
variable "n" { type = number }
variable "bots" { type = bool }
variable "rooms" { type = list(string) }
variable "free" { default = ["x"] }
variable "dir" { default = "." }
`, "")
	text = strings.Replace(text, `"dump.zip"`, `"${var.dir}/${var.free[0]}.zip"`, 1)
	name := write(t, filepath.Join(dir, "a.hcl"), text)
	values := write(t, filepath.Join(dir, "v.hcl"), "rooms = [\"#a\", \"#b ${\"$\"}{x}\"]\nfree = [\"dump\"]\nn = 2\n")
	opts := testOptions()
	opts.Vars, opts.VarFiles, opts.Dir = []string{"zone=UTC \"quoted\" ${no}", "dir=sub"}, []string{values}, dir
	opts.Env = func(n string) (string, bool) { return "true", n == "CHATFERRY_VAR_bots" }
	first, diags := Load([]string{name}, opts)
	if diags.HasErrors() {
		t.Fatal(rendered(t, first, diags))
	}
	b, err := json.Marshal(first.Kept())
	if err != nil || strings.Contains(string(b), hush) {
		t.Fatalf("%s, %v", b, err)
	}
	var kept Kept
	if err := json.Unmarshal(b, &kept); err != nil {
		t.Fatal(err)
	}
	if changed := kept.Changed(); changed != nil {
		t.Errorf("nothing has changed, but %v", changed)
	}
	write(t, name, strings.Replace(text, "var.bots", "false", 1))
	if changed := kept.Changed(); len(changed) != 1 || changed[0] != name {
		t.Errorf("changed: %v", changed)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	again := testOptions()
	again.Kept = &kept
	second, diags := Load(nil, again)
	if diags.HasErrors() {
		t.Fatal(rendered(t, second, diags))
	}
	if first.String() != second.String() || string(first.Sources[0].Config) != string(second.Sources[0].Config) {
		t.Errorf("loaded again it is\n%s\n%s\nwas\n%s\n%s", second, second.Sources[0].Config, first, first.Sources[0].Config)
	}
	if third, err := json.Marshal(second.Kept()); err != nil || string(third) != string(b) {
		t.Errorf("kept again: %s, %v", third, err)
	}
	for _, f := range []*File{first, second} {
		if where, text := f.Rule("source.slack.acme", "retries"); where != "a.hcl:8" || strings.Contains(text, hush) || !strings.HasPrefix(text, "retries  = var.n") {
			t.Errorf("the rule stands at %q: %q", where, text)
		}
	}
}

// TestNoSecretIsKept passes a secret in every way that reaches a secret setting.
func TestNoSecretIsKept(t *testing.T) {
	for name, c := range map[string]struct{ value, extra string }{
		"secret":    {`secret("env:T")`, ""},
		"sensitive": {`var.t`, "variable \"t\" {\n  sensitive = true\n}"},
		"plain":     {`var.t`, "variable \"t\" {}"},
		"local":     {`"x${local.l}"`, "variable \"t\" {}\nlocals {\n  l = upper(var.t)\n}"},
	} {
		opts := testOptions()
		opts.Env = func(n string) (string, bool) { return hush, n == "T" || n == "CHATFERRY_VAR_t" }
		dir := t.TempDir()
		f, diags := Load([]string{write(t, filepath.Join(dir, "a.hcl"), fmt.Sprintf(around, "token = "+c.value, c.extra, ""))}, opts)
		if diags.HasErrors() {
			t.Fatal(name, rendered(t, f, diags))
		}
		kept := f.Kept()
		if b, err := json.Marshal(kept); err != nil || strings.Contains(string(b), hush) {
			t.Errorf("%s: %s, %v", name, b, err)
		}
		// Without the secret the file does not load, but to read targets it does.
		again := testOptions()
		again.Kept = &kept
		if f, diags := Load(nil, again); !diags.HasErrors() {
			t.Errorf("%s: it loads without its secret: %s", name, f)
		}
		again.Lenient = true
		f, diags = Load(nil, again)
		if diags.HasErrors() || !f.Sources[0].Incomplete || f.Sinks[0].Incomplete || len(f.Pipelines) != 1 {
			t.Errorf("%s: %s", name, rendered(t, f, diags))
		}
		again.Lenient, again.Vars, again.Env = false, []string{"t=" + hush}, func(string) (string, bool) { return hush, true }
		if name == "secret" {
			again.Vars = nil
		}
		if f, diags = Load(nil, again); diags.HasErrors() || !strings.Contains(strings.ToLower(string(f.Sources[0].Config)), hush) {
			t.Errorf("%s, given again: %s", name, rendered(t, f, diags))
		}
	}
}

// TestAProgramThatCameWithTheFolderIsNotStarted loads what the books of a folder from somebody else may say.
func TestAProgramThatCameWithTheFolderIsNotStarted(t *testing.T) {
	out, mine := t.TempDir(), t.TempDir()
	sum := strings.Repeat("0", 64)
	for _, dir := range []string{out, mine} {
		write(t, filepath.Join(dir, "ferry-acmechat"), "a program")
	}
	if err := os.Symlink(filepath.Join(out, "ferry-acmechat"), filepath.Join(mine, "link")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, program string
		started       bool
	}{
		{filepath.Join(mine, "a.hcl"), "ferry-acmechat", true}, {filepath.Join(mine, "a.hcl"), out + "/ferry-acmechat", false}, {filepath.Join(mine, "a.hcl"), "link", false},
		{filepath.Join(out, "a.hcl"), "ferry-acmechat", false}, {"a.hcl", "ferry-acmechat", false}, {"a.hcl", mine + "/ferry-acmechat", false},
	} {
		for _, lenient := range []bool{false, true} {
			started := false
			opts := testOptions()
			opts.Plugin = func(Plugin) error { started = true; return nil }
			opts.Lenient = lenient
			text := fmt.Sprintf(around, "", fmt.Sprintf("plugin \"acmechat\" {\n  source = %q\n  sha256 = %q\n}", c.program, sum), "")
			opts.Kept = &Kept{From: out, Texts: []KeptText{{Name: c.name, Text: text}}}
			f, diags := Load(nil, opts)
			if started != c.started || !c.started && (len(f.Plugins) > 0 || diags.HasErrors() == lenient) {
				t.Errorf("%s in %s: started %v, %s", c.program, c.name, started, rendered(t, f, diags))
			}
		}
	}
}
