package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/safe"
)

// choosePage is a list to tick off; letters search in it.
type choosePage struct {
	m      *Model
	of     string // conversations, people, kinds
	items  []job.Item
	shown  []int // those that match the search
	chosen map[string]bool
	search field
	t      table
	done   func(refs []string) tea.Cmd
}

func newChoose(m *Model, of string, items []job.Item, refs []string, done func([]string) tea.Cmd) *choosePage {
	p := &choosePage{m: m, of: of, items: items, chosen: map[string]bool{}, done: done}
	for _, r := range refs {
		p.chosen[r] = true
	}
	p.match()
	return p
}

func (p *choosePage) match() {
	p.shown = p.shown[:0]
	want := strings.ToLower(p.search.value())
	for i := range p.items {
		if want == "" || strings.Contains(strings.ToLower(p.items[i].Name+"\x00"+p.items[i].Ref), want) {
			p.shown = append(p.shown, i)
		}
	}
}

func (p *choosePage) name() string { return "choose." + p.of }
func (p *choosePage) step() int    { return 0 }
func (p *choosePage) typing() bool { return true }
func (p *choosePage) keys() []hint {
	return []hint{{" ", "key.tick"}, {"enter", "key.use"}}
}

func (p *choosePage) press(k key) (tea.Cmd, bool) {
	switch k.name {
	case " ":
		p.tick()
		return nil, true
	case "enter":
		p.m.drop()
		return p.done(p.refs()), true
	case "esc", "j", "k", "g", "G", "left", "right", "home", "end":
	default:
		if p.t.press(k, len(p.shown)) {
			return nil, true
		}
	}
	if k.name != "esc" && p.search.press(k) {
		p.t = table{}
		p.match()
		return nil, true
	}
	return nil, false
}

func (p *choosePage) tick() {
	if p.t.cur < len(p.shown) {
		ref := p.items[p.shown[p.t.cur]].Ref
		p.chosen[ref] = !p.chosen[ref]
	}
}

// refs are those ticked, in the order of the list; what was typed and is in no list comes last.
func (p *choosePage) refs() []string {
	var list []string
	for i := range p.items {
		if ref := p.items[i].Ref; p.chosen[ref] {
			list = append(list, ref)
			delete(p.chosen, ref)
		}
	}
	for ref, on := range p.chosen {
		if on {
			list = append(list, ref)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (p *choosePage) got(tea.Msg) tea.Cmd { return nil }

func (p *choosePage) draw(v *view) {
	v.cells(cell{v.st.Head, v.tx.say("choose.search"), 14, false})
	v.lines[len(v.lines)-1] += p.search.draw(v.st, min(v.width-14, 40), true)
	v.tightGap()
	if len(p.shown) == 0 {
		v.line(v.st.Dim, v.tx.say("choose.none"))
		return
	}
	p.t.draw(v, v.left()-1, []column{{width: 3}, {}, {width: 26, from: 100}, {width: 12, from: 70}, {width: 11, right: true, head: v.tx.say("choose.messages")}}, len(p.shown), func(i int) row {
		it := &p.items[p.shown[i]]
		sign := "[ ]"
		if p.chosen[it.Ref] {
			sign = "[x]"
		}
		return row{[]string{sign, it.Name, it.Ref, v.tx.word("kind.", it.Kind), safe.Count(it.Messages)}, v.st.Plain}
	}, func() tea.Cmd { p.tick(); return nil })
	n, messages := 0, int64(0)
	for i := range p.items {
		if p.chosen[p.items[i].Ref] {
			n, messages = n+1, messages+p.items[i].Messages
		}
	}
	v.line(v.st.Dim, v.tx.say("choose.sum", "n", safe.Count(int64(n)), "messages", safe.Count(messages))+"   "+p.t.place(len(p.shown)))
}
