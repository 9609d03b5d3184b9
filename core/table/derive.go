package table

import (
	"time"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/markup"
	"github.com/chatferry/chatferry/core/message"
)

// view is what derived cells are made from.
type view struct {
	*Schema
	dir   *edition.Directory
	media *edition.Library
	bare  map[string]bool // keys of people and conversations that have a row and no record
	rec   *message.Record // nil of a bare row
	kids  [][][]Cell

	render  *markup.Renderer
	text    []byte
	unknown bool // what was rendered last names somebody or something whose row may be lost
}

// person tells whether a person's name is known: a row of a table that was changed may be lost.
func (v *view) person(key string) bool { return key == "" || v.dir.Person(key) != nil || v.bare[key] }

// derivation makes a derived cell of row i of a table. It is not known where what it depends on was lost.
type derivation func(v *view, t *Table, row []Cell, i int) (cell Cell, known bool, err error)

func textCell(s string) Cell { return Cell{Set: s != "", Text: shown(s)} }

// nameOf is the name of the person whose key stands in a column.
func nameOf(column string) derivation {
	return func(v *view, t *Table, row []Cell, _ int) (Cell, bool, error) {
		key := row[t.Index(column)].Text
		return textCell(v.dir.Name(key)), v.person(key), nil
	}
}

// titleOf is the title of the conversation whose key stands in a column.
func titleOf(column string) derivation {
	return func(v *view, t *Table, row []Cell, _ int) (Cell, bool, error) {
		key := row[t.Index(column)].Text
		p := v.dir.Place(key)
		known := p.Record != nil || v.bare[key]
		if p.Record != nil {
			for _, person := range p.Record.Participants {
				known = known && v.person(person)
			}
		}
		return textCell(p.Title), known, nil
	}
}

// author is how the author of a message is shown.
func author(v *view, _ *Table, _ []Cell, _ int) (Cell, bool, error) {
	return textCell(v.dir.Author(v.rec.Message)), v.person(v.rec.Message.Author), nil
}

// plain is a text as people read it: names in place of keys and no marks.
func plain(v *view, _ *Table, _ []Cell, _ int) (Cell, bool, error) {
	m := v.rec.Message
	if m.Text == "" && len(m.Rich) == 0 {
		return Cell{}, true, nil
	}
	if v.render == nil {
		v.render = markup.NewRenderer(markup.Options{Dialect: markup.Plain, Mention: "@{account}", Channel: "#{name}", Person: v.name, Place: v.title})
	}
	v.unknown = false
	v.text, _ = v.render.Append(v.text[:0], &message.Message{Text: m.Text, Format: m.Format, Rich: m.Rich})
	return textCell(string(v.text)), !v.unknown, nil
}

// name and title are what a text has in place of a key, "" where nothing describes it.
func (v *view) name(key string) string {
	v.unknown = v.unknown || !v.person(key)
	if v.dir.Person(key) == nil {
		return ""
	}
	return v.dir.Name(key)
}

func (v *view) title(key string) string {
	p := v.dir.Place(key)
	if p.Record == nil {
		v.unknown = v.unknown || !v.bare[key]
		return ""
	}
	return p.Title
}

// zoned is the time in a column in the edition's zone.
func zoned(column, layout string) derivation {
	return func(v *view, t *Table, row []Cell, _ int) (Cell, bool, error) {
		at, err := time.Parse(time.RFC3339Nano, row[t.Index(column)].Text)
		if err != nil {
			return Cell{}, true, nil
		}
		return textCell(at.In(v.Zone).Format(layout)), true, nil
	}
}

// rowsOf counts the rows of a message in a child table.
func rowsOf(child string) derivation {
	return func(v *view, t *Table, _ []Cell, _ int) (Cell, bool, error) {
		for i, c := range t.children {
			if c.Name == child {
				n := len(v.kids[i])
				return Cell{Set: n > 0, Int: int64(n)}, true, nil
			}
		}
		return Cell{}, true, nil
	}
}

// file is where the bytes of a message's attachment are in the edition.
func file(v *view, _ *Table, _ []Cell, i int) (Cell, bool, error) {
	m, err := v.media.Find(&v.rec.Message.Attachments[i])
	if err != nil || m == nil {
		return Cell{}, true, err
	}
	return textCell(m.Path), !m.Lost, nil
}

// parent is the key of the message that a row hangs on.
func parent(v *view, _ *Table, _ []Cell, _ int) (Cell, bool, error) {
	return textCell(v.rec.Message.Key), true, nil
}

// fill sets the derived cells of a row. With check it compares them instead, and tells whether they are right.
func (v *view) fill(t *Table, row []Cell, i int, check bool) (bool, error) {
	right := true
	for col, c := range t.Columns {
		if c.from == nil {
			continue
		}
		cell, known, err := c.from(v, t, row, i)
		if err != nil {
			return false, err
		}
		if !check {
			row[col] = cell
		} else if known && row[col] != cell {
			right = false
		}
	}
	return right, nil
}

// fillAll does so for a record's row and for those of its children.
func (v *view) fillAll(t *Table, main []Cell, check bool) (bool, error) {
	right, err := v.fill(t, main, 0, check)
	for k, rows := range v.kids {
		for i, row := range rows {
			if err != nil || !right {
				return right, err
			}
			right, err = v.fill(t.children[k], row, i, check)
		}
	}
	return right, err
}
