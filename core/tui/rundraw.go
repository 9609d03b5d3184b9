package tui

import (
	"cmp"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

func (p *runPage) draw(v *view) {
	p.drawState(v)
	p.drawCounts(v)
	v.tightGap()
	used := 0
	var tabs []cell
	for i, name := range runTabs {
		style := v.st.Dim
		text := v.tx.say("run."+name, "n", safe.Count(p.tabCount(i)))
		if i == p.tab {
			style = v.st.Chosen
			text = "[" + text + "]"
		} else {
			text = " " + text + " "
		}
		tabs = append(tabs, cell{style, text, safe.Width(text), false}, cell{v.st.Plain, "", 1, false})
	}
	v.cells(tabs...)
	for i := range runTabs {
		w := tabs[2*i].width
		v.click(used, used+w, func() tea.Cmd { p.tab = i; return nil })
		used += w + 1
	}
	switch p.tab {
	case 0:
		p.units.draw(v)
	case 1:
		p.drawRejects(v)
	case 2:
		p.drawLog(v)
	}
}

func (p *runPage) tabCount(i int) int64 {
	switch i {
	case 0:
		return int64(len(p.units.list))
	case 1:
		return int64(len(p.rejects)) + p.more
	}
	return int64(len(p.log))
}

// drawState is what is going on, in a sentence, with a bar.
func (p *runPage) drawState(v *view) {
	style := map[runState]lipgloss.Style{running: v.st.Title, stopping: v.st.Warn, paused: v.st.Warn, failed: v.st.Bad, finished: v.st.Good}[p.state]
	text := v.tx.say("run." + string(p.state))
	if p.state == running {
		text = v.tx.word("stage.", string(cmp.Or(p.stage, "start")))
	}
	v.para(style, 0, text, 3)
	if p.err != nil {
		v.para(v.st.Bad, 0, p.err.Error(), 3)
		if hint := fault.HintOf(p.err); hint != "" {
			v.para(v.st.Plain, 0, v.tx.say("error.hint", "hint", hint), 3)
		}
		return
	}
	part, known := 0.0, false
	switch {
	case p.state == finished, p.stage == progress.Finish, p.stage == progress.ReadBack:
		part, known = 1, true
	case p.copied.Percent >= 0 && p.copied.Stage != "":
		part, known = p.copied.Percent/100, true
	}
	if known && !p.check {
		percent := safe.Count(int64(part*100)) + "%"
		v.lines = append(v.lines, v.st.bar(part, max(10, v.width-6))+" "+percent)
	}
}

// drawCounts are the numbers of copying.
func (p *runPage) drawCounts(v *view) {
	s := p.copied
	if t := p.task; t != nil && t.known && (p.stage == progress.ReadBack || p.stage == progress.Finish) {
		v.line(v.st.Plain, v.tx.say("run.elapsed", "elapsed", progress.Clock(t.last.Elapsed)))
	}
	if s.Stage == "" && p.check {
		return
	}
	if s.Stage == "" {
		v.line(v.st.Dim, v.tx.say("starting"))
		return
	}
	left := "-"
	if s.LeftKnown {
		left = progress.Clock(s.Left)
	}
	if p.state == running && p.stage == progress.Copy {
		v.line(v.st.Plain, v.tx.say("run.speed", "rate", safe.Count(int64(s.PerSecond)), "bytes", report.Bytes(int64(s.BytesRate)), "elapsed", progress.Clock(s.Elapsed), "left", left))
	} else {
		v.line(v.st.Plain, v.tx.say("run.took", "elapsed", progress.Clock(s.Elapsed)))
	}
	v.line(v.st.Plain, v.tx.say("run.counts", "read", safe.Count(s.Read), "delivered", safe.Count(s.Delivered), "filtered", safe.Count(s.Filtered), "duplicate", safe.Count(s.Duplicate)))
	style := v.st.Dim
	if s.Rejected > 0 {
		style = v.st.Warn
	}
	v.line(style, v.tx.say("run.trouble", "rejected", safe.Count(s.Rejected), "losses", safe.Count(s.Losses), "media", safe.Count(s.Media), "bytes", report.Bytes(s.MediaBytes)))
}

func (p *runPage) drawRejects(v *view) {
	if len(p.rejects) == 0 {
		v.para(v.st.Good, 0, v.tx.say("run.norejects"), 2)
		return
	}
	p.tables[1].draw(v, v.left()-1, []column{{head: v.tx.say("reject.reason"), width: 28}, {head: v.tx.say("reject.file")}}, len(p.rejects), func(i int) row {
		r := p.rejects[i]
		return row{[]string{v.tx.word("reason.", r.Reason), strings.TrimSuffix(r.File+" "+r.Index, " ")}, v.st.Warn}
	}, p.enter)
	v.line(v.st.Dim, p.tables[1].place(len(p.rejects)))
}

func (p *runPage) drawLog(v *view) {
	lines := p.logged()
	v.line(v.st.Dim, v.tx.say("run.level", "level", v.tx.say("level."+progress.Levels()[p.level])))
	if len(lines) == 0 {
		v.para(v.st.Dim, 0, v.tx.say("run.nolog"), 2)
		return
	}
	p.tables[2].draw(v, v.left(), []column{{width: 10}, {}}, len(lines), func(i int) row {
		l := lines[i]
		style := map[progress.Level]lipgloss.Style{progress.Warn: v.st.Warn, progress.Error: v.st.Bad, progress.Debug: v.st.Dim, progress.Info: v.st.Plain}[l.level]
		return row{[]string{v.tx.say("level." + string(l.level)), l.text}, style}
	}, nil)
}
