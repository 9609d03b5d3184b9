package parquet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	pq "github.com/parquet-go/parquet-go"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/table"
)

// maxGroup is the most that a row group may say it holds: one record of the largest size beyond groupBytes,
// with room for the format's own bytes.
const maxGroup = 256 << 20

// Read implements edition.Reader.
func (f *format) Read(ctx context.Context, in *edition.Reading, yield func(*message.Record) error) error {
	return f.schema.Read(ctx, in, func(t *table.Table) (table.Cursor, error) {
		c, err := f.open(in, t)
		if err != nil {
			return nil, edition.Damaged(name(t), err)
		}
		return c, nil
	}, yield)
}

// cursor walks the rows of a file.
type cursor struct {
	t      *table.Table
	f      *os.File
	groups []pq.RowGroup // that are left
	rows   pq.Rows
	buf    []pq.Row
	next   int
	full   int // rows in buf
	row    []table.Cell
}

// guarded runs what reads a file that may be anybody's: the library panics on some that are damaged.
func guarded[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("it is no sound Parquet file")
		}
	}()
	return f()
}

func (f *format) open(in *edition.Reading, t *table.Table) (*cursor, error) {
	file, err := in.Open(name(t))
	if err != nil {
		return nil, err
	}
	c, err := guarded(func() (*cursor, error) { return f.openFile(file, t) })
	if err != nil {
		file.Close()
	}
	return c, err
}

func (f *format) openFile(file *os.File, t *table.Table) (*cursor, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	p, err := pq.OpenFile(file, info.Size(), pq.SkipPageIndex(true), pq.SkipBloomFilters(true), pq.ReadBufferSize(64<<10))
	if err != nil {
		return nil, err
	}
	if got, want := p.Schema().String(), schemaOf(t).String(); got != want {
		return nil, errors.New("its columns are others")
	}
	says := p.Metadata().KeyValueMetadata
	want := f.metadata(t)
	if len(says) != len(want) {
		return nil, errors.New("it says something else of itself")
	}
	for _, kv := range want {
		if v, ok := p.Lookup(kv[0]); !ok || v != kv[1] {
			return nil, errors.New("it says something else of itself")
		}
	}
	for _, g := range p.Metadata().RowGroups {
		if g.TotalByteSize < 0 || g.TotalByteSize > maxGroup {
			return nil, errors.New("a row group is larger than any that this sink writes")
		}
	}
	return &cursor{t: t, f: file, groups: p.RowGroups(), buf: make([]pq.Row, 64), row: make([]table.Cell, len(t.Columns))}, nil
}

// Close implements table.Cursor.
func (c *cursor) Close() error {
	if c.rows != nil {
		c.rows.Close()
	}
	return c.f.Close()
}

// Next implements table.Cursor.
func (c *cursor) Next() ([]table.Cell, error) {
	row, err := guarded(c.read)
	if err != nil && !errors.Is(err, table.ErrRow) {
		err = edition.Damaged(name(c.t), err)
	}
	return row, err
}

func (c *cursor) read() ([]table.Cell, error) {
	for c.next == c.full {
		if c.rows == nil {
			if len(c.groups) == 0 {
				return nil, nil
			}
			c.rows, c.groups = c.groups[0].Rows(), c.groups[1:]
		}
		n, err := c.rows.ReadRows(c.buf)
		c.next, c.full = 0, n
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if err != nil || n == 0 {
			if closing := c.rows.Close(); closing != nil {
				return nil, closing
			}
			c.rows = nil
		}
	}
	values := c.buf[c.next]
	c.next++
	if len(values) != len(c.t.Columns) {
		return nil, fmt.Errorf("%w: it has %d values", table.ErrRow, len(values))
	}
	for i, col := range c.t.Columns {
		var ok bool
		if c.row[i], ok = cellOf(col, values[i]); !ok {
			return nil, fmt.Errorf("%w: %s has a value of another form", table.ErrRow, col.Name)
		}
	}
	return c.row, nil
}
