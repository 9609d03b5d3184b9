package tui

import (
	"cmp"
	"maps"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/safe"
)

// peoplePage makes the plan and shows which account each person becomes, to be edited in place. Without
// accounts it goes straight on to the plan.
type peoplePage struct {
	m       *Model
	content *job.Content
	task    *task
	err     error
	plan    *Plan
	at      int    // the target whose accounts are shown
	only    string // action that is shown, "" all
	list    []people.Entry
	t       table
}

// edit is what was changed by hand about a person.
type edit struct{ action, account, email string }

var peopleActions = []string{people.Create, people.Existing, people.Placeholder, people.Bot, people.Merge}

func newPeople(m *Model, c *job.Content) *peoplePage { return &peoplePage{m: m, content: c} }

func (p *peoplePage) start() tea.Cmd {
	t, cmd := p.m.begin(false, planning(p.m.o.Ferry, p.m.choice))
	p.task = t
	return cmd
}

func (p *peoplePage) stop() {
	if p.task != nil {
		p.task.cancel()
	}
}

func (p *peoplePage) name() string { return "people" }
func (p *peoplePage) step() int    { return 5 }
func (p *peoplePage) typing() bool { return false }

func (p *peoplePage) keys() []hint {
	if p.plan == nil {
		return nil
	}
	list := []hint{{"enter", "key.edit"}, {"c", "key.next"}, {"f", "key.filter"}}
	if len(p.plan.Accounts) > 1 {
		list = append(list, hint{"tab", "key.target"})
	}
	return list
}

func (p *peoplePage) press(k key) (tea.Cmd, bool) {
	if p.plan == nil {
		return nil, false
	}
	switch k.name {
	case "c", "ctrl+n":
		return p.m.push(newPlan(p.m, p.content, *p.plan)), true
	case "tab":
		p.at = (p.at + 1) % len(p.plan.Accounts)
		p.fill()
		return nil, true
	case "f":
		all := append([]string{""}, peopleActions...)
		p.only = all[(slices.Index(all, p.only)+1)%len(all)]
		p.fill()
		return nil, true
	case "enter":
		return p.edit(), true
	}
	return nil, p.t.press(k, len(p.list))
}

func (p *peoplePage) edit() tea.Cmd {
	if p.t.cur >= len(p.list) {
		return nil
	}
	return p.m.push(newPerson(p, p.list[p.t.cur]))
}

// fill makes the list anew.
func (p *peoplePage) fill() {
	p.list = p.list[:0]
	for _, e := range p.plan.Accounts[p.at].Map.Entries() {
		if p.only == "" || e.Action == p.only {
			p.list = append(p.list, e)
		}
	}
	slices.SortStableFunc(p.list, func(a, b people.Entry) int { return cmp.Compare(a.Name, b.Name) })
}

func (p *peoplePage) got(msg tea.Msg) tea.Cmd {
	t, ok := msg.(taskMsg)
	if !ok || p.task == nil || t.id != p.task.id || t.done == nil {
		return nil
	}
	r, ok := t.done.(planMsg)
	if !ok {
		return nil
	}
	p.task = nil
	if p.err = r.err; r.err != nil {
		return nil
	}
	p.plan = &r.plan
	p.m.edited(p.plan)
	if len(p.plan.Accounts) > 0 {
		p.fill()
		return nil
	}
	if p.m.page() != page(p) { // a help page is open: the plan waits below it
		return nil
	}
	p.m.drop()
	return p.m.push(newPlan(p.m, p.content, r.plan))
}

func (p *peoplePage) draw(v *view) {
	switch {
	case p.err != nil:
		drawError(v, p.err)
		return
	case p.plan == nil:
		v.para(v.st.Plain, 0, v.tx.say("people.reading"), 3)
		v.gap()
		drawProgress(v, p.task)
		return
	case len(p.plan.Accounts) == 0:
		v.para(v.st.Plain, 0, v.tx.say("people.noaccounts"), 2)
		return
	}
	a := p.plan.Accounts[p.at]
	v.para(v.st.Plain, 0, v.tx.say("people.lead", "target", a.Sink), 3)
	what := v.tx.say("people.all")
	if p.only != "" {
		what = v.tx.say("action." + p.only)
	}
	v.line(v.st.Dim, v.tx.say("people.shown", "n", safe.Count(int64(len(p.list))), "of", safe.Count(int64(a.Map.Len())), "what", what))
	v.tightGap()
	cols := []column{{head: v.tx.say("people.name"), width: 20}, {head: v.tx.say("people.kind"), width: 9, from: 100}, {head: v.tx.say("people.source"), width: 26, from: 120},
		{head: v.tx.say("people.action"), width: 12}, {head: v.tx.say("people.account"), width: 0}, {head: v.tx.say("people.email"), width: 36, from: 100}}
	p.t.draw(v, v.left()-1, cols, len(p.list), func(i int) row {
		e := p.list[i]
		style := v.st.Plain
		if e.Action == people.Placeholder {
			style = v.st.Dim
		}
		return row{[]string{cmp.Or(e.Name, e.Key), v.tx.word("kind.", e.Kind), e.SourceEmail, v.tx.say("action." + e.Action), e.Account, e.Email}, style}
	}, p.edit)
	v.line(v.st.Dim, p.t.place(len(p.list)))
}

