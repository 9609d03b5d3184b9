package xlsx

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/klauspost/compress/flate"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/table"
)

// fileName is the workbook, beside media and what every edition has.
const fileName = "history.xlsx"

func storage(err error) error {
	var f *fault.Error
	if err == nil || errors.As(err, &f) || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.New(fault.Storage, "write", fileName, "check that the disk works and has room, then run again: what is committed is kept", err)
}

// stream is a sheet that is being written: compressed, in a file of its own until the workbook is put together.
type stream struct {
	sheet
	f     *os.File
	out   *bufio.Writer
	z     *flate.Writer
	crc   hash.Hash32
	plain uint64
}

// book is a workbook that is being written. Rows of all sheets come at the same time.
type book struct {
	*format
	rowWriter
	work    string
	current map[*table.Table]*stream
	all     map[*table.Table][]*stream
	summary *summary
	pieces  *book // the same one, for rows of long_texts
	b       []byte
}

// Render implements edition.Format.
func (f *format) Render(ctx context.Context, h *edition.History, out *edition.Folder) error {
	w := &book{format: f, work: out.Work(), current: map[*table.Table]*stream{}, all: map[*table.Table][]*stream{}, summary: newSummary(f.schema.Zone.String())}
	w.rowWriter = rowWriter{limits: f.limits, long: w.longText}
	defer w.clean()
	for _, t := range append(table.Tables(), longTexts) {
		if err := w.begin(t); err != nil {
			return storage(err)
		}
	}
	if err := f.schema.Write(ctx, h, w.put); err != nil {
		return storage(err)
	}
	file, err := out.Create(fileName)
	if err != nil {
		return err
	}
	if err := w.finish(file); err != nil {
		return storage(err)
	}
	return file.Close()
}

// begin starts a sheet. What an interrupted run left under its name is thrown away.
func (w *book) begin(t *table.Table) error {
	s := &stream{sheet: sheet{t: t, part: len(w.all[t]) + 1, rows: 1}, crc: crc32.NewIEEE()}
	path := filepath.Join(w.work, "sheet-"+t.Name+"-"+strconv.Itoa(s.part))
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var err error
	if s.f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return err
	}
	w.current[t] = s
	w.all[t] = append(w.all[t], s)
	s.out = bufio.NewWriterSize(s.f, 32<<10)
	if s.z, err = flate.NewWriter(s.out, 5); err != nil {
		return err
	}
	return s.write(head(t))
}

func (s *stream) write(b []byte) error {
	s.crc.Write(b)
	s.plain += uint64(len(b))
	_, err := s.z.Write(b)
	return err
}

// end completes a sheet and lets go of its compressor.
func (s *stream) end() error {
	if s.z == nil {
		return nil
	}
	if err := s.write(s.tail()); err != nil {
		return err
	}
	if err := s.z.Close(); err != nil {
		return err
	}
	s.z = nil
	return s.out.Flush()
}

func (w *book) clean() {
	for _, list := range w.all {
		for _, s := range list {
			s.f.Close()
			os.Remove(s.f.Name())
		}
	}
}

// put writes a row, into a further sheet where the one before is full.
func (w *book) put(t *table.Table, row []table.Cell) error {
	if t != longTexts {
		w.summary.add(t, row)
	}
	s := w.current[t]
	if s.rows == w.format.limits.rows {
		if err := s.end(); err != nil {
			return err
		}
		if err := w.begin(t); err != nil {
			return err
		}
		s = w.current[t]
	}
	b, err := w.row(w.b[:0], &s.sheet, row)
	if err != nil {
		return err
	}
	w.b = b
	return s.write(b)
}

func (w *book) longText(s *sheet, row int, c *table.Column, text string) error {
	if w.pieces == nil { // which is written while another row is made
		w.pieces = &book{format: w.format, rowWriter: rowWriter{limits: w.format.limits}, work: w.work, current: w.current, all: w.all}
	}
	for _, r := range pieces(s.name(), row, c.Name, text, w.format.limits.units) {
		if err := w.pieces.put(longTexts, r); err != nil {
			return err
		}
	}
	return nil
}

// finish puts the workbook together.
func (w *book) finish(out io.Writer) error {
	var list []*sheet
	var streams []*stream
	for _, t := range append(table.Tables(), longTexts) {
		for _, s := range w.all[t] {
			if err := s.end(); err != nil {
				return err
			}
			list, streams = append(list, &s.sheet), append(streams, s)
		}
	}
	z := zip.NewWriter(out)
	z.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, 5) })
	for _, p := range append(frame(list), part{sheetPath(0), w.summary.sheet(list)}) {
		f, err := z.CreateHeader(header(p.name))
		if err != nil {
			return err
		}
		if _, err := f.Write(p.content); err != nil {
			return err
		}
	}
	for i, s := range streams {
		size, err := s.f.Seek(0, io.SeekEnd)
		if err != nil {
			return err
		}
		h := header(sheetPath(i + 1))
		h.CRC32, h.CompressedSize64, h.UncompressedSize64 = s.crc.Sum32(), uint64(size), s.plain
		f, err := z.CreateRaw(h)
		if err != nil {
			return err
		}
		if _, err := s.f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.Copy(f, s.f); err != nil {
			return err
		}
	}
	return z.Close()
}

// header is that of a part: every one has the first date that a zip can hold.
func header(name string) *zip.FileHeader {
	h := &zip.FileHeader{Name: name, Method: zip.Deflate}
	h.ModifiedDate = 1<<5 | 1 //lint:ignore SA1019 CreateRaw writes this field and not Modified
	return h
}
