package tui

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/safe"
)

// errBack is how a step leads back to the one before.
var errBack = errors.New("back")

// migration is what the steps of a new migration pass on.
type migration struct {
	m       *Model
	content job.Content
	plan    Plan
}

// migrate leads from a dump to a run. After a mistake the step before comes again.
func (p *plain) migrate(ctx context.Context) error {
	g := &migration{m: &Model{o: p.o, tx: p.tx, st: p.st, choice: Choice{Settings: map[string]string{}}, edits: map[string]map[string]edit{}}}
	g.m.pages = []page{newHome(g.m)}
	steps := []func(context.Context, *migration) error{p.pick, p.keep, p.targets, p.decide}
	for i := 0; i < len(steps); {
		err := steps[i](ctx, g)
		switch {
		case err == nil:
			i++
			continue
		case errors.Is(err, errLeft), ctx.Err() != nil:
			return err
		case !errors.Is(err, errBack):
			p.fail(err)
		}
		if i--; i < 0 {
			return nil
		}
	}
	return nil
}

// pick asks for the dump and tells what is in it.
func (p *plain) pick(ctx context.Context, g *migration) error {
	p.say("step", "n", "1", "of", "8", "title", p.tx.say("pick.title"))
	path, err := p.ask(ctx, p.tx.say("pick.path"), g.m.choice.Path)
	if err != nil {
		return err
	}
	if path == "" {
		return errBack
	}
	g.m.choice.Path = p.o.path(path)
	p.say("content.reading")
	c, err := p.o.Ferry.Look(ctx, g.m.choice.Path, &teller{p: p})
	if err != nil {
		return err
	}
	g.content, g.m.choice.Source = c, c.Source
	v := &view{width: plainLine, height: 1000, st: p.st, tx: p.tx}
	c.Inventory.MessagesByMonth = nil // a chart says nothing aloud
	drawInventory(v, &c.Inventory, 0)
	p.print(strings.Join(v.lines, " | "))
	return nil
}

// keep asks what to keep, one row of the form after another.
func (p *plain) keep(ctx context.Context, g *migration) error {
	p.say("step", "n", "3", "of", "8", "title", p.tx.say("keep.title"))
	p.say("keep.lead")
	form := newKeep(g.m, &g.content)
	for {
		var lines []string
		for i, name := range keepRows[:7] {
			form.cur = i
			lines = append(lines, p.tx.say("keep."+name)+": "+cmp.Or(form.fields[name].value(), "-"))
		}
		only := p.tx.say("plain.no")
		if form.only {
			only = p.tx.say("plain.yes")
		}
		n, err := p.menu(ctx, p.tx.say("key.next"), append(lines, p.tx.say("keep.attachments")+": "+only, p.tx.say("plain.count"), p.tx.say("key.back"))...)
		if err != nil {
			return err
		}
		g.m.choice.Rules = form.rules()
		switch n {
		case 0:
			return nil
		case 8:
			form.only = !form.only
		case 9:
			p.count(ctx, g, form)
		case 10:
			return errBack
		default:
			form.cur = n - 1
			if err := p.fill(ctx, form); err != nil {
				return err
			}
		}
	}
}

// count tells what the form keeps.
func (p *plain) count(ctx context.Context, g *migration, form *keepPage) {
	c := counter{m: g.m, rules: form.rules()}
	plan, err := p.o.Ferry.Plan(ctx, c.choice(), &teller{p: p})
	if c.err = err; err == nil {
		c.plan = &plan
	}
	text, _ := c.words(&view{st: p.st, tx: p.tx}, g.content.Inventory.Messages)
	p.print(text)
}

// fill asks for one row of the form, after telling what it can be chosen from.
func (p *plain) fill(ctx context.Context, form *keepPage) error {
	name := form.row()
	p.say("keep." + name + ".about")
	if form.choosable() {
		items := form.items()
		for _, it := range items[:min(len(items), rowsTold)] {
			p.print(it.Ref + ": " + it.Name + ", " + safe.Count(it.Messages) + " " + p.tx.say("choose.messages"))
		}
	}
	value, err := p.ask(ctx, p.tx.say("keep."+name), "")
	if err == nil {
		form.fields[name].set(value)
	}
	return err
}

