package tui

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
	"github.com/chatferry/chatferry/core/verify"
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

// explainMsg is what became of one record.
type explainMsg struct {
	page page
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

func hintOf(err error) string { return fault.HintOf(err) }

func (p *resultPage) name() string { return "result" }
func (p *resultPage) step() int    { return 8 }
func (p *resultPage) typing() bool { return false }
func (p *resultPage) keys() []hint {
	return []hint{{"enter", "key.open"}, {"r", "key.recheck"}, {"x", "key.lookup"}, {"h", "key.home"}}
}

// resultRows are the five verdicts and what else can be opened.
var resultRows = []string{"source", "books", "loss", "readback", "report", "filtered", "changed"}

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
	case "x":
		return p.m.push(newLookup(p.m, p.out)), true
	case "h":
		return p.m.home(), true
	case "esc":
		return p.m.home(), true
	}
	return nil, p.t.press(k, len(resultRows))
}

func (p *resultPage) open() tea.Cmd {
	switch resultRows[p.t.cur] {
	case "source":
		return p.exceptions(ledger.Rejected, "evidence.source", p.findings())
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
	case "filtered":
		return p.m.push(p.filtered())
	}
	return p.exceptions("", "evidence.changed", nil)
}

// findings are what was noticed about the dump, as first rows.
func (p *resultPage) findings() []row {
	var list []row
	for _, f := range p.s.Findings {
		list = append(list, row{[]string{p.m.tx.say("record.noticed", "n", safe.Count(f.Count)), f.Text + ": " + strings.Join(f.Samples, ", ")}, p.m.st.Warn})
	}
	return list
}

// exceptions lists records from the books; "" is those that arrived, but changed.
func (p *resultPage) exceptions(verdict, title string, first []row) tea.Cmd {
	f, out, m := p.m.o.Ferry, p.out, p.m
	return func() tea.Msg {
		var list []ledger.Exception
		var err error
		for _, v := range map[bool][]string{true: {ledger.Split, ledger.Placed, ledger.Conflict, ledger.Shifted}, false: {verdict}}[verdict == ""] {
			more, e := f.Exceptions(out, v)
			list, err = append(list, more...), cmp.Or(err, e)
		}
		return rowsMsg{p, func() page { return newExceptions(m, out, title, first, list) }, err}
	}
}

// newExceptions lists records that did not simply arrive; each opens.
func newExceptions(m *Model, out, title string, first []row, list []ledger.Exception) *listPage {
	p := &listPage{m: m, title: title, lead: m.tx.say(title + ".lead"), rows: first,
		cols: []column{{head: m.tx.say("record.what"), width: 16}, {head: m.tx.say("record.which")}}}
	for _, x := range list {
		p.rows = append(p.rows, row{[]string{m.tx.word("exception.", x.Verdict), cmp.Or(x.Key, strings.TrimSpace(x.File+" "+x.Index))}, m.st.Plain})
	}
	p.open = func(i int) tea.Cmd {
		if i -= len(first); i >= 0 {
			return m.push(exceptionText(m.tx, list[i], nil))
		}
		r := first[i+len(first)]
		return m.push(&textPage{title: title, lines: []textLine{{text: r.cells[1]}, {text: r.cells[0]}}})
	}
	return p
}

// books shows that every record ended in exactly one way.
func (p *resultPage) books() page {
	tx, s := p.m.tx, &p.s
	t := &textPage{title: "evidence.books", lines: []textLine{{text: tx.say("evidence.books.lead")}, {text: ""}}}
	add := func(head string, c report.Counts) {
		t.lines = append(t.lines, textLine{text: head, head: true},
			textLine{text: tx.say("books.sum", "read", safe.Count(c.Read), "added", safe.Count(c.Added), "delivered", safe.Count(c.Delivered),
				"duplicate", safe.Count(c.Duplicate), "filtered", safe.Count(c.Filtered), "rejected", safe.Count(c.Rejected)), indent: 2}, textLine{text: ""})
	}
	add(tx.say("books.history"), report.Counts{Read: s.Read, Added: s.Added, Delivered: s.Delivered, Duplicate: s.Duplicate, Filtered: s.Filtered, Rejected: s.Rejected})
	add(tx.say("books.directory"), s.Directory)
	for _, k := range s.Sinks {
		add(tx.say("books.target", "target", k.Name), report.Counts{Read: k.Offered, Delivered: k.Delivered, Duplicate: k.Duplicate, Filtered: k.Filtered, Rejected: k.Rejected})
	}
	return t
}

