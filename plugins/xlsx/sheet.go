package xlsx

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/table"
)

// sheet is one sheet: all rows of a table, or a part of them.
type sheet struct {
	t     *table.Table
	part  int // from 1
	rows  int // with the header
	links []link
}

type link struct{ ref, target string }

func (s *sheet) name() string {
	if s.part == 1 {
		return s.t.Name
	}
	return s.t.Name + " " + strconv.Itoa(s.part)
}

// longTexts is the sheet of texts that no cell holds, in pieces.
var longTexts = &table.Table{Name: "long_texts", Columns: []*table.Column{
	{Name: "sheet", Type: table.Text}, {Name: "row", Type: table.Int}, {Name: "column", Type: table.Text},
	{Name: "part", Type: table.Int}, {Name: "parts", Type: table.Int}, {Name: "characters", Type: table.Int}, {Name: "text", Type: table.Text},
}}

// Styles by their index in styles.xml.
const (
	styleNone = iota
	styleHead
	styleText
	styleWrap
	styleTime
	styleDay
	styleLong
	styleLink
	styleCut // does not flow over into empty cells beside it
)

// head is a sheet up to its rows.
func head(t *table.Table) []byte {
	var b bytes.Buffer
	b.WriteString(xmlHead + `<worksheet xmlns="` + mainSpace + `" xmlns:r="` + relSpace + `"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`)
	for i, c := range t.Columns {
		fmt.Fprintf(&b, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, width(c))
	}
	b.WriteString(`</cols><sheetData><row r="1">`)
	for i, c := range t.Columns {
		b.Write(stringCell(nil, reference(i, 1), styleHead, []byte(c.Name)))
	}
	b.WriteString(rowEnd)
	return b.Bytes()
}

const (
	rowEnd  = "</row>"
	dataEnd = "</sheetData>"
)

// tail is a sheet after its rows.
func (s *sheet) tail() []byte {
	var b bytes.Buffer
	all := s.area()
	b.WriteString(dataEnd + `<autoFilter ref="` + all + `"/>`)
	if len(s.links) > 0 {
		b.WriteString("<hyperlinks>")
		for i, l := range s.links {
			fmt.Fprintf(&b, `<hyperlink ref="%s" r:id="rId%d"/>`, l.ref, i+1)
		}
		b.WriteString("</hyperlinks>")
	}
	b.WriteString(pageSetup + `<ignoredErrors><ignoredError sqref="` + all + `" numberStoredAsText="1"/></ignoredErrors></worksheet>`)
	return b.Bytes()
}

// pageSetup is how a sheet is printed: A4, landscape, as wide as the paper.
const pageSetup = `<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.5" header="0.3" footer="0.3"/><pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>`

func (s *sheet) area() string { return "A1:" + reference(len(s.t.Columns)-1, s.rows) }

// wide is the width of columns of running text, whose cells are wrapped; heights are in points, maxHeight is that
// of the highest row.
const (
	wide       = 60
	maxHeight  = 400
	lineHeight = 14
)

// linesOf guesses how many lines a wrapped text takes: no program agrees with another, and some make no row
// higher by themselves.
func linesOf(text string) int {
	lines, at := 1, 0
	for _, r := range text {
		switch {
		case r == '\n':
			lines, at = lines+1, 0
		case r >= 0x1100:
			at += 2
		default:
			at++
		}
		if at > wide {
			lines, at = lines+1, at-wide
		}
		if lineHeight*lines >= maxHeight {
			break
		}
	}
	return lines
}

// width of a column in characters.
func width(c *table.Column) int {
	switch c.Name {
	case "plain", "text", "previous", "current", "result", "topic", "purpose", "quoted_text", "forwarded_text", "event_new", "event_old":
		return wide
	case "conversation_title", "author_name", "person_name", "shown_name", "title", "name", "display_name", "real_name", "file", "emails", "mime", "url":
		return 26
	}
	switch c.Type {
	case table.Time, table.Local:
		return 20
	case table.Day:
		return 12
	case table.Int, table.Bool:
		return max(8, len(c.Name)+3)
	}
	return max(16, len(c.Name)+3)
}

func stringCell(b []byte, ref string, style int, escaped []byte) []byte {
	b = fmt.Appendf(b, `<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">`, ref, style)
	return append(append(b, escaped...), "</t></is></c>"...)
}

// rowWriter makes rows of cells. long is called for a text that is too long for its cell.
type rowWriter struct {
	limits limits
	text   []byte
	long   func(s *sheet, row int, c *table.Column, text string) error
}

