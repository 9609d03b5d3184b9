package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// usage is what one command used, its children included.
type usage struct {
	cpu, wall float64 // seconds
	peak      int64   // bytes: the largest sum of resident memory over the process tree
}

// measure runs a command to its end. Exit codes up to 39 are verdicts, not failures.
func measure(args []string) (usage, error) {
	cmd := exec.Command(args[0], args[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return usage{}, err
	}
	done := make(chan int64)
	stop := make(chan struct{})
	go func() { done <- watch(cmd.Process.Pid, stop) }()
	err := cmd.Wait()
	close(stop)
	u := usage{wall: time.Since(began).Seconds(), peak: <-done}
	s := cmd.ProcessState
	u.cpu = (s.UserTime() + s.SystemTime()).Seconds()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() < 40 {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("%w: %s", err, stderr.String())
	}
	return u, err
}

// watch samples the tree's memory until told to stop. Anonymous and file pages both count, so shared
// program text counts once a process: the figure is an upper bound.
func watch(pid int, stop chan struct{}) int64 {
	var peak int64
	for {
		if sum := treeMemory(pid); sum > peak {
			peak = sum
		}
		select {
		case <-stop:
			return peak
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func treeMemory(root int) int64 {
	parents := map[int]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		rest := string(b[bytes.LastIndexByte(b, ')')+1:])
		if f := strings.Fields(rest); len(f) > 1 {
			parents[pid], _ = strconv.Atoi(f[1])
		}
	}
	var sum int64
	for pid := range parents {
		for p, n := pid, 0; p > 1 && n < 64; p, n = parents[p], n+1 {
			if p == root {
				sum += resident(pid)
				break
			}
		}
	}
	return sum
}

func resident(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
