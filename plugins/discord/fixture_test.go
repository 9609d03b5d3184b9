package discord

import (
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

func TestFixturesAreReadWithTheirCounts(t *testing.T) {
	r := read(t, ferrytest.Fixture(t, "discord/zulip-dce-2026"))
	files, cards, reactions, reactors, edited, bots, joins := 0, 0, 0, 0, 0, 0, 0
	for _, m := range r.Messages() {
		files, cards, reactions = files+len(m.Attachments), cards+len(m.Cards), reactions+len(m.Reactions)
		for _, x := range m.Reactions {
			reactors += len(x.By)
		}
		if m.Edited != nil {
			edited++
		}
		if m.Subtype == "GuildMemberJoin" {
			joins++
		}
	}
	for _, x := range r.Records {
		if x.Person != nil && x.Person.Kind == "bot" {
			bots++
		}
	}
	if len(r.Messages()) != 12 || len(r.Rejects) != 0 || files != 2 || cards != 1 || reactions != 5 || reactors != 6 || edited != 1 || bots != 1 || joins != 1 {
		t.Errorf("%d messages, %d rejects, %d files, %d cards, %d reactions by %d, %d edited, %d bots, %d joins", len(r.Messages()), len(r.Rejects), files, cards, reactions, reactors, edited, bots, joins)
	}
	if m := r.Message("1519312230385057824"); m.Sent.UTC != "2026-06-24T12:04:23.18Z" || m.Kind != "join" {
		t.Errorf("%+v", m)
	}
	r = read(t, ferrytest.Fixture(t, "discord/dcef-example"))
	if len(r.Messages()) != 1 || len(r.Rejects) != 0 {
		t.Errorf("%d messages, rejects %+v", len(r.Messages()), r.Rejects)
	}
	if p := r.Person("521486476985155645"); p.Avatar == nil || p.Avatar.State != "present" || p.Avatar.Size != "28508" || p.Ext["discord.discriminator"] != `"7077"` {
		t.Errorf("the picture at a Windows path was not found: %+v", p)
	}
	if g := r.Conversations()["discord:guild:748545324524575035"]; g == nil || g.Icon.State != "present" {
		t.Errorf("%+v", g)
	}
}
