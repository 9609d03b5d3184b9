package discord

import (
	"context"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// ext begins the names of everything in Ext.
const ext = "discord."

// source is an open export.
type source struct {
	conf   Config
	d      *dump.Dump
	docs   []*document
	packed []*room // channels of a data package
	self   profile // who asked for the package
	plan   element.Plan
	people map[string]*account
	claims map[string]int64   // how many messages the documents of a channel say they have
	emoji  map[string]picture // custom emoji by id
	window int                // of reading, for tests of its edges; 0: the usual one
}

// document is one file of DiscordChatExporter.
type document struct {
	entry dump.Entry
	file  *dump.Whole
	head  map[string]string // its members but for messages, as they stand
	at    int64             // where the channel stands in it
	lost  []element.Part
}

// account is somebody as the first message by him describes him, or else the first that mentions him.
type account struct {
	raw     string // as it stood
	compact string
	doc     *document
	author  bool
}

// picture is a custom emoji.
type picture struct {
	name, url string
	doc       *document
}

func open(ctx context.Context, c Config) (plugin.Source, error) {
	s := &source{conf: c, people: map[string]*account{}, claims: map[string]int64{}, emoji: map[string]picture{}}
	if err := s.load(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close frees the files.
func (s *source) Close() error {
	var errs []error
	for _, d := range s.docs {
		if d.file != nil {
			errs = append(errs, d.file.Close())
		}
	}
	for _, r := range s.packed {
		if r.file != nil {
			errs = append(errs, r.file.Close())
		}
	}
	if s.d != nil {
		errs = append(errs, s.d.Close())
	}
	return errors.Join(errs...)
}

func (s *source) load(ctx context.Context) (err error) {
	var only string
	if s.d, only, err = dump.OpenPath(ctx, s.conf.Path, beside, s.conf.Temp); err != nil {
		return err
	}
	if err := s.find(ctx, only); err != nil {
		return err
	}
	for _, d := range s.docs {
		if err := s.survey(ctx, d); err != nil {
			return err
		}
	}
	if len(s.docs)+len(s.packed) == 0 {
		return fault.New(fault.Config, "open", s.conf.Path, "give what DiscordChatExporter wrote with --format Json, or Discord's data package", errors.New("there is no Discord history in it"))
	}
	return nil
}

// maxDocuments is how many files may hold messages: each stays open.
const maxDocuments = 20_000

// find lists the documents by their beginning, and the channels of a data package by their names.
func (s *source) find(ctx context.Context, only string) error {
	var found []dump.Entry
	if err := s.d.Walk(func(e *dump.Entry) error {
		dir, base := path.Split(e.Path)
		switch {
		case e.State != dump.File:
		case only != "":
			if dir == "" && base == only {
				found = append(found, *e)
			}
		case strings.HasSuffix(strings.TrimSuffix(dir, "/"), "_Files"):
		case strings.HasSuffix(e.Base(), ".json") || e.Base() == "messages.csv":
			found = append(found, *e)
		}
		if len(found) > 10*maxDocuments {
			return tooMany(s.conf.Path)
		}
		return ctx.Err()
	}); err != nil {
		return err
	}
	for i := range found {
		e := &found[i]
		head, err := s.head(e)
		if err != nil {
			return err
		}
		if only == "" && !exported(head) {
			continue
		}
		d := &document{entry: *e, head: map[string]string{}}
		s.docs = append(s.docs, d)
		if d.file, err = s.d.OpenAt(ctx, e, s.conf.Temp); err != nil {
			return err
		}
		if len(s.docs) > maxDocuments {
			return tooMany(s.conf.Path)
		}
	}
	return s.findPackage(ctx, found)
}

func tooMany(path string) error {
	return fault.New(fault.Config, "open", path, "split the export into folders", errors.New("has more than 20,000 files with messages"))
}

// head is the beginning of a file of the dump; damage shows when it is read whole.
func (s *source) head(e *dump.Entry) ([]byte, error) {
	r, err := s.d.Open(e)
	if err != nil {
		return nil, undamaged(err)
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, headBytes))
	return head, undamaged(err)
}

func undamaged(err error) error {
	var d *dump.Damage
	if errors.As(err, &d) {
		return nil
	}
	return err
}

// Discover yields the directory, then runs of channels.
func (s *source) Discover(ctx context.Context, yield func(plugin.Shard) error) error {
	conf := s.conf
	conf.Path, conf.Temp = "", ""
	print := element.Fingerprint(s.d, conf)
	if err := yield(plugin.Shard{ID: "directory", Label: "people and channels", Directory: true, Records: -1, Fingerprint: print}); err != nil {
		return err
	}
	return s.plan.Shards(ctx, print, yield)
}

// Read emits the records of one shard.
func (s *source) Read(ctx context.Context, sh plugin.Shard, cur plugin.Cursor, out *plugin.Emitter) error {
	if sh.Directory {
		return s.directory(ctx, out)
	}
	r := newReader(ctx, s, out)
	return s.plan.Read(sh, cur, &r.walk, func(p *element.Piece, start element.Start) error {
		switch of := p.Of.(type) {
		case *room:
			return r.packed(p, of, start)
		default:
			r.doc = of.(*document)
			r.a.To, r.conv = r, channelKey(r.doc.channel("id"))
			return r.a.Piece(p, start)
		}
	})
}

// channelKey is the key of a channel or thread, personKey that of a user, bot or webhook, guildKey that of a
// server. Numbers are unique in each of the three, and a server's first channel may have its number.
func channelKey(id string) string { return message.Key("discord", first(id, "unknown")) }

func personKey(id string) string {
	if id == "" {
		return ""
	}
	return message.Key("discord", "user", id)
}

func guildKey(id string) string { return message.Key("discord", "guild", id) }

// channel and guild are members of the document's header.
func (d *document) channel(name string) string { return element.Member(d.head["channel"], name) }
func (d *document) guild(name string) string   { return element.Member(d.head["guild"], name) }

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
