// Package sqlite writes a chat history as one SQLite database that anybody can ask questions: documented
// tables, views for common questions, and a full-text search that finds Chinese too.
//
// Invariants:
//   - The file is a database at rest: one file without a journal or a log beside it.
//   - The same history and settings give the same bytes.
//   - Tables are STRICT, and every foreign key is met.
//   - What is read back has the very schema that was written: a view or a trigger of somebody else is damage.
package sqlite

import (
	"context"
	_ "embed"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/table"
)

//go:embed README.md
var doc string

// config is the settings of the sink.
type config struct {
	Search bool   `ferry:"search" default:"true" help:"make the full-text index"`
	Zone   string `ferry:"zone" default:"UTC" help:"time zone of the columns for people, day and local"`
}

// Plugin is the SQLite sink.
func Plugin() plugin.Plugin {
	const version = "1.0.0"
	return plugin.Plugin{Name: "sqlite", Version: version, Summary: "one SQLite database with views and full-text search", Doc: doc, Sink: edition.NewSink("sqlite", version, edition.ByTime, open)}
}

func open(_ context.Context, c config) (edition.Format, error) {
	schema, err := table.New(c.Zone, false)
	if err != nil {
		return nil, err
	}
	return &format{schema: schema, config: c}, nil
}
