package discord

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/plugin"
)

// glance is how many names of a dump are looked at, and headBytes how much of a file.
const (
	glance    = 20_000
	headBytes = 64 << 10
)

// filesOf is the folder in which the media of a document lie when it has one of its own.
func filesOf(name string) string { return name + "_Files" }

func beside(document, folder string) bool { return folder == "media" || folder == filesOf(document) }

func recognise(ctx context.Context, at string) plugin.Recognition {
	config := map[string]any{"path": at}
	if info, err := os.Stat(at); err == nil && info.Mode().IsRegular() && !dump.IsZip(at) {
		if head, err := dump.Head(at, headBytes); err == nil && exported(head) {
			return plugin.Recognition{Format: "discord-chat-exporter-file", Score: 95, Config: config}
		}
		return plugin.Recognition{}
	}
	names, zip, err := dump.Glance(ctx, at, glance)
	if err != nil {
		return plugin.Recognition{}
	}
	folders, tried := map[string]int{}, 0
	for _, name := range names {
		dir, base := path.Split(name)
		switch {
		case base == "channel.json":
			folders[dir] |= 1
		case base == "messages.json" || base == "messages.csv":
			folders[dir] |= 2
		case path.Ext(base) != ".json" || strings.HasSuffix(strings.TrimSuffix(dir, "/"), "_Files"):
		case zip && strings.HasSuffix(base, "].json"):
			return plugin.Recognition{Format: "discord-chat-exporter-zip", Score: 60, Config: config}
		case !zip && tried < 50:
			tried++
			if head, err := dump.Head(filepath.Join(at, filepath.FromSlash(name)), headBytes); err == nil && exported(head) {
				return plugin.Recognition{Format: "discord-chat-exporter-folder", Score: 95, Config: config}
			}
		}
	}
	for _, seen := range folders {
		if seen == 3 {
			return plugin.Recognition{Format: "discord-data-package", Score: 90, Config: config}
		}
	}
	return plugin.Recognition{}
}

// exported tells by its beginning whether a file is one of DiscordChatExporter: it names guild and channel
// before the messages.
func exported(head []byte) bool {
	text := strings.TrimSpace(strings.TrimPrefix(string(head), "\ufeff"))
	before, _, found := strings.Cut(text, `"messages"`)
	return found && strings.HasPrefix(text, "{") && strings.Contains(before, `"guild"`) && strings.Contains(before, `"channel"`)
}
