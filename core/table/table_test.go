package table

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
)

// there and back again: rows of a record, and the record of these rows.
func roundTrip(t *testing.T, s *Schema, line string) {
	t.Helper()
	p := &splitter{Schema: s}
	if err := p.split(line); err != nil {
		t.Fatalf("%v\n%.300s", err, line)
	}
	p.number(7)
	for i, c := range p.table.Columns {
		checkCell(t, p.table, c, p.main[i])
	}
	for k, rows := range p.kids {
		for _, row := range rows {
			for i, c := range p.table.children[k].Columns {
				checkCell(t, p.table.children[k], c, row[i])
			}
		}
	}
	r := &reader{joiner: joiner{Schema: s}, again: splitter{Schema: s}}
	_, got := r.join(p.table, p.main, p.kids)
	if got != line {
		t.Errorf("micros %v: went in as %.2000s\ncame back as %.2000s", s.Micros, line, got)
	}
	if r.exact(p.table, p.main, p.kids, 7) == nil {
		t.Errorf("micros %v: the rows are not those of their record: %.1000s", s.Micros, line)
	}
}

func checkCell(t *testing.T, tab *Table, c *Column, cell Cell) {
	t.Helper()
	switch {
	case !cell.Set && cell != Cell{}:
		t.Errorf("%s.%s holds something and is empty", tab.Name, c.Name)
	case !cell.Set, c.Type == Int && cell.Text == "":
	case c.Type == Bool && (cell.Int != 1 || cell.Text != ""), c.Type != Bool && (cell.Text == "" || strings.Contains(cell.Text, "\x00")), c.Type == Time && !message.Instant(cell.Text):
		t.Errorf("%s.%s holds %+v", tab.Name, c.Name, cell)
	}
}

var schemas = []*Schema{{}, {Micros: true}}

func TestCorpusComesBack(t *testing.T) {
	n := 0
	for _, ch := range ferrytest.Corpus(t, "") {
		for _, r := range ch.Records {
			for _, s := range schemas {
				roundTrip(t, s, string(r.Append(nil)))
				n++
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d", n)
	}
}

// dice makes records at random: any field set or not, lists of any length, texts that are hard.
type dice struct{ *rand.Rand }

var hard = []string{"", "a", "=1+1", "'", "\"", "\x00", "a\x00b", "␀", "\r\n", "\n", "日本", "0", "007", "12", "999999999999999", "9999999999999999", "-1", "{}", "[]", "null", "true", "\ufeff", "_x0041_", " "}

var times = []string{"2019-04-02T09:00:00Z", "2019-04-02T09:00:00.000200Z", "2019-04-02T09:00:00.123456789Z", "2019-04-02T09:00:00.000Z", "1601-01-01T00:00:00Z", "0000-01-01T00:00:00.5Z", "9999-12-31T23:59:59.999999Z", "2019-04-02T09:00:00.120Z"}

func (d dice) value(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.Pointer:
		if d.IntN(3) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			d.value(v.Elem(), name)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			d.value(v.Field(i), v.Type().Field(i).Name)
		}
		d.settle(v)
	case reflect.String:
		v.SetString(hard[d.IntN(len(hard))])
	case reflect.Int:
		v.SetInt(d.Int64N(3) * d.Int64N(1<<20))
	case reflect.Bool:
		v.SetBool(d.IntN(2) == 0)
	case reflect.Slice:
		for range d.IntN(4) * d.IntN(2) {
			e := reflect.New(v.Type().Elem()).Elem()
			d.value(e, name)
			v.Set(reflect.Append(v, e))
		}
	case reflect.Map:
		if d.IntN(3) == 0 {
			v.Set(reflect.ValueOf(map[string]string{hard[d.IntN(len(hard))]: "1", "b": "2"}))
		}
	}
}

// settle makes what Check wants of a struct.
func (d dice) settle(v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *message.Time:
		x.UTC, x.Precision, x.Zone = times[d.IntN(len(times))], []string{"", "us"}[d.IntN(2)], []string{"", "utc"}[d.IntN(2)]
	case *message.Attachment:
		x.State, x.SHA256, x.Size = []string{"present", "missing"}[d.IntN(2)], strings.Repeat("0f", 32), []string{"", "0", "007", "123", "12345678901234567890"}[d.IntN(5)]
	case *message.Source:
		*x = message.Source{File: "f", Index: "1"}
	case *message.Reaction:
		x.Emoji, x.At = "e", nil
		if d.IntN(2) == 0 {
			for range x.By {
				x.At = append(x.At, times[d.IntN(len(times))])
			}
		}
	case *message.Mention:
		x.Kind = "person"
	case *message.Link:
		x.URL = "u"
	case *message.Card:
		x.Kind = "k"
	case *message.Block:
		x.Kind = "k"
	case *message.Inline:
		x.Kind = "k"
	case *message.Event:
		x.Action = "a"
	}
}

