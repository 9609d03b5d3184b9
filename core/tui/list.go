package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// listPage is a list of things that can be opened: losses, records, differences.
type listPage struct {
	m     *Model
	title string // catalogue
	lead  string
	cols  []column
	rows  []row
	opens []func() tea.Cmd // of each row; nil: nothing to open
	t     table
}

func (p *listPage) add(r row, open func() tea.Cmd) {
	p.rows, p.opens = append(p.rows, r), append(p.opens, open)
}

// open opens the chosen row.
func (p *listPage) open() tea.Cmd {
	if !p.opening() {
		return nil
	}
	return p.opens[p.t.cur]()
}

// opening tells whether there is something to open.
func (p *listPage) opening() bool { return p.t.cur < len(p.opens) && p.opens[p.t.cur] != nil }

func (p *listPage) name() string { return p.title }
func (p *listPage) step() int    { return 0 }
func (p *listPage) typing() bool { return false }
func (p *listPage) keys() []hint {
	if !p.opening() {
		return []hint{{"up/down", "key.scroll"}}
	}
	return []hint{{"enter", "key.open"}, {"up/down", "key.choose"}}
}

func (p *listPage) press(k key) (tea.Cmd, bool) {
	if k.name == "enter" {
		return p.open(), true
	}
	return nil, p.t.press(k, len(p.rows))
}

func (p *listPage) got(tea.Msg) tea.Cmd { return nil }

func (p *listPage) draw(v *view) {
	if p.lead != "" {
		v.para(v.st.Plain, 0, p.lead, 4)
		v.tightGap()
	}
	if len(p.rows) == 0 {
		v.para(v.st.Good, 0, v.tx.say("list.none"), 2)
		return
	}
	p.t.draw(v, v.left()-1, p.cols, len(p.rows), func(i int) row { return p.rows[i] }, p.open)
	v.line(v.st.Dim, p.t.place(len(p.rows)))
}

// textPage shows a text that is read, not chosen from.
type textPage struct {
	title string
	lines []textLine
	top   int
	shown int
}

// textLine is one paragraph.
type textLine struct {
	text   string
	head   bool
	indent int
}

func (p *textPage) name() string { return p.title }
func (p *textPage) step() int    { return 0 }
func (p *textPage) typing() bool { return false }
func (p *textPage) keys() []hint { return []hint{{"up/down", "key.scroll"}} }

func (p *textPage) press(k key) (tea.Cmd, bool) {
	switch k.name {
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

func (p *textPage) got(tea.Msg) tea.Cmd { return nil }

func (p *textPage) draw(v *view) {
	all := &view{width: v.width, height: 1 << 20, st: v.st, tx: v.tx}
	for _, l := range p.lines {
		style := v.st.Plain
		if l.head {
			style = v.st.Head
		}
		all.para(style, l.indent, l.text, 0)
	}
	p.shown = max(1, v.left()-1)
	p.top = max(0, min(p.top, len(all.lines)-p.shown))
	end := min(len(all.lines), p.top+p.shown)
	v.lines = append(v.lines, all.lines[p.top:end]...)
	if len(all.lines) > p.shown {
		v.line(v.st.Dim, safe.Count(int64(end))+"/"+safe.Count(int64(len(all.lines))))
	}
}

// newLosses lists what a target cannot hold.
func newLosses(m *Model, losses []report.LossRow) *listPage {
	p := &listPage{m: m, title: "losses", lead: m.tx.say("losses.lead"),
		cols: []column{{head: m.tx.say("losses.field"), width: 34}, {head: m.tx.say("losses.records"), width: 10, right: true},
			{head: m.tx.say("losses.what"), width: 12, from: 76}, {head: m.tx.say("losses.why"), from: 76}}}
	for _, l := range losses {
		p.add(row{[]string{m.tx.field(l.Field), safe.Count(l.Count), m.tx.word("loss.", l.Action), l.Why}, m.st.Plain}, func() tea.Cmd { return m.push(lossText(m.tx, l)) })
	}
	return p
}

// lossText is one loss, opened.
func lossText(tx *Texts, l report.LossRow) page {
	t := &textPage{title: "losses", lines: []textLine{{text: tx.field(l.Field), head: true}, {text: ""},
		{text: tx.say("losses.detail", "target", l.Sink, "n", safe.Count(l.Count), "what", tx.word("loss.", l.Action))}}}
	if l.Why != "" {
		t.lines = append(t.lines, textLine{text: tx.say("losses.because", "why", l.Why)})
	}
	t.lines = append(t.lines, textLine{text: tx.say("losses.name", "field", l.Field)})
	for n, key := range l.Samples {
		if n == 0 {
			t.lines = append(t.lines, textLine{text: ""}, textLine{text: tx.say("losses.samples"), head: true})
		}
		t.lines = append(t.lines, textLine{text: key, indent: 2})
	}
	return t
}

// lossLine is a loss in one line.
func lossLine(tx *Texts, l report.LossRow) string {
	line := tx.say("losses.line", "field", tx.field(l.Field), "n", safe.Count(l.Count), "what", tx.word("loss.", l.Action))
	if l.Why != "" {
		line += " (" + safe.Text(l.Why) + ")"
	}
	return line
}

// sortLosses puts what people notice first: whole records, then messages, then the rest, the most
// touched first within each.
func sortLosses(list []report.LossRow) {
	rank := func(l report.LossRow) int {
		switch {
		case !strings.Contains(l.Field, "."):
			return 0
		case strings.HasPrefix(l.Field, "message."):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(list, func(a, b report.LossRow) int {
		if rank(a) != rank(b) {
			return rank(a) - rank(b)
		}
		return int(min(max(b.Count-a.Count, -1), 1))
	})
}
