//go:build unix

package host

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// alone puts a process into a session of its own: no signal of the terminal reaches it, and it
// cannot open the terminal either.
func alone(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

func killGroup(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }

// openToAll tells whether anybody may replace the program.
func openToAll(path string, info os.FileInfo) bool {
	if info.Mode().Perm()&0o002 != 0 {
		return true
	}
	dir, err := os.Stat(filepath.Dir(path))
	return err != nil || dir.Mode().Perm()&0o002 != 0 && dir.Mode()&os.ModeSticky == 0
}

// runtimePrefix is of these folders alone: others that programs make may be in use without a lock.
const runtimePrefix = "chatferry-host-"

// runtimeDir makes this host's private folder and holds a lock in it for as long as the process
// lives, so that the next host can tell which folders are left over and remove them.
func runtimeDir() (dir string, unlock func(), err error) {
	base := os.TempDir()
	if len(base) > 40 { // the path of a socket has room for about 100 bytes
		base = "/tmp"
	}
	sweep(base)
	for range 10 {
		if dir, err = os.MkdirTemp(base, runtimePrefix); err != nil {
			return "", nil, err
		}
		lock, lockErr := lockDir(dir, os.O_CREATE|os.O_EXCL)
		if lockErr == nil {
			if _, err := os.Stat(filepath.Join(dir, "lock")); err == nil { // no sweep came between
				return dir, func() { lock.Close() }, nil
			}
			lock.Close()
		}
		err = lockErr
	}
	return "", nil, errors.Join(errors.New("the folder was taken away each time"), err)
}

func lockDir(dir string, flag int) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|syscall.O_NOFOLLOW|flag, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// sweep removes the folders of hosts that are gone.
func sweep(base string) {
	list, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), runtimePrefix) || !info.IsDir() || info.Mode().Perm() != 0o700 {
			continue
		}
		if st, ok := info.Sys().(*syscall.Stat_t); !ok || int(st.Uid) != os.Geteuid() {
			continue
		}
		dir := filepath.Join(base, e.Name())
		lock, err := lockDir(dir, 0)
		switch {
		case err == nil:
			os.RemoveAll(dir)
			lock.Close()
		case errors.Is(err, os.ErrNotExist) && time.Since(info.ModTime()) > time.Minute:
			os.RemoveAll(dir) // its host died before it locked
		}
	}
}
