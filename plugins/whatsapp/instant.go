package whatsapp

import (
	"time"

	"github.com/chatferry/chatferry/core/message"
)

// instant makes a time of seconds since 1970 and milliseconds. ok is false outside the years that a time can have.
func instant(sec, ms int64) (message.Time, bool) {
	t := time.Unix(sec, ms*1e6).UTC()
	if t.Year() < 1 || t.Year() > 9999 || sec > 1<<40 || sec < -1<<40 {
		return message.Time{}, false
	}
	return message.Time{UTC: t.Format("2006-01-02T15:04:05.000Z"), Precision: "ms", Zone: "utc"}, true
}
