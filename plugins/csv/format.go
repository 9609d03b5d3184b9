package csv

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/table"
)

// format is the CSV format.
type format struct {
	schema  *table.Schema
	dialect dialect
}

func name(t *table.Table) string { return t.Name + ".csv" }

func header(t *table.Table) []string {
	var list []string
	for _, c := range t.Columns {
		list = append(list, c.Name)
	}
	return list
}

// field is a cell as it stands in a file.
func (f *format) field(c *table.Column, cell table.Cell) string {
	s := c.Format(cell)
	if f.dialect.guard {
		s = guarded(s)
	}
	return s
}

// Render implements edition.Format.
func (f *format) Render(ctx context.Context, h *edition.History, out *edition.Folder) error {
	files := map[*table.Table]*edition.File{}
	for _, t := range table.Tables() {
		file, err := out.Create(name(t))
		if err != nil {
			return err
		}
		files[t] = file
		if _, err := file.Write(f.dialect.appendRow([]byte(f.dialect.bom), header(t))); err != nil {
			return err
		}
	}
	var b []byte
	var fields []string
	err := f.schema.Write(ctx, h, func(t *table.Table, row []table.Cell) error {
		fields = fields[:0]
		for i, c := range t.Columns {
			fields = append(fields, f.field(c, row[i]))
		}
		b = f.dialect.appendRow(b[:0], fields)
		_, err := files[t].Write(b)
		return err
	})
	if err != nil {
		return err
	}
	sums := map[*table.Table]sum{}
	for _, t := range table.Tables() {
		if err := files[t].Close(); err != nil {
			return err
		}
		size, digest := files[t].Digest()
		sums[t] = sum{size, digest}
	}
	file, err := out.Create(packageName)
	if err != nil {
		return err
	}
	if _, err := file.Write(f.describe(sums)); err != nil {
		return err
	}
	return file.Close()
}

// Read implements edition.Reader.
func (f *format) Read(ctx context.Context, in *edition.Reading, yield func(*message.Record) error) error {
	sums := map[*table.Table]sum{}
	err := f.schema.Read(ctx, in, func(t *table.Table) (table.Cursor, error) { return f.open(in, t, sums) }, yield)
	if err != nil {
		return err
	}
	file, err := in.Open(packageName)
	if err != nil {
		return err
	}
	defer file.Close()
	want := f.describe(sums)
	got, err := io.ReadAll(io.LimitReader(file, int64(len(want))+1))
	if err != nil {
		return edition.Damaged(packageName, err)
	}
	if !bytes.Equal(got, want) {
		return plugin.Damage(packageName, errors.New("it does not describe the files that are there"))
	}
	return nil
}

// cursor is one file that is read back.
type cursor struct {
	*format
	t      *table.Table
	f      *os.File
	in     reader
	h      hash.Hash
	size   int64
	sums   map[*table.Table]sum
	fields []string
	row    []table.Cell
}

func (f *format) open(in *edition.Reading, t *table.Table, sums map[*table.Table]sum) (*cursor, error) {
	file, err := in.Open(name(t))
	if err != nil {
		return nil, err
	}
	c := &cursor{format: f, t: t, f: file, h: sha256.New(), sums: sums, fields: make([]string, len(t.Columns)), row: make([]table.Cell, len(t.Columns))}
	c.in = reader{in: bufio.NewReaderSize(io.TeeReader(file, c), 64<<10), comma: f.dialect.comma}
	bom := make([]byte, len(f.dialect.bom))
	if _, err = io.ReadFull(c.in.in, bom); err == nil {
		if _, err = c.in.row(c.fields); string(bom) != f.dialect.bom || err == nil && !slices.Equal(c.fields, header(t)) {
			err = errors.New("its header is another one")
		}
	}
	if err != nil {
		file.Close()
		return nil, edition.Damaged(name(t), err)
	}
	return c, nil
}

// Write implements io.Writer: what was read is counted and hashed.
func (c *cursor) Write(b []byte) (int, error) {
	c.size += int64(len(b))
	return c.h.Write(b)
}

// Next implements table.Cursor.
func (c *cursor) Next() ([]table.Cell, error) {
	n, err := c.in.row(c.fields)
	if err == io.EOF {
		c.sums[c.t] = sum{c.size, hex.EncodeToString(c.h.Sum(nil))}
		return nil, nil
	}
	if err != nil {
		return nil, edition.Damaged(name(c.t), err)
	}
	if n != len(c.fields) {
		return nil, fmt.Errorf("%w: it has %d fields and not %d", table.ErrRow, n, len(c.fields))
	}
	for i, col := range c.t.Columns {
		s := c.fields[i]
		if c.dialect.guard {
			s = unguarded(s)
		}
		if c.row[i], err = col.Parse(s); err != nil {
			return nil, err
		}
		if c.field(col, c.row[i]) != c.fields[i] {
			return nil, fmt.Errorf("%w: %s is not guarded as it must be", table.ErrRow, col.Name)
		}
	}
	return c.row, nil
}

// Close implements table.Cursor.
func (c *cursor) Close() error { return c.f.Close() }
