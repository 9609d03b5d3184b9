package tui

import (
	"cmp"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
	"github.com/chatferry/chatferry/core/verify"
)

// source lists what the first verdict rests on: what was counted, what was noticed, what could not be read.
func (p *resultPage) source() tea.Cmd {
	f, out := p.m.o.Ferry, p.out
	return func() tea.Msg {
		list, err := f.Exceptions(out, ledger.Rejected)
		return rowsMsg{p, func() page { return p.sourceList(list) }, err}
	}
}

func (p *resultPage) sourceList(rejected []ledger.Exception) *listPage {
	m := p.m
	l := newExceptions(m, "evidence.source", nil)
	if c := p.s.Inventory; c != nil {
		l.add(row{[]string{m.tx.say("source.counted"), m.tx.say("source.elements", "n", safe.Count(c.Elements), "day", day(c.At))}, m.st.Plain}, func() tea.Cmd { return m.push(p.inventory()) })
	}
	for _, f := range p.s.Findings {
		if f.ID == "BOOKS" || f.ID == "EVIDENCE" { // told where they belong
			continue
		}
		style := m.st.Plain
		if f.Gap || f.Severity == "warning" {
			style = m.st.Warn
		}
		l.add(row{[]string{m.tx.say("record.noticed", "n", safe.Count(f.Count)), f.Text}, style}, func() tea.Cmd { return p.finding(f) })
	}
	l.exceptions(m, rejected)
	return l
}

// notes are the findings of one kind, as lines.
func (p *resultPage) notes(id string) (list []textLine) {
	for _, f := range p.s.Findings {
		if f.ID == id {
			list = append(list, textLine{text: f.Text, indent: 2})
		}
	}
	return list
}

// inventory says what an independent count of the export found.
func (p *resultPage) inventory() page {
	tx, c := p.m.tx, p.s.Inventory
	t := &textPage{title: "evidence.source", lines: []textLine{{text: tx.say("source.elements", "n", safe.Count(c.Elements), "day", day(c.At)), head: true},
		{text: tx.say("source.about")}, {text: ""}}}
	for _, f := range c.Files {
		t.lines = append(t.lines, textLine{text: tx.say("source.files", "n", safe.Count(f.Files), "bytes", report.Bytes(f.Bytes), "state", tx.word("file.", f.State)), indent: 2})
	}
	if c.Path != "" {
		t.lines = append(t.lines, textLine{text: ""}, textLine{text: tx.say("source.path", "path", c.Path)})
	}
	return t
}

// finding opens what was noticed about the source, with each place.
func (p *resultPage) finding(f report.Finding) tea.Cmd {
	ferry, out, tx := p.m.o.Ferry, p.out, p.m.tx
	return func() tea.Msg {
		places, err := ferry.Gaps(out, f.ID)
		return rowsMsg{p, func() page {
			t := &textPage{title: "evidence.source", lines: []textLine{{text: f.Text, head: true}, {text: ""}, {text: tx.say("record.noticed", "n", safe.Count(f.Count))}}}
			if f.Severity != "" {
				t.lines = append(t.lines, textLine{text: tx.say("source.severity." + f.Severity)})
			}
			t.lines = append(t.lines, textLine{text: tx.say("source.rule", "rule", f.ID)}, textLine{text: ""})
			if len(places) == 0 {
				for _, s := range f.Samples {
					t.lines = append(t.lines, textLine{text: s, indent: 2})
				}
			}
			for _, g := range places {
				t.lines = append(t.lines, textLine{text: tx.say("source.place", "name", cmp.Or(g.Name, "-"), "n", safe.Count(g.Count), "first", cmp.Or(g.First, "-"), "last", cmp.Or(g.Last, "-")), indent: 2})
				if g.Expected > 0 {
					t.lines = append(t.lines, textLine{text: tx.say("source.expected", "n", safe.Count(g.Expected)), indent: 4})
				}
				for _, s := range g.Samples {
					t.lines = append(t.lines, textLine{text: s, indent: 4})
				}
			}
			return t
		}, err}
	}
}

// changed lists the records that arrived in another form.
func (p *resultPage) changed() tea.Cmd {
	f, out, m := p.m.o.Ferry, p.out, p.m
	return func() tea.Msg {
		var list []ledger.Exception
		var err error
		for _, verdict := range []string{ledger.Split, ledger.Placed, ledger.Conflict, ledger.Shifted} {
			more, e := f.Exceptions(out, verdict)
			list, err = append(list, more...), cmp.Or(err, e)
		}
		return rowsMsg{p, func() page { return newExceptions(m, "evidence.changed", list) }, err}
	}
}

// newExceptions lists records that did not simply arrive; each opens.
func newExceptions(m *Model, title string, list []ledger.Exception) *listPage {
	p := &listPage{m: m, title: title, lead: m.tx.say(title + ".lead"),
		cols: []column{{head: m.tx.say("record.what"), width: 16}, {head: m.tx.say("record.which")}}}
	p.exceptions(m, list)
	return p
}

