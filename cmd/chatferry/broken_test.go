package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chatferry/chatferry/testdata/slackgen"
)

// brokenExits are the codes that an input with a defect may end with. The default is 30 where a record was
// rejected and 0 where none was.
var brokenExits = map[string][]int{
	"missing-users": {0}, "missing-channels": {0},
	"missing-day": {11}, "reply-count-lies": {11},
	"zip-slip": {30}, "zip-symlink": {30}, "truncated-zip": {30},
}

// withoutBytes are defects whose reject has no bytes to keep: none there, or not to be unpacked. The
// reject names the member of the zip, which stays where it is.
var withoutBytes = map[string]bool{"empty-file": true, "encrypted-member": true, "zip-bomb": true, "zip-slip": true, "zip-symlink": true}

// TestBrokenInputIsAccountedFor gives the kinds of broken or hostile dump that are of no row of the fault matrix;
// fault_input_test.go gives all others.
func TestBrokenInputIsAccountedFor(t *testing.T) {
	bin := program(t)
	for _, name := range otherDefects {
		d, ok := slackgen.DefectNamed(name)
		if !ok {
			t.Fatalf("no defect is named %s", name)
		}
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			brokenInput(t, bin, d)
		})
	}
}

// brokenInput moves a dump with one defect. Whatever it is, the program ends by itself, its books balance, and
// every intact record arrives.
func brokenInput(t *testing.T, bin string, d slackgen.Defect) {
	dir := t.TempDir()
	dump, out := filepath.Join(dir, "export.zip"), filepath.Join(dir, "out")
	truth, err := slackgen.Generate(dump, slackgen.Config{Seed: 3, Messages: 150, Users: 14, Channels: 3, DMs: 2, Days: 9, Defects: []slackgen.Defect{d}})
	if err != nil {
		t.Fatal(err)
	}
	s, code := summary(t, bin, "convert", dump, out, "--to", "archive")
	balanced(t, s)
	want := []int{0, 30}
	if list, ok := brokenExits[d.Name]; ok {
		want = list
	}
	if !slices.Contains(want, code) {
		t.Errorf("exit code %d, want %v", code, want)
	}
	if (s.Rejected+s.Directory.Rejected > 0) != (code == 30) {
		t.Errorf("%d rejected and exit code %d", s.Rejected, code)
	}
	firm := int64(0)
	for _, r := range truth.Rejects {
		if !r.Optional {
			firm++
		}
	}
	if d.Name == "truncated-zip" {
		return // what stood in the lost part is lost; that it is said is checked above
	}
	// A firm reject may be kept all the same where the reader understands more than the generator thinks.
	if got := s.Delivered + s.Duplicate; got < int64(truth.Messages+truth.Revisions) {
		t.Errorf("%d arrived, the dump has %d intact ones", got, truth.Messages+truth.Revisions)
	}
	if total := s.Delivered + s.Duplicate + s.Rejected; total < int64(truth.Messages+truth.Revisions)+firm {
		t.Errorf("%d are accounted for, the dump has %d intact and %d broken ones", total, truth.Messages+truth.Revisions, firm)
	}
	if s.Rejected > 0 && !withoutBytes[d.Name] {
		kept, err := os.ReadDir(filepath.Join(out, ".chatferry", "quarantine"))
		if err != nil || len(kept) == 0 {
			t.Errorf("no bytes are kept of %d rejected records: %v", s.Rejected, err)
		}
	}
}

