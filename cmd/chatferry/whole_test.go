package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

// call runs the program and returns what it says.
func call(t *testing.T, bin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(bin, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	code = exitCode(cmd.Run())
	return out.String(), errs.String(), code
}

// summary runs a verb with --json and reads the last line of its standard output.
func summary(t *testing.T, bin string, args ...string) (report.Summary, int) {
	t.Helper()
	out, errs, code := call(t, bin, append(args, "--json", "--progress", "plain")...)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var s report.Summary
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil {
		t.Fatalf("chatferry %s: exit code %d, last line is no summary: %v\n%s", strings.Join(args, " "), code, err, errs)
	}
	return s, code
}

func balanced(t *testing.T, s report.Summary) {
	t.Helper()
	if s.Read+s.Added != s.Delivered+s.Duplicate+s.Filtered+s.Rejected {
		t.Errorf("books do not balance: %+v", s)
	}
	for _, k := range s.Sinks {
		if k.Offered != k.Delivered+k.Duplicate+k.Filtered+k.Rejected {
			t.Errorf("books of %s do not balance: %+v", k.Name, k)
		}
		if k.Check == nil || k.Check.Missing+k.Check.Extra+k.Check.Differing != 0 {
			t.Errorf("%s was not read back clean: %+v", k.Name, k.Check)
		}
	}
}

// TestFixturesGoToBothSinks takes real exports that we did not make; the counts are PROVENANCE.md's.
func TestFixturesGoToBothSinks(t *testing.T) {
	root := "../../../shared/fixtures/slack"
	if _, err := os.Stat(root); err != nil {
		t.Skip("the third-party Slack fixtures are not here")
	}
	bin := program(t)
	for path, want := range map[string]int64{
		"mattermost-server-2021/Fake_Team_Import.zip": 8,
		"zulip-2024/test_slack_importer.zip":          91,
		"zulip-2024/test_unicode_slack_importer.zip":  5,
	} {
		out := t.TempDir()
		s, code := summary(t, bin, "convert", filepath.Join(root, path), out, "--to", "archive,mattermost")
		balanced(t, s)
		if s.Read != want || s.Delivered != want || code != 10 {
			t.Errorf("%s: read %d, delivered %d, exit code %d, want %d and 10", path, s.Read, s.Delivered, code, want)
		}
		// the archive is a source like any other, and gives the same again
		again, _ := summary(t, bin, "convert", filepath.Join(out, "archive"), t.TempDir(), "--to", "archive")
		balanced(t, again)
		if again.Read != want {
			t.Errorf("%s: the archive gives %d of %d", path, again.Read, want)
		}
	}
}

// TestLooseFixturesGoToBothSinks puts fixture files that came without a container into an export folder.
func TestLooseFixturesGoToBothSinks(t *testing.T) {
	root := "../../../shared/fixtures/slack/mattermost-server-2021"
	if _, err := os.Stat(root); err != nil {
		t.Skip("the third-party Slack fixtures are not here")
	}
	dump := t.TempDir()
	var channels []struct{ Name string }
	for from, to := range map[string]string{"channels": "channels.json", "private-channels": "groups.json", "direct-messages": "dms.json",
		"group-direct-messages": "mpims.json", "users": "users.json"} {
		b, err := os.ReadFile(filepath.Join(root, "slack-import-test-"+from+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if from == "channels" {
			if err := json.Unmarshal(b, &channels); err != nil || len(channels) != 6 {
				t.Fatal(channels, err)
			}
		}
		if err := os.WriteFile(filepath.Join(dump, to), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	posts, err := os.ReadFile(filepath.Join(root, "slack-import-test-posts.json"))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dump, channels[0].Name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "2016-07-25.json"), posts, 0o600); err != nil {
		t.Fatal(err)
	}
	s, code := summary(t, program(t), "convert", dump, t.TempDir(), "--to", "archive,mattermost")
	balanced(t, s)
	if code != 10 || s.Read != 9 || s.Delivered != 9 {
		t.Errorf("exit code %d: read %d, delivered %d, PROVENANCE has 9", code, s.Read, s.Delivered)
	}
}

// TestEveryDialectGoesToBothSinks gives each kind of export that the generator can make.
func TestEveryDialectGoesToBothSinks(t *testing.T) {
	bin := program(t)
	for _, p := range slackgen.Presets() {
		if p.Config.Messages > 10_000 {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			dump := filepath.Join(t.TempDir(), "export.zip")
			truth, err := slackgen.Generate(dump, p.Config)
			if err != nil {
				t.Fatal(err)
			}
			s, code := summary(t, bin, "convert", dump, t.TempDir(), "--to", "archive,mattermost")
			balanced(t, s)
			if want := int64(truth.Records); code != 10 || s.Read != want || s.Delivered != want {
				t.Errorf("exit code %d: read %d, delivered %d, the dump has %d", code, s.Read, s.Delivered, want)
			}
		})
	}
}

// TestSecondExportDeliversOnlyNewAndChanged compares with what the generator knows it changed.
func TestSecondExportDeliversOnlyNewAndChanged(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	config, _ := slackgen.PresetNamed("full")
	config.Cut = 0.7
	older, newer := filepath.Join(dir, "older.zip"), filepath.Join(dir, "newer.zip")
	if _, err := slackgen.Generate(older, config); err != nil {
		t.Fatal(err)
	}
	config.Cut, config.Older, config.PerMessageTruth = 1, 0.7, true
	truth, err := slackgen.Generate(newer, config)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	first, _ := summary(t, bin, "convert", older, out, "--to", "archive,mattermost")
	balanced(t, first)
	if s, _ := summary(t, bin, "convert", older, out, "--to", "archive,mattermost"); !s.Nothing || s.Generation != 1 {
		t.Errorf("the same dump again: %+v", s)
	}
	second, _ := summary(t, bin, "convert", newer, out, "--to", "archive,mattermost")
	balanced(t, second)
	for _, k := range second.Sinks { // Mattermost may have more: a mention of a renamed channel reads otherwise
		if want := int64(len(truth.Delta.NewKeys) + len(truth.Delta.Keys)); k.Name == "archive" && k.Delivered != want {
			t.Errorf("delivered %d, the generator made %d new and changed %d", k.Delivered, len(truth.Delta.NewKeys), len(truth.Delta.Keys))
		}
	}
	if s, code := summary(t, bin, "verify", out); code != 10 {
		t.Errorf("verify of both generations: exit code %d: %+v", code, s.Sinks)
	}
}

// TestIdentityMapIsReusedAndItsChangesDelivered edits people.csv as an administrator would.
func TestIdentityMapIsReusedAndItsChangesDelivered(t *testing.T) {
	bin, out := program(t), t.TempDir()
	run := func() report.Summary {
		s, code := summary(t, bin, "convert", "../../testdata/sample/ferry-export.zip", out, "--to", "mattermost")
		balanced(t, s)
		if code != 10 {
			t.Errorf("exit code %d", code)
		}
		return s
	}
	run()
	if s := run(); !s.Nothing {
		t.Errorf("nothing has changed, but run %d delivered %d", s.Generation, s.Delivered)
	}
	path := filepath.Join(out, "people.csv")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(b), ",create,ada.winter,", ",existing,a.winter,", 1)
	if err := os.WriteFile(path, []byte(edited), 0o600); err != nil || edited == string(b) {
		t.Fatal(err)
	}
	if s := run(); s.Nothing || s.Delivered == 0 || s.Duplicate == 0 {
		t.Errorf("the edited map: delivered %d, duplicate %d", s.Delivered, s.Duplicate)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != edited {
		t.Errorf("the edit did not stay: %v", err)
	}
	if s := run(); !s.Nothing {
		t.Errorf("the edit was delivered twice: run %d", s.Generation)
	}
}

// TestVerifyNamesWhatIsMissing takes one post out of a finished import and changes another.
func TestVerifyNamesWhatIsMissing(t *testing.T) {
	bin, out := program(t), t.TempDir()
	if s, code := summary(t, bin, "convert", "../../testdata/sample/ferry-export.zip", out, "--to", "mattermost"); code != 10 {
		t.Fatalf("exit code %d: %+v", code, s)
	}
	path := filepath.Join(out, "mattermost-import.zip")
	var gone, changed string
	rezip(t, path, func(name string, b []byte) []byte {
		if name != "import.jsonl" {
			return b
		}
		var kept []string
		for _, line := range strings.SplitAfter(string(b), "\n") {
			plain := strings.HasPrefix(line, `{"type":"post"`) && !strings.Contains(line, `"replies"`)
			switch {
			case plain && gone == "":
				gone = between(line, `"chatferry":{"key":"`, `"`)
				continue
			case plain && changed == "" && strings.Contains(line, `"message":"T`):
				changed = between(line, `"chatferry":{"key":"`, `"`)
				line = strings.Replace(line, `"message":"T`, `"message":"t`, 1)
			}
			kept = append(kept, line)
		}
		return []byte(strings.Join(kept, ""))
	})
	s, code := summary(t, bin, "verify", out)
	if code != 21 || len(s.Sinks) != 1 || s.Sinks[0].Check.Missing != 1 || s.Sinks[0].Check.Differing != 1 {
		t.Fatalf("exit code %d: %+v", code, s.Sinks)
	}
	b, err := os.ReadFile(s.Sinks[0].Check.File)
	if err != nil || !named(string(b), "missing", gone) || !named(string(b), "differs", changed) || !strings.Contains(string(b), `"field":"text"`) {
		t.Fatalf("%v: %s and %s are not named:\n%s", err, gone, changed, b)
	}
}

// named tells whether a list of differences names a key with a kind.
func named(list, kind, key string) bool {
	for line := range strings.Lines(list) {
		if strings.HasPrefix(line, `{"kind":"`+kind+`"`) && strings.Contains(line, `"key":"`+key+`"`) {
			return true
		}
	}
	return false
}

func between(s, from, to string) string {
	_, rest, _ := strings.Cut(s, from)
	out, _, _ := strings.Cut(rest, to)
	return out
}

// rezip rewrites every member of a zip.
func rezip(t *testing.T, path string, change func(name string, b []byte) []byte) {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		m, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write(change(f.Name, b)); err != nil {
			t.Fatal(err)
		}
	}
	r.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
