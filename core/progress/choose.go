package progress

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/chatferry/chatferry/core/safe"
)

// Modes are the values of --progress.
func Modes() []string { return []string{"auto", "line", "plain", "json", "none"} }

// Choose returns the printer for a mode on f, usually standard error. Auto is a live line on a
// terminal that can redraw, and plain lines otherwise.
func Choose(mode string, f io.Writer, level Level, getenv func(string) string) (Printer, error) {
	if !slices.Contains(Modes(), mode) {
		return nil, fmt.Errorf("%s is not one of %s", safe.Quote(mode), strings.Join(Modes(), ", "))
	}
	dumb := getenv("TERM") == "dumb"
	terminal := Terminal(f)
	switch {
	case mode == "json":
		return NewJSON(f, level), nil
	case mode == "none":
		return NewQuiet(f), nil
	case mode == "line", mode == "auto" && terminal && !dumb:
		return NewLive(f, func() int { return Width(f, 80) }, level, terminal && !dumb && getenv("NO_COLOR") == ""), nil
	}
	return NewPlain(f, level), nil
}

// minWidth is the narrowest terminal that lines are made for.
const minWidth = 40

// Width is how many columns the terminal f has, at least 40; otherwise when f is no terminal.
func Width(f io.Writer, otherwise int) int {
	if file, ok := f.(*os.File); ok {
		if w, _, err := term.GetSize(int(file.Fd())); err == nil && w > 0 {
			return max(w, minWidth)
		}
	}
	return otherwise
}

// Terminal tells whether f is a terminal.
func Terminal(f io.Writer) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
