package projection

import (
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// TestReusedMemoryIsNoLoss decodes a message with much in it and then one with nothing into the same
// memory: what the first had must not be counted as lost by the second.
func TestReusedMemoryIsNoLoss(t *testing.T) {
	full := message.Of(&message.Message{Key: "s:c:1", ID: "1", Conversation: "s:c", Kind: "text", Sent: message.Time{UTC: "2020-01-01T00:00:00Z"},
		Cards: []message.Card{{Kind: "card"}}, Labels: []string{"x"}, Links: []message.Link{{URL: "u"}}})
	empty := message.Of(&message.Message{Key: "s:c:2", ID: "2", Conversation: "s:c", Kind: "text", Sent: message.Time{UTC: "2020-01-01T00:00:01Z"}})
	x, err := Compile(plugin.Projection{Fields: map[string]plugin.Rule{
		"message.cards": {Action: plugin.Drop}, "message.labels": {Action: plugin.Drop}, "message.links": {Action: plugin.Drop}}}, Context{})
	if err != nil {
		t.Fatal(err)
	}
	var r message.Record
	s := x.NewConversation()
	for i, want := range []int{3, 0} {
		line := string([]*message.Record{full, empty}[i].Append(nil))
		if err := message.DecodeMessage(line, &r); err != nil {
			t.Fatal(err)
		}
		n := 0
		if _, ok := s.Apply(&r, func(Change) { n++ }); !ok || n != want {
			t.Errorf("message %d: %d losses noted, want %d", i, n, want)
		}
	}
}
