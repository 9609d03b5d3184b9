package pipeline

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/transform"
	"github.com/chatferry/chatferry/plugins"
	"golang.org/x/text/unicode/norm"
)

func spec(text string) Spec {
	return Spec{
		Name:    "made",
		Comment: []string{"Made by chatferry convert.", "A \x1b[31mcomment"},
		Plugins: []Block{{Name: "acmechat", Settings: []Argument{{Name: "source", Value: "./acme"}, {Name: "sha256", Value: strings.Repeat("ab", 32)}}}},
		Sources: []Block{
			{Plugin: "slack", Name: "acme", Settings: []Argument{
				{Name: "path", Value: "/srv/dump.zip"}, {Name: "zone", Value: text}, {Name: "retries", Value: 3}, {Name: "bots", Value: true},
				{Name: "channels", Value: []string{text, "#b"}}, {Name: "names", Value: map[string]string{text: text, "b": "2"}},
				{Name: "token", Expression: `secret("env:T")`},
			}},
			{Plugin: "acmechat", Name: "old", Settings: []Argument{{Name: "dir", Value: "/srv/rooms"}}},
		},
		Media: []Argument{{Name: "on_missing", Value: "fail"}},
		Transforms: []Block{{Plugin: "filter", Name: "scope", Settings: []Argument{
			{Name: "keywords", Value: []string{text}}, {Name: "where", Expression: `msg.kind=="text"&&present( msg.text )`}}}},
		Sinks:  []Block{{Plugin: "archive", Name: "main", Settings: []Argument{{Name: "path", Value: "/srv/out"}}, Loss: &Loss{Allow: []string{text}}, Package: &Package{Kind: "bagit", Info: map[string]string{"A": text}}, Encrypt: &Encrypt{Recipients: []string{text}}}},
		Verify: []Argument{{Name: "readback", Value: "none"}, {Name: "fail_on", Value: []string{}}},
		Flow:   []Argument{{Name: "shards", Value: int64(4)}},
	}
}

