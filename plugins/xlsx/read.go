package xlsx

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/table"
)

// maxRow is the most that the XML of a row may take: every cell full of characters that need escapes.
const maxRow = 64 << 20

// reading is a workbook that is read back.
type reading struct {
	*format
	files   map[string]*zip.File
	names   []string // of the sheets after the summary, as the workbook has them
	read    map[*table.Table][]*sheet
	summary *summary
	used    int // rows of long_texts that cells refer to
}

// Read implements edition.Reader.
func (f *format) Read(ctx context.Context, in *edition.Reading, yield func(*message.Record) error) error {
	file, err := in.Open(fileName)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return edition.Damaged(fileName, err)
	}
	r := &reading{format: f, files: map[string]*zip.File{}, read: map[*table.Table][]*sheet{}, summary: newSummary(f.schema.Zone.String())}
	if err := r.open(file, info.Size()); err != nil {
		return edition.Damaged(fileName, err)
	}
	err = f.schema.Read(ctx, in, func(t *table.Table) (table.Cursor, error) { return r.cursor(t), nil }, yield)
	if err != nil {
		return err
	}
	if err := r.rest(); err != nil {
		return plugin.Damage(fileName, err)
	}
	return nil
}

// open finds the parts of the workbook. What stands in them is proved once the sheets are read.
func (r *reading) open(file io.ReaderAt, size int64) error {
	z, err := zip.NewReader(file, size)
	if err != nil {
		return err
	}
	for _, f := range z.File {
		if r.files[f.Name] != nil {
			return errors.New("the workbook has two parts of one name")
		}
		r.files[f.Name] = f
	}
	b, err := r.content("xl/workbook.xml", 1<<20)
	if err != nil {
		return err
	}
	for rest := string(b); ; {
		var name string
		var found bool
		if _, rest, found = strings.Cut(rest, `<sheet name="`); !found {
			break
		}
		name, rest, _ = strings.Cut(rest, `"`)
		r.names = append(r.names, name)
	}
	if len(r.names) == 0 || r.names[0] != "summary" {
		return errors.New("the workbook has no summary")
	}
	r.names = r.names[1:]
	return nil
}

// content is a whole part of at most so many bytes.
func (r *reading) content(name string, most int) ([]byte, error) {
	f := r.files[name]
	if f == nil {
		return nil, fmt.Errorf("the workbook has no part %s", name)
	}
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	b, err := io.ReadAll(io.LimitReader(in, int64(most)+1))
	if err == nil && len(b) > most {
		err = fmt.Errorf("%s is larger than it can be", name)
	}
	return b, err
}

// rest proves long_texts and every part that is no sheet.
func (r *reading) rest() error {
	c := r.cursor(longTexts)
	defer c.Close()
	total := 0
	for {
		row, err := c.Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		total++
	}
	if total != r.used {
		return errors.New("long_texts has rows that no cell refers to")
	}
	var list []*sheet
	for _, t := range append(table.Tables(), longTexts) {
		list = append(list, r.read[t]...)
	}
	parts := append(frame(list), part{sheetPath(0), r.summary.sheet(list)})
	if len(parts)+len(list) != len(r.files) {
		return errors.New("the workbook has parts that are not of this edition")
	}
	for _, p := range parts {
		if b, err := r.content(p.name, len(p.content)); err != nil || !bytes.Equal(b, p.content) {
			return errors.Join(fmt.Errorf("%s is not what the sheets say", p.name), err)
		}
	}
	return nil
}

// cursor walks the sheets of a table, one after another.
type cursor struct {
	*reading
	rowWriter
	t      *table.Table
	sheets []*sheet // begun
	at     int      // of the next sheet in names
	in     io.ReadCloser
	buf    *bufio.Reader
	raw    []byte
	again  []byte
	row    []table.Cell
	deep   *cursor // in long_texts
	head   []table.Cell
	side   bool // reads long_texts for another table
}

func (r *reading) cursor(t *table.Table) *cursor {
	c := &cursor{reading: r, t: t, row: make([]table.Cell, len(t.Columns))}
	c.rowWriter = rowWriter{limits: r.format.limits, long: func(*sheet, int, *table.Column, string) error { return nil }}
	return c
}

// Close implements table.Cursor.
func (c *cursor) Close() error {
	if c.deep != nil {
		c.deep.Close()
	}
	if c.in != nil {
		return c.in.Close()
	}
	return nil
}

// next opens the next sheet, and tells whether there is one.
func (c *cursor) next() (bool, error) {
	s := &sheet{t: c.t, part: len(c.sheets) + 1, rows: 1}
	for c.at < len(c.names) && c.names[c.at] != s.name() {
		c.at++
	}
	if c.at == len(c.names) {
		return false, nil
	}
	if n := len(c.sheets); n > 0 && c.sheets[n-1].rows != c.rowWriter.limits.rows {
		return false, fmt.Errorf("sheet %s goes on before the one before is full", s.name())
	}
	c.at++
	f := c.files[sheetPath(c.at)]
	if f == nil {
		return false, fmt.Errorf("sheet %s is not there", s.name())
	}
	var err error
	if c.in, err = f.Open(); err != nil {
		return false, err
	}
	c.buf = bufio.NewReaderSize(c.in, 64<<10)
	want := head(c.t)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c.buf, got); err != nil || !bytes.Equal(got, want) {
		return false, errors.Join(fmt.Errorf("sheet %s begins otherwise", s.name()), err)
	}
	c.sheets = append(c.sheets, s)
	if !c.side {
		c.read[c.t] = c.sheets
	}
	return true, nil
}

