package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins"
)

// TestMain lets scripts run this test binary under the name chatferry, as users do, and pipelines start it
// as the plugin of trouble_test.go.
func TestMain(m *testing.M) {
	if host.ServeBuiltin(plugins.Builtin(), os.Args) { // the scripts' program starts itself as a plugin
		return
	}
	if filepath.Base(os.Args[0]) == troubleProgram {
		plugin.Main(trouble)
		return
	}
	testscript.Main(cleaned{m}, map[string]func(){"chatferry": main})
}

// cleaned removes the built program after all tests.
type cleaned struct{ m *testing.M }

func (c cleaned) Run() int {
	code := c.m.Run()
	if bin, _ := build(); bin != "" {
		os.RemoveAll(filepath.Dir(bin))
	}
	return code
}

// TestScripts runs testdata/script. A script may use, besides testscript's own commands:
//
//	exits CODE ARG...   runs chatferry and expects this exit code; output as after exec
//	clean FILE...       fails when a file (or stdout, stderr) holds a control character
//	agekey FILE NAME    makes a private key for age, and sets the environment variable NAME to its public key
//	sample FILE...      copies files of the repository's testdata/sample; skips when there are none
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "clean": clean, "sample": sample, "agekey": ageKey},
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			e.Setenv("HOSTILE", "a\x1b[31m\u009b\u202eb\u2028c") // scripts can't write these bytes
			return nil
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code arg...")
	}
	err := ts.Exec("chatferry", args[1:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("chatferry %s: exit code %s, want %s\n%s%s", strings.Join(args[1:], " "), code, args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

func clean(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		bad := strings.IndexFunc(ts.ReadFile(name), func(r rune) bool {
			return r != '\n' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r))
		})
		if (bad >= 0) != neg {
			ts.Fatalf("%s: control character at %d: %q", name, bad, ts.ReadFile(name))
		}
	}
}

func ageKey(ts *testscript.TestScript, _ bool, args []string) {
	k, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(k.String()+"\n"), 0o600))
	ts.Setenv(args[1], k.Recipient().String())
}

func sample(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		data, err := os.ReadFile(filepath.Join("..", "..", "testdata", "sample", name))
		if os.IsNotExist(err) {
			ts.Fatalf("testdata/sample/%s is absent: run \"make gen\"", name)
		}
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(name), data, 0o644))
	}
}

func TestEveryVerbHasHelpWithAnExample(t *testing.T) {
	a := &app{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, getenv: os.Getenv}
	for _, c := range a.root().Commands() {
		switch c.Name() {
		case "help", "completion", "version", "man", "exit-codes":
			continue
		}
		if c.Long == "" || c.Example == "" || c.GroupID == "" {
			t.Errorf("%s lacks a description, an example or a group", c.Name())
		}
		for _, line := range strings.Split(c.Long, "\n") {
			if len(line) > 86 {
				t.Errorf("%s: a line of the description has %d columns", c.Name(), len(line))
			}
		}
	}
}
