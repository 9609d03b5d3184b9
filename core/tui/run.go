package tui

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// runPage shows a run: how far it is, each unit, what could not be read, and the log.
type runPage struct {
	m       *Model
	out     string
	file    string // the pipeline file; "": as the last run into the folder
	check   bool   // reads back only
	task    *task
	state   runState
	err     error
	summary *report.Summary
	stage   progress.Stage
	copied  progress.Snapshot // the counts of copying, which the stages after it do not repeat
	units   units
	tab     int
	rejects []progress.Reject
	more    int64 // rejects beyond those kept
	log     []logLine
	level   int
	tables  [3]table
}

// runState is how a run stands.
type runState string

const (
	running  runState = "running"
	stopping runState = "stopping"
	paused   runState = "paused"
	failed   runState = "failed"
	finished runState = "finished"
)

// logLine is one line of the log.
type logLine struct {
	level progress.Level
	text  string
}

// What is kept to be shown; everything is in the books in any case.
const (
	rejectsKept = 5000
	logKept     = 2000
)

// runMsg is how a run ended.
type runMsg struct {
	summary report.Summary
	err     error
}

// rowsMsg are rows that were read from the books, to be shown on a page of their own.
type rowsMsg struct {
	of   page
	show func() page
	err  error
}

var runTabs = []string{"units", "rejects", "log"}

func newRun(m *Model, out, file string) *runPage {
	p := &runPage{m: m, out: out, file: file, level: 1}
	p.units.at = map[string]int{}
	return p
}

// newCheck reads the targets of a finished run back.
func newCheck(m *Model, out string) *runPage {
	p := newRun(m, out, "")
	p.check = true
	return p
}

func (p *runPage) start() tea.Cmd {
	f, out, file, check := p.m.o.Ferry, p.out, p.file, p.check
	t, cmd := p.m.begin(true, func(ctx context.Context, show progress.Printer) tea.Msg {
		var r runMsg
		if check {
			r.summary, r.err = f.Check(ctx, out, show)
		} else {
			r.summary, r.err = f.Run(ctx, out, file, show)
		}
		return r
	})
	p.task, p.state, p.err = t, running, nil
	p.rejects, p.more = nil, 0
	config := p.m.o.Config
	return tea.Batch(cmd, func() tea.Msg { return rememberMsg{remember(config, out)} })
}

// rememberMsg says that the list of recent folders was written.
type rememberMsg struct{ err error }

func (p *runPage) stop() {
	if p.task != nil {
		p.task.cancel()
	}
}

func (p *runPage) name() string {
	if p.check {
		return "check"
	}
	return "run"
}

func (p *runPage) step() int {
	if p.check {
		return 8
	}
	return 7
}

func (p *runPage) typing() bool { return p.units.typed && p.tab == 0 }

func (p *runPage) keys() []hint {
	var list []hint
	switch p.state {
	case running:
		list = append(list, hint{"p", "key.pause"})
	case paused, failed:
		list = append(list, hint{"p", "key.resume"})
	case finished:
		if p.tab != 1 || len(p.rejects) == 0 {
			list = append(list, hint{"enter", "key.result"})
		} else {
			list = append(list, hint{"r", "key.result"})
		}
	}
	if p.typing() {
		return []hint{{"enter", "key.use"}}
	}
	if p.tab == 1 && len(p.rejects) > 0 {
		list = append(list, hint{"enter", "key.open"})
	}
	list = append(list, hint{"tab", "key.view"})
	switch p.tab {
	case 0:
		list = append(list, hint{"s", "key.sort"}, hint{"/", "key.search"})
	case 1:
		list = append(list, hint{"l", "key.losses"})
	case 2:
		list = append(list, hint{"v", "key.level"})
	}
	return list
}

func (p *runPage) press(k key) (tea.Cmd, bool) {
	if p.typing() {
		return nil, p.units.pressSearch(k)
	}
	switch k.name {
	case "p":
		return p.pause(), true
	case "enter":
		return p.enter(), true
	case "r":
		return p.result(), true
	case "tab", "right":
		p.tab = (p.tab + 1) % len(runTabs)
		return nil, true
	case "shift+tab", "left":
		p.tab = (p.tab + len(runTabs) - 1) % len(runTabs)
		return nil, true
	case "1", "2", "3":
		p.tab = int(k.name[0] - '1')
		return nil, true
	case "l":
		return p.losses(), true
	case "v":
		p.level = (p.level + 1) % len(progress.Levels())
		return nil, true
	case "esc":
		return p.leave()
	}
	if p.tab == 0 && p.units.press(k) {
		return nil, true
	}
	return nil, p.tables[p.tab].press(k, p.rows())
}

// rows is how many rows the list of the present tab has.
func (p *runPage) rows() int {
	switch p.tab {
	case 1:
		return len(p.rejects)
	case 2:
		return len(p.logged())
	}
	return len(p.units.shown())
}

