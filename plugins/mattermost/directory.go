package mattermost

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"

	"github.com/chatferry/chatferry/core/plugin"
)

// directoryWriter keeps a directory shard's records as they came. What they mean is settled in
// Finish, when all of them are known.
type directoryWriter struct {
	s     *sink
	shard string
	part  *plugin.Part
	emoji map[string]bool // names of all shards
	buf   []byte
}

func newDirectoryWriter(s *sink, shard string) (*directoryWriter, error) {
	s.forget() // what this shard said before is gone
	p, err := s.known()
	if err != nil {
		return nil, err
	}
	s.forget()
	part, err := createPart(s.run.Work, shard, "dir")
	if err != nil {
		return nil, err
	}
	return &directoryWriter{s: s, shard: shard, part: part, emoji: p.emoji}, nil
}

func (w *directoryWriter) Write(r *message.Record) (plugin.Outcome, error) {
	switch r.Type {
	case message.TypeEmoji:
		if w.emoji[r.Emoji.Name] {
			return plugin.Outcome{Status: plugin.Rejected, Reason: "duplicate_name", Detail: "another custom emoji has this name"}, nil
		}
		w.emoji[r.Emoji.Name] = true
	case message.TypePerson:
		if r.Person.Target == nil || r.Person.Target.Account == "" {
			return plugin.Outcome{Status: plugin.Rejected, Reason: "no_account", Detail: "the person has no account in the identity map"}, nil
		}
	case message.TypeConversation, message.TypeMembership:
	default:
		return plugin.Outcome{Status: plugin.Rejected, Reason: "not_directory", Detail: "a directory shard holds people and places only"}, nil
	}
	w.buf = append(r.Append(w.buf[:0]), '\n')
	if len(w.buf) > maxLine {
		return plugin.Outcome{Status: plugin.Rejected, Reason: "too_long", Detail: "the record is longer than a line may be"}, nil
	}
	_, err := w.part.Write(w.buf)
	return plugin.Done, err
}

func (w *directoryWriter) Commit() (plugin.Receipt, error) {
	if _, _, err := w.part.Commit(); err != nil {
		return nil, err
	}
	w.s.forget()
	return encodeReceipt(receipt{Dir: true})
}

func (w *directoryWriter) Abort() { w.part.Abort() }

// slot is what is remembered of a conversation.
type slot struct {
	key     string
	kind    string
	name    string
	parent  string
	team    string
	members []string // accounts of a direct conversation, sorted; a person alone stands twice
	header  string
}

func (s *slot) direct() bool { return len(s.members) > 0 }

// places are all conversations.
type places struct {
	byKey map[string]*slot
	teams []team
	emoji map[string]bool
}

type team struct{ name, display, key string }

// otherTeam takes channels whose workspace is not known.
const otherTeam = "imported"

func loadPlaces(c *config, files []string) (*places, error) {
	p := &places{byKey: map[string]*slot{}, emoji: map[string]bool{}}
	slices.Sort(files)
	for _, f := range files {
		if err := eachRecord(f, p.add); err != nil {
			return nil, err
		}
	}
	return p, p.settle(c)
}

func (p *places) add(r *message.Record) error {
	switch r.Type {
	case message.TypeEmoji:
		p.emoji[strings.Clone(r.Emoji.Name)] = true
	case message.TypeConversation:
		c := r.Conversation
		if p.byKey[c.Key] != nil {
			return nil
		}
		s := &slot{key: strings.Clone(c.Key), kind: strings.Clone(c.Kind), name: strings.Clone(c.Name), parent: strings.Clone(c.Parent)}
		if c.Kind == "workspace" {
			p.teams = append(p.teams, team{name: s.name, display: strings.Clone(c.DisplayName), key: s.key})
		}
		if c.Kind == "direct" || c.Kind == "group" {
			for _, a := range c.Participants {
				s.members = append(s.members, strings.Clone(a))
			}
			if len(s.members) == 1 {
				s.members = append(s.members, s.members[0])
			}
		}
		p.byKey[s.key] = s
	}
	return nil
}

// settle gives each channel its team.
func (p *places) settle(c *config) error {
	slices.SortFunc(p.teams, func(a, b team) int { return strings.Compare(a.key, b.key) })
	byKey := map[string]string{}
	for i := range p.teams {
		t := &p.teams[i]
		if c.Team != "" {
			t.name = c.Team
		}
		byKey[t.key] = t.name
	}
	rest := first(c.Team, otherTeam)
	if len(p.teams) == 1 {
		rest = p.teams[0].name
	}
	used := map[string]*slot{}
	orphans := false
	for _, key := range p.keys() {
		s := p.byKey[key]
		if s.kind == "workspace" {
			s.team = byKey[key]
			continue
		}
		if s.direct() {
			continue
		}
		if s.team = byKey[s.parent]; s.team == "" {
			s.team, orphans = rest, true
		}
		if other := used[s.team+"/"+s.name]; other != nil {
			return fault.New(fault.Config, "name channels", s.team+"/"+s.name, "rename one of them, or leave out the setting team so that each workspace becomes a team",
				fmt.Errorf("two conversations, %s and %s, would be one channel", other.key, s.key))
		}
		used[s.team+"/"+s.name] = s
	}
	if c.Team != "" {
		one := team{name: c.Team, display: first(c.Display, c.Team)}
		if len(p.teams) > 0 { // it stands for them all
			one.key, one.display = p.teams[0].key, first(c.Display, p.teams[0].display, c.Team)
		}
		p.teams = []team{one}
	} else if orphans && len(p.teams) != 1 {
		p.teams = append(p.teams, team{name: otherTeam, display: "Imported"})
	}
	return nil
}

func (p *places) keys() []string {
	keys := make([]string, 0, len(p.byKey))
	for k := range p.byKey {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// eachRecord reads a part of directory records.
func eachRecord(path string, do func(*message.Record) error) error {
	f, err := os.Open(path)
	if err != nil {
		return storage("read part", path, err)
	}
	defer f.Close()
	return eachLine(f, func(line string) error {
		r, err := message.Decode(line)
		if err != nil {
			return fault.New(fault.Storage, "read part", path, "the run's work folder was changed: delete it and run again", err)
		}
		return do(r)
	})
}

var errLongLine = errors.New("a line is longer than 16 MiB")

// eachLine calls do with every line, without its newline. A line's memory is its own.
func eachLine(r io.Reader, do func(line string) error) error {
	br := bufio.NewReaderSize(r, 256<<10)
	var long []byte
	for {
		b, err := br.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			if long = append(long, b...); len(long) > maxLine {
				return errLongLine
			}
			continue
		}
		if err != nil && err != io.EOF {
			return err
		}
		line := string(b)
		if len(long) > 0 {
			line = string(append(long, b...))
			long = long[:0]
		}
		if len(line) > maxLine {
			return errLongLine
		}
		if line != "" {
			if doErr := do(strings.TrimSuffix(line, "\n")); doErr != nil {
				return doErr
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// placeholderMail is the address of accounts that nobody can log in to; RFC 2606 keeps the domain free.
func placeholderMail(account string) string { return account + "@" + "chatferry.invalid" }
