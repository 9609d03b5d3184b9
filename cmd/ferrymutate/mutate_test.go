package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/verify"
)

func program(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "chatferry")
	if out, err := exec.Command("go", "build", "-pgo", "off", "-tags", "sqlite_fts5", "-o", bin, "../chatferry").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// TestLossesAreNamed runs a few of the operators, so that a change that breaks them is seen at once.
func TestLossesAreNamed(t *testing.T) {
	var report strings.Builder
	if err := run(&report, choice{bin: program(t), only: "a reply", sample: 5}); err != nil {
		t.Errorf("%v\n%s", err, report.String())
	}
}

// TestABadVerifierFails gives answers of programs that notice nothing, do not name it, or name too much.
func TestABadVerifierFails(t *testing.T) {
	lost := want{kind: "missing", key: "k"}
	right := verdict{code: exitDiffers, diffs: []verify.Difference{{Kind: "missing", Key: "k"}}}
	more := verdict{code: exitDiffers, diffs: append(right.diffs, verify.Difference{Kind: "missing", Key: "l"})}
	for name, v := range map[string]verdict{"silence": {}, "a bare code": {code: exitDiffers}, "an error": {code: 50, said: "line 7"}, "too much": more, "right": right} {
		o := outcome{}
		if o.judge(v, []want{lost}, 0); o.passed() != (name == "right") {
			t.Errorf("%s: passed %v", name, o.passed())
		}
	}
	o := outcome{}
	if o.judge(right, []want{}, 0); o.passed() {
		t.Error("a difference passes where nothing was changed")
	}
}
