package tui

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/safe"
)

// keepPage is the form that says what to keep, with a count of what that is.
type keepPage struct {
	m       *Model
	content *job.Content
	cur     int
	fields  map[string]*field
	only    bool // messages with attachments only
	counter counter
}

// keepRows are the rows of the form; the last one goes on.
var keepRows = []string{"since", "until", "conversations", "people", "departments", "kinds", "keywords", "attachments", "next"}

// recountAfter is how long the form waits for the next key before it counts.
const recountAfter = 600 * time.Millisecond

// counter counts what a choice keeps and what its targets lose, one choice at a time.
type counter struct {
	m     *Model
	rules filter.Rules
	task  *task
	plan  *Plan // for rules, nil until counted
	err   error
	turn  int // of the last change
}

// recountMsg says that a form has been left alone since its turn.
type recountMsg struct{ turn int }

// planMsg is a forecast.
type planMsg struct {
	plan Plan
	err  error
}

func newKeep(m *Model, c *job.Content) *keepPage {
	p := &keepPage{m: m, content: c, fields: map[string]*field{}, counter: counter{m: m}}
	for _, name := range keepRows[:7] {
		p.fields[name] = &field{}
	}
	r := m.choice.Rules
	p.fields["since"].set(r.Since)
	p.fields["until"].set(r.Until)
	p.only = r.WithAttachments
	for name, list := range map[string][]string{"conversations": r.Conversations, "people": r.People, "departments": r.Departments, "kinds": r.Kinds, "keywords": r.Keywords} {
		p.fields[name].set(strings.Join(list, ", "))
	}
	return p
}

func (p *keepPage) name() string { return "keep" }
func (p *keepPage) step() int    { return 3 }
func (p *keepPage) row() string  { return keepRows[p.cur] }
func (p *keepPage) typing() bool { return p.fields[p.row()] != nil }

// choosable tells whether a row has a list to choose from.
func (p *keepPage) choosable() bool {
	switch p.row() {
	case "conversations", "people", "kinds":
		return true
	}
	return p.row() == "departments" && len(p.content.Departments) > 0
}

func (p *keepPage) keys() []hint {
	switch {
	case p.choosable():
		return []hint{{"enter", "key.list"}, {"up/down", "key.field"}, {"ctrl+n", "key.next"}}
	case p.row() == "attachments":
		return []hint{{" ", "key.switch"}, {"up/down", "key.field"}, {"ctrl+n", "key.next"}}
	}
	return []hint{{"enter", "key.next"}, {"up/down", "key.field"}}
}

func (p *keepPage) start() tea.Cmd { return p.counter.change(p.rules()) }
func (p *keepPage) stop()          { p.counter.stop() }

func (p *keepPage) press(k key) (tea.Cmd, bool) {
	switch k.name {
	case "up", "shift+tab":
		p.cur = max(0, p.cur-1)
		return nil, true
	case "down", "tab":
		p.cur = min(len(keepRows)-1, p.cur+1)
		return nil, true
	case "ctrl+n":
		return p.next(), true
	case "enter":
		return p.enter(), true
	}
	if p.row() == "attachments" && (k.name == " " || k.name == "left" || k.name == "right") {
		p.only = !p.only
		return p.counter.change(p.rules()), true
	}
	if f := p.fields[p.row()]; f != nil && f.press(k) {
		return p.counter.change(p.rules()), true
	}
	return nil, false
}

func (p *keepPage) enter() tea.Cmd {
	switch {
	case p.row() == "next":
		return p.next()
	case p.row() == "attachments":
		p.only = !p.only
		return p.counter.change(p.rules())
	case p.choosable():
		return p.m.push(newChoose(p.m, p.row(), p.items(), splitList(p.fields[p.row()].value()), p.chosen(p.row())))
	}
	p.cur++
	return nil
}

// items are what a row can be chosen from.
func (p *keepPage) items() []job.Item {
	switch p.row() {
	case "conversations":
		return p.content.Conversations
	case "people":
		return p.content.People
	case "departments":
		return p.content.Departments
	}
	list := slices.Clone(p.content.Kinds)
	for i := range list {
		list[i].Name = p.m.tx.word("kind.", list[i].Ref)
	}
	return list
}

// chosen takes what was chosen from the list for a row.
func (p *keepPage) chosen(name string) func([]string) tea.Cmd {
	return func(refs []string) tea.Cmd {
		p.fields[name].set(strings.Join(refs, ", "))
		return p.counter.change(p.rules())
	}
}

