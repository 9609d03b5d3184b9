package slack

import (
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

func TestEachGeneratedMessageIsReadAsItWasMade(t *testing.T) {
	c, _ := slackgen.PresetNamed("uploads")
	c.PerMessageTruth, c.Seed = true, 11
	r, truth := generated(t, c)
	byKey := map[string]*message.Message{}
	for _, m := range r.messages() {
		byKey[m.Key] = m
	}
	n := 0
	for _, want := range truth.Log {
		if want.Revision {
			continue
		}
		n++
		place := want.Conversation
		if place == "" {
			place = want.Folder
		}
		prefix := "slack:" + truth.Team + ":"
		m := byKey[prefix+place+":"+want.TS]
		if m == nil {
			t.Fatalf("%s in %s did not arrive", want.TS, want.Folder)
		}
		key := func(id string) string {
			if id == "" {
				return ""
			}
			return prefix + id
		}
		thread := ""
		if want.Thread != "" {
			thread = prefix + place + ":" + want.Thread
		}
		if m.Author != key(want.Author) || m.Text != want.Text || m.Thread != thread || m.Sent.Raw != want.TS || m.Subtype != want.Subtype {
			t.Errorf("%s (%s): read author %q, text %q, thread %q; made %+v", want.TS, want.Subtype, m.Author, m.Text, m.Thread, want)
		}
		if (m.Edited != nil) != (want.Edited != "") || m.Edited != nil && m.Edited.At.Raw != want.Edited {
			t.Errorf("%s: edited %+v, made %q", want.TS, m.Edited, want.Edited)
		}
		if len(m.Reactions) != len(want.Reactions) || len(m.Attachments) != len(want.Files) {
			t.Errorf("%s: %d reactions and %d files, made %d and %d", want.TS, len(m.Reactions), len(m.Attachments), len(want.Reactions), len(want.Files))
			continue
		}
		for i, x := range want.Reactions {
			got := m.Reactions[i]
			by := make([]string, len(x.Users))
			for j, u := range x.Users {
				by[j] = key(u)
			}
			if got.Emoji != x.Emoji || got.Count != x.Count || strings.Join(got.By, ",") != strings.Join(by, ",") {
				t.Errorf("%s: reaction %+v, made %+v", want.TS, got, x)
			}
		}
		for i, x := range want.Files {
			got := m.Attachments[i]
			if got.ID != x.ID || got.State != slackgen.FileState(x.State) || got.SHA256 != x.SHA256 || got.Path != x.Path {
				t.Errorf("%s: file %+v, made %+v", want.TS, got, x)
			}
		}
	}
	if n < 2000 {
		t.Fatalf("only %d messages to compare", n)
	}
}
