package slack

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

const people = `[
{"id":"U1","team_id":"T1","name":"ann","real_name":"Ann A","is_owner":true,"is_admin":true,"tz":"Europe/Berlin","updated":1484090668,
 "profile":{"display_name":"Ann","email":"ann@example.com","title":"Lead","phone":"+1","fields":{"Xf1":{"value":"blue","alt":""}},"image_72":"https://a/72.png","image_512":"https://a/512.png"}},
{"id":"U2","team_id":"T1","name":"bob","deleted":true,"profile":{"real_name":"Bob B","display_name":"","fields":[]}},
{"id":"U3","team_id":"T1","name":"guest","is_restricted":true,"is_ultra_restricted":true,"profile":{}},
{"id":"UBOT","team_id":"T1","name":"ci","is_bot":true,"profile":{"bot_id":"B1","real_name":"CI","fields":null}},
{"id":"U9","team_id":"T9","name":"ext","profile":{}}]`

const channels = `[{"id":"C1","name":"general","created":1484084623,"creator":"U1","is_general":true,"members":["U1","U2","U1"],
"topic":{"value":"Hi","creator":"U1","last_set":1484084700},"purpose":{"value":"","creator":"","last_set":0},
"pins":[{"id":"1484084623.000100","type":"C","created":1484084800,"user":"U2"}],"updated":1484084900123,"num_members":3}]`

// dayOf reads an export with one day file.
func dayOf(t *testing.T, day string) *result {
	t.Helper()
	return readAll(t, write(t, map[string]string{"users.json": people, "channels.json": channels, "general/2019-04-02.json": day}))
}

func TestEverySubtypeKeepsItsNameAndHasAKind(t *testing.T) {
	var day []string
	want := map[string]string{"": message.KindText, "brand_new_thing": message.KindUnknown, "thread_broadcast": message.KindText}
	for sub, kind := range kinds {
		want[sub] = kind
	}
	i := 0
	ids := map[string]string{}
	for sub := range want {
		id := fmt.Sprintf("1554206400.%06d", i)
		ids[id] = sub
		day = append(day, fmt.Sprintf(`{"type":"message","subtype":%q,"user":"U1","text":"x","ts":%q}`, sub, id))
		i++
	}
	r := dayOf(t, "["+strings.Join(day, ",")+"]")
	if len(r.rejects) != 0 || len(r.messages()) != len(want) {
		t.Fatalf("%d messages of %d, rejects %v", len(r.messages()), len(want), r.rejects)
	}
	for id, sub := range ids {
		if m := r.byID(id); m.Subtype != sub || m.Kind != want[sub] {
			t.Errorf("%q became kind %q with subtype %q, want kind %q", sub, m.Kind, m.Subtype, want[sub])
		}
	}
}

func TestSystemMessagesCarryTheirData(t *testing.T) {
	r := dayOf(t, `[
{"type":"message","subtype":"channel_join","user":"U2","inviter":"U1","text":"<@U2> has joined","ts":"1554206400.000001"},
{"type":"message","subtype":"channel_name","user":"U1","old_name":"a","name":"b","text":"renamed","ts":"1554206400.000002"},
{"type":"message","subtype":"channel_topic","user":"U1","topic":"new topic","text":"set","ts":"1554206400.000003"},
{"type":"message","subtype":"pinned_item","user":"U1","item_type":"C","item":{"type":"message","channel":"C1","message":{"ts":"1554206399.000001"}},"text":"","ts":"1554206400.000004"},
{"type":"message","subtype":"tombstone","user":"USLACKBOT","hidden":true,"text":"This message was deleted.","ts":"1554206400.000005","thread_ts":"1554206400.000005","reply_count":1},
{"type":"message","subtype":"huddle_thread","user":"USLACKBOT","text":"A huddle happened","ts":"1554206400.000006","room":{"id":"R1","name":"","created_by":"U1","date_start":1554206400,"date_end":1554206500,"participant_history":["U1","U2"],"has_ended":true}}]`)
	join := r.byID("1554206400.000001").Event
	if join.Actor != "slack:T1:U1" || join.Targets[0] != "slack:T1:U2" {
		t.Errorf("join: %+v", join)
	}
	if e := r.byID("1554206400.000002").Event; e.Old != "a" || e.New != "b" || e.Action != message.KindRename {
		t.Errorf("rename: %+v", e)
	}
	if e := r.byID("1554206400.000003").Event; e.New != "new topic" {
		t.Errorf("topic: %+v", e)
	}
	if e := r.byID("1554206400.000004").Event; e.Item != "slack:T1:C1:1554206399.000001" {
		t.Errorf("pin: %+v", e)
	}
	if m := r.byID("1554206400.000005"); m.Deleted == nil || !m.Hidden || m.Thread != m.Key || m.ThreadInfo.Replies != 1 {
		t.Errorf("tombstone: %+v", m)
	}
	m := r.byID("1554206400.000006")
	if m.Author != "slack:T1:U1" || m.Call == nil || len(m.Call.Participants) != 2 || m.Call.Outcome != "ended" || m.Ext["slack.user"] != `"USLACKBOT"` {
		t.Errorf("huddle: %+v %+v", m, m.Call)
	}
	if p := r.person("USLACKBOT"); p == nil || p.Kind != "system" || !p.Synthesised {
		t.Errorf("Slackbot, who is in no list: %+v", p)
	}
}

