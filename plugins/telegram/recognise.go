package telegram

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/plugin"
)

// result is what Telegram Desktop calls its file.
const result = "result.json"

// media are the folders that Telegram Desktop writes beside it.
var media = []string{"chats", "contacts", "files", "photos", "profile_pictures", "round_video_messages", "stickers", "stories", "video_files", "videos", "voice_messages"}

func beside(_, folder string) bool { return slices.Contains(media, folder) }

// glance is how many names of a dump are looked at, and headBytes how much of a file.
const (
	glance    = 20_000
	headBytes = 64 << 10
)

func recognise(ctx context.Context, at string) plugin.Recognition {
	if info, err := os.Stat(at); err == nil && info.Mode().IsRegular() {
		if head, err := dump.Head(at, headBytes); err == nil && !dump.IsZip(at) {
			return judge(at, head)
		}
	}
	d, zip, err := dump.Glance(ctx, at, glance)
	if err != nil {
		return plugin.Recognition{}
	}
	html := false
	for _, name := range d {
		html = html || path.Base(name) == "messages.html"
		if path.Base(name) != result {
			continue
		}
		if zip {
			return plugin.Recognition{Format: "telegram-desktop-zip", Score: 70, Config: map[string]any{"path": at}}
		}
		head, err := dump.Head(filepath.Join(at, filepath.FromSlash(name)), headBytes)
		if err != nil {
			continue
		}
		if r := judge(at, head); r.Score > 0 {
			return r
		}
	}
	if html {
		return plugin.Recognition{Format: "telegram-desktop-html", Notes: []string{
			"this is a Telegram export in HTML, which is not read: export again in Telegram Desktop with the format \"Machine-readable JSON\""}}
	}
	return plugin.Recognition{}
}

// judge looks at the first bytes of a document: Telegram writes a chat's type and id before its messages,
// and an account's sections under names of its own.
func judge(at string, head []byte) plugin.Recognition {
	text := strings.TrimSpace(strings.TrimPrefix(string(head), "\ufeff"))
	r := plugin.Recognition{Config: map[string]any{"path": at}}
	if !strings.HasPrefix(text, "{") {
		return plugin.Recognition{}
	}
	before, messages, found := strings.Cut(text, `"messages"`)
	chat := false
	for _, t := range chatTypes {
		chat = chat || strings.Contains(before, `"`+t.name+`"`)
	}
	account := strings.Contains(before, `"personal_information"`) || strings.Contains(before, `"chats"`) && strings.Contains(before, `"about"`)
	switch {
	case account && (strings.Contains(text, `"list"`) || chat):
		r.Format, r.Score = "telegram-desktop-account", 95
	case found && chat && strings.Contains(before, `"type"`) && strings.Contains(before, `"id"`):
		r.Format, r.Score = "telegram-desktop-chat", 95
	case found && strings.Contains(messages, `"from_id"`) && (strings.Contains(messages, `"text_entities"`) || strings.Contains(messages, `"date"`)):
		r.Format, r.Score = "telegram-desktop-chat", 70
	default:
		return plugin.Recognition{}
	}
	return r
}
