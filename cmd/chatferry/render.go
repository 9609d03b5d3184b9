package main

import (
	"io"

	"github.com/chatferry/chatferry/core/progress"
	"github.com/chatferry/chatferry/core/report"
)

// width is how wide text on standard output may be: the terminal's width, any in a file or pipe.
func (a *app) width() int { return progress.Width(a.stdout, 0) }

// colour tells whether standard error takes colours.
func (a *app) colour() bool {
	return a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb" && progress.Terminal(a.stderr)
}

// texter is a result that can be shown to people.
type texter interface {
	Text(w io.Writer, width int) error
}

// show writes a result to standard output: one line of JSON, or text.
func (a *app) show(v texter, asJSON bool) error {
	if asJSON {
		return report.JSON(a.stdout, v)
	}
	return v.Text(a.stdout, a.width())
}

// showSummary writes how a run ended and returns its verdict. In JSON it is the last line of
// standard output.
func (a *app) showSummary(s *report.Summary, asJSON bool) error {
	if err := a.show(s, asJSON); err != nil {
		return err
	}
	return ended(s.ExitCode)
}

// reporter starts the progress display that a mode asks for. The caller closes it before it shows the result.
func (a *app) reporter(mode string) (*progress.Meter, error) {
	p, err := progress.Choose(mode, a.stderr, progress.Level(a.logLevel), a.getenv)
	if err != nil {
		return nil, usage("--progress", "", err)
	}
	return progress.NewMeter(p), nil
}
