// Package csv writes a chat history as a set of CSV files with a datapackage.json that describes them, for
// spreadsheets and for programs.
//
// Invariants:
//   - The files obey RFC 4180: rows end as the setting says, fields with a delimiter, a quote or a line break
//     are quoted, and every row has as many fields as the header.
//   - Nothing is lost: package table says what stands where, and Read gives the records back byte for byte.
//   - With the guard no field makes a spreadsheet calculate: see guard.
//   - Reading is a stream with bounded memory, and takes nothing but what the writer may have written.
package csv

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
	Delimiter string `ferry:"delimiter" default:"comma" choices:"comma,semicolon,tab" help:"what stands between fields; Excel wants a semicolon where the comma is the decimal sign"`
	BOM       bool   `ferry:"bom" help:"begin each file with a byte order mark, without which Excel misreads letters that are not ASCII"`
	LineEnd   string `ferry:"line_end" default:"crlf" choices:"crlf,lf" help:"what ends a row"`
	Guard     bool   `ferry:"guard" default:"true" help:"put an apostrophe before texts that a spreadsheet would take for a formula, and before those that begin with one; reading takes one away"`
	Zone      string `ferry:"zone" default:"UTC" help:"time zone of the columns for people, day and local"`
}

// Plugin is the CSV sink.
func Plugin() plugin.Plugin {
	const version = "1.0.0"
	return plugin.Plugin{Name: "csv", Version: version, Summary: "CSV files with a datapackage.json, for spreadsheets and programs", Doc: doc, Sink: edition.NewSink("csv", version, edition.ByTime, open)}
}

func open(_ context.Context, c config) (edition.Format, error) {
	schema, err := table.New(c.Zone, false)
	if err != nil {
		return nil, err
	}
	d := dialect{comma: map[string]byte{"comma": ',', "semicolon": ';', "tab": '\t'}[c.Delimiter], end: "\r\n", guard: c.Guard}
	if c.LineEnd == "lf" {
		d.end = "\n"
	}
	if c.BOM {
		d.bom = "\ufeff"
	}
	return &format{schema, d}, nil
}
