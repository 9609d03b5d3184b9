// Package discord reads Discord history: what DiscordChatExporter writes as JSON, one file a channel or a
// part of one, alone or with downloaded media; and the package that Discord gives of one's own messages.
//
// Invariants:
//   - Every item of a "messages" array and every row of a package becomes a message or a reject with its exact
//     bytes, also where a file is cut off or broken.
//   - What the export says and the model has no field for is in Ext, as the JSON it was.
//   - Paths of media are looked up among the entries of the dump, whatever system wrote them; nothing else is
//     opened.
//   - Memory does not grow with messages; it holds the documents and at most 200,000 people.
package discord

import (
	"context"
	_ "embed" // the README is the plugin's documentation

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins/discord/census"
)

//go:embed README.md
var readme string

// Config is the plugin's settings.
type Config struct {
	Path        string `ferry:"path,required,path" help:"the export: a folder, a zip, or one JSON file of DiscordChatExporter with its media beside it"`
	Visibility  string `ferry:"visibility" default:"unknown" choices:"unknown,public,private" help:"what the channels of servers are in the target; an export does not say who may read them"`
	Attachments bool   `ferry:"attachments" default:"true" help:"read the bytes of files that lie in the export"`
	Raw         bool   `ferry:"raw" default:"true" help:"record file, position and SHA-256 of each record in the export"`
	Temp        string `ferry:"temp,path" help:"folder for temporary files: the index of the export, and large files out of a zip; the system's when empty"`
}

// Plugin is the Discord source.
func Plugin() plugin.Plugin {
	src := plugin.NewSource(func(ctx context.Context, c Config) (plugin.Source, error) { return open(ctx, c) })
	src.Recognise = recognise
	src.Census = census.Count
	src.Resumable = true
	src.Order = plugin.AnyOrder
	return plugin.Plugin{
		Name: "discord", Version: "1.0.0",
		Summary: "reads DiscordChatExporter's JSON and Discord's own data package",
		Doc:     readme,
		Source:  src,
	}
}
