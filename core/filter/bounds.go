package filter

import (
	"errors"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/plugin"
)

const utcSeconds = "2006-01-02T15:04:05"

// bound is one end of a time range in the model's own notation, so that comparing needs no parsing.
type bound struct {
	at        string // UTC, "2006-01-02T15:04:05[.fraction]"
	exclusive bool   // at itself is outside
	words     string // as given, for Why
}

// compareUTC orders two instants written "2006-01-02T15:04:05[.fraction][Z]", both in UTC, at any
// precision.
func compareUTC(a, b string) int {
	a, b = strings.TrimSuffix(a, "Z"), strings.TrimSuffix(b, "Z")
	n := len(utcSeconds)
	if len(a) < n || len(b) < n {
		return strings.Compare(a, b)
	}
	if c := strings.Compare(a[:n], b[:n]); c != 0 {
		return c
	}
	return strings.Compare(fraction(a[n:]), fraction(b[n:]))
}

func fraction(s string) string {
	return strings.TrimRight(strings.TrimPrefix(s, "."), "0")
}

func parseZone(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || strings.EqualFold(name, "local") { // "Local" would differ between machines
		return nil, plugin.BadSetting("zone", "use a name such as Europe/Berlin, Asia/Shanghai or UTC", errors.New("is not an IANA time zone"))
	}
	return loc, nil
}

// parseBound reads since (end false) or until (end true).
func parseBound(setting, v string, loc *time.Location, end bool) (*bound, error) {
	if v == "" {
		return nil, nil
	}
	b := &bound{words: v}
	var at time.Time
	if day, err := time.Parse(time.DateOnly, v); err == nil {
		if end {
			day, b.exclusive = day.AddDate(0, 0, 1), true
		}
		at = startOfDay(day, loc)
	} else if at, err = time.Parse(time.RFC3339Nano, v); err != nil {
		return nil, plugin.BadSetting(setting, "write a date (2018-01-31) or a time with its offset (2018-01-31T09:00:00+01:00)", errors.New("is neither a date nor an RFC 3339 time"))
	}
	at = at.UTC()
	if at.Year() < 1 || at.Year() > 9999 {
		return nil, plugin.BadSetting(setting, "use a year from 0002 to 9998", errors.New("lies outside the years that can be written"))
	}
	b.at = at.Format("2006-01-02T15:04:05.999999999")
	return b, nil
}

// startOfDay is the first instant in loc whose local date is day or later. Where clocks change at
// midnight, that is not always 00:00, and 00:00 may happen twice.
func startOfDay(day time.Time, loc *time.Location) time.Time {
	var best time.Time
	for _, probe := range []time.Duration{-36 * time.Hour, 36 * time.Hour} {
		_, offset := day.Add(probe).In(loc).Zone()
		c := day.Add(-time.Duration(offset) * time.Second)
		local := c.In(loc)
		wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
		if !wall.Before(day) && (best.IsZero() || c.Before(best)) {
			best = c
		}
	}
	if best.IsZero() {
		return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, loc)
	}
	return best
}
