package telegram

import (
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

func TestFixturesAreReadWithTheirCounts(t *testing.T) {
	for name, want := range map[string]struct{ messages, chats, rejects int }{
		"innerdvations/bot.json":               {2, 1, 0},
		"innerdvations/error-unexpected.json":  {15, 1, 1}, // one message has no id
		"innerdvations/personal.json":          {0, 1, 0},
		"innerdvations/private_channel.json":   {7, 1, 0},
		"innerdvations/private_group.json":     {2, 1, 0},
		"innerdvations/public_channel.json":    {7, 1, 0},
		"innerdvations/public_supergroup.json": {4, 1, 0},
		"innerdvations/saved.json":             {21, 1, 0},
		"innerdvations/users_test.json":        {9, 1, 0},
		"pistocop/exported_structure.json":     {0, 1, 0}, // names of members and no data: only the account is there
	} {
		r := read(t, map[string]any{"path": ferrytest.Fixture(t, "telegram/"+name)})
		chats := len(r.Conversations())
		if len(r.Messages()) != want.messages || chats != want.chats || len(r.Rejects) != want.rejects {
			t.Errorf("%s: %d messages, %d chats, rejects %+v; want %+v", name, len(r.Messages()), chats, r.Rejects, want)
		}
	}
	if r := read(t, map[string]any{"path": ferrytest.Fixture(t, "telegram/innerdvations/error.json")}); len(r.Rejects) == 0 {
		t.Error("a broken file is read without a reject")
	}
}
