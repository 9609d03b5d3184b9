package tui

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/chatferry/chatferry/core/fault"
)

// Options are what the interface needs.
type Options struct {
	Ferry  Ferry
	Config string // folder for the list of recent runs; "": there is none
	Dir    string // where the file browser begins
	Getenv func(string) string
	In     io.Reader
	Out    io.Writer
}

// key is a key that was pressed: its name, and what it writes into a field.
type key struct{ name, text string }

// hint is a key that a page takes, with the catalogue key of what it does.
type hint struct{ key, text string }

// page is one screen.
type page interface {
	// name is the catalogue's: its title is name.title, its help name.help.
	name() string
	// step is its place among the steps of a migration; 0: none.
	step() int
	// typing tells whether letters are text now.
	typing() bool
	keys() []hint
	// press takes a key; false when the page has no use for it.
	press(k key) (tea.Cmd, bool)
	// got takes the result of a command.
	got(msg tea.Msg) tea.Cmd
	draw(v *view)
}

// steps is how many steps a migration has.
const steps = 8

// Model is the whole interface.
type Model struct {
	o        Options
	tx       *Texts
	st       *Styles
	pages    []page // the last one is shown
	width    int
	height   int
	zones    []zone
	notice   string // one line above the keys
	bad      bool   // the notice is a failure
	tasks    map[int]*task
	lastTask int
	send     func(tea.Msg) // into the loop, from a task
	quitting bool
	pause    time.Duration // before a form counts
	recent   recent
	choice   Choice
	edits    map[string]map[string]edit // of accounts, by target and key
}

// NewModel makes the interface, at its home page.
func NewModel(o Options) *Model {
	m := &Model{o: o, tx: NewTexts(o.Getenv), st: NewStyles(o.Out, o.Getenv), width: 80, height: 24, tasks: map[int]*task{}, pause: recountAfter, edits: map[string]map[string]edit{}, send: func(tea.Msg) {}}
	m.choice.Settings = map[string]string{}
	m.pages = []page{newHome(m)}
	return m
}

// Run shows the interface until its user leaves it.
func Run(ctx context.Context, o Options) error {
	m := NewModel(o)
	p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithAltScreen(), tea.WithMouseCellMotion(), tea.WithoutSignalHandler(),
		tea.WithInput(o.In), tea.WithOutput(o.Out))
	m.send = p.Send
	_, err := p.Run()
	m.stopAll()
	switch {
	case err == nil, errors.Is(err, tea.ErrInterrupted):
		return nil
	case errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil:
		return ctx.Err()
	}
	return fault.New(fault.Bug, "show", "the terminal interface", "try \"chatferry ui --accessible\"", err)
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd { return loadRecent(m.o) }

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		return m, nil
	case tea.KeyMsg:
		k := key{name: msg.String()}
		if msg.Type == tea.KeyRunes && !msg.Alt || msg.Type == tea.KeySpace {
			k.text = string(msg.Runes)
		}
		return m, m.press(k)
	case tea.MouseMsg:
		return m, m.mouse(msg)
	case recentMsg:
		m.recent = msg.list
		if msg.err != nil {
			m.fail(msg.err)
		}
	case taskMsg:
		return m, m.advance(msg)
	case pastMsg:
		if msg.err != nil {
			m.fail(msg.err)
			return m, nil
		}
		return m, openPast(m, msg.past)
	}
	return m, m.tell(msg)
}

// tell gives a message to every page, the deepest first.
func (m *Model) tell(msg tea.Msg) tea.Cmd {
	var cmds []tea.Cmd
	for _, p := range m.pages {
		cmds = append(cmds, p.got(msg))
	}
	return tea.Batch(cmds...)
}

func (m *Model) page() page { return m.pages[len(m.pages)-1] }

// press is one key, wherever it comes from.
func (m *Model) press(k key) tea.Cmd {
	if m.quitting {
		if k.name == "ctrl+c" {
			return tea.Quit
		}
		return nil
	}
	m.notice, m.bad = "", false
	p := m.page()
	switch {
	case k.name == "ctrl+c":
		return m.quit()
	case k.name == "ctrl+p", k.name == ":" && !p.typing():
		return m.push(newPalette(m, p))
	case k.name == "f1", k.name == "?" && !p.typing():
		return m.push(newHelp(m, p))
	case k.name == "ctrl+l":
		return tea.ClearScreen
	}
	if cmd, ok := p.press(k); ok {
		return cmd
	}
	switch {
	case k.name == "esc":
		return m.back()
	case k.name == "q" && !p.typing():
		return m.quit()
	}
	return nil
}

// mouse turns the wheel into keys, and clicks into what stands there.
func (m *Model) mouse(e tea.MouseMsg) tea.Cmd {
	switch {
	case e.Button == tea.MouseButtonWheelUp:
		return m.press(key{name: "up"})
	case e.Button == tea.MouseButtonWheelDown:
		return m.press(key{name: "down"})
	case e.Button != tea.MouseButtonLeft || e.Action != tea.MouseActionPress || m.quitting:
		return nil
	}
	for _, z := range m.zones {
		if z.line == e.Y && e.X >= z.from && e.X < z.to {
			m.notice, m.bad = "", false
			return z.do()
		}
	}
	return nil
}

// push shows a page on top of the present one.
func (m *Model) push(p page) tea.Cmd {
	m.pages = append(m.pages, p)
	if s, ok := p.(interface{ start() tea.Cmd }); ok {
		return s.start()
	}
	return nil
}

// back leaves the page on top; leaving the last one leaves the program.
func (m *Model) back() tea.Cmd {
	if len(m.pages) == 1 {
		return m.quit()
	}
	m.drop()
	return nil
}

func (m *Model) drop() {
	if s, ok := m.page().(interface{ stop() }); ok {
		s.stop()
	}
	m.pages = m.pages[:len(m.pages)-1]
}

// home leaves everything but the first page.
func (m *Model) home() tea.Cmd {
	for len(m.pages) > 1 {
		m.drop()
	}
	return loadRecent(m.o)
}

// quit ends what is at work first, so that nothing is cut off.
func (m *Model) quit() tea.Cmd {
	for _, t := range m.tasks {
		if t.keeps && !m.confirming() {
			return m.push(newConfirm(m, "quit", m.leave))
		}
	}
	return m.leave()
}

func (m *Model) confirming() bool {
	_, ok := m.page().(*confirmPage)
	return ok
}

func (m *Model) leave() tea.Cmd {
	m.quitting = true
	if len(m.tasks) == 0 {
		return tea.Quit
	}
	for _, t := range m.tasks {
		t.cancel()
	}
	return nil
}

// say shows a line above the keys until the next key.
func (m *Model) say(text string) { m.notice, m.bad = text, false }

// fail shows an error with its hint.
func (m *Model) fail(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	m.notice, m.bad = m.tx.say("error", "error", strings.ReplaceAll(err.Error(), "\n", " ")), true
	if hint := fault.HintOf(err); hint != "" {
		m.notice += ". " + m.tx.say("error.hint", "hint", hint)
	}
}
