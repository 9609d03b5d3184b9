package gap

import (
	"strings"
	"time"
)

// epochEnd is the start of 1972: nobody's messages are older, so an earlier time is a lost one.
const epochEnd = 2 * 365 * 86400

// seconds reads an RFC 3339 time in UTC, the form that every checked record has.
func seconds(utc string) (int64, bool) {
	if len(utc) < 20 || utc[4] != '-' || utc[7] != '-' || utc[10] != 'T' || utc[13] != ':' || utc[16] != ':' {
		return 0, false
	}
	n := func(from, to int) (v int) {
		for _, c := range []byte(utc[from:to]) {
			v = v*10 + int(c-'0')
		}
		return v
	}
	return daysTo(n(0, 4), n(5, 7), n(8, 10))*86400 + int64(n(11, 13)*3600+n(14, 16)*60+n(17, 19)), true
}

// daysTo is the number of days from 1970 to a day, by eras of 400 years that begin in March.
func daysTo(year, month, day int) int64 {
	if month <= 2 {
		year--
	}
	era := year / 400
	if year < 0 {
		era = (year - 399) / 400
	}
	yoe := year - era*400
	doy := (153*((month+9)%12)+2)/5 + day - 1
	return int64(era*146097+yoe*365+yoe/4-yoe/100+doy) - 719468
}

func slotOf(sec int64) int64 {
	at := sec / slotSeconds
	if sec%slotSeconds < 0 {
		at--
	}
	return at
}

// before compares two times that may have another number of fraction digits.
func before(a, b string) bool { return strings.TrimSuffix(a, "Z") < strings.TrimSuffix(b, "Z") }

func day(sec int64) string {
	if sec == 0 {
		return ""
	}
	return time.Unix(sec, 0).UTC().Format(time.DateOnly)
}