func TestAuthorsAreFoundWhereverTheyAre(t *testing.T) {
	r := dayOf(t, `[
{"type":"message","subtype":"bot_message","bot_id":"B1","username":"CI run","icons":{"emoji":":robot_face:"},"text":"x","ts":"1554206400.000001"},
{"type":"message","subtype":"bot_message","bot_id":"B7","bot_profile":{"name":"Deploy","team_id":"T1"},"text":"x","ts":"1554206400.000002"},
{"type":"message","subtype":"bot_message","username":"webhook: old","text":"x","ts":"1554206400.000003"},
{"type":"message","user":"U77","user_profile":{"real_name":"Eve E","display_name":"eve","name":"eve","team":"T8"},"text":"x","ts":"1554206400.000004"},
{"type":"message","subtype":"file_comment","comment":{"user":"U2","comment":"nice"},"user":"U1","text":"x","ts":"1554206400.000005"},
{"type":"message","user":"U1","text":"hi <@U66>","reactions":[{"name":"thumbsup::skin-tone-3","users":["U55"],"count":5}],"ts":"1554206400.000006"}]`)
	m := r.byID("1554206400.000001")
	if m.Author != "slack:T1:UBOT" || m.ShownAs.Name != "CI run" || m.ShownAs.Emoji != "robot_face" || m.Kind != message.KindBot {
		t.Errorf("bot joined by its profile: %+v %+v", m, m.ShownAs)
	}
	if m := r.byID("1554206400.000002"); m.Author != "slack:T1:B7" || r.person("B7").Name != "Deploy" || r.person("B7").Kind != "bot" {
		t.Errorf("bot in no list: %+v %+v", m, r.person("B7"))
	}
	if m := r.byID("1554206400.000003"); m.Author != "slack:T1:username%3Awebhook%3A old" || m.ShownAs.Name != "webhook: old" {
		t.Errorf("webhook with a name only: %+v", m)
	}
	if p := r.person("U77"); p == nil || p.Name != "eve" || !p.External || p.Tenant != "T8" || !p.Synthesised {
		t.Errorf("external author: %+v", p)
	}
	if m := r.byID("1554206400.000005"); m.Author != "slack:T1:U2" || m.Kind != message.KindComment {
		t.Errorf("file comment: %+v", m)
	}
	x := r.byID("1554206400.000006").Reactions[0]
	if x.Emoji != "thumbsup::skin-tone-3" || x.Count != 5 || len(x.By) != 1 {
		t.Errorf("reaction: %+v", x)
	}
	if r.person("U55") == nil || r.person("U66") == nil {
		t.Error("somebody who is only mentioned has no person record")
	}
}

