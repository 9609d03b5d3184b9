// Package text writes a history as plain text: a file for each conversation and period, a directory and an
// index, readable in any editor and searched by any tool. Words and lines are those of core/transcript; this
// package says what stands between them.
//
// Invariants, beside those of core/edition and core/transcript: only heads, day headers and the frame of a file
// begin in the first column, and replies stand behind a bar, so that no text passes for one of them.
package text

import (
	"context"
	_ "embed"
	"errors"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/transcript"
)

//go:embed README.md
var doc string

const version = "1.0.0"

// config is the settings of the sink.
type config struct {
	Zone     string `ferry:"zone" default:"UTC" help:"time zone in which times are shown, such as Europe/Berlin"`
	Language string `ferry:"language" default:"en" choices:"en,zh" help:"language of the words around the messages"`
	Split    string `ferry:"split" default:"year" choices:"month,year,none" help:"a file for each month or year of a conversation, or one for all of it"`
	MaxMB    int    `ferry:"max_mb" default:"8" help:"size in MB from which a file is continued in another"`
}

// Plugin is the text sink.
func Plugin() plugin.Plugin {
	return plugin.Plugin{Name: "text", Version: version, Summary: "plain text: a tidy file for each conversation and period, with an index", Doc: doc,
		Sink: edition.NewSink("text", version, edition.ByThread, open)}
}

// format is the settings, checked.
type format struct {
	transcript.Options
	cut transcript.Cut
}

func open(_ context.Context, c config) (edition.Format, error) {
	o, err := transcript.NewOptions(c.Zone, c.Language)
	if err != nil {
		return nil, err
	}
	if c.MaxMB < 1 {
		return nil, plugin.BadSetting("max_mb", "write a number of MB from 1", errors.New("is too small"))
	}
	return &format{o, transcript.Cut{Period: c.Split, Bytes: c.MaxMB << 20}}, nil
}

// Render implements edition.Format.
func (f *format) Render(ctx context.Context, h *edition.History, out *edition.Folder) error {
	return transcript.Render(ctx, h, out, f.Options, f.cut, &layout{f.Options})
}
