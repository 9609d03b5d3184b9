//go:build real

package main

import (
	"strings"
	"testing"
)

// TestEveryMutationIsNamed is "make mutation", on editions a sample of it.
func TestEveryMutationIsNamed(t *testing.T) {
	var report strings.Builder
	if err := run(&report, choice{bin: program(t), sample: 16}); err != nil {
		t.Errorf("%v\n%s", err, report.String())
	}
	t.Log(report.String())
	if n := len(operators()); n < 60 {
		t.Errorf("only %d operators", n)
	}
}
