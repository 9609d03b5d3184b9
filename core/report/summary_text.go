package report

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/safe"
)

// Text writes the summary for people, in width columns (0: any).
func (s *Summary) Text(w io.Writer, width int) error {
	head := "Done"
	switch {
	case s.Nothing:
		head = "Nothing left to do: an earlier run delivered all of this"
	case s.Resumed:
		head = "Done (resumed)"
	}
	if s.Out != "" {
		head += ": " + safe.Text(s.Out)
	}
	if _, err := fmt.Fprintf(w, "%s\n\n", head); err != nil {
		return err
	}
	t := Table{Columns: []Column{{}, {Right: true, Most: 20}, {}}}
	t.Add("read", safe.Count(s.Read), "")
	if s.Added > 0 {
		t.Add("added", safe.Count(s.Added), "by transforms")
	}
	t.Add("delivered", safe.Count(s.Delivered), splitNote(s.Split))
	t.Add("duplicate", safe.Count(s.Duplicate), "")
	t.Add("filtered", safe.Count(s.Filtered), "")
	t.Add("rejected", safe.Count(s.Rejected), parts(s.RejectedBy, 8))
	if err := t.Write(w, width); err != nil {
		return err
	}
	for _, part := range []func(io.Writer, int) error{s.rulesText, s.sinksText, s.lossText, s.mediaText, s.unmappedText, s.findingsText, s.inventoryText, s.exceptionsText, s.verdictText} {
		if err := part(w, width); err != nil {
			return err
		}
	}
	return nil
}

func splitNote(n int64) string {
	if n == 0 {
		return ""
	}
	return safe.Count(n) + " more pieces because the target limits the length"
}

func (s *Summary) inventoryText(w io.Writer, width int) error {
	v := s.Inventory
	if v == nil {
		return nil
	}
	t := Table{Columns: []Column{{Head: "files of the dump", Most: 20}, {Head: "files", Right: true}, {Head: "bytes", Right: true}, {}}}
	var files, size int64
	for _, r := range v.Files {
		note := ""
		if r.State == "parsed" {
			note = safe.Count(v.Elements) + " elements counted independently on " + v.At
		}
		t.Add(r.State, safe.Count(r.Files), safe.Count(r.Bytes), note)
		files, size = files+r.Files, size+r.Bytes
	}
	t.Add("in all", safe.Count(files), safe.Count(size), "")
	if err := titled(w, "", &t, width); err != nil || v.Path == "" {
		return err
	}
	_, err := fmt.Fprintf(w, "  each file is listed in %s\n", safe.Text(v.Path))
	return err
}

