//go:build real

package main

import (
	"strings"
	"testing"
)

// TestEveryMutationIsNamed is "make mutation".
func TestEveryMutationIsNamed(t *testing.T) {
	var report strings.Builder
	if err := run(&report, program(t), "", "", false); err != nil {
		t.Errorf("%v\n%s", err, report.String())
	}
	t.Log(report.String())
	if n := len(operators()); n < 60 {
		t.Errorf("only %d operators", n)
	}
}
