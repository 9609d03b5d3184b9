package wire

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/chatferry/chatferry/core/fault"
)

func TestFaultCrossesWithClassSettingAndHint(t *testing.T) {
	inner := &fault.Error{Class: fault.Config, Op: "open", Subject: "dump.zip", Setting: "path", Hint: "give the zip", Err: os.ErrNotExist}
	outer := fault.New(fault.Corrupt, "read", "shard-1", "", inner)
	got := FaultOf(Status(outer))
	if got == nil || got.Class != fault.Corrupt || got.Op != "read" || got.Subject != "shard-1" || got.Setting != "path" || got.Hint != "give the zip" {
		t.Fatalf("got %#v", got)
	}
	if got.Error() != outer.Error() {
		t.Fatalf("text %q, want %q", got, outer)
	}
}

func TestWrappedFaultKeepsItsContext(t *testing.T) {
	err := fmt.Errorf("open dump: %w", fault.New(fault.Denied, "open", "f", "ask", os.ErrPermission))
	got := FaultOf(Status(err))
	if got.Class != fault.Denied || !strings.HasPrefix(got.Err.Error(), "open dump: open f:") {
		t.Fatalf("got %#v", got)
	}
}

func TestUnclassifiedErrorsGetAClass(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	if c := FaultOf(Status(full)).Class; c != fault.Storage {
		t.Errorf("disk full is %q", c)
	}
	if c := FaultOf(Status(errors.New("x"))).Class; c != fault.Bug {
		t.Errorf("unknown error is %q", c)
	}
	if s := status.Code(Status(fmt.Errorf("read: %w", context.Canceled))); s != codes.Canceled {
		t.Errorf("cancellation is %v", s)
	}
}

func TestHostileFaultIsTamed(t *testing.T) {
	err := fault.New("boom", "read", "a\x1b]0;owned\x07\u202eb", strings.Repeat("é", maxText), errors.New("\xff\r\n"))
	got := FaultOf(Status(err))
	if got.Class != fault.Bug {
		t.Errorf("class %q", got.Class)
	}
	if got.Subject != `a\x1b]0;owned\x07\u202eb` || got.Err.Error() != "\ufffd"+`\r\n` {
		t.Errorf("subject %q, cause %q", got.Subject, got.Err)
	}
	if len(got.Hint) > maxText+3 {
		t.Errorf("hint has %d bytes", len(got.Hint))
	}
}
