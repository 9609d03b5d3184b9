// Package rsmf writes a history in the Relativity Short Message Format, versions 2.0 and 1.0: what e-discovery
// systems load chats from.
//
// A slice is a day of a conversation, or a part of a long one: a mail with the extension .rsmf, whose text is the
// transcript of the day, so that it is found, and whose only attachment rsmf.zip holds rsmf_manifest.json and the
// files that its events refer to.
//
// Invariants:
//   - Every message and every revision is in exactly one slice as the event whose id is its key. What is there
//     besides says so: a thread's first message that is repeated for its replies, a move of a member that only
//     the source's list of members knows, and the second and later people of one join.
//   - Events are sorted by time, ids are unique, and whatever an event refers to is in its manifest or its zip.
//     No custom pair is empty.
//   - What somebody said is the event's body; what else is known of it stands in custom pairs. No body passes
//     for a fact.
//   - A slice is written from memory, which its limits bound; attached files are streamed.
//   - Files in the zip are stored, not compressed, so that their bytes depend on no compressor.
package rsmf

import (
	"context"
	_ "embed"
	"errors"
	"strconv"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/mail"
	"github.com/chatferry/chatferry/core/plugin"
)

//go:embed README.md
var doc string

const version = "1.0.0"

// config is the settings of the sink.
type config struct {
	Version   string `ferry:"version" default:"2.0" choices:"2.0,1.0" help:"version of the format"`
	Zone      string `ferry:"zone" default:"UTC" help:"time zone in which days begin and the transcript's times are shown"`
	Language  string `ferry:"language" default:"en" choices:"en,zh" help:"language of the words around the messages"`
	Addresses string `ferry:"addresses" default:"invalid" choices:"invalid,history" help:"in the mail's head, write everybody under .invalid, or by the address in the history where there is one"`
	MaxEvents int    `ferry:"max_events" default:"10000" help:"number of events from which a day is continued in another slice"`
	MaxMB     int    `ferry:"max_mb" default:"2000" help:"size in MB that no slice exceeds; the format ends at 2 GB"`
}

// Plugin is the RSMF sink.
func Plugin() plugin.Plugin {
	return plugin.Plugin{Name: "rsmf", Version: version, Summary: "Relativity Short Message Format 2.0 and 1.0: slices for e-discovery", Doc: doc,
		Sink: edition.NewSink("rsmf", version, edition.ByTime, open)}
}

// format is the settings, checked.
type format struct {
	mail.Settings
	version   string
	maxEvents int
	maxBytes  int64
}

// least is a size in MB below which a slice could not hold its own transcript.
const least = 32

func open(_ context.Context, c config) (edition.Format, error) {
	s, err := mail.NewSettings(c.Zone, c.Language, c.Addresses, 0)
	switch {
	case err != nil:
		return nil, err
	case c.MaxEvents < 2 || c.MaxEvents > 10000:
		return nil, plugin.BadSetting("max_events", "write a number from 2 to 10000", errors.New("is not one that readers take"))
	case c.MaxMB < least || c.MaxMB > 2000:
		return nil, plugin.BadSetting("max_mb", "write a number of MB from "+strconv.Itoa(least)+" to 2000", errors.New("is not one that readers take"))
	}
	return &format{s, c.Version + ".0", c.MaxEvents, int64(c.MaxMB) << 20}, nil
}

// modern tells whether the manifest may hold what version 2.0 added.
func (f *format) modern() bool { return f.version >= "2" }