// targets asks where it goes.
func (p *plain) targets(ctx context.Context, g *migration) error {
	p.say("step", "n", "4", "of", "8", "title", p.tx.say("target.title"))
	c, list := &g.m.choice, p.o.Ferry.Targets()
	for {
		var lines []string
		for _, t := range list {
			line := t.Name + ": " + targetAbout(p.tx, t)
			if slices.Contains(c.Targets, t.Name) {
				line += " (" + p.tx.say("plain.chosen") + ")"
			}
			lines = append(lines, line)
		}
		n, err := p.menu(ctx, p.tx.say("key.next"), append(lines, p.tx.say("key.back"))...)
		switch {
		case err != nil:
			return err
		case n == len(list)+1:
			return errBack
		case n == 0 && len(c.Targets) == 0:
			p.say("target.none")
			continue
		case n == 0:
			return p.settings(ctx, g, list)
		}
		name := list[n-1].Name
		if i := slices.Index(c.Targets, name); i >= 0 {
			c.Targets = slices.Delete(c.Targets, i, i+1)
		} else {
			c.Targets = append(c.Targets, name)
		}
	}
}

// settings asks for those of the chosen targets, and for the folder.
func (p *plain) settings(ctx context.Context, g *migration, list []Target) error {
	c := &g.m.choice
	for _, t := range list {
		for _, s := range t.Settings {
			name := t.Name + "." + s.Name
			if !slices.Contains(c.Targets, t.Name) {
				continue
			}
			p.print(settingAbout(p.tx, name, &s))
			question := settingName(p.tx, name)
			if list := choices(&s); len(list) > 0 {
				question += " (" + strings.Join(list, ", ") + ")"
			}
			value, err := p.ask(ctx, question, cmp.Or(c.Settings[name], preset(g.m, s)))
			if err != nil {
				return err
			}
			c.Settings[name] = value
		}
	}
	p.say("target.out.about")
	out, err := p.ask(ctx, p.tx.say("target.out"), cmp.Or(c.Out, freeFolder(c.Path)().(outMsg).path))
	if err == nil {
		c.Out = p.o.path(out)
	}
	return err
}

// decide makes the plan, shows it and asks what to do with it.
func (p *plain) decide(ctx context.Context, g *migration) error {
	p.say("people.reading")
	var err error
	if g.plan, err = p.o.Ferry.Plan(ctx, g.m.choice, &teller{p: p}); err != nil {
		return err
	}
	g.m.edited(&g.plan)
	p.say("step", "n", "6", "of", "8", "title", p.tx.say("plan.title"))
	p.say("plan.lead")
	v := &view{width: plainLine, height: 1 << 20, st: p.st, tx: p.tx}
	newPlan(g.m, &g.content, g.plan).body(v)
	for _, l := range v.lines {
		p.print(l)
	}
	for {
		lines := []string{p.tx.say("key.startrun"), p.tx.say("key.losses"), p.tx.say("key.savefile"), p.tx.say("key.back")}
		if len(g.plan.Accounts) > 0 {
			lines = append(lines, p.tx.say("people.title"))
		}
		n, err := p.menu(ctx, p.tx.say("key.home"), lines...)
		switch {
		case err != nil || n == 0:
			return err
		case n == 1 || n == 3:
			file, err := p.o.Ferry.Save(g.m.choice, g.plan, len(g.m.edits) > 0)
			if err != nil {
				return err
			}
			p.say("plan.saved", "path", file)
			if n == 1 {
				return p.run(ctx, g.m.choice.Out, file)
			}
		case n == 2:
			list := slices.Clone(g.plan.Losses)
			sortLosses(list)
			if err := p.show(ctx, g.m, newLosses(g.m, list)); err != nil {
				return err
			}
		case n == 4:
			return errBack
		case n == 5:
			for _, a := range g.plan.Accounts {
				if err := p.accounts(ctx, g.m, a); err != nil {
					return err
				}
			}
		}
	}
}

// accounts lists who becomes what, and changes one after another.
func (p *plain) accounts(ctx context.Context, m *Model, a job.Accounts) error {
	p.say("plain.people", "target", a.Sink, "file", filepath.Base(a.File))
	for {
		entries := a.Map.Entries()
		var lines []string
		for _, e := range entries {
			lines = append(lines, cmp.Or(e.Name, e.Key)+", "+p.tx.say("action."+e.Action)+", "+e.Account+", "+e.Email)
		}
		n, err := p.menu(ctx, p.tx.say("key.next"), lines...)
		if err != nil || n == 0 {
			return err
		}
		e := entries[n-1]
		ask := func(key, otherwise string) string {
			if err != nil {
				return otherwise
			}
			var s string
			s, err = p.ask(ctx, p.tx.say(key), otherwise)
			return s
		}
		p.say("plain.actions", "list", strings.Join(peopleActions, ", "))
		e = people.Entry{Key: e.Key, Action: ask("person.action", e.Action), Account: ask("person.account", e.Account), Email: ask("person.email", e.Email)}
		if err != nil {
			return err
		}
		if err := m.edit(a, e.Key, edit{e.Action, e.Account, e.Email}); err != nil {
			p.fail(err)
		}
	}
}
