package mattermost

import (
	"fmt"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/projection"
)

// typical is a message as a Slack source gives it.
func typical(i int) *message.Record {
	id := fmt.Sprintf("15542%05d.000200", i)
	text := "hello there, how are you? The build of feature_x is done; please have a look at the results before noon. "
	return message.Of(&message.Message{Key: "slack:T01:C02:" + id, ID: id, Conversation: "slack:T01:C02", Kind: "text", Author: "slack:T01:U03",
		Sent: message.Time{UTC: fmt.Sprintf("2019-04-%02dT%02d:%02d:%02d.000200Z", 1+i/86400%28, i/3600%24, i/60%60, i%60), Raw: id, Precision: "us", Zone: "utc"},
		Text: text + "<@U03>", Format: "mrkdwn", ClientID: "0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f", Ext: map[string]string{"slack.team": `"T01"`},
		Mentions:  []message.Mention{{Kind: "person", Target: "slack:T01:U03"}},
		Rich:      []message.Block{{Kind: "paragraph", Inlines: []message.Inline{{Kind: "text", Text: text}, {Kind: "person", Target: "slack:T01:U03"}}}},
		Reactions: []message.Reaction{{Emoji: "+1", By: []string{"slack:T01:U03"}, Count: 1}}, Raw: &message.Source{File: "general/2019-04-02.json"}})
}

func BenchmarkProject(b *testing.B) {
	x, err := projection.Compile(keeps(), projection.Context{Person: func(string) message.Target { return message.Target{Account: "alice"} }})
	if err != nil {
		b.Fatal(err)
	}
	s := x.NewConversation()
	r := typical(1)
	b.ReportAllocs()
	for b.Loop() {
		s.Apply(r, func(projection.Change) {})
	}
}

func BenchmarkWrite(b *testing.B) {
	dir := b.TempDir()
	s := &sink{run: plugin.Run{Work: dir, Dir: dir}}
	p := &places{byKey: map[string]*slot{"slack:T01:C02": {key: "slack:T01:C02", team: "acme", name: "general"}}}
	w := newWriter(s, "x", p)
	x, err := projection.Compile(keeps(), projection.Context{Person: func(string) message.Target { return message.Target{Account: "alice"} }})
	if err != nil {
		b.Fatal(err)
	}
	st := x.NewConversation()
	var list []*message.Record
	for i := range 1000 {
		out, _ := st.Apply(typical(i), func(projection.Change) {})
		list = append(list, out...)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := w.Write(list[i%1000]); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.SetBytes(int64(w.streams[0].deflate.raw) / int64(i))
	w.Abort()
}
