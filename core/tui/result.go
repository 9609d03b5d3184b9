package tui

import (
	"cmp"
	"strconv"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// resultPage says what was proven: five verdicts, each of which opens what it rests on.
type resultPage struct {
	m   *Model
	out string
	s   report.Summary
	t   table
}

// pastMsg is an earlier run that was opened.
type pastMsg struct {
	past Past
	err  error
}

func newResult(m *Model, out string, s report.Summary) *resultPage {
	return &resultPage{m: m, out: out, s: s}
}

// openPast shows an earlier run: its result, or how to go on with it.
func openPast(m *Model, past Past) tea.Cmd {
	if past.Folder.Done {
		return m.push(newResult(m, past.Out, past.Summary))
	}
	p := newRun(m, past.Out, "")
	p.state = paused
	m.pages = append(m.pages, p) // without starting it
	return nil
}

// openFolder opens an output folder that was picked.
func openFolder(m *Model, path string) tea.Cmd {
	f := m.o.Ferry
	return func() tea.Msg {
		past, err := f.Open(path)
		return pastMsg{past, err}
	}
}

func (p *resultPage) name() string { return "result" }
func (p *resultPage) step() int    { return 8 }
func (p *resultPage) typing() bool { return false }
func (p *resultPage) keys() []hint {
	return []hint{{"enter", "key.open"}, {"r", "key.recheck"}, {"e", "key.export"}, {"x", "key.lookup"}, {"h", "key.home"}}
}

// resultRows are the five verdicts and what else can be opened.
var resultRows = []string{"source", "books", "loss", "readback", "report", "media", "filtered", "changed"}

// verdict is the value of a row of the five.
func (p *resultPage) verdict(name string) string {
	v := p.s.Verdicts
	return map[string]string{"source": v.Source, "books": v.Books, "loss": v.Loss, "readback": v.ReadBack, "report": v.Report}[name]
}

func (p *resultPage) press(k key) (tea.Cmd, bool) {
	switch k.name {
	case "enter":
		return p.open(), true
	case "r":
		return p.m.push(newCheck(p.m, p.out)), true
	case "e":
		if p.s.Evidence == "" {
			p.m.notice, p.m.bad = p.m.tx.say("verdict.report.none"), true
			return nil, true
		}
		return p.m.push(newExport(p.m, p.out)), true
	case "x":
		return p.m.push(newLookup(p.m, p.out)), true
	case "h", "esc":
		return p.m.home(), true
	}
	return nil, p.t.press(k, len(resultRows))
}

func (p *resultPage) open() tea.Cmd {
	switch resultRows[p.t.cur] {
	case "source":
		return p.source()
	case "books":
		return p.m.push(p.books())
	case "loss":
		list := append([]report.LossRow{}, p.s.Losses...)
		sortLosses(list)
		return p.m.push(newLosses(p.m, list))
	case "readback":
		return p.m.push(p.readback())
	case "report":
		return p.m.push(p.evidence())
	case "media":
		return readMedia(p.m, p, p.out)
	case "filtered":
		return p.m.push(p.filtered())
	}
	return p.changed()
}

func (p *resultPage) got(msg tea.Msg) tea.Cmd {
	r, ok := msg.(rowsMsg)
	if !ok || r.of != page(p) {
		return nil
	}
	if r.err != nil {
		p.m.fail(r.err)
		return nil
	}
	return p.m.push(r.show())
}

func (p *resultPage) draw(v *view) {
	word, style := exitWord(v, p.s.ExitCode)
	v.para(style, 0, word, 2)
	v.line(v.st.Dim, p.out)
	v.tightGap()
	if p.s.Verdicts == (report.Verdicts{}) {
		v.line(v.st.Warn, v.tx.say("result.unread"))
	} else {
		v.line(v.st.Plain, v.tx.say("result.counts", "read", safe.Count(p.s.Read), "delivered", safe.Count(p.s.Delivered), "filtered", safe.Count(p.s.Filtered), "rejected", safe.Count(p.s.Rejected)))
	}
	v.tightGap()
	p.t.draw(v, len(resultRows), []column{{width: 24}, {}}, len(resultRows), func(i int) row { return p.row(v, resultRows[i]) }, p.open)
	v.tightGap()
	if name := resultRows[p.t.cur]; v.left() > 0 {
		v.para(v.st.Dim, 0, v.tx.say("result."+name+".question"), v.left())
	}
}

// row is one question with its answer.
func (p *resultPage) row(v *view, name string) row {
	value, style := cmp.Or(p.verdict(name), "none"), v.st.Plain
	about := v.tx.say("verdict." + name + "." + value)
	switch name {
	case "media":
		about = v.tx.say("result.media.about", "n", safe.Count(p.absent()))
	case "filtered":
		about = v.tx.say("result.filtered.about", "n", safe.Count(p.s.Filtered))
	case "changed":
		about = v.tx.say("result.changed.about")
	default:
		style = verdictStyle(v.st, value)
	}
	return row{[]string{v.tx.say("result." + name), about}, style}
}

// absent is how many attachments are not there as promised.
func (p *resultPage) absent() (n int64) {
	for _, r := range p.s.Media {
		n += r.Count
	}
	return n
}

// verdictStyle colours a verdict: good, bad, or neither.
func verdictStyle(st *Styles, value string) lipgloss.Style {
	switch value {
	case report.SourceComplete, report.BooksBalanced, report.LossNone, report.ReadBackFull, report.ReportSigned, report.ReportTimestamped:
		return st.Good
	case report.SourceDamaged, report.BooksUnbalanced, report.LossUndeclared, report.ReadBackDiffers, report.ReportTampered:
		return st.Bad
	case report.SourceGaps, report.ReadBackNone, report.ReadBackSampled, "none":
		return st.Warn
	}
	return st.Plain
}

// exitWord puts an exit code into plain words.
func exitWord(v *view, code int) (string, lipgloss.Style) {
	style := v.st.Bad
	switch code {
	case fault.ExitOK, fault.ExitDeclaredLoss:
		style = v.st.Good
	case fault.ExitGaps, fault.ExitUnproven, fault.ExitDamaged:
		style = v.st.Warn
	}
	return v.tx.say("exit." + strconv.Itoa(code)), style
}
