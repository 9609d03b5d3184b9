package job

import (
	"context"
	"fmt"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/transform"
)

// step is one transform of the pipeline; rules get the name of its block as a prefix.
type step struct {
	address string
	builtin transform.Transform
	foreign *host.Transform
}

func (j *Job) addTransform(ctx context.Context, inst *pipeline.Instance) error {
	s := &step{address: inst.Address()}
	if ref := j.ref(inst.Plugin); ref.Path != "" || !isBuiltin(inst.Plugin) {
		t, err := j.opts.Host.OpenTransform(ctx, ref, inst.Config)
		if err != nil {
			return err
		}
		s.foreign = t
		j.closers = append(j.closers, t.Close)
	} else {
		env := transform.Env{Block: inst.Address(), Directory: j.directory, Expressions: map[string]transform.Expression{}}
		for name, e := range inst.Expressions {
			env.Expressions[name] = e
		}
		t, err := transform.Open(inst.Plugin, inst.Config, env)
		if err != nil {
			return err
		}
		s.builtin = t
	}
	j.transforms = append(j.transforms, s)
	j.engine.Transforms = append(j.engine.Transforms, s)
	return nil
}

func isBuiltin(name string) bool {
	for _, k := range transform.Kinds() {
		if k.Name == name {
			return true
		}
	}
	return false
}

// Apply implements engine.Transform.
func (s *step) Apply(ctx context.Context, recs []*message.Record, out func(i int, o *plugin.TransformOut) error) error {
	if s.foreign != nil {
		return s.applyForeign(ctx, recs, out)
	}
	var o plugin.TransformOut
	for i, r := range recs {
		o = plugin.TransformOut{Records: o.Records[:0], Changes: o.Changes[:0]}
		if err := s.builtin.Apply(r, &o); err != nil {
			return &Placed{s.address, err}
		}
		s.name(&o)
		if err := out(i, &o); err != nil {
			return err
		}
	}
	return nil
}

// name puts the block's address before its rules.
func (s *step) name(o *plugin.TransformOut) {
	if o.Filtered != "" {
		o.Filtered = s.address + "/" + o.Filtered
	}
	for i := range o.Changes {
		o.Changes[i].Rule = s.address + "/" + o.Changes[i].Rule
	}
}

func (s *step) applyForeign(ctx context.Context, recs []*message.Record, out func(i int, o *plugin.TransformOut) error) error {
	var lines []byte
	for _, r := range recs {
		lines = append(r.Append(lines), '\n')
	}
	results, err := s.foreign.Apply(ctx, lines, len(recs))
	if err != nil {
		return &Placed{s.address, err}
	}
	for i, a := range results {
		o := plugin.TransformOut{Filtered: a.Filtered}
		for _, line := range strings.Split(strings.TrimSuffix(string(a.Lines), "\n"), "\n") {
			if line == "" {
				continue
			}
			r, err := message.Decode(line)
			if err == nil {
				err = r.Check()
			}
			if err != nil {
				return &Placed{s.address, fault.New(fault.Bug, "transform", s.address, "report this to the author of the plugin", fmt.Errorf("a record came back invalid: %w", err))}
			}
			o.Records = append(o.Records, r)
		}
		s.name(&o)
		if err := out(i, &o); err != nil {
			return err
		}
	}
	return nil
}

// unmatched lists settings that match nobody and nothing, in words.
func (s *step) unmatched() ([]filter.Warning, error) {
	if w, ok := s.builtin.(transform.Warner); ok {
		return w.Unmatched()
	}
	return nil, nil
}

// catch sees one record go by.
type catch struct {
	key  string
	seen func(*message.Record)
}

// Apply implements engine.Transform.
func (c catch) Apply(_ context.Context, recs []*message.Record, out func(i int, o *plugin.TransformOut) error) error {
	for i, r := range recs {
		if r.Key() == c.key {
			c.seen(r)
		}
		if err := out(i, &plugin.TransformOut{Records: recs[i : i+1]}); err != nil {
			return err
		}
	}
	return nil
}
