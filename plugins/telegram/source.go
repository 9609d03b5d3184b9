package telegram

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
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
	units    []unit
	people   map[string]person
	inTopics int
	window   int // of reading, for tests of its edges; 0: the usual one
}

// unit is a conversation: all that any document has of it.
type unit struct {
	key    string
	pieces []piece
	bytes  int64
}

// piece is a part of a chat of a document.
type piece struct{ doc, chat, part int }

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
	name := result
	info, err := os.Stat(s.conf.Path)
	if err == nil && info.Mode().IsRegular() && !zipAt(s.conf.Path) {
		name = path.Base(s.conf.Path)
		s.d, err = dump.OpenFile(ctx, s.conf.Path, beside, s.conf.Temp)
	} else {
		s.d, err = dump.Open(ctx, s.conf.Path, s.conf.Temp)
	}
	if err != nil {
		return err
	}
	if err := s.find(name); err != nil {
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
	s.findUnits()
	if len(s.docs) == 0 {
		return fault.New(fault.Config, "open", s.conf.Path, "give the folder, zip or result.json of an export made by Telegram Desktop as JSON", errors.New("there is no result.json in it"))
	}
	return nil
}

func zipAt(name string) bool {
	head, err := headOf(name)
	return err == nil && isZip(head)
}

// find lists the documents, second ones of a name too.
func (s *source) find(name string) error {
	for i := range s.d.Folders() {
		folder := s.d.Folder(i).Path
		if s.conf.Path != s.d.Path && folder != "" {
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

// findUnits gathers what belongs to one conversation, in the order in which conversations first come.
func (s *source) findUnits() {
	at := map[string]int{}
	for i, d := range s.docs {
		for j := range d.chats {
			c := &d.chats[j]
			u, ok := at[c.key]
			if !ok {
				u = len(s.units)
				at[c.key] = u
				s.units = append(s.units, unit{key: c.key})
			}
			for k := range c.parts {
				s.units[u].pieces = append(s.units[u].pieces, piece{i, j, k})
				s.units[u].bytes += c.parts[k].size
			}
		}
	}
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

// shardBytes is how much source data a shard holds, when it is not one conversation with more.
const shardBytes = 12 << 20

// params say what is in a shard: units from the one with the key From on.
type params struct {
	From  string `json:"from"`
	Units int    `json:"units"`
}

// Discover yields the directory, then runs of conversations.
func (s *source) Discover(ctx context.Context, yield func(plugin.Shard) error) error {
	print, size := s.print()
	if err := yield(plugin.Shard{ID: "directory", Label: "people and chats", Directory: true, Records: -1, Bytes: size, Fingerprint: print}); err != nil {
		return err
	}
	for i, number := 0, 1; i < len(s.units); number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		first, bytes := i, int64(0)
		for i < len(s.units) && (i == first || bytes+s.units[i].bytes <= shardBytes) {
			bytes += s.units[i].bytes
			i++
		}
		raw, err := json.Marshal(params{s.units[first].key, i - first})
		if err != nil {
			return err
		}
		label := "chats " + strconv.Itoa(first+1)
		if i-first > 1 {
			label += " to " + strconv.Itoa(i)
		}
		if err := yield(plugin.Shard{ID: fmt.Sprintf("c%06d", number), Label: label, Records: -1, Bytes: bytes, Fingerprint: print, Params: raw}); err != nil {
			return err
		}
	}
	return nil
}

// print changes when anything in the export may have changed.
func (s *source) print() (print string, size int64) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %v %v %v %v\n", s.conf.Instance, s.conf.Zone, s.conf.Attachments, s.conf.Raw, s.d.Totals, s.d.Notes)
	for i := range s.d.Folders() {
		f := s.d.Folder(i)
		fmt.Fprintf(h, "%q %x\n", f.Path, f.Print)
	}
	for _, d := range s.docs {
		size += d.entry.Size
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), size / 100
}

// cursor is a position between two messages: how many pieces were read, and where the next message begins.
type cursor struct {
	Unit, Piece   int
	Offset, Index int64  // 0: at the beginning of the piece
	Last          string // time of the message before
}

// Read emits the records of one shard.
func (s *source) Read(ctx context.Context, sh plugin.Shard, cur plugin.Cursor, out *plugin.Emitter) error {
	if sh.Directory {
		return s.directory(ctx, out)
	}
	var pr params
	if err := json.Unmarshal(sh.Params, &pr); err != nil {
		return fault.New(fault.Bug, "read", sh.ID, "", errors.New("the shard's parameters are not ours"))
	}
	first := slices.IndexFunc(s.units, func(u unit) bool { return u.key == pr.From })
	if first < 0 || pr.Units < 1 || first+pr.Units > len(s.units) {
		return fault.New(fault.Config, "read", sh.ID, "start a new run: the export is not the one that was planned", errors.New("the chats of the export have changed"))
	}
	var at cursor
	if cur != nil {
		if err := json.Unmarshal(cur, &at); err != nil || at.Unit < 0 || at.Piece < 0 {
			return fault.New(fault.Bug, "resume", sh.ID, "", errors.New("the cursor is not ours"))
		}
	}
	r := newReader(ctx, s, out)
	for ; at.Unit < pr.Units; at = (cursor{Unit: at.Unit + 1}) {
		u := &s.units[first+at.Unit]
		for ; at.Piece < len(u.pieces); at = (cursor{Unit: at.Unit, Piece: at.Piece + 1}) {
			r.at = at
			if err := r.piece(u.pieces[at.Piece]); err != nil {
				return err
			}
			if err := r.checkpoint(cursor{Unit: at.Unit, Piece: at.Piece + 1}); err != nil {
				return err
			}
		}
	}
	return nil
}

// piece reads one array of messages.
func (r *reader) piece(p piece) error {
	d := r.s.docs[p.doc]
	r.doc, r.chat = d, &d.chats[p.chat]
	part := r.chat.parts[p.part]
	r.peer = ""
	if r.chat.space == "user" || r.chat.space == "saved" {
		r.peer = r.chat.id
	}
	offset, index := part.offset, part.first
	if r.at.Offset > 0 {
		offset, index = r.at.Offset, r.at.Index
	}
	r.last = r.at.Last
	if err := r.a.Resume(d.entry.Path, io.NewSectionReader(d.file, offset, d.file.Size-offset), offset, index); err != nil {
		return err
	}
	if r.at.Offset > 0 {
		return r.a.Rest()
	}
	return r.a.Elements()
}

func (r *reader) checkpoint(c cursor) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return r.out.Checkpoint(b)
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
