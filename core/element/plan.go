package element

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// Plan is where the messages of a dump stand: for each conversation the pieces of documents that hold them.
// It cuts shards of whole conversations, and reads a shard from its beginning or from a checkpoint.
type Plan struct {
	units []unit
	at    map[string]int
}

// unit is a conversation.
type unit struct {
	key    string
	pieces []Piece
	bytes  int64
}

// Piece is a run of elements in a document.
type Piece struct {
	File   string
	Doc    io.ReaderAt
	Size   int64 // of the document
	Offset int64 // where the piece begins
	Index  int64 // of its first element
	Bytes  int64 // how long it is, as far as is known
	Of     any   // what its reader must know
}

// From is the document from an offset on.
func (p *Piece) From(offset int64) io.Reader {
	return io.NewSectionReader(p.Doc, offset, p.Size-offset)
}

// Add adds a piece to a conversation. Conversations keep the order in which they first came.
func (p *Plan) Add(key string, x Piece) {
	u, ok := p.at[key]
	if !ok {
		if p.at == nil {
			p.at = map[string]int{}
		}
		u = len(p.units)
		p.at[key] = u
		p.units = append(p.units, unit{key: key})
	}
	p.units[u].pieces = append(p.units[u].pieces, x)
	p.units[u].bytes += x.Bytes
}

// shardBytes is how much source data a shard holds, when it is not one conversation with more.
const shardBytes = 12 << 20

// params say what is in a shard: units from the one with the key From on.
type params struct {
	From  string `json:"from"`
	Units int    `json:"units"`
}

// Shards yields runs of conversations; print is their fingerprint.
func (p *Plan) Shards(ctx context.Context, print string, yield func(plugin.Shard) error) error {
	for i, number := 0, 1; i < len(p.units); number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		first, bytes := i, int64(0)
		for i < len(p.units) && (i == first || bytes+p.units[i].bytes <= shardBytes) {
			bytes += p.units[i].bytes
			i++
		}
		raw, err := json.Marshal(params{p.units[first].key, i - first})
		if err != nil {
			return err
		}
		label := "conversation " + strconv.Itoa(first+1)
		if i-first > 1 {
			label = fmt.Sprintf("conversations %d to %d", first+1, i)
		}
		if err := yield(plugin.Shard{ID: fmt.Sprintf("c%06d", number), Label: label, Records: -1, Bytes: bytes, Fingerprint: print, Params: raw}); err != nil {
			return err
		}
	}
	return nil
}

// cursor is a position between two elements. The zero Offset is the beginning of the piece.
type cursor struct {
	Unit   int    `json:"u"`
	Piece  int    `json:"p,omitempty"`
	Offset int64  `json:"o,omitempty"`
	Index  int64  `json:"i,omitempty"`
	Note   string `json:"n,omitempty"`
}

// Walk is the reading of one shard.
type Walk struct {
	Out   *plugin.Emitter
	at    cursor
	since int
}

// checkpoints is how many elements there are between two.
const checkpoints = 256

// Start is where and with which note to begin a piece; resumed tells that this is between two elements.
type Start struct {
	Offset, Index int64
	Note          string
	Resumed       bool
}

// Read walks the pieces of a shard; read reads one, from where it is told.
func (p *Plan) Read(sh plugin.Shard, cur plugin.Cursor, w *Walk, read func(*Piece, Start) error) error {
	var pr params
	if err := json.Unmarshal(sh.Params, &pr); err != nil {
		return fault.New(fault.Bug, "read", sh.ID, "", errors.New("the shard's parameters are not ours"))
	}
	first := slices.IndexFunc(p.units, func(u unit) bool { return u.key == pr.From })
	if first < 0 || pr.Units < 1 || first+pr.Units > len(p.units) {
		return fault.New(fault.Config, "read", sh.ID, "start a new run: the export is not the one that was planned", errors.New("its conversations have changed"))
	}
	var at cursor
	if cur != nil {
		if err := json.Unmarshal(cur, &at); err != nil || at.Unit < 0 || at.Piece < 0 {
			return fault.New(fault.Bug, "resume", sh.ID, "", errors.New("the cursor is not ours"))
		}
	}
	for ; at.Unit < pr.Units; at = (cursor{Unit: at.Unit + 1}) {
		u := &p.units[first+at.Unit]
		for ; at.Piece < len(u.pieces); at = (cursor{Unit: at.Unit, Piece: at.Piece + 1}) {
			x := &u.pieces[at.Piece]
			start := Start{Offset: at.Offset, Index: at.Index, Note: at.Note, Resumed: at.Offset > 0}
			if !start.Resumed {
				start.Offset, start.Index = x.Offset, x.Index
			}
			w.at, w.since = at, 0
			if err := read(x, start); err != nil {
				return err
			}
			if err := w.checkpoint(cursor{Unit: at.Unit, Piece: at.Piece + 1}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Pause makes a checkpoint now and then; it is called after each element with where the next one stands,
// where that is known. The note comes back when reading resumes there.
func (w *Walk) Pause(offset, index int64, known bool, note string) error {
	if w.since++; w.since < checkpoints || !known {
		return nil
	}
	w.since = 0
	return w.checkpoint(cursor{Unit: w.at.Unit, Piece: w.at.Piece, Offset: offset, Index: index, Note: note})
}

func (w *Walk) checkpoint(c cursor) error {
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return w.Out.Checkpoint(b)
}

// Piece reads a piece that is an array, or the rest of one.
func (a *Array) Piece(p *Piece, s Start) error {
	if err := a.Resume(p.File, p.From(s.Offset), s.Offset, s.Index); err != nil {
		return err
	}
	if s.Resumed {
		return a.Rest()
	}
	return a.Elements()
}
