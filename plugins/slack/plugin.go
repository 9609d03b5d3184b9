// Package slack reads Slack exports: the official zip of one workspace or of an Enterprise Grid
// organisation, what slackdump writes in the same form, and either of them unpacked.
//
// Invariants:
//   - Every element of every day file becomes a record or a reject with its exact bytes.
//   - What Slack says and the model has no field for is in Ext, as the JSON it was.
//   - A time is a string of digits from the file to the record, never a float.
//   - URL tokens that open Slack's file store are replaced wherever they stand in a record.
//   - Memory does not grow with messages, files, or the size of a day file; it holds the ids of the
//     listed people and one slot for each conversation folder.
package slack

import (
	"context"
	_ "embed" // the README is the plugin's documentation

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins/slack/census"
)

//go:embed README.md
var readme string

// Config is the plugin's settings.
type Config struct {
	Path        string `ferry:"path,required,path" help:"the export: a zip file or a folder"`
	Instance    string `ferry:"instance" help:"id of the workspace or organisation for all keys, when the export does not tell or tells it wrong"`
	Attachments bool   `ferry:"attachments" default:"true" help:"read the bytes of files that lie in the export (slackdump, slack-advanced-exporter)"`
	Raw         bool   `ferry:"raw" default:"true" help:"record file, position and SHA-256 of each record in the export"`
	Temp        string `ferry:"temp,path" help:"folder for the temporary index of the export's entries; the system's when empty"`
}

// Plugin is the Slack source.
func Plugin() plugin.Plugin {
	src := plugin.NewSource(func(ctx context.Context, c Config) (plugin.Source, error) { return open(ctx, c) })
	src.Recognise = recognise
	src.Census = census.Count
	src.Resumable = true
	src.Order = plugin.AnyOrder
	return plugin.Plugin{
		Name: "slack", Version: "1.0.0",
		Summary: "reads Slack exports: workspace, Enterprise Grid and slackdump, as a zip or a folder",
		Doc:     readme,
		Source:  src,
	}
}
