package slack

import (
	"strconv"

	"github.com/chatferry/chatferry/core/message"
)

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// firstSlack is the start of 2013: Slack writes 0 or 1 where it does not know when something was made.
const firstSlack = 1356998400

// createdOf is timeOf for times of creation, where small numbers stand for "not known".
func createdOf(raw string) *message.Time {
	if len(raw) < 10 || len(raw) == 10 && raw < strconv.Itoa(firstSlack) {
		return nil
	}
	return message.EpochTime(raw)
}

// millisOf reads a time in milliseconds.
func millisOf(raw string) *message.Time {
	if len(raw) < 12 || !digits(raw) {
		return nil
	}
	t := message.EpochTime(raw[:len(raw)-3] + "." + raw[len(raw)-3:])
	if t != nil {
		t.Raw = raw
	}
	return t
}
