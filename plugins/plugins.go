// Package plugins lists the plugins that are built into chatferry. A plugin is added here and
// nowhere else: there is no registry and no init function.
package plugins

import (
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins/actiance"
	"github.com/chatferry/chatferry/plugins/archive"
	"github.com/chatferry/chatferry/plugins/csv"
	"github.com/chatferry/chatferry/plugins/discord"
	"github.com/chatferry/chatferry/plugins/eml"
	"github.com/chatferry/chatferry/plugins/globalrelay"
	"github.com/chatferry/chatferry/plugins/html"
	"github.com/chatferry/chatferry/plugins/markdown"
	"github.com/chatferry/chatferry/plugins/mattermost"
	"github.com/chatferry/chatferry/plugins/mbox"
	"github.com/chatferry/chatferry/plugins/ndjson"
	"github.com/chatferry/chatferry/plugins/parquet"
	"github.com/chatferry/chatferry/plugins/pdf"
	"github.com/chatferry/chatferry/plugins/rsmf"
	"github.com/chatferry/chatferry/plugins/slack"
	"github.com/chatferry/chatferry/plugins/sqlite"
	"github.com/chatferry/chatferry/plugins/telegram"
	"github.com/chatferry/chatferry/plugins/text"
	"github.com/chatferry/chatferry/plugins/whatsapp"
	"github.com/chatferry/chatferry/plugins/xlsx"
)

// Builtin returns the built-in plugins in the order in which they are shown and asked to recognise
// a dump.
func Builtin() []plugin.Plugin {
	return []plugin.Plugin{
		slack.Plugin(),
		telegram.Plugin(),
		whatsapp.Plugin(),
		discord.Plugin(),
		archive.Plugin(),
		html.Plugin(),
		markdown.Plugin(),
		csv.Plugin(),
		sqlite.Plugin(),
		pdf.Plugin(),
		xlsx.Plugin(),
		parquet.Plugin(),
		mattermost.Plugin(),
		ndjson.Plugin(),
		text.Plugin(),
		mbox.Plugin(),
		eml.Plugin(),
		rsmf.Plugin(),
		actiance.Plugin(),
		globalrelay.Plugin(),
	}
}
