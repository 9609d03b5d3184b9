// Package census counts a Telegram export without the reader: brackets tell how many chats, contacts and
// messages are in each result.json. See core/census for what it must not share.
package census

import (
	"context"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
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
	c, name, err := open(s.Path)
	if err != nil {
		return census.Facts{}, err
	}
	defer c.Close()
	var t census.Tally
	t.ByFile = true
	if s.Raw != nil && !*s.Raw {
		t.Silent = "with raw = false records do not say which file they stood in"
	}
	err = c.Walk(ctx, func(e *census.Entry) error {
		t.Add(e.Path, e.Size, e.Mark)
		if !count {
			return nil
		}
		m, err := s.member(ctx, c, e, name)
		if err != nil {
			return err
		}
		return yield(m)
	})
	if how, broken := census.Broken(err); broken {
		t.Broken, err = how, nil
	}
	return t.Done(), err
}

// open opens a folder, a zip, or a document with its folders; name is what documents are called.
func open(at string) (c *census.Container, name string, err error) {
	info, err := os.Stat(at)
	if err != nil {
		return nil, "", err
	}
	if info.Mode().IsRegular() && !zip(at) {
		c, err = census.OpenFile(at, func(f string) bool { return folders[f] })
		return c, filepath.Base(at), err
	}
	c, err = census.Open(at)
	return c, "result.json", err
}

func zip(at string) bool {
	f, err := os.Open(at)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 2)
	n, _ := f.Read(head)
	return string(head[:n]) == "PK"
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