func TestThreads(t *testing.T) {
	r := dayOf(t, `[
{"type":"message","user":"U1","text":"root","ts":"1554206400.000001","thread_ts":"1554206400.000001","reply_count":2,"reply_users_count":1,"latest_reply":"1554206401.000001","replies":[{"user":"U1","ts":"1554206401.000001"}],"is_locked":true},
{"type":"message","user":"U1","text":"re","ts":"1554206401.000001","thread_ts":"1554206400.000001","parent_user_id":"U1"},
{"type":"message","subtype":"thread_broadcast","user":"U1","text":"re","ts":"1554206402.000001","thread_ts":"1554206400.000001","root":{"text":"root","ts":"1554206400.000001"}},
{"type":"message","user":"U1","text":"orphan","ts":"1554206403.000001","thread_ts":"1500000000.000001"}]`)
	if n := len(r.messages()); n != 4 {
		t.Fatalf("%d messages: an embedded root was counted", n)
	}
	root := r.byID("1554206400.000001")
	if root.Thread != root.Key || root.ThreadInfo.Replies != 2 || !root.ThreadInfo.Locked || root.ThreadInfo.Latest.UTC != "2019-04-02T12:00:01.000001Z" {
		t.Errorf("root: %+v", root.ThreadInfo)
	}
	if m := r.byID("1554206401.000001"); m.Thread != root.Key || m.Broadcast {
		t.Errorf("reply: %+v", m)
	}
	if m := r.byID("1554206402.000001"); m.Thread != root.Key || !m.Broadcast || !strings.Contains(m.Ext["slack.root"], `"root"`) {
		t.Errorf("broadcast: %+v", m)
	}
	if m := r.byID("1554206403.000001"); m.Thread != "slack:T1:C1:1500000000.000001" {
		t.Errorf("orphan: %+v", m)
	}
}

func TestRevisionsAreNoMessages(t *testing.T) {
	r := dayOf(t, `[
{"type":"message","subtype":"message_changed","ts":"1554206410.000001","message":{"type":"message","user":"U1","text":"new","ts":"1554206400.000001","edited":{"user":"U1","ts":"1554206410.000000"}},"previous_message":{"text":"old","ts":"1554206400.000001"}},
{"type":"message","subtype":"message_deleted","ts":"1554206411.000001","deleted_ts":"1554206400.000001","previous_message":{"text":"new","ts":"1554206400.000001"}}]`)
	if n := len(r.messages()); n != 0 {
		t.Errorf("%d messages", n)
	}
	var revs []*message.Revision
	for _, x := range r.records {
		if x.Type == message.TypeRevision {
			revs = append(revs, x.Revision)
		}
	}
	if len(revs) != 2 || revs[0].Of != "slack:T1:C1:1554206400.000001" || revs[0].Previous.Text != "old" || revs[0].Current.Text != "new" || revs[0].By != "slack:T1:U1" || revs[1].Action != "delete" {
		t.Fatalf("%+v", revs)
	}
	if revs[0].Key == revs[1].Key {
		t.Error("both revisions have one key")
	}
}

func TestFilesHaveTheRightState(t *testing.T) {
	r := dayOf(t, `[{"type":"message","user":"U1","text":"","ts":"1554206400.000001","files":[
{"id":"F1","name":"a.png","mimetype":"image/png","size":10,"mode":"hosted","original_w":5,"original_h":6,"url_private":"https://files.slack.com/a.png?t=xoxe-1-2-abc&x=1"},
{"id":"F2","mode":"tombstone"},{"id":"F3","mode":"hidden_by_limit"},
{"id":"F4","mode":"external","is_external":true,"external_type":"gdrive"},
{"id":"F5","mode":"hosted","file_access":"access_denied"},{"id":"F6","mode":"hosted","file_access":"file_not_found"},null]}]`)
	want := []string{message.MediaRemote, message.MediaDeleted, message.MediaWithheld, message.MediaRemote, message.MediaForbidden, message.MediaMissing}
	m := r.messages()[0]
	if len(m.Attachments) != len(want) || m.Kind != message.KindFile {
		t.Fatalf("%+v", m)
	}
	for i, a := range m.Attachments {
		if a.State != want[i] {
			t.Errorf("%s is %s, want %s", a.ID, a.State, want[i])
		}
	}
	a := m.Attachments[0]
	if a.URL != "https://files.slack.com/a.png?t=REDACTED&x=1" || a.Role != "image" || a.Width != 5 || a.Size != "10" {
		t.Errorf("%+v", a)
	}
	if m.Attachments[3].External != "gdrive" {
		t.Errorf("%+v", m.Attachments[3])
	}
}

