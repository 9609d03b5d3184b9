package job

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/projection"
	"github.com/chatferry/chatferry/core/report"
)

// sums adds up tallies of units that no ledger keeps.
type sums map[tallyID]*ledger.Tally

type tallyID struct{ sink, kind, name, rule string }

func (s sums) add(e *ledger.Entry) {
	for _, t := range e.Tallies {
		id := tallyID{t.Sink, t.Kind, t.Name, t.Rule}
		sum := s[id]
		if sum == nil {
			sum = &ledger.Tally{Sink: t.Sink, Kind: t.Kind, Name: t.Name, Rule: t.Rule}
			s[id] = sum
		}
		sum.N += t.N
		sum.Bytes += t.Bytes
		sum.Samples = append(sum.Samples, t.Samples[:min(len(t.Samples), 3-len(sum.Samples))]...)
	}
}

// list gives the tallies of a kind in a fixed order.
func (s sums) list(kind string) []ledger.Tally {
	ids := slices.SortedFunc(maps.Keys(s), func(a, b tallyID) int {
		return cmp.Or(cmp.Compare(a.sink, b.sink), cmp.Compare(a.name, b.name), cmp.Compare(a.rule, b.rule))
	})
	var list []ledger.Tally
	for _, id := range ids {
		if id.kind == kind {
			list = append(list, *s[id])
		}
	}
	return list
}

// mediaRows are the attachments that are not there as promised.
func mediaRows(list []ledger.Tally) []report.MediaRow {
	var rows []report.MediaRow
	for _, t := range list {
		if t.Name != "present" || t.Rule != "" {
			rows = append(rows, report.MediaRow{State: t.Name, Reason: t.Rule, Count: t.N, Samples: t.Samples})
		}
	}
	return rows
}

// unmappedRows are the fields that the model has no place for, those of most records first, and which sinks
// keep them.
func unmappedRows(list []ledger.Tally, sinks []*sink) []report.UnmappedRow {
	var rows []report.UnmappedRow
	for _, t := range list {
		r := report.UnmappedRow{Path: t.Name + "." + t.Rule, Count: t.N, Bytes: t.Bytes, Samples: t.Samples}
		if t.Name == t.Rule {
			r.Path = t.Name // the bucket of those beyond the limit
		}
		for _, s := range sinks {
			if projection.Keeps(s.traits.Projection, t.Name) {
				r.KeptBy = append(r.KeptBy, s.inst.Name)
			}
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b report.UnmappedRow) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Path, b.Path))
	})
	return report.Bounded(rows)
}

// ruleRows say what each filter rule removed, with the place and the digest of its text.
func (j *Job) ruleRows(list []ledger.Tally) []report.RuleCount {
	var rows []report.RuleCount
	for _, t := range list {
		rows = append(rows, j.rule(t.Name, t.N))
	}
	return rows
}

// rule finds a filter rule in the pipeline file.
func (j *Job) rule(id string, n int64) report.RuleCount {
	r := report.RuleCount{Rule: id, Count: n}
	i := strings.LastIndexByte(id, '/')
	if i < 0 || j.opts.File == nil {
		return r
	}
	where, text := j.opts.File.Rule(id[:i], id[i+1:])
	if where != "" {
		sum := sha256.Sum256([]byte(text))
		r.Where, r.SHA256 = where, hex.EncodeToString(sum[:])
	}
	return r
}
