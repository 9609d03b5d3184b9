package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Read emits the records of one shard.
func (s *source) Read(ctx context.Context, sh plugin.Shard, cur plugin.Cursor, out *plugin.Emitter) error {
	if sh.Directory {
		return s.readDirectory(ctx, out)
	}
	var pr params
	if err := json.Unmarshal(sh.Params, &pr); err != nil {
		return fault.New(fault.Bug, "read", sh.ID, "", errors.New("the shard's parameters are not ours"))
	}
	first := sort.Search(len(s.units), func(i int) bool { return s.d.Folder(int(s.units[i])).Path >= pr.From })
	if first+pr.Units > len(s.units) || pr.Units < 1 || s.d.Folder(int(s.units[first])).Path != pr.From {
		return fault.New(fault.Config, "read", sh.ID, "start a new run: the export is not the one that was planned", errors.New("the folders of the export have changed"))
	}
	r := newReader(ctx, s, out)
	at, err := r.resume(cur)
	if err != nil {
		return err
	}
	for u := at.Unit; u < pr.Units; u++ {
		if err := r.unit(first+u, u, at.File); err != nil {
			return err
		}
		at.File = 0
	}
	r.p.settle()
	return r.introduce(nil)
}

// reader reads the day files of one shard.
type reader struct {
	s     *source
	out   *plugin.Emitter
	a     *element.Array
	p     *parser
	convs []*conversation
	root  int
	dir   string // of the conversation
	media map[string]message.Attachment
	rec   message.Record
	src   message.Source
	cur   []byte
	tail  []byte // of the cursor: who was met
	full  bool   // too many were met for a cursor to hold
}

func newReader(ctx context.Context, s *source, out *plugin.Emitter) *reader {
	r := &reader{s: s, out: out, p: newParser(s.ids), media: map[string]message.Attachment{}}
	r.a = &element.Array{Ctx: ctx, Out: out, To: r, Digest: s.conf.Raw, Loaded: r.p.watch}
	r.rec = message.Record{Type: message.TypeMessage, Message: &r.p.m}
	return r
}

// cursor is a position between two day files, and who has been met before it.
type cursor struct {
	Unit int      `json:"u"`
	File int      `json:"f"`
	Met  []string `json:"m,omitempty"`
	Wait []string `json:"w,omitempty"`
}

// maxCursor is below what the host takes.
const maxCursor = 60 << 10

func (r *reader) resume(cur plugin.Cursor) (cursor, error) {
	var c cursor
	if cur == nil {
		return c, nil
	}
	if err := json.Unmarshal(cur, &c); err != nil || c.Unit < 0 || c.File < 0 {
		return c, fault.New(fault.Bug, "resume", "shard", "", errors.New("the cursor is not ours"))
	}
	for _, id := range c.Wait {
		r.p.late.mention(id)
	}
	for _, id := range c.Met {
		r.p.late.introduce(id)
	}
	return c, nil
}

func (r *reader) checkpoint(unit, file int) error {
	if r.p.late.changed && !r.full {
		r.p.late.changed = false
		b, err := json.Marshal(cursor{Met: r.p.late.take(true), Wait: r.p.late.take(false)})
		if err != nil {
			return err
		}
		r.tail = bytes.TrimPrefix(b, []byte(`{"u":0,"f":0`))
		r.full = len(r.tail) > maxCursor
	}
	if r.full {
		return nil
	}
	if r.tail == nil {
		r.tail = []byte("}")
	}
	r.cur = strconv.AppendInt(append(r.cur[:0], `{"u":`...), int64(unit), 10)
	r.cur = strconv.AppendInt(append(r.cur, `,"f":`...), int64(file), 10)
	r.cur = append(r.cur, r.tail...)
	return r.out.Checkpoint(r.cur)
}

// unit reads one conversation, from its skip-th day file on.
func (r *reader) unit(unit, ordinal, skip int) error {
	file := 0
	for i, folder := range r.s.foldersOf(unit) {
		if i == 0 {
			r.convs = r.s.conversations(folder)
		}
		r.dir = r.s.d.Folder(folder).Path
		r.root = max(r.s.rootOf(r.dir), 0)
		if err := r.s.days(folder, func(e *dump.Entry) error {
			if file++; file <= skip {
				return nil
			}
			if err := r.file(e); err != nil {
				return err
			}
			return r.checkpoint(ordinal, file)
		}); err != nil {
			return err
		}
	}
	return nil
}

// file reads one day file. No record is taken from a file whose checksum is wrong. One that fits into
// memory shows that before its first record; a larger one is read twice.
func (r *reader) file(e *dump.Entry) error {
	if e.Size >= element.Window {
		if err := r.s.verify(e); err != nil {
			return r.quarantine(e, err)
		}
	}
	src, err := r.s.d.Open(e)
	if err != nil {
		return element.Damaged(r.out, e, err)
	}
	defer src.Close()
	if err := r.a.Read(e.Path, src, e.Size); err != nil {
		return err
	}
	if len(r.p.late.state) > maxLate {
		r.p.settle()
		clear(r.p.late.state)
		r.full = true
		return r.introduce(nil)
	}
	return nil
}

