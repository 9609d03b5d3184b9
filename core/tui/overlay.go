package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// confirmPage asks one question; "no" is chosen at first.
type confirmPage struct {
	m   *Model
	of  string // catalogue: confirm.<of>, .yes, .no
	yes func() tea.Cmd
	t   table
}

func newConfirm(m *Model, of string, yes func() tea.Cmd) *confirmPage {
	p := &confirmPage{m: m, of: of, yes: yes, t: table{quick: true}}
	if of == "start" {
		return p // what was asked for a moment ago
	}
	p.t.cur = 1
	return p
}

func (p *confirmPage) name() string { return "confirm." + p.of }
func (p *confirmPage) step() int    { return 0 }
func (p *confirmPage) typing() bool { return false }
func (p *confirmPage) keys() []hint {
	return []hint{{"up/down", "key.choose"}, {"enter", "key.use"}}
}

func (p *confirmPage) press(k key) (tea.Cmd, bool) {
	switch k.name {
	case "y":
		p.t.cur = 0
		return p.answer(), true
	case "n":
		p.t.cur = 1
		return p.answer(), true
	case "enter":
		return p.answer(), true
	}
	return nil, p.t.press(k, 2)
}

func (p *confirmPage) answer() tea.Cmd {
	p.m.drop()
	if p.t.cur == 0 {
		return p.yes()
	}
	return nil
}

func (p *confirmPage) got(tea.Msg) tea.Cmd { return nil }

func (p *confirmPage) draw(v *view) {
	v.gap()
	v.para(v.st.Plain, 0, v.tx.say(p.name()+".question"), 6)
	v.lines = append(v.lines, "")
	answers := []string{v.tx.say(p.name() + ".yes"), v.tx.say(p.name() + ".no")}
	p.t.draw(v, 2, []column{{}}, 2, func(i int) row { return row{[]string{answers[i]}, v.st.Plain} }, p.answer)
}

// newHelp says what a page is for, in sentences, and which keys it takes.
func newHelp(m *Model, of page) page {
	p := &textPage{title: "help"}
	add := func(head bool, indent int, text string) { p.lines = append(p.lines, textLine{text, head, indent}) }
	if m.tx.has(of.name() + ".help") {
		add(true, 0, m.tx.say(of.name()+".title"))
		for _, part := range strings.Split(m.tx.say(of.name()+".help"), " | ") {
			add(false, 0, part)
		}
		add(false, 0, "")
	}
	add(true, 0, m.tx.say("help.keys"))
	for _, h := range append(of.keys(), hint{"esc", "key.back"}, hint{"?", "key.help"}, hint{"ctrl+p", "key.commands"}, hint{"ctrl+c", "key.quit"}) {
		add(false, 2, m.keyName(h.key)+"   "+m.tx.say(h.text))
	}
	add(false, 0, "")
	for _, part := range strings.Split(m.tx.say("help.general"), " | ") {
		add(false, 0, part)
	}
	return p
}

// palettePage lists everything that can be done now; letters search in it.
type palettePage struct {
	m      *Model
	search field
	all    []command
	shown  []command
	t      table
}

// command is something that can be done, with its key on the page below.
type command struct {
	text, key string
	do        func() tea.Cmd
}

func newPalette(m *Model, of page) *palettePage {
	p := &palettePage{m: m}
	for _, h := range of.keys() {
		if h.key != "up/down" {
			p.all = append(p.all, command{m.tx.say(h.text), m.keyName(h.key), func() tea.Cmd { return m.press(keyOf(h.key)) }})
		}
	}
	if len(m.pages) > 1 {
		p.all = append(p.all, command{m.tx.say("key.back"), m.keyName("esc"), m.back}, command{m.tx.say("command.home"), "", func() tea.Cmd {
			for _, t := range m.tasks {
				if t.keeps {
					m.say(m.tx.say("command.busy"))
					return nil
				}
			}
			return m.home()
		}})
	}
	p.all = append(p.all, command{m.tx.say("key.help"), m.keyName("?"), func() tea.Cmd { return m.push(newHelp(m, of)) }})
	for _, l := range Languages() {
		if l != m.tx.Language {
			p.all = append(p.all, command{m.tx.say("language." + l), "", func() tea.Cmd { return m.speak(l) }})
		}
	}
	p.all = append(p.all, command{m.tx.say("key.quit"), m.keyName("ctrl+c"), m.quit})
	p.shown = p.all
	return p
}

// speak changes the language.
func (m *Model) speak(language string) tea.Cmd {
	tx, err := loadTexts(language)
	if err != nil {
		m.fail(err)
		return nil
	}
	m.tx = tx
	return nil
}

func (p *palettePage) name() string { return "palette" }
func (p *palettePage) step() int    { return 0 }
func (p *palettePage) typing() bool { return true }
func (p *palettePage) keys() []hint { return []hint{{"up/down", "key.choose"}, {"enter", "key.use"}} }

func (p *palettePage) press(k key) (tea.Cmd, bool) {
	switch k.name {
	case "enter":
		return p.use(), true
	case "up", "down", "pgup", "pgdown":
		return nil, p.t.press(k, len(p.shown))
	case "esc":
		return nil, false
	}
	if !p.search.press(k) {
		return nil, false
	}
	p.shown, p.t = nil, table{}
	for _, c := range p.all {
		if strings.Contains(strings.ToLower(c.text), strings.ToLower(p.search.value())) {
			p.shown = append(p.shown, c)
		}
	}
	return nil, true
}

func (p *palettePage) use() tea.Cmd {
	if p.t.cur >= len(p.shown) {
		return nil
	}
	p.m.drop()
	return p.shown[p.t.cur].do()
}

func (p *palettePage) got(tea.Msg) tea.Cmd { return nil }

func (p *palettePage) draw(v *view) {
	v.cells(cell{v.st.Head, v.tx.say("choose.search"), 14, false})
	v.lines[len(v.lines)-1] += p.search.draw(v.st, min(v.width-14, 40), true)
	v.tightGap()
	if len(p.shown) == 0 {
		v.line(v.st.Dim, v.tx.say("choose.none"))
		return
	}
	p.t.draw(v, v.left(), []column{{width: 44}, {}}, len(p.shown), func(i int) row {
		return row{[]string{p.shown[i].text, p.shown[i].key}, v.st.Plain}
	}, p.use)
}
