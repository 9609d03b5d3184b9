package table

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Cursor gives the rows of one table of an edition that is read back.
type Cursor interface {
	// Next is the next row, good until the call after it; nil at the end. An error that wraps ErrRow says that
	// one row can't be read and the next ones can; any other ends the reading.
	Next() ([]Cell, error)
	Close() error
}

// ErrRow is wrapped by what is wrong with one row.
var ErrRow = errors.New("a row can't be read")

// Read is the inverse of Write: it gives the records that the rows make. What makes none is left out, and
// when everything else was given, the error is plugin.Damage.
func (s *Schema) Read(ctx context.Context, in *edition.Reading, open func(t *Table) (Cursor, error), yield func(*message.Record) error) error {
	r := &reader{ctx: ctx, older: in.Older, joiner: joiner{Schema: s}, again: splitter{Schema: s}, open: open, yield: yield}
	r.view = view{Schema: s, media: in.Media, bare: map[string]bool{}}
	if err := r.directory(); err != nil {
		return err
	}
	for _, name := range []string{"memberships", "emoji", "revisions", "analyses"} {
		if err := r.each(Named(name), func(t *Table, row []Cell) error { return r.record(t, row, nil, 0) }); err != nil {
			return err
		}
	}
	if err := r.messages(); err != nil {
		return err
	}
	return r.wrong
}

// reader makes records of rows.
type reader struct {
	ctx context.Context
	joiner
	older bool // derived cells are not compared
	view  view
	again splitter
	open  func(t *Table) (Cursor, error)
	yield func(*message.Record) error
	wrong error
}

func (r *reader) damage(t *Table, format string, args ...any) {
	if r.wrong == nil {
		r.wrong = plugin.Damage(t.Name, fmt.Errorf(format, args...))
	}
}

// each walks a table. Rows that can't be read are damage.
func (r *reader) each(t *Table, do func(t *Table, row []Cell) error) error {
	c, err := r.open(t)
	if err != nil {
		return err
	}
	defer c.Close()
	for n := 1; ; n++ {
		if n%256 == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		row, err := c.Next()
		switch {
		case errors.Is(err, ErrRow):
			r.damage(t, "row %d: %w", n, err)
			continue
		case err != nil || row == nil:
			return err
		}
		if err := do(t, row); err != nil {
			return err
		}
	}
}

// directory reads people and conversations, whose names other rows repeat.
func (r *reader) directory() error {
	type kept struct {
		t   *Table
		row []Cell
		rec *message.Record
	}
	var list []kept
	for _, name := range []string{"conversations", "people"} {
		err := r.each(Named(name), func(t *Table, row []Cell) error {
			k := kept{t: t, row: slices.Clone(row)}
			if key := row[t.Index("key")]; !row[t.Index("recorded")].Set && key.Set {
				r.view.bare[key.Text] = true
			} else if k.rec = r.exact(t, k.row, nil, 0); k.rec == nil {
				r.damage(t, "a row makes no record")
				return nil
			}
			list = append(list, k)
			return nil
		})
		if err != nil {
			return err
		}
	}
	r.view.dir = edition.DirectoryOf(func(yield func(*message.Record) bool) {
		for _, k := range list {
			if k.rec != nil && !yield(k.rec) {
				return
			}
		}
	})
	for _, k := range list {
		if k.rec == nil {
			want := bareRow(k.t, k.row[k.t.Index("key")].Text)
			if _, err := r.view.fill(k.t, want, 0, false); err != nil {
				return err
			}
			if !slices.Equal(want, k.row) && !r.older {
				r.damage(k.t, "a row without a record has more than a key and a name")
			}
			continue
		}
		if err := r.give(k.t, k.rec, k.row, nil); err != nil {
			return err
		}
	}
	return nil
}

// exact is the record of rows, or nil unless they are the very rows that the record makes, derived cells
// apart.
func (r *reader) exact(t *Table, row []Cell, kids [][][]Cell, no int64) *message.Record {
	rec, line := r.join(t, row, kids)
	if rec == nil || r.again.split(line) != nil || r.again.table != t {
		return nil
	}
	r.again.number(no)
	if !same(t, row, r.again.main) {
		return nil
	}
	for k, rows := range kids {
		if len(rows) != len(r.again.kids[k]) {
			return nil
		}
		for i := range rows {
			if !same(t.children[k], rows[i], r.again.kids[k][i]) {
				return nil
			}
		}
	}
	return rec
}

func same(t *Table, a, b []Cell) bool {
	for i, c := range t.Columns {
		if c.from == nil && a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// give yields a record whose derived cells are right.
func (r *reader) give(t *Table, rec *message.Record, row []Cell, kids [][][]Cell) error {
	r.view.rec, r.view.kids = rec, kids
	right, err := r.view.fillAll(t, row, true)
	if err != nil {
		return err
	}
	if !right && !r.older {
		r.damage(t, "a name, title or time for people is not what the record says")
		return nil
	}
	return r.yield(rec)
}

func (r *reader) record(t *Table, row []Cell, kids [][][]Cell, no int64) error {
	rec := r.exact(t, row, kids, no)
	if rec == nil {
		r.damage(t, "a row makes no record")
		return nil
	}
	return r.give(t, rec, row, kids)
}

// messages reads messages with what hangs on them.
func (r *reader) messages() error {
	t := Named("messages")
	var kids []*heap
	defer func() {
		for _, h := range kids {
			h.c.Close()
		}
	}()
	for _, child := range t.children {
		c, err := r.open(child)
		if err != nil {
			return err
		}
		kids = append(kids, &heap{r: r, t: child, c: c})
	}
	no, rows := int64(0), make([][][]Cell, len(kids))
	err := r.each(t, func(t *Table, row []Cell) error {
		n := row[t.Index("no")].Int
		if n <= no {
			r.damage(t, "a message does not stand in the order of numbers")
			return nil
		}
		no = n
		for k, h := range kids {
			var err error
			if rows[k], err = h.take(no); err != nil {
				return err
			}
		}
		return r.record(t, row, rows, no)
	})
	if err != nil {
		return err
	}
	for _, h := range kids {
		if _, err := h.take(1 << 62); err != nil {
			return err
		}
	}
	return nil
}

// maxRows is the most that hangs on one message; more rows are of none.
const maxRows = 1 << 20

// heap is a child table that is read along with messages.
type heap struct {
	r    *reader
	t    *Table
	c    Cursor
	head []Cell // the row that was read last and belongs to a later message
	end  bool
	rows [][]Cell
}

// take gives the rows of message no, good until the next call. Rows of messages that are not there are
// passed over.
func (h *heap) take(no int64) ([][]Cell, error) {
	h.rows = h.rows[:0]
	number := h.t.Index("message_no")
	for !h.end {
		if h.head == nil {
			row, err := h.c.Next()
			switch {
			case errors.Is(err, ErrRow):
				h.r.damage(h.t, "%w", err)
				continue
			case err != nil:
				return nil, err
			case row == nil:
				h.end = true
				return h.rows, nil
			}
			h.head = slices.Clone(row)
		}
		switch n := h.head[number].Int; {
		case n > no:
			return h.rows, nil
		case n == no && len(h.rows) < maxRows:
			h.rows = append(h.rows, h.head)
		default:
			h.r.damage(h.t, "a row is of no message")
		}
		h.head = nil
	}
	return h.rows, nil
}