// edit changes what becomes of a person, and keeps that for later plans.
func (m *Model) edit(a job.Accounts, key string, e edit) error {
	if err := a.Map.Edit(key, e.action, e.account, e.email); err != nil {
		return err
	}
	if m.edits[a.Sink] == nil {
		m.edits[a.Sink] = map[string]edit{}
	}
	m.edits[a.Sink][key] = e
	return nil
}

// edited brings what was edited in earlier plans into another.
func (m *Model) edited(p *Plan) {
	for _, a := range p.Accounts {
		for _, key := range slices.Sorted(maps.Keys(m.edits[a.Sink])) {
			e := m.edits[a.Sink][key]
			if err := a.Map.Edit(key, e.action, e.account, e.email); err != nil {
				m.fail(err)
			}
		}
	}
}

// personPage edits one row of the map.
type personPage struct {
	p              *peoplePage
	e              people.Entry
	action         int
	account, email field
	cur            int
}

var personRows = []string{"action", "account", "email", "save"}

func newPerson(p *peoplePage, e people.Entry) *personPage {
	return &personPage{p: p, e: e, action: slices.Index(peopleActions, e.Action), account: newField(e.Account), email: newField(e.Email)}
}

func (p *personPage) name() string { return "person" }
func (p *personPage) step() int    { return 0 }
func (p *personPage) typing() bool { return p.cur == 1 || p.cur == 2 }

func (p *personPage) keys() []hint {
	if p.cur == 0 {
		return []hint{{" ", "key.switch"}, {"up/down", "key.field"}, {"enter", "key.down"}}
	}
	return []hint{{"enter", "key.down"}, {"up/down", "key.field"}}
}

func (p *personPage) press(k key) (tea.Cmd, bool) {
	n := len(peopleActions)
	switch {
	case k.name == "up" || k.name == "shift+tab":
		p.cur = max(0, p.cur-1)
	case k.name == "down" || k.name == "tab", k.name == "enter" && p.cur < 3:
		p.cur = min(len(personRows)-1, p.cur+1)
	case k.name == "enter":
		return p.save(), true
	case p.cur == 0 && (k.name == " " || k.name == "right"):
		p.action = (p.action + 1) % n
	case p.cur == 0 && k.name == "left":
		p.action = (p.action + n - 1) % n
	case p.cur == 1:
		return nil, p.account.press(k)
	case p.cur == 2:
		return nil, p.email.press(k)
	default:
		return nil, false
	}
	return nil, true
}

// save changes the map, or says why it may not be so.
func (p *personPage) save() tea.Cmd {
	m, a := p.p.m, p.p.plan.Accounts[p.p.at]
	e := edit{peopleActions[p.action], p.account.value(), p.email.value()}
	if err := m.edit(a, p.e.Key, e); err != nil {
		m.fail(err)
		return nil
	}
	p.p.fill()
	m.drop()
	return nil
}

func (p *personPage) got(tea.Msg) tea.Cmd { return nil }

func (p *personPage) draw(v *view) {
	v.line(v.st.Title, cmp.Or(p.e.Name, p.e.Key))
	v.line(v.st.Dim, v.tx.say("person.source", "kind", v.tx.word("kind.", p.e.Kind), "email", cmp.Or(p.e.SourceEmail, "-"), "key", p.e.Key))
	v.gap()
	for i, name := range personRows {
		mark, style := "", v.st.Plain
		if i == p.cur {
			mark, style = v.st.Mark, v.st.Chosen
		}
		if name == "save" {
			v.gap()
			v.cells(cell{style, mark, 2, false}, cell{style, v.tx.say("button.save"), safe.Width(v.tx.say("button.save")), false})
		} else {
			v.cells(cell{style, mark, 2, false}, cell{style, v.tx.say("person." + name), 16, false})
			switch i {
			case 0:
				v.lines[len(v.lines)-1] += " < " + v.tx.say("action."+peopleActions[p.action]) + " >"
			case 1:
				v.lines[len(v.lines)-1] += " " + p.account.draw(v.st, min(v.width-19, 64), i == p.cur)
			case 2:
				v.lines[len(v.lines)-1] += " " + p.email.draw(v.st, min(v.width-19, 64), i == p.cur)
			}
		}
		v.click(0, v.width, func() tea.Cmd {
			p.cur = i
			if name == "save" {
				return p.save()
			}
			return nil
		})
	}
	v.gap()
	v.para(v.st.Dim, 0, v.tx.say("action."+peopleActions[p.action]+".about"), v.left())
}
