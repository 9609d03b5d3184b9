package main

import (
	"path/filepath"
	"testing"
)

// TestExamplesRun runs every pipeline that we ship, as it stands, on the sample.
func TestExamplesRun(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	files, err := filepath.Glob("../../pipelines/*.hcl")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	archive := filepath.Join(dir, "archive")
	if s, code := summary(t, bin, "convert", "../../testdata/sample/ferry-export.zip", archive, "--to", "archive"); code != 0 {
		t.Fatalf("exit code %d: %+v", code, s)
	}
	for _, f := range files {
		name := filepath.Base(f)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"run", f, "--var", "out=" + filepath.Join(dir, "out-"+name)}
			if name == "archive_to_mattermost.hcl" {
				args = append(args, "--var", "dump="+archive)
			}
			s, code := summary(t, bin, args...)
			balanced(t, s)
			if code != 0 && code != 10 || s.Read == 0 || s.Delivered == 0 {
				t.Errorf("exit code %d: read %d, delivered %d", code, s.Read, s.Delivered)
			}
		})
	}
}
