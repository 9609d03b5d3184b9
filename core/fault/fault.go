// Package fault is how errors travel: what failed, on which object, why, what the engine should
// do about it and what the administrator can do about it.
//
// Invariants: an Error never holds message text, a person's name or a secret; its class survives
// gRPC; each class has one exit code, and README lists them.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Class is what the engine acts on.
type Class string

// Classes.
const (
	Config    Class = "config"    // the user's file or flags are wrong: exit 40
	Denied    Class = "denied"    // not allowed: exit 60
	Transient Class = "transient" // worth a retry from the last cursor
	Rate      Class = "rate"      // worth a retry after a pause
	Corrupt   Class = "corrupt"   // the dump is damaged beyond a record: exit 30
	Storage   Class = "storage"   // disk full, read-only, I/O error: exit 50; state is safe
	Busy      Class = "busy"      // somebody else works on it: exit 40
	Bug       Class = "bug"       // our mistake or a plugin's: exit 50
)

// Error is a classified failure.
type Error struct {
	Class   Class
	Op      string // "read", "open", "commit"
	Subject string // the object: a path, a shard, a setting; never message text
	Setting string // name of the plugin setting at fault, so that the host can point at the user's line
	Hint    string // what to do next, a full sentence or clause
	Err     error
}

// Error formats as "op subject: cause".
func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return fmt.Sprintf("%s %s", e.Op, e.Subject)
	case e.Subject == "":
		return fmt.Sprintf("%s: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("%s %s: %v", e.Op, e.Subject, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New is a shorthand for an Error without a Setting.
func New(class Class, op, subject, hint string, err error) *Error {
	return &Error{Class: class, Op: op, Subject: subject, Hint: hint, Err: err}
}

// ClassOf is the class of the outermost classified error in err's chain; Bug when there is none.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return Bug
}

// HintOf is the first hint in err's chain.
func HintOf(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}

// Exit codes, as in README. They say what a run proved, not only whether it failed.
const (
	ExitOK           = 0   // all proven
	ExitDeclaredLoss = 10  // complete but for the loss that was declared
	ExitGaps         = 11  // the source itself has gaps
	ExitUnproven     = 12  // delivered, but acknowledged or sampled only
	ExitUnbalanced   = 20  // the books do not balance
	ExitDifference   = 21  // undeclared loss, or the read-back differs
	ExitDamaged      = 30  // the source is damaged: records are in quarantine
	ExitConfig       = 40  // configuration or command line
	ExitFatal        = 50  // storage, plugin or internal failure
	ExitDenied       = 60  // not allowed
	ExitInterrupted  = 130 // interrupted; run again to resume
)

// ExitCode maps an error to the program's exit code.
func ExitCode(err error) int {
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	switch ClassOf(err) {
	case Config, Busy:
		return ExitConfig
	case Denied:
		return ExitDenied
	case Corrupt:
		return ExitDamaged
	}
	return ExitFatal
}
