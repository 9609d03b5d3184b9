package tui

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// targetPage chooses where the history goes, with what each target cannot hold.
type targetPage struct {
	m       *Model
	content *job.Content
	counter *counter
	targets []Target
	chosen  map[string]bool
	out     field
	fields  map[string]*field // settings, "mattermost.team"
	cur     int
	shown   table // of the rows, on a low terminal
}

// outMsg is a folder that is free.
type outMsg struct{ path string }

func newTarget(m *Model, c *job.Content, count *counter) *targetPage {
	p := &targetPage{m: m, content: c, counter: count, targets: m.o.Ferry.Targets(), chosen: map[string]bool{}, fields: map[string]*field{}}
	for _, name := range m.choice.Targets {
		p.chosen[name] = true
	}
	for _, t := range p.targets {
		for _, s := range t.Settings {
			f := newField(cmp.Or(m.choice.Settings[t.Name+"."+s.Name], preset(m, s)))
			p.fields[t.Name+"."+s.Name] = &f
		}
	}
	p.out.set(m.choice.Out)
	return p
}

// preset is the value that a setting begins with: the language of the screen where there is a choice of
// languages, and in other choices the default.
func preset(m *Model, s plugin.Setting) string {
	list := choices(&s)
	switch {
	case s.Name == "language" && slices.Contains(list, m.tx.Language):
		return m.tx.Language
	case len(list) > 0:
		return cmp.Or(s.Default, list[0])
	}
	return ""
}

// choices are what a setting can be; nil when it is written.
func choices(s *plugin.Setting) []string {
	if s.Type == "bool" {
		return []string{"false", "true"}
	}
	return s.Choices
}

// choiceName is how a choice is called for people.
func choiceName(tx *Texts, choice string) string {
	switch choice {
	case "true":
		return tx.say("plain.yes")
	case "false":
		return tx.say("plain.no")
	}
	return choice
}

func (p *targetPage) start() tea.Cmd {
	var cmds []tea.Cmd
	if p.counter.plan == nil && p.counter.task == nil {
		cmds = append(cmds, p.counter.count())
	}
	if p.out.value() == "" {
		cmds = append(cmds, freeFolder(p.m.choice.Path))
	}
	return tea.Batch(cmds...)
}

// freeFolder finds a name beside the dump for the output that nothing has yet.
func freeFolder(dump string) tea.Cmd {
	return func() tea.Msg {
		base := strings.TrimSuffix(dump, filepath.Ext(dump)) + "-moved"
		path := base
		for n := 2; n < 1000; n++ {
			if _, err := os.Lstat(path); err != nil {
				break
			}
			path = base + "-" + strconv.Itoa(n)
		}
		return outMsg{path}
	}
}

func (p *targetPage) name() string { return "target" }
func (p *targetPage) step() int    { return 4 }

// rows are the targets, the folder, the settings of the chosen targets, and the button.
func (p *targetPage) rows() []string {
	var list, settings []string
	for _, t := range p.targets {
		list = append(list, t.Name)
		for _, s := range t.Settings {
			if p.chosen[t.Name] {
				settings = append(settings, t.Name+"."+s.Name)
			}
		}
	}
	return append(append(append(list, "/out"), settings...), "/next")
}

func (p *targetPage) row() string {
	rows := p.rows()
	p.cur = min(p.cur, len(rows)-1)
	return rows[p.cur]
}

func (p *targetPage) field() *field {
	if p.row() == "/out" {
		return &p.out
	}
	return p.fields[p.row()]
}

// setting is what a plugin says of the row; nil when it is no setting.
func (p *targetPage) setting(name string) *plugin.Setting {
	owner, setting, _ := strings.Cut(name, ".")
	for i := range p.targets {
		for k := range p.targets[i].Settings {
			if s := &p.targets[i].Settings[k]; p.targets[i].Name == owner && s.Name == setting {
				return s
			}
		}
	}
	return nil
}

// choices are what a row can be switched between.
func (p *targetPage) choices() []string {
	if s := p.setting(p.row()); s != nil {
		return choices(s)
	}
	return nil
}

