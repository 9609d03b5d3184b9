package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/chatferry/chatferry/core/bag"
	"github.com/chatferry/chatferry/core/engine"
	"github.com/chatferry/chatferry/core/envelope"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
)

// tool is the name of this program in what it writes for others.
const tool = "Chatferry"

// parcel is a target whose folder is made into something when the sink has finished, first a bag, then an encrypted
// file: the sink writes into a folder of the parcel's choice. Like Finish of a sink, what it does may be repeated,
// and the same deliveries give the same bytes, but for those of the encrypted file.
type parcel struct {
	engine.Target
	job  *Job
	inst *pipeline.Instance
	run  plugin.Run
	root string // what is made into something: the bag, or what is encrypted
	cover
}

// wrap puts the parcel around a target whose block asks for one.
func (j *Job) wrap(inst *pipeline.Instance, t engine.Target) (engine.Target, error) {
	if !inst.Wrapped() {
		return t, nil
	}
	p := &parcel{Target: t, job: j, inst: inst}
	if inst.Encrypt != nil {
		var err error
		if p.recipients, err = envelope.Recipients(inst.Encrypt.Recipients); err != nil {
			return nil, plugin.BadSetting("recipients", fault.HintOf(err), err)
		}
		j.closers = append(j.closers, p.leave)
	}
	for _, f := range bagInfo(inst) {
		if err := bag.CheckField(f); err != nil {
			return nil, plugin.BadSetting("info", "see RFC 8493, 2.2.2, for the usual labels", fmt.Errorf("%q: %w", f.Label, err))
		}
	}
	return p, nil
}

func bagInfo(inst *pipeline.Instance) []bag.Field {
	if inst.Package == nil {
		return nil
	}
	var list []bag.Field
	for _, label := range slices.Sorted(maps.Keys(inst.Package.Info)) {
		list = append(list, bag.Field{Label: label, Value: inst.Package.Info[label]})
	}
	return list
}

// Open opens the sink on the folder inside. What is encrypted and has no key here stays closed.
func (p *parcel) Open(ctx context.Context, run plugin.Run) error {
	p.run, p.root = run, run.Dir
	if p.inst.Encrypt != nil {
		var err error
		if p.root, err = p.inside(ctx); err != nil || p.unread {
			return err
		}
	}
	run.Dir = p.root
	if p.inst.Package != nil {
		run.Dir = filepath.Join(p.root, bag.Payload, p.inst.Name)
	}
	if !p.reading {
		if err := os.MkdirAll(run.Dir, 0o700); err != nil {
			return fault.New(fault.Storage, "create", run.Dir, "choose an output folder that can be written", err)
		}
	}
	return p.Target.Open(ctx, run)
}

// Finish lets the sink finish, seals the bag and encrypts it.
func (p *parcel) Finish(ctx context.Context, shards []plugin.ShardReceipt) error {
	if err := p.Target.Finish(ctx, shards); err != nil {
		return err
	}
	if p.inst.Package != nil {
		if err := p.bag(ctx); err != nil {
			return err
		}
	}
	if p.inst.Encrypt != nil {
		return p.encrypt(ctx)
	}
	return nil
}

func (p *parcel) bag(ctx context.Context) error {
	c := bag.Crate{Name: "Chat history as " + p.inst.Plugin, Folder: p.inst.Name, Tool: tool, Version: p.job.opts.Version}
	if err := p.describe(&c); err != nil {
		return err
	}
	if err := bag.Describe(ctx, p.root, c); err != nil {
		return err
	}
	info := bagInfo(p.inst)
	for _, f := range []bag.Field{{Label: "Bagging-Date", Value: c.Date}, {Label: "External-Description", Value: c.Description}, {Label: "Bag-Software-Agent", Value: c.Tool + " " + c.Version}} {
		if _, given := p.inst.Package.Info[f.Label]; !given && f.Value != "" {
			info = append(info, f)
		}
	}
	return bag.Seal(ctx, p.root, bag.Options{Algorithms: []string{"sha256", "sha512"}, Info: info})
}

// describe tells what was delivered, from the leaves, and of what. Its date is the day of the newest message, not
// today's: so the same dump gives the same bag.
func (p *parcel) describe(c *bag.Crate) error {
	counts := map[string]int64{}
	err := engine.EachLeaf(p.job.engine.State, p.inst.Name, p.run.Generation, func(l *engine.Leaf) error {
		counts[l.Type]++
		if day := l.At.Day(); day != "" {
			c.Last = max(c.Last, day)
			if c.First == "" || day < c.First {
				c.First = day
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, t := range slices.Sorted(maps.Keys(counts)) {
		c.Counts = append(c.Counts, bag.Count{Type: t, N: counts[t]})
	}
	c.Date = c.Last
	c.Description = fmt.Sprintf("%d messages", counts["message"])
	if c.First != "" {
		c.Description += ", of " + c.First + " to " + c.Last
	}
	if p.run.Generation > 1 {
		c.Description += fmt.Sprintf(", as delivered %d times", p.run.Generation)
	}
	for _, path := range p.job.dumps() {
		digest, err := p.job.dumpDigest(path)
		if err != nil {
			return err
		}
		c.Dumps = append(c.Dumps, bag.Dump{Name: filepath.Base(path), SHA256: digest})
	}
	return nil
}

// check tells what is wrong with what stands around the sink's folder.
func (p *parcel) check(ctx context.Context) ([]string, error) {
	if p.inst.Package == nil {
		return nil, nil
	}
	r, err := bag.Check(ctx, p.root, p.job.engine.State, nil)
	if errors.Is(err, context.Canceled) || err == nil {
		if r.More > 0 {
			r.Bad = append(r.Bad, fmt.Sprintf("%d more mistakes", r.More))
		}
		return r.Bad, err
	}
	return nil, fault.New(fault.Storage, "check", p.root, "check that the folder can be read, then verify again", err)
}
