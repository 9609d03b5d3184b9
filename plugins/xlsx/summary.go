package xlsx

import (
	"fmt"
	"strconv"

	"github.com/chatferry/chatferry/core/table"
)

// summary counts what the sheets hold. It is worked out of the rows, when they are written and when they are
// read.
type summary struct {
	zone    string
	rows    map[*table.Table]int
	records map[string]int    // people and conversations that something describes, by table
	titles  map[string]string // of conversations
	places  map[string]*place
	order   []string // keys of conversations with messages, as they come
}

// place is what is counted of one conversation: days are of its first and last message.
type place struct {
	messages    int
	first, last string
}

func newSummary(zone string) *summary {
	return &summary{zone: zone, rows: map[*table.Table]int{}, records: map[string]int{}, titles: map[string]string{}, places: map[string]*place{}}
}

func (s *summary) add(t *table.Table, row []table.Cell) {
	s.rows[t]++
	text := func(name string) string { return row[t.Index(name)].Text }
	switch t.Name {
	case "people", "conversations":
		if row[t.Index("recorded")].Set {
			s.records[t.Name]++
		}
		if t.Name == "conversations" {
			s.titles[text("key")] = text("title")
		}
	case "messages":
		key, at := text("conversation"), text("local")
		p := s.places[key]
		if p == nil {
			p = &place{first: at}
			s.places[key] = p
			s.order = append(s.order, key)
		}
		p.messages++
		p.first, p.last = min(p.first, at), max(p.last, at)
	}
}

// sheet is the summary's sheet.
func (s *summary) sheet(sheets []*sheet) []byte {
	b := []byte(xmlHead + `<worksheet xmlns="` + mainSpace + `"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews>` +
		`<cols><col min="1" max="1" width="36" customWidth="1"/><col min="2" max="2" width="12" customWidth="1"/><col min="3" max="4" width="22" customWidth="1"/><col min="5" max="5" width="60" customWidth="1"/></cols><sheetData>`)
	n := 0
	row := func(style int, cells ...any) {
		n++
		b = fmt.Appendf(b, `<row r="%d">`, n)
		for i, c := range cells {
			ref := reference(i, n)
			switch c := c.(type) {
			case int:
				b = fmt.Appendf(b, `<c r="%s" s="%d"><v>%d</v></c>`, ref, styleNone, c)
			case string:
				if v, ok := serial(table.Local, c); ok && i > 1 {
					b = append(strconv.AppendFloat(fmt.Appendf(b, `<c r="%s" s="%d"><v>`, ref, styleTime), v, 'f', -1, 64), "</v></c>"...)
				} else if c != "" {
					escaped, _ := appendText(nil, c[:piece(c, maxUnits)])
					b = stringCell(b, ref, style, escaped)
				}
			}
		}
		b = append(b, rowEnd...)
	}
	var first, last string
	for _, p := range s.places {
		if first == "" || p.first != "" && p.first < first {
			first = p.first
		}
		last = max(last, p.last)
	}
	row(styleHead, "Chat history", "", "first message", "last message")
	row(styleText, "times of day and local are in the time zone "+s.zone+", all others in UTC", "", first, last)
	row(styleText)
	row(styleHead, "sheet", "rows")
	for _, x := range sheets {
		row(styleText, x.name(), x.rows-1, "", "", x.t.About)
	}
	row(styleText)
	row(styleHead, "recorded", "number")
	for _, name := range []string{"people", "conversations"} {
		row(styleText, name, s.records[name])
	}
	row(styleText)
	row(styleHead, "conversation", "messages", "first message", "last message", "key")
	for _, key := range s.order {
		p := s.places[key]
		row(styleText, s.titles[key], p.messages, p.first, p.last, key)
	}
	return append(b, dataEnd+pageSetup+"</worksheet>"...)
}
