//go:build !unix

package host

import (
	"os"
	"os/exec"
)

func alone(*exec.Cmd) {}

func killGroup(p *os.Process) error { return p.Kill() }

func openToAll(string, os.FileInfo) bool { return false }

func runtimeDir() (dir string, unlock func(), err error) {
	dir, err = os.MkdirTemp("", "chatferry-")
	return dir, func() {}, err
}
