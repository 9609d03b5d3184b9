package slack

import (
	"fmt"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/testdata/slackgen"
)

// tally counts what was read in the terms of the generator's truth.
type tally struct {
	slackgen.Truth
	keys     map[string]int
	authors  map[string]bool
	places   map[string]int
	rejected map[string]int
}

func count(r *result) *tally {
	c := &tally{keys: map[string]int{}, authors: map[string]bool{}, places: map[string]int{}, rejected: map[string]int{}}
	c.BySubtype, c.ByKind, c.Attachments, c.Conversations = map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	seen := map[string]bool{}
	for _, x := range r.records {
		switch x.Type {
		case message.TypeMessage:
			c.message(x.Message)
		case message.TypeRevision:
			c.Revisions++
			c.BySubtype["message_"+map[string]string{"edit": "changed", "delete": "deleted"}[x.Revision.Action]]++
		case message.TypePerson:
			if !x.Person.Synthesised && !seen[x.Person.Key] {
				c.People++
				seen[x.Person.Key] = true
				if x.Person.Kind == "bot" {
					c.Bots++
				}
				if x.Person.Deactivated {
					c.Deactivated++
				}
			}
			if x.Person.Synthesised {
				c.authors[x.Person.ID] = true
			}
		case message.TypeConversation:
			if v := x.Conversation; v.Kind != "workspace" {
				kind := v.Kind
				if v.Synthesised && kind == "unknown" { // the export does not say
					kind = "public"
				}
				c.Conversations[kind]++
				c.Participants += len(v.Participants)
			}
		case message.TypeMembership:
			if !strings.Contains(x.Membership.Conversation, ":T") || !c.isWorkspace(x.Membership.Conversation) {
				c.Memberships++
			}
		case message.TypeEmoji:
			c.CustomEmoji++
		}
	}
	for _, x := range r.rejects {
		c.rejected[x.Reason]++
	}
	return c
}

func (c *tally) isWorkspace(key string) bool {
	parts := message.SplitKey(key)
	return len(parts) == 3 && parts[2][0] == 'T'
}

func (c *tally) message(m *message.Message) {
	c.keys[m.Key]++
	if c.keys[m.Key] > 1 {
		c.Duplicates++
		return
	}
	c.Messages++
	c.BySubtype[m.Subtype]++
	c.ByKind[m.Kind]++
	for _, a := range m.Attachments {
		c.Attachments[a.State]++
	}
	if m.Thread != "" && m.Thread != m.Key {
		c.Replies++
	}
	if m.Broadcast {
		c.Broadcasts++
	}
	if m.Edited != nil {
		c.Edited++
	}
	if len(m.Pins) > 0 {
		c.Pinned++
	}
	if len(m.Reactions) > 0 {
		c.Reacted++
	}
	for _, r := range m.Reactions {
		c.Reactions++
		c.ReactionBy += len(r.By)
		c.ReactionAll += max(r.Count, len(r.By))
	}
	if ts := m.Sent.Raw; m.Sent.Precision == "us" {
		if c.First == "" || ts < c.First {
			c.First = ts
		}
		if ts > c.Last {
			c.Last = ts
		}
	}
}

func generated(t *testing.T, c slackgen.Config) (*result, *slackgen.Truth) {
	t.Helper()
	p := filepath.Join(t.TempDir(), "export.zip")
	truth, err := slackgen.Generate(p, c)
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, p), truth
}

