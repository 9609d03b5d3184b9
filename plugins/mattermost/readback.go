package mattermost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
)

// readback reads a finished zip once, from start to end: its lines, and the files they name in the
// order in which they name them.
type readback struct {
	ctx   context.Context
	path  string
	owner string // of bots
	yield func(*message.Record) error
	valid *validator

	convs    map[string]*keyLine // "team/channel" or members
	byKey    map[string]*keyLine
	work     map[string][]*keyLine // workspaces by team
	emoji    map[string]string     // name → key
	made     map[string]bool       // what has no record: "team x", "user y"
	accounts map[string]bool

	keys  func() (*keyLine, error) // account lines, in order
	media *media
	conv  string // conversation of the post before
	root  string // the first post before as a record, when it has replies
	first error  // the first violation
}

// ReadBack reads the zips of all generations up to the one that Open named, oldest first.
func (s *sink) ReadBack(ctx context.Context, yield func(*message.Record) error) error {
	for g := 1; g <= max(s.run.Generation, 1); g++ {
		if err := readZip(ctx, s.nameOf(g), s.BotOwner, yield); err != nil {
			return err
		}
	}
	return nil
}

func readZip(ctx context.Context, path, owner string, yield func(*message.Record) error) error {
	r := &readback{ctx: ctx, path: path, owner: owner, yield: yield, convs: map[string]*keyLine{}, byKey: map[string]*keyLine{}, work: map[string][]*keyLine{},
		emoji: map[string]string{}, made: map[string]bool{}, accounts: map[string]bool{}}
	r.valid = newValidator(nil, func(v Violation) error {
		if r.first == nil {
			r.first = r.damaged(v)
		}
		return nil
	})
	if err := r.read(); err != nil {
		return err
	}
	return r.first
}

func (r *readback) damaged(err error) error {
	return fault.New(fault.Storage, "read back", r.path, "the file is not as it was written: run again to write it anew", err)
}

func (r *readback) read() error {
	z, err := openZip(r.path)
	if err != nil {
		return r.damaged(err)
	}
	defer z.Close()
	var lines, keys *entry
	for {
		e, err := z.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return r.damaged(err)
		}
		if lines == nil && strings.HasSuffix(e.name, ".jsonl") { // as the importer does
			lines = &e
		} else if keys == nil && e.name == keysName {
			keys = &e
		}
	}
	if lines == nil || keys == nil {
		return r.damaged(errors.New("import.jsonl or chatferry.ndjson is not in it"))
	}
	if err := r.loadKeys(z, *keys); err != nil {
		return err
	}
	if r.media, err = newMedia(r.path); err != nil {
		return r.damaged(err)
	}
	defer r.media.z.Close()
	in, done, err := inflate(z, *lines)
	if err != nil {
		return r.damaged(err)
	}
	if err := eachLine(in, r.line); err != nil {
		return err
	}
	if err := done(); err != nil {
		return r.damaged(err)
	}
	return r.valid.end()
}

// inflate gives an entry's bytes; done checks their sum once all are read.
func inflate(z *zipReader, e entry) (in io.Reader, done func() error, err error) {
	raw, err := z.open(e)
	if err != nil {
		return nil, nil, err
	}
	if e.method == methodDeflate {
		raw = flate.NewReader(raw)
	}
	sum := &summed{r: raw, h: crc32.NewIEEE()}
	return sum, func() error {
		if sum.h.Sum32() != e.crc {
			return fmt.Errorf("%s has another checksum than it says", e.name)
		}
		return nil
	}, nil
}

type summed struct {
	r io.Reader
	h hash.Hash32
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.h.Write(p[:n])
	return n, err
}

// loadKeys remembers places and which accounts there are, and prepares a second pass over accounts.
func (r *readback) loadKeys(z *zipReader, e entry) error {
	in, done, err := inflate(z, e)
	if err != nil {
		return r.damaged(err)
	}
	err = eachLine(in, func(text string) error {
		k := &keyLine{}
		if err := json.Unmarshal([]byte(text), k); err != nil {
			return err
		}
		switch k.Type {
		case "workspace":
			r.work[k.Team] = append(r.work[k.Team], k)
			r.byKey[k.Key] = k
		case "conversation":
			r.byKey[k.Key] = k
			r.convs[placeID(k)] = k
		case "emoji":
			r.emoji[k.Name] = k.Key
		case "made":
			if k.Team != "" {
				r.made["team "+k.Team] = true
			} else {
				r.made["user "+k.Account] = true
			}
			r.accounts[k.Account] = true
		case "account":
			r.accounts[k.Account] = true
		}
		return nil
	})
	if err == nil {
		err = done()
	}
	if err != nil {
		return r.damaged(err)
	}
	again, _, err := inflate(z, e)
	if err != nil {
		return r.damaged(err)
	}
	dec := json.NewDecoder(again)
	r.keys = func() (*keyLine, error) {
		for {
			k := &keyLine{}
			if err := dec.Decode(k); err != nil {
				return nil, err
			}
			if k.Account != "" {
				return k, nil
			}
		}
	}
	return nil
}

