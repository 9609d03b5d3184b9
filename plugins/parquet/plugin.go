// Package parquet writes a chat history as Parquet files, one for each kind of thing, for analysis: DuckDB,
// pandas, Spark and data lakes read them as they are.
//
// Invariants:
//   - Times are instants in UTC to the microsecond; where the source had another number of digits, the column
//     rest has the time as it was. Nothing else is changed: the files read back byte for byte.
//   - Row groups are bounded by bytes, and memory with them.
//   - The same history and settings give the same bytes.
package parquet

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

// Plugin is the Parquet sink.
func Plugin() plugin.Plugin {
	const version = "1.0.0"
	return plugin.Plugin{Name: "parquet", Version: version, Summary: "Parquet files for analysis, one for each kind of thing", Doc: doc, Sink: edition.NewSink("parquet", version, edition.ByTime, open)}
}

func open(_ context.Context, c config) (edition.Format, error) {
	schema, err := table.New(c.Zone, true)
	if err != nil {
		return nil, err
	}
	return &format{schema}, nil
}

// format is the Parquet format.
type format struct{ schema *table.Schema }
