// Package telegram reads what Telegram Desktop exports as JSON: result.json of one chat or of a whole
// account, alone or with its media folders, in a folder or a zip; and folders that hold several exports.
//
// Invariants:
//   - Every item of every "messages" array becomes a message or a reject with its exact bytes, also where a
//     file is cut off or broken. Chats and contacts become conversations and people.
//   - What Telegram says and the model has no field for is in Ext, as the JSON it was.
//   - A file is passed over once when it is opened, to learn its chats, people and topics, and read in place
//     after that. Memory does not grow with messages; it holds the chats, at most a million people and two
//     million messages of topics.
package telegram

import (
	"context"
	_ "embed" // the README is the plugin's documentation

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins/telegram/census"
)

//go:embed README.md
var readme string

// Config is the plugin's settings.
type Config struct {
	Path        string `ferry:"path,required,path" help:"the export: a folder, a zip, or a result.json with its media folders beside it"`
	Instance    string `ferry:"instance" help:"a word for the account in all keys of chats, when several accounts' exports go into one target"`
	Zone        string `ferry:"zone" help:"IANA time zone of the computer that exported, such as Europe/Berlin, for exports from before 2022 and the times of reactions"`
	Attachments bool   `ferry:"attachments" default:"true" help:"read the bytes of files that lie in the export"`
	Raw         bool   `ferry:"raw" default:"true" help:"record file, position and SHA-256 of each record in the export"`
	Temp        string `ferry:"temp,path" help:"folder for temporary files: the index of the export, and result.json out of a zip; the system's when empty"`
}

// Plugin is the Telegram source.
func Plugin() plugin.Plugin {
	src := plugin.NewSource(func(ctx context.Context, c Config) (plugin.Source, error) { return open(ctx, c) })
	src.Recognise = recognise
	src.Census = census.Count
	src.Resumable = true
	src.Order = plugin.AnyOrder
	return plugin.Plugin{
		Name: "telegram", Version: "1.0.0",
		Summary: "reads Telegram Desktop's JSON exports: one chat or a whole account, with media",
		Doc:     readme,
		Source:  src,
	}
}
