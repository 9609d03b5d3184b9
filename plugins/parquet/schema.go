package parquet

import (
	"slices"
	"strings"
	"time"

	pq "github.com/parquet-go/parquet-go"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/table"
)

func name(t *table.Table) string { return t.Name + ".parquet" }

// ordered is a group whose fields stand in the table's order and not by name.
type ordered struct {
	pq.Group
	names []string
}

// Fields implements parquet.Node.
func (o ordered) Fields() []pq.Field {
	fields := o.Group.Fields()
	slices.SortFunc(fields, func(a, b pq.Field) int { return slices.Index(o.names, a.Name()) - slices.Index(o.names, b.Name()) })
	return fields
}

// required tells whether every row has a cell of the column.
func required(c *table.Column) bool {
	return c.Name == "no" || c.Name == "message_no" || c.Name == "n"
}

// schemaOf is the Parquet schema of a table.
func schemaOf(t *table.Table) *pq.Schema {
	o := ordered{Group: pq.Group{}}
	for _, c := range t.Columns {
		var n pq.Node
		switch c.Type {
		case table.Int:
			n = pq.Int(64)
		case table.Bool:
			n = pq.Leaf(pq.BooleanType)
		case table.Time:
			n = pq.TimestampAdjusted(pq.Microsecond, true)
		case table.Local:
			n = pq.TimestampAdjusted(pq.Microsecond, false)
		case table.Day:
			n = pq.Date()
		case table.JSON:
			n = pq.JSON()
		default:
			n = pq.String()
		}
		if !required(c) {
			n = pq.Optional(n)
		}
		o.Group[c.Name] = pq.Compressed(n, &pq.Zstd)
		o.names = append(o.names, c.Name)
	}
	return pq.NewSchema(t.Name, o)
}

// metadata is what a file says of itself: its table, and what stands in each column.
func (f *format) metadata(t *table.Table) [][2]string {
	columns := []byte{'{'}
	for i, c := range t.Columns {
		if i > 0 {
			columns = append(columns, ',')
		}
		columns = append(message.AppendString(columns, c.Name), ':')
		columns = message.AppendString(columns, c.About)
	}
	return [][2]string{
		{"chatferry.about", t.About},
		{"chatferry.columns", string(append(columns, '}'))},
		{"chatferry.key", strings.Join(t.Key, ",")},
		{"chatferry.schema", "1"},
		{"chatferry.table", t.Name},
		{"chatferry.zone", f.schema.Zone.String()},
	}
}

const (
	dayLayout   = "2006-01-02"
	localLayout = "2006-01-02 15:04:05"
)

// value is a cell as Parquet has it. A time that is none is no value; package table puts none into a cell.
func value(c *table.Column, cell table.Cell) (v pq.Value, ok bool) {
	switch c.Type {
	case table.Int:
		return pq.Int64Value(cell.Int), cell.Set
	case table.Bool:
		return pq.BooleanValue(cell.Int == 1), cell.Set
	case table.Time:
		n, ok := table.Micros(cell.Text)
		return pq.Int64Value(n), ok
	case table.Local:
		at, err := time.Parse(localLayout, cell.Text)
		return pq.Int64Value(at.UnixMicro()), err == nil
	case table.Day:
		at, err := time.Parse(dayLayout, cell.Text)
		return pq.Int32Value(int32(at.Unix() / 86400)), err == nil
	}
	return pq.ByteArrayValue([]byte(cell.Text)), cell.Set
}

// cellOf is the inverse of value.
func cellOf(c *table.Column, v pq.Value) (table.Cell, bool) {
	if v.IsNull() {
		return table.Cell{}, true
	}
	switch c.Type {
	case table.Int:
		return table.Cell{Set: true, Int: v.Int64()}, true
	case table.Bool:
		return table.Cell{Set: true, Int: 1}, v.Boolean()
	case table.Time:
		text, ok := table.TimeOf(v.Int64())
		return table.Cell{Set: true, Text: text}, ok
	case table.Local:
		return table.Cell{Set: true, Text: time.UnixMicro(v.Int64()).UTC().Format(localLayout)}, v.Int64()%1_000_000 == 0
	case table.Day:
		return table.Cell{Set: true, Text: time.Unix(int64(v.Int32())*86400, 0).UTC().Format(dayLayout)}, true
	}
	return table.Cell{Set: true, Text: string(v.ByteArray())}, true
}
