package job

import (
	"context"
	"fmt"
	"sync"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/transform"
)

// Explanation is what is known of one key.
type Explanation struct {
	Key       string             `json:"key"`
	Delivered []ExplainDelivery  `json:"delivered,omitempty"`
	Events    []ledger.Exception `json:"events,omitempty"`
	Source    string             `json:"source"` // found, absent, unreadable
	Place     *message.Source    `json:"place,omitempty"`
	Removed   []ExplainRemoval   `json:"removed,omitempty"`    // by filter rules, as the books say
	Rule      string             `json:"removed_by,omitempty"` // the filter rule that removes it now; without the source, that removed it last
	Steps     []string           `json:"steps,omitempty"`      // what each filter rule said
}

// ExplainDelivery is one delivery of the record.
type ExplainDelivery struct {
	Sink       string `json:"sink"`
	Generation int    `json:"generation"`
	Unit       string `json:"unit"`
}

// ExplainRemoval is one removal of the record by a filter rule.
type ExplainRemoval struct {
	Rule       string `json:"rule"`
	Where      string `json:"where,omitempty"`  // file and line
	SHA256     string `json:"sha256,omitempty"` // of the rule's text
	Generation int    `json:"generation"`
	Unit       string `json:"unit"`
}

// Explain tells why a record is or is not in the targets: from the books, from what was delivered, and
// by reading the source again.
func (j *Job) Explain(ctx context.Context, key string, gen int) (Explanation, error) {
	e := Explanation{Key: key, Source: "absent"}
	books, err := ledger.Open(j.engine.State, true)
	if err != nil {
		return e, err
	}
	defer books.Close()
	if err := books.Exceptions(0, key, func(x ledger.Exception) error { e.Events = append(e.Events, x); return nil }); err != nil {
		return e, err
	}
	for _, s := range j.sinks {
		err := engine.EachLeaf(j.engine.State, s.inst.Name, gen, func(l *engine.Leaf) error {
			if l.Key == key {
				e.Delivered = append(e.Delivered, ExplainDelivery{s.inst.Name, l.Gen, l.Unit})
			}
			return nil
		})
		if err != nil {
			return e, err
		}
	}
	removals, err := engine.Removals(j.engine.State, key, gen)
	if err != nil {
		return e, err
	}
	for _, r := range removals {
		rule := j.rule(r.Rule, 0)
		e.Removed = append(e.Removed, ExplainRemoval{r.Rule, rule.Where, rule.SHA256, r.Gen, r.Unit})
	}
	if err := j.search(ctx, &e); err != nil {
		e.Source = "unreadable"
		if n := len(e.Removed); n > 0 {
			e.Rule = e.Removed[n-1].Rule
		}
	}
	return e, ctx.Err()
}

// search reads the source for the record and asks the filters about it.
func (j *Job) search(ctx context.Context, e *Explanation) error {
	if j.unready != nil {
		return j.unready
	}
	var found *message.Record
	var mu sync.Mutex
	again := j.engine
	again.Sinks, again.Listed, again.Ready = nil, nil, nil
	again.Transforms = []engine.Transform{catch{e.Key, func(r *message.Record) {
		mu.Lock()
		found = r
		mu.Unlock()
	}}}
	if err := engine.Survey(ctx, &again, nil, func(*ledger.Entry) {}); err != nil {
		return err
	}
	if found == nil {
		return nil
	}
	e.Source, e.Place = "found", *found.RawSource()
	for _, t := range j.transforms {
		x, ok := t.builtin.(transform.Explainer)
		if !ok {
			continue
		}
		why, err := x.Why(found)
		if err != nil {
			return err
		}
		for _, s := range why.Steps {
			verdict := "passes "
			if !s.Pass {
				verdict = "is removed by "
			}
			e.Steps = append(e.Steps, verdict+t.address+"/"+s.Rule+": "+s.Words)
		}
		if !why.Keep {
			e.Rule = t.address + "/" + why.Rule
			break
		}
	}
	return nil
}

// Lines are the explanation in plain words.
func (e Explanation) Lines() []string {
	lines := []string{e.Key}
	switch e.Source {
	case "found":
		at := ""
		if p := e.Place; p != nil {
			at = " in " + p.File
			if p.Offset != "" {
				at += " at byte " + p.Offset
			}
		}
		lines = append(lines, "  is in the source"+at)
	case "unreadable":
		lines = append(lines, "  the source cannot be read now, so only the books speak")
	default:
		lines = append(lines, "  is not in the source as it is now")
	}
	for _, s := range e.Steps {
		lines = append(lines, "  "+s)
	}
	for _, r := range e.Removed {
		where := ""
		if r.Where != "" {
			where = " (" + r.Where + ")"
		}
		lines = append(lines, fmt.Sprintf("  was removed by %s%s in run %d, unit %s", r.Rule, where, r.Generation, r.Unit))
	}
	for _, d := range e.Delivered {
		lines = append(lines, fmt.Sprintf("  was delivered to %s by run %d, in unit %s", d.Sink, d.Generation, d.Unit))
	}
	for _, x := range e.Events {
		where := ""
		if x.Sink != "" {
			where = " for " + x.Sink
		}
		line := fmt.Sprintf("  was %s%s: %s", x.Verdict, where, x.Reason)
		if x.Detail != "" {
			line += " (" + x.Detail + ")"
		}
		if x.Blob != "" {
			line += "; its bytes are kept as quarantine/" + x.Blob
		}
		lines = append(lines, line)
	}
	if len(e.Delivered)+len(e.Removed) == 0 && e.Rule == "" && len(e.Events) == 0 {
		lines = append(lines, "  was not delivered, and no book tells of it")
	}
	return lines
}
