// Package census counts Discord history without the reader: brackets tell how many messages are in a file of
// DiscordChatExporter, and quotes how many rows are in one of a data package. See core/census for what it must
// not share.
package census

import (
	"bytes"
	"context"
	"encoding/json"
	"path"
	"strings"

	"github.com/chatferry/chatferry/core/census"
)

// settings are those of the reader that decide what is read.
type settings struct {
	Path        string `json:"path"`
	Attachments *bool  `json:"attachments"`
	Raw         *bool  `json:"raw"`

	only  string          // the one document, "" when there may be several
	rooms map[string]bool // folders of a data package that have both of their files
	user  string          // the first user.json
}

// Count lists an export and, if asked, counts the elements of each of its documents.
func Count(ctx context.Context, config json.RawMessage, count bool, yield func(census.Member) error) (census.Facts, error) {
	var s settings
	if err := json.Unmarshal(config, &s); err != nil {
		return census.Facts{}, err
	}
	c, only, err := census.OpenPath(s.Path, func(file, folder string) bool { return folder == "media" || folder == file+"_Files" })
	if err != nil {
		return census.Facts{}, err
	}
	defer c.Close()
	if s.only = only; count {
		if err := s.find(ctx, c); err != nil {
			return census.Facts{}, err
		}
	}
	facts, err := c.List(ctx, count, func(e *census.Entry) (census.Member, error) { return s.member(ctx, c, e) }, yield)
	if s.Raw != nil && !*s.Raw {
		facts.Silent = census.NoPlaces
	}
	return facts, err
}

// find learns from the names which folders are those of a data package.
func (s *settings) find(ctx context.Context, c *census.Container) error {
	seen := map[string]int{}
	s.rooms = map[string]bool{}
	err := c.Walk(ctx, func(e *census.Entry) error {
		dir, base := path.Split(e.Path)
		switch base {
		case "channel.json":
			seen[dir] |= 1
		case "messages.json", "messages.csv":
			seen[dir] |= 2
		case "user.json":
			if s.user == "" || e.Path < s.user {
				s.user = e.Path
			}
		}
		s.rooms[dir] = s.rooms[dir] || seen[dir] == 3
		return nil
	})
	if how, broken := census.Broken(err); broken && how != "" {
		return nil
	}
	return err
}

func (s *settings) packed() bool {
	for _, is := range s.rooms {
		if is {
			return true
		}
	}
	return false
}

// member says what an entry is and counts it.
func (s *settings) member(ctx context.Context, c *census.Container, e *census.Entry) (census.Member, error) {
	m := census.Member{Path: e.Path, Size: e.Size, Elements: census.NotCounted, State: census.Unknown}
	dir, base := path.Split(e.Path)
	own := strings.HasSuffix(strings.TrimSuffix(dir, "/"), "_Files")
	json := strings.HasSuffix(base, ".json") && !own
	if s.only != "" {
		json = e.Path == s.only
	}
	switch rule := census.Junk(e.Path); {
	case rule != "":
		m.State, m.Rule = census.Ignored, rule
	case e.Damage != "":
		m.State, m.Rule = census.Damaged, e.Damage
	case s.rooms[dir] && base == "messages.csv" && s.only == "":
		return s.read(ctx, c, e, m, new(lines))
	case s.rooms[dir] && base == "messages.json":
		return s.read(ctx, c, e, m, new(census.Items))
	case s.rooms[dir] && base == "channel.json", s.packed() && e.Path == s.user:
		m.State, m.Elements = census.Parsed, 1
	case s.packed() && base == "index.json":
		m.State, m.Rule = census.Ignored, "names of channels, taken for those that have none of their own"
	case json:
		d := &document{Tree: census.Tree{Paths: [][]string{{"channel"}, {"messages", "*"}}}, any: s.only != ""}
		read, err := s.read(ctx, c, e, m, d)
		if err == nil && d.is() {
			return read, nil
		}
		return m, err
	case own || strings.Contains("/"+dir, "/media/"):
		if m.State = census.Media; s.Attachments != nil && !*s.Attachments {
			m.State, m.Rule = census.Ignored, "attachments = false"
		}
	}
	return m, nil
}

// counter counts what is written to it.
type counter interface {
	Write(p []byte) (int, error)
	Count() (n int64, broken string)
}

func (s *settings) read(ctx context.Context, c *census.Container, e *census.Entry, m census.Member, n counter) (census.Member, error) {
	damage, err := c.Read(ctx, e, n)
	m.State = census.Parsed
	if m.Elements, m.Broken = n.Count(); damage != "" {
		m.Broken = damage
	}
	return m, err
}

// document counts a file of DiscordChatExporter, which is one when guild and channel stand before the messages.
type document struct {
	census.Tree
	any  bool
	head []byte
}

func (d *document) Write(p []byte) (int, error) {
	if room := 64<<10 - len(d.head); room > 0 {
		d.head = append(d.head, p[:min(room, len(p))]...)
	}
	return d.Tree.Write(p)
}

func (d *document) is() bool {
	before, _, found := bytes.Cut(d.head, []byte(`"messages"`))
	text := bytes.TrimSpace(bytes.TrimPrefix(before, []byte("\ufeff")))
	return d.any || found && bytes.HasPrefix(text, []byte("{")) && bytes.Contains(before, []byte(`"guild"`)) && bytes.Contains(before, []byte(`"channel"`))
}

// lines counts rows of a CSV file but for the first: ends of lines outside quotes that have something before
// them.
type lines struct {
	n              int64
	mark           int // bytes of a byte order mark seen
	quoted, filled bool
}

const byteOrderMark = "\xef\xbb\xbf"

func (l *lines) Write(p []byte) (int, error) {
	for _, c := range p {
		if l.mark < len(byteOrderMark) && c == byteOrderMark[l.mark] {
			if l.mark++; l.mark == len(byteOrderMark) {
				l.filled = false
				continue
			}
		} else {
			l.mark = len(byteOrderMark)
		}
		switch {
		case c == '"':
			l.quoted, l.filled = !l.quoted, true
		case c == '\n' && !l.quoted:
			if l.filled {
				l.n++
			}
			l.filled = false
		case c != '\r':
			l.filled = true
		}
	}
	return len(p), nil
}

// Count gives the rows, and what is wrong with the text.
func (l *lines) Count() (n int64, broken string) {
	n = l.n
	if l.filled {
		n++
	}
	if l.quoted {
		broken = "it ends inside quotes"
	}
	return max(n-1, 0), broken
}
