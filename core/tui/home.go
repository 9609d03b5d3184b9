package tui

import (
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
)

// homePage is where everything begins: what can be done, and what was done last.
type homePage struct {
	m               *Model
	actions, recent table
}

func newHome(m *Model) *homePage {
	return &homePage{m: m, actions: table{quick: true}, recent: table{quick: true, off: true}}
}

func (p *homePage) name() string { return "home" }
func (p *homePage) step() int    { return 0 }
func (p *homePage) typing() bool { return false }
func (p *homePage) keys() []hint {
	return []hint{{"up/down", "key.choose"}, {"enter", "key.open"}, {"n", "key.new"}}
}

var homeActions = []string{"new", "open", "quit"}

func (p *homePage) press(k key) (tea.Cmd, bool) {
	low, n := p.actions.off, len(p.m.recent)
	switch {
	case k.name == "n":
		return p.act(0), true
	case k.name == "o":
		return p.act(1), true
	case k.name == "enter" && low:
		return p.open(), true
	case k.name == "enter":
		return p.act(p.actions.cur), true
	case k.name == "tab" && n > 0, k.name == "down" && !low && p.actions.cur == len(homeActions)-1 && n > 0, k.name == "up" && low && p.recent.cur == 0:
		p.actions.off, p.recent.off = !low, low
		return nil, true
	case low:
		return nil, p.recent.press(k, n)
	}
	return nil, p.actions.press(k, len(homeActions))
}

func (p *homePage) act(i int) tea.Cmd {
	switch homeActions[i] {
	case "new":
		p.m.choice, p.m.edits = Choice{Settings: map[string]string{}}, map[string]map[string]edit{}
		return p.m.push(newPick(p.m, false))
	case "open":
		return p.m.push(newPick(p.m, true))
	}
	return p.m.quit()
}

// open shows the chosen one of the recent migrations.
func (p *homePage) open() tea.Cmd {
	if p.recent.cur >= len(p.m.recent) {
		return nil
	}
	return openPast(p.m, p.m.recent[p.recent.cur])
}

func (p *homePage) got(msg tea.Msg) tea.Cmd {
	if _, ok := msg.(recentMsg); ok && len(p.m.recent) == 0 {
		p.actions.off, p.recent.off = false, true
	}
	return nil
}

func (p *homePage) draw(v *view) {
	v.para(v.st.Plain, 0, v.tx.say("home.lead"), 4)
	v.gap()
	p.actions.draw(v, len(homeActions), []column{{width: 24}, {from: 64}}, len(homeActions), func(i int) row {
		return row{[]string{v.tx.say("home." + homeActions[i]), v.tx.say("home." + homeActions[i] + ".about")}, v.st.Plain}
	}, func() tea.Cmd { return p.act(p.actions.cur) })
	v.gap()
	v.line(v.st.Head, v.tx.say("home.recent"))
	if len(p.m.recent) == 0 {
		v.para(v.st.Dim, 2, v.tx.say("home.none"), 2)
		return
	}
	p.recent.draw(v, v.left(), []column{{width: 24}, {width: 10, from: 70}, {}}, len(p.m.recent), func(i int) row {
		past := p.m.recent[i]
		word, style := verdictLine(v, past)
		return row{[]string{filepath.Base(past.Out), day(past.Folder.Last.Started), word}, style}
	}, p.open)
}

// verdictLine says in a few words how a folder stands.
func verdictLine(v *view, p Past) (string, lipgloss.Style) {
	if !p.Folder.Done {
		return v.tx.say("past.unfinished"), v.st.Warn
	}
	return exitWord(v, p.Summary.ExitCode)
}

// day is the date of an RFC 3339 time.
func day(at string) string {
	if len(at) < 10 {
		return at
	}
	return at[:10]
}
