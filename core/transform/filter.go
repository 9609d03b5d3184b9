package transform

import (
	"encoding/json"
	"fmt"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

const filterDoc = `Keeps the records that pass every rule given; a rule that is not given passes everything.
The rules run in this order, and the first that removes a record gets its count: kinds, conversations,
exclude_types, include_types, since, until, people, departments, with_attachments, keywords, where.

Messages and revisions are judged by all rules. The rules kinds and conversations also remove the
conversation's own record and its memberships. People are never removed. A reply stays when the first
message of its thread goes; a target that needs one gets a placeholder. A revision without author or
time does not pass a rule about authors or times, and an analysis passes none that is about messages.

Authors who are in no list of the source (system bots, external users) are known by id and by the name shown only.`

type filterTransform struct {
	*counts
	f      *filter.Filter
	number map[string]int
}

func openFilter(config json.RawMessage, env Env) (Transform, error) {
	rules, err := plugin.DecodeConfig[filter.Rules](config)
	if err != nil {
		return nil, err
	}
	if e := env.Expressions["where"]; e != nil {
		rules.Where = condition{e}
	}
	f, err := filter.Compile(rules, env.Directory)
	if err != nil {
		return nil, err
	}
	t := &filterTransform{counts: newCounts(f.Rules()...), f: f, number: map[string]int{}}
	for i, id := range t.rules {
		t.number[id] = i
	}
	return t, nil
}

// condition is an expression that gives a bool.
type condition struct{ Expression }

func (c condition) Eval(r *message.Record) (bool, error) {
	v, err := c.Expression.Eval(r)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, plugin.BadSetting("where", "write a condition that is true or false", fmt.Errorf("gives %T", v))
	}
	return b, nil
}

func (t *filterTransform) Apply(r *message.Record, out *plugin.TransformOut) error {
	rule, keep, err := t.f.Apply(r)
	if err != nil {
		return err
	}
	if !keep {
		t.n[t.number[rule]].Add(1)
		out.Filter(rule)
		return nil
	}
	out.Emit(r)
	return nil
}

func (t *filterTransform) Unmatched() ([]filter.Warning, error)         { return t.f.Unmatched(), nil }
func (t *filterTransform) Why(r *message.Record) (filter.Reason, error) { return t.f.Why(r) }

// needDirectory is the error of a transform that makes no sense without the directory.
func needDirectory(name string) error {
	return fault.New(fault.Config, "open transform", name, "use it as a built-in transform of a pipeline", fmt.Errorf("needs the directory of people and conversations"))
}
