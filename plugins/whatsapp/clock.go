package whatsapp

import (
	"fmt"
	"time"

	"github.com/chatferry/chatferry/core/message"
)

// clock turns local times of one file into instants and ids. Its fields are part of a cursor.
//
// An id is the local time with a number among the entries of that time, so that ids sort as the file does and
// stay what they are in a later export. Where the time runs backwards (a clock set back, the end of summer
// time) entries get the number of that turn too: "20191027T0230-r0001-0000".
type clock struct {
	Max   string `json:"max,omitempty"`  // the latest local time so far
	Prev  string `json:"prev,omitempty"` // of the entry before
	Same  int    `json:"same,omitempty"` // entries of that time before this one
	Turns int    `json:"turns,omitempty"`
	Back  bool   `json:"back,omitempty"` // since the last turn no time was later than Max
	Last  int64  `json:"last,omitempty"` // instant of the entry before

	zone *time.Location // nil: not known
}

// at is for each entry in the order of the file.
func (c *clock) at(year, month, day, hour int, h *header) (id string, sent message.Time) {
	stamp, precision := fmt.Sprintf("%04d%02d%02dT%02d%02d", year, month, day, hour, h.min), "min"
	if h.seconds {
		stamp, precision = fmt.Sprintf("%s%02d", stamp, h.sec), "s"
	}
	switch {
	case stamp > c.Max:
		c.Max, c.Same, c.Back = stamp, 0, false
	case stamp < c.Prev:
		c.Same, c.Back = 0, true
		c.Turns++
	case stamp == c.Prev:
		c.Same++
	default:
		c.Same = 0
	}
	c.Prev = stamp
	id = fmt.Sprintf("%s-%04d", stamp, c.Same)
	if c.Back {
		id = fmt.Sprintf("%s-r%04d-%04d", stamp, c.Turns, c.Same)
	}
	t := c.instant(year, month, day, hour, h)
	c.Last = t.Unix()
	sent = message.Time{UTC: t.UTC().Format(time.RFC3339), Raw: h.raw, Precision: precision, Zone: "unknown"}
	if c.zone != nil {
		sent.Zone = "assumed"
	}
	return id, sent
}

// instant is when a local time was. An hour that comes twice, at the end of summer time, is the second one when
// the first would lie before the entry before.
func (c *clock) instant(year, month, day, hour int, h *header) time.Time {
	if c.zone == nil {
		return time.Date(year, time.Month(month), day, hour, h.min, h.sec, 0, time.UTC)
	}
	t := time.Date(year, time.Month(month), day, hour, h.min, h.sec, 0, c.zone)
	wall := t.Format(time.DateTime)
	first, second := t, t
	for _, shift := range [...]time.Duration{-time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour} {
		if u := t.Add(shift); u.Format(time.DateTime) == wall {
			if shift < 0 {
				first = u
			} else {
				second = u
			}
		}
	}
	if first.Unix() < c.Last {
		return second
	}
	return first
}
