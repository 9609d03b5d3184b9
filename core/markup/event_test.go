package markup

import (
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

func TestANoticeWithoutTextSaysWhatHappened(t *testing.T) {
	r := NewRenderer(Options{Dialect: Markdown})
	for want, m := range map[string]message.Message{
		`topic created: a \*b\*`: {Event: &message.Event{Action: "topic_created", New: "a *b*"}},
		"pin":                    {Event: &message.Event{Action: "pin"}},
		"Ann has joined":         {Text: "Ann has joined", Event: &message.Event{Action: "join"}},
	} {
		if got, _ := r.Append(nil, &m); string(got) != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
