package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chatferry/chatferry/testdata/slackgen"
)

// kills is how often TestFault01KilledAtAnyMomentThenResumed kills; CHATFERRY_KILLS makes it more.
func kills(t *testing.T) int {
	n := 40
	if s := os.Getenv("CHATFERRY_KILLS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// build makes the program once for all tests; TestMain removes it.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "cf-test-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "chatferry")
	out, err := exec.Command("go", "build", "-pgo", "off", "-tags", "sqlite_fts5", "-o", bin, ".").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return bin, err
})

// program gives a test the program under a path of its own, so that its processes can be told from others.
func program(t *testing.T) string {
	t.Helper()
	built, err := build()
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	bin := filepath.Join(t.TempDir(), "chatferry")
	if os.Link(built, bin) != nil { // another file system
		b, err := os.ReadFile(built)
		if err == nil {
			err = os.WriteFile(bin, b, 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

// tree is a digest of every file of an output folder, but for the books and the evidence, which tell times.
func tree(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Name() == ".chatferry" || d.Name() == "evidence":
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		fmt.Fprintf(h, "%s %x\n", rel, sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// TestFault01KilledAtAnyMomentThenResumed kills the whole process group with SIGKILL at random moments, again and
// again, runs the same command until it ends, and compares every byte with an undisturbed run's.
func TestFault01KilledAtAnyMomentThenResumed(t *testing.T) {
	bin, dir := program(t), t.TempDir()
	dump := filepath.Join(dir, "export.zip")
	config := slackgen.Config{Seed: 11, Messages: 12_000, Users: 40, Bots: 3, Channels: 12, Private: 4, DMs: 10, Groups: 5, Days: 90, Every: true, Uploads: slackgen.Uploads}
	if _, err := slackgen.Generate(dump, config); err != nil {
		t.Fatal(err)
	}
	start := func(out string) (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.Command(bin, "convert", dump, out, "--to", "archive,mattermost", "--no-verify", "--progress", "none")
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stderr, &stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, &stderr
	}
	began := time.Now()
	quiet := filepath.Join(dir, "quiet")
	cmd, stderr := start(quiet)
	if code := exitCode(cmd.Wait()); code > 30 {
		t.Fatalf("undisturbed run: exit code %d\n%s", code, stderr)
	}
	whole, want := time.Since(began), tree(t, quiet)
	rnd := rand.New(rand.NewPCG(uint64(kills(t)), 5))
	killed, finished := 0, 0
	for killed < kills(t) || finished == 0 {
		out := filepath.Join(dir, "out"+strconv.Itoa(finished))
		n, _ := survive(t, func() (*exec.Cmd, *bytes.Buffer) { return start(out) }, time.Duration(float64(whole)*0.9), rnd)
		killed += n
		if got := tree(t, out); got != want {
			t.Fatalf("after %d kills the output differs from the undisturbed run's", killed)
		}
		finished++
		os.RemoveAll(out)
	}
	t.Logf("%d kills, %d runs finished, every output identical", killed, finished)
	if left := orphans(t, bin); left != "" {
		t.Errorf("processes are left:\n%s", left)
	}
}

// survive starts a command again and again, kills its process group within a time, until it ends by itself with a
// code up to 30.
func survive(t *testing.T, start func() (*exec.Cmd, *bytes.Buffer), within time.Duration, rnd *rand.Rand) (killed, code int) {
	t.Helper()
	for {
		cmd, stderr := start()
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		var err error
		select {
		case err = <-done:
		case <-time.After(time.Duration(rnd.Float64() * float64(within))):
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			err = <-done
		}
		if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
			killed++
			continue
		}
		if code = exitCode(err); code > 30 {
			t.Fatalf("after %d kills: exit code %d\n%s", killed, code, stderr)
		}
		return killed, code
	}
}

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

// orphans lists plugin processes of our program, after a moment for the last to go.
func orphans(t *testing.T, bin string) string {
	t.Helper()
	var left []string
	for range 50 {
		left = left[:0]
		list, _ := filepath.Glob("/proc/[0-9]*/exe")
		for _, p := range list {
			if target, err := os.Readlink(p); err == nil && strings.HasPrefix(target, bin) {
				left = append(left, p)
			}
		}
		if len(left) == 0 {
			return ""
		}
		time.Sleep(50 * time.Millisecond)
	}
	return strings.Join(left, "\n")
}
