package parquet

import (
	"context"
	"errors"

	pq "github.com/parquet-go/parquet-go"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/table"
)

// A row group ends after so many bytes or rows, whichever comes first: it is kept in memory until it ends.
const (
	groupBytes = 16 << 20
	groupRows  = 1 << 16
)

// writer is one file that is being written.
type writer struct {
	out   *edition.File
	pq    *pq.GenericWriter[any]
	row   pq.Row
	rows  int // of the row group
	bytes int
}

func storage(name string, err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.New(fault.Storage, "write", name, "check that the disk works and has room, then run again: what is committed is kept", err)
}

func (f *format) create(t *table.Table, out *edition.Folder) (*writer, error) {
	file, err := out.Create(name(t))
	if err != nil {
		return nil, err
	}
	options := []pq.WriterOption{
		schemaOf(t), pq.CreatedBy("chatferry", "1", "parquet-go"), pq.MaxRowsPerRowGroup(groupRows * 2),
		pq.PageBufferSize(64 << 10), pq.WriteBufferSize(32 << 10), pq.DataPageStatistics(false),
	}
	for _, kv := range f.metadata(t) {
		options = append(options, pq.KeyValueMetadata(kv[0], kv[1]))
	}
	return &writer{out: file, pq: pq.NewGenericWriter[any](file, options...)}, nil
}

func (w *writer) put(t *table.Table, row []table.Cell) error {
	w.row = w.row[:0]
	for i, c := range t.Columns {
		v, ok := value(c, row[i])
		switch {
		case required(c):
			w.row = append(w.row, v.Level(0, 0, i))
		case ok:
			w.row = append(w.row, v.Level(0, 1, i))
		default:
			w.row = append(w.row, pq.NullValue().Level(0, 0, i))
		}
		w.bytes += len(row[i].Text) + 8
	}
	if _, err := w.pq.WriteRows([]pq.Row{w.row}); err != nil {
		return err
	}
	if w.rows++; w.rows < groupRows && w.bytes < groupBytes {
		return nil
	}
	w.rows, w.bytes = 0, 0
	return w.pq.Flush()
}

// Render implements edition.Format.
func (f *format) Render(ctx context.Context, h *edition.History, out *edition.Folder) error {
	files := map[*table.Table]*writer{}
	for _, t := range table.Tables() {
		w, err := f.create(t, out)
		if err != nil {
			return err
		}
		files[t] = w
	}
	err := f.schema.Write(ctx, h, func(t *table.Table, row []table.Cell) error { return storage(name(t), files[t].put(t, row)) })
	if err != nil {
		return err
	}
	for _, t := range table.Tables() {
		if err := files[t].pq.Close(); err != nil {
			return storage(name(t), err)
		}
		if err := files[t].out.Close(); err != nil {
			return err
		}
	}
	return nil
}
