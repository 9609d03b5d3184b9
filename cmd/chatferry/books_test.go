package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

// move writes a pipeline file from the sample dump, with what stands inside the filter and the Mattermost sink.
func move(t *testing.T, dir, filter, sink string) string {
	t.Helper()
	b, err := os.ReadFile(sampleDump)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "dump.zip"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	through := ""
	if filter != "" {
		filter, through = "transform \"filter\" \"scope\" {\n"+filter+"\n}\n", "  through = [transform.filter.scope]\n"
	}
	path := filepath.Join(dir, "move.hcl")
	text := fmt.Sprintf("source \"slack\" \"dump\" {\n  path = \"dump.zip\"\n}\n%ssink \"mattermost\" \"mm\" {\n  path = \"out\"\n%s}\npipeline \"move\" {\n  from = [source.slack.dump]\n%s  to = [sink.mattermost.mm]\n}\n", filter, sink, through)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestForbiddenLossStopsBeforeAByteIsWritten sets each list of the loss block.
func TestForbiddenLossStopsBeforeAByteIsWritten(t *testing.T) {
	bin := program(t)
	for _, c := range []struct {
		name, loss string
		plan, run  int
		policy     string // of message.reactions.at
	}{
		{"fail", `fail = ["message.reactions.at"]`, 21, 40, report.PolicyFail},
		{"allow others", `allow = ["message.sent", "message.text"]`, 21, 40, report.PolicyFail},
		{"warn", `warn = ["message.reactions"]`, 10, 10, report.PolicyWarn},
		{"allow", `allow = ["*"]`, 10, 10, report.PolicyAllow},
	} {
		dir := t.TempDir()
		file := move(t, dir, "", "  loss {\n    "+c.loss+"\n  }\n")
		said, errs, code := call(t, bin, "plan", file, "--json", "--progress", "none")
		var f job.Forecast
		if err := json.Unmarshal([]byte(said), &f); err != nil || code != c.plan || policyIn(f.Losses) != c.policy {
			t.Errorf("%s: plan: exit code %d, policy %q, %v\n%s", c.name, code, policyIn(f.Losses), err, errs)
		}
		said, errs, code = call(t, bin, "run", file, "--json", "--progress", "none")
		if code != c.run {
			t.Errorf("%s: run: exit code %d\n%s", c.name, code, errs)
		}
		if c.run == 40 {
			if c.name == "fail" && !strings.Contains(errs, "message.reactions.at (") || !strings.Contains(errs, "nothing was written") {
				t.Errorf("%s: the loss is not named:\n%s", c.name, errs)
			}
			for _, name := range []string{"mattermost-import.zip", ".chatferry/places-mm.tsv", "people.csv", ".chatferry/leaves"} {
				if _, err := os.Stat(filepath.Join(dir, "out", name)); err == nil {
					t.Errorf("%s: %s was written", c.name, name)
				}
			}
			continue
		}
		var s report.Summary
		if err := json.Unmarshal([]byte(said), &s); err != nil || policyIn(s.Losses) != c.policy {
			t.Errorf("%s: run: policy %q, %v", c.name, policyIn(s.Losses), err)
		}
	}
}

func policyIn(rows []report.LossRow) string {
	for _, r := range rows {
		if r.Field == "message.reactions.at" {
			return r.Policy
		}
	}
	return ""
}

// TestExplainNeedsNoDump removes every message: by the first rule that matches. The dump and the pipeline file
// go, and the books still say which rule removed what.
func TestExplainNeedsNoDump(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	file := move(t, dir, "  exclude_types = [\"text\"]\n  since = \"2100-01-01\"", "")
	held, _, _ := call(t, bin, "inspect", filepath.Join(dir, "dump.zip"), "--json", "--progress", "none")
	var v report.Inventory
	if err := json.Unmarshal([]byte(held), &v); err != nil {
		t.Fatal(err)
	}
	s, code := summary(t, bin, "run", file)
	balanced(t, s)
	rules := map[string]report.RuleCount{}
	for _, r := range s.FilteredBy {
		rules[r.Rule] = r
	}
	types, since := rules["transform.filter.scope/exclude_types"], rules["transform.filter.scope/since"]
	if code != 10 || types.Count != v.MessagesByKind["text"] || since.Count != v.Messages+v.Revisions-types.Count || types.Where != "move.hcl:5" || since.Where != "move.hcl:6" || len(since.SHA256) != 64 {
		t.Fatalf("exit code %d: %+v %+v of %d messages", code, types, since, v.Messages)
	}
	whole := explain(t, bin, key(t, bin, dir), filepath.Join(dir, "out"))
	if whole.Source != "found" || len(whole.Steps) == 0 || len(whole.Removed) != 1 || whole.Removed[0].Rule != whole.Rule {
		t.Errorf("with the dump: %+v", whole)
	}
	k := whole.Key
	for _, name := range []string{"dump.zip", "move.hcl"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	e := explain(t, bin, k, filepath.Join(dir, "out"))
	if e.Source != "unreadable" || e.Rule != whole.Rule || len(e.Removed) != 1 || e.Removed[0] != whole.Removed[0] || e.Removed[0].SHA256 != rules[e.Rule].SHA256 {
		t.Errorf("without the dump: %+v", e)
	}
	if e := explain(t, bin, k+"0", filepath.Join(dir, "out")); e.Rule != "" || e.Removed != nil {
		t.Errorf("a key that never was: %+v", e)
	}
	byEntity(t, filepath.Join(dir, "out"), s)
}

// key finds the key of some text message of the dump.
func key(t *testing.T, bin, dir string) string {
	t.Helper()
	out := filepath.Join(dir, "all")
	if _, errs, code := call(t, bin, "convert", filepath.Join(dir, "dump.zip"), out, "--to", "ndjson", "--progress", "none", "--json"); code > 12 {
		t.Fatal(errs)
	}
	var found string
	err := filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".ndjson") || strings.Contains(path, "evidence") || found != "" {
			return err
		}
		b, err := os.ReadFile(path)
		for line := range strings.Lines(string(b)) {
			if strings.Contains(line, `"type":"message"`) && strings.Contains(line, `"kind":"text"`) {
				found = between(line, `"key":"`, `"`)
				break
			}
		}
		return err
	})
	if err != nil || found == "" {
		t.Fatalf("no message found: %v", err)
	}
	return found
}

