// Package mattermost writes Mattermost's bulk import: a zip with import.jsonl and attachments, for
// "mmctl import".
//
// Invariants:
//   - Records come projected: authors are accounts, names are legal, times unique in a conversation.
//   - import.jsonl obeys every rule of Validate, which ReadBack applies to what was written.
//   - Beside it stands chatferry.ndjson, which Mattermost ignores: it says which key each account,
//     channel and emoji came from, and nothing else. Messages carry their keys in props.
//   - Memory grows with people and conversations, never with messages or attachments. Shards are
//     compressed once; Finish only puts them one after another.
//   - The same receipts give the same bytes.
package mattermost

import (
	"context"
	_ "embed"

	"github.com/chatferry/chatferry/core/plugin"
)

//go:embed README.md
var doc string

// config is the settings of the sink.
type config struct {
	Team     string   `ferry:"team" help:"name of the one team that takes all channels; without it each workspace becomes a team"`
	Display  string   `ferry:"team_display_name" help:"display name of that team"`
	Domains  []string `ferry:"email_domains" help:"domains whose e-mail addresses the accounts may have, * for all; other people get placeholder addresses until people.csv says otherwise"`
	BotOwner string   `ferry:"bot_owner" help:"existing account that shall own imported bots; without it bots arrive as ordinary accounts, which every server version can import"`
}

// Plugin is the Mattermost sink.
func Plugin() plugin.Plugin {
	kind := plugin.NewSink(open)
	kind.Order = plugin.Threads
	kind.ReadBack = true
	kind.Projection = keeps()
	return plugin.Plugin{Name: "mattermost", Version: "1.0.0", Summary: "Mattermost bulk import (zip for mmctl import)", Doc: doc, Sink: kind}
}

func open(_ context.Context, c config) (plugin.Sink, error) {
	if c.Team != "" {
		if err := legalTeam(c.Team); err != nil {
			return nil, plugin.BadSetting("team", "team names have 2 to 64 characters a-z, 0-9 and -, start with a letter and are not reserved", err)
		}
	}
	if c.BotOwner != "" {
		if err := legalUser(c.BotOwner); err != nil {
			return nil, plugin.BadSetting("bot_owner", "write the name of an account", err)
		}
	}
	return &sink{config: c}, nil
}
