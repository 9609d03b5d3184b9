package edition

import (
	"slices"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

func TestMembersAtATime(t *testing.T) {
	stays := []Stay{{"always", "", ""}, {"came", "2020-01-02T00:00:00Z", ""}, {"left", "", "2020-01-02T00:00:00Z"},
		{"again", "2019-01-01T00:00:00Z", "2019-02-01T00:00:00Z"}, {"again", "2020-01-02T00:00:00.5Z", ""}, {"always", "", ""}}
	p := &Place{Key: "c"}
	for utc, want := range map[string][]string{
		"2019-01-15T00:00:00Z":    {"always", "left", "again"},
		"2020-01-01T23:59:59.9Z":  {"always", "left"},
		"2020-01-02T00:00:00Z":    {"always", "came"},
		"2020-01-02T00:00:00.50Z": {"always", "came", "again"},
	} {
		if got := p.Members(stays, utc); !slices.Equal(got, want) {
			t.Errorf("%s: %v", utc, got)
		}
	}
	p.Record = &message.Conversation{Participants: []string{"one", "two"}}
	if got := p.Members(stays, "2020-01-02T00:00:00Z"); !slices.Equal(got, []string{"one", "two"}) {
		t.Error(got)
	}
	moves := ""
	for _, m := range Moves(stays) {
		moves += m.Kind + " " + m.Person + ", "
	}
	if moves != "join again, leave again, join came, leave left, join again, " {
		t.Error(moves)
	}
}
