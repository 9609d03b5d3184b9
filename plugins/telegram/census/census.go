// Package census counts a Telegram export without the reader: brackets tell how many chats, contacts and
// messages are in each result.json. See core/census for what it must not share.
package census

import (
	"context"
	"encoding/json"
	"path"
	"strings"

	"github.com/chatferry/chatferry/core/census"
)

// paths lead to what is counted: a single chat, which has messages, and they; who exported an account, his
// contacts, and its chats with their messages.
var paths = [][]string{
	{"messages"}, {"messages", "*"}, {"personal_information"}, {"contacts", "list", "*"},
	{"chats", "list", "*"}, {"chats", "list", "*", "messages", "*"},
	{"left_chats", "list", "*"}, {"left_chats", "list", "*", "messages", "*"},
}

// folders are those that Telegram Desktop writes beside result.json.
var folders = map[string]bool{"chats": true, "contacts": true, "files": true, "photos": true, "profile_pictures": true, "round_video_messages": true,
	"stickers": true, "stories": true, "video_files": true, "videos": true, "voice_messages": true}

// settings are those of the reader that decide what is read.
type settings struct {
	Path        string `json:"path"`
	Attachments *bool  `json:"attachments"`
	Raw         *bool  `json:"raw"`
}

// Count lists an export and, if asked, counts the elements of each of its documents.
func Count(ctx context.Context, config json.RawMessage, count bool, yield func(census.Member) error) (census.Facts, error) {
	var s settings
	if err := json.Unmarshal(config, &s); err != nil {
		return census.Facts{}, err
	}
	c, name, err := census.OpenPath(s.Path, func(_, folder string) bool { return folders[folder] })
	if err != nil {
		return census.Facts{}, err
	}
	defer c.Close()
	if name == "" {
		name = "result.json"
	}
	facts, err := c.List(ctx, count, func(e *census.Entry) (census.Member, error) { return s.member(ctx, c, e, name) }, yield)
	if s.Raw != nil && !*s.Raw {
		facts.Silent = census.NoPlaces
	}
	return facts, err
}

// member says what an entry is and counts it.
func (s *settings) member(ctx context.Context, c *census.Container, e *census.Entry, name string) (census.Member, error) {
	m := census.Member{Path: e.Path, Size: e.Size, Elements: census.NotCounted}
	dir, base := path.Split(e.Path)
	switch rule := census.Junk(e.Path); {
	case rule != "":
		m.State, m.Rule = census.Ignored, rule
	case e.Damage != "":
		m.State, m.Rule = census.Damaged, e.Damage
	case base == name:
		m.State = census.Parsed
		t := census.Tree{Paths: paths}
		damage, err := c.Read(ctx, e, &t)
		if err != nil {
			return m, err
		}
		if m.Elements, m.Broken = t.Count(); damage != "" {
			m.Broken = damage
		}
	case !inMedia(dir):
		m.State = census.Unknown
	case s.Attachments != nil && !*s.Attachments:
		m.State, m.Rule = census.Ignored, "attachments = false"
	default:
		m.State = census.Media
	}
	return m, nil
}

// inMedia tells whether a folder is one of media, or inside one.
func inMedia(dir string) bool {
	for part := range strings.SplitSeq(dir, "/") {
		if folders[part] {
			return true
		}
	}
	return false
}
