package tui

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	uni "unicode"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"github.com/chatferry/chatferry/core/safe"
)

var update = flag.Bool("update", false, "write the golden frames anew")

// pilot presses keys and carries out what they lead to.
type pilot struct {
	t *testing.T
	m *Model
	d *dock
}

func environ(language string) func(string) string {
	return func(name string) string {
		return map[string]string{"LC_ALL": language + ".UTF-8", "NO_COLOR": "1", "TERM": "xterm", "HOME": "/home"}[name]
	}
}

// newPilot begins at home, with two recent folders, in a folder with one dump.
func newPilot(t *testing.T, language, name string) *pilot {
	t.Helper()
	t.Chdir(t.TempDir()) // so that no frame holds a path of this machine
	dir, config := "exports", t.TempDir()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "acme.zip"), []byte("PK"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{"/gone", "/runs/cut", "/runs/acme"} {
		if err := remember(config, out); err != nil {
			t.Fatal(err)
		}
	}
	d := &dock{name: name}
	m := NewModel(Options{Ferry: d, Config: config, Dir: dir, Getenv: environ(language), Out: os.Stderr})
	m.st, m.pause = newStyles(termenv.Ascii, true), 0
	p := &pilot{t, m, d}
	m.send = func(msg tea.Msg) { p.update(msg) }
	p.do(m.Init())
	return p
}

func (p *pilot) update(msg tea.Msg) {
	_, cmd := p.m.Update(msg)
	p.do(cmd)
}

func (p *pilot) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, tea.QuitMsg:
	case tea.BatchMsg:
		for _, c := range msg {
			p.do(c)
		}
	default:
		p.update(msg)
	}
}

var named = map[string]tea.KeyType{"enter": tea.KeyEnter, "esc": tea.KeyEsc, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "tab": tea.KeyTab, "space": tea.KeySpace,
	"ctrl+n": tea.KeyCtrlN, "ctrl+p": tea.KeyCtrlP, "ctrl+u": tea.KeyCtrlU, "ctrl+c": tea.KeyCtrlC, "f1": tea.KeyF1, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace}

