// Package html writes an archive site: a folder of pages that opens from file:// without network or
// server, with search, threads, people, media and statistics.
//
// How it is made. A shard's records are kept as canonical lines, sorted so that each conversation's
// threads follow one another in time. Finish knows everybody by then, also people met only in messages,
// and builds the site as a pure function of those lines: room.go cuts conversations into pages,
// message.go renders, index.go feeds the search, the rest are pages that sum up.
//
// What is shown is what is verified. Beside each page n.html stands n.js with the canonical lines of the
// messages on it, which the search reads too. ReadBack takes the records from these lines, renders each
// page anew by the same code, and compares it with the page that is there byte by byte. A record whose
// rendering the page does not hold is not given back, so that a page that shows something else than its
// data says counts as a missing message, by key. Every file, media included, must also have the digest
// that manifest-sha256.txt names; what is not a page of messages is proved by that alone, and so is a page
// of a site that another version of this plugin made, which may have rendered otherwise.
//
// Invariants:
//   - No byte of a record reaches a page but through the functions of escape.go. Links are http, https
//     and mailto. Names of files are digests or numbers, and never come from records.
//   - Nothing is inlined but images, audio and video whose own first bytes say so; SVG and HTML never.
//   - No page is larger than maxPage but where one message alone is; its text is then cut on the page, and
//     whole in its data.
//   - Memory grows with people and conversations, not with messages or attachments, but for some 25 bytes a
//     page in the list of pages.
//   - The same receipts give the same bytes.
package html

import (
	"context"
	_ "embed"
	"errors"
	"time"
	_ "time/tzdata" // zones must work on machines without a zone database

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

//go:embed README.md
var doc string

// config is the settings of the sink.
type config struct {
	Title      string `ferry:"title" help:"title of the site; without it the name of the workspace"`
	Language   string `ferry:"language" default:"en" choices:"en,zh" help:"language of the site's own words"`
	Thumbnails bool   `ferry:"thumbnails" default:"true" help:"show small pictures in place of large ones; the large ones are one click away"`
	Zone       string `ferry:"zone" default:"UTC" help:"time zone in which times are shown, such as Europe/Berlin"`
}

// The version changes with every change of how records are rendered.
const (
	name    = "html"
	version = "1.0.0"
	maker   = name + " " + version + "\n" // made-by.txt
)

// Plugin is the archive site.
func Plugin() plugin.Plugin {
	kind := plugin.NewSink(open)
	kind.Order = plugin.Threads
	kind.ReadBack = true
	return plugin.Plugin{Name: name, Version: version, Summary: "archive site: a folder of pages with search, opens without network or server", Doc: doc, Sink: kind}
}

func open(_ context.Context, c config) (plugin.Sink, error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil || c.Zone == "Local" {
		return nil, plugin.BadSetting("zone", "write a name of the IANA time zone database, such as Asia/Shanghai", errors.New("is not a known time zone"))
	}
	return &sink{config: c, zone: zone}, nil
}

func storage(op, subject string, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	return fault.New(fault.Storage, op, subject, "check that the disk works and has room, then run again: what is committed is kept", err)
}
