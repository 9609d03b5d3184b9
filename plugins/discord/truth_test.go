package discord

import (
	"bytes"
	"strconv"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/testdata/discordgen"
)

// counted says what was read in the words of the generator.
func counted(r *ferrytest.Result) (t discordgen.Truth) {
	t.Rejects = len(r.Rejects)
	for _, c := range r.Conversations() {
		n, err := strconv.Atoi(c.Ext[message.ExtClaimed])
		if err == nil {
			t.Claimed += n
		}
	}
	add := func(n *int, yes bool) {
		if yes {
			*n++
		}
	}
	for _, m := range r.Messages() {
		t.Messages++
		t.Last = max(t.Last, m.Sent.UTC)
		add(&t.Joins, m.Kind == message.KindJoin)
		add(&t.Replies, m.ReplyTo != "")
		add(&t.Pinned, len(m.Pins) == 1)
		add(&t.Edited, m.Edited != nil)
		add(&t.Forwards, m.Forwarded != nil && m.Forwarded.Text == "said")
		add(&t.Cards, len(m.Cards) == 1 && m.Cards[0].Text == "D")
		add(&t.ShownAs, m.ShownAs != nil)
		t.Mentions += len(m.Mentions)
		t.Reactions += len(m.Reactions)
		for _, x := range m.Reactions {
			t.Reactors += len(x.By)
		}
		for _, a := range m.Attachments {
			add(&t.Remote, a.State == message.MediaRemote && a.Expires != nil)
			add(&t.Absent, a.State == message.MediaMissing)
		}
	}
	return t
}

func TestGeneratedChannelsAreReadAsTheyAre(t *testing.T) {
	for name, c := range map[string]discordgen.Config{
		"new":    {Seed: 1, Channel: 100, Messages: 3000},
		"old":    {Seed: 2, Channel: 100, Messages: 2000, Old: true},
		"broken": {Seed: 3, Channel: 100, Messages: 2000, Broken: 13},
	} {
		var doc bytes.Buffer
		truth, err := discordgen.Write(&doc, c)
		if err != nil {
			t.Fatal(err)
		}
		got := counted(read(t, ferrytest.Write(t, map[string]string{"room [100].json": doc.String()})))
		if got.ShownAs > 0 { // the first name of the webhook is that of the person
			got.ShownAs++
		}
		if got != truth {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, truth)
		}
	}
}