// splitList reads a list that is written with commas.
func splitList(s string) []string {
	var list []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '，' || r == '、' }) {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

func (p *keepPage) rules() filter.Rules {
	text := func(name string) string { return p.fields[name].value() }
	return filter.Rules{Since: text("since"), Until: text("until"), Zone: "UTC", Match: "fold", WithAttachments: p.only,
		Conversations: splitList(text("conversations")), People: splitList(text("people")), Departments: splitList(text("departments")),
		Kinds: splitList(text("kinds")), Keywords: splitList(text("keywords"))}
}

// next goes on to the targets, unless the form has a mistake.
func (p *keepPage) next() tea.Cmd {
	p.m.choice.Rules = p.rules()
	if p.counter.err != nil && reflect.DeepEqual(p.counter.rules, p.rules()) {
		p.m.fail(p.counter.err)
		return nil
	}
	return p.m.push(newTarget(p.m, p.content, &p.counter))
}

func (p *keepPage) got(msg tea.Msg) tea.Cmd { return p.counter.got(msg) }

// change stops a count of other rules and begins a new one when no key follows.
func (c *counter) change(r filter.Rules) tea.Cmd {
	if (c.plan != nil || c.task != nil) && reflect.DeepEqual(r, c.rules) {
		return nil
	}
	c.stop()
	c.rules, c.plan, c.err = r, nil, nil
	c.turn++
	turn := c.turn
	return tea.Tick(c.m.pause, func(time.Time) tea.Msg { return recountMsg{turn} })
}

func (c *counter) stop() {
	if c.task != nil {
		c.task.cancel()
		c.task = nil
	}
}

func (c *counter) got(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case recountMsg:
		if msg.turn == c.turn && c.plan == nil && c.task == nil {
			return c.count()
		}
	case taskMsg:
		if r, ok := msg.done.(planMsg); ok && c.task != nil && msg.id == c.task.id {
			c.task, c.err = nil, r.err
			if r.err == nil {
				c.plan = &r.plan
			}
		}
	}
	return nil
}

// count plans the rules for every target there is, so that one reading answers for all of them.
func (c *counter) count() tea.Cmd {
	t, cmd := c.m.begin(false, planning(c.m.o.Ferry, c.choice()))
	c.task = t
	return cmd
}

func (c *counter) choice() Choice {
	choice := c.m.choice
	choice.Rules, choice.Targets = c.rules, nil
	for _, t := range c.m.o.Ferry.Targets() {
		choice.Targets = append(choice.Targets, t.Name)
	}
	return choice
}

// planning is the work of a forecast.
func planning(f Ferry, c Choice) func(context.Context, progress.Printer) tea.Msg {
	return func(ctx context.Context, show progress.Printer) tea.Msg {
		plan, err := f.Plan(ctx, c, show)
		return planMsg{plan, err}
	}
}

// words say how the count stands.
func (c *counter) words(v *view, of int64) (string, bool) {
	switch {
	case c.err != nil:
		var bad *fault.Error
		if errors.As(c.err, &bad) && bad.Err != nil && v.tx.has("keep."+bad.Subject+".about") {
			return v.tx.say("keep."+bad.Subject) + ": " + safe.Text(bad.Err.Error()), false
		}
		return v.tx.say("error", "error", c.err.Error()), false
	case c.plan != nil:
		i := &c.plan.Inventory
		return v.tx.say("keep.count", "n", safe.Count(i.Messages), "of", safe.Count(of), "files", safe.Count(i.Attachments)), true
	case c.task != nil && c.task.known && c.task.last.Percent >= 0:
		return v.tx.say("keep.counting", "percent", safe.Count(int64(c.task.last.Percent))), true
	}
	return v.tx.say("keep.counting", "percent", "0"), true
}

func (p *keepPage) draw(v *view) {
	v.para(v.st.Plain, 0, v.tx.say("keep.lead"), 2)
	v.tightGap()
	label := 26
	if v.width < 70 {
		label = 20
	}
	for i, name := range keepRows {
		mark, style := "", v.st.Plain
		if i == p.cur {
			mark, style = v.st.Mark, v.st.Chosen
		}
		if name == "next" {
			v.tightGap()
			v.cells(cell{style, mark, 2, false}, cell{style, v.tx.say("button.next"), safe.Width(v.tx.say("button.next")), false})
		} else {
			v.cells(cell{style, mark, 2, false}, cell{style, v.tx.say("keep." + name), label - 2, false})
			effect := p.effect(v, name)
			v.lines[len(v.lines)-1] += " " + p.value(v, name, i == p.cur, v.width-label-1-effectWidth) + " " + render(v.st.Warn, safe.Line(effect, effectWidth-1))
		}
		v.click(0, v.width, func() tea.Cmd {
			if p.cur == i || name == "next" {
				p.cur = i
				return p.enter()
			}
			p.cur = i
			return nil
		})
	}
	v.tightGap()
	words, good := p.counter.words(v, p.content.Inventory.Messages)
	style := v.st.Good
	if !good {
		style = v.st.Bad
	}
	v.para(style, 0, words, 3)
	if v.left() > 0 {
		v.para(v.st.Dim, 0, v.tx.say("keep."+p.row()+".about"), v.left())
	}
}

// effectWidth is the column that says what a row leaves out.
const effectWidth = 17

// effect says how much the rule of a row leaves out, once that is counted.
func (p *keepPage) effect(v *view, name string) string {
	if p.counter.plan == nil {
		return ""
	}
	if name == "attachments" {
		name = "with_attachments"
	}
	for _, r := range p.counter.plan.FilteredBy {
		if r.Rule[strings.LastIndexByte(r.Rule, '/')+1:] == name {
			return v.tx.say("keep.effect", "n", safe.Count(r.Count))
		}
	}
	return ""
}

// value draws what stands in a row.
func (p *keepPage) value(v *view, name string, active bool, width int) string {
	if name == "attachments" {
		sign := "[ ]"
		if p.only {
			sign = "[x]"
		}
		return render(v.st.Plain, sign)
	}
	return p.fields[name].draw(v.st, min(width, 60), active)
}
