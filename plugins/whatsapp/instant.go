package whatsapp

import (
	"time"

	"github.com/chatferry/chatferry/core/message"
)

// instant makes a time of seconds since 1970 and milliseconds. ok is false outside the years that a time can have.
func instant(sec, ms int64) (message.Time, bool) {
	return timeOf(sec, ms*1e6, "2006-01-02T15:04:05.000Z", "ms")
}

// secondsOf makes a time of seconds since 2001 and microseconds.
func secondsOf(sec, us int64) (message.Time, bool) {
	const from1970 = 978_307_200
	if us == 0 {
		return timeOf(sec+from1970, 0, "2006-01-02T15:04:05Z", "s")
	}
	return timeOf(sec+from1970, us*1e3, "2006-01-02T15:04:05.000000Z", "us")
}

func timeOf(sec, ns int64, layout, precision string) (message.Time, bool) {
	if sec > 1<<40 || sec < -1<<40 {
		return message.Time{}, false
	}
	t := time.Unix(sec, ns).UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return message.Time{}, false
	}
	return message.Time{UTC: t.Format(layout), Precision: precision, Zone: "utc"}, true
}
