package job

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/verify"
)

// Summary tells how the last run into the output folder ended, from its books. History counts on top;
// people and conversations are apart, in Directory.
func (j *Job) Summary(res engine.Result, checks []verify.Result) (report.Summary, error) {
	books, err := ledger.Open(j.engine.State, true)
	if err != nil {
		return report.Summary{}, err
	}
	defer books.Close()
	s := report.Summary{Pipeline: j.pipe.Name, Out: j.Out(), Generation: res.Gen, Nothing: res.Nothing, Resumed: res.Resumed}
	if err := j.counts(books, &s); err != nil {
		return s, err
	}
	if err := j.sinkCounts(books, &s); err != nil {
		return s, err
	}
	if err := j.reasons(books, &s); err != nil {
		return s, err
	}
	if _, err := os.Stat(j.exceptionsFile(res.Gen)); err == nil {
		s.Exceptions = j.exceptionsFile(res.Gen)
	}
	if err := j.sourceSeen(books, &s); err != nil {
		return s, err
	}
	judge(&s, checks, j.opts.File.Verify.FailOn)
	return s, nil
}

// counts fills in the numbers over all sinks.
func (j *Job) counts(books *ledger.Ledger, s *report.Summary) error {
	shards, err := books.Shards(s.Generation)
	if err != nil {
		return err
	}
	done := true
	for _, x := range shards {
		c := x.Counts
		done = done && x.Done
		if x.Directory {
			d := &s.Directory
			d.Read, d.Added, d.Delivered, d.Duplicate = d.Read+c.Read, d.Added+c.Added, d.Delivered+c.Delivered, d.Duplicate+c.Duplicate
			d.Filtered, d.Rejected = d.Filtered+c.Filtered+c.Withheld, d.Rejected+c.Rejected+c.Refused
			continue
		}
		s.Read, s.Added, s.Delivered, s.Duplicate = s.Read+c.Read, s.Added+c.Added, s.Delivered+c.Delivered, s.Duplicate+c.Duplicate
		s.Filtered, s.Rejected = s.Filtered+c.Filtered+c.Withheld, s.Rejected+c.Rejected+c.Refused
	}
	s.Verdicts.Books = report.BooksBalanced
	if !done || !s.Balanced() || !s.Directory.Balanced() {
		s.Verdicts.Books = report.BooksUnbalanced
	}
	laws, err := books.Audit(s.Generation)
	if done { // else it is no wonder
		broken(s, "ledger", laws)
	}
	return err
}

// broken notes what in the books contradicts itself.
func broken(s *report.Summary, where string, list []string) {
	for _, what := range list {
		s.Verdicts.Books = report.BooksUnbalanced
		s.Findings = append(s.Findings, report.Finding{ID: "BOOKS", Count: 1, Text: where + ": " + what})
	}
}

func (j *Job) sinkCounts(books *ledger.Ledger, s *report.Summary) error {
	list, err := books.Deliveries(s.Generation, false)
	if err != nil {
		return err
	}
	for _, d := range list {
		r := report.SinkResult{Name: d.Sink, Offered: d.Offered, Delivered: d.Delivered, Duplicate: d.Duplicate,
			Filtered: d.Filtered, Rejected: d.Rejected, Split: d.Split, Placed: d.Placed}
		for _, k := range j.sinks {
			if k.inst.Name == d.Sink {
				r.Plugin, r.Path = k.inst.Plugin, k.inst.Path
			}
		}
		s.Split += d.Split
		s.Sinks = append(s.Sinks, r)
	}
	return nil
}

// reasons fills in filters, rejects, losses and findings.
func (j *Job) reasons(books *ledger.Ledger, s *report.Summary) error {
	lists := map[string][]ledger.Tally{}
	for _, kind := range []string{"filtered", "rejected", "loss", "media", "unmapped"} {
		var err error
		if lists[kind], err = books.Tallies(s.Generation, kind); err != nil {
			return err
		}
	}
	s.FilteredBy, s.Media = j.ruleRows(lists["filtered"]), mediaRows(lists["media"])
	s.Unmapped = unmappedRows(lists["unmapped"], j.sinks)
	for _, t := range lists["rejected"] {
		if s.RejectedBy == nil {
			s.RejectedBy = map[string]int64{}
		}
		s.RejectedBy[t.Name] += t.N
		s.Quarantine = engine.QuarantineDir(j.engine.State)
	}
	for _, t := range lists["loss"] {
		s.Losses = append(s.Losses, j.loss(t))
	}
	return j.findings(books, s)
}

