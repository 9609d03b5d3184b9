package pipeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

const hush = "hush-hush-42"

func TestSecretsReachThePluginAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "token"), hush+"\n")
	for name, c := range map[string]struct{ value, extra string }{
		"env":      {`env("T")`, ""},
		"secret":   {`secret("env:T")`, ""},
		"file":     {`secret("file:token")`, ""},
		"inside":   {`"${secret("env:T")}"`, ""},
		"local":    {`local.t`, "locals {\n  t = secret(\"env:T\")\n}"},
		"variable": {`var.t`, "variable \"t\" {\n  type = string\n  sensitive = true\n}"},
		"flag":     {`var.u`, "variable \"u\" {\n  type = string\n}"},
	} {
		opts := testOptions()
		opts.Env = func(n string) (string, bool) { return hush, n == "T" || n == "CHATFERRY_VAR_t" }
		if name == "flag" {
			opts.Vars = []string{"u=" + hush}
		}
		f, diags := Load([]string{write(t, filepath.Join(dir, "a.hcl"), fmt.Sprintf(around, "token = "+c.value, c.extra, ""))}, opts)
		if diags.HasErrors() {
			t.Errorf("%s: %s", name, rendered(t, f, diags))
			continue
		}
		var config struct{ Token string }
		if err := json.Unmarshal(f.Sources[0].Config, &config); err != nil || config.Token != hush {
			t.Errorf("%s: the plugin gets %s, %v", name, f.Sources[0].Config, err)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("loaded", "source", f.Sources[0], "file", f)
		shown := f.String() + fmt.Sprintf("%v %+v %#v %s", f.Sources[0], f.Sources[0], f.Sources[0], f.Sources) + log.String()
		if strings.Contains(shown, hush) || !strings.Contains(f.String(), redacted) {
			t.Errorf("%s: the secret is shown: %s", name, shown)
		}
	}
}

func TestASensitiveValueIsHiddenInOrdinarySettings(t *testing.T) {
	opts := testOptions()
	opts.Vars = []string{"z=" + hush}
	f := load(t, fmt.Sprintf(around, `zone = "x-${var.z}"`, "variable \"z\" {\n  sensitive = true\n}", ""), opts)
	if strings.Contains(f.String(), hush) || !bytes.Contains(f.Sources[0].Config, []byte("x-"+hush)) {
		t.Errorf("%s\n%s", f, f.Sources[0].Config)
	}
}

func TestASecretFileThatOthersCanReadIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(write(t, filepath.Join(dir, "token"), hush), 0o644); err != nil {
		t.Fatal(err)
	}
	f, diags := Load([]string{write(t, filepath.Join(dir, "a.hcl"), fmt.Sprintf(around, `token = secret("file:token")`, "", ""))}, testOptions())
	if got := rendered(t, f, diags); !strings.Contains(got, "chmod 600") || strings.Contains(got, hush) {
		t.Error(got)
	}
}

func TestSecretsInFilesAreMaskedWhateverGoesWrong(t *testing.T) {
	for _, text := range []string{
		"source \"slack\" \"a\" {\n  api_key = \"" + hush + "\" +\n}\n",
		"source \"slack\" \"a\" {\n  password = \"" + hush + "\n}\n",
		"source \"slack\" \"a\" {\n  path = \"x\"\n  token = \"" + hush + "\"\n}\n",
		"source \"slack\" \"a\" {\n  path = \"x\"\n  token = lower(\"" + hush + "\")\n}\n",
	} {
		f, diags := Load([]string{write(t, filepath.Join(t.TempDir(), "a.hcl"), text)}, testOptions())
		if got := rendered(t, f, diags); strings.Contains(got, hush) || !diags.HasErrors() {
			t.Error(got)
		}
	}
	name := filepath.Join(t.TempDir(), "a.hcl.json")
	f, diags := Load([]string{write(t, name, `{"source": {"slack": {"a": {"token": "`+hush+`", "zone": 3, "x": 1}}}}`)}, testOptions())
	if got := rendered(t, f, diags); strings.Contains(got, hush) || !diags.HasErrors() {
		t.Error(got)
	}
}

func TestAPluginsErrorIsShownAtTheUsersLine(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	f, diags := Load([]string{write(t, "a.hcl", fmt.Sprintf(around, `zone = "Europe/Berln"`,
		"transform \"rewrite\" \"r\" {\n  set = {\n    \"message.text\" = trim(msg.text)\n    \"message.author\" = \"x\"\n  }\n}", "transform.rewrite.r"))}, testOptions())
	if diags.HasErrors() {
		t.Fatal(rendered(t, f, diags))
	}
	for _, c := range []struct {
		address string
		err     error
		want    string
	}{
		{"source.slack.acme", plugin.BadSetting("zone", "use an IANA name", errors.New("no such zone")), `Error: source.slack.acme: the setting "zone": no such zone
  at a.hcl line 4, in source "slack" "acme"
    4 | zone = "Europe/Berln"
      | ^^^^^^^^^^^^^^^^^^^^^
  Use an IANA name.
`},
		{"transform.rewrite.r", fmt.Errorf("open: %w", plugin.BadSetting("set.message.author", "leave authors alone", errors.New("is part of the evidence"))), `Error: transform.rewrite.r: the setting "set.message.author": is part of the evidence
  at a.hcl line 9, in transform "rewrite" "r"
    9 |     "message.author" = "x"
      |     ^^^^^^^^^^^^^^^^^^^^^^
  Leave authors alone.
`},
		{"transform.rewrite.r", plugin.BadSetting("set.message.zone", "", errors.New("unknown")), `Error: transform.rewrite.r: the setting "set.message.zone": unknown
  at a.hcl line 7, in transform "rewrite" "r"
    7 |   set = {
      |   ^^^^^^^
`},
		{"sink.archive.main", errors.Join(fault.New(fault.Storage, "create", "out", "free some space", errors.New("disk full")), plugin.BadSetting("path", "", errors.New("not empty"))), `Error: sink.archive.main: create out: disk full
  at a.hcl line 12, in sink "archive" "main"
   12 | sink "archive" "main" {
      | ^^^^^^^^^^^^^^^^^^^^^
  Free some space.

Error: sink.archive.main: the setting "path": not empty
  at a.hcl line 13, in sink "archive" "main"
   13 |   path = "out"
      |   ^^^^^^^^^^^^
`},
		{"sink.none", errors.New("odd"), "Error: sink.none: odd\n"},
	} {
		if got := rendered(t, f, f.Locate(c.address, c.err)); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
	if f.Locate("x", nil) != nil {
		t.Error("no error is located")
	}
}

func TestTextFromFilesCannotDriveATerminal(t *testing.T) {
	l := newLoader(testOptions())
	file, diags := l.file.parseText("a\x1b[31m.hcl", []byte("source \"sl\u202eack\" \"\u009b31m\" {\n  \"\x1b]0;evil\x07\" = \r1\n}\n"))
	l.diags = append(l.diags, diags...)
	if file != nil {
		l.collect(file)
		l.decodeAll()
	}
	l.diags = append(l.diags, Diagnostic{Message: "m\x1b[2J", Hint: "h\x1b]8;;x\x07"})
	got := rendered(t, l.file, l.diags)
	if strings.ContainsAny(got, "\x1b\x07\r\u202e\u009b") || !strings.Contains(got, "m?[2J") {
		t.Errorf("%q", got)
	}
	var color bytes.Buffer
	if err := l.file.Render(&color, l.diags, 80, true); err != nil || !strings.Contains(color.String(), "\x1b[1;31mError\x1b[0m: ") {
		t.Errorf("%q, %v", color.String(), err)
	}
}