// Next implements table.Cursor.
func (c *cursor) Next() ([]table.Cell, error) {
	for {
		if c.in == nil {
			more, err := c.next()
			switch {
			case err != nil:
				return nil, edition.Damaged(fileName, err)
			case !more && len(c.sheets) == 0:
				return nil, edition.Damaged(fileName, fmt.Errorf("sheet %s is not there", c.t.Name))
			case !more:
				return nil, nil
			}
		}
		more, err := c.fetch()
		if err != nil {
			return nil, edition.Damaged(fileName, err)
		}
		if more {
			return c.cells()
		}
		if err := c.end(); err != nil {
			return nil, edition.Damaged(fileName, err)
		}
	}
}

// fetch reads the XML of a row, and tells whether there is one.
func (c *cursor) fetch() (bool, error) {
	for c.raw = c.raw[:0]; ; {
		b, err := c.buf.ReadSlice('>')
		c.raw = append(c.raw, b...)
		switch {
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return false, err
		case len(c.raw) > maxRow:
			return false, errors.New("a row is larger than any record can be")
		case err != nil:
		case bytes.HasSuffix(c.raw, []byte(rowEnd)):
			return true, nil
		case bytes.HasSuffix(c.raw, []byte(dataEnd)):
			return false, nil
		}
	}
}

// end proves what follows the rows of a sheet.
func (c *cursor) end() error {
	s := c.sheets[len(c.sheets)-1]
	want := s.tail()
	got := append(c.raw[:len(c.raw):len(c.raw)], make([]byte, max(0, len(want)-len(c.raw)))...)
	_, err := io.ReadFull(c.buf, got[len(c.raw):])
	if err == nil {
		if _, end := c.buf.ReadByte(); end != io.EOF {
			err = errors.New("there is more")
		}
	}
	if err != nil || !bytes.Equal(got, want) {
		return errors.Join(fmt.Errorf("sheet %s ends otherwise", s.name()), err)
	}
	err = c.in.Close()
	c.in = nil
	return err
}

// cells is the row that was fetched.
func (c *cursor) cells() ([]table.Cell, error) {
	s := c.sheets[len(c.sheets)-1]
	long, ok := parse(string(c.raw), c.t, c.row)
	for _, col := range long {
		text, err := c.longText(s, s.rows+1, col)
		if err != nil {
			return nil, err
		}
		c.row[col].Text = text
	}
	var err error
	if c.again, err = c.rowWriter.row(c.again[:0], s, c.row); err != nil {
		return nil, err
	}
	if !ok || !bytes.Equal(c.raw, c.again) {
		return nil, fmt.Errorf("%w: row %d of sheet %s is not written as this sink does", table.ErrRow, s.rows, s.name())
	}
	if c.t != longTexts {
		c.summary.add(c.t, c.row)
	}
	return c.row, nil
}

// longText puts a text together from its pieces. Those of this table come in the order of its cells.
func (c *cursor) longText(s *sheet, row, col int) (string, error) {
	missing := fmt.Errorf("%w: long_texts has not all of row %d of sheet %s", table.ErrRow, row, s.name())
	if c.deep == nil {
		c.deep = c.beside()
	}
	var text strings.Builder
	var rows [][]table.Cell
	for {
		if c.head == nil {
			r, err := c.deep.Next()
			if err != nil {
				return "", err
			}
			if r == nil {
				return "", missing
			}
			c.head = r
		}
		of, at, ok := c.place(c.head)
		if !ok || of < s.part || of == s.part && (at[0] < row || at[0] == row && at[1] < col) {
			c.head = nil // of another table, or of a row that was passed
			continue
		}
		if of != s.part || at[0] != row || at[1] != col {
			return "", missing
		}
		text.WriteString(c.head[6].Text)
		rows = append(rows, slices.Clone(c.head))
		last := c.head[3].Int >= c.head[4].Int
		c.head = nil
		c.used++
		if last {
			break
		}
	}
	want := pieces(s.name(), row, c.t.Columns[col].Name, text.String(), c.rowWriter.limits.units)
	if !slices.EqualFunc(rows, want, slices.Equal[[]table.Cell]) {
		return "", missing
	}
	return text.String(), nil
}

// beside walks long_texts for the texts of this table.
func (c *cursor) beside() *cursor {
	d := c.reading.cursor(longTexts)
	d.side = true
	return d
}

// place tells which cell a row of long_texts is for: part of the sheet, row and column. It is false for
// cells of other tables.
func (c *cursor) place(row []table.Cell) (part int, at [2]int, ok bool) {
	s := sheet{t: c.t, part: 1}
	for ; s.part <= len(c.sheets); s.part++ {
		if s.name() == row[0].Text {
			return s.part, [2]int{int(row[1].Int), c.t.Index(row[2].Text)}, true
		}
	}
	return s.part, at, strings.HasPrefix(row[0].Text, c.t.Name+" ")
}
