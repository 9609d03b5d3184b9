package tui

import (
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// planPage shows what will happen before it does: numbers, losses, the files, and the pipeline file.
type planPage struct {
	m       *Model
	content *job.Content
	plan    Plan
	top     int
	shown   int
}

// savedMsg says that the pipeline file is written.
type savedMsg struct {
	path string
	err  error
	run  bool // begin the run
}

func newPlan(m *Model, c *job.Content, plan Plan) *planPage {
	return &planPage{m: m, content: c, plan: plan}
}

func (p *planPage) name() string { return "plan" }
func (p *planPage) step() int    { return 6 }
func (p *planPage) typing() bool { return false }
func (p *planPage) keys() []hint {
	return []hint{{"enter", "key.startrun"}, {"up/down", "key.scroll"}, {"l", "key.losses"}, {"s", "key.savefile"}}
}

func (p *planPage) press(k key) (tea.Cmd, bool) {
	switch k.name {
	case "enter":
		return p.m.push(newConfirm(p.m, "start", func() tea.Cmd { return p.save(true) })), true
	case "s":
		return p.save(false), true
	case "l":
		list := append([]report.LossRow{}, p.plan.Losses...)
		sortLosses(list)
		return p.m.push(newLosses(p.m, list)), true
	case "up", "k":
		p.top--
	case "down", "j":
		p.top++
	case "pgup":
		p.top -= p.shown
	case "pgdown", " ":
		p.top += p.shown
	case "home", "g":
		p.top = 0
	default:
		return nil, false
	}
	p.top = max(0, p.top)
	return nil, true
}

// save writes the pipeline file, and the accounts where they were edited.
func (p *planPage) save(run bool) tea.Cmd {
	f, c, plan, edited := p.m.o.Ferry, p.m.choice, p.plan, len(p.m.edits) > 0
	return func() tea.Msg {
		path, err := f.Save(c, plan, edited)
		return savedMsg{path, err, run}
	}
}

func (p *planPage) got(msg tea.Msg) tea.Cmd {
	saved, ok := msg.(savedMsg)
	if !ok {
		return nil
	}
	switch {
	case saved.err != nil:
		p.m.fail(saved.err)
	case saved.run:
		return p.m.push(newRun(p.m, p.m.choice.Out, saved.path))
	default:
		p.m.say(p.m.tx.say("plan.saved", "path", saved.path))
	}
	return nil
}

func (p *planPage) draw(v *view) {
	all := &view{width: v.width, height: 1 << 20, st: v.st, tx: v.tx}
	all.para(v.st.Plain, 0, v.tx.say("plan.lead")+" "+v.tx.say("plan.press"), 0)
	p.body(all)
	p.shown = max(1, v.left()-1)
	p.top = max(0, min(p.top, len(all.lines)-p.shown))
	end := min(len(all.lines), p.top+p.shown)
	v.lines = append(v.lines, all.lines[p.top:end]...)
	if end < len(all.lines) {
		v.line(v.st.Dim, v.tx.say("plan.more", "n", safe.Count(int64(len(all.lines)-end))))
	}
}

func (p *planPage) body(v *view) {
	c, i := &p.m.choice, &p.plan.Inventory
	v.lines = append(v.lines, "")
	line := func(key, text string) {
		v.cells(cell{v.st.Head, v.tx.say("plan." + key), 16, false}, cell{v.st.Plain, text, v.width - 16, false})
	}
	line("from", c.Path)
	line("keep", v.tx.say("keep.count", "n", safe.Count(i.Messages), "of", safe.Count(p.content.Inventory.Messages), "files", safe.Count(i.Attachments)))
	for _, r := range p.plan.FilteredBy {
		rule := r.Rule[strings.LastIndexByte(r.Rule, '/')+1:]
		line("leftout", v.tx.say("plan.rule", "n", safe.Count(r.Count), "rule", v.tx.word("keep.", rule)))
	}
	line("to", strings.Join(c.Targets, ", "))
	line("into", c.Out)
	for _, name := range c.Targets {
		v.lines = append(v.lines, "")
		losses := lossesOf(p.plan.Losses, name)
		if len(losses) == 0 {
			v.line(v.st.Good, v.tx.say("plan.exact", "target", name))
			continue
		}
		v.line(v.st.Head, v.tx.say("plan.losses", "target", name, "n", safe.Count(int64(len(losses)))))
		for _, l := range losses[:min(len(losses), 8)] {
			v.line(v.st.Plain, "  "+lossLine(v.tx, l))
		}
		if len(losses) > 8 {
			v.line(v.st.Dim, "  "+v.tx.say("plan.morelosses", "n", safe.Count(int64(len(losses)-8))))
		}
	}
	v.lines = append(v.lines, "")
	v.line(v.st.Head, v.tx.say("plan.hcl"))
	v.para(v.st.Dim, 0, v.tx.say("plan.hcl.about", "name", filepath.Base(PipelineFile(c.Out))), 0)
	for l := range strings.Lines(p.plan.HCL) {
		v.para(v.st.Plain, 2, strings.TrimRight(l, "\n"), 0)
	}
}