func TestOldPostsWithoutTsAreMessages(t *testing.T) {
	r := dayOf(t, `[{"id":"F9","created":1430000000,"mimetype":"application/vnd.slack-docs","name":"Plan","user":"U1","mode":"space","preview":"p"}]`)
	if len(r.rejects) > 0 {
		t.Fatal(r.rejects)
	}
	m := r.byID("F9")
	if m == nil || m.Sent.UTC != "2015-04-25T22:13:20Z" || m.Sent.Precision != "s" || m.Author != "slack:T1:U1" || m.Attachments[0].Name != "Plan" {
		t.Fatalf("%+v", m)
	}
}

func TestTimesKeepEveryDigit(t *testing.T) {
	for ts, want := range map[string]string{
		"1549307811.074100":   "2019-02-04T19:16:51.074100Z",
		"1481622597.00002":    "2016-12-13T09:49:57.00002Z",
		"1549307811":          "2019-02-04T19:16:51Z",
		"0.000001":            "1970-01-01T00:00:00.000001Z",
		"-1.250000":           "1969-12-31T23:59:58.750000Z",
		"-86400":              "1969-12-31T00:00:00Z",
		"253402300799.999999": "9999-12-31T23:59:59.999999Z",
	} {
		if got, _, ok := message.Epoch(ts); !ok || got != want {
			t.Errorf("%s is %s, want %s", ts, got, want)
		}
	}
	for _, ts := range []string{"", ".", "1.", "x", "NaN", "1e9", "1549307811.0741x", "+1", "--1", "253402300800", "99999999999999999999", "1.0000000001"} {
		if got, _, ok := message.Epoch(ts); ok {
			t.Errorf("%q became %s", ts, got)
		}
	}
}

func TestBadTimesAreRejectedWithTheirBytes(t *testing.T) {
	r := dayOf(t, `[{"type":"message","text":"a","ts":""},{"type":"message","text":"b","ts":"NaN"},{"type":"message","text":"c"},{"type":"message","text":"d","ts":1554206400.000123}]`)
	if len(r.rejects) != 3 || r.rejects[1].Reason != "bad_time" || string(r.rejects[1].Bytes) != `{"type":"message","text":"b","ts":"NaN"}` || r.rejects[1].At.Index != "1" {
		t.Fatalf("%+v", r.rejects)
	}
	if m := r.byID("1554206400.000123"); m == nil || m.Sent.UTC != "2019-04-02T12:00:00.000123Z" {
		t.Errorf("a ts written as a number: %+v", m)
	}
}

func TestTextThatIsNotUnicodeKeepsItsBytes(t *testing.T) {
	r := dayOf(t, "[{\"type\":\"message\",\"user\":\"U1\",\"text\":\"a\xffb\",\"ts\":\"1554206400.000001\"},{\"type\":\"message\",\"user\":\"U1\",\"text\":\"a\\ud800b\",\"username\":\"\xfe\",\"ts\":\"1554206400.000002\"}]")
	m := r.byID("1554206400.000001")
	if b, _ := base64.StdEncoding.DecodeString(m.TextB64); m.Text != "a\ufffdb" || string(b) != "a\xffb" {
		t.Errorf("%q, %q", m.Text, b)
	}
	m = r.byID("1554206400.000002")
	if b, _ := base64.StdEncoding.DecodeString(m.TextB64); m.Text != "a\ufffdb" || string(b) != "a\xed\xa0\x80b" {
		t.Errorf("%q, %q", m.Text, b)
	}
	if m.Ext["slack.record_b64"] == "" {
		t.Error("bytes of another member are lost")
	}
}

