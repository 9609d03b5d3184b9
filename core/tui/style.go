package tui

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Styles are all colours and signs of the interface. The colours are the sixteen that every terminal
// lets its user choose, so they fit light and dark backgrounds alike.
type Styles struct {
	Plain, Title, Head, Dim, Chosen, Key, Good, Warn, Bad, Bar lipgloss.Style

	Mark, Rule, Full, Empty, Tick, Dot, Up, Down string
	Parts                                        []string // of a full cell, the smallest first
	simple                                       *strings.Replacer
	Plaintext                                    bool // without styles, as NO_COLOR wants it
}

// NewStyles chooses by the environment: NO_COLOR, TERM and the character set of the locale.
func NewStyles(out io.Writer, getenv func(string) string) *Styles {
	profile := termenv.NewOutput(out, termenv.WithEnvironment(environment{getenv})).EnvColorProfile()
	if profile != termenv.Ascii {
		profile = termenv.ANSI
	}
	if getenv("NO_COLOR") != "" || getenv("TERM") == "dumb" {
		profile = termenv.Ascii
	}
	return newStyles(profile, unicode(getenv))
}

func newStyles(profile termenv.Profile, utf8 bool) *Styles {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(profile)
	colour := func(n string) lipgloss.Style { return r.NewStyle().Foreground(lipgloss.Color(n)) }
	s := &Styles{
		Plain: r.NewStyle(), Title: r.NewStyle().Bold(true), Head: colour("6").Bold(true), Dim: r.NewStyle().Faint(true),
		Chosen: r.NewStyle().Bold(true).Reverse(true), Key: colour("6"), Good: colour("2"), Warn: colour("3"), Bad: colour("1").Bold(true),
		Bar:  colour("4"),
		Mark: "▸", Rule: "─", Full: "█", Empty: "░", Tick: "✓", Dot: "·", Up: "↑", Down: "↓",
		Parts: strings.Split("▁▂▃▄▅▆▇█", ""), Plaintext: profile == termenv.Ascii,
	}
	if !utf8 {
		s.Mark, s.Rule, s.Full, s.Empty, s.Tick, s.Dot, s.Up, s.Down = ">", "-", "#", ".", "x", "-", "Up", "Down"
		s.Parts = strings.Split("._-=+*##", "")
		s.simple = strings.NewReplacer("…", "~", "·", "-")
	}
	return s
}

// signs puts the signs of a frame into those that the terminal can be expected to draw, of the same width.
func (s *Styles) signs(frame string) string {
	if s.simple == nil {
		return frame
	}
	return s.simple.Replace(frame)
}

// environment lets termenv see what the program was given, and nothing else.
type environment struct{ getenv func(string) string }

// Environ implements termenv.Environ.
func (e environment) Environ() []string { return nil }

// Getenv implements termenv.Environ.
func (e environment) Getenv(name string) string { return e.getenv(name) }

// locale is the first of the variables that decide the language.
func locale(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := getenv(name); v != "" {
			return v
		}
	}
	return ""
}

// unicode tells whether the terminal can be expected to draw more than ASCII.
func unicode(getenv func(string) string) bool {
	charset := ""
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if charset = getenv(name); charset != "" {
			break
		}
	}
	charset = strings.ToLower(charset)
	return charset != "c" && charset != "posix" && (!strings.Contains(charset, ".") || strings.Contains(charset, "utf"))
}
