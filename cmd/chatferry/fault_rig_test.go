package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatferry/chatferry/core/evidence"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

// trial is one dump that is moved under faults. However a run ends, the oracle of this file holds: the exit
// code is a listed one, an error names object, cause and next step, nothing stands half-made under a
// final name, nobody's words or secrets are in what is said, and the same command run again gives the
// bytes of an undisturbed run and leaves no process, socket or temporary file.
type trial struct {
	t        *testing.T
	bin, tmp string
	args     []string // up to the output folder, which comes last
	exit     int      // of an undisturbed run
	want     map[string]string
	said     bytes.Buffer
}

// canaryDump makes a small export, as a folder, with canaries in texts, names and secrets, with attachments
// and one record that cannot be read.
func canaryDump(t *testing.T) string {
	t.Helper()
	dump := filepath.Join(t.TempDir(), "export")
	_, err := slackgen.Generate(dump, slackgen.Config{Seed: 3, Messages: 70, Users: 12, Channels: 2, Private: 1, DMs: 2, Groups: 1, Days: 5, Dir: true,
		Uploads: slackgen.Uploads, Emoji: true, Defects: []slackgen.Defect{{Name: "bad-record"}}})
	if err != nil {
		t.Fatal(err)
	}
	put := func(pattern, from, to string) {
		list, _ := filepath.Glob(filepath.Join(dump, pattern))
		n := 0
		for _, path := range list {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			n += strings.Count(string(b), from)
			if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(b), from, to)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if n == 0 {
			t.Fatalf("the dump has no %q", from)
		}
	}
	put("*/2*.json", `"text": "`, `"text": "`+canaryText+" ")
	put("users.json", `"real_name": "`, `"real_name": "`+canaryName+" ")
	put("*/2*.json", `?t=`, `?t=xoxe-`+canarySecret)
	return dump
}

// newTrial makes an undisturbed run with args to compare with.
func newTrial(t *testing.T, args ...string) *trial {
	t.Helper()
	return newTrialInto(t, filepath.Join(t.TempDir(), "quiet"), args...)
}

func newTrialInto(t *testing.T, quiet string, args ...string) *trial {
	t.Helper()
	r := &trial{t: t, bin: program(t), tmp: shortTemp(t), args: args}
	code, said := r.run(quiet)
	if r.exit = code; code > 30 {
		t.Fatalf("undisturbed run: exit code %d\n%s", code, said)
	}
	r.want = outputs(t, quiet)
	r.clean("an undisturbed run", quiet)
	return r
}