// checkRoundTrip writes a description, loads it, and compares every value.
func checkRoundTrip(t *testing.T, text string) {
	t.Helper()
	made, err := Write(spec(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if again, err := Format(made); err != nil || !bytes.Equal(again, made) {
		t.Fatalf("%q: the file is not formatted: %v\n%s", text, err, made)
	}
	opts := testOptions()
	opts.Env = func(n string) (string, bool) { return hush, n == "T" }
	f, diags := Load([]string{write(t, filepath.Join(t.TempDir(), "a.hcl"), string(made))}, opts)
	if len(diags) > 0 {
		t.Fatalf("%q: %s\n%s", text, rendered(t, f, diags), made)
	}
	text = norm.NFC.String(text)
	if p := f.Sinks[0].Package; !reflect.DeepEqual(p, &Package{Kind: "bagit", Info: map[string]string{"A": text}}) {
		t.Errorf("%q: the package became %+v", text, p)
	}
	if e := f.Sinks[0].Encrypt; !reflect.DeepEqual(e, &Encrypt{Recipients: []string{text}}) {
		t.Errorf("%q: the recipients became %+v", text, e)
	}
	var got struct {
		Path, Zone, Token string
		Retries           int
		Bots              bool
		Channels          []string
		Names             map[string]string
	}
	if err := json.Unmarshal(f.Sources[0].Config, &got); err != nil {
		t.Fatal(err)
	}
	want := got
	want.Path, want.Zone, want.Token, want.Retries, want.Bots = "/srv/dump.zip", text, hush, 3, true
	want.Channels, want.Names = []string{text, "#b"}, map[string]string{text: text, "b": "2"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q:\n got %+v\nwant %+v\n%s", text, got, want, made)
	}
	if f.Sinks[0].Loss.Allow[0] != text || f.Verify.Readback != "none" || f.Media.OnMissing != "fail" || f.Pipelines[0].Shards != 4 || len(f.Pipelines[0].From) != 2 {
		t.Errorf("%q: %s", text, f)
	}
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	for _, text := range []string{
		"UTC", "", "${var.x}", "%{ if true }", "$${x}", "$$${x}", "a\"b\\c", "line\nbreak\r\ttab", "发票 请求", "مرحبا", "\u202e\u0000\u0007\x7f",
		"#{x}", "<<EOT\nx\nEOT", "$", "%", "$$", "%%{", "Mu\u0308ller", "\U0001F600", "*/ // #", "\u2028",
	} {
		checkRoundTrip(t, text)
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("${x}")
	f.Add("a\nb\"%{")
	f.Fuzz(func(t *testing.T, text string) {
		if text = strings.ToValidUTF8(text, "?"); text == "b" || norm.NFC.String(text) == "message" {
			return // the key of another entry
		}
		checkRoundTrip(t, text)
	})
}

func TestAWrittenFileIsReadable(t *testing.T) {
	s := spec("UTC")
	s.Plugins, s.Sources = nil, s.Sources[:1]
	s.Sources[0].Settings = s.Sources[0].Settings[:2]
	got, err := Write(s)
	want := `# Made by chatferry convert.
# A ?[31mcomment

source "slack" "acme" {
  path = "/srv/dump.zip"
  zone = "UTC"
}

media "store" {
  on_missing = "fail"
}

transform "filter" "scope" {
  keywords = ["UTC"]
  where    = msg.kind == "text" && present(msg.text)
}

sink "archive" "main" {
  path = "/srv/out"
  loss {
    allow = ["UTC"]
  }
  package "bagit" {
    info = {
      "A" = "UTC"
    }
  }
  encrypt {
    recipients = ["UTC"]
  }
}

verify {
  readback = "none"
  fail_on  = []
}

pipeline "made" {
  from    = [source.slack.acme]
  through = [transform.filter.scope]
  to      = [sink.archive.main]
  shards  = 4
}
`
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestWriteRefusesWhatCannotBeWritten(t *testing.T) {
	for name, change := range map[string]func(*Spec){
		"name":       func(s *Spec) { s.Name = "a b" },
		"block":      func(s *Spec) { s.Sinks[0].Name = "x\"{" },
		"setting":    func(s *Spec) { s.Sinks[0].Settings[0].Name = "a = 1\n" },
		"expression": func(s *Spec) { s.Transforms[0].Settings[1].Expression = "1\n}\nsink" },
		"type":       func(s *Spec) { s.Sinks[0].Settings[0].Value = 1.5 },
	} {
		s := spec("x")
		change(&s)
		if got, err := Write(s); err == nil {
			t.Errorf("%s is written:\n%s", name, got)
		}
	}
}

func TestFormatLaysOutAndIsIdempotent(t *testing.T) {
	got, err := Format([]byte("source   \"slack\" \"a\" {\npath=\"x\"\n   zone = \"UTC\"   # here\n}"))
	want := "source \"slack\" \"a\" {\n  path = \"x\"\n  zone = \"UTC\" # here\n}\n"
	if err != nil || string(got) != want {
		t.Fatalf("%v\n%s", err, got)
	}
	if again, _ := Format(got); !bytes.Equal(again, got) {
		t.Errorf("not idempotent:\n%s", again)
	}
	if got, err := Format([]byte("source \"slack\" {\n")); err == nil || got != nil {
		t.Errorf("a file with mistakes is formatted: %s", got)
	}
}

func TestExamplesLoadAndAreFormatted(t *testing.T) {
	files, err := filepath.Glob("../../pipelines/*.hcl")
	if err != nil || len(files) < 10 {
		t.Fatalf("only %d examples: %v", len(files), err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(src, []byte("# ")) {
			t.Errorf("%s has no header comment", name)
		}
		if out, err := Format(src); err != nil || !bytes.Equal(out, src) {
			t.Errorf("%s is not formatted: %v", name, err)
		}
		opts := testOptions()
		plain := opts.Settings
		opts.Settings = func(kind, name string) ([]plugin.Setting, error) {
			for _, k := range transform.Kinds() {
				if kind == "transform" && k.Name == name {
					return k.Settings, nil
				}
			}
			for _, p := range plugins.Builtin() {
				if kind == "sink" && p.Name == name && p.Sink != nil {
					return p.Sink.Settings, nil
				}
			}
			return plain(kind, name)
		}
		known := opts.Known
		opts.Known = func(kind string) (names []string) {
			for _, p := range plugins.Builtin() {
				names = append(names, p.Name)
			}
			return append(names, known(kind)...)
		}
		f, diags := Load([]string{name}, opts)
		if len(diags) > 0 {
			t.Errorf("%s", rendered(t, f, diags))
			continue
		}
		story := strings.TrimSuffix(filepath.Base(name), ".hcl")
		if len(f.Pipelines) != 1 || f.Pipelines[0].Name != story {
			t.Errorf("%s: its pipeline is not called %s", name, story)
		}
		openTransforms(t, name, f)
		for _, s := range f.Sinks {
			if !strings.Contains(s.Path, filepath.Join("out", story)+string(filepath.Separator)) {
				t.Errorf("%s writes to %s", name, s.Path)
			}
		}
	}
}

// openTransforms hands what was loaded to the real transforms, which check it further.
func openTransforms(t *testing.T, name string, f *File) {
	t.Helper()
	for _, i := range f.Transforms {
		env := transform.Env{Block: i.Address(), Directory: filter.NewDirectory(), Expressions: map[string]transform.Expression{}}
		for key, e := range i.Expressions {
			env.Expressions[key] = e
		}
		if _, err := transform.Open(i.Plugin, i.Config, env); err != nil {
			t.Errorf("%s: %s", name, rendered(t, f, f.Locate(i.Address(), err)))
		}
	}
}
