// Package actiance writes a history as XML in the form that archives of the Actiance and Smarsh Vantage kind take, the
// same that Mattermost's compliance export writes: a Conversation for each day or month of a room, who was in it, what
// was said, and the files.
//
// Invariants:
//   - Every message and every revision has a Message element. Earlier texts, deletions and what is known besides have
//     elements of their own, told apart by UpdatedType, so that no text passes for one.
//   - Who writes in a window has entered before, and everybody who entered leaves at its end or before.
//   - A window is written from memory, which is bounded; attached files are streamed.
//   - The XML is well-formed whatever the history says, and valid by testdata/actiance.xsd.
package actiance

import (
	"context"
	_ "embed"
	"errors"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/mail"
	"github.com/chatferry/chatferry/core/plugin"
)

//go:embed README.md
var doc string

const version = "1.0.0"

// config is the settings of the sink.
type config struct {
	Zone      string `ferry:"zone" default:"UTC" help:"time zone in which windows begin; times in the files are UTC"`
	Language  string `ferry:"language" default:"en" choices:"en,zh" help:"language of the words around the messages"`
	Addresses string `ferry:"addresses" default:"history" choices:"invalid,history" help:"name people by their address in the history, where there is one, or all by one under .invalid"`
	Window    string `ferry:"window" default:"day" choices:"day,month" help:"how much of a conversation one Conversation element has"`
	Members   string `ferry:"members" default:"all" choices:"all,active" help:"list all members of a conversation in each window, or those who do something in it"`
	Times     string `ferry:"times" default:"ms" choices:"ms,s" help:"unit of times: ms as Mattermost writes them, s as Actiance describes them"`
	Package   string `ferry:"package" default:"folder" choices:"folder,zip" help:"XML files with the attachments in the folder media, or a zip for each with its attachments inside"`
	MaxMB     int    `ferry:"max_mb" default:"32" help:"size of XML in MB from which a conversation is continued in another file"`
}

// Plugin is the Actiance sink.
func Plugin() plugin.Plugin {
	return plugin.Plugin{Name: "actiance", Version: version, Summary: "Actiance XML for compliance archives: conversations by day with participants, messages and files", Doc: doc,
		Sink: edition.NewSink("actiance", version, edition.ByTime, open)}
}

// format is the settings, checked.
type format struct {
	mail.Settings
	monthly, active, seconds, zip bool
	maxBytes                      int
}

func open(_ context.Context, c config) (edition.Format, error) {
	s, err := mail.NewSettings(c.Zone, c.Language, c.Addresses, 0)
	if err == nil && (c.MaxMB < 1 || c.MaxMB > 256) {
		err = plugin.BadSetting("max_mb", "write a number of MB from 1 to 256", errors.New("is not one that can be written"))
	}
	return &format{s, c.Window == "month", c.Members == "active", c.Times == "s", c.Package == "zip", c.MaxMB << 20}, err
}