// shortTemp is a folder for temporary files whose name leaves room for those of sockets.
func shortTemp(t *testing.T) string {
	t.Helper()
	tmp, err := os.MkdirTemp("", "cf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tmp) })
	return tmp
}

// convertTrial moves the canary dump to both kinds of target.
func convertTrial(t *testing.T, flags ...string) *trial {
	t.Helper()
	return newTrial(t, append([]string{"convert", canaryDump(t), "--to", "archive,mattermost", "--progress", "plain", "--log-level", "debug"}, flags...)...)
}

// command is a run into out; wrap is what starts it, such as a shell with limits.
func (r *trial) command(out string, wrap ...string) *exec.Cmd {
	args := append(append(slices.Clone(wrap), r.bin), r.args...)
	if r.args[0] == "convert" {
		args = append(args, out)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "TMPDIR="+r.tmp)
	return cmd
}

func (r *trial) run(out string, wrap ...string) (code int, said string) {
	cmd := r.command(out, wrap...)
	b, err := cmd.CombinedOutput()
	r.said.Write(b)
	return exitCode(err), string(b)
}

// failed checks a run that could not end well: nothing may be half-made, and its message must help.
func (r *trial) failed(code int, said, out string, want int, says ...string) {
	r.t.Helper()
	if code != want {
		r.t.Errorf("exit code %d, want %d\n%s", code, want, said)
	}
	for _, s := range append(says, "Error: ", "  Next: ") {
		if !strings.Contains(said, s) {
			r.t.Errorf("the message does not say %q:\n%s", s, said)
		}
	}
	if strings.Contains(said, "mistake in Chatferry") {
		r.t.Errorf("a fault of the machine is called a mistake of ours:\n%s", said)
	}
	r.whole(out)
}

// whole checks that what stands under a final name has the bytes it will have in the end.
func (r *trial) whole(out string) {
	r.t.Helper()
	r.evidence(out)
	for name, sum := range outputs(r.t, out) {
		if strings.HasSuffix(name, ".partial") {
			continue
		}
		if want, ok := r.want[name]; !ok || sum != want {
			r.t.Errorf("%s is half-made or does not belong there", name)
		}
	}
}

// settled runs again, without faults, and compares every byte with the undisturbed run's.
func (r *trial) settled(out string) {
	r.t.Helper()
	code, said := r.run(out)
	if code != r.exit {
		r.t.Errorf("run again: exit code %d, want %d\n%s", code, r.exit, said)
		return
	}
	r.same(out)
	r.clean("a run after a fault", out)
}

func (r *trial) same(out string) {
	r.t.Helper()
	r.evidence(out)
	got := outputs(r.t, out)
	for name, sum := range r.want {
		if got[name] != sum {
			r.t.Errorf("%s: not the bytes of an undisturbed run (there: %v)", name, got[name] != "")
		}
	}
	for name := range got {
		if r.want[name] == "" {
			r.t.Errorf("%s is left behind", name)
		}
	}
}

// evidence checks a bundle, should there be one: it tells times and folders, so that no two are the same bytes.
func (r *trial) evidence(out string) {
	r.t.Helper()
	f, err := evidence.Check(filepath.Join(out, evidence.Folder))
	if err != nil && !errors.Is(err, evidence.ErrNone) || len(f.Bad) > 0 {
		r.t.Errorf("the evidence is damaged: %v %v", err, f.Bad)
	}
}

// clean looks for what must not be left: words and secrets in what was said and in the books, processes,
// sockets and temporary files.
func (r *trial) clean(what, out string) {
	r.t.Helper()
	for _, canary := range []string{canaryText, canaryName, canarySecret} {
		if i := strings.Index(r.said.String(), canary); i >= 0 {
			r.t.Errorf("%s told %s: %.200q", what, canary, r.said.String()[max(0, i-100):])
		}
	}
	err := filepath.WalkDir(filepath.Join(out, ".chatferry"), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || d != nil && d.IsDir() && d.Name() == "quarantine" {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, canary := range []string{canaryText, canarySecret} {
			if bytes.Contains(b, []byte(canary)) {
				r.t.Errorf("%s: %s is in %s of the books", what, canary, d.Name())
			}
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if left := orphans(r.t, r.bin); left != "" {
		r.t.Errorf("%s left processes:\n%s", what, left)
	}
	if left, _ := filepath.Glob(filepath.Join(r.tmp, "*")); len(left) > 0 {
		r.t.Errorf("%s left %v", what, left)
	}
}

// outputs gives the digest of every file of an output folder by its name, the books left out but not what
// they keep in quarantine, and of the evidence the names.
func outputs(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir() && strings.Contains(rel, ".chatferry"+string(filepath.Separator)) && d.Name() != "quarantine":
			return fs.SkipDir
		case d.IsDir() || filepath.Base(filepath.Dir(path)) == ".chatferry":
			return nil
		}
		if strings.HasPrefix(rel, evidence.Folder+string(filepath.Separator)) {
			sums[rel] = "see evidence"
			return nil
		}
		b, err := os.ReadFile(path)
		sums[rel] = fmt.Sprintf("%x", sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// memory runs a command and gives the most that one of the processes of the program at bin held, in MiB. The rusage of a
// process would count what its parent held when it was made.
func memory(cmd *exec.Cmd, bin string) (most int64, err error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case err := <-done:
			return most >> 10, err
		case <-time.After(10 * time.Millisecond):
		}
		list, _ := filepath.Glob("/proc/[0-9]*")
		for _, p := range list {
			if exe, err := os.Readlink(p + "/exe"); err != nil || !strings.HasPrefix(exe, bin) {
				continue
			}
			b, _ := os.ReadFile(p + "/status")
			var kib int64
			fmt.Sscan(between(string(b), "VmHWM:", "kB"), &kib)
			most = max(most, kib)
		}
	}
}

// limited starts a command under limits of the shell, such as "-n 64".
func limited(limits ...string) []string {
	return []string{"sh", "-c", "ulimit " + strings.Join(limits, " && ulimit ") + ` && exec "$0" "$@"`}
}

// number is a count from the environment.
func number(t *testing.T, name string, or int) int {
	s := os.Getenv(name)
	if s == "" {
		return or
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
