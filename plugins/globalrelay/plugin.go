// Package globalrelay writes a history as the mails that archives of the Global Relay kind take: one for each day or
// month of a conversation, addressed to everybody who was in it, with the transcript as HTML and as text, and the files.
//
// Invariants:
//   - Every message and every revision is in exactly one mail, at its own time.
//   - No mail is larger than the setting says: a window is continued in another one. A file that fits in none is in the
//     folder media only, and its message says so.
//   - The HTML holds no script, no link and no style, and nothing of a history is markup in it.
package globalrelay

import (
	"context"
	_ "embed"
	"errors"
	"regexp"
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
	Zone      string `ferry:"zone" default:"UTC" help:"time zone in which windows begin and times are shown"`
	Language  string `ferry:"language" default:"en" choices:"en,zh" help:"language of the words around the messages"`
	Addresses string `ferry:"addresses" default:"history" choices:"invalid,history" help:"name people by their address in the history, where there is one, or all by one under .invalid"`
	Window    string `ferry:"window" default:"day" choices:"day,month" help:"how much of a conversation one mail has"`
	Members   string `ferry:"members" default:"all" choices:"all,active" help:"address mails to all members of the conversation, or to those who do something in the window"`
	Type      string `ferry:"message_type" help:"value of X-GlobalRelay-MsgType, as agreed with the archive; the system's name where it is empty"`
	MaxMB     int    `ferry:"max_mb" default:"250" help:"size in MB that no mail exceeds"`
}

// Plugin is the Global Relay sink.
func Plugin() plugin.Plugin {
	return plugin.Plugin{Name: "globalrelay", Version: version, Summary: "mails for compliance archives of the Global Relay kind: conversations by day with participants, transcript and files", Doc: doc,
		Sink: edition.NewSink("globalrelay", version, edition.ByTime, open)}
}

// format is the settings, checked.
type format struct {
	mail.Settings
	monthly, active bool
	kind            string
	maxBytes        int64
}

// least is a size in MB below which a mail could not hold its own transcript.
const least = 32

var word = regexp.MustCompile(`^[A-Za-z0-9 ._-]{0,60}$`)

func open(_ context.Context, c config) (edition.Format, error) {
	s, err := mail.NewSettings(c.Zone, c.Language, c.Addresses, 0)
	switch {
	case err != nil:
	case c.MaxMB < least || c.MaxMB > 2000:
		err = plugin.BadSetting("max_mb", "write a number of MB from "+strconv.Itoa(least)+" to 2000", errors.New("is not one that mails have"))
	case !word.MatchString(c.Type):
		err = plugin.BadSetting("message_type", "write a word of letters and digits", errors.New("can't stand in a header"))
	}
	return &format{s, c.Window == "month", c.Members == "active", c.Type, int64(c.MaxMB) << 20}, err
}