func (j *Job) findings(books *ledger.Ledger, s *report.Summary) error {
	list, err := gaps(books, s.Generation)
	if err != nil {
		return err
	}
	s.Findings = append(s.Findings, gapFindings(list)...)
	dangling := slices.ContainsFunc(s.Findings, func(f report.Finding) bool { return f.ID == "REF-THREAD" })
	count := map[string]*report.Finding{}
	texts := map[string]string{
		ledger.Conflict: "the dumps disagree about a message; the version of the dump named last was delivered",
		ledger.Placed:   "the first message of a thread is not in what was delivered; its replies hang under a placeholder",
	}
	ids := map[string]string{ledger.Conflict: "CONFLICT", ledger.Placed: "PLACED"}
	err = books.Exceptions(s.Generation, "", func(x ledger.Exception) error {
		if ids[x.Verdict] == "" || x.Verdict == ledger.Placed && dangling {
			return nil // what the source lacks is told once
		}
		f := count[x.Verdict]
		if f == nil {
			f = &report.Finding{ID: ids[x.Verdict], Text: texts[x.Verdict]}
			count[x.Verdict] = f
		}
		f.Count++
		if len(f.Samples) < 3 {
			f.Samples = append(f.Samples, x.Key)
		}
		return nil
	})
	for _, v := range []string{ledger.Conflict, ledger.Placed} {
		if count[v] != nil {
			s.Findings = append(s.Findings, *count[v])
		}
	}
	return err
}

// judge fills in the verdicts from what was checked.
func judge(s *report.Summary, checks []verify.Result, failOn []string) {
	v := &s.Verdicts
	v.Loss, v.ReadBack = report.LossNone, report.ReadBackNone
	differs := false
	if len(checks) > 0 {
		v.ReadBack = report.ReadBackFull
	}
	for _, c := range checks {
		broken(s, "books of "+c.Sink, c.Broken)
		for _, what := range c.Parcel {
			s.Findings = append(s.Findings, report.Finding{ID: "PACKAGE", Count: 1, Text: "package of " + c.Sink + ": " + what})
			differs = true
		}
		if c.Unread != "" {
			s.Findings = append(s.Findings, report.Finding{ID: unreadFinding, Severity: "note", Count: 1, Text: c.Unread})
		}
		if c.AckOnly {
			v.ReadBack = report.ReadBackNone
		}
		for i := range s.Sinks {
			if s.Sinks[i].Name == c.Sink && !c.AckOnly {
				s.Sinks[i].Check = &report.Check{Compared: c.Expected, Missing: c.Missing, Extra: c.Extra, Differing: c.Differs, Misplaced: c.Misplaced, Foreign: c.Foreign, File: c.File, Damaged: c.Damaged, Expected: c.ExpectedRoot, Found: c.FoundRoot}
				forgive(s, s.Sinks[i].Check, c.Sink, failOn)
			}
		}
	}
	if differs {
		v.ReadBack = report.ReadBackDiffers
	}
	s.Settle()
}

// forgive turns differences of kinds that the verify block does not fail on into findings.
func forgive(s *report.Summary, c *report.Check, sink string, failOn []string) {
	for _, k := range []struct {
		name string
		n    *int64
	}{{"missing", &c.Missing}, {"extra", &c.Extra}, {"differ", &c.Differing}, {"order", &c.Misplaced}} {
		if *k.n == 0 || slices.Contains(failOn, k.name) {
			continue
		}
		s.Findings = append(s.Findings, report.Finding{ID: "VERIFY-" + strings.ToUpper(k.name), Count: *k.n,
			Text: "records of " + sink + " are named in its list of differences, and the verify block does not fail on this kind"})
		*k.n = 0
	}
}

// Verify counts the dumps independently and compares with what was read; then it reads every sink back and
// compares it with the books. The job's sinks must have been opened by Run, or by OpenTargets.
func (j *Job) Verify(ctx context.Context, gen int) ([]verify.Result, error) {
	j.expectReading()
	if err := j.count(ctx, gen); err != nil {
		return nil, err
	}
	var out []verify.Result
	if err := j.checkQuarantine(gen); err != nil {
		return out, err
	}
	for i := range j.engine.Sinks {
		s := &j.engine.Sinks[i]
		again := func(ctx context.Context, units, keys map[string]bool, yield func(key, line string)) error {
			if j.unready != nil {
				return j.unready
			}
			return engine.Recapture(ctx, &j.engine, s.Name, units, keys, yield)
		}
		r, err := verify.Sink(ctx, j.engine.State, s, gen, again)
		if err != nil {
			return out, &Placed{j.sinks[i].inst.Address(), err}
		}
		if p, ok := s.Target.(*parcel); ok {
			if err := p.judged(ctx, &r); err != nil {
				return out, &Placed{j.sinks[i].inst.Address(), err}
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// KeepVerdict writes the summary of a verification into the books, but for one that could not read what another
// had read.
func (j *Job) KeepVerdict(s *report.Summary) error {
	if slices.ContainsFunc(s.Findings, func(f report.Finding) bool { return f.ID == unreadFinding }) {
		j.told()
		return nil
	}
	books, err := ledger.Open(j.engine.State, false)
	if err != nil {
		return err
	}
	defer books.Close()
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := books.SetVerdict(s.Generation, string(b)); err != nil {
		return err
	}
	j.told()
	return nil
}

// Units names the units of a generation that hold rejected records, for retry.
func Units(state string, gen int) (map[string]bool, error) {
	books, err := ledger.Open(state, true)
	if err != nil {
		return nil, err
	}
	defer books.Close()
	units := map[string]bool{}
	err = books.Exceptions(gen, "", func(x ledger.Exception) error {
		if x.Verdict == ledger.Rejected {
			units[x.Shard] = true
		}
		return nil
	})
	return units, err
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}