func (p *targetPage) typing() bool { return p.field() != nil && p.choices() == nil }

func (p *targetPage) keys() []hint {
	switch {
	case p.cur < len(p.targets):
		return []hint{{"enter", "key.tick"}, {"l", "key.losses"}, {"up/down", "key.field"}, {"ctrl+n", "key.next"}}
	case p.choices() != nil:
		return []hint{{" ", "key.switch"}, {"enter", "key.down"}, {"up/down", "key.field"}, {"ctrl+n", "key.next"}}
	case p.typing():
		return []hint{{"enter", "key.down"}, {"up/down", "key.field"}, {"ctrl+n", "key.next"}}
	}
	return []hint{{"enter", "key.next"}, {"up/down", "key.field"}}
}

func (p *targetPage) press(k key) (tea.Cmd, bool) {
	switch k.name {
	case "up", "shift+tab":
		p.cur = max(0, p.cur-1)
		return nil, true
	case "down", "tab":
		p.cur = min(len(p.rows())-1, p.cur+1)
		return nil, true
	case "ctrl+n":
		return p.next(), true
	case "enter":
		return p.enter(), true
	}
	if p.cur < len(p.targets) {
		switch k.name {
		case " ":
			return p.enter(), true
		case "l":
			if p.counter.plan != nil {
				return p.m.push(newLosses(p.m, lossesOf(p.counter.plan.Losses, p.row()))), true
			}
			return nil, true
		}
		return nil, false
	}
	if list := p.choices(); list != nil {
		n, step := len(list), map[string]int{" ": 1, "right": 1, "left": -1}[k.name]
		p.field().set(list[(slices.Index(list, p.field().value())+step+n)%n])
		return nil, step != 0
	}
	if f := p.field(); f != nil {
		return nil, f.press(k)
	}
	return nil, false
}

func (p *targetPage) enter() tea.Cmd {
	switch {
	case p.cur < len(p.targets):
		name := p.row()
		p.chosen[name] = !p.chosen[name]
	case p.row() == "/next":
		return p.next()
	default:
		p.cur++
	}
	return nil
}

func (p *targetPage) next() tea.Cmd {
	c := &p.m.choice
	c.Targets, c.Out = nil, p.m.o.path(p.out.value())
	for _, t := range p.targets {
		if p.chosen[t.Name] {
			c.Targets = append(c.Targets, t.Name)
		}
	}
	for name, f := range p.fields {
		c.Settings[name] = f.value()
	}
	switch {
	case len(c.Targets) == 0:
		p.cur, p.m.notice, p.m.bad = 0, p.m.tx.say("target.none"), true
		return nil
	case c.Out == "":
		p.cur, p.m.notice, p.m.bad = len(p.targets), p.m.tx.say("target.noout"), true
		return nil
	}
	return p.m.push(newPeople(p.m, p.content))
}

func (p *targetPage) got(msg tea.Msg) tea.Cmd {
	if free, ok := msg.(outMsg); ok && p.out.value() == "" {
		p.out.set(free.path)
	}
	return nil
}

func (p *targetPage) draw(v *view) {
	v.para(v.st.Plain, 0, v.tx.say("target.lead"), 2)
	v.tightGap()
	rows := p.rows()
	p.shown.cur = p.cur
	from, to := p.shown.window(len(rows), v.left()-3)
	for i := from; i < to; i++ {
		p.drawRow(v, i, rows[i])
		v.click(0, v.width, func() tea.Cmd {
			p.cur = i
			if i < len(p.targets) || rows[i] == "/next" {
				return p.enter()
			}
			return nil
		})
	}
	v.tightGap()
	p.about(v)
}

// labelWidth is the column of the names of settings.
const labelWidth = 22

