package pipeline

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/hashicorp/hcl/v2"
)

// Diagnostic is one mistake, or one thing worth a look, at a place in a file.
type Diagnostic struct {
	Warning bool   `json:"warning,omitempty"`
	Message string `json:"message"`        // what happened, to which item
	Hint    string `json:"hint,omitempty"` // what to do next
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`

	at *hcl.Range
}

// Diagnostics are in the order of their places.
type Diagnostics []Diagnostic

// HasErrors tells whether any is more than a warning.
func (d Diagnostics) HasErrors() bool {
	for i := range d {
		if !d[i].Warning {
			return true
		}
	}
	return false
}

// Err is nil when there are only warnings, else a configuration error that names the first mistake
// and how many more there are. It is for callers that cannot show snippets.
func (d Diagnostics) Err() error {
	var first *Diagnostic
	n := 0
	for i := range d {
		if !d[i].Warning {
			if n++; first == nil {
				first = &d[i]
			}
		}
	}
	if first == nil {
		return nil
	}
	text := first.Message
	if n > 1 {
		text = fmt.Sprintf("%s (and %d more mistakes)", text, n-1)
	}
	subject := "pipeline"
	if first.File != "" {
		subject = fmt.Sprintf("%s:%d", first.File, first.Line)
	}
	return fault.New(fault.Config, "load", subject, first.Hint, errors.New(text))
}

func mistake(at hcl.Range, hint, format string, args ...any) Diagnostic {
	d := Diagnostic{Message: fmt.Sprintf(format, args...), Hint: hint}
	if at.Filename != "" {
		d.at, d.File, d.Line, d.Column = &at, at.Filename, at.Start.Line, at.Start.Column
	}
	return d
}

// fromHCL takes over what the HCL library found. Its expressions and values stay behind: they
// could hold secrets.
func fromHCL(diags hcl.Diagnostics) Diagnostics {
	var out Diagnostics
	for _, h := range diags {
		var at hcl.Range
		if h.Subject != nil {
			at = *h.Subject
		}
		d := mistake(at, h.Detail, "%s", h.Summary)
		if _, cause, ok := strings.Cut(h.Detail, " parameter: "); ok && h.Summary == "Invalid function argument" {
			d.Message, d.Hint = "This argument does not work", sentence(cause)
		}
		d.Warning = h.Severity == hcl.DiagWarning
		out = append(out, d)
	}
	return out
}

// sorted orders by file, then place; what has no place comes first.
func (d Diagnostics) sorted() Diagnostics {
	sort.SliceStable(d, func(i, j int) bool {
		a, b := d[i], d[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	return d
}

// closest is the candidate most like given, or "" when none is like it. Of equally distant ones
// that with the same beginning wins.
func closest(given string, candidates []string) string {
	given = strings.ToLower(given)
	limit := max(2, len(given)/3)
	best, bestDistance, bestHead := "", limit+1, -1
	for _, c := range candidates {
		low := strings.ToLower(c)
		d := levenshtein.Distance(given, low, nil)
		if len(low) > 2 && len(given) > 2 && (strings.HasPrefix(given, low) || strings.HasPrefix(low, given)) {
			d = min(d, limit)
		}
		head := 0
		for head < len(given) && head < len(low) && given[head] == low[head] {
			head++
		}
		if d < bestDistance || d == bestDistance && head > bestHead && best != "" {
			best, bestDistance, bestHead = c, d, head
		}
	}
	return best
}

const maxNamed = 80 // candidates listed in a hint

// didYouMean is a hint: the closest candidate, else all of them under the given heading.
func didYouMean(given string, candidates []string, heading string) string {
	if c := closest(given, candidates); c != "" {
		return fmt.Sprintf("Did you mean %q?", c)
	}
	switch {
	case len(candidates) == 0:
		return ""
	case len(candidates) > maxNamed:
		return heading + " " + strings.Join(candidates[:maxNamed], ", ") + " and more."
	}
	return heading + " " + strings.Join(candidates, ", ") + "."
}

func place0(r hcl.Range) string { return fmt.Sprintf("%s line %d", r.Filename, r.Start.Line) }

// onePerLine keeps the first of a line: one slip of syntax leads to several.
func (d Diagnostics) onePerLine() Diagnostics {
	var out Diagnostics
	for i, x := range d {
		if x.Message == "Invalid multi-line string" {
			x.Message, x.Hint = "A quote is not closed on this line", "Add the missing quote; what follows cannot be read without it."
			return append(out, x)
		}
		if i == 0 || x.File != d[i-1].File || x.Line != d[i-1].Line {
			out = append(out, x)
		}
	}
	return out
}
