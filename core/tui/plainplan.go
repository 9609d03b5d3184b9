package tui

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/safe"
)

// migrate leads from a dump to a run.
func (p *plain) migrate(ctx context.Context) error {
	p.say("step", "n", "1", "of", "8", "title", p.tx.say("pick.title"))
	path, err := p.ask(ctx, p.tx.say("pick.path"), "")
	if err != nil || path == "" {
		return err
	}
	m := &Model{o: p.o, tx: p.tx, st: p.st, choice: Choice{Path: p.o.path(path), Settings: map[string]string{}}}
	p.say("content.reading")
	c, err := p.o.Ferry.Look(ctx, m.choice.Path, &teller{p: p})
	if err != nil {
		return err
	}
	m.choice.Source = c.Source
	v := &view{width: plainLine, height: 1000, st: p.st, tx: p.tx}
	months := c.Inventory.MessagesByMonth
	c.Inventory.MessagesByMonth = nil // a chart says nothing aloud
	drawInventory(v, &c.Inventory)
	c.Inventory.MessagesByMonth = months
	p.print(strings.Join(v.lines, " | "))
	if err := p.keep(ctx, m, &c); err != nil {
		return err
	}
	if err := p.targets(ctx, m); err != nil {
		return err
	}
	p.say("people.reading")
	plan, err := p.o.Ferry.Plan(ctx, m.choice, &teller{p: p})
	if err != nil {
		return err
	}
	return p.decide(ctx, &planPage{m: m, content: &c, plan: plan})
}

// keep asks what to keep, one row of the form after another.
func (p *plain) keep(ctx context.Context, m *Model, c *job.Content) error {
	p.say("step", "n", "3", "of", "8", "title", p.tx.say("keep.title"))
	p.say("keep.lead")
	form := newKeep(m, c)
	for {
		var lines []string
		for _, name := range keepRows[:7] {
			lines = append(lines, p.tx.say("keep."+name)+": "+cmp.Or(form.fields[name].value(), "-"))
		}
		only := p.tx.say("plain.no")
		if form.only {
			only = p.tx.say("plain.yes")
		}
		n, err := p.menu(ctx, p.tx.say("key.next"), append(lines, p.tx.say("keep.attachments")+": "+only)...)
		switch {
		case err != nil:
			return err
		case n == 0:
			m.choice.Rules = form.rules()
			return nil
		case n == 8:
			form.only = !form.only
		default:
			name := keepRows[n-1]
			p.say("keep." + name + ".about")
			value, err := p.ask(ctx, p.tx.say("keep."+name), "")
			if err != nil {
				return err
			}
			form.fields[name].set(value)
		}
	}
}

// targets asks where it goes.
func (p *plain) targets(ctx context.Context, m *Model) error {
	p.say("step", "n", "4", "of", "8", "title", p.tx.say("target.title"))
	list := p.o.Ferry.Targets()
	for len(m.choice.Targets) == 0 {
		var lines []string
		for _, t := range list {
			lines = append(lines, t.Name+": "+p.tx.word("target.", t.Name+".about"))
		}
		for {
			n, err := p.menu(ctx, p.tx.say("key.next"), lines...)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			if name := list[n-1].Name; !slices.Contains(m.choice.Targets, name) {
				m.choice.Targets = append(m.choice.Targets, name)
				lines[n-1] += " (" + p.tx.say("plain.chosen") + ")"
			}
		}
		if len(m.choice.Targets) == 0 {
			p.say("target.none")
		}
	}
	for _, t := range list {
		for _, s := range t.Settings {
			name := t.Name + "." + s.Name
			if !slices.Contains(m.choice.Targets, t.Name) {
				continue
			}
			p.print(cmp.Or(p.tx.text["setting."+name+".about"], s.Help))
			question := settingName(p.tx, name)
			if len(s.Choices) > 0 {
				question += " (" + strings.Join(s.Choices, ", ") + ")"
			}
			value, err := p.ask(ctx, question, preset(m, s))
			if err != nil {
				return err
			}
			m.choice.Settings[name] = value
		}
	}
	p.say("target.out.about")
	out, err := p.ask(ctx, p.tx.say("target.out"), freeFolder(m.choice.Path)().(outMsg).path)
	if err == nil {
		m.choice.Out = p.o.path(out)
	}
	return err
}

// decide shows the plan and asks what to do with it.
func (p *plain) decide(ctx context.Context, page *planPage) error {
	p.say("step", "n", "6", "of", "8", "title", p.tx.say("plan.title"))
	p.say("plan.lead")
	v := &view{width: plainLine, height: 1 << 20, st: p.st, tx: p.tx}
	page.body(v)
	for _, l := range v.lines {
		p.print(l)
	}
	edited := false
	for {
		lines := []string{p.tx.say("key.startrun"), p.tx.say("key.losses"), p.tx.say("key.savefile")}
		if len(page.plan.Accounts) > 0 {
			lines = append(lines, p.tx.say("people.title"))
		}
		n, err := p.menu(ctx, p.tx.say("key.home"), lines...)
		switch {
		case err != nil || n == 0:
			return err
		case n == 1 || n == 3:
			file, err := p.o.Ferry.Save(page.m.choice, page.plan, edited)
			if err != nil {
				return err
			}
			p.say("plan.saved", "path", file)
			if n == 1 {
				return p.run(ctx, page.m.choice.Out, file)
			}
		case n == 2:
			for _, l := range page.plan.Losses {
				p.print(safe.Text(l.Sink) + ": " + lossLine(p.tx, l))
			}
		case n == 4:
			for _, a := range page.plan.Accounts {
				changed, err := p.accounts(ctx, a)
				if err != nil {
					return err
				}
				edited = edited || changed
			}
		}
	}
}

// accounts lists who becomes what, and changes one after another.
func (p *plain) accounts(ctx context.Context, a job.Accounts) (changed bool, err error) {
	p.say("plain.people", "target", a.Sink, "file", filepath.Base(a.File))
	for {
		entries := a.Map.Entries()
		var lines []string
		for _, e := range entries {
			lines = append(lines, cmp.Or(e.Name, e.Key)+", "+p.tx.say("action."+e.Action)+", "+e.Account+", "+e.Email)
		}
		n, err := p.menu(ctx, p.tx.say("key.next"), lines...)
		if err != nil || n == 0 {
			return changed, err
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
			return changed, err
		}
		if err := a.Map.Edit(e.Key, e.Action, e.Account, e.Email); err != nil {
			p.fail(err)
			continue
		}
		changed = true
	}
}