// readback lists the targets with what reading them back gave; each opens its differences.
func (p *resultPage) readback() page {
	m := p.m
	l := &listPage{m: m, title: "evidence.readback", lead: m.tx.say("evidence.readback.lead"),
		cols: []column{{head: m.tx.say("readback.target"), width: 14}, {head: m.tx.say("readback.compared"), width: 12, right: true}, {head: m.tx.say("readback.result")}}}
	for _, k := range p.s.Sinks {
		words, style, n := m.tx.say("readback.none"), m.st.Warn, "-"
		if c := k.Check; c != nil {
			n = safe.Count(c.Compared)
			words, style = m.tx.say("readback.agrees"), m.st.Good
			if c.Missing+c.Extra+c.Differing+c.Misplaced > 0 {
				style = m.st.Bad
				words = m.tx.say("readback.differs", "missing", safe.Count(c.Missing), "extra", safe.Count(c.Extra), "differing", safe.Count(c.Differing), "order", safe.Count(c.Misplaced))
			}
		}
		l.rows = append(l.rows, row{[]string{k.Name, n, words}, style})
	}
	l.open = func(i int) tea.Cmd {
		f, out, name := m.o.Ferry, p.out, p.s.Sinks[i].Name
		return func() tea.Msg {
			list, err := f.Differences(out, name)
			return rowsMsg{p, func() page { return newDifferences(m, name, list) }, err}
		}
	}
	return l
}

// newDifferences lists what differs between a target and what was delivered to it, down to the field.
func newDifferences(m *Model, target string, list []verify.Difference) *listPage {
	p := &listPage{m: m, title: "differences", lead: m.tx.say("differences.lead", "target", target),
		cols: []column{{head: m.tx.say("differences.kind"), width: 14}, {head: m.tx.say("differences.type"), width: 13, from: 80}, {head: m.tx.say("record.which")}}}
	for _, d := range list {
		p.rows = append(p.rows, row{[]string{m.tx.word("difference.", d.Kind), m.tx.field(d.Type), cmp.Or(d.Key, d.Conversation+" "+d.Day)}, m.st.Bad})
	}
	p.open = func(i int) tea.Cmd {
		d := list[i]
		t := &textPage{title: "differences", lines: []textLine{{text: cmp.Or(d.Key, d.Conversation), head: true}, {text: m.tx.word("difference.", d.Kind)}, {text: d.Day}, {text: ""}}}
		for _, f := range d.Fields {
			t.lines = append(t.lines, textLine{text: m.tx.field(f.Name), head: true},
				textLine{text: m.tx.say("differences.expected", "value", cmp.Or(f.Expected, "-")), indent: 2},
				textLine{text: m.tx.say("differences.found", "value", cmp.Or(f.Found, "-")), indent: 2})
		}
		return m.push(t)
	}
	return p
}

// evidence says where the bundle is and how others check it.
func (p *resultPage) evidence() page {
	tx := p.m.tx
	t := &textPage{title: "evidence.report", lines: []textLine{{text: tx.say("verdict.report." + cmp.Or(p.s.Verdicts.Report, "none")), head: true}, {text: ""}}}
	if p.s.Evidence == "" {
		t.lines = append(t.lines, textLine{text: tx.say("evidence.report.none")})
		return t
	}
	for _, key := range []string{"where", "open", "check", "sign"} {
		t.lines = append(t.lines, textLine{text: tx.say("evidence.report."+key, "folder", p.s.Evidence, "out", p.out)}, textLine{text: ""})
	}
	for _, f := range p.s.Findings {
		if f.ID == "EVIDENCE" {
			t.lines = append(t.lines, textLine{text: f.Text, indent: 2})
		}
	}
	return t
}

