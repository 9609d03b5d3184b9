package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestThirdPartyPluginFromAPipeline builds a plugin that is a module of its own and runs it from a plugin
// block, with the right checksum and with a wrong one.
func TestThirdPartyPluginFromAPipeline(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	prog := filepath.Join(dir, "ferry-acmechat")
	build := exec.Command("go", "build", "-o", prog, ".")
	build.Dir = "../../testdata/thirdparty/acmechat"
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(prog)
	if err != nil {
		t.Fatal(err)
	}
	rooms := filepath.Join(dir, "rooms")
	if err := os.Mkdir(rooms, 0o700); err != nil {
		t.Fatal(err)
	}
	lines := `{"id":"1","room":"lobby","user":"ann","text":"hello","ts":1554206400000}
{"id":"2","room":"lobby","user":"ben","text":"hello too","ts":1554206401000}
this is no record
`
	if err := os.WriteFile(filepath.Join(rooms, "lobby.jsonl"), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := func(sum, setting string) string {
		path := filepath.Join(dir, sum[:8]+setting+".hcl")
		text := fmt.Sprintf("plugin \"acmechat\" {\n  source = %q\n  sha256 = %q\n}\n\nsource \"acmechat\" \"acme\" {\n  %s = %q\n}\n\nsink \"archive\" \"main\" {\n  path = %q\n}\n\npipeline \"acme\" {\n  from = [source.acmechat.acme]\n  to   = [sink.archive.main]\n}\n",
			prog, sum, setting, rooms, filepath.Join(dir, "out"))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	right := fmt.Sprintf("%x", sha256.Sum256(b))
	s, code := summary(t, bin, "run", pipe(right, "dir"))
	balanced(t, s)
	if code != 30 || s.Read != 3 || s.Delivered != 2 || s.Rejected != 1 {
		t.Errorf("exit code %d: %+v", code, s)
	}
	_, errs, code := call(t, bin, "run", pipe(strings.Repeat("0", 64), "dir"))
	if code != 60 && code != 40 || !strings.Contains(errs, "acmechat") {
		t.Errorf("a wrong checksum: exit code %d\n%s", code, errs)
	}
	_, errs, code = call(t, bin, "validate", pipe(right, "dri"))
	if code != 40 || !strings.Contains(errs, `Did you mean "dir"`) || !strings.Contains(errs, "line 7") {
		t.Errorf("a misspelt setting: exit code %d\n%s", code, errs)
	}
	// The books and the archive are all that verify needs: plugin, dump and pipeline file may go.
	for _, path := range []string{prog, rooms, filepath.Join(dir, right[:8]+"dir.hcl")} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	s, code = summary(t, bin, "verify", filepath.Join(dir, "out"))
	balanced(t, s)
	if code != 30 || s.Delivered != 2 {
		t.Errorf("verify without the plugin: exit code %d: %+v", code, s)
	}
	if _, errs, code = call(t, bin, "retry", filepath.Join(dir, "out")); code != 40 || !strings.Contains(errs, "acmechat") {
		t.Errorf("retry without the plugin: exit code %d\n%s", code, errs)
	}
}