func TestNothingUnmappedIsLost(t *testing.T) {
	r := dayOf(t, `[{"type":"message","user":"U1","text":"x","ts":"1554206400.000001","novel":{"a":[1,2,{"b":null}]},"zero":0,"empty":"","no":false,"none":null,"list":[],"deep":{"event_type":"","payload":null},"metadata":{"event_type":"t"},"user_team":"T9"},
{"type":"message","user":{"id":"odd"},"text":7,"ts":"1554206400.000002"},
{"type":"message","user":"U1","text":"first","text":"second","ts":"1554206400.000003"}]`)
	ext := r.byID("1554206400.000001").Ext
	want := map[string]string{"slack.novel": `{"a":[1,2,{"b":null}]}`, "slack.zero": "0", "slack.metadata": `{"event_type":"t"}`, "slack.user_team": `"T9"`}
	if len(ext) != len(want) {
		t.Errorf("ext is %v", ext)
	}
	for k, v := range want {
		if ext[k] != v {
			t.Errorf("%s is %q, want %q", k, ext[k], v)
		}
	}
	if ext := r.byID("1554206400.000002").Ext; ext["slack.user"] != `{"id":"odd"}` || ext["slack.text"] != "7" {
		t.Errorf("members of odd types: %v", ext)
	}
	if m := r.byID("1554206400.000003"); !strings.Contains(m.Ext["slack.record"], `"first"`) {
		t.Errorf("a member given twice: %v", m.Ext)
	}
}

func TestAttachmentsBecomeLinksCardsAndQuotes(t *testing.T) {
	r := dayOf(t, `[{"type":"message","user":"U1","text":"x","ts":"1554206400.000001","attachments":[
{"from_url":"https://e.com/a","title":"T","text":"D","service_name":"S","thumb_url":"https://e.com/t.png","id":1},
{"is_msg_unfurl":true,"channel_id":"C2","ts":"1500000000.000001","author_id":"U2","text":"quoted"},
{"title":"Build","text":"ok &amp; done","fields":[{"title":"Branch","value":"main"}],"actions":[{"type":"button","text":"Go"}]}]}]`)
	m := r.messages()[0]
	if len(m.Links) != 1 || m.Links[0].URL != "https://e.com/a" || m.Links[0].Image != "https://e.com/t.png" {
		t.Errorf("links %+v", m.Links)
	}
	if m.Quoted == nil || m.Quoted.Message != "slack:T1:C2:1500000000.000001" || m.Quoted.Author != "slack:T1:U2" || m.Quoted.Text != "quoted" {
		t.Errorf("quoted %+v", m.Quoted)
	}
	if len(m.Cards) != 1 || m.Cards[0].Text != "Build\nok & done\nBranch\nmain\nGo" || !strings.Contains(m.Cards[0].JSON, `"button"`) {
		t.Errorf("cards %+v", m.Cards)
	}
}

func TestSecretsNeverTravel(t *testing.T) {
	r := dayOf(t, `[{"type":"message","user":"U1","text":"see <https:\/\/files.slack.com\/a?t=xoxe-12-ab> and https://x/y?a=1&amp;token=s3cret|z","ts":"1554206400.000001",
"x":{"u":"https:\/\/files\/b?pub=1\u0026t=xoxe-9"},"y":"https://r?u=https%3A%2F%2Ff%3Ft%3Dxoxe-77%26z%3D1","plain":"xoxe and token stay",
"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"https://f/c?t=xoxb-1"}]}]},{"type":"image","image_url":"https://f/d?t=xoxe-3"}]}]`)
	line := string(r.records[len(r.records)-1].Append(nil))
	for _, s := range []string{"xoxe-12", "s3cret", "xoxe-9", "xoxe-77", "xoxb-1", "xoxe-3"} {
		if strings.Contains(line, s) {
			t.Errorf("%s is in %s", s, line)
		}
	}
	for _, s := range []string{"xoxe and token stay", "%26z%3D1", "REDACTED|z", "pub=1"} {
		if !strings.Contains(line, s) {
			t.Errorf("%s is missing in %s", s, line)
		}
	}
}
