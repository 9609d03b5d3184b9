// Package whatsapp reads what WhatsApp gives of its chats: the text of "Export chat", with the media beside it,
// from phones of either kind in any language; and the databases of the app, encrypted as a backup or not.
//
// Invariants:
//   - Every line of a chat's text is in a record or in a reject with its exact bytes.
//   - What a file does not say is not guessed: the order of day and month comes from the file's own dates or
//     from a setting, and where neither tells, no entry of the file is read. A time zone is never assumed
//     without a setting.
//   - The form of a file's headers is that of its first line: a text inside a message that looks like another
//     header stays text.
//   - Entries stay in the order of the file, whatever their times.
//   - Memory does not grow with messages or the size of a file; it holds each chat's name and, of chats that
//     were looked at, the names of those who write.
package whatsapp

import (
	"context"
	_ "embed" // the README is the plugin's documentation
	"fmt"
	"time"
	_ "time/tzdata" // zones must work on machines without a zone database

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins/whatsapp/census"
)

//go:embed README.md
var readme string

const system = "whatsapp"

// Config is the plugin's settings.
type Config struct {
	Path      string `ferry:"path,required,path" help:"the export: a text file with its media beside it, a zip, or a folder; or the app's database, its encrypted backup, or their folder"`
	Zone      string `ferry:"zone" help:"time zone of the phone that made the export, such as Europe/Berlin; an export does not tell it, and without it times are marked as of unknown zone"`
	DateOrder string `ferry:"date_order" default:"auto" choices:"auto,dmy,mdy,ymd" help:"order of day, month and year for files whose own dates do not show it"`
	Me        string `ferry:"me" help:"name of the phone's owner as it stands in the chats, which do not mark it"`
	KeyFile   string `ferry:"key_file,path" help:"key of an encrypted backup: the phone's file key (crypt12, crypt14) or encrypted_backup.key (crypt15), or a text file with the 64 digits"`
	Instance  string `ferry:"instance" default:"phone" help:"word for the phone or account in all keys; give each phone its own when you read several into one target"`
	Temp      string `ferry:"temp,path" help:"folder for temporary files; the system's when empty"`
}

// Plugin is the WhatsApp source.
func Plugin() plugin.Plugin {
	src := plugin.NewSource(func(ctx context.Context, c Config) (plugin.Source, error) { return open(ctx, c) })
	src.Recognise = recognise
	src.Census = census.Count
	src.Resumable = true
	return plugin.Plugin{
		Name: "whatsapp", Version: "1.0.0",
		Summary: "reads WhatsApp: exported chats with media, and the app's own database or encrypted backup",
		Doc:     readme,
		Source:  src,
	}
}

// zoneOf finds the time zone of the settings; nil for none.
func (c *Config) zoneOf() (*time.Location, error) {
	if c.Zone == "" {
		return nil, nil
	}
	loc, err := time.LoadLocation(c.Zone)
	if err != nil || c.Zone == "Local" {
		return nil, plugin.BadSetting("zone", "give a name of the IANA list, such as Europe/Berlin or America/New_York", fmt.Errorf("is no time zone"))
	}
	return loc, nil
}