// placeID is how lines name a conversation.
func placeID(k *keyLine) string {
	if k.Name == "" {
		return strings.Join(k.People, "\x00")
	}
	return k.Team + "/" + k.Name
}

func membersID(members []string) string {
	list := slices.Clone(members)
	slices.Sort(list)
	return strings.Join(slices.Compact(list), "\x00")
}

// line checks one line and yields what it holds.
func (r *readback) line(text string) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	l, err := parseLine(text)
	if err != nil {
		return r.valid.text(text)
	}
	if err := r.valid.line(l); err != nil {
		return err
	}
	switch {
	case l.emoji != nil:
		return r.customEmoji(l.emoji)
	case l.team != nil:
		return r.team(l.team)
	case l.channel != nil:
		return r.channel(l.channel)
	case l.user != nil:
		return r.user(l.user)
	case l.bot != nil:
		return r.user(&userLine{name: l.bot.name, nickname: l.bot.display, image: l.bot.image, deleteAt: l.bot.deleteAt, owner: l.bot.owner})
	case l.direct != nil:
		return r.direct(l.direct)
	case l.post != nil:
		return r.thread(l.post)
	}
	return nil
}

func (r *readback) customEmoji(e *emojiLine) error {
	return r.yield(message.Of(&message.Emoji{Key: r.emoji[value(e.name)], Name: value(e.name), Image: r.picture(e.image)}))
}

// picture is an image as it stands in the archive.
func (r *readback) picture(path *string) *message.Attachment {
	if path == nil {
		return nil
	}
	a := &message.Attachment{State: message.MediaMissing, Reason: "not in the archive"}
	if sha, ok := r.media.digest(*path); ok {
		a.State, a.SHA256, a.Reason = message.MediaPresent, sha, ""
	}
	return a
}

func (r *readback) team(t *teamLine) error {
	name := value(t.name)
	open := t.open || value(t.kind) != "I" // anybody could join
	if r.made["team "+name] {
		if open {
			r.valid.fail("team: it is open to everybody, and was not written so")
		}
		return nil
	}
	list := r.work[name]
	if len(list) == 0 {
		return r.yield(message.Of(&message.Conversation{Kind: "workspace", Name: name, DisplayName: value(t.display)}))
	}
	for _, k := range list {
		c := &message.Conversation{Key: k.Key, ID: k.ID, System: k.System, Instance: k.Inst, Kind: "workspace", Name: k.Name, DisplayName: k.Display}
		if name == k.Name {
			c.DisplayName = value(t.display)
		}
		if open {
			c.Kind = "public"
		}
		if err := r.yield(message.Of(c)); err != nil {
			return err
		}
	}
	return nil
}

func (r *readback) channel(c *channelLine) error {
	out := &message.Conversation{Kind: "public"}
	if k := r.convs[value(c.team)+"/"+value(c.name)]; k != nil {
		out = &message.Conversation{Key: k.Key, ID: k.ID, System: k.System, Instance: k.Inst, Kind: k.Kind, Parent: k.Parent, Participants: k.People}
	}
	if (value(c.kind) == "P") != (out.Kind == "private") { // what the server will make of it counts
		out.Kind = map[bool]string{true: "private", false: "public"}[value(c.kind) == "P"]
	}
	out.Name, out.DisplayName, out.Topic, out.Purpose = value(c.name), value(c.display), noteOf(c.header), noteOf(c.purpose)
	out.Archived, out.ArchivedAt = c.deletedAt > 0, timeOf(c.deletedAt)
	return r.yield(message.Of(out))
}

func noteOf(s *string) *message.Note {
	if s == nil {
		return nil
	}
	return &message.Note{Text: *s}
}

func (r *readback) direct(d *directLine) error {
	out := &message.Conversation{Kind: "direct", Topic: noteOf(d.header)}
	if k := r.convs[membersID(d.members)]; k != nil {
		out.Key, out.ID, out.System, out.Instance, out.Kind, out.Parent = k.Key, k.ID, k.System, k.Inst, k.Kind, k.Parent
	}
	out.Participants = slices.Compact(slices.Clone(d.members))
	return r.yield(message.Of(out))
}
