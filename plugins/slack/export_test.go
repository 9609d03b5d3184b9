package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

const hello = `[{"type":"message","user":"U1","text":"hello","ts":"1554206400.000001"}]`

func TestPeopleAndPlacesAreReadWhole(t *testing.T) {
	r := dayOf(t, hello)
	ann := r.person("U1")
	if ann.Key != "slack:T1:U1" || ann.Name != "Ann" || ann.RealName != "Ann A" || ann.Emails[0] != "ann@example.com" || ann.Zone != "Europe/Berlin" ||
		strings.Join(ann.Roles, ",") != "owner,admin" || ann.Avatar.URL != "https://a/512.png" || ann.Custom[0].Value != "blue" {
		t.Errorf("%+v", ann)
	}
	if p := r.person("U2"); !p.Deactivated || p.Name != "Bob B" || p.Kind != "human" {
		t.Errorf("%+v", p)
	}
	if p := r.person("U3"); p.Kind != "guest" || p.Roles[0] != "single_channel_guest" {
		t.Errorf("%+v", p)
	}
	if p := r.person("UBOT"); p.Kind != "bot" || p.Aliases[0] != "B1" {
		t.Errorf("%+v", p)
	}
	if !r.person("U9").External || ann.External {
		t.Error("who is external is wrong")
	}
	c := r.conversation("C1")
	if c.Key != "slack:T1:C1" || c.Parent != "slack:T1:T1" || !c.General || c.Topic.Text != "Hi" || c.Purpose != nil || c.Pins[0].Message != "slack:T1:C1:1484084623.000100" ||
		c.Updated.UTC != "2017-01-10T21:48:20.123Z" || c.Ext["slack.num_members"] != "3" {
		t.Errorf("%+v", c)
	}
	n := 0
	for _, x := range r.records {
		if x.Type == message.TypeMembership {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d memberships of two people, one of them listed twice", n)
	}
}

func TestLooseFixturesMakeAnExport(t *testing.T) {
	read := func(name string) string {
		b, err := os.ReadFile(fixture(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	m := "mattermost-server-2021/slack-import-test-"
	r := readAll(t, write(t, map[string]string{
		"users.json": read(m + "users.json"), "channels.json": read(m + "channels.json"), "groups.json": read(m + "private-channels.json"),
		"dms.json": read(m + "direct-messages.json"), "mpims.json": read(m + "group-direct-messages.json"), "general/2016-09-03.json": read(m + "posts.json"),
	}))
	if len(r.messages()) != 9 || len(r.rejects) != 0 {
		t.Errorf("%d messages, want 9; rejects %v", len(r.messages()), r.rejects)
	}
	kinds := map[string]int{}
	for _, x := range r.records {
		if x.Type == message.TypeConversation {
			kinds[x.Conversation.Kind]++
		}
	}
	if want := map[string]int{"public": 6, "private": 1, "direct": 4, "group": 3, "workspace": 1}; fmt.Sprint(kinds) != fmt.Sprint(want) {
		t.Errorf("conversations %v, want %v", kinds, want)
	}
	if c := r.conversation("G1XSSNBTP"); len(c.Participants) != 4 || !slices.IsSorted(c.Participants) {
		t.Errorf("group: %+v", c)
	}
	for _, line := range r.records {
		if s := string(line.Append(nil)); strings.Contains(s, "xoxX-0") {
			t.Errorf("a token is in %.200s", s)
		}
	}
	z := "zulip-2024/"
	var api struct{ Members json.RawMessage }
	if err := json.Unmarshal([]byte(read(z+"user_data.json")), &api); err != nil {
		t.Fatal(err)
	}
	r = readAll(t, write(t, map[string]string{"users.json": string(api.Members), "channels.json": read(z + "channels.json"), "dms.json": read(z + "dms.json"), "mpims.json": read(z + "mpims.json")}))
	if len(r.rejects) != 0 || r.conversation("DRS3PSLDK") == nil || len(r.conversation("DRS3PSLDK").Participants) != 1 {
		t.Errorf("a conversation with oneself: %+v, rejects %v", r.conversation("DRS3PSLDK"), r.rejects)
	}
}

func TestBrokenFilesAndElementsAreQuarantinedAndTheRestIsRead(t *testing.T) {
	good := func(n int) string {
		return fmt.Sprintf(`{"type":"message","user":"U1","text":"m","ts":"1554206400.%06d"}`, n)
	}
	deep := `{"type":"message","ts":"1554206400.000050","x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`
	for name, c := range map[string]struct {
		day      string
		messages int
		reasons  string
		bytes    string // of the first reject
	}{
		"not JSON":                     {"<html>login</html>", 0, "not_json", "<html>login</html>"},
		"an object":                    {`{"ok":false}`, 0, "not_json", `{"ok":false}`},
		"empty":                        {"", 0, "not_json", ""},
		"UTF-16":                       {"\xff\xfe[\x00]\x00", 0, "not_json", "\xff\xfe[\x00]\x00"},
		"byte order mark":              {"\ufeff[" + good(1) + "]", 1, "", ""},
		"empty array":                  {"[]", 0, "", ""},
		"broken in the middle":         {"[" + good(1) + `,{"type":"message" "x"},` + good(2) + "]", 2, "not_json", `{"type":"message" "x"}`},
		"missing quote":                {"[" + good(1) + `,{"type":"message,"ts":"1554206400.000009"},` + "\n" + good(2) + "," + good(3) + "]", 3, "not_json", `{"type":"message,"ts":"1554206400.000009"}`},
		"elements that are no objects": {`[1,"a",null,[2],` + good(1) + "]", 1, "not_json,not_json,not_json,not_json", "1"},
		"cut off":                      {"[" + good(1) + "," + good(2)[:30], 1, "not_json", good(2)[:30]},
		"cut off after comma":          {"[" + good(1) + ",", 1, "not_json", ""},
		"data behind":                  {"[" + good(1) + "][" + good(2) + "]", 1, "not_json", "[" + good(2) + "]"},
		"missing comma":                {"[" + good(1) + good(2) + "]", 1, "not_json", good(2) + "]"},
		"trailing comma":               {"[" + good(1) + ",]", 1, "", ""},
		"too deep":                     {"[" + good(1) + "," + deep + "," + good(2) + "]", 2, "too_deep", deep},
	} {
		r := dayOf(t, c.day)
		var reasons []string
		for _, x := range r.rejects {
			reasons = append(reasons, x.Reason)
			if x.At.File != "general/2019-04-02.json" || x.Detail == "" {
				t.Errorf("%s: a reject without a place or a reason: %+v", name, x)
			}
		}
		if got := strings.Join(reasons, ","); len(r.messages()) != c.messages || got != c.reasons {
			t.Errorf("%s: %d messages and rejects %q, want %d and %q", name, len(r.messages()), got, c.messages, c.reasons)
		} else if got != "" && string(r.rejects[0].Bytes) != c.bytes {
			t.Errorf("%s: the reject holds %q", name, r.rejects[0].Bytes)
		}
	}
}

func TestHugeElementsAreSpooledAndSkipped(t *testing.T) {
	big := `{"type":"message","ts":"1554206400.000002","text":"` + strings.Repeat("ab]}", 5<<20) + `"}`
	day := `[{"type":"message","ts":"1554206400.000001","text":"a"},` + big + `,{"type":"message","ts":"1554206400.000003","text":"c"}]`
	r := dayOf(t, day)
	if len(r.messages()) != 2 || len(r.rejects) != 1 || r.rejects[0].Reason != "too_large" {
		t.Fatalf("%d messages, rejects %v", len(r.messages()), len(r.rejects))
	}
	b, err := os.ReadFile(filepath.Join(r.spool, r.rejects[0].Spool))
	if err != nil || string(b) != big {
		t.Fatalf("the spooled reject has %d bytes of %d: %v", len(b), len(big), err)
	}
	if m := r.messages()[1]; m.Raw.Index != "2" || m.Raw.Offset != fmt.Sprint(strings.LastIndex(day, `{"type"`)) {
		t.Errorf("the message behind it is at %+v", m.Raw)
	}
	// A file that is no array at all, larger than what a reject may carry.
	r = dayOf(t, strings.Repeat("x", 3<<20))
	if len(r.rejects) != 1 || r.rejects[0].Spool == "" || r.rejects[0].At.Length != fmt.Sprint(3<<20) {
		t.Fatalf("%+v", r.rejects)
	}
}

func TestLocatorsPointAtTheElement(t *testing.T) {
	day := "[\n  {\"type\":\"message\",\"ts\":\"1554206400.000001\",\"text\":\"a\"} ,\n {\"type\":\"message\",\"ts\":\"1554206400.000002\",\"text\":\"b\"}\n]"
	r := dayOf(t, day)
	raw := r.byID("1554206400.000002").Raw
	at := strings.Index(day, `{"type":"message","ts":"1554206400.000002"`)
	if raw.File != "general/2019-04-02.json" || raw.Index != "1" || raw.Offset != fmt.Sprint(at) || raw.Length != fmt.Sprint(len(`{"type":"message","ts":"1554206400.000002","text":"b"}`)) || len(raw.SHA256) != 64 {
		t.Errorf("%+v", raw)
	}
}

func TestMissingUsersListGoesOn(t *testing.T) {
	r := readAll(t, write(t, map[string]string{"channels.json": channels, "general/2019-04-02.json": `[{"type":"message","user":"U1","team":"T1","user_profile":{"real_name":"Ann"},"text":"x","ts":"1554206400.000001"}]`}))
	if m := r.messages()[0]; m.Key != "slack:T1:C1:1554206400.000001" {
		t.Errorf("the workspace was not taken from the messages: %s", m.Key)
	}
	if p := r.person("U1"); p == nil || p.Name != "Ann" {
		t.Errorf("%+v", p)
	}
}

func TestUnlistedFoldersAreConversations(t *testing.T) {
	r := readAll(t, write(t, map[string]string{"users.json": people, "channels.json": channels,
		"secret/2019-04-02.json": hello, "D0000001/2019-04-02.json": hello, "mpdm-a--b-1/2019-04-02.json": hello, "FC:F7:notes/2019-04-02.json": hello, "empty/readme.txt": "x"}))
	for id, kind := range map[string]string{"secret": "unknown", "D0000001": "direct", "mpdm-a--b-1": "group", "F7": "unknown"} {
		if c := r.conversation(id); c == nil || c.Kind != kind || !c.Synthesised {
			t.Errorf("%s: %+v", id, c)
		}
	}
	if len(r.messages()) != 4 || r.conversation("empty") != nil {
		t.Errorf("%d messages", len(r.messages()))
	}
}

func TestTwoChannelsOfOneName(t *testing.T) {
	two := `[{"id":"C1","name":"general","members":[]},{"id":"C2","name":"general","members":[],"is_archived":true}]`
	r := readAll(t, write(t, map[string]string{"users.json": people, "channels.json": two,
		"general/2019-04-02.json": `[{"type":"message","user":"U1","text":"a","ts":"1554206400.000001"},{"type":"message","user":"U1","channel":"C2","text":"b","ts":"1554206400.000002"}]`}))
	if k := r.byID("1554206400.000001").Key; k != "slack:T1:C1:1554206400.000001" {
		t.Error(k)
	}
	if k := r.byID("1554206400.000002").Key; k != "slack:T1:C2:1554206400.000002" {
		t.Error(k)
	}
	if e := r.conversation("C2").Ext["slack.folder_shared_by"]; e != `["C1","C2"]` {
		t.Error(e)
	}
}

func TestWrappedZipWithJunk(t *testing.T) {
	p := pack(t, "export/channels.json", channels, "export/users.json", people, "export/general/2019-04-02.json", hello, "__MACOSX/export/._users.json", "\x00\x05", "export/.DS_Store", "x")
	r := readAll(t, p)
	if len(r.messages()) != 1 || len(r.rejects) != 0 || r.messages()[0].Key != "slack:T1:C1:1554206400.000001" {
		t.Fatalf("%d messages, rejects %v", len(r.messages()), r.rejects)
	}
	if rec := Plugin().Source.Recognise(context.Background(), p); rec.Format != "slack-export-zip" || rec.Score != 100 {
		t.Errorf("%+v", rec)
	}
}

func TestCutOffZipGivesWhatIsWhole(t *testing.T) {
	p := pack(t, "channels.json", channels, "users.json", people, "general/2019-04-02.json", hello, "general/2019-04-03.json", strings.Replace(hello, "1554206400", "1554292800", 1))
	b, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.Index(string(b), "general/2019-04-03.json") + 40
	if err := os.WriteFile(p, b[:cut], 0o600); err != nil {
		t.Fatal(err)
	}
	r := readAll(t, p)
	if len(r.messages()) != 1 {
		t.Errorf("%d messages", len(r.messages()))
	}
	reasons := map[string]int{}
	for _, x := range r.rejects {
		reasons[x.Reason]++
	}
	if reasons["zip_cut_off"] != 1 || reasons["damaged"] != 1 {
		t.Errorf("rejects %+v", r.rejects)
	}
}

func TestUnsafeEntriesAreReported(t *testing.T) {
	r := readAll(t, pack(t, "users.json", people, "channels.json", channels, "../../evil.json", "[]", "general/2019-04-02.json", hello, "general/2019-04-02.json", strings.Replace(hello, "hello", "other", 1)))
	if len(r.rejects) != 1 || r.rejects[0].Reason != "refused_entry" {
		t.Errorf("%+v", r.rejects)
	}
	if len(r.messages()) != 2 {
		t.Errorf("a second member of one name was not read: %d messages", len(r.messages()))
	}
}

func TestResumeFromEveryCheckpointGivesTheRest(t *testing.T) {
	files := map[string]string{"users.json": people, "channels.json": channels}
	pad := strings.Repeat("a", plugin.BatchBytes*5/8) // a batch for each file, so that each cursor shows
	for i := range 4 {
		files[fmt.Sprintf("general/2019-04-%02d.json", i+1)] = fmt.Sprintf(`[{"type":"message","user":"UX%d","text":"<@UY%d> <@UX%d> %s","ts":"15542064%02d.000001"},{"broken"]`, i%3, i%2, i%4, pad, i)
		files[fmt.Sprintf("chan%d/2019-04-01.json", i)] = fmt.Sprintf(`[{"type":"message","user":"UZ%d","text":%q,"ts":"15542064%02d.000002"}]`, i%2, pad, i)
	}
	src, err := Plugin().Source.Open(context.Background(), fmt.Appendf(nil, `{"path":%q}`, write(t, files)))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var shard plugin.Shard
	if err := src.Discover(context.Background(), func(s plugin.Shard) error { shard = s; return nil }); err != nil {
		t.Fatal(err)
	}
	cursors := map[int]plugin.Cursor{} // by how many records came before
	read := func(cur plugin.Cursor, keep bool) (all []string) {
		out := plugin.NewEmitter(context.Background(), t.TempDir(), func(b *plugin.Batch) error {
			for l := range lines(b.Lines) {
				all = append(all, strings.Clone(l))
			}
			for _, x := range b.Rejects {
				all = append(all, fmt.Sprint(x))
			}
			if b.Cursor != nil && keep {
				cursors[len(all)] = b.Cursor
			}
			return nil
		})
		if err := src.Read(context.Background(), shard, cur, out); err != nil {
			t.Fatal(err)
		}
		if err := out.Flush(); err != nil {
			t.Fatal(err)
		}
		return all
	}
	whole := read(nil, true)
	if len(cursors) != 8 || len(whole) < 16 {
		t.Fatalf("%d checkpoints for 8 day files, %d records", len(cursors), len(whole))
	}
	for n, cur := range cursors {
		if got := append(slices.Clone(whole[:n]), read(cur, false)...); !slices.Equal(got, whole) {
			t.Fatalf("resumed after %d records: %d records instead of %d", n, len(got), len(whole))
		}
	}
}

func TestShardsAreStableAndCutBySize(t *testing.T) {
	files := map[string]string{"users.json": people}
	pad := strings.Repeat(" ", 5<<20)
	for i := range 5 {
		files[fmt.Sprintf("c%d/2019-04-01.json", i)] = "[" + pad + "]"
	}
	dir := write(t, files)
	var first []plugin.Shard
	for range 2 {
		r := readAll(t, dir)
		if first != nil && fmt.Sprint(first) != fmt.Sprint(r.shards) {
			t.Errorf("shards differ: %v and %v", first, r.shards)
		}
		first = r.shards
	}
	if len(first) != 4 || !first[0].Directory {
		t.Fatalf("%d shards for 5 conversations of 5 MiB", len(first))
	}
	before := first[3].Fingerprint
	if err := os.WriteFile(filepath.Join(dir, "c4/2019-04-01.json"), []byte("[] "), 0o600); err != nil {
		t.Fatal(err)
	}
	r := readAll(t, dir)
	if r.shards[len(r.shards)-1].Fingerprint == before || r.shards[1].Fingerprint != first[1].Fingerprint {
		t.Error("fingerprints do not tell which shard changed")
	}
}

func TestWhatIsNoExportIsRefusedWithAHint(t *testing.T) {
	for name, path := range map[string]string{"an empty folder": t.TempDir(), "a missing path": "/does/not/exist", "a text file": filepath.Join(write(t, map[string]string{"x.txt": "hello"}), "x.txt")} {
		_, err := Plugin().Source.Open(context.Background(), fmt.Appendf(nil, `{"path":%q}`, path))
		var f *fault.Error
		if !errors.As(err, &f) || f.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
		if rec := Plugin().Source.Recognise(context.Background(), path); rec.Score != 0 {
			t.Errorf("%s is recognised: %+v", name, rec)
		}
	}
	if rec := Plugin().Source.Recognise(context.Background(), write(t, map[string]string{"slackdump.sqlite": "SQLite format 3"})); rec.Score != 0 || len(rec.Notes) == 0 {
		t.Errorf("%+v", rec)
	}
}
