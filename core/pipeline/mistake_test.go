package pipeline

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

var update = flag.Bool("update", false, "write the expected texts anew")

func TestEveryMistakeIsShownAtItsLineWithAWayOut(t *testing.T) {
	t.Chdir("testdata/mistakes")
	files, err := filepath.Glob("*.hcl")
	if err != nil || len(files) < 40 {
		t.Fatalf("only %d cases: %v", len(files), err)
	}
	more, _ := filepath.Glob("*.hcl.json")
	options := map[string]func(*Options){
		"var_not_a_number.hcl": func(o *Options) { o.Vars = []string{"n=many"} },
		"var_undeclared.hcl":   func(o *Options) { o.Vars = []string{"dmp=x"} },
		"var_file.hcl":         func(o *Options) { o.VarFiles = []string{"var_file.vars"} },
		"where_secret.hcl":     func(o *Options) { o.Env = func(string) (string, bool) { return "xoxb-1", true } },
		"settings_fail.hcl": func(o *Options) {
			o.Settings = func(string, string) ([]plugin.Setting, error) {
				return nil, fault.New(fault.Config, "start", "plugin slack", "check that the program can be executed", errors.New("permission denied"))
			}
		},
	}
	for _, name := range append(files, more...) {
		opts := testOptions()
		if f := options[name]; f != nil {
			f(&opts)
		}
		f, diags := Load([]string{name}, opts)
		got := rendered(t, f, diags)
		golden := strings.TrimSuffix(strings.TrimSuffix(name, ".json"), ".hcl") + ".txt"
		if strings.HasSuffix(name, ".json") {
			golden = name + ".txt"
		}
		if *update {
			write(t, golden, got)
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s:\n--- got\n%s--- want\n%s", name, got, want)
		}
		if !strings.Contains(got, "at "+name+" line ") && name != "var_file.hcl" && name != "no_pipeline.hcl" && name != "var_undeclared.hcl" {
			t.Errorf("%s: no place is shown:\n%s", name, got)
		}
		if strings.Contains(got, "xoxb") {
			t.Errorf("%s: a secret is shown:\n%s", name, got)
		}
	}
}
