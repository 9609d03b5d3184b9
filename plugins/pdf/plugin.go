// Package pdf writes a chat history as PDF/A-1b documents for reading and for court.
//
// Pieces. document writes the format, typeface finds fonts, typeset makes lines. This package lays a history
// out: render.go cuts it into documents, sheet.go fills pages with rows, message.go and its neighbours turn
// records into rows, front.go writes title page and appendix, index.go the index of all documents.
//
// Invariants:
//   - Every message has a number, and every attachment an exhibit number, that no other one of the edition has.
//   - No text is cut or left out. What the pages do not show of a record is in the records beside them, and
//     README.md lists it.
//   - Nothing on a page runs, loads or leads out of its document.
//   - Memory grows with the pages of one document, which maxPages bounds, and with people and conversations.
package pdf

import (
	"context"
	_ "embed"
	"errors"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones must work on machines without a zone database

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins/pdf/document"
	"github.com/chatferry/chatferry/plugins/pdf/typeface"
)

//go:embed README.md
var doc string

const (
	name    = "pdf"
	version = "1.0.0"
)

// config is the settings of the sink.
type config struct {
	Title    string   `ferry:"title" help:"title of the whole; without it the name of the workspace"`
	Language string   `ferry:"language" default:"en" choices:"en,zh" help:"language of the documents' own words"`
	Zone     string   `ferry:"zone" default:"UTC" help:"time zone in which times are shown, such as Europe/Berlin"`
	Paper    string   `ferry:"paper" default:"a4" choices:"a4,letter" help:"size of the pages"`
	Split    string   `ferry:"split" default:"conversation" choices:"conversation,month,year,none" help:"what a document of its own is made for: a conversation, or a conversation's month or year; none is one document for all"`
	MaxPages int      `ferry:"max_pages" default:"2000" help:"a document is continued in another one after this many pages"`
	Fonts    []string `ferry:"fonts" help:"font files, or folders of them, for scripts other than Latin, Greek and Cyrillic; without it the system's folders"`
}

// Plugin is the sink of documents.
func Plugin() plugin.Plugin {
	return plugin.Plugin{Name: name, Version: version, Summary: "PDF/A-1b documents for reading and for court, with an index", Doc: doc,
		Sink: edition.NewSink(name, version, edition.ByThread, open)}
}

// format is a checked config.
type format struct {
	config
	zone  *time.Location
	words language
	paper document.Box
}

func open(_ context.Context, c config) (edition.Format, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil || c.Zone == "Local" {
		return nil, plugin.BadSetting("zone", "write a name of the IANA time zone database, such as Asia/Shanghai", errors.New("is not a known time zone"))
	}
	if c.MaxPages < 2 || c.MaxPages > 100_000 {
		return nil, plugin.BadSetting("max_pages", "write a number from 2 to 100000", errors.New("is "+strconv.Itoa(c.MaxPages)))
	}
	f := &format{config: c, zone: zone, words: languageOf(c.Language), paper: document.Box{W: 595276, H: 841890}}
	if c.Paper == "letter" {
		f.paper = document.Box{W: 612000, H: 792000}
	}
	return f, nil
}

// fontsName is the file that says which fonts the edition was made with: digest, file, name.
const fontsName = "fonts.txt"

// fonts are those that may be used: all that are found, or, where an edition is rendered again to check it,
// those that it was made with.
func (f *format) fonts(out *edition.Folder) (*typeface.Collection, error) {
	c := typeface.New(f.Fonts)
	made, checking, err := out.Kept(fontsName, 1<<20)
	if err != nil {
		return nil, err
	}
	if !checking {
		return c, c.Check()
	}
	var list []typeface.Known
	for line := range strings.Lines(string(made)) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), "  ", 3)
		if len(parts) == 3 {
			list = append(list, typeface.Known{Digest: parts[0], File: parts[1]})
		}
	}
	if !c.Only(list) {
		return nil, edition.ErrElsewhere
	}
	return c, nil
}

// builtIn stands for the name of a file where a font is part of the program.
const builtIn = "-"

func writeFonts(out *edition.Folder, c *typeface.Collection) error {
	f, err := out.Create(fontsName)
	if err != nil {
		return err
	}
	for _, x := range c.Used() {
		file := x.File
		if file == "" {
			file = builtIn
		}
		if _, err := f.WriteString(x.Digest + "  " + file + "  " + x.Name() + "\n"); err != nil {
			return err
		}
	}
	return f.Close()
}
