package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/tui"
)

// TestFerryGoesFromADumpToItsProof does what the screen asks for, with the one target whose folder may hold
// nothing else.
func TestFerryGoesFromADumpToItsProof(t *testing.T) {
	f := &ferry{app: &app{getenv: func(string) string { return "" }}, flags: runFlags{InProcess: true}}
	dir := t.TempDir()
	c := tui.Choice{Path: "../../testdata/sample/ferry-export.zip", Out: filepath.Join(dir, "out"), Targets: []string{"html"}, Settings: map[string]string{"html.language": "zh", "mattermost.team": "unused"},
		Rules: filter.Rules{Since: "2024-03-20"}}
	content, err := f.Look(t.Context(), c.Path, hush{})
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for _, k := range content.Kinds {
		sum += k.Messages
	}
	if c.Source = content.Source; sum != content.Inventory.Messages || len(content.Conversations) != int(content.Inventory.Conversations) {
		t.Errorf("%d messages by kind in %d conversations, of %d in %d", sum, len(content.Conversations), content.Inventory.Messages, content.Inventory.Conversations)
	}
	p, err := f.Plan(t.Context(), c, hush{})
	if err != nil || !strings.Contains(p.HCL, `language = "zh"`) || strings.Contains(p.HCL, "unused") {
		t.Fatalf("%v\n%s", err, p.HCL)
	}
	file := tui.PipelineFile(c.Out)
	if err := os.WriteFile(file, []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	saved, err := f.Save(c, p, false)
	if mine, _ := os.ReadFile(file); err != nil || saved == file || string(mine) != "# mine\n" {
		t.Fatalf("a file that was there is replaced: %v, %s", err, saved)
	}
	s, err := f.Run(t.Context(), c.Out, saved, hush{})
	if err != nil || s.Verdicts.ReadBack != report.ReadBackFull || s.Verdicts.Source != report.SourceComplete || s.Delivered != p.Inventory.Messages+p.Inventory.Revisions {
		t.Fatalf("%v, %d delivered of %d planned, %+v", err, s.Delivered, p.Inventory.Messages, s.Verdicts)
	}
	inspectPast(t, f, c.Out, s)
}

// inspectPast opens a finished run again, and what its verdicts rest on.
func inspectPast(t *testing.T, f *ferry, out string, s report.Summary) {
	t.Helper()
	past, err := f.Open(out)
	if err != nil || !past.Folder.Done || past.Summary.Verdicts != s.Verdicts {
		t.Errorf("%v, %+v", err, past)
	}
	again, err := f.Check(t.Context(), out, hush{})
	if err != nil || again.Verdicts != s.Verdicts || again.ExitCode != s.ExitCode {
		t.Errorf("checked again: %v, %+v", err, again.Verdicts)
	}
	media, err := f.Media(out)
	absent := int64(0)
	for _, m := range media {
		if m.State != "present" || m.Reason != "" {
			absent += m.Count
		}
	}
	told := int64(0)
	for _, m := range s.Media {
		told += m.Count
	}
	if err != nil || absent != told || absent == 0 {
		t.Errorf("%v, %d attachments are absent, and %d in the summary", err, absent, told)
	}
	for _, finding := range s.Findings {
		places, err := f.Gaps(out, finding.ID)
		n := int64(0)
		for _, g := range places {
			n += g.Count
			if g.Name == "" {
				t.Errorf("%s: a place without a name: %+v", finding.ID, g)
			}
		}
		if err != nil || n != finding.Count {
			t.Errorf("%s: %v, %d in its places of %d", finding.ID, err, n, finding.Count)
		}
	}
	if list, err := f.Exceptions(out, ledger.Rejected); err != nil || len(list) != int(s.Rejected) {
		t.Errorf("%v, %d could not be read", err, len(list))
	}
	to := filepath.Join(filepath.Dir(out), "report.html")
	if err := f.Export(out, to); err != nil {
		t.Error(err)
	}
	if err := f.Export(out, to); !errors.Is(err, os.ErrExist) {
		t.Errorf("the report replaced a file: %v", err)
	}
}
