package telegram

import (
	"context"
	"errors"
	"io"
	"path"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// ext begins the names of everything in Ext.
const ext = "telegram."

// source is an open export.
type source struct {
	conf     Config
	zone     *time.Location // nil: not known
	d        *dump.Dump
	docs     []*document
	plan     element.Plan
	people   map[string]person
	inTopics int
	window   int // of reading, for tests of its edges; 0: the usual one
}

func open(ctx context.Context, c Config) (plugin.Source, error) {
	s := &source{conf: c, people: map[string]person{}}
	if c.Zone != "" {
		var err error
		if s.zone, err = time.LoadLocation(c.Zone); err != nil || c.Zone == "Local" {
			return nil, plugin.BadSetting("zone", "give a name such as Europe/Berlin or UTC", errors.New("no time zone has this name"))
		}
	}
	err := s.load(ctx)
	if err != nil {
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
	if err := s.find(only); err != nil {
		return err
	}
	for _, d := range s.docs {
		if d.file, err = s.d.OpenAt(ctx, &d.entry, s.conf.Temp); err != nil {
			var damage *dump.Damage
			if !errors.As(err, &damage) {
				return err
			}
			continue // the directory says so
		}
		if err := s.survey(ctx, d); err != nil {
			return err
		}
	}
	s.findPieces()
	if len(s.docs) == 0 {
		return fault.New(fault.Config, "open", s.conf.Path, "give the folder, zip or result.json of an export made by Telegram Desktop as JSON", errors.New("there is no result.json in it"))
	}
	return nil
}

// find lists the documents, second ones of a name too.
func (s *source) find(only string) error {
	name := first(only, result)
	for i := range s.d.Folders() {
		folder := s.d.Folder(i).Path
		if only != "" && folder != "" {
			continue // beside a single document there is only media
		}
		if err := s.d.Each(i, name, func(e *dump.Entry) error {
			if e.Base() != name {
				return dump.ErrStop
			}
			dir, _ := path.Split(e.Path)
			s.docs = append(s.docs, &document{entry: *e, prefix: dir})
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// findPieces gathers what belongs to one conversation.
func (s *source) findPieces() {
	for _, d := range s.docs {
		for j := range d.chats {
			c := &d.chats[j]
			for _, p := range c.parts {
				s.plan.Add(c.key, element.Piece{File: d.entry.Path, Doc: d.file, Size: d.file.Size, Offset: p.offset, Index: p.first, Bytes: p.size, Of: &place{d, c}})
			}
		}
	}
}

// place is a chat in its document.
type place struct {
	doc  *document
	chat *chat
}

// meet keeps who wrote among messages.
func (s *source) meet(id, name string, deleted bool) {
	if id == "" || len(id) > maxID {
		return
	}
	p, known := s.people[id]
	switch {
	case !known && len(s.people) < maxPeople:
		s.people[strings.Clone(id)] = person{strings.ToValidUTF8(strings.Clone(name), "\ufffd"), deleted && name == ""}
	case known && p.name == "" && name != "":
		// A map takes the new key in place of the old, so that must not be a piece of the window either.
		s.people[strings.Clone(id)] = person{name: strings.ToValidUTF8(strings.Clone(name), "\ufffd")}
	}
}

// whole reads a document from its beginning.
func whole(f *dump.Whole) io.Reader { return io.NewSectionReader(f, 0, f.Size) }

// Discover yields the directory, then runs of conversations.
func (s *source) Discover(ctx context.Context, yield func(plugin.Shard) error) error {
	conf := s.conf
	conf.Path, conf.Temp = "", ""
	print := element.Fingerprint(s.d, conf)
	size := int64(0)
	for _, d := range s.docs {
		size += d.entry.Size / 100 // most of a document are messages
	}
	if err := yield(plugin.Shard{ID: "directory", Label: "people and chats", Directory: true, Records: -1, Bytes: size, Fingerprint: print}); err != nil {
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
		r.place, r.last = p.Of.(*place), start.Note
		return r.a.Piece(p, start)
	})
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

var _ element.Elements = (*reader)(nil)
