//go:build real

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatferry/chatferry/core/tui"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

// screen is the program in a terminal of its own, driven by keys alone.
type screen struct {
	t      *testing.T
	socket string
}

// show starts the program in tmux, in the folder dir; config is where it keeps its list of recent runs.
func show(t *testing.T, bin, dir, config string, width, height int) *screen {
	t.Helper()
	s := &screen{t, "ferry-" + filepath.Base(t.TempDir()) + fmt.Sprint(time.Now().UnixNano())}
	command := fmt.Sprintf("cd %q && exec env XDG_CONFIG_HOME=%q LC_ALL=C.UTF-8 %q", dir, config, bin)
	s.tmux("-u", "-f", "/dev/null", "new-session", "-d", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), command)
	t.Cleanup(s.kill)
	return s
}

func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-L", s.socket}, args...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// kill takes the terminal away.
func (s *screen) kill() { exec.Command("tmux", "-L", s.socket, "kill-server").Run() }

// see waits until a text is on the screen, and gives the whole of it.
func (s *screen) see(text string) string {
	s.t.Helper()
	last := ""
	for range 600 {
		out, err := exec.Command("tmux", "-L", s.socket, "capture-pane", "-p").Output()
		if err != nil {
			s.t.Fatalf("the terminal is gone; at last it showed\n%s", last)
		}
		if last = string(out); strings.Contains(last, text) {
			return last
		}
		time.Sleep(50 * time.Millisecond)
	}
	s.t.Fatalf("never shows %q:\n%s", text, last)
	return ""
}

// press presses keys as tmux names them, one after another.
func (s *screen) press(keys ...string) *screen {
	s.t.Helper()
	for _, k := range keys {
		s.tmux("send-keys", k)
		time.Sleep(30 * time.Millisecond)
	}
	return s
}

// dump leads from home to the form that says what to keep.
func (s *screen) dump(path string) {
	s.t.Helper()
	s.see("New migration")
	s.press("Enter").see("Choose the export")
	s.press("/").see("Path of the file")
	s.press("C-u")
	s.tmux("send-keys", "-l", path)
	s.press("Enter").see("Recognised as slack")
	s.press("Enter").see("What to keep")
	s.see(" messages, with ")
}

// targets ticks the archive, the site and Mattermost and leads to the plan.
func (s *screen) targets() {
	s.t.Helper()
	s.press("C-n").see("keeps everything")
	for _, name := range []string{"archive", "html", "mattermost"} {
		for range 20 {
			if strings.Contains(s.see("▸ ["), "▸ [ ] "+name) {
				break
			}
			s.press("Down")
		}
		s.press("Enter").see("▸ [x] " + name)
	}
	s.press("C-n").see("becomes      account")
	s.press("c").see("Nothing has been written yet")
}

// TestScreenMovesAWholeHistory goes through whole migrations with keys only, at several sizes.
func TestScreenMovesAWholeHistory(t *testing.T) {
	bin := program(t)
	for _, c := range []struct {
		dump          string
		width, height int
		counted       string
	}{
		{"../../testdata/sample/ferry-export.zip", 80, 24, "556 of 556 messages"},
		{"../../../shared/fixtures/slack/mattermost-server-2021/Fake_Team_Import.zip", 60, 18, "8 of 8 messages"},
		{"../../../shared/fixtures/slack/zulip-2024/test_slack_importer.zip", 140, 45, "91 of 91 messages"},
	} {
		b, err := os.ReadFile(c.dump)
		if os.IsNotExist(err) && strings.Contains(c.dump, "shared") {
			t.Logf("%s is not here", c.dump)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		dir, config := t.TempDir(), t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "acme.zip"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		s := show(t, bin, dir, config, c.width, c.height)
		s.dump("acme.zip")
		s.see(c.counted)
		s.targets()
		s.press("Enter").see("Start the migration now?")
		s.press("Enter").see("Finished. Press Enter")
		s.press("Enter").see("Is it really there?")
		s.press("Down", "Down", "Down", "Enter").see("all agree")
		s.press("Escape").see("Can others check it?")
		s.press("e").see("Save the report")
		s.press("Enter").see("The report is saved as")
		s.press("r").see("Finished. Press Enter") // reads everything back once more
		s.press("Enter").see("What was proven")
		s.press("h").see("acme-moved")
		s.press("q")
		if b, err := os.ReadFile(filepath.Join(dir, "acme-moved-report.html")); err != nil || !strings.Contains(string(b), "</html>") {
			t.Errorf("the report is not whole: %v", err)
		}
		same(t, bin, filepath.Join(dir, "acme-moved"))
	}
}

// same compares what the screen made with what the command line makes of the file that it saved.
func same(t *testing.T, bin, out string) {
	t.Helper()
	file := tui.PipelineFile(out)
	hcl, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	quiet := filepath.Join(t.TempDir(), "quiet")
	again := filepath.Join(t.TempDir(), "again.hcl")
	if err := os.WriteFile(again, []byte(strings.ReplaceAll(string(hcl), out, quiet)), 0o600); err != nil {
		t.Fatal(err)
	}
	s, code := summary(t, bin, "run", again)
	balanced(t, s)
	if code > 11 {
		t.Fatalf("exit code %d of the file that the screen saved", code)
	}
	if tree(t, out) != tree(t, quiet) {
		t.Errorf("%s and %s differ", out, quiet)
	}
}

// TestScreenLosesItsTerminal takes the terminal away in the middle of a run, and goes on from home.
func TestScreenLosesItsTerminal(t *testing.T) {
	bin, dir, config := program(t), t.TempDir(), t.TempDir()
	dump := filepath.Join(dir, "acme.zip")
	made := slackgen.Config{Seed: 11, Messages: 20_000, Users: 40, Bots: 3, Channels: 30, Private: 4, DMs: 10, Groups: 5, Days: 900, Uploads: slackgen.Uploads}
	if _, err := slackgen.Generate(dump, made); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "acme-moved")
	s := show(t, bin, dir, config, 100, 30)
	s.dump(dump)
	s.targets()
	s.press("Enter").see("Start the migration now?")
	s.press("Enter").see("Moving the history")
	s.see("done") // something is finished, much is not
	s.kill()
	if left := orphans(t, bin); left != "" {
		t.Fatalf("processes are left:\n%s", left)
	}
	if _, said, code := call(t, bin, "verify", out); code != 40 || !strings.Contains(said, "not finished") {
		t.Fatalf("the run was over before the terminal went: exit code %d, %s", code, said)
	}
	s = show(t, bin, dir, config, 80, 24)
	s.see("interrupted: open it to go on")
	s.press("Down", "Down", "Down", "Enter").see("Press p to go on")
	s.press("p").see("Moving the history")
	s.press("p").see("Paused.")
	s.press("p").see("Finished. Press Enter")
	s.press("q")
	same(t, bin, out)
}
