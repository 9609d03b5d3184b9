// Package xlsx writes a chat history as a workbook: messages, people, conversations and what hangs on them,
// one sheet each, with real dates, filters and links to attachments.
//
// Invariants:
//   - Nothing is lost to the limits of the format. A text that is too long for a cell stands whole in the sheet
//     long_texts, rows beyond the last one a sheet can have go on in a further sheet, and a time that no date
//     cell holds exactly is completed in the column rest, or stands as text.
//   - There is no formula in the workbook, and a text is text also when somebody edits its cell.
//   - Writing and reading are streams: memory does not grow with messages.
//   - What is read back has the very bytes that the writer makes of what was read.
package xlsx

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
	Zone string `ferry:"zone" default:"UTC" help:"time zone of the columns for people, day and local; all other times are UTC"`
}

// Limits of the format.
const (
	maxRows  = 1_048_576 // of a sheet, with its header
	maxUnits = 32_767    // UTF-16 code units of a cell
	maxLinks = 65_530    // of a sheet
)

// Plugin is the XLSX sink.
func Plugin() plugin.Plugin {
	const version = "1.0.0"
	return plugin.Plugin{Name: "xlsx", Version: version, Summary: "Excel workbook with a sheet for each kind of thing", Doc: doc, Sink: edition.NewSink("xlsx", version, edition.ByTime, open)}
}

func open(_ context.Context, c config) (edition.Format, error) {
	schema, err := table.New(c.Zone, true)
	if err != nil {
		return nil, err
	}
	return &format{schema: schema, limits: limits{maxRows, maxUnits, maxLinks}}, nil
}

// limits are those of the format; tests have smaller ones.
type limits struct{ rows, units, links int }

// format is the XLSX format.
type format struct {
	schema *table.Schema
	limits limits
}
