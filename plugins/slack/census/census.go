// Package census counts a Slack export without the reader: names tell what a file is, and brackets how many
// elements are in it. See core/census for what it must not share.
package census

import (
	"context"
	"encoding/json"
	"path"
	"strings"

	"github.com/chatferry/chatferry/core/census"
)

// lists are the files at the top of an export or of a workspace whose items become people and places.
var lists = map[string]bool{"org_users.json": true, "users.json": true, "channels.json": true, "groups.json": true, "dms.json": true, "mpims.json": true}

// unread are files that Slack or slackdump writes and that the reader does not read.
var unread = map[string]string{"canvases.json": "canvases are not read", "lists.json": "lists are not read", "file_conversations.json": "who may see a canvas is not read",
	"huddle_transcripts.json": "transcripts are not read"}

// shape is where in the container the export and its workspaces begin.
type shape struct {
	main  string
	roots map[string]bool // prefixes under which conversations have their folders
	conf  struct {
		Path        string `json:"path"`
		Attachments *bool  `json:"attachments"`
		Raw         *bool  `json:"raw"`
	}
}

// Count lists an export and, if asked, counts the elements of every file that is read.
func Count(ctx context.Context, config json.RawMessage, count bool, yield func(census.Member) error) (census.Facts, error) {
	var s shape
	if err := json.Unmarshal(config, &s.conf); err != nil {
		return census.Facts{}, err
	}
	c, err := census.Open(s.conf.Path)
	if err != nil {
		return census.Facts{}, err
	}
	defer c.Close()
	if count {
		if err := s.find(ctx, c); err != nil {
			return census.Facts{}, err
		}
	}
	facts, err := c.List(ctx, count, func(e *census.Entry) (census.Member, error) { return s.member(ctx, c, e) }, yield)
	if s.conf.Raw != nil && !*s.conf.Raw {
		facts.Silent = census.NoPlaces
	}
	return facts, err
}

// find learns the shape from the names alone: the lists stand where an export begins.
func (s *shape) find(ctx context.Context, c *census.Container) error {
	top, wrappers, teams := map[string]bool{}, map[string]bool{}, map[string]bool{}
	days, atTop := false, false
	err := c.Walk(ctx, func(e *census.Entry) error {
		if e.Damage != "" || census.Junk(e.Path) != "" {
			return nil
		}
		parts := strings.Split(e.Path, "/")
		n := len(parts)
		if top[parts[0]] = true; len(top) > 2 {
			delete(top, parts[0]) // one or several is all that matters
		}
		days = days || n == 2 && isDay(parts[1])
		if lists[parts[n-1]] {
			atTop = atTop || n == 1
			if n == 2 {
				wrappers[parts[0]+"/"] = true
			}
			if n >= 3 && parts[n-3] == "teams" {
				teams[strings.Join(parts[:n-1], "/")+"/"] = true
			}
		}
		return nil
	})
	if how, broken := census.Broken(err); broken && how != "" {
		err = nil
	}
	switch {
	case atTop:
	case len(wrappers) == 1:
		for w := range wrappers {
			s.main = w
		}
	case len(wrappers) == 0 && len(top) == 1 && !days:
		for w := range top {
			s.main = w + "/"
		}
	}
	s.roots = map[string]bool{s.main: true}
	for t := range teams {
		if strings.HasPrefix(t, s.main+"teams/") {
			s.roots[t] = true
		}
	}
	return err
}

// member says what an entry is and counts it.
func (s *shape) member(ctx context.Context, c *census.Container, e *census.Entry) (census.Member, error) {
	m := census.Member{Path: e.Path, Size: e.Size, Elements: census.NotCounted}
	if rule := census.Junk(e.Path); rule != "" {
		m.State, m.Rule = census.Ignored, rule
		return m, nil
	}
	if e.Damage != "" {
		m.State, m.Rule = census.Damaged, e.Damage
		return m, nil
	}
	var brackets byte
	m.State, m.Rule, brackets = s.kind(e.Path)
	if m.State == census.Unknown && e.Size <= int64(len("[]")) {
		m.State, m.Rule = census.Ignored, "an empty list"
	}
	if brackets == 0 {
		return m, nil
	}
	t := census.Items{Object: brackets == '{'}
	damage, err := c.Read(ctx, e, &t)
	if err != nil {
		return m, err
	}
	if m.Elements, m.Broken = t.Count(); damage != "" {
		m.Broken = damage
	}
	return m, nil
}

// kind is what a file is by its name, and the brackets around what is counted in it.
func (s *shape) kind(name string) (state census.State, rule string, brackets byte) {
	dir, base := path.Split(name)
	parent, _ := path.Split(strings.TrimSuffix(dir, "/"))
	emoji := dir == s.main+"emojis/" || dir == s.main+"emoji/"
	media := strings.HasSuffix(dir, "/attachments/") || strings.Contains("/"+dir, "/__uploads/") || emoji && base != "index.json"
	switch {
	case lists[base] && s.roots[dir], isDay(base) && dir != "" && s.roots[parent] && !s.roots[dir]:
		return census.Parsed, "", '['
	case base == "index.json" && (emoji || dir == s.main):
		return census.Parsed, "", '{'
	case media && s.conf.Attachments != nil && !*s.conf.Attachments:
		return census.Ignored, "attachments = false", 0
	case media:
		return census.Media, "", 0
	case base == "integration_logs.json" && s.roots[dir]:
		return census.Ignored, "log of installed apps, no history", 0
	case s.roots[dir]:
		return census.Unknown, unread[base], 0
	}
	return census.Unknown, "", 0
}

func isDay(base string) bool {
	if len(base) != 15 || base[4] != '-' || base[7] != '-' || base[10:] != ".json" {
		return false
	}
	return strings.Trim(base[:4]+base[5:7]+base[8:10], "0123456789") == ""
}
