//go:build unix

package host

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// gone tells whether a process has ended; a container's first process may never reap it.
func gone(pid int) bool {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && bytes.Contains(stat, []byte(") Z "))
}

func waitGone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !gone(pid); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d still runs", pid)
		}
	}
}

// hostToBeKilled is a host process with an opened plugin that waits for its end.
func hostToBeKilled() {
	h, err := New(Options{Builtins: builtins})
	if err != nil {
		panic(err)
	}
	s, err := h.OpenSource(context.Background(), Ref{Name: "probe"}, config("", 1, 1))
	if err != nil {
		panic(err)
	}
	fmt.Println(s.PID(), h.dir)
	time.Sleep(time.Minute)
}

func TestNoPluginOutlivesAKilledHost(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOST_TO_BE_KILLED=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pidText, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
	pid, err := strconv.Atoi(pidText)
	if err != nil || gone(pid) {
		t.Fatalf("the plugin does not run: %q", line)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	waitGone(t, pid)

	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("the killed host's folder: %v", err)
	}
	h, err := New(Options{Builtins: builtins})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the next host did not sweep the folder of the killed one: %v", err)
	}
}

func TestHostsLeaveEachOthersFoldersAlone(t *testing.T) {
	a, _ := newHost(t, Options{})
	b, err := New(Options{Builtins: builtins})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(a.dir); err != nil {
		t.Errorf("a second host swept the folder of the first: %v", err)
	}
	s, err := b.OpenSource(t.Context(), Ref{Name: "probe"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(b.dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder %v %v", info, err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	waitGone(t, s.PID())
	if _, err := os.Stat(b.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a closed host leaves its folder: %v", err)
	}
}

func TestClosingASourceEndsItsProcess(t *testing.T) {
	h, _ := newHost(t, Options{})
	s := openSource(t, h, nil)
	start := time.Now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("took %s", d)
	}
	waitGone(t, s.PID())
	left, _ := filepath.Glob(filepath.Join(h.dir, "*"))
	if len(left) != 1 || filepath.Base(left[0]) != "lock" {
		t.Errorf("left behind: %q", left)
	}
}

func TestProgramsThatAreNoPluginsAreExplained(t *testing.T) {
	h, _ := newHost(t, Options{})
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho hello\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{script, "/bin/true", filepath.Join(dir, "absent"), dir} {
		start := time.Now()
		_, err := h.OpenSource(t.Context(), Ref{Name: "x", Path: path}, nil)
		if err == nil || !strings.Contains(err.Error(), "start plugin x") || time.Since(start) > 5*time.Second {
			t.Errorf("%s after %s: %v", path, time.Since(start), err)
		}
		t.Log(err)
	}
}
