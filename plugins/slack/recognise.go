package slack

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

// listFiles are the root files that hold people and conversations, in the order they are read.
var listFiles = []string{"org_users.json", "users.json", "channels.json", "groups.json", "dms.json", "mpims.json"}

// glance is how many names of a dump are looked at.
const glance = 20_000

func recognise(ctx context.Context, at string) plugin.Recognition {
	if archive(at) {
		return plugin.Recognition{Format: "slackdump-archive", Notes: []string{
			"this is a slackdump archive (slackdump.sqlite), which is not read yet: convert it first, with slackdump convert -f export"}}
	}
	names, zip, err := dump.Glance(ctx, at, glance)
	if err != nil || len(names) == 0 {
		return plugin.Recognition{}
	}
	var lists, days, grid, logs, uploads bool
	for _, n := range names {
		base, dir := path.Base(n), path.Dir(n)
		switch {
		case slices.Contains(listFiles, base) && strings.Count(n, "/") <= 1:
			lists = true
			grid = grid || base == "org_users.json"
		case base == "integration_logs.json":
			logs = true
		case strings.Contains("/"+n, "/__uploads/") || strings.HasSuffix(dir, "/attachments"):
			uploads = true
		case isDay(base) && dir != ".":
			days = true
		}
		grid = grid || strings.HasPrefix(n, "teams/") && slices.Contains(listFiles, base)
	}
	rec := plugin.Recognition{Format: "slack-export", Config: map[string]any{"path": at}}
	switch {
	case grid:
		rec.Format = "slack-grid"
	case uploads && !logs:
		rec.Format = "slackdump-export"
	}
	if rec.Format += "-folder"; zip {
		rec.Format = strings.TrimSuffix(rec.Format, "folder") + "zip"
	}
	switch {
	case lists && days:
		rec.Score = 100
	case days:
		rec.Score = 60
		rec.Notes = append(rec.Notes, "there are no lists of people or conversations: they are made from what messages say")
	case lists && (logs || len(names) >= 2):
		rec.Score = 50
	default:
		return plugin.Recognition{}
	}
	return rec
}

// archive tells whether at is a slackdump archive or the folder of one.
func archive(at string) bool {
	if filepath.Base(at) == "slackdump.sqlite" {
		return true
	}
	st, err := os.Stat(filepath.Join(at, "slackdump.sqlite"))
	return err == nil && st.Mode().IsRegular()
}

// isDay tells whether a file name is that of a day: "2019-04-02.json".
func isDay(base string) bool {
	if len(base) != len("2019-04-02.json") || base[10:] != ".json" || base[4] != '-' || base[7] != '-' {
		return false
	}
	return digits(base[:4]) && digits(base[5:7]) && digits(base[8:10])
}