func compare(t *testing.T, got *tally, want *slackgen.Truth) {
	t.Helper()
	states := map[string]int{}
	for s, n := range want.Attachments {
		states[slackgen.FileState(s)] += n
	}
	// A modern post by an integration has a bot's id and no subtype: a bot's message to us, plain text to
	// the generator.
	kinds := map[string]int{}
	for k, n := range got.ByKind {
		kinds[k] = n
	}
	if moved := kinds["bot"] - want.ByKind["bot"]; moved > 0 {
		kinds["bot"], kinds["text"] = kinds["bot"]-moved, kinds["text"]+moved
	}
	for name, pair := range map[string][2]any{
		"messages": {got.Messages, want.Messages}, "revisions": {got.Revisions, want.Revisions}, "duplicates": {got.Duplicates, want.Duplicates},
		"first": {got.First, want.First}, "last": {got.Last, want.Last}, "replies": {got.Replies, want.Replies}, "broadcasts": {got.Broadcasts, want.Broadcasts},
		"edited": {got.Edited, want.Edited}, "pinned": {got.Pinned, want.Pinned}, "reacted": {got.Reacted, want.Reacted}, "reactions": {got.Reactions, want.Reactions},
		"people who reacted": {got.ReactionBy, want.ReactionBy}, "reactions claimed": {got.ReactionAll, want.ReactionAll}, "emoji": {got.CustomEmoji, want.CustomEmoji},
		"people": {got.People, want.People}, "bots": {got.Bots, want.Bots}, "deactivated": {got.Deactivated, want.Deactivated},
		"conversations": {got.Conversations, want.Conversations}, "memberships": {got.Memberships, want.Memberships}, "participants": {got.Participants, want.Participants},
		"subtypes": {got.BySubtype, want.BySubtype}, "kinds": {kinds, want.ByKind}, "attachments": {got.Attachments, states},
	} {
		if g, w := fmt.Sprint(pair[0]), fmt.Sprint(pair[1]); g != w {
			t.Errorf("%s: read %s, generated %s", name, g, w)
		}
	}
	for _, id := range want.Unlisted {
		if !got.authors[id] {
			t.Errorf("the author %s, who is in no list, has no person record", id)
		}
	}
}

func TestGeneratedExportsAreReadAsTheyWereMade(t *testing.T) {
	for _, p := range slackgen.Presets() {
		if strings.HasPrefix(p.Name, "bench") {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			r, truth := generated(t, p.Config)
			compare(t, count(r), truth)
			if len(r.rejects) > 0 {
				t.Errorf("%d rejects, the first %+v", len(r.rejects), r.rejects[0])
			}
			for _, x := range r.records {
				if line := string(x.Append(nil)); strings.Contains(line, "?t=xoxe") {
					t.Fatalf("a token is in %.300s", line)
				}
			}
		})
	}
}

func rejectedAt(list []plugin.Reject, x slackgen.Reject) bool {
	for _, r := range list {
		if r.At.File == x.File && r.Reason == x.Reason && (x.Index < 0 || r.At.Index == strconv.Itoa(x.Index)) {
			return true
		}
	}
	return false
}

func places(list []plugin.Reject) string {
	var out []string
	for _, x := range list {
		out = append(out, x.Reason+" "+x.At.File+" "+x.At.Index+" "+x.Detail)
	}
	sort.Strings(out)
	return strings.Join(out, "; ")
}

func TestDefectsOfRealDumpsCostNothingElse(t *testing.T) {
	base := slackgen.Config{Seed: 5, Messages: 400, Users: 14, Channels: 3, Private: 1, DMs: 2, Groups: 1, Days: 20}
	for _, d := range slackgen.Defects() {
		t.Run(d.Name, func(t *testing.T) {
			c := base
			if d.Name == "zip-bomb" {
				d.Size = 64 << 20
			}
			c.Defects = []slackgen.Defect{d}
			r, truth := generated(t, c)
			got := count(r)
			if d.Name == "truncated-zip" {
				if got.rejected["zip_cut_off"] != 1 || got.Messages == 0 {
					t.Errorf("%d messages, rejects %v", got.Messages, got.rejected)
				}
				return
			}
			optional := 0
			for _, x := range truth.Rejects {
				// An old Post has a time of creation, and a time before 1970 is a time: both arrive.
				if x.Optional || x.Defect == "bare-post" || x.Defect == "ts-negative" {
					optional++
				} else if !rejectedAt(r.rejects, x) {
					t.Errorf("no reject for %+v; there are %s", x, places(r.rejects))
				}
			}
			if extra := got.Messages - truth.Messages; extra < 0 || extra > optional {
				t.Errorf("%d messages, %d (and %d that may be repaired) expected; rejects: %s", got.Messages, truth.Messages, optional, places(r.rejects))
			}
			if got.Revisions != truth.Revisions {
				t.Errorf("%d revisions, %d expected", got.Revisions, truth.Revisions)
			}
		})
	}
}