func (p *targetPage) drawRow(v *view, i int, name string) {
	mark, style := "", v.st.Plain
	if i == p.cur {
		mark, style = v.st.Mark, v.st.Chosen
	}
	switch {
	case i < len(p.targets):
		sign := "[ ] "
		if p.chosen[name] {
			sign = "[x] "
		}
		v.cells(cell{style, mark, 2, false}, cell{style, sign + name, 18, false}, cell{v.st.Dim, " " + p.lossWord(v, name), v.width - 20, false})
	case name == "/next":
		v.tightGap()
		v.cells(cell{style, mark, 2, false}, cell{style, v.tx.say("button.plan"), safe.Width(v.tx.say("button.plan")), false})
	default:
		label, f := v.tx.say("target.out"), &p.out
		if s := p.setting(name); s != nil {
			label, f = settingName(v.tx, name), p.fields[name]
		}
		v.cells(cell{style, mark, 2, false}, cell{style, label, labelWidth, false})
		if s := p.setting(name); s != nil && choices(s) != nil {
			v.lines[len(v.lines)-1] += " < " + safe.Line(choiceName(v.tx, f.value()), v.width-30) + " >"
			return
		}
		v.lines[len(v.lines)-1] += " " + f.draw(v.st, min(v.width-labelWidth-3, 70), i == p.cur)
	}
}

// settingName puts "html.title" into words.
func settingName(tx *Texts, name string) string {
	owner, setting, _ := strings.Cut(name, ".")
	if tx.has("setting." + name) {
		return tx.say("setting." + name)
	}
	return safe.Text(owner + ": " + tx.word("setting.", setting))
}

// settingAbout tells what a setting does, and what holds when nothing is written.
func settingAbout(tx *Texts, name string, s *plugin.Setting) string {
	_, setting, _ := strings.Cut(name, ".")
	about := s.Help
	for _, key := range []string{"setting." + setting + ".about", "setting." + name + ".about"} {
		if tx.has(key) {
			about = tx.say(key)
		}
	}
	switch {
	case choices(s) != nil:
		about += " " + tx.say("setting.switch")
	case s.Default != "":
		about += " " + tx.say("setting.default", "value", s.Default)
	}
	return about
}

// targetAbout tells what a target is.
func targetAbout(tx *Texts, t Target) string {
	if tx.has("target." + t.Name + ".about") {
		return tx.say("target." + t.Name + ".about")
	}
	return safe.Text(t.Summary)
}

// lossWord says in a few words what a target loses.
func (p *targetPage) lossWord(v *view, name string) string {
	if p.counter.plan == nil {
		text, _ := p.counter.words(v, p.content.Inventory.Messages)
		return text
	}
	n := len(lossesOf(p.counter.plan.Losses, name))
	if n == 0 {
		return v.tx.say("target.all")
	}
	return v.tx.say("target.some", "n", safe.Count(int64(n)))
}

// about tells of the row that is chosen: what a target loses, or what a setting does.
func (p *targetPage) about(v *view) {
	name := p.row()
	if p.cur >= len(p.targets) {
		switch {
		case name == "/out":
			v.para(v.st.Dim, 0, v.tx.say("target.out.about"), v.left())
		case name != "/next":
			v.para(v.st.Dim, 0, settingAbout(v.tx, name, p.setting(name)), v.left())
		}
		return
	}
	v.para(v.st.Dim, 0, targetAbout(v.tx, p.targets[p.cur]), 2)
	if p.counter.plan == nil {
		return
	}
	losses := lossesOf(p.counter.plan.Losses, name)
	if len(losses) == 0 {
		v.para(v.st.Good, 0, v.tx.say("target.all.about"), 2)
		return
	}
	v.para(v.st.Warn, 0, v.tx.say("target.some.about", "name", name), 2)
	for _, l := range losses[:min(len(losses), max(0, v.left()-1))] {
		v.line(v.st.Plain, "  "+lossLine(v.tx, l))
	}
}

// lossesOf are the losses of one target, what touches most records first among messages, then the rest.
func lossesOf(all []report.LossRow, name string) []report.LossRow {
	var list []report.LossRow
	for _, l := range all {
		if l.Sink == name {
			list = append(list, l)
		}
	}
	sortLosses(list)
	return list
}
