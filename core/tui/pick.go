package tui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// pickPage is the file browser: for a dump, or for the output folder of an earlier run.
type pickPage struct {
	m       *Model
	past    bool
	dir     string
	entries []entry
	more    bool  // the folder holds more than are shown
	path    field // typed instead
	typed   bool
	t       table
}

// entry is a file or folder.
type entry struct {
	name string
	dir  bool
	past bool // a migration was made into this folder
	size int64
}

// listMsg is what a folder holds.
type listMsg struct {
	dir     string
	entries []entry
	more    bool
	err     error
}

// listLimit bounds how much of a folder is shown.
const listLimit = 20_000

func newPick(m *Model, past bool) *pickPage { return &pickPage{m: m, past: past, dir: m.o.Dir} }

func (p *pickPage) start() tea.Cmd { return listDir(p.dir) }

// listDir reads a folder: folders first, then files, without hidden ones.
func listDir(dir string) tea.Cmd {
	return func() tea.Msg {
		msg := listMsg{dir: dir}
		f, err := os.Open(dir)
		if err != nil {
			msg.err = err
			return msg
		}
		defer f.Close()
		list, err := f.ReadDir(listLimit + 1)
		if len(list) == 0 && err != nil && err.Error() != "EOF" {
			msg.err = err
		}
		msg.more = len(list) > listLimit
		for _, d := range list[:min(len(list), listLimit)] {
			if strings.HasPrefix(d.Name(), ".") {
				continue
			}
			e := entry{name: d.Name()}
			info, err := os.Stat(filepath.Join(dir, d.Name())) // follows links, as opening does
			if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
				continue
			}
			e.dir, e.size = info.IsDir(), info.Size()
			if _, err := os.Stat(filepath.Join(dir, d.Name(), job.StateName)); err == nil {
				e.past = true
			}
			msg.entries = append(msg.entries, e)
		}
		slices.SortFunc(msg.entries, func(a, b entry) int {
			if a.dir != b.dir {
				if a.dir {
					return -1
				}
				return 1
			}
			return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name))
		})
		return msg
	}
}

func (p *pickPage) name() string {
	if p.past {
		return "openpast"
	}
	return "pick"
}

func (p *pickPage) step() int {
	if p.past {
		return 0
	}
	return 1
}

func (p *pickPage) typing() bool { return p.typed }

func (p *pickPage) keys() []hint {
	if p.typed {
		return []hint{{"enter", "key.use"}, {"ctrl+u", "key.empty"}}
	}
	list := []hint{{"enter", "key.open"}, {"left", "key.parent"}, {"/", "key.path"}}
	if !p.past || len(p.entries) > 0 {
		list = append(list, hint{"u", "key.thisfolder"})
	}
	return list
}

// at is the entry shown in row i; the first row leads up.
func (p *pickPage) at(i int) entry {
	if i == 0 {
		return entry{name: "..", dir: true}
	}
	return p.entries[i-1]
}

func (p *pickPage) press(k key) (tea.Cmd, bool) {
	if p.typed {
		return p.pressPath(k)
	}
	switch k.name {
	case "enter", "right":
		return p.open(), true
	case "left", "backspace":
		return listDir(filepath.Dir(p.dir)), true
	case "/", "~", "p":
		p.typed = true
		p.path.set(strings.TrimSuffix(p.dir, "/") + "/")
		return nil, true
	case "u":
		return p.use(p.dir), true
	}
	if p.t.press(k, len(p.entries)+1) {
		return nil, true
	}
	if r := []rune(strings.ToLower(k.text)); len(r) == 1 && k.name != "q" { // jump to a name
		for off := range p.entries {
			i := (p.t.cur + off) % len(p.entries)
			if strings.HasPrefix(strings.ToLower(p.entries[i].name), string(r)) {
				p.t.cur = i + 1
				break
			}
		}
		return nil, true
	}
	return nil, false
}

func (p *pickPage) pressPath(k key) (tea.Cmd, bool) {
	switch k.name {
	case "esc":
		p.typed = false
		return nil, true
	case "enter":
		p.typed = false
		return p.visit(p.m.o.path(p.path.value())), true
	}
	return nil, p.path.press(k)
}

// visit opens a path that was typed: a folder is shown, unless it is what is looked for.
func (p *pickPage) visit(path string) tea.Cmd {
	return func() tea.Msg {
		if info, err := os.Stat(path); err == nil && info.IsDir() && !p.past {
			return listDir(path)()
		}
		return useMsg{path}
	}
}

// useMsg is a path to use.
type useMsg struct{ path string }

// open enters a folder or uses a file.
func (p *pickPage) open() tea.Cmd {
	e := p.at(p.t.cur)
	switch {
	case e.name == ".." && p.t.cur == 0:
		return listDir(filepath.Dir(p.dir))
	case e.dir && !(e.past && p.past):
		return listDir(filepath.Join(p.dir, e.name))
	}
	return p.use(filepath.Join(p.dir, e.name))
}

// use takes a path as the dump, or as the folder to open.
func (p *pickPage) use(path string) tea.Cmd {
	if p.past {
		return openFolder(p.m, path)
	}
	return p.m.push(newContent(p.m, path))
}

func (p *pickPage) got(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case listMsg:
		if p.m.page() != page(p) {
			return nil
		}
		if msg.err != nil {
			p.m.fail(msg.err)
			return nil
		}
		came := filepath.Base(p.dir)
		up := filepath.Dir(p.dir) == msg.dir && p.dir != msg.dir
		p.dir, p.entries, p.more, p.t = msg.dir, msg.entries, msg.more, table{}
		p.m.o.Dir = p.dir
		for i, e := range p.entries {
			if up && e.name == came {
				p.t.cur = i + 1
			}
		}
	case useMsg:
		if p.m.page() == page(p) {
			return p.use(msg.path)
		}
	}
	return nil
}

func (p *pickPage) draw(v *view) {
	v.para(v.st.Plain, 0, v.tx.say(p.name()+".lead"), 3)
	v.tightGap()
	if p.typed {
		v.line(v.st.Head, v.tx.say("pick.path"))
		v.lines = append(v.lines, p.path.draw(v.st, v.width, true))
		v.gap()
		v.para(v.st.Dim, 0, v.tx.say("pick.path.about"), 3)
		return
	}
	v.line(v.st.Head, p.dir)
	p.t.draw(v, v.left()-1, []column{{}, {width: 14, right: true}}, len(p.entries)+1, func(i int) row {
		e := p.at(i)
		switch {
		case i == 0:
			return row{[]string{"..  " + v.tx.say("pick.up"), ""}, v.st.Dim}
		case e.dir:
			what := ""
			if e.past {
				what = v.tx.say("pick.past")
			}
			return row{[]string{e.name + "/", what}, v.st.Head}
		}
		return row{[]string{e.name, report.Bytes(e.size)}, v.st.Plain}
	}, p.open)
	if p.more {
		v.line(v.st.Warn, v.tx.say("pick.more", "n", safe.Count(listLimit)))
	} else {
		v.line(v.st.Dim, p.t.place(len(p.entries)+1))
	}
}
