package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/agext/levenshtein"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// showError says what happened to which item, and what to do next. Several errors joined into one
// are shown one by one.
func (a *app) showError(err error) {
	if a.jsonErrors {
		a.jsonError(err)
		return
	}
	for _, one := range flatten(err) {
		text := one.Error()
		if fault.ExitCode(one) == fault.ExitInterrupted {
			text = "interrupted"
		}
		fmt.Fprintln(a.stderr, "Error: "+safe.Text(text))
		if hint := hintOf(one); hint != "" {
			fmt.Fprintln(a.stderr, "  Next: "+safe.Text(hint))
		}
	}
}

func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	for _, e := range joined.Unwrap() {
		list = append(list, flatten(e)...)
	}
	return list
}

// hintOf is the error's own hint, or what is always right for its class.
func hintOf(err error) string {
	if h := fault.HintOf(err); h != "" {
		return h
	}
	if fault.ExitCode(err) == fault.ExitInterrupted {
		return "run the same command again: it continues where it was"
	}
	var e *fault.Error
	if !errors.As(err, &e) || e.Class == fault.Bug {
		return "this is a mistake in Chatferry: please report it with the command and this text"
	}
	switch e.Class {
	case fault.Transient, fault.Rate:
		return "run the same command again: it continues where it was"
	case fault.Storage:
		return "make room or choose another folder, and run the same command again: it continues where it was"
	}
	return ""
}

// errorEvent is how an error looks with "--progress json".
type errorEvent struct {
	Event    string `json:"event"`
	Time     string `json:"time"`
	Class    string `json:"class"`
	Text     string `json:"text"`
	Hint     string `json:"hint,omitempty"`
	ExitCode int    `json:"exit_code"`
}

func (a *app) jsonError(err error) {
	for _, one := range flatten(err) {
		e := errorEvent{Event: "error", Time: time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), Class: string(fault.ClassOf(one)),
			Text: one.Error(), Hint: hintOf(one), ExitCode: fault.ExitCode(err)}
		if report.JSON(a.stderr, e) != nil {
			return
		}
	}
}

// closest is the candidate most like given, "" when none is like it.
func closest(given string, candidates []string) string {
	best, bestDistance := "", 1+max(2, len(given)/3)
	for _, c := range candidates {
		if d := levenshtein.Distance(strings.ToLower(given), strings.ToLower(c), nil); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}
