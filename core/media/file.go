package media

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/chatferry/chatferry/core/fault"
)

var errNotRegular = errors.New("it is not a regular file")

// openRegular opens a file for reading, and nothing else: a symbolic link in a spool folder would
// read a file the plugin may not, and a named pipe would block for ever.
func openRegular(path string) (*os.File, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	after, err := f.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = errNotRegular
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func absent(op, digest string) error {
	return fault.New(fault.Corrupt, op, digest, "run again from the source: it stores what is missing", ErrAbsent)
}

// storage classifies an error of the file system. An error that is classified already stays.
func storage(op, subject string, err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		subject, err = pe.Path, pe.Err
	case errors.As(err, &le):
		subject, err = le.New, le.Err
	}
	hint := "check that the disk works and run again: what is committed is kept"
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		hint = "free some space and run again: what is committed is kept"
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		hint = "make the folder writable for this user, or choose another one, and run again"
	}
	return fault.New(fault.Storage, op, subject, hint, err)
}
