package wire

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/safe"
)

// maxText bounds each string of a Fault, so that no error outgrows a gRPC trailer.
const maxText = 4 << 10

// Status turns an error into the gRPC status that carries it. A nil error gives nil.
func Status(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return status.FromContextError(err).Err()
	}
	if _, ok := status.FromError(err); ok {
		return err // already one: from gRPC itself, or passed through here before
	}
	f := &Fault{Class: string(classOf(err)), Hint: clip(fault.HintOf(err))}
	var e *fault.Error
	if errors.As(err, &e) && error(e) == err {
		f.Op, f.Subject = clip(e.Op), clip(e.Subject)
		if e.Err != nil {
			f.Cause = clip(e.Err.Error())
		}
	} else {
		f.Cause = clip(err.Error())
	}
	for inner := err; f.Setting == "" && errors.As(inner, &e); inner = e.Err {
		f.Setting = clip(e.Setting)
		if e.Err == nil {
			break
		}
	}
	s, detailErr := status.New(codes.Aborted, "fault").WithDetails(f)
	if detailErr != nil {
		return status.Error(codes.Internal, "fault without details")
	}
	return s.Err()
}

// classOf gives errors that nobody classified the class their cause has.
func classOf(err error) fault.Class {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Class
	}
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO} {
		if errors.Is(err, errno) {
			return fault.Storage
		}
	}
	for _, wrong := range []error{fs.ErrNotExist, fs.ErrPermission, syscall.EISDIR, syscall.ENOTDIR} {
		if errors.Is(err, wrong) {
			return fault.Config
		}
	}
	return fault.Bug
}

// FaultOf is the inverse of Status: the classified error in a gRPC status, or nil when err is none
// (the connection broke, the call was cancelled).
func FaultOf(err error) *fault.Error {
	s, ok := status.FromError(err)
	if !ok {
		return nil
	}
	for _, d := range s.Details() {
		f, ok := d.(*Fault)
		if !ok {
			continue
		}
		e := &fault.Error{Class: knownClass(f.Class), Op: Printable(f.Op), Subject: Printable(f.Subject),
			Setting: Printable(f.Setting), Hint: Printable(f.Hint)}
		if f.Cause != "" {
			e.Err = errors.New(Printable(f.Cause))
		}
		return e
	}
	return nil
}

func knownClass(name string) fault.Class {
	switch c := fault.Class(name); c {
	case fault.Config, fault.Denied, fault.Transient, fault.Rate, fault.Corrupt, fault.Storage, fault.Busy:
		return c
	}
	return fault.Bug
}

// Printable makes a plugin's words safe for a terminal and not too long.
func Printable(s string) string { return safe.Text(clip(s)) }

func clip(s string) string {
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "\ufffd") // also mends a character the cut went through
}
