package tui

import (
	"cmp"
	"context"
	"errors"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
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
	seen    map[progress.Reject]bool // those kept
	more    int64                    // rejects beyond those kept
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
	p := &runPage{m: m, out: out, file: file, level: 1, seen: map[progress.Reject]bool{}}
	p.units.at = map[string]int{}
	return p
}

// newCheck reads the targets of a finished run back.
func newCheck(m *Model, out string) *runPage {
	p := newRun(m, out, "")
	p.check, p.tab = true, 2 // nothing is delivered: the log says what goes on
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
	p.rejects, p.seen, p.more = nil, map[progress.Reject]bool{}, 0
	config := p.m.o.Config
	return tea.Batch(p.before(), cmd, func() tea.Msg { return rememberMsg{remember(config, out)} })
}

// before reads from the books what could not be read before the run was interrupted: nobody tells it again.
func (p *runPage) before() tea.Cmd {
	f, out := p.m.o.Ferry, p.out
	return func() tea.Msg {
		msg := beforeMsg{of: p}
		if past, err := f.Open(out); err == nil && !past.Folder.Done {
			msg.list, _ = f.Exceptions(out, ledger.Rejected) // a list to look at; the run itself finds faults
		}
		return msg
	}
}

// beforeMsg is what could not be read in the part of a run before it was interrupted.
type beforeMsg struct {
	of   *runPage
	list []ledger.Exception
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
	case 2:
		list = append(list, hint{"v", "key.level"})
	}
	return append(list, hint{"l", "key.losses"}, hint{"m", "key.media"})
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
	case "m":
		return readMedia(p.m, p, p.out), true
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
	case beforeMsg:
		if msg.of == p {
			for _, x := range msg.list {
				p.refuse(progress.Reject{Shard: x.Shard, Reason: x.Reason, File: x.File, Index: x.Index})
			}
		}
	case rememberMsg:
		p.m.fail(msg.err)
	case taskMsg:
		if p.task == nil || msg.id != p.task.id {
			return nil
		}
		switch {
		case msg.events != nil:
			for i := range msg.events {
				p.event(&msg.events[i])
			}
			p.more += msg.more
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
		p.refuse(*e.Reject)
	case e.Ended != nil:
		p.keep(*e.Ended)
	case e.Log != nil:
		p.log = append(p.log, logLine{e.Log.Level, e.Log.Text})
		p.log = p.log[max(0, len(p.log)-logKept):]
	}
}

// refuse lists a record that could not be read, once.
func (p *runPage) refuse(r progress.Reject) {
	switch {
	case p.seen[r]:
	case len(p.rejects) < rejectsKept:
		p.rejects, p.seen[r] = append(p.rejects, r), true
	default:
		p.more++
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
