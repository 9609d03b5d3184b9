package table

import (
	"fmt"
	"strconv"
	"time"
	_ "time/tzdata" // zones must work on machines without a zone database

	"github.com/chatferry/chatferry/core/plugin"
)

// New makes a schema of checked settings; micros as in Schema.
func New(zone string, micros bool) (*Schema, error) {
	at, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return nil, plugin.BadSetting("zone", "write an IANA name, such as Europe/Berlin", fmt.Errorf("there is no time zone %q", zone))
	}
	return &Schema{Zone: at, Micros: micros}, nil
}

// Format writes a cell as text, "" for none.
func (c *Column) Format(cell Cell) string {
	switch {
	case !cell.Set:
		return ""
	case c.Type == Bool:
		return strconv.FormatBool(cell.Int == 1)
	case c.Type == Int:
		return strconv.FormatInt(cell.Int, 10)
	}
	return cell.Text
}

// Parse is the inverse of Format.
func (c *Column) Parse(text string) (Cell, error) {
	switch {
	case text == "":
		return Cell{}, nil
	case c.Type == Bool && text == "true":
		return Cell{Set: true, Int: 1}, nil
	case c.Type == Int:
		if n, ok := number(text); ok {
			return Cell{Set: true, Int: n}, nil
		}
	case c.Type != Bool:
		return Cell{Set: true, Text: text}, nil
	}
	return Cell{}, fmt.Errorf("%w: %s has a value of another type", ErrRow, c.Name)
}