func (d dice) record() *message.Record {
	key := fmt.Sprint("k", d.IntN(1000))
	switch d.IntN(7) {
	case 0:
		p := &message.Person{}
		d.value(reflect.ValueOf(p).Elem(), "")
		p.Key, p.ID, p.Kind = key, "i", "human"
		return message.Of(p)
	case 1:
		c := &message.Conversation{}
		d.value(reflect.ValueOf(c).Elem(), "")
		c.Key, c.ID, c.System, c.Kind = key, "i", "s", "public"
		return message.Of(c)
	case 2:
		m := &message.Membership{}
		d.value(reflect.ValueOf(m).Elem(), "")
		m.Key, m.Conversation, m.Person = key, "c", "p"
		return message.Of(m)
	case 3:
		e := &message.Emoji{}
		d.value(reflect.ValueOf(e).Elem(), "")
		e.Key, e.Name = key, "n"
		return message.Of(e)
	case 4:
		v := &message.Revision{}
		d.value(reflect.ValueOf(v).Elem(), "")
		v.Key, v.Of, v.Conversation, v.Action = key, "o", "c", "edit"
		return message.Of(v)
	case 5:
		a := &message.Analysis{}
		d.value(reflect.ValueOf(a).Elem(), "")
		a.Key, a.Kind, a.Of = key, "k", []string{"", "o"}
		return message.Of(a)
	}
	m := &message.Message{}
	d.value(reflect.ValueOf(m).Elem(), "")
	m.Key, m.ID, m.Conversation, m.Kind, m.Thread = key, "i", "c", "text", ""
	return message.Of(m)
}

func TestAnyRecordComesBack(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(1, 2))}
	for range 4000 {
		r := d.record()
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		for _, s := range schemas {
			roundTrip(t, s, string(r.Append(nil)))
		}
		if t.Failed() {
			return
		}
	}
}

// TestOnlyTheirOwnRowsMakeARecord changes one cell at a time: no other rows give the same record.
func TestOnlyTheirOwnRowsMakeARecord(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(3, 4))}
	for n := range 250 {
		s := schemas[n%2]
		line := string(d.record().Append(nil))
		p := &splitter{Schema: s}
		if err := p.split(line); err != nil {
			t.Fatal(err)
		}
		p.number(7)
		r := &reader{joiner: joiner{Schema: s}, again: splitter{Schema: s}}
		try := func(t2 *Table, row []Cell) {
			for i, c := range t2.Columns {
				if c.Derived() {
					continue
				}
				old := row[i]
				for _, changed := range []Cell{{}, {Set: true, Text: "x"}, {Set: true, Int: 1}, {Set: true, Int: 3}, {Set: true, Text: `{"zz":1}`}, {Set: true, Text: times[0]}} {
					if row[i] = changed; changed == old {
						continue
					}
					if rec := r.exact(p.table, p.main, p.kids, 7); rec != nil && string(rec.Append(nil)) == line {
						t.Errorf("%s.%s: %+v in place of %+v gives the same record", t2.Name, c.Name, changed, old)
					}
				}
				row[i] = old
			}
		}
		try(p.table, p.main)
		for k, rows := range p.kids {
			for _, row := range rows {
				try(p.table.children[k], row)
			}
		}
		if t.Failed() {
			return
		}
	}
}

func TestTimeOf(t *testing.T) {
	for _, at := range []string{"2019-04-02T09:00:00Z", "2019-04-02T09:00:00.000200Z", "1969-12-31T23:59:59.999Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"} {
		n, ok := Micros(at)
		back, fits := TimeOf(n)
		if !ok || !fits || back != at {
			t.Errorf("%s becomes %d and %s", at, n, back)
		}
	}
	for _, n := range []int64{1 << 62, -1 << 62} {
		if s, ok := TimeOf(n); ok {
			t.Errorf("%d is %s", n, s)
		}
	}
}

func TestDefinition(t *testing.T) {
	for _, tab := range Tables() {
		names := map[string]bool{}
		for _, c := range tab.Columns {
			if names[c.Name] || c.Name == "" || c.About == "" || strings.ToLower(c.Name) != c.Name {
				t.Errorf("%s.%s is no good column", tab.Name, c.Name)
			}
			names[c.Name] = true
			if c.Ref != "" && (!slices.Equal(Named(c.Ref).Key, []string{"key"}) || c.Type != Text) {
				t.Errorf("%s.%s refers to %s", tab.Name, c.Name, c.Ref)
			}
		}
		for _, k := range tab.Key {
			if !names[k] {
				t.Errorf("%s has no column %s", tab.Name, k)
			}
		}
	}
}

// FuzzRows: whatever stands in cells, reading ends, and what it gives is a record.
func FuzzRows(f *testing.F) {
	f.Add("k", "hello", `{"ext":{"a":"1"}}`, `{"rest":1}`, int64(0), int64(0))
	f.Add("k", "", `{"attachments":[{"state":"missing"}],"key":"x"}`, ``, int64(1), int64(-1))
	f.Add("", "\x00", `{{{{`, `[`, int64(1<<62), int64(3))
	f.Fuzz(func(t *testing.T, key, text, rest, kidRest string, n, m int64) {
		tab := Named("messages")
		row := make([]Cell, len(tab.Columns))
		set := func(row []Cell, t *Table, name, v string) { row[t.Index(name)] = Cell{Set: v != "", Text: v} }
		for name, v := range map[string]string{"key": key, "text": text, "rest": rest, "id": "i", "conversation": "c", "kind": "text", "sent": times[0]} {
			set(row, tab, name, v)
		}
		kid := Named("reactions")
		kidRow := make([]Cell, len(kid.Columns))
		set(kidRow, kid, "rest", kidRest)
		set(kidRow, kid, "emoji", text)
		set(kidRow, kid, "person", key)
		kidRow[kid.Index("n")], kidRow[kid.Index("m")] = Cell{Set: true, Int: n}, Cell{Set: true, Int: m}
		for _, s := range schemas {
			r := &reader{joiner: joiner{Schema: s}, again: splitter{Schema: s}}
			rec := r.exact(tab, row, [][][]Cell{{kidRow, kidRow}, nil, nil, nil}, 0)
			if rec == nil {
				continue
			}
			if err := rec.Check(); err != nil {
				t.Error(err)
			}
			roundTrip(t, s, string(rec.Append(nil)))
		}
	})
}
