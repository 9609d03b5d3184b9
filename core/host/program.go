package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
)

// checkProgram returns the absolute path of a third party's program after checking its digest,
// afresh at every start. Between the check and the start somebody who may write there could still
// swap the program; so neither it nor its folder may be writable for everybody.
func checkProgram(ref Ref) (string, error) {
	fail := func(class fault.Class, hint string, err error) (string, error) {
		return "", &fault.Error{Class: class, Op: "start plugin", Subject: ref.Name, Hint: hint, Err: err}
	}
	path, err := filepath.Abs(ref.Path)
	if err != nil {
		return fail(fault.Config, "", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return fail(fault.Config, "check the plugin block's source", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a file")
	}
	if err != nil {
		return fail(fault.Config, "check the plugin block's source", err)
	}
	if openToAll(path, info) {
		return fail(fault.Denied, "take away the right of others to write to the program and its folder", errors.New("everybody on this machine may change the program"))
	}
	if ref.SHA256 == "" {
		return path, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return fail(fault.Storage, "", err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); !strings.EqualFold(got, ref.SHA256) {
		return fail(fault.Denied, "if you meant to replace the program, put its new sha256 into the plugin block", fmt.Errorf("the program's sha256 is %s, not the one given", got))
	}
	return path, nil
}