// TestEveryMistakeSaysWhatToDo checks that errors name the object, the cause and the next step, and
// leave nothing half-made behind.
func TestEveryMistakeSaysWhatToDo(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	sample := "../../testdata/sample/ferry-export.zip"
	junk := filepath.Join(dir, "junk.bin")
	if err := os.WriteFile(junk, []byte("\x1b]0;owned\x07 not a dump"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"no such dump":       {[]string{"inspect", filepath.Join(dir, "absent.zip")}, 40, []string{"absent.zip", "no such file", "spelling"}},
		"unknown format":     {[]string{"inspect", junk}, 40, []string{"junk.bin", "no known chat format", "plugins"}},
		"out is a file":      {[]string{"convert", sample, file, "--to", "archive"}, 50, []string{file, "not a directory", "choose"}},
		"out cannot be made": {[]string{"convert", sample, "/proc/nowhere/out", "--to", "archive"}, 50, []string{"/proc/nowhere", "choose"}},
		"no books":           {[]string{"verify", dir}, 40, []string{dir, "no Chatferry books", "output folder"}},
		"unknown target":     {[]string{"convert", sample, filepath.Join(dir, "o"), "--to", "mattermots"}, 40, []string{"mattermots", "did you mean mattermost"}},
		"unknown setting":    {[]string{"convert", sample, filepath.Join(dir, "o"), "--to", "mattermost", "--set", "mattermost.taem=x"}, 40, []string{"taem", "did you mean team"}},
		"bad filter date":    {[]string{"convert", sample, filepath.Join(dir, "o"), "--to", "archive", "--since", "yesterday"}, 40, []string{"since", "yesterday"}},
		"illegal team":       {[]string{"convert", sample, filepath.Join(dir, "o"), "--to", "mattermost", "--set", "mattermost.team=Ä"}, 40, []string{"team", "2 to 64 characters"}},
		"kind of nothing":    {[]string{"convert", sample, filepath.Join(dir, "o"), "--to", "archive", "--kinds", "publik"}, 40, []string{"publik", "public"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs, code := call(t, bin, append(c.args, "--progress", "plain")...)
			if code != c.code {
				t.Errorf("exit code %d, want %d", code, c.code)
			}
			for _, s := range c.says {
				if !strings.Contains(errs, s) {
					t.Errorf("the message does not say %q:\n%s", s, errs)
				}
			}
			if strings.ContainsAny(errs, "\x1b\x07") {
				t.Errorf("the message can drive a terminal: %q", errs)
			}
		})
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "o", "*")); len(left) > 0 {
		t.Errorf("a mistake left %v", left)
	}
}

// TestFault15TwoRunsOnOneFolder starts a second run while the first works.
func TestFault15TwoRunsOnOneFolder(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	dump, out := filepath.Join(dir, "export.zip"), filepath.Join(dir, "out")
	if _, err := slackgen.Generate(dump, slackgen.Config{Seed: 5, Messages: 60_000, Users: 20, Channels: 9, Days: 200}); err != nil {
		t.Fatal(err)
	}
	first := exec.Command(bin, "convert", dump, out, "--to", "archive", "--progress", "none", "--no-verify")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	defer first.Wait()
	for range 200 {
		if b, err := os.ReadFile(filepath.Join(out, ".chatferry", "lock")); err == nil && len(b) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	_, errs, code := call(t, bin, "convert", dump, out, "--to", "archive", "--progress", "none")
	if code != 40 || !strings.Contains(errs, "another Chatferry works in this folder (process ") || !strings.Contains(errs, "wait until the other run ends") {
		t.Errorf("exit code %d:\n%s", code, errs)
	}
	if code := exitCode(first.Wait()); code != 12 {
		t.Errorf("the first run was disturbed: exit code %d", code)
	}
}

// TestFault10FullDiskThenResumed runs into a folder on a disk that is too small, then on one that is not.
func TestFault10FullDiskThenResumed(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	dump := filepath.Join(dir, "export.zip")
	if _, err := slackgen.Generate(dump, slackgen.Config{Seed: 5, Messages: 20_000, Users: 20, Channels: 9, Days: 200}); err != nil {
		t.Fatal(err)
	}
	disk := filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		t.Fatal(err)
	}
	run := bin + " convert " + dump + " " + disk + "/out --to archive,mattermost --progress plain"
	script := `mount -t tmpfs -o size=3m tmpfs ` + disk + ` || exit 99
` + run + `; first=$?
mount -o remount,size=200m ` + disk + ` || exit 99
` + run + `; second=$?
echo "codes $first $second"
mkdir ` + dir + `/kept && cp -r ` + disk + `/out/archive ` + disk + `/out/mattermost ` + dir + `/kept`
	out, err := exec.Command("unshare", "-rm", "sh", "-c", script).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "codes 50 10") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, s := range []string{"no space left", "free some disk space"} {
		if !strings.Contains(string(out), s) {
			t.Errorf("the message does not say %q:\n%s", s, out)
		}
	}
	quiet := filepath.Join(dir, "quiet")
	if _, errs, code := call(t, bin, "convert", dump, quiet, "--to", "archive,mattermost", "--progress", "none"); code != 10 {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	os.Remove(filepath.Join(quiet, "people.csv"))
	if tree(t, quiet) != tree(t, filepath.Join(dir, "kept")) {
		t.Error("after the disk was full the output differs from an undisturbed run's")
	}
}

// TestFault11ReadOnlyOutput writes where nothing can be written.
func TestFault11ReadOnlyOutput(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	script := `mount -t tmpfs -o ro tmpfs ` + dir + ` || exit 99
` + bin + ` convert ../../testdata/sample/ferry-export.zip ` + dir + `/out --to archive --progress plain`
	out, err := exec.Command("unshare", "-rm", "sh", "-c", script).CombinedOutput()
	if code := exitCode(err); code != 50 || !strings.Contains(string(out), "read-only file system") || !strings.Contains(string(out), "choose") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