func explain(t *testing.T, bin, key, out string) job.Explanation {
	t.Helper()
	said, errs, code := call(t, bin, "explain", key, out, "--json")
	var e job.Explanation
	if err := json.Unmarshal([]byte(said), &e); err != nil || code != 0 {
		t.Fatalf("explain %s: exit code %d: %v\n%s%s", key, code, err, said, errs)
	}
	return e
}

// byEntity compares the accounts of all entities in the evidence with the summary.
func byEntity(t *testing.T, out string, s report.Summary) {
	t.Helper()
	f, err := os.Open(filepath.Join(out, "evidence", "data", "entities.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sum := map[string]int64{} // by entity and column
	for _, row := range rows[1:] {
		for i, name := range rows[0] {
			n, _ := strconv.ParseInt(row[i], 10, 64)
			sum[row[2]+" "+name] += n
		}
	}
	if sum["message read"]+sum["revision read"]+sum["unreadable read"] != s.Read || sum["message filtered"]+sum["revision filtered"] != s.Filtered ||
		sum["reaction filtered"] == 0 || sum["reaction filtered"] != sum["reaction read"] || sum["person delivered"] == 0 || sum["membership read"] == 0 {
		t.Errorf("%v; summary read %d, filtered %d", sum, s.Read, s.Filtered)
	}
}

// TestFieldsFromTheFutureAreCounted reads a dump with fields that the model has no place for.
func TestFieldsFromTheFutureAreCounted(t *testing.T) {
	bin, dump := program(t), filepath.Join(t.TempDir(), "dump.zip")
	p, _ := slackgen.PresetNamed("full")
	d, ok := slackgen.DefectNamed("unknown-fields")
	if p.Defects = append(p.Defects, d); !ok {
		t.Fatal("the generator has no such defect")
	}
	if _, err := slackgen.Generate(dump, p); err != nil {
		t.Fatal(err)
	}
	s, _ := summary(t, bin, "convert", dump, t.TempDir(), "--to", "archive,mattermost")
	held, _, _ := call(t, bin, "inspect", dump, "--json", "--progress", "none")
	var v report.Inventory
	if err := json.Unmarshal([]byte(held), &v); err != nil {
		t.Fatal(err)
	}
	for path, bytes := range map[string]int64{"message.ext.slack.x_number": 27, "message.ext.slack.x_nested": 36} {
		for i, rows := range [][]report.UnmappedRow{v.Unmapped, s.Unmapped} {
			n := slices.IndexFunc(rows, func(r report.UnmappedRow) bool { return r.Path == path })
			if n < 0 || rows[n].Count != 1 || rows[n].Bytes < bytes-4 || rows[n].Bytes > bytes+4 || len(rows[n].Samples) != 1 || i == 1 && !slices.Equal(rows[n].KeptBy, []string{"archive"}) {
				t.Errorf("%s: %+v", path, rows)
			}
		}
	}
}