func (s *Summary) exceptionsText(w io.Writer, _ int) error {
	if s.Exceptions == "" {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nEach record that was rejected, moved in time, split or in conflict is named in\n  %s\n", safe.Text(s.Exceptions))
	return err
}

func (s *Summary) rulesText(w io.Writer, width int) error {
	if len(s.FilteredBy) == 0 {
		return nil
	}
	t := Table{Columns: []Column{{Head: "filtered by", Most: 60}, {Head: "records", Right: true}, {Head: "where"}}}
	for _, r := range s.FilteredBy {
		t.Add(r.Rule, safe.Count(r.Count), r.Where)
	}
	return titled(w, "", &t, width)
}

func (s *Summary) sinksText(w io.Writer, width int) error {
	if len(s.Sinks) == 0 {
		return nil
	}
	t := Table{Columns: []Column{{Head: "target", Most: 30}, {Head: "delivered", Right: true}, {Head: "duplicate", Right: true},
		{Head: "no place for", Right: true}, {Head: "rejected", Right: true}, {Head: "read back", Most: 40}, {Head: "path"}}}
	for _, k := range s.Sinks {
		t.Add(k.Name, safe.Count(k.Delivered), safe.Count(k.Duplicate), safe.Count(k.Filtered), safe.Count(k.Rejected), k.Check.words(), k.Path)
	}
	if err := titled(w, "", &t, width); err != nil {
		return err
	}
	for _, k := range s.Sinks {
		if k.Check != nil && k.Check.File != "" {
			if _, err := fmt.Fprintf(w, "  each difference in %s is named in %s\n", safe.Text(k.Name), safe.Text(k.Check.File)); err != nil {
				return err
			}
		}
		if k.Check != nil && k.Check.Damaged != "" {
			if _, err := fmt.Fprintf(w, "  in %s a file is changed: %s\n", safe.Text(k.Name), safe.Text(k.Check.Damaged)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Check) words() string {
	switch {
	case c == nil:
		return "no"
	case c.Missing+c.Extra+c.Differing+c.Misplaced == 0:
		return safe.Count(c.Compared) + " agree"
	}
	var out []string
	for _, p := range []struct {
		n    int64
		word string
	}{{c.Missing, "missing"}, {c.Extra, "extra"}, {c.Differing, "differing"}, {c.Misplaced, "days out of order"}} {
		if p.n > 0 {
			out = append(out, safe.Count(p.n)+" "+p.word)
		}
	}
	return strings.Join(out, ", ")
}

func (s *Summary) lossText(w io.Writer, width int) error {
	if len(s.Losses) == 0 {
		return nil
	}
	var sinks []string
	of := map[string][]LossRow{}
	for _, r := range s.Losses {
		if of[r.Sink] == nil {
			sinks = append(sinks, r.Sink)
		}
		of[r.Sink] = append(of[r.Sink], r)
	}
	for _, sink := range sinks {
		rows := of[sink]
		slices.SortStableFunc(rows, func(a, b LossRow) int {
			return cmp.Or(cmp.Compare(b.weight(), a.weight()), cmp.Compare(b.Count, a.Count))
		})
		shown := min(len(rows), shownLosses)
		for shown < len(rows) && rows[shown].weight() > 0 {
			shown++
		}
		if err := Losses(w, []string{sink}, rows[:shown], width); err != nil {
			return err
		}
		if more := len(rows) - shown; more > 0 {
			if _, err := fmt.Fprintf(w, "  and %d more kinds, each of fewer records: --json, \"chatferry plan\" and loss.csv in the evidence have all\n", more); err != nil {
				return err
			}
		}
	}
	return nil
}

// shownLosses is how many losses of a target stand in the text of a summary, besides those that the
// pipeline does not simply allow.
const shownLosses = 10

// weight puts losses that must be seen first: those not simply allowed, then records lost as a whole.
func (r *LossRow) weight() int {
	switch {
	case r.Policy == PolicyFail:
		return 3
	case r.Policy == PolicyWarn:
		return 2
	case r.Action == "drop" && !strings.Contains(r.Field, "."):
		return 1
	}
	return 0
}

func (s *Summary) findingsText(w io.Writer, width int) error { return findings(w, s.Findings, width) }

func findings(w io.Writer, list []Finding, width int) error {
	if len(list) == 0 {
		return nil
	}
	t := Table{Columns: []Column{{Head: "finding", Most: 24}, {Head: "count", Right: true}, {Head: "in the source"}}}
	for _, f := range list {
		t.Add(f.ID, safe.Count(f.Count), f.Text)
	}
	return titled(w, "", &t, width)
}

// VerdictRow is one claim of a run, what became of it, and what that means.
type VerdictRow struct{ Claim, Value, Words string }

// VerdictRows are the five claims, in words for people.
func (s *Summary) VerdictRows() []VerdictRow {
	v := s.Verdicts
	return []VerdictRow{
		{"source", orNone(v.Source), pick(v.Source, map[string]string{
			SourceComplete: "an independent count agrees with what was read",
			SourceUnproven: "what was read was not compared with an independent count",
			SourceGaps:     "the source itself lacks something, see the findings",
			SourceDamaged:  "records could not be read or delivered; their bytes are kept" + in(s.Quarantine),
		})},
		{"books", orNone(v.Books), pick(v.Books, map[string]string{
			BooksBalanced:   "every record read ended in exactly one way",
			BooksUnbalanced: "records are unaccounted for: do not use the result, report this",
		})},
		{"loss", orNone(v.Loss), pick(v.Loss, map[string]string{
			LossNone:       "the targets hold everything",
			LossDeclared:   "the targets lack what is listed as loss, and nothing else",
			LossUndeclared: "a target lacks something that it said it holds",
		})},
		{"read back", orNone(v.ReadBack), pick(v.ReadBack, map[string]string{
			ReadBackFull:    "every record was read back from the targets and agrees",
			ReadBackSampled: "a sample was read back from the targets and agrees",
			ReadBackNone:    "the targets were not read back: run \"chatferry verify\"",
			ReadBackDiffers: "the targets differ from what was delivered",
		})},
		{"report", orNone(v.Report), pick(v.Report, map[string]string{
			ReportUnsigned:    "the evidence can be checked, but nobody signed it: --sign KEY does",
			ReportSigned:      "the evidence is signed and as it was signed",
			ReportTimestamped: "the evidence is signed and as it was signed, with a timestamp token for it",
			ReportTampered:    "the evidence was changed after it was written: do not rely on it",
		})},
	}
}

func (s *Summary) verdictText(w io.Writer, width int) error {
	t := Table{Columns: []Column{{}, {}, {}}}
	for _, r := range s.VerdictRows() {
		t.Add(r.Claim, r.Value, r.Words)
	}
	if err := titled(w, "Verdict", &t, width); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "  exit code %d: %s\n", s.ExitCode, ExitMeaning(s.ExitCode))
	if err == nil && s.Evidence != "" {
		_, err = fmt.Fprintf(w, "\nThe certificate to print and show is in\n  %s\n", safe.Text(filepath.Join(s.Evidence, "data", "report.html")))
	}
	return err
}

func orNone(s string) string {
	if s == "" {
		return "not examined"
	}
	return s
}

func pick(key string, words map[string]string) string { return words[key] }

func in(folder string) string {
	if folder == "" {
		return ""
	}
	return " in " + folder
}

func titled(w io.Writer, title string, t *Table, width int) error {
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	if title != "" {
		if _, err := io.WriteString(w, title+"\n"); err != nil {
			return err
		}
	}
	return t.Write(w, width)
}

// Exits are the exit codes in the order in which README and the help text list them.
var Exits = []struct {
	Code    int
	Meaning string
}{
	{fault.ExitOK, "all proven: what was read arrived and was read back"},
	{fault.ExitDeclaredLoss, "complete, but for loss that was declared before the run"},
	{fault.ExitGaps, "complete, but the source itself has gaps"},
	{fault.ExitUnproven, "delivered, but something is unproven: not read back, or the source not counted"},
	{fault.ExitUnbalanced, "the books do not balance: records are unaccounted for"},
	{fault.ExitDifference, "undeclared loss, or the read-back differs"},
	{fault.ExitDamaged, "the source is damaged: records are in quarantine"},
	{fault.ExitConfig, "the configuration or the command line is wrong"},
	{fault.ExitFatal, "a fatal failure: storage, plugin or a bug"},
	{fault.ExitDenied, "not allowed"},
	{fault.ExitInterrupted, "interrupted: run again to resume"},
}

// ExitMeaning says an exit code in words.
func ExitMeaning(code int) string {
	for _, e := range Exits {
		if e.Code == code {
			return e.Meaning
		}
	}
	return "unknown"
}
