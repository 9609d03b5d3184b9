package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

// countless are notes that sound exports show too, as often as chance has it.
var countless = map[string]bool{"REF-REACTION": true, "REF-MENTION": true, "REF-AUTHOR": true}

// foundIn gives the findings by id, with how often each was found.
func foundIn(t *testing.T, bin, dump string) (map[string]int, []report.Finding) {
	t.Helper()
	out, errs, code := call(t, bin, "inspect", dump, "--json", "--progress", "none")
	var v report.Inventory
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("exit code %d, %v\n%s", code, err, errs)
	}
	got := map[string]int{}
	for _, f := range v.Findings {
		got[f.ID] += int(f.Count)
		if len(f.Samples) == 0 || len(f.Samples) > 3 {
			t.Errorf("%s has %d samples", f.ID, len(f.Samples))
		}
	}
	return got, v.Findings
}

func gapConfig(d slackgen.Defect) slackgen.Config {
	c := slackgen.Config{Seed: 3, Messages: 150, Users: 14, Channels: 3, DMs: 2, Days: 9, Light: true}
	if d.Whole {
		c.Messages, c.Channels, c.Days = 3000, 8, 150
	}
	if d.Name != "" {
		c.Defects = []slackgen.Defect{d}
	}
	return c
}

// TestEachDefectShowsItsGaps compares what is found in every kind of broken dump with what the generator
// says that it broke: no rule is silent, and none speaks that should not.
func TestEachDefectShowsItsGaps(t *testing.T) {
	bin := program(t)
	for _, d := range append(slackgen.Defects(), slackgen.Defect{}, slackgen.Defect{Whole: true}) {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			dump := filepath.Join(t.TempDir(), "export.zip")
			truth, err := slackgen.Generate(dump, gapConfig(d))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]int{}
			for _, g := range truth.Gaps {
				want[g.Rule] = g.Count
			}
			got, _ := foundIn(t, bin, dump)
			switch d.Name {
			case "missing-users", "missing-channels":
				maps.DeleteFunc(got, func(id string, _ int) bool { return id == "GAP-LISTED" || id == "GAP-UNLISTED" || id == "REF-AUTHOR" })
			case "truncated-zip": // of what is cut off, anything may be missed
				got = map[string]int{"GAP-TAIL": got["GAP-TAIL"]}
			}
			maps.DeleteFunc(got, func(id string, _ int) bool { return countless[id] && want[id] == 0 })
			if !reflect.DeepEqual(got, want) {
				t.Errorf("found %v, the truth is %v", got, want)
			}
		})
	}
}

// TestSoundExportsShowNoGap reads every clean kind of export, with every kind of record in it.
func TestSoundExportsShowNoGap(t *testing.T) {
	bin := program(t)
	for _, p := range slackgen.Presets() {
		if strings.HasPrefix(p.Name, "bench") {
			p.Config = slackgen.Bench(20_000)
			p.Name = "bench-20k"
		}
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			dump := filepath.Join(t.TempDir(), "export.zip")
			truth, err := slackgen.Generate(dump, p.Config)
			if err != nil {
				t.Fatal(err)
			}
			_, list := foundIn(t, bin, dump)
			for _, f := range list {
				switch {
				case f.Severity == "note":
				case f.ID == "REF-THREAD" && int(f.Count) == truth.OrphanReply:
				case f.ID == "ACL-MESSAGE" && int(f.Count) == truth.ByKind["withheld"]:
				default:
					t.Errorf("false alarm: %s %d %v", f.ID, f.Count, f.Samples)
				}
			}
		})
	}
}

// TestMissingNumbersOfAnySource gives numbered records, which Slack has not, with a hole of thirty.
func TestMissingNumbersOfAnySource(t *testing.T) {
	bin, dump := program(t), filepath.Join(t.TempDir(), "records.ndjson")
	var lines []byte
	for i := range 200 {
		if i >= 100 && i < 130 {
			continue
		}
		m := &message.Message{Key: fmt.Sprintf("x:c:%d", i), ID: fmt.Sprint(i), Conversation: "x:c", Kind: message.KindText, Text: "hello", Seq: fmt.Sprint(i),
			Sent: message.Time{UTC: fmt.Sprintf("2024-05-01T%02d:%02d:07Z", i/60, i%60)}}
		lines = append(message.Of(m).Append(lines), '\n')
	}
	if err := os.WriteFile(dump, lines, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(t.TempDir(), "p.hcl")
	text := fmt.Sprintf("source \"ndjson\" \"a\" {\n  path = %q\n}\nsink \"archive\" \"b\" {\n  path = %q\n}\npipeline \"p\" {\n  from = [source.ndjson.a]\n  to   = [sink.archive.b]\n}\n", dump, filepath.Join(t.TempDir(), "out"))
	if err := os.WriteFile(pipe, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, code := summary(t, bin, "run", pipe)
	if len(s.Findings) != 1 || s.Findings[0].ID != "GAP-SEQ" || s.Findings[0].Count != 30 || code != 11 {
		t.Errorf("exit code %d, found %+v", code, s.Findings)
	}
}

// TestAGapDecidesTheExitCode delivers a dump with a gap: all of it arrives, the gap is told and listed, and
// a later verification tells the same.
func TestAGapDecidesTheExitCode(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	dump, out := filepath.Join(dir, "export.zip"), filepath.Join(dir, "out")
	d, _ := slackgen.DefectNamed("missing-day")
	truth, err := slackgen.Generate(dump, gapConfig(d))
	if err != nil {
		t.Fatal(err)
	}
	s, code := summary(t, bin, "convert", dump, out, "--to", "archive")
	if code != 11 || s.Verdicts.Source != report.SourceGaps || s.Delivered != int64(truth.Messages) {
		t.Errorf("exit code %d, source %s, %d of %d delivered", code, s.Verdicts.Source, s.Delivered, truth.Messages)
	}
	list, err := os.ReadFile(filepath.Join(out, ".chatferry", "gaps-0001.ndjson"))
	if err != nil || !strings.Contains(string(list), `"rule":"GAP-TIME","severity":"warning","conversation":"slack:`) ||
		!strings.Contains(string(list), `"first":"2023-01-21","last":"2023-01-23"`) {
		t.Errorf("%v\n%s", err, list)
	}
	again, code := summary(t, bin, "verify", out)
	if code != 11 || !reflect.DeepEqual(again.Findings, s.Findings) {
		t.Errorf("exit code %d, findings %v, before %v", code, again.Findings, s.Findings)
	}
	filtered := filepath.Join(dir, "filtered")
	s, _ = summary(t, bin, "convert", dump, filtered, "--to", "archive", "--since", "2023-02-01")
	if s.Filtered == 0 || !reflect.DeepEqual(s.Findings, again.Findings) {
		t.Errorf("a filter of %d messages changed what the source lacks: %v", s.Filtered, s.Findings)
	}
}
