package table

import (
	"context"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
)

// Write gives the rows of a history: the directory's, then each message with what hangs on it, and last the
// bare rows. Cells are good until put returns.
func (s *Schema) Write(ctx context.Context, h *edition.History, put func(t *Table, row []Cell) error) error {
	w := &writer{splitter: splitter{Schema: s}, view: view{Schema: s, dir: h.Directory, media: h.Media}, put: put, bare: map[string]map[string]bool{}}
	for r, err := range h.DirectoryRecords(ctx) {
		if err != nil {
			return err
		}
		if err := w.record(r, string(r.Append(nil))); err != nil {
			return err
		}
	}
	for e, err := range h.Entries(ctx) {
		if err != nil {
			return err
		}
		if err := w.record(e.Record, e.Line); err != nil {
			return err
		}
	}
	return w.rest()
}

// writer makes rows.
type writer struct {
	splitter
	view view
	put  func(t *Table, row []Cell) error
	no   int64
	keys []ref // of what no record describes, in the order in which they were met
	bare map[string]map[string]bool
}

type ref struct{ table, key string }

func (w *writer) record(r *message.Record, line string) error {
	if err := w.split(line); err != nil {
		return err
	}
	if r.Message != nil {
		w.no++
	}
	w.number(w.no)
	w.view.rec, w.view.kids = r, w.kids
	if _, err := w.view.fillAll(w.table, w.main, false); err != nil {
		return err
	}
	if r.Conversation != nil {
		for _, key := range r.Conversation.Participants {
			w.refer("people", key)
		}
	}
	if r.Message != nil {
		w.mentioned(r.Message.Rich)
	}
	if err := w.row(w.table, w.main); err != nil {
		return err
	}
	for k, rows := range w.kids {
		for _, row := range rows {
			if err := w.row(w.table.children[k], row); err != nil {
				return err
			}
		}
	}
	return nil
}

// number sets the cells of a split record that number rows or tell of them.
func (p *splitter) number(no int64) {
	if i := p.table.Index("no"); i >= 0 {
		p.main[i] = Cell{Set: true, Int: no}
	}
	if i := p.table.Index("recorded"); i >= 0 {
		p.main[i] = Cell{Set: true, Int: 1}
	}
	for k, rows := range p.kids {
		i := p.table.children[k].Index("message_no")
		for _, row := range rows {
			row[i] = Cell{Set: true, Int: no}
		}
	}
}

func (w *writer) row(t *Table, row []Cell) error {
	for i, c := range t.Columns {
		if c.Ref != "" && row[i].Set {
			w.refer(c.Ref, row[i].Text)
		}
	}
	return w.put(t, row)
}

// mentioned notes whom and what a text names: reading back must know that nothing describes them.
func (w *writer) mentioned(rich []message.Block) {
	for i := range rich {
		for _, n := range rich[i].Inlines {
			switch n.Kind {
			case message.InlinePerson:
				w.refer("people", n.Target)
			case message.InlineConversation:
				w.refer("conversations", n.Target)
			}
		}
	}
}

// refer notes a key that needs a bare row.
func (w *writer) refer(table, key string) {
	if key = shown(key); key == "" || table == "people" && w.view.dir.Person(key) != nil || table == "conversations" && w.view.dir.Place(key).Record != nil {
		return
	}
	known := w.bare[table]
	if known == nil {
		known = map[string]bool{}
		w.bare[table] = known
	}
	if !known[key] {
		known[key] = true
		w.keys = append(w.keys, ref{table, key})
	}
}

// rest gives the bare rows.
func (w *writer) rest() error {
	for _, r := range w.keys {
		t := Named(r.table)
		row := bareRow(t, r.key)
		if _, err := w.view.fill(t, row, 0, false); err != nil {
			return err
		}
		if err := w.put(t, row); err != nil {
			return err
		}
	}
	return nil
}

func bareRow(t *Table, key string) []Cell {
	row := make([]Cell, len(t.Columns))
	row[t.Index("key")] = Cell{Set: true, Text: key}
	return row
}