// row appends the next row of a sheet, and counts it.
func (w *rowWriter) row(b []byte, s *sheet, row []table.Cell) ([]byte, error) {
	s.rows++
	b = append(strconv.AppendInt(append(b, `<row r="`...), int64(s.rows), 10), '"')
	lines := 1
	for i, c := range s.t.Columns {
		if row[i].Set && width(c) == wide {
			lines = max(lines, linesOf(row[i].Text))
		}
	}
	if lines > 1 {
		b = fmt.Appendf(b, ` ht="%d" customHeight="1"`, min(maxHeight, lineHeight*lines))
	}
	b = append(b, '>')
	for i, c := range s.t.Columns {
		if !row[i].Set {
			continue
		}
		var err error
		if b, err = w.cell(b, s, reference(i, s.rows), c, row[i]); err != nil {
			return nil, err
		}
	}
	return append(b, rowEnd...), nil
}

func (w *rowWriter) cell(b []byte, s *sheet, ref string, c *table.Column, cell table.Cell) ([]byte, error) {
	switch c.Type {
	case table.Int:
		return fmt.Appendf(b, `<c r="%s" s="%d"><v>%d</v></c>`, ref, styleNone, cell.Int), nil
	case table.Bool:
		return fmt.Appendf(b, `<c r="%s" s="%d" t="b"><v>%d</v></c>`, ref, styleNone, cell.Int), nil
	case table.Time, table.Day, table.Local:
		if v, ok := serial(c.Type, cell.Text); ok {
			style := styleTime
			if c.Type == table.Day {
				style = styleDay
			}
			return append(strconv.AppendFloat(fmt.Appendf(b, `<c r="%s" s="%d"><v>`, ref, style), v, 'f', -1, 64), "</v></c>"...), nil
		}
	}
	style, units := styleText, 0
	if w.text, units = appendText(w.text[:0], cell.Text); units > w.limits.units {
		if err := w.long(s, s.rows, c, cell.Text); err != nil {
			return nil, err
		}
		style = styleLong
		w.text, _ = appendText(w.text[:0], excerpt(cell.Text, w.limits.units))
	} else if c.Name == "file" && len(s.links) < w.limits.links {
		style = styleLink
		s.links = append(s.links, link{ref, cell.Text})
	} else if width(c) == wide {
		style = styleWrap
	} else if c.Type == table.JSON {
		style = styleCut
	}
	return stringCell(b, ref, style, w.text), nil
}

// excerpt is what the cell of a long text shows of it.
func excerpt(text string, units int) string {
	note := fmt.Sprintf(" … (%d characters: the whole text is in the sheet long_texts)", utf8.RuneCountInString(text))
	return text[:piece(text, max(0, units-len(note)))] + note
}

// piece is the length of the longest front of a text that takes no more than so many units in a cell.
func piece(text string, units int) int {
	for i := 0; i < len(text); {
		_, size, u := first(text[i:])
		if units -= u; units < 0 {
			return i
		}
		i += size
	}
	return len(text)
}

// pieces cuts a long text into what cells hold, as rows of long_texts.
func pieces(sheet string, row int, column, text string, units int) [][]table.Cell {
	var parts []string
	for rest := text; rest != ""; {
		n := piece(rest, units)
		parts = append(parts, rest[:n])
		rest = rest[n:]
	}
	var rows [][]table.Cell
	for i, p := range parts {
		rows = append(rows, []table.Cell{
			{Set: true, Text: sheet}, {Set: true, Int: int64(row)}, {Set: true, Text: column}, {Set: true, Int: int64(i + 1)}, {Set: true, Int: int64(len(parts))},
			{Set: true, Int: int64(utf8.RuneCountInString(text))}, {Set: true, Text: p},
		})
	}
	return rows
}

// parse takes a row of the sheet apart, without checking more than it needs: who reads makes the row again of
// the cells and compares. Texts that are too long come as their excerpts, and long names their columns.
func parse(raw string, t *table.Table, row []table.Cell) (long []int, ok bool) {
	clear(row)
	for {
		_, rest, found := strings.Cut(raw, `<c r="`)
		if !found {
			return long, true
		}
		ref, rest, _ := strings.Cut(rest, `" s="`)
		style, rest, _ := strings.Cut(rest, `"`)
		col := columnOf(ref)
		if col < 0 || col >= len(row) {
			return nil, false
		}
		c := t.Columns[col]
		if text, is := strings.CutPrefix(rest, ` t="inlineStr"><is><t xml:space="preserve">`); is {
			text, raw, _ = strings.Cut(text, "</t>")
			row[col] = table.Cell{Set: true, Text: textOf(text)}
			if style == strconv.Itoa(styleLong) {
				long = append(long, col)
			}
			continue
		}
		_, rest, _ = strings.Cut(rest, "<v>")
		var value string
		if value, raw, found = strings.Cut(rest, "</v>"); !found {
			return nil, false
		}
		if c.Type == table.Int || c.Type == table.Bool {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return nil, false
			}
			row[col] = table.Cell{Set: true, Int: n}
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, false
		}
		row[col] = table.Cell{Set: true, Text: dateOf(c.Type, v)}
	}
}
