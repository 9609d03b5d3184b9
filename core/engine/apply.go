package engine

import (
	"context"
	"errors"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// transform runs the batch through all transforms and sorts in what comes out. Records that no
// transform touched keep their line as it came.
func (in *intake) transform(ctx context.Context) error {
	if in.first || len(in.run.job.Transforms) == 0 {
		for i, rec := range in.recs {
			if err := in.sortIn(rec, in.lines[i]); err != nil {
				return err
			}
		}
		return nil
	}
	recs := in.recs
	for _, t := range in.run.job.Transforms {
		next, err := in.apply(ctx, t, recs)
		if err != nil {
			return err
		}
		recs = next
	}
	var buf []byte
	for _, rec := range recs {
		buf = rec.Append(buf[:0])
		if err := in.sortIn(rec, string(buf)); err != nil {
			return err
		}
	}
	return nil
}

// token is what must be known of a record while a transform has it: the transform must close it exactly
// once, by a rule that removes it or by giving it back under its key, with others beside it or not.
type token struct {
	key string
	holding
}

// apply runs one transform. A record that it does not close exactly once stops the run.
func (in *intake) apply(ctx context.Context, t Transform, recs []*message.Record) ([]*message.Record, error) {
	in.tokens = in.tokens[:0]
	for _, rec := range recs { // before, because a transform may change records in place
		in.tokens = append(in.tokens, token{rec.Key(), holdingOf(rec)})
	}
	var next []*message.Record
	closed := 0
	err := t.Apply(ctx, recs, func(i int, o *plugin.TransformOut) error {
		if i != closed {
			return in.leak(min(i, closed), "was closed twice or out of order")
		}
		closed++
		for _, c := range o.Changes {
			in.tallies.changed(c.Rule, c.N, in.tokens[i].key)
		}
		if len(o.Records) == 0 {
			return in.filter(i, o.Filtered)
		}
		if wrong := in.turned(i, o); wrong != "" {
			return in.leak(i, wrong)
		}
		next = append(next, o.Records...)
		return nil
	})
	if err == nil && closed != len(recs) {
		err = in.leak(closed, "was never given back")
	}
	return next, err
}

// filter closes the token of a record that a rule removes.
func (in *intake) filter(i int, rule string) error {
	tok := &in.tokens[i]
	if rule == "" {
		return in.leak(i, "vanished without a rule")
	}
	in.entry.Counts.Filtered++
	in.stages.filtered.add(&tok.holding, 1)
	in.tallies.add("filtered", rule, "", tok.key)
	return in.noteWhy(tok.key, rule)
}

// turned closes the token of a record that goes on, and books what came of it. It returns what is wrong.
func (in *intake) turned(i int, o *plugin.TransformOut) string {
	tok := &in.tokens[i]
	if o.Filtered != "" {
		return "was both given back and removed by a rule"
	}
	in.entry.Counts.Added += int64(len(o.Records) - 1)
	in.stages.added.add(&tok.holding, -1)
	kept := false
	for _, rec := range o.Records {
		if rec.Directory() != in.unit.directory {
			return "became one of another unit: history stays history, people and places stay what they are"
		}
		h := holdingOf(rec)
		kept = kept || h.kind == tok.kind && rec.Key() == tok.key
		in.stages.added.add(&h, 1)
	}
	if !kept {
		return "came back under another key, and so it would vanish without a rule"
	}
	return ""
}

// leak is the error for a record whose token was not closed exactly once.
func (in *intake) leak(i int, what string) error {
	key := "after the last one"
	if i >= 0 && i < len(in.tokens) {
		key = in.tokens[i].key
	}
	return fault.New(fault.Bug, "transform", key, "report this to the author of the transform; nothing of unit "+in.unit.id+" was delivered", errors.New("the record "+what))
}
