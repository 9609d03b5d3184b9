package tui

import (
	"context"
	"path/filepath"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/progress"
)

// askPage asks for one line and does something with it.
type askPage struct {
	m     *Model
	title string // catalogue: .lead, .working
	line  field
	task  *task
	do    func(ctx context.Context, line string) askMsg
}

// askMsg is what came of a line: a page to show, or something to say below the page that asked.
type askMsg struct {
	page page
	said string
	err  error
}

// newLookup asks for the key of a record and says what became of it.
func newLookup(m *Model, out string) *askPage {
	f := m.o.Ferry
	return &askPage{m: m, title: "lookup", do: func(ctx context.Context, key string) askMsg {
		lines, err := f.Explain(ctx, out, key)
		t := &textPage{title: "record"}
		for i, l := range lines {
			t.lines = append(t.lines, textLine{text: strings.TrimSpace(l), head: i == 0})
		}
		return askMsg{page: t, err: err}
	}}
}

// newExport asks where to put a copy of the report.
func newExport(m *Model, out string) *askPage {
	f, tx := m.o.Ferry, m.tx
	return &askPage{m: m, title: "export", line: newField(out + "-report.html"), do: func(_ context.Context, path string) askMsg {
		path = m.o.path(path)
		return askMsg{said: tx.say("export.done", "path", path), err: f.Export(out, path)}
	}}
}

// path is a path that was typed: "~/" is the home folder, and others begin where the file browser stands.
func (o *Options) path(typed string) string {
	if rest, ok := strings.CutPrefix(typed, "~/"); ok {
		typed = filepath.Join(o.Getenv("HOME"), rest)
	}
	if typed == "" {
		return ""
	}
	if !filepath.IsAbs(typed) {
		typed = filepath.Join(o.Dir, typed)
	}
	return filepath.Clean(typed)
}

func (p *askPage) name() string { return p.title }
func (p *askPage) step() int    { return 0 }
func (p *askPage) typing() bool { return true }
func (p *askPage) keys() []hint { return []hint{{"enter", "key.use"}, {"ctrl+u", "key.empty"}} }

func (p *askPage) stop() {
	if p.task != nil {
		p.task.cancel()
	}
}

func (p *askPage) press(k key) (tea.Cmd, bool) {
	if k.name != "enter" {
		return nil, p.line.press(k)
	}
	if p.line.value() == "" || p.task != nil {
		return nil, true
	}
	do, line := p.do, p.line.value()
	t, cmd := p.m.begin(false, func(ctx context.Context, _ progress.Printer) tea.Msg { return do(ctx, line) })
	p.task = t
	return cmd, true
}

func (p *askPage) got(msg tea.Msg) tea.Cmd {
	t, ok := msg.(taskMsg)
	if !ok || p.task == nil || t.id != p.task.id || t.done == nil {
		return nil
	}
	p.task = nil
	r := t.done.(askMsg)
	switch {
	case r.err != nil:
		p.m.fail(r.err)
	case r.page != nil:
		return p.m.push(r.page)
	case p.m.page() == page(p):
		p.m.drop()
		p.m.say(r.said)
	}
	return nil
}

func (p *askPage) draw(v *view) {
	v.para(v.st.Plain, 0, v.tx.say(p.title+".lead"), 4)
	v.gap()
	v.lines = append(v.lines, p.line.draw(v.st, min(v.width, 100), true))
	v.gap()
	if p.task != nil {
		v.line(v.st.Dim, v.tx.say(p.title+".working"))
	}
}
