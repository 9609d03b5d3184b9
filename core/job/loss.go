package job

import (
	"context"
	"fmt"
	"strings"

	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/projection"
	"github.com/chatferry/chatferry/core/report"
)

// policyOf says what the sink's loss block makes of a loss: report.PolicyAllow, PolicyWarn or PolicyFail. Where
// "allow" is given, what no list names fails. A loss that the sink's own projection does not list always fails
// unless it is named: nobody declared it.
func policyOf(loss *pipeline.Loss, field, rule string) string {
	if loss == nil {
		loss = &pipeline.Loss{}
	}
	switch {
	case matches(loss.Fail, field):
		return report.PolicyFail
	case matches(loss.Warn, field):
		return report.PolicyWarn
	case matches(loss.Allow, field):
		return report.PolicyAllow
	case len(loss.Allow) > 0, rule == projection.Unlisted:
		return report.PolicyFail
	}
	return report.PolicyAllow
}

// matches tells whether a list names a field, one that it is part of, or with "*" anything.
func matches(list []string, field string) bool {
	for _, name := range list {
		name = strings.TrimSuffix(name, ".*")
		if name == "*" || name == field || strings.HasPrefix(field, name+".") {
			return true
		}
	}
	return false
}

// forbidden is the policy as a rule for the engine; nil when it can forbid nothing.
func (s *sink) forbidden() func(field, rule string) bool {
	loss := s.inst.Loss
	if (loss == nil || len(loss.Fail)+len(loss.Allow) == 0) && !s.traits.Projection.Closed {
		return nil
	}
	return func(field, rule string) bool { return policyOf(loss, field, rule) == report.PolicyFail }
}

// shownLosses is how many forbidden losses an error names; the plan has them all.
const shownLosses = 5

// foresee is asked before anything is delivered. It reads everything once when a sink's policy may forbid a loss,
// and returns an error that names every forbidden one.
func (j *Job) foresee(ctx context.Context, gen int) error {
	if err := j.once(gen); err != nil {
		return err
	}
	strict := false
	for _, s := range j.engine.Sinks {
		strict = strict || s.Forbidden != nil
	}
	if !strict {
		return nil
	}
	again, err := Open(ctx, j.opts)
	if err != nil {
		return err
	}
	defer again.Close()
	f, err := again.Plan(ctx)
	if err != nil {
		return err
	}
	for _, s := range j.sinks {
		var list []string
		for _, r := range f.Losses {
			if r.Sink == s.inst.Name && r.Policy == report.PolicyFail {
				list = append(list, fmt.Sprintf("%s (%s, such as %s)", r.Field, plural(r.Count, "record", "records"), strings.Join(r.Samples[:min(1, len(r.Samples))], "")))
			}
		}
		if more := len(list) - shownLosses; more > 0 {
			list = append(list[:shownLosses], plural(int64(more), "more field", "more fields"))
		}
		if len(list) > 0 {
			return &Placed{s.inst.Address(), fault.New(fault.Config, "deliver", s.inst.Name, "allow the loss in the sink's loss block, or filter such records out; \"chatferry plan\" shows all losses",
				fmt.Errorf("nothing was written: the target cannot hold %s, and the pipeline does not allow that loss", strings.Join(list, ", ")))}
		}
	}
	return nil
}

// loss puts a tally into words: the sink's projection says why.
func (j *Job) loss(t ledger.Tally) report.LossRow {
	row := report.LossRow{Sink: t.Sink, Field: t.Name, Rule: t.Rule, Action: string(plugin.Degrade), Count: t.N, Samples: t.Samples}
	switch t.Rule {
	case "drop":
		row.Action, row.Rule = string(plugin.Drop), ""
	case projection.Unlisted:
		row.Action, row.Why = string(plugin.Drop), "the plugin does not say what it does with this field"
	case engine.RuleRepeated:
		row.Why = "the target cannot replace a message: a changed one arrives a second time"
	}
	for _, s := range j.sinks {
		if s.inst.Name != t.Sink {
			continue
		}
		row.Policy = policyOf(s.inst.Loss, t.Name, t.Rule)
		if row.Why == "" {
			row.Why = s.losses[t.Name].Why
		}
	}
	return row
}
