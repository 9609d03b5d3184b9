// Package markdown writes a history as Markdown: a file for each conversation and period, a directory and an
// index, with links to the media and pictures in place. Words are those of core/transcript, escapes those of
// core/markup; this package says how they stand on the page.
//
// Invariants, beside those of core/edition, core/transcript and core/markup: what somebody wrote stands in a
// quotation, and heads, days and facts never do, so that no text passes for one of them, however it is marked up.
// No page asks a server for anything: pictures are files of the edition whose own first bytes say that they are.
package markdown

import (
	"context"
	_ "embed"
	"errors"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/markup"
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
	Split    string `ferry:"split" default:"month" choices:"month,year,none" help:"a file for each month or year of a conversation, or one for all of it"`
	MaxMB    int    `ferry:"max_mb" default:"1" help:"size in MB from which a file is continued in another"`
	Images   bool   `ferry:"images" default:"true" help:"show pictures in place, not only as links"`
}

// Plugin is the Markdown sink.
func Plugin() plugin.Plugin {
	return plugin.Plugin{Name: "markdown", Version: version, Summary: "Markdown: a file for each conversation and period, with pictures, links and an index", Doc: doc,
		Sink: edition.NewSink("markdown", version, edition.ByThread, open)}
}

// format is the settings, checked.
type format struct {
	transcript.Options
	cut    transcript.Cut
	images bool
}

func open(_ context.Context, c config) (edition.Format, error) {
	o, err := transcript.NewOptions(c.Zone, c.Language)
	if err != nil {
		return nil, err
	}
	if c.MaxMB < 1 {
		return nil, plugin.BadSetting("max_mb", "write a number of MB from 1", errors.New("is too small"))
	}
	return &format{o, transcript.Cut{Period: c.Split, Bytes: c.MaxMB << 20}, c.Images}, nil
}

// Render implements edition.Format.
func (f *format) Render(ctx context.Context, h *edition.History, out *edition.Folder) error {
	return transcript.Render(ctx, h, out, f.Options, f.cut, &layout{f.Options, newText(h.Name, func(key string) string { return h.Place(key).Title }), f.images})
}

// newText renders texts; the names of people and places that they mention are the directory's.
func newText(person, place func(key string) string) *markup.Renderer {
	plain := markup.NewRenderer(markup.Options{Dialect: markup.CommonMark})
	safely := func(name func(string) string) func(string) string {
		return func(key string) string { return escape(plain, transcript.Name(name(key))) }
	}
	return markup.NewRenderer(markup.Options{Dialect: markup.CommonMark, Mention: "@{name}", Channel: "#{name}", Person: safely(person), Place: safely(place)})
}
