package discord

import (
	"context"
	"io"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

// room is a channel of a data package: channel.json, and beside it messages.json or, until 2023, messages.csv.
// Folders and the way they are spelt have changed often, so only these names count.
type room struct {
	entry   dump.Entry // of channel.json
	raw     string     // what stands in it; "" when that is no object
	bytes   []byte
	id      string
	name    string // in index.json
	file    *dump.Whole
	columns []string
	second  bool // the folder has messages in both forms, and this is not the first of them
}

// profile is account/user.json.
type profile struct {
	id, raw string
	bytes   []byte
	entry   dump.Entry
}

// maxSmall is how long the small files of a package may be.
const maxSmall = 8 << 20

// findPackage finds the channels of a package among the files that were found.
func (s *source) findPackage(ctx context.Context, found []dump.Entry) error {
	at := map[string]*dump.Entry{}
	for i := range found {
		at[found[i].Path] = &found[i]
	}
	names := map[string]string{}
	for i := range found {
		e := &found[i]
		dir, base := path.Split(e.Path)
		var err error
		switch {
		case base == "channel.json":
			second := false
			for _, name := range []string{"messages.json", "messages.csv"} {
				if m := at[dir+name]; m != nil && err == nil {
					err = s.room(ctx, e, m, second)
					second = true
				}
			}
		case base == "index.json" && len(names) == 0:
			var raw string
			if raw, _, err = s.object(e); err == nil {
				for _, id := range element.Names(raw) {
					names[id] = element.Member(raw, id)
				}
			}
		case base == "user.json" && s.self.bytes == nil:
			s.self.entry = *e
			s.self.raw, s.self.bytes, err = s.object(e)
			s.self.id = element.Member(s.self.raw, "id")
		}
		if err != nil {
			return err
		}
	}
	for _, r := range s.packed {
		r.name = names[r.id]
	}
	if len(s.packed) == 0 {
		s.self = profile{}
	}
	return nil
}

// object reads a small file that should be a JSON object; raw is "" when it is none.
func (s *source) object(e *dump.Entry) (raw string, all []byte, err error) {
	f, err := s.d.Open(e)
	if err != nil {
		return "", []byte{}, undamaged(err)
	}
	defer f.Close()
	all, err = io.ReadAll(io.LimitReader(f, maxSmall))
	if undamaged(err) != nil {
		return "", nil, err
	}
	text := strings.TrimPrefix(string(all), "\ufeff")
	if v := scan.New(text); err == nil && v.Kind() == scan.Obj {
		if v.Skip(); v.End() == nil {
			raw = strings.TrimSpace(text)
		}
	}
	return raw, all, nil
}

// room opens the messages of one channel.
func (s *source) room(ctx context.Context, e, messages *dump.Entry, second bool) error {
	if len(s.packed) >= maxDocuments {
		return tooMany(s.conf.Path)
	}
	r := &room{entry: *e, second: second}
	var err error
	if r.raw, r.bytes, err = s.object(e); err != nil {
		return err
	}
	// The folder is named by the channel too, in newer packages with a "c" before the number.
	folder := path.Base(path.Dir(e.Path))
	if r.id = element.Member(r.raw, "id"); r.id == "" {
		r.id = strings.TrimPrefix(folder, "c")
	}
	if r.file, err = s.d.OpenAt(ctx, messages, s.conf.Temp); err != nil {
		return err
	}
	s.packed = append(s.packed, r)
	p := element.Piece{File: messages.Path, Doc: r.file, Size: r.file.Size, Bytes: r.file.Size, Of: r}
	head := make([]byte, 3)
	if n, _ := r.file.ReadAt(head, 0); string(head[:n]) == "\ufeff" {
		p.Offset = 3
	}
	if messages.Base() == "messages.csv" {
		in := newRows(p.From(p.Offset), p.Offset)
		if row, ok, err := in.next(ctx); err != nil {
			return err
		} else if ok {
			r.columns = fieldsOf(row)
			p.Offset = in.offset
		}
	}
	s.plan.Add(channelKey(r.id), p)
	return nil
}

// rooms emits the channels of a package.
func (s *source) rooms(out *plugin.Emitter) error {
	for _, r := range s.packed {
		if r.second {
			continue
		}
		src := message.Source{File: r.entry.Path, Offset: "0", Length: strconv.Itoa(len(r.bytes))}
		if r.raw == "" {
			if err := out.Reject(plugin.Reject{At: src, Reason: "not_json", Detail: "the file is not a JSON object", Bytes: r.bytes}); err != nil {
				return err
			}
		}
		v := &message.Conversation{Key: channelKey(r.id), ID: first(r.id, "unknown"), System: "discord", Kind: s.kind(element.Member(r.raw, "type")), Ext: map[string]string{}}
		v.Name = element.Member(r.raw, "name")
		v.DisplayName = first(v.Name, r.name)
		if g := element.Member(element.RawMember(r.raw, "guild"), "id"); g != "" {
			v.Parent, v.Instance = guildKey(g), g
		}
		for _, id := range element.Strings(element.RawMember(r.raw, "recipients")) {
			v.Participants = append(v.Participants, personKey(id))
		}
		slices.Sort(v.Participants)
		for _, name := range element.Names(r.raw) {
			if name != "id" && name != "name" && name != "guild" && name != "recipients" {
				s.keep(v.Ext, name, element.RawMember(r.raw, name))
			}
		}
		if len(v.Ext) == 0 {
			v.Ext = nil
		}
		if v.Synthesised = r.raw == ""; !v.Synthesised && s.conf.Raw {
			v.Raw = &src
		}
		if err := out.Record(message.Of(v)); err != nil {
			return err
		}
	}
	return nil
}

// owner emits who asked for the package. Of user.json only what names him is taken: the rest is settings,
// payments and sessions.
func (s *source) owner(out *plugin.Emitter) error {
	if len(s.packed) == 0 {
		return nil
	}
	src := message.Source{File: s.self.entry.Path, Offset: "0", Length: strconv.Itoa(len(s.self.bytes))}
	p := &message.Person{Key: personKey(s.owned()), ID: s.owned(), Kind: "human", Roles: []string{"owner"}, Username: element.Member(s.self.raw, "username")}
	p.Name = first(element.Member(s.self.raw, "global_name"), p.Username)
	if s.conf.Raw && s.self.id != "" {
		p.Raw = &src
	}
	if p.Synthesised = s.self.id == ""; p.Synthesised && s.self.bytes != nil {
		if err := out.Reject(plugin.Reject{At: src, Reason: "not_json", Detail: "the file does not name anybody", Bytes: s.self.bytes}); err != nil {
			return err
		}
	}
	return out.Record(message.Of(p))
}

// owned is the id of whose messages a package holds.
func (s *source) owned() string { return first(s.self.id, "self") }

// packed reads the messages of a channel of a package.
func (r *reader) packed(p *element.Piece, of *room, start element.Start) error {
	r.conv = channelKey(of.id)
	if of.columns != nil || path.Ext(p.File) == ".csv" {
		return r.rows(p, of, start)
	}
	r.a.To = own{r}
	if err := r.a.Piece(p, start); err != nil {
		return err
	}
	return r.a.End()
}

// own takes the elements of messages.json.
type own struct{ *reader }

// Parse reads one message. Its number is larger than what a float holds, so it stays a string of digits.
func (o own) Parse(s *scan.Scanner, view string) {
	r := o.reader
	r.Start(s, view)
	r.f, r.m = fields{}, message.Message{Type: message.TypeMessage, V: message.Version}
	if s.Kind() != scan.Obj {
		s.Failf("%w", element.ErrNoObject)
		return
	}
	for s.Object(); s.Next(); {
		switch s.Key() {
		case "ID":
			r.Set(&r.f.id, r.Scalar(&r.Ext))
		case "Timestamp":
			r.Set(&r.f.sent, r.Str(&r.Ext))
		case "Contents":
			text, b64 := r.Text()
			r.Set(&r.m.Text, text)
			r.m.TextB64 = b64
		case "Attachments":
			r.Set(&r.f.attachments, r.Str(&r.Ext))
		default:
			r.Other(&r.Ext)
		}
	}
}

// Begins tells a message from other objects.
func (o own) Begins(view string) bool {
	s := scan.New(view)
	id, at := false, false
	for s.Object(); s.Next(); s.Skip() {
		id = id || s.Key() == "ID"
		at = at || s.Key() == "Timestamp"
	}
	return s.Err() == nil && id && at
}

// Emit finishes and emits what was parsed.
func (o own) Emit(*element.Place) error {
	r := o.reader
	if reason, detail := r.finishOwn(); reason != "" {
		if err := r.a.Reject(plugin.Reject{Reason: reason, Detail: detail}); err != nil {
			return err
		}
	} else {
		r.Whole()
		if len(r.Ext) > 0 {
			r.m.Ext = r.Ext
		}
		if err := r.sendOwn(r.a.Source()); err != nil {
			return err
		}
	}
	offset, index, ok := r.a.Next()
	return r.walk.Pause(offset, index, ok, "")
}

// finishOwn makes a message of id, time and attachments as a package has them.
func (r *reader) finishOwn() (reason, detail string) {
	f, m := &r.f, &r.m
	if f.id == "" {
		return "no_id", "the message has no ID"
	}
	t := message.ISOTime(f.sent)
	if t == nil {
		if t = message.ISOTime(f.sent + "Z"); t == nil { // newer packages leave the offset out, and mean UTC
			return "bad_time", "Timestamp is not a time"
		}
		t.Raw = f.sent
	}
	m.ID, m.Conversation, m.Sent, m.Kind, m.Direction = f.id, r.conv, *t, message.KindText, "out"
	m.Key = r.conv + ":" + message.Key(f.id)
	m.Author = personKey(r.s.owned())
	r.tokens()
	if m.Text != "" {
		m.Format = "markdown"
	}
	for _, at := range strings.Fields(f.attachments) {
		a := message.Attachment{URL: at, State: message.MediaRemote, Reason: "not_in_dump", Expires: expiry(at), Role: "file"}
		if u, err := url.Parse(at); err == nil {
			a.Name = path.Base(u.Path)
			a.Role = roleOf(a.Name)
		}
		m.Attachments = append(m.Attachments, a)
	}
	if m.Text == "" && len(m.Attachments) > 0 {
		m.Kind = message.KindFile
	}
	return "", ""
}

func (r *reader) sendOwn(src message.Source) error {
	if r.s.conf.Raw {
		r.m.Raw = &src
	}
	return r.out.Record(&message.Record{Type: message.TypeMessage, Message: &r.m})
}
