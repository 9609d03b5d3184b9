package tui

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// contentPage counts a dump and shows what is in it.
type contentPage struct {
	m    *Model
	path string
	task *task
	err  error
	top  int
	rows int // lines of all that could be shown
	c    *job.Content
}

// lookMsg is what is in a dump.
type lookMsg struct {
	content job.Content
	err     error
}

func newContent(m *Model, path string) *contentPage { return &contentPage{m: m, path: path} }

func (p *contentPage) start() tea.Cmd {
	t, cmd := p.m.begin(false, func(ctx context.Context, show progress.Printer) tea.Msg {
		c, err := p.m.o.Ferry.Look(ctx, p.path, show)
		return lookMsg{c, err}
	})
	p.task = t
	return cmd
}

func (p *contentPage) stop() {
	if p.task != nil {
		p.task.cancel()
	}
}

func (p *contentPage) name() string { return "content" }
func (p *contentPage) step() int    { return 2 }
func (p *contentPage) typing() bool { return false }

func (p *contentPage) keys() []hint {
	if p.c == nil {
		return nil
	}
	return []hint{{"enter", "key.next"}, {"up/down", "key.scroll"}}
}

func (p *contentPage) press(k key) (tea.Cmd, bool) {
	switch k.name {
	case "enter":
		if p.c == nil {
			return nil, true
		}
		p.m.choice.Source, p.m.choice.Path = p.c.Source, p.path
		return p.m.push(newKeep(p.m, p.c)), true
	case "down", "j", "pgdown", " ":
		p.top++
	case "up", "k", "pgup":
		p.top = max(0, p.top-1)
	default:
		return nil, false
	}
	return nil, true
}

func (p *contentPage) got(msg tea.Msg) tea.Cmd {
	t, ok := msg.(taskMsg)
	if !ok || p.task == nil || t.id != p.task.id || t.done == nil {
		return nil
	}
	if r, ok := t.done.(lookMsg); ok {
		p.task = nil
		if p.err = r.err; r.err == nil {
			p.c = &r.content
		}
	}
	return nil
}

func (p *contentPage) draw(v *view) {
	v.line(v.st.Title, filepath.Base(p.path))
	switch {
	case p.err != nil:
		drawError(v, p.err)
		return
	case p.c == nil:
		v.para(v.st.Plain, 0, v.tx.say("content.reading"), 3)
		v.gap()
		drawProgress(v, p.task)
		return
	}
	all := &view{width: v.width, height: 1000, st: v.st, tx: v.tx}
	drawInventory(all, &p.c.Inventory, min(max(4, v.height-24), 12))
	p.rows = len(all.lines)
	p.top = max(0, min(p.top, p.rows-v.left()))
	v.lines = append(v.lines, all.lines[p.top:min(p.rows, p.top+v.left())]...)
}

// drawError shows a failure of a page in full, with what to do about it.
func drawError(v *view, err error) {
	v.gap()
	if errors.Is(err, context.Canceled) {
		v.para(v.st.Warn, 0, v.tx.say("cancelled"), 3)
		return
	}
	for l := range strings.Lines(err.Error()) {
		v.para(v.st.Bad, 0, strings.TrimRight(l, "\n"), 6)
	}
	if hint := fault.HintOf(err); hint != "" {
		v.gap()
		v.para(v.st.Plain, 0, v.tx.say("error.hint", "hint", hint), 6)
	}
	v.gap()
	v.para(v.st.Dim, 0, v.tx.say("error.back"), 2)
}

// drawProgress shows how far counting or checking is.
func drawProgress(v *view, t *task) {
	if t == nil || !t.known {
		v.line(v.st.Dim, v.tx.say("starting"))
		return
	}
	s := t.last
	if s.Percent >= 0 {
		v.lines = append(v.lines, v.st.bar(s.Percent/100, min(v.width, 60)))
	}
	v.line(v.st.Plain, v.tx.say("progress.read", "n", safe.Count(s.Read), "rate", safe.Count(int64(s.PerSecond))))
}

// drawInventory shows what is in a dump: numbers, months in so many rows, notes.
func drawInventory(v *view, i *report.Inventory, rows int) {
	v.line(v.st.Dim, v.tx.say("content.format", "format", i.Format))
	if len(i.First) >= 10 && len(i.Last) >= 10 {
		v.line(v.st.Dim, v.tx.say("content.span", "first", i.First[:10], "last", i.Last[:10]))
	}
	v.lines = append(v.lines, "")
	count := func(name string, n int64, detail string) {
		if n > 0 || name == "messages" {
			v.cells(cell{v.st.Plain, v.tx.say("count." + name), 22, false}, cell{v.st.Title, safe.Count(n), 12, true}, cell{v.st.Dim, "  " + detail, v.width - 34, false})
		}
	}
	count("messages", i.Messages, "")
	count("replies", i.Replies, "")
	count("reactions", i.Reactions, "")
	count("revisions", i.Revisions, "")
	count("people", i.People, kinds(v.tx, i.PeopleByKind))
	count("conversations", i.Conversations, kinds(v.tx, i.ConversationsByKind))
	count("attachments", i.Attachments, states(v.tx, i.AttachmentsByState))
	count("emoji", i.Emoji, "")
	if i.Rejected > 0 {
		v.line(v.st.Warn, v.tx.say("content.rejected", "n", safe.Count(i.Rejected)))
	}
	drawMonths(v, i.MessagesByMonth, rows)
	for n, note := range i.Notes {
		if n == 0 {
			v.lines = append(v.lines, "")
			v.line(v.st.Head, v.tx.say("content.notes"))
		}
		v.para(v.st.Plain, 2, note, 0)
	}
}

// kinds lists numbers by kind, the largest first.
func kinds(tx *Texts, m map[string]int64) string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if m[a] != m[b] {
			return int(min(max(m[b]-m[a], -1), 1))
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = safe.Count(m[name]) + " " + tx.word("kind.", name)
	}
	return strings.Join(names, ", ")
}

func states(tx *Texts, m map[string]report.Media) string {
	counts := map[string]int64{}
	for name, media := range m {
		counts[name] = media.Count
	}
	return kinds(tx, counts)
}