// filtered lists what was left out by whose rule.
func (p *resultPage) filtered() page {
	l := &listPage{m: p.m, title: "evidence.filtered", lead: p.m.tx.say("evidence.filtered.lead"), cols: []column{{width: 12, right: true}, {}}}
	for _, r := range p.s.FilteredBy {
		l.rows = append(l.rows, row{[]string{safe.Count(r.Count), p.m.tx.word("keep.", r.Rule[strings.LastIndexByte(r.Rule, '/')+1:])}, p.m.st.Plain})
	}
	return l
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
	v.line(v.st.Plain, v.tx.say("result.counts", "read", safe.Count(p.s.Read), "delivered", safe.Count(p.s.Delivered), "filtered", safe.Count(p.s.Filtered), "rejected", safe.Count(p.s.Rejected)))
	v.tightGap()
	p.t.draw(v, len(resultRows), []column{{width: 24}, {}}, len(resultRows), func(i int) row {
		name := resultRows[i]
		switch name {
		case "filtered":
			return row{[]string{v.tx.say("result.filtered"), v.tx.say("result.filtered.about", "n", safe.Count(p.s.Filtered))}, v.st.Plain}
		case "changed":
			return row{[]string{v.tx.say("result.changed"), v.tx.say("result.changed.about")}, v.st.Plain}
		}
		value := cmp.Or(p.verdict(name), "none")
		return row{[]string{v.tx.say("result." + name), v.tx.say("verdict." + name + "." + value)}, verdictStyle(v.st, value)}
	}, p.open)
	v.tightGap()
	if name := resultRows[p.t.cur]; v.left() > 0 {
		v.para(v.st.Dim, 0, v.tx.say("result."+name+".question"), v.left())
	}
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

// lookupPage asks for the key of a record and says what became of it.
type lookupPage struct {
	m    *Model
	out  string
	key  field
	task *task
}

func newLookup(m *Model, out string) *lookupPage { return &lookupPage{m: m, out: out} }

func (p *lookupPage) name() string { return "lookup" }
func (p *lookupPage) step() int    { return 0 }
func (p *lookupPage) typing() bool { return true }
func (p *lookupPage) keys() []hint { return []hint{{"enter", "key.use"}} }

func (p *lookupPage) stop() {
	if p.task != nil {
		p.task.cancel()
	}
}

func (p *lookupPage) press(k key) (tea.Cmd, bool) {
	if k.name != "enter" {
		return nil, p.key.press(k)
	}
	if p.key.value() == "" || p.task != nil {
		return nil, true
	}
	f, out, key := p.m.o.Ferry, p.out, p.key.value()
	t, cmd := p.m.begin(false, lookingUp(f, out, key))
	p.task = t
	return cmd, true
}

func (p *lookupPage) got(msg tea.Msg) tea.Cmd {
	t, ok := msg.(taskMsg)
	if !ok || p.task == nil || t.id != p.task.id || t.done == nil {
		return nil
	}
	p.task = nil
	r := t.done.(explainMsg)
	if r.err != nil {
		p.m.fail(r.err)
		return nil
	}
	return p.m.push(r.page)
}

func (p *lookupPage) draw(v *view) {
	v.para(v.st.Plain, 0, v.tx.say("lookup.lead"), 4)
	v.gap()
	v.lines = append(v.lines, p.key.draw(v.st, min(v.width, 76), true))
	v.gap()
	if p.task != nil {
		v.line(v.st.Dim, v.tx.say("lookup.reading"))
	}
}

// lookingUp is the work of explaining one record.
func lookingUp(f Ferry, out, key string) func(context.Context, progress.Printer) tea.Msg {
	return func(ctx context.Context, _ progress.Printer) tea.Msg {
		lines, err := f.Explain(ctx, out, key)
		t := &textPage{title: "record"}
		for i, l := range lines {
			t.lines = append(t.lines, textLine{text: strings.TrimSpace(l), head: i == 0})
		}
		return explainMsg{t, err}
	}
}
