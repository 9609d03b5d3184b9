package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
)

func shown(err error, asJSON bool) string {
	var b bytes.Buffer
	a := &app{stderr: &b, jsonErrors: asJSON}
	a.showError(err)
	return b.String()
}

func TestErrorsSayWhatHappenedToWhichItemAndWhatToDo(t *testing.T) {
	cause := errors.New("unexpected end")
	cases := []struct {
		err  error
		want string
	}{
		{fault.New(fault.Corrupt, "read", "acme.zip", "make the export again", cause),
			"Error: read acme.zip: unexpected end\n  Next: make the export again\n"},
		{fmt.Errorf("directory: %w", fault.New(fault.Storage, "write", "out", "", cause)),
			"Error: directory: write out: unexpected end\n  Next: make room or choose another folder, and run the same command again: it continues where it was\n"},
		{fmt.Errorf("shard C1: %w", context.Canceled),
			"Error: interrupted\n  Next: run the same command again: it continues where it was\n"},
		{errors.Join(fault.New(fault.Config, "open", "a", "fix a", cause), fault.New(fault.Config, "open", "b", "fix b", cause)),
			"Error: open a: unexpected end\n  Next: fix a\nError: open b: unexpected end\n  Next: fix b\n"},
		{fault.New(fault.Config, "open", "x\x1b[2J\nError: forged", "see\u202e", cause),
			"Error: open x\\x1b[2J\\nError: forged: unexpected end\n  Next: see\\u202e\n"},
	}
	for _, c := range cases {
		if got := shown(c.err, false); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
	if got := shown(errors.New("index out of range"), false); !strings.Contains(got, "please report it") {
		t.Errorf("an unclassified error is not called a mistake of ours: %q", got)
	}
}

func TestErrorsAsJSONEvents(t *testing.T) {
	var e errorEvent
	line := shown(fault.New(fault.Denied, "export", "C01", "ask for approval", errors.New("not allowed")), true)
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	if e.Event != "error" || e.Class != "denied" || e.ExitCode != fault.ExitDenied || e.Hint != "ask for approval" {
		t.Errorf("got %+v", e)
	}
}

func TestVerdictsAreExitCodesWithoutAnError(t *testing.T) {
	if ended(fault.ExitOK) != nil {
		t.Error("a proven run ends with an error")
	}
	var v verdict
	if err := fmt.Errorf("wrapped: %w", ended(fault.ExitGaps)); !errors.As(err, &v) || int(v) != fault.ExitGaps {
		t.Errorf("got %v", err)
	}
}
