package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatferry/chatferry/core/safe"
)

// View implements tea.Model.
func (m *Model) View() string {
	m.zones = nil
	if m.width < 40 || m.height < 10 {
		return safe.Line(m.tx.say("small"), m.width)
	}
	head := &view{width: m.width, height: m.height, st: m.st, tx: m.tx}
	m.drawHead(head)
	foot := &view{width: m.width, height: m.height, st: m.st, tx: m.tx}
	m.drawFoot(foot)
	body := &view{width: m.width - 2, height: m.height - len(head.lines) - len(foot.lines), st: m.st, tx: m.tx}
	m.page().draw(body)
	for len(body.lines) < body.height {
		body.lines = append(body.lines, "")
	}
	lines := head.lines
	m.zones = append(m.zones, head.zones...)
	for _, z := range body.zones {
		m.zones = append(m.zones, zone{z.line + len(lines), z.from + 1, z.to + 1, z.do})
	}
	for _, l := range body.lines[:body.height] {
		lines = append(lines, " "+l)
	}
	for _, z := range foot.zones {
		m.zones = append(m.zones, zone{z.line + len(lines), z.from, z.to, z.do})
	}
	return m.st.signs(strings.Join(append(lines, foot.lines...), "\n"))
}

func (m *Model) drawHead(v *view) {
	p := m.page()
	title := m.tx.say(p.name() + ".title")
	if n := p.step(); n > 0 {
		title = m.tx.say("step", "n", safe.Count(int64(n)), "of", safe.Count(steps), "title", title)
	}
	v.cells(cell{v.st.Title, " Chatferry", 12, false}, cell{v.st.Head, title, v.width - 12, false})
	v.line(v.st.Dim, strings.Repeat(v.st.Rule, v.width))
}

// drawFoot draws the notice and the keys that the page takes; each can be clicked.
func (m *Model) drawFoot(v *view) {
	v.line(v.st.Dim, strings.Repeat(v.st.Rule, v.width))
	if m.quitting {
		m.notice, m.bad = m.tx.say("stopping"), false
	}
	if m.notice != "" {
		style := v.st.Key
		if m.bad {
			style = v.st.Bad
		}
		for _, l := range wrap(m.notice, v.width-2)[:min(3, len(wrap(m.notice, v.width-2)))] {
			v.line(style, " "+l)
		}
	}
	help := hint{"?", "key.help"}
	if m.page().typing() {
		help.key = "f1"
	}
	back := hint{"esc", "key.back"}
	if len(m.pages) == 1 {
		back.text = "key.quit"
	}
	m.drawKeys(v, m.page().keys(), help, back, hint{"ctrl+p", "key.commands"})
}

// drawKeys draws as many keys of a page as there is room for beside those that are always shown. On a low
// terminal they have one line, else a second one when they need it. The last one is left out first.
func (m *Model) drawKeys(v *view, own []hint, always ...hint) {
	width := func(list []hint) (n int) {
		for _, h := range list {
			n += 2 + safe.Width(m.keyName(h.key)) + 1 + safe.Width(m.tx.say(h.text))
		}
		return n - 1
	}
	all := append(slices.Clone(own), always...)
	if width(all) <= v.width {
		m.keyLine(v, all)
		return
	}
	two := v.height >= 20
	if !two {
		always = always[:2]
	}
	for len(own) > 0 && (width(own) > v.width || !two && width(own)+1+width(always) > v.width) {
		own = own[:len(own)-1]
	}
	if two {
		m.keyLine(v, own)
		own = nil
	}
	m.keyLine(v, append(slices.Clone(own), always...))
}

func (m *Model) keyLine(v *view, hints []hint) {
	var b strings.Builder
	line, used := len(v.lines), 0
	for i, h := range hints {
		if b.WriteByte(' '); i > 0 {
			b.WriteByte(' ')
			used++
		}
		used++
		name, text := m.keyName(h.key), m.tx.say(h.text)
		w := safe.Width(name) + 1 + safe.Width(text)
		b.WriteString(render(v.st.Key, name) + " " + text)
		v.zones = append(v.zones, zone{line, used, used + w, func() tea.Cmd { return m.press(keyOf(h.key)) }})
		used += w
	}
	v.lines = append(v.lines, b.String())
}

// keyOf is the key of a hint.
func keyOf(name string) key {
	if len(name) == 1 {
		return key{name: name, text: name}
	}
	return key{name: name}
}

// keyName is how a key is written for people.
func (m *Model) keyName(name string) string {
	switch name {
	case "up/down":
		return m.st.Up + m.st.Down
	case " ":
		return m.tx.say("key.space")
	}
	return m.tx.word("keyname.", name)
}
