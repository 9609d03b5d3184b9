//go:build unix

package plugin

import (
	"os"

	"golang.org/x/sys/unix"
)

// swapStdio takes standard input and output away from the process: what it returns is what the
// host gave, while descriptor 0 reads nothing and descriptor 1 writes to out.
func swapStdio(out *os.File) (stdin, stdout *os.File, err error) {
	keep := func(fd int) (*os.File, error) {
		n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			return nil, err
		}
		return os.NewFile(uintptr(n), "host"), nil
	}
	if stdin, err = keep(0); err != nil {
		return nil, nil, err
	}
	if stdout, err = keep(1); err != nil {
		return nil, nil, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, err
	}
	defer null.Close()
	if err := unix.Dup2(int(null.Fd()), 0); err != nil {
		return nil, nil, err
	}
	return stdin, stdout, unix.Dup2(int(out.Fd()), 1)
}

// exitGroup ends the process and what it started. The host made it the leader of its own group.
func exitGroup() {
	if unix.Getpgrp() == os.Getpid() {
		_ = unix.Kill(0, unix.SIGKILL)
	}
	os.Exit(0)
}