// pause ends the work at a safe point, or takes it up again.
func (p *runPage) pause() tea.Cmd {
	switch p.state {
	case running:
		p.state = stopping
		p.task.cancel()
	case paused, failed:
		return p.start()
	}
	return nil
}

func (p *runPage) enter() tea.Cmd {
	if p.tab == 1 && p.tables[1].cur < len(p.rejects) {
		return p.m.push(p.reject(p.rejects[p.tables[1].cur]))
	}
	return p.result()
}

// result shows what was proven, once there is something.
func (p *runPage) result() tea.Cmd {
	if p.state != finished {
		return nil
	}
	return p.m.push(newResult(p.m, p.out, *p.summary))
}

// leave goes home; what is at work is asked about first, and stopped.
func (p *runPage) leave() (tea.Cmd, bool) {
	if p.state == running || p.state == stopping {
		return p.m.push(newConfirm(p.m, "leave", p.m.home)), true
	}
	return p.m.home(), true
}

// losses reads from the books what the targets could not hold so far.
func (p *runPage) losses() tea.Cmd {
	f, out, m := p.m.o.Ferry, p.out, p.m
	return func() tea.Msg {
		list, err := f.Losses(out)
		sortLosses(list)
		return rowsMsg{p, func() page { return newLosses(m, list) }, err}
	}
}

// reject is a record in quarantine, opened.
func (p *runPage) reject(r progress.Reject) page {
	tx := p.m.tx
	return &textPage{title: "reject", lines: []textLine{
		{text: tx.word("reason.", r.Reason), head: true}, {text: ""},
		{text: tx.say("reject.where", "file", cmp.Or(r.File, "-"), "index", cmp.Or(r.Index, "-"))},
		{text: tx.say("reject.unit", "unit", p.units.label(r.Shard))},
		{text: ""}, {text: tx.say("reject.kept")}}}
}

func (p *runPage) got(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case rowsMsg:
		if msg.of != page(p) {
			return nil
		}
		if msg.err != nil {
			p.m.fail(msg.err)
			return nil
		}
		return p.m.push(msg.show())
	case rememberMsg:
		p.m.fail(msg.err)
	case taskMsg:
		if p.task == nil || msg.id != p.task.id {
			return nil
		}
		switch {
		case msg.event != nil:
			p.event(msg.event)
		case msg.tick != nil:
			p.units.tick(*msg.tick)
			p.keep(*msg.tick)
		case msg.done != nil:
			p.ended(msg.done.(runMsg))
		}
	}
	return nil
}

func (p *runPage) keep(s progress.Snapshot) {
	if s.Stage == progress.Copy {
		p.copied = s
	}
}

func (p *runPage) event(e *progress.Event) {
	switch {
	case e.Plan != nil:
		p.stage = e.Plan.Stage
		if len(e.Plan.Shards) > 0 && p.stage == progress.Copy {
			p.units.set(e.Plan.Shards)
		}
	case e.Shard != nil:
		p.units.change(e.Shard.ID, e.Shard.State)
	case e.Reject != nil:
		if len(p.rejects) < rejectsKept {
			p.rejects = append(p.rejects, *e.Reject)
		} else {
			p.more++
		}
	case e.Ended != nil:
		p.keep(*e.Ended)
	case e.Log != nil:
		p.log = append(p.log, logLine{e.Log.Level, e.Log.Text})
		p.log = p.log[max(0, len(p.log)-logKept):]
	}
}

func (p *runPage) ended(r runMsg) {
	p.task = nil
	switch {
	case errors.Is(r.err, context.Canceled):
		p.state = paused
	case r.err != nil:
		p.state, p.err = failed, r.err
	default:
		p.state, p.summary = finished, &r.summary
	}
	p.units.settle()
}

// logged are the lines of the log that are grave enough.
func (p *runPage) logged() []logLine {
	floor := progress.Level(progress.Levels()[p.level])
	return slices.DeleteFunc(slices.Clone(p.log), func(l logLine) bool { return !l.level.AtLeast(floor) })
}

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
		if hint := hintOf(p.err); hint != "" {
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

// exceptionText is one record of the books that did not simply arrive, opened.
func exceptionText(tx *Texts, x ledger.Exception, more []string) *textPage {
	p := &textPage{title: "record", lines: []textLine{{text: cmp.Or(x.Key, x.File), head: true}, {text: ""},
		{text: tx.say("record.verdict", "verdict", tx.word("exception.", x.Verdict), "reason", tx.word("reason.", x.Reason))}}}
	add := func(key, value string) {
		if value != "" {
			p.lines = append(p.lines, textLine{text: tx.say("record."+key, "value", value)})
		}
	}
	add("detail", x.Detail)
	add("sink", x.Sink)
	add("file", strings.TrimSpace(x.File+" "+x.Index))
	add("offset", x.Offset)
	add("blob", x.Blob)
	for _, l := range more {
		p.lines = append(p.lines, textLine{text: l, indent: 2})
	}
	return p
}
