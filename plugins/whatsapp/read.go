package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// cursor is a position between two entries.
type cursor struct {
	Chat   int   `json:"c"` // in the shard
	Offset int64 `json:"o"`
	Index  int64 `json:"i"`
	clock
}

// Read emits the records of one shard.
func (s *source) Read(ctx context.Context, sh plugin.Shard, cur plugin.Cursor, out *plugin.Emitter) error {
	if sh.Directory {
		return s.readDirectory(ctx, out)
	}
	var pr params
	if err := json.Unmarshal(sh.Params, &pr); err != nil {
		return fault.New(fault.Bug, "read", sh.ID, "", errors.New("the shard's parameters are not ours"))
	}
	first := sort.Search(len(s.chats), func(i int) bool { return s.chats[i].file.Path >= pr.From })
	if pr.Chats < 1 || first+pr.Chats > len(s.chats) || s.chats[first].file.Path != pr.From {
		return fault.New(fault.Config, "read", sh.ID, "start a new run: the export is not the one that was planned", errors.New("the files of the export have changed"))
	}
	var at cursor
	if cur != nil {
		if err := json.Unmarshal(cur, &at); err != nil || at.Chat < 0 || at.Offset < 0 {
			return fault.New(fault.Bug, "resume", sh.ID, "", errors.New("the cursor is not ours"))
		}
	}
	for ; at.Chat < pr.Chats; at = (cursor{Chat: at.Chat + 1}) {
		c := s.chats[first+at.Chat]
		v, err := s.look(ctx, c)
		if err != nil {
			return err
		}
		r := &reader{ctx: ctx, s: s, c: c, v: v, out: out, at: at}
		r.at.zone = s.zone
		if err := r.chat(); err != nil {
			return err
		}
		if err := checkpoint(out, &cursor{Chat: at.Chat + 1}); err != nil {
			return err
		}
	}
	return nil
}

func checkpoint(out *plugin.Emitter, at *cursor) error {
	b, err := json.Marshal(at)
	if err != nil {
		return err
	}
	return out.Checkpoint(b)
}

// often is how many entries lie between two checkpoints.
const often = 8

// reader reads one chat.
type reader struct {
	ctx context.Context
	s   *source
	c   *chat
	v   *survey
	out *plugin.Emitter
	at  cursor
	shapeReader
	since int // entries since the last checkpoint
}

// chat reads the entries from the cursor on. A file whose checksum is wrong is rejected whole; one that can't be
// read to its end gives what there is.
func (r *reader) chat() error {
	file := r.c.file
	if d := r.v.damage; d != nil && (d.Reason == "checksum" || r.v.entries == 0) {
		return r.quarantine(d)
	}
	if r.v.entries == 0 && r.at.Offset == 0 {
		return r.out.Reject(plugin.Reject{At: message.Source{File: file.Path, Offset: "0", Length: "0"}, Reason: "empty", Detail: "the file is empty"})
	}
	src, err := r.s.d.Open(file)
	if err != nil {
		return err
	}
	defer src.Close()
	if _, err := io.CopyN(io.Discard, src, r.at.Offset); err != nil {
		return fault.New(fault.Config, "read", file.Path, "start a new run: the export is not the one that was planned", fmt.Errorf("the file is shorter than it was: %w", err))
	}
	r.pin, r.pinned = r.v.shape, r.v.fault != "no_header"
	return plugin.Log{File: file.Path, Starts: r.starts, Out: r.out}.Walk(src, r.at.Offset, r.at.Index, r.entry)
}

func (r *reader) entry(e *plugin.Entry) error {
	var h header
	if e.Starts {
		h = r.next()
	}
	if err := r.take(e, &h); err != nil {
		return err
	}
	r.at.Offset, r.at.Index = e.Next, r.at.Index+1
	if r.since++; r.since < often && e.Bytes != nil {
		return nil
	}
	r.since = 0
	return errors.Join(r.ctx.Err(), checkpoint(r.out, &r.at))
}

func (r *reader) take(e *plugin.Entry, h *header) error {
	var d *dump.Damage
	switch {
	case e.Torn != nil && !errors.As(e.Torn, &d):
		return e.Torn
	case e.Torn != nil:
		return r.reject(e, "damaged", "the file ends inside an entry: "+d.Error())
	case e.Bytes == nil: // it is rejected already
		return nil
	case !e.Starts && r.pinned:
		return r.reject(e, "no_header", "this stands before the first line that begins an entry")
	case r.v.fault != "":
		return r.reject(e, r.v.fault, r.v.detail)
	}
	year, month, day, ok := r.v.order.date(&r.v.shape, h.parts)
	hour, valid := h.clock24()
	if !ok || !valid {
		return r.reject(e, "bad_time", "the date or time does not exist, or is of a calendar that is not known")
	}
	id, sent := r.at.at(year, month, day, hour, h)
	m, err := r.message(id, sent, string(e.Bytes[h.end:]))
	if err != nil {
		return err
	}
	at := e.At
	m.Raw = &at
	return r.out.Record(message.Of(m))
}

func (r *reader) reject(e *plugin.Entry, reason, detail string) error {
	return r.out.Reject(plugin.Reject{At: e.At, Reason: reason, Detail: detail, Bytes: slices.Clone(e.Bytes)})
}

// quarantine rejects a whole file with its bytes.
func (r *reader) quarantine(d *dump.Damage) error {
	rej := plugin.Reject{At: message.Source{File: r.c.file.Path, Offset: "0", Length: fmt.Sprint(r.c.file.Size)}, Reason: "damaged", Detail: d.Error()}
	src, err := r.s.d.Open(r.c.file)
	if err != nil {
		return r.out.Reject(rej)
	}
	defer src.Close()
	w, err := r.out.Spool()
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, src); err != nil && !errors.As(err, &d) {
		return err
	}
	return r.out.RejectSpooled(rej, w)
}
