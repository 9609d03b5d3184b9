package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

// TestRetryDeliversWhatWasRepaired breaks one record of a folder export, runs, repairs it and retries.
func TestRetryDeliversWhatWasRepaired(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	dump, out := filepath.Join(dir, "export"), filepath.Join(dir, "out")
	if _, err := slackgen.Generate(dump, slackgen.Config{Seed: 9, Messages: 200, Users: 12, Channels: 3, Days: 9, Dir: true}); err != nil {
		t.Fatal(err)
	}
	days, err := filepath.Glob(filepath.Join(dump, "*", "2*.json"))
	if err != nil || len(days) == 0 {
		t.Fatal(days, err)
	}
	good, err := os.ReadFile(days[0])
	if err != nil {
		t.Fatal(err)
	}
	ts := between(string(good), `"ts": "`, `"`)
	write := func(b string) {
		if err := os.WriteFile(days[0], []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Replace(string(good), `"ts": "`+ts+`"`, `"ts": "broken"`, 1))
	first, code := summary(t, bin, "convert", dump, out, "--to", "archive,mattermost")
	balanced(t, first)
	if code != 30 || first.Rejected != 1 || first.RejectedBy["bad_time"] != 1 {
		t.Fatalf("exit code %d: %+v", code, first)
	}
	if again, code := summary(t, bin, "retry", out); code != 30 || again.Rejected != 1 || again.Delivered != 0 {
		t.Errorf("a retry without a repair: exit code %d: %+v", code, again)
	}
	write(string(good))
	mended, code := summary(t, bin, "retry", out)
	balanced(t, mended)
	if code != 10 || mended.Rejected != 0 || mended.Delivered != 1 {
		t.Errorf("a retry after the repair: exit code %d: %+v", code, mended)
	}
	if s, code := summary(t, bin, "verify", out); code != 10 {
		t.Errorf("verify: exit code %d: %+v", code, s.Sinks)
	}
	// the history of the record is kept, and explain tells it
	key := ""
	held, _, _ := call(t, bin, "inspect", filepath.Join(out, "archive"), "--json", "--progress", "none")
	var inventory report.Inventory
	if err := json.Unmarshal([]byte(held), &inventory); err != nil || inventory.Messages+inventory.Revisions != 200 {
		t.Errorf("the archive of three generations holds %s", held)
	}
	b, _ := os.ReadFile(filepath.Join(dump, "users.json"))
	var users []struct {
		Team string `json:"team_id"`
	}
	if err := json.Unmarshal(b, &users); err != nil {
		t.Fatal(err)
	}
	b, _ = os.ReadFile(filepath.Join(dump, "channels.json"))
	var channels []struct{ ID, Name string }
	if err := json.Unmarshal(b, &channels); err != nil {
		t.Fatal(err)
	}
	for _, c := range channels {
		if c.Name == filepath.Base(filepath.Dir(days[0])) {
			key = "slack:" + users[0].Team + ":" + c.ID + ":" + ts
		}
	}
	said, errs, code := call(t, bin, "explain", key, out, "--json")
	var e job.Explanation
	if err := json.Unmarshal([]byte(said), &e); err != nil || code != 0 || len(e.Delivered) == 0 || e.Delivered[0].Sink != "archive" || e.Delivered[0].Generation != 3 || e.Source != "found" {
		t.Errorf("explain %s: exit code %d: %s%s", key, code, said, errs)
	}
}