func (p *listPage) exceptions(m *Model, list []ledger.Exception) {
	for _, x := range list {
		p.add(row{[]string{m.tx.word("exception.", x.Verdict), cmp.Or(x.Key, strings.TrimSpace(x.File+" "+x.Index))}, m.st.Plain},
			func() tea.Cmd { return m.push(exceptionText(m.tx, x)) })
	}
}

// books shows that every record ended in exactly one way.
func (p *resultPage) books() page {
	tx, s := p.m.tx, &p.s
	t := &textPage{title: "evidence.books", lines: []textLine{{text: tx.say("evidence.books.lead")}, {text: ""}}}
	t.lines = append(t.lines, p.notes("BOOKS")...)
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
		f, out, name := m.o.Ferry, p.out, k.Name
		l.add(row{[]string{name, n, words}, style}, func() tea.Cmd {
			return func() tea.Msg {
				list, err := f.Differences(out, name)
				return rowsMsg{p, func() page { return newDifferences(m, name, list) }, err}
			}
		})
	}
	return l
}

// newDifferences lists what differs between a target and what was delivered to it, down to the field.
func newDifferences(m *Model, target string, list []verify.Difference) *listPage {
	p := &listPage{m: m, title: "differences", lead: m.tx.say("differences.lead", "target", target),
		cols: []column{{head: m.tx.say("differences.kind"), width: 14}, {head: m.tx.say("differences.type"), width: 13, from: 80}, {head: m.tx.say("record.which")}}}
	for _, d := range list {
		p.add(row{[]string{m.tx.word("difference.", d.Kind), m.tx.field(d.Type), cmp.Or(d.Key, d.Conversation+" "+d.Day)}, m.st.Bad},
			func() tea.Cmd { return m.push(difference(m.tx, d)) })
	}
	return p
}

// difference opens one, down to the field.
func difference(tx *Texts, d verify.Difference) page {
	t := &textPage{title: "differences", lines: []textLine{{text: cmp.Or(d.Key, d.Conversation), head: true}, {text: tx.word("difference.", d.Kind)}, {text: d.Day}, {text: ""}}}
	for _, f := range d.Fields {
		t.lines = append(t.lines, textLine{text: tx.field(f.Name), head: true},
			textLine{text: tx.say("differences.expected", "value", cmp.Or(f.Expected, "-")), indent: 2},
			textLine{text: tx.say("differences.found", "value", cmp.Or(f.Found, "-")), indent: 2})
	}
	return t
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
	t.lines = append(t.lines, p.notes("EVIDENCE")...)
	return t
}

// filtered lists what was left out by whose rule.
func (p *resultPage) filtered() page {
	l := &listPage{m: p.m, title: "evidence.filtered", lead: p.m.tx.say("evidence.filtered.lead"), cols: []column{{width: 12, right: true}, {}}}
	for _, r := range p.s.FilteredBy {
		l.add(row{[]string{safe.Count(r.Count), p.m.tx.word("keep.", r.Rule[strings.LastIndexByte(r.Rule, '/')+1:])}, p.m.st.Plain}, nil)
	}
	return l
}

// readMedia reads from the books what became of the attachments so far.
func readMedia(m *Model, of page, out string) tea.Cmd {
	f := m.o.Ferry
	return func() tea.Msg {
		list, err := f.Media(out)
		return rowsMsg{of, func() page { return newMedia(m, list) }, err}
	}
}

// newMedia lists attachments by what became of their bytes; each line opens some of them.
func newMedia(m *Model, list []report.MediaRow) *listPage {
	p := &listPage{m: m, title: "media", lead: m.tx.say("media.lead"),
		cols: []column{{head: m.tx.say("media.count"), width: 10, right: true}, {head: m.tx.say("media.state"), width: 18}, {head: m.tx.say("media.why")}}}
	for _, r := range list {
		style, why := m.st.Warn, ""
		if r.Reason != "" {
			why = m.tx.word("reason.", r.Reason)
		} else if r.State == "present" {
			style = m.st.Good
		}
		p.add(row{[]string{safe.Count(r.Count), m.tx.word("kind.", r.State), why}, style}, func() tea.Cmd {
			t := &textPage{title: "media", lines: []textLine{{text: m.tx.word("kind.", r.State), head: true}, {text: why}, {text: ""}, {text: m.tx.say("losses.samples"), head: true}}}
			for _, key := range r.Samples {
				t.lines = append(t.lines, textLine{text: key, indent: 2})
			}
			return m.push(t)
		})
	}
	return p
}

// exceptionText is one record of the books that did not simply arrive, opened.
func exceptionText(tx *Texts, x ledger.Exception) *textPage {
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
	return p
}