// verify reads a file for its checksum alone.
func (s *source) verify(e *dump.Entry) error {
	src, err := s.d.Open(e)
	if err != nil {
		return nil // whoever reads it says so
	}
	defer src.Close()
	_, err = io.Copy(io.Discard, src)
	var d *dump.Damage
	if errors.As(err, &d) && d.Reason != "checksum" {
		return nil
	}
	return err
}

// quarantine rejects a whole file with its bytes.
func (r *reader) quarantine(e *dump.Entry, cause error) error {
	var d *dump.Damage
	if !errors.As(cause, &d) {
		return cause
	}
	src, err := r.s.d.Open(e)
	if err != nil {
		return element.Damaged(r.out, e, err)
	}
	defer src.Close()
	w, err := r.out.Spool()
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, src); err != nil && !errors.As(err, &d) {
		return err
	}
	at := message.Source{File: e.Path, Index: "0", Offset: "0", Length: fmt.Sprint(e.Size)}
	return r.out.RejectSpooled(plugin.Reject{At: at, Reason: "damaged", Detail: d.Error()}, w)
}

// emit is called with a whole element after parse.
func (r *reader) Emit(at *element.Place) error {
	p := r.p
	p.conv = r.convs[0]
	for _, c := range r.convs[1:] {
		if c.id == p.f.channel {
			p.conv = c
		}
	}
	if p.f.channel == p.conv.id {
		p.f.channel = ""
	}
	if sub := p.f.subtype; sub == "message_changed" || sub == "message_deleted" {
		if rev, ok := p.revision(); ok {
			if err := r.introduce(r.source()); err != nil {
				return err
			}
			rev.Raw = r.source()
			return r.out.Record(message.Of(rev))
		}
	}
	if reason, detail := p.finish(); reason != "" {
		return r.a.Reject(plugin.Reject{Reason: reason, Detail: detail})
	}
	raw := r.source()
	if err := r.introduce(raw); err != nil {
		return err
	}
	for i := range p.m.Attachments {
		if err := r.bytes(&p.m.Attachments[i]); err != nil {
			return err
		}
	}
	p.m.Raw = raw
	return r.out.Record(&r.rec)
}

// source is the locator of the current element, in memory that is used again; nil when not asked for.
func (r *reader) source() *message.Source {
	if !r.s.conf.Raw {
		return nil
	}
	r.src = r.a.Source()
	return &r.src
}

// introduce emits the people that the current record made known.
func (r *reader) introduce(raw *message.Source) error {
	for _, who := range r.p.people {
		who.Raw = raw
		if err := r.out.Record(message.Of(who)); err != nil {
			return err
		}
	}
	r.p.people = r.p.people[:0]
	return nil
}

// maxMedia is how many files a shard remembers.
const maxMedia = 4096

// bytes looks for the bytes of an attachment in the dump.
func (r *reader) bytes(a *message.Attachment) error {
	if !r.s.files || a.ID == "" {
		return nil
	}
	if known, ok := r.media[a.ID]; ok {
		if known.SHA256 == "" {
			return nil
		}
		had := a.Size
		a.SHA256, a.Sniffed, a.State, a.Reason, a.Path = known.SHA256, known.Sniffed, known.State, "", known.Path
		if had != "" && had != known.Preview {
			a.Reason = "size_mismatch: the source says " + had + " bytes, found " + known.Preview
		} else if had == "" {
			a.Size = known.Preview
		}
		return nil
	}
	e, err := r.find(a)
	if err != nil {
		return err
	}
	if len(r.media) >= maxMedia {
		clear(r.media)
	}
	known := message.Attachment{}
	if e != nil {
		if err := element.Media(r.out, r.s.d, a, e); err != nil {
			return err
		}
		known = message.Attachment{SHA256: a.SHA256, Sniffed: a.Sniffed, State: a.State, Path: a.Path, Preview: fmt.Sprint(e.Size)}
	}
	r.media[strings.Clone(a.ID)] = known
	return nil
}

// find looks where slack-advanced-exporter and slackdump put files.
func (r *reader) find(a *message.Attachment) (*dump.Entry, error) {
	var found *dump.Entry
	for _, prefix := range []string{r.s.roots[r.root].prefix, r.s.roots[0].prefix} {
		i, ok := r.s.d.FindFolder(prefix + "__uploads/" + a.ID)
		if !ok {
			continue
		}
		if err := r.s.d.Each(i, "", func(e *dump.Entry) error {
			if found == nil || e.Base() == a.Name {
				found = e
			}
			if e.Base() == a.Name {
				return dump.ErrStop
			}
			return nil
		}); err != nil || found != nil {
			return found, err
		}
	}
	i, ok := r.s.d.FindFolder(r.dir + "/attachments")
	if !ok {
		return nil, nil
	}
	err := r.s.d.Each(i, a.ID+"-", func(e *dump.Entry) error {
		if strings.HasPrefix(e.Base(), a.ID+"-") {
			found = e
		}
		return dump.ErrStop
	})
	return found, err
}