// press presses keys by name; everything else is typed.
func (p *pilot) press(keys ...string) *pilot {
	for _, k := range keys {
		if typ, ok := named[k]; ok {
			msg := tea.KeyMsg{Type: typ}
			if k == "space" {
				msg.Runes = []rune(" ")
			}
			p.update(msg)
			continue
		}
		for _, r := range k {
			p.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
	}
	return p
}

// frame is what is shown at a size.
func (p *pilot) frame(width, height int) string {
	p.update(tea.WindowSizeMsg{Width: width, Height: height})
	return p.m.View()
}

// at wants the page on top to have a name.
func (p *pilot) at(name string) *pilot {
	p.t.Helper()
	if got := p.m.page().name(); got != name {
		p.t.Fatalf("the page is %s, not %s:\n%s", got, name, p.frame(80, 24))
	}
	return p
}

// journey visits every page; see is called on each.
func journey(t *testing.T, language, name string, see func(page string, p *pilot)) {
	p := newPilot(t, language, name)
	look := func(page string) { see(page, p) }
	look("home")
	p.press("?").at("help")
	look("help")
	p.press("esc", "ctrl+p").at("palette")
	look("palette")
	p.press("esc", "enter").at("pick")
	look("pick")
	p.press("/")
	look("path")
	p.press("esc", "down", "enter").at("content")
	look("content")
	p.press("enter").at("keep")
	look("keep")
	p.press("soon")
	look("mistake")
	p.press("ctrl+u", "2024-01-01", "down", "down", "enter").at("choose.conversations")
	look("choose")
	p.press("space", "enter").at("keep").press("ctrl+n").at("target")
	p.press("down", "space", "down", "down")
	look("folder")
	p.press("up", "up")
	look("target")
	p.press("ctrl+n").at("people")
	look("people")
	p.press("enter").at("person")
	look("person")
	p.press("esc", "c").at("plan")
	look("plan")
	p.press("l").at("losses")
	look("losses")
	p.press("enter")
	look("loss")
	p.press("esc", "esc").at("plan").press("enter").at("confirm.start")
	look("start")
	p.press("enter").at("run")
	look("run")
	p.press("2")
	look("rejects")
	p.press("3")
	look("log")
	p.press("1", "enter").at("result")
	look("result")
	p.press("enter").at("evidence.source")
	look("source")
	p.press("enter").at("evidence.source")
	look("counted")
	p.press("esc", "down", "enter").at("evidence.source")
	look("finding")
	p.press("esc", "down", "enter").at("record")
	look("record")
	p.press("esc", "esc", "down", "enter").at("evidence.books")
	look("books")
	p.press("esc", "down", "down", "enter").at("evidence.readback")
	look("readback")
	p.press("enter").at("differences")
	p.press("enter")
	look("differences")
	p.press("esc", "esc", "esc", "down", "enter").at("evidence.report")
	look("report")
	p.press("esc", "down", "enter").at("media")
	look("media")
	p.press("esc", "e").at("export")
	look("export")
	p.press("esc", "x").at("lookup").press("slack:T:C1:1", "enter").at("record")
	look("explained")
}

var sizes = [][2]int{{60, 18}, {80, 24}, {140, 45}}

// TestFrames compares every page at three sizes with what is kept in testdata.
func TestFrames(t *testing.T) {
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"en", "zh"} {
		t.Run(language, func(t *testing.T) {
			journey(t, language, "Ann Ashford", func(page string, p *pilot) {
				var b strings.Builder
				for _, size := range sizes {
					b.WriteString("== " + strconv.Itoa(size[0]) + "x" + strconv.Itoa(size[1]) + "\n")
					for _, l := range strings.Split(p.frame(size[0], size[1]), "\n") {
						b.WriteString(strings.TrimRight(l, " ") + "\n")
					}
				}
				got := b.String()
				golden := filepath.Join(home, "testdata", page+"."+language+".golden")
				if *update {
					if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
					return
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("%s differs from %s; look at it, then -update:\n%s", page, golden, got)
				}
			})
		})
	}
}

// hostile are names as somebody would write them to harm who reads them.
var hostile = []string{
	"a\x1b[31m\x1b]0;title\x07b", "\u202egpj.exe\u2066", "c\u009b2Jd", strings.Repeat("e\u0301\u0301\u0301", 40), strings.Repeat("東京都", 30),
	"x\r\ny\tz\x00", "\u200b\u200f\ufeff", strings.Repeat("w", 4000), "👩\u200d👧\u200d👦🏽 " + strings.Repeat("🏴", 30), "\xff\xfe{n}{of}",
}

// TestHostileNamesStayInTheirPlace draws every page with names that try to move the cursor, reorder the
// line or break out of it.
func TestHostileNamesStayInTheirPlace(t *testing.T) {
	colours := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for _, name := range hostile {
		for _, profile := range []termenv.Profile{termenv.Ascii, termenv.ANSI} {
			journey(t, "zh", name, func(page string, p *pilot) {
				p.m.st = newStyles(profile, true)
				for _, size := range append(sizes, [2]int{40, 10}, [2]int{300, 90}) {
					lines := strings.Split(p.frame(size[0], size[1]), "\n")
					if len(lines) != size[1] {
						t.Errorf("%q: %s has %d lines at %v", name, page, len(lines), size)
					}
					for _, l := range lines {
						bare := colours.ReplaceAllString(l, "")
						if i := strings.IndexFunc(bare, unsafeRune); i >= 0 {
							t.Fatalf("%q: %s lets a control pass: %q", name, page, bare)
						}
						if w := safe.Width(bare); w > size[0] {
							t.Fatalf("%q: %s has a line of %d columns at %v: %q", name, page, w, size, bare)
						}
					}
				}
			})
		}
	}
}

func unsafeRune(r rune) bool {
	return r != 0x200d && (uni.Is(uni.Cc, r) || uni.Is(uni.Cf, r) || r == 0x2028 || r == 0x2029)
}
