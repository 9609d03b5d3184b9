package telegram

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

const head = `"type":"message","date":"2023-06-01T12:00:00","date_unixtime":"1685613600","from":"Ann","from_id":"user1"`

// say is a message with more members.
func say(id int, more string) string {
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"id":%d,%s%s}`, id, head, more)
}

func TestChatsOfEqualNumbersAreDifferentChats(t *testing.T) {
	chat := func(typ string, name string) string {
		return fmt.Sprintf(`{"name":%s,"type":%s,"id":5,"messages":[%s]}`, name, typ, say(1, `"text":"x"`))
	}
	doc := `{"chats":{"list":[` + chat(`"personal_chat"`, `"P"`) + "," + chat(`"private_group"`, `"G"`) + "," + chat(`"public_channel"`, `null`) + `]},
		"left_chats":{"list":[` + chat(`"replies"`, `""`) + "," + chat(`null`, `"U"`) + `]}}`
	r := read(t, map[string]any{"path": ferrytest.Write(t, map[string]string{"result.json": doc})})
	keys, kinds := map[string]bool{}, map[string]string{}
	for key, c := range r.Conversations() {
		kinds[key] = c.Kind
	}
	for _, m := range r.Messages() {
		keys[m.Key] = true
	}
	if len(keys) != 5 || len(kinds) != 6 || kinds["telegram:chat:user5"] != "direct" || kinds["telegram:chat:group5"] != "private" || kinds["telegram:chat:channel5"] != "broadcast" ||
		kinds["telegram:chat:replies5"] != "direct" || kinds["telegram:chat:unknown5"] != "unknown" {
		t.Errorf("%v %v", keys, kinds)
	}
	r = read(t, map[string]any{"path": ferrytest.Write(t, map[string]string{"result.json": doc}), "instance": "work"})
	if r.Messages()[0].Key != "telegram:work:chat:user5:1" || r.Messages()[0].Author != "telegram:user1" {
		t.Error(r.Messages()[0].Key)
	}
}

func TestSeveralExportsOfOneChatAreOneConversation(t *testing.T) {
	one := func(id int) string {
		return `{"name":"Room","type":"public_supergroup","id":7,"messages":[` + say(id, `"text":"x"`) + `]}`
	}
	r := read(t, map[string]any{"path": ferrytest.Write(t, map[string]string{"ChatExport_1/result.json": one(1), "ChatExport_2/result.json": one(2), "ChatExport_2/messages.html": "x"})})
	if len(r.Messages()) != 2 || r.Message("1").Conversation != r.Message("2").Conversation || r.Message("2").Raw.File != "ChatExport_2/result.json" {
		t.Errorf("%+v", r.Messages())
	}
}

func TestTimes(t *testing.T) {
	old := `{"id":1,"type":"message","date":"2020-07-01T12:00:00","edited":"1970-01-01T01:00:00","from":"A","from_id":4294967300,"text":"x"}`
	for zone, want := range map[string]message.Time{
		"":              {UTC: "2020-07-01T12:00:00Z", Raw: "2020-07-01T12:00:00", Precision: "s", Zone: "unknown"},
		"Europe/Berlin": {UTC: "2020-07-01T10:00:00Z", Raw: "2020-07-01T12:00:00", Precision: "s", Zone: "assumed"},
	} {
		r := chatOf(t, old, "zone", zone)
		if m := r.Message("1"); m.Sent != want || m.Edited != nil || m.Author != "telegram:4294967300" {
			t.Errorf("%s: %+v", zone, m)
		}
	}
	r := chatOf(t, say(1, `"edited":"2023-06-01T12:05:00","edited_unixtime":"1685613900","text":"x"`))
	if m := r.Message("1"); m.Sent != (message.Time{UTC: "2023-06-01T10:00:00Z", Raw: "2023-06-01T12:00:00", Precision: "s", Zone: "utc"}) || m.Edited.At.UTC != "2023-06-01T10:05:00Z" {
		t.Errorf("%+v", m)
	}
	r = chatOf(t, `{"id":1,"type":"message","date":"yesterday","text":"x"},{"id":2,"type":"unsupported"},`+say(3, "")+`,{"id":4,"type":"unsupported"}`)
	if len(r.Rejects) != 2 || r.Rejects[0].Reason != "bad_time" || string(r.Rejects[1].Bytes) != `{"id":2,"type":"unsupported"}` || r.Message("4").Kind != "withheld" || r.Message("4").Sent.Zone != "unknown" {
		t.Errorf("%+v", r.Rejects)
	}
}

func TestEntitiesBecomeRichText(t *testing.T) {
	run := func(typ, text, more string) string {
		return fmt.Sprintf(`{"type":%q,"text":%q%s}`, typ, text, more)
	}
	list := []string{run("plain", "a ", ""), run("bold", "b", ""), run("italic", "i", ""), run("underline", "u", ""), run("strikethrough", "s", ""), run("code", "c", ""),
		run("text_link", "L", `,"href":"https://x.example/"`), run("link", "example.com", ""), run("email", "a@b.example", ""), run("mention", "@bob", ""), run("mention_name", "Cy", `,"user_id":3`),
		run("custom_emoji", "😀", `,"document_id":"(File not included. Change data exporting settings to download.)"`), run("spoiler", "psst", ""), run("hashtag", "#tag", ""), run("plain", "\n", ""),
		run("pre", "x := 1", `,"language":"go"`), run("plain", "\nend", ""), run("blockquote", "said", `,"collapsed":true`)}
	text := strings.ReplaceAll(strings.Join(list, ","), `{"type":"plain","text":"a "}`, `"a "`)
	r := chatOf(t, say(1, `"text":[`+text+`],"text_entities":[`+strings.Join(list, ",")+`]`))
	m := r.Message("1")
	if want := "a biuscLexample.coma@b.example@bobCy😀psst#tag\nx := 1\nendsaid"; m.Text != want || m.Format != "plain" {
		t.Errorf("%q", m.Text)
	}
	if m.Ext != nil {
		t.Errorf("text and its entities say the same: %v", m.Ext)
	}
	var kinds []string
	for _, b := range m.Rich {
		kinds = append(kinds, b.Kind)
	}
	if fmt.Sprint(kinds) != "[paragraph code paragraph quote]" || m.Rich[1].Lang != "go" || m.Rich[2].Inlines[0].Text != "end" || !strings.Contains(m.Rich[3].Inlines[0].JSON, "collapsed") {
		t.Errorf("%+v", m.Rich)
	}
	line := m.Rich[0].Inlines
	if len(line) != 14 || !line[1].Bold || !line[2].Italic || !line[3].Underline || !line[4].Strike || !line[5].Code || line[6].URL != "https://x.example/" || line[7].URL != "http://example.com" ||
		line[8].URL != "mailto:a@b.example" || line[9].Kind != "person" || line[10].Target != "telegram:user3" || line[11].Unicode != "😀" || !strings.Contains(line[12].JSON, "spoiler") {
		t.Errorf("%d %+v", len(line), line)
	}
	if len(m.Mentions) != 2 || m.Mentions[1].Start != 34 || m.Mentions[1].Length != 2 || len(m.Links) != 2 {
		t.Errorf("%+v %+v", m.Mentions, m.Links)
	}
	r = chatOf(t, say(1, `"text":["a",{"type":"bold","text":"b"}],"text_entities":[{"type":"plain","text":"a"},{"type":"italic","text":"b"}]`)+","+say(2, `"text":{"no":"text"}`)+","+
		say(3, `"rich_message":{"blocks":[{"type":"p","text":"new"}]}`)+","+say(4, `"text":"`+"\xff"+`"`))
	if x := r.Message("1").Ext["telegram.text"]; !strings.Contains(x, "bold") {
		t.Errorf("the two disagree, and only one is kept: %v", r.Message("1").Ext)
	}
	if x := r.Message("2").Ext["telegram.text"]; x != `{"no":"text"}` {
		t.Errorf("%v", r.Message("2").Ext)
	}
	if c := r.Message("3").Cards; len(c) != 1 || c[0].Text != "new" || c[0].JSON == "" {
		t.Errorf("%+v", c)
	}
	if x := r.Message("4").Ext["telegram.record_b64"]; x == "" {
		t.Errorf("the bytes of a text that is no UTF-8 are lost: %v", r.Message("4"))
	}
}

func TestMediaIsFoundBesideAndPlaceholdersAreStates(t *testing.T) {
	chat := func(messages ...string) string {
		return `{"name":"R","type":"private_group","id":7,"messages":[` + strings.Join(messages, ",") + `]}`
	}
	doc := chat(
		say(1, `"photo":"photos/a.jpg","photo_file_size":3,"width":4,"height":5,"text":""`),
		say(2, `"file":"stickers/s.webp","thumbnail":"stickers/s.webp_thumb.jpg","media_type":"sticker","sticker_emoji":"😀","width":4,"height":5`),
		say(3, `"file":"(File exceeds maximum size. Change data exporting settings to download.)","file_name":"big.iso","file_size":4000000000,"mime_type":"x/y"`),
		say(4, `"file":"(File not included. Change data exporting settings to download.)"`),
		say(5, `"photo":"(File unavailable, please try again later)"`),
		say(6, `"file":"../../../etc/passwd"`), say(7, `"file":"/etc/passwd"`), say(8, `"file":"files/absent.bin"`),
		say(9, `"file":"voice_messages/v.ogg","media_type":"voice_message","duration_seconds":9`),
		say(10, `"file":"stickers/s.webp","media_type":"sticker"`))
	files := map[string]string{"result.json": doc, "photos/a.jpg": "abcd", "stickers/s.webp": "RIFF", "voice_messages/v.ogg": "OggS"}
	for name, path := range map[string]string{"folder": ferrytest.Write(t, files), "zip": ferrytest.Pack(t, ferrytest.Write(t, files))} {
		r := read(t, map[string]any{"path": path})
		a := func(id string) message.Attachment { return r.Message(id).Attachments[0] }
		if x := a("1"); x.State != "present" || !strings.HasPrefix(x.Reason, "size_mismatch") || x.Width != 4 || x.Role != "image" {
			t.Errorf("%s: %+v", name, x)
		}
		if x := r.Message("2"); len(x.Attachments) != 2 || x.Attachments[0].Role != "sticker" || x.Attachments[0].Alt != "😀" || x.Attachments[1].State != "missing" || x.Attachments[1].ThumbnailOf != "stickers/s.webp" {
			t.Errorf("%s: %+v", name, x.Attachments)
		}
		if x := a("3"); x.State != "too_large" || x.Name != "big.iso" || x.Size != "4000000000" {
			t.Errorf("%s: %+v", name, x)
		}
		for id, state := range map[string]string{"4": "withheld", "5": "missing", "6": "missing", "7": "missing", "8": "missing", "9": "present", "10": "present"} {
			if x := a(id); x.State != state || state != "present" && x.SHA256 != "" {
				t.Errorf("%s: %s: %+v", name, id, x)
			}
		}
		if x := a("9"); x.Role != "voice" || x.Duration != "9" {
			t.Errorf("%s: %+v", name, x)
		}
	}
	r := read(t, map[string]any{"path": ferrytest.Write(t, files), "attachments": false})
	if x := r.Message("1").Attachments[0]; x.State != "missing" || x.SHA256 != "" {
		t.Errorf("%+v", x)
	}
}

func TestThingsOfTheirOwnKind(t *testing.T) {
	r := chatOf(t, strings.Join([]string{
		say(1, `"poll":{"question":[{"type":"bold","text":"Q"}],"closed":true,"total_voters":3,"answers":[{"text":"A","voters":2,"chosen":true},{"text":"B","voters":1,"chosen":false}]}`),
		say(2, `"location_information":{"latitude":1.50,"longitude":-2.25},"place_name":"P","address":"S"`),
		say(3, `"contact_information":{"first_name":"C","last_name":"D","phone_number":"+1"}`),
		say(4, `"invoice_information":"{\"title\":\"Socks\",\"amount\":5}"`),
		say(5, `"todo_list":{"title":{"text":"T"},"answers":[{"text":"milk","id":1}]}`),
		say(6, `"forwarded_from":null,"saved_from":"X"`), say(7, `"forwarded_from":"Someone","forwarded_from_id":"channel8"`),
		say(8, `"reply_to_message_id":99,"reply_to_peer_id":"channel44"`), say(9, `"author":"Signed","via_bot":"@gif"`),
		say(10, `"reactions":[{"type":"emoji","count":3,"emoji":"👍","recent":[{"from":"Bo","from_id":"user2","date":"2023-06-01T12:01:00"}]},{"type":"custom_emoji","count":1,"document_id":"77"},{"type":"paid","count":9}]`),
		`{"id":-999999990,"type":"service","date":"2023-06-01T12:00:00","date_unixtime":"1685613600","actor":"Ann","actor_id":"user1","action":"edit_group_title","title":"New"}`,
		`{"id":11,"type":"service","date":"2023-06-01T12:00:00","date_unixtime":"1685613600","actor":"Ann","actor_id":"user1","action":"pin_message","message_id":1}`,
		`{"id":12,"type":"service","date":"2023-06-01T12:00:00","date_unixtime":"1685613600","actor":"Ann","actor_id":"user1","action":"phone_call","duration_seconds":7,"discard_reason":"missed"}`,
		`{"id":13,"type":"service","date":"2023-06-01T12:00:00","date_unixtime":"1685613600","actor":"Ann","actor_id":"user1","action":"invite_members","members":["Bo",null]}`,
		`{"id":14,"type":"service","date":"2023-06-01T12:00:00","date_unixtime":"1685613600","action":"something_new","x":{"y":1}}`,
		`{"id":15,"type":"service","date":"2023-06-01T12:00:00","date_unixtime":"1685613600","information_text":"custom"}`,
	}, ","))
	if len(r.Rejects) != 0 {
		t.Fatalf("%+v", r.Rejects)
	}
	if m := r.Message("1"); m.Kind != "poll" || m.Poll.Question != "Q" || m.Poll.Total != 3 || m.Poll.Options[1].Votes != 1 || !m.Poll.Closed || m.Ext["telegram.poll"] == "" {
		t.Errorf("%+v", m.Poll)
	}
	if l := r.Message("2").Location; l.Latitude != "1.50" || l.Longitude != "-2.25" || l.Name != "P" || l.Address != "S" {
		t.Errorf("%+v", l)
	}
	if c := r.Message("3").Contact; c.Name != "C D" || c.Phones[0] != "+1" {
		t.Errorf("%+v", c)
	}
	if c := r.Message("4").Cards[0]; c.JSON != `{"title":"Socks","amount":5}` || c.Text != "Socks" {
		t.Errorf("%+v", c)
	}
	if c := r.Message("5").Cards[0]; c.Text != "T\nmilk" {
		t.Errorf("%+v", c)
	}
	if m := r.Message("6"); m.Forwarded == nil || m.Forwarded.AuthorName != "" || m.Ext["telegram.saved_from"] != `"X"` {
		t.Errorf("%+v", m)
	}
	if q := r.Message("7").Forwarded; q.AuthorName != "Someone" || q.Author != "telegram:channel8" {
		t.Errorf("%+v", q)
	}
	if m := r.Message("8"); m.ReplyTo != "telegram:chat:channel44:99" || m.Thread != "" {
		t.Error(m.ReplyTo)
	}
	if m := r.Message("9"); m.ShownAs.Name != "Signed" || m.Ext["telegram.via_bot"] != `"@gif"` {
		t.Errorf("%+v", m)
	}
	m := r.Message("10")
	if len(m.Reactions) != 3 || m.Reactions[0].Unicode != "👍" || m.Reactions[0].Count != 3 || m.Reactions[0].By[0] != "telegram:user2" || m.Reactions[1].Emoji != "custom 77" || m.Ext["telegram.reactions"] == "" {
		t.Errorf("%+v", m)
	}
	if p := r.Person("user2"); p.Name != "Bo" {
		t.Errorf("who reacted is nobody: %+v", p)
	}
	for id, want := range map[string]string{"-999999990": "rename", "11": "pin", "12": "call", "13": "join", "14": "system", "15": "system"} {
		if m := r.Message(id); m.Kind != want || m.Event == nil {
			t.Errorf("%s: %+v", id, m)
		}
	}
	if m := r.Message("-999999990"); m.Event.New != "New" || m.Seq != "" {
		t.Errorf("%+v", m.Event)
	}
	if m := r.Message("11"); m.Event.Item != "telegram:chat:channel7:1" || m.Seq != "11" {
		t.Errorf("%+v", m.Event)
	}
	if m := r.Message("12"); m.Call.Outcome != "missed" || m.Ext["telegram.duration_seconds"] != `"7"` {
		t.Errorf("%+v", m.Call)
	}
	if x := r.Message("13").Ext["telegram.members"]; x != `["Bo",null]` {
		t.Error(x)
	}
	if m := r.Message("14"); m.Subtype != "something_new" || m.Ext["telegram.x"] != `{"y":1}` {
		t.Errorf("%+v", m)
	}
}

func TestTopicsAreFollowedThroughAnswers(t *testing.T) {
	made := `{"id":1,"type":"service","date":"2023-06-01T12:00:00","date_unixtime":"1685613600","actor":"Ann","actor_id":"user1","action":"topic_created","title":"T"}`
	r := chatOf(t, made+","+say(2, `"reply_to_message_id":1`)+","+say(3, `"reply_to_message_id":2`)+","+say(4, "")+","+say(5, `"reply_to_message_id":4`))
	for id, topic := range map[string]string{"1": "telegram:chat:channel7:1", "2": "telegram:chat:channel7:1", "3": "telegram:chat:channel7:1", "4": "", "5": ""} {
		if m := r.Message(id); m.Thread != topic {
			t.Errorf("%s is in %q", id, m.Thread)
		}
	}
}

func TestBrokenExportsKeepWhatIsWhole(t *testing.T) {
	first, second := `{"name":"A","type":"private_group","id":1,"messages":[`, `{"name":"B","type":"private_group","id":2,"messages":[`
	good := func(id int) string { return say(id, `"text":"t"`) }
	emoji := say(9, `"text_entities":[{"type":"custom_emoji","text":"x","document_id":(File not included)}]`) // as version 4.1.1 wrote it
	quote := strings.Replace(good(8), `"from":"Ann"`, `"from":"Ann`, 1)
	for name, c := range map[string]struct {
		doc               string
		messages, rejects int
		detail            string
	}{
		"cut inside a message":        {`{"chats":{"list":[` + first + good(1) + "," + good(2)[:60], 1, 1, "ends inside"},
		"cut between messages":        {`{"chats":{"list":[` + first + good(1) + ",", 1, 1, "ends inside"},
		"cut between chats":           {`{"chats":{"list":[` + first + good(1) + `]},`, 1, 1, "ends inside"},
		"a value without quotes":      {`{"chats":{"list":[` + first + good(1) + "," + emoji + "," + good(2) + `]},` + second + good(3) + `]}]}}`, 3, 1, ""},
		"a quote too few":             {`{"chats":{"list":[` + first + good(1) + "," + quote + "," + good(2) + `]},` + second + good(3) + `]}]}}`, 3, 1, ""},
		"a quote too few at a border": {`{"chats":{"list":[` + first + good(1) + "," + quote + `]},` + second + good(3) + `]}]}}`, 1, 1, ""},
		"an item that is no object":   {`{"chats":{"list":[7,` + first + "3," + good(1) + `]}]}}`, 1, 2, "not an object"},
		"a list that is no list":      {`{"chats":{"list":{"a":1}},"contacts":7,"left_chats":{"list":[` + first + good(1) + `]}]}}`, 1, 0, ""},
		"data behind":                 {first + good(1) + `]} {}`, 1, 1, "after the end"},
		"too deep":                    {first + good(1) + "," + say(2, `"x":`+strings.Repeat("[", 99)+strings.Repeat("]", 99)) + "," + good(3) + `]}`, 2, 1, "deeper"},
		"empty":                       {"", 0, 1, "expected"},
		"no JSON":                     {"<html>", 0, 1, "expected"},
	} {
		r := read(t, map[string]any{"path": ferrytest.Write(t, map[string]string{"result.json": c.doc})})
		if len(r.Messages()) != c.messages || len(r.Rejects) != c.rejects || c.rejects > 0 && !strings.Contains(r.Rejects[len(r.Rejects)-1].Detail, c.detail) {
			t.Errorf("%s: %d messages, want %d; rejects %+v", name, len(r.Messages()), c.messages, r.Rejects)
			continue
		}
		for _, x := range r.Rejects {
			at, n := 0, 0
			if _, err := fmt.Sscan(x.At.Offset+" "+x.At.Length, &at, &n); err != nil || at+n > len(c.doc) || string(x.Bytes) != c.doc[at:at+n] {
				t.Errorf("%s: the bytes of a reject are not those of its place: %+v", name, x)
			}
		}
	}
}

func TestHugeElementsAreRejectedWithTheirBytes(t *testing.T) {
	big := say(2, `"text":"`+strings.Repeat("ab]}", 5<<20)+`"`)
	r := chatOf(t, say(1, "")+","+big+","+say(3, ""))
	if len(r.Messages()) != 2 || len(r.Rejects) != 1 || r.Rejects[0].Reason != "too_large" {
		t.Fatalf("%d messages, %d rejects", len(r.Messages()), len(r.Rejects))
	}
	if b, err := os.ReadFile(filepath.Join(r.Spool, r.Rejects[0].Spool)); err != nil || string(b) != big {
		t.Errorf("%d bytes of %d: %v", len(b), len(big), err)
	}
	src, err := open(t.Context(), Config{Path: ferrytest.Write(t, map[string]string{"result.json": `{"stories":[` + strings.Repeat(" ", maxWhole) + `],"chats":{"list":[]}}`})})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if lost := src.(*source).docs[0].lost; len(lost) != 1 || lost[0].Reason != "too_large" || lost[0].Length != maxWhole+2 {
		t.Errorf("%+v", lost)
	}
}

func TestDamagedZipsAreReadAsFarAsTheyGo(t *testing.T) {
	var list []string
	for i := range 3000 {
		list = append(list, say(i, fmt.Sprintf(`"text":"%x"`, sha256.Sum256([]byte{byte(i), byte(i >> 8)}))))
	}
	whole := ferrytest.Pack(t, ferrytest.Write(t, map[string]string{"result.json": `{"name":"R","type":"private_group","id":1,"messages":[` + strings.Join(list, ",") + `]}`}))
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(whole, b[:len(b)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	r := read(t, map[string]any{"path": whole})
	reasons := map[string]int{}
	for _, x := range r.Rejects {
		reasons[x.Reason]++
	}
	if n := len(r.Messages()); n < 1000 || n > 2000 || reasons["zip_cut_off"] != 1 || reasons["damaged"] != 1 {
		t.Errorf("%d messages, %v", len(r.Messages()), reasons)
	}
}

func TestWhatIsNotReadIsSaid(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"html":  {"messages.html": "x"},
		"tdl":   {"result.json": `{"id":1,"messages":[{"id":1,"type":"message","file":"a.jpg"}]}`},
		"slack": {"users.json": "[]", "general/2020-01-01.json": "[]"},
	} {
		r := recognise(t.Context(), ferrytest.Write(t, files))
		if r.Score != 0 || name == "html" && len(r.Notes) == 0 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := recognise(t.Context(), ferrytest.Write(t, map[string]string{"x/result.json": account})); r.Score < 90 || r.Format != "telegram-desktop-account" {
		t.Errorf("%+v", r)
	}
}

func TestShardsHoldWholeConversations(t *testing.T) {
	var chats []string
	pad := strings.Repeat(" ", 5<<20)
	for i := range 4 {
		chats = append(chats, fmt.Sprintf(`{"name":"R","type":"private_group","id":%d,"messages":[%s%s]}`, i, pad, say(1, "")))
	}
	src, err := Plugin().Source.Open(t.Context(), fmt.Appendf(nil, `{"path":%q}`, ferrytest.Write(t, map[string]string{"result.json": `{"chats":{"list":[` + strings.Join(chats, ",") + `]}}`})))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	n := 0
	if err := src.Discover(t.Context(), func(sh plugin.Shard) error { n++; return nil }); err != nil || n != 3 {
		t.Errorf("%d shards of four chats of 5 MiB: %v", n, err)
	}
}
