package discord

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
)

func TestPartsOfAChannelAreOneConversation(t *testing.T) {
	r := read(t, ferrytest.Write(t, map[string]string{
		"general [100].json": channel("100", "GuildTextChat", say(1, "a", "")), "general [100] [part 2].json": channel("100", "GuildTextChat", say(2, "b", ""), say(3, "c", "")),
	}))
	if len(r.Messages()) != 3 || len(r.Conversations()) != 2 || r.Message("1").Conversation != r.Message("3").Conversation {
		t.Errorf("%d messages in %d places", len(r.Messages()), len(r.Conversations()))
	}
	if x := r.Conversations()["discord:100"].Ext[message.ExtClaimed]; x != "3" {
		t.Errorf("the parts claim %s messages", x)
	}
	var lines []string
	for _, x := range r.Records {
		if x.Conversation != nil && x.Conversation.Kind != "workspace" {
			x.Conversation.Raw = nil
			lines = append(lines, string(x.Append(nil)))
		}
	}
	if len(lines) != 2 || lines[0] != lines[1] {
		t.Errorf("two parts describe their channel in two ways: %v", lines)
	}
}

func TestThreadsStandInTheirChannel(t *testing.T) {
	thread := func(id, typ, up string) string {
		return strings.Replace(channel(id, typ, say(1, "x", "")), `"categoryId":"2"`, `"categoryId":"`+up+`"`, 1)
	}
	r := read(t, ferrytest.Write(t, map[string]string{"a.json": channel("100", "GuildForum"), "b.json": thread("200", "GuildPublicThread", "100"), "c.json": thread("201", "GuildPrivateThread", "100"), "d.json": thread("202", "GuildNewsThread", "999")}))
	for key, want := range map[string][2]string{"discord:100": {"unknown", "discord:guild:1"}, "discord:200": {"unknown", "discord:100"}, "discord:201": {"private", "discord:100"}, "discord:202": {"unknown", "discord:guild:1"}} {
		if c := r.Conversations()[key]; c == nil || c.Kind != want[0] || c.Parent != want[1] {
			t.Errorf("%s: %+v", key, c)
		}
	}
	r = read(t, ferrytest.Write(t, map[string]string{"a.json": channel("100", "GuildTextChat")}), "visibility", "public")
	if c := r.Conversations()["discord:100"]; c.Kind != "public" {
		t.Errorf("%+v", c)
	}
}

func TestOldAndNewFields(t *testing.T) {
	users := `[` + ann + `,{"id":"8","name":"bob","discriminator":"1234","nickname":"Bob","isBot":false}]`
	r := read(t, ferrytest.Write(t, map[string]string{"a.json": channel("100", "GuildTextChat",
		say(1, "old", `"reactions":[{"emoji":{"id":null,"name":"👍","isAnimated":false,"imageUrl":"https://x/1.svg"},"count":3},{"emoji":{"id":"55","name":"wave","isAnimated":true,"imageUrl":""},"count":1}]`),
		say(2, "new", `"reactions":[{"emoji":{"id":"","name":"💯","code":"100","isAnimated":false,"imageUrl":"media\\1.svg"},"count":2,"users":`+users+`}]`),
		say(3, "answer", `"reference":{"messageId":"1","channelId":"100","guildId":"1"}`),
		say(4, "", `"reference":{"type":"Forward","messageId":"9","channelId":"300","guildId":"1"},"forwardedMessage":{"timestamp":"2026-01-01T00:00:00+00:00","timestampEdited":null,"content":"said elsewhere","attachments":[{"id":"6","url":"https://cdn/x.png?ex=66000000&is=1&hm=2","fileName":"x.png","fileSizeBytes":3}],"embeds":[],"stickers":[]}`),
		say(5, "", `"stickers":[{"id":"3","name":"hey","format":"Lottie","sourceUrl":"media\\s.json"}]`),
		say(6, "", `"interaction":{"id":"1","name":"roll","user":{"id":"9","name":"cy"}},"somethingNew":{"a":1}`),
		strings.Replace(say(7, "Pinned a message.", `"reference":{"messageId":"1","channelId":"100","guildId":"1"}`), `"Default"`, `"ChannelPinnedMessage"`, 1),
		strings.Replace(say(8, "Started a call", ``), `"Default"`, `"Call"`, 1),
		strings.Replace(say(9, "boosted", ``), `"Default"`, `"8"`, 1),
		strings.Replace(say(10, "/roll", ``), `"Default"`, `"20"`, 1),
		strings.Replace(say(11, "p", ``), `"isPinned":false`, `"isPinned":true`, 1),
		strings.Replace(say(12, "e", ``), `"timestampEdited":null`, `"timestampEdited":"2026-06-24T19:05:00+07:00"`, 1),
		say(13, "x", `"mentions":[{"id":"8","name":"bob","nickname":"Bob"}]`),
		say(15, "é <@8> <#100> <@&3> <@!77> <@x>", `"mentions":[{"id":"8","name":"bob","nickname":"Bob"}]`),
		say(14, "", `"embeds":[{"title":"T","url":"https://x","timestamp":null,"description":"D","author":{"name":"N"},"fields":[{"name":"f","value":"v"}]}]`),
	)}))
	if len(r.Rejects) != 0 {
		t.Fatalf("%+v", r.Rejects)
	}
	if x := r.Message("1").Reactions; len(x) != 2 || x[0].Unicode != "👍" || x[0].Count != 3 || x[1].Custom != "discord:emoji:55" {
		t.Errorf("%+v", x)
	}
	if x := r.Message("2").Reactions; len(x) != 1 || x[0].Emoji != "100" || x[0].Unicode != "💯" || fmt.Sprint(x[0].By) != "[discord:user:7 discord:user:8]" {
		t.Errorf("%+v", x)
	}
	if p := r.Person("8"); p.Name != "Bob" || p.Ext["discord.discriminator"] != `"1234"` {
		t.Errorf("who reacted is nobody: %+v", p)
	}
	if m := r.Message("3"); m.ReplyTo != "discord:100:1" || m.Ext != nil {
		t.Errorf("%+v", m)
	}
	if m := r.Message("4"); m.Forwarded == nil || m.Forwarded.Text != "said elsewhere" || m.Forwarded.Message != "discord:300:9" || m.ReplyTo != "" || len(m.Attachments) != 1 || m.Attachments[0].Expires.UTC != "2024-03-24T10:27:12Z" ||
		m.Attachments[0].State != "remote" || m.Ext["discord.forwardedMessage"] == "" {
		t.Errorf("%+v", m)
	}
	if m := r.Message("5"); m.Attachments[0].Role != "sticker" || m.Attachments[0].State != "missing" || m.Attachments[0].Mode != "Lottie" {
		t.Errorf("%+v", m.Attachments)
	}
	if m := r.Message("6"); m.Ext["discord.interaction"] == "" || m.Ext["discord.somethingNew"] != `{"a":1}` || r.Person("9").Username != "cy" {
		t.Errorf("%+v", m.Ext)
	}
	for id, kind := range map[string]string{"7": "pin", "8": "call", "9": "system", "10": "text", "5": "file"} {
		if m := r.Message(id); m.Kind != kind {
			t.Errorf("%s is %s, want %s", id, m.Kind, kind)
		}
	}
	if m := r.Message("7"); m.Event.Item != "discord:100:1" {
		t.Errorf("%+v", m.Event)
	}
	if m := r.Message("11"); len(m.Pins) != 1 || m.Pins[0].Message != m.Key {
		t.Errorf("%+v", m.Pins)
	}
	if m := r.Message("12"); m.Edited.At.UTC != "2026-06-24T12:05:00Z" {
		t.Errorf("%+v", m.Edited)
	}
	if m := r.Message("13").Mentions; len(m) != 1 || m[0].Target != "discord:user:8" {
		t.Errorf("%+v", m)
	}
	if m := r.Message("15").Mentions; len(m) != 4 || m[0] != (message.Mention{Kind: "person", Target: "discord:user:8", Name: "Bob", Start: 2, Length: 4}) || m[1].Target != "discord:100" || m[1].Start != 7 ||
		m[2].Target != "discord:role:3" || m[3].Target != "discord:user:77" {
		t.Errorf("%+v", m)
	}
	if c := r.Message("14").Cards; len(c) != 1 || c[0].Title != "T" || c[0].Text != "D" || c[0].Author != "N" || !strings.Contains(c[0].JSON, `"v"`) {
		t.Errorf("%+v", c)
	}
}

func TestAWebhookHasAnotherNameInEachMessage(t *testing.T) {
	hook := func(id int, name string) string {
		return strings.Replace(say(id, "x", ""), ann, `{"id":"99","name":"`+name+`","discriminator":"0000","nickname":"`+name+`","isBot":true}`, 1)
	}
	r := read(t, ferrytest.Write(t, map[string]string{"a.json": channel("100", "GuildTextChat", hook(1, "Build"), hook(2, "Deploy"))}))
	if p := r.Person("99"); p.Kind != "bot" || p.Name != "Build" {
		t.Errorf("%+v", p)
	}
	if r.Message("1").ShownAs != nil || r.Message("2").ShownAs == nil || r.Message("2").ShownAs.Name != "Deploy" || r.Message("2").Author != "discord:user:99" || r.Message("2").Ext["discord.author"] == "" {
		t.Errorf("%+v %+v", r.Message("1").ShownAs, r.Message("2").ShownAs)
	}
}

func TestMediaAreFoundWhateverSystemWroteTheirPaths(t *testing.T) {
	file := func(id int, at string) string {
		return say(id, "", fmt.Sprintf(`"attachments":[{"id":"%d","url":%q,"fileName":"f.png","fileSizeBytes":4}]`, id, at))
	}
	doc := channel("100", "GuildTextChat", file(1, `media\f.png`), file(2, "media/f.png"), file(3, `D:\exports\media\f.png`), file(4, "/srv/someone/exports/media/f.png"), file(5, `x.json_Files\g.png`),
		file(6, `C:\Users\someone\x.json_Files\g.png`), file(7, `..\..\secret.png`), file(8, "/etc/passwd"), file(9, "media/absent.png"))
	files := map[string]string{"in/x.json": doc, "in/media/f.png": "data", "in/x.json_Files/g.png": "more", "in/x.json_Files/anim.json": `{"guild":1,"channel":2,"messages":[]}`, "secret.png": "no"}
	for name, path := range map[string]string{"folder": ferrytest.Write(t, files), "zip": ferrytest.Pack(t, ferrytest.Write(t, files))} {
		r := read(t, path)
		for id, state := range map[string]string{"1": "present", "2": "present", "3": "present", "4": "present", "5": "present", "6": "present", "7": "missing", "8": "missing", "9": "missing"} {
			if a := r.Message(id).Attachments[0]; a.State != state {
				t.Errorf("%s: %s: %+v", name, id, a)
			}
		}
	}
}

func TestBrokenDocumentsKeepWhatIsWhole(t *testing.T) {
	whole := channel("100", "GuildTextChat", say(1, "a", ""), say(2, "b", ""), say(3, "c", ""))
	third := strings.Index(whole, `"id":"3"`)
	for name, c := range map[string]struct {
		doc               string
		messages, rejects int
		detail            string
	}{
		"cut inside a message":  {whole[:third+90], 2, 1, "ends inside"},
		"cut between messages":  {whole[:third-1], 2, 1, "ends inside"},
		"cut before its end":    {whole[:len(whole)-10], 3, 1, "ends inside"},
		"a message without id":  {strings.Replace(whole, `"id":"2",`, "", 1), 2, 1, "no id"},
		"a time without offset": {strings.Replace(whole, "+07:00\",\"timestampEdited", "\",\"timestampEdited", 1), 2, 1, "offset"},
		"a broken message":      {strings.Replace(whole, `"content":"b"`, `"content":b`, 1), 2, 1, ""},
		"a quote too few":       {strings.Replace(whole, `"content":"b"`, `"content":"b`, 1), 2, 1, ""},
	} {
		r := read(t, ferrytest.Write(t, map[string]string{"x.json": c.doc}))
		if len(r.Messages()) != c.messages || len(r.Rejects) != c.rejects || !strings.Contains(r.Rejects[0].Detail, c.detail) {
			t.Errorf("%s: %d messages, rejects %+v", name, len(r.Messages()), r.Rejects)
		}
	}
}

func TestPackagesOfAllYears(t *testing.T) {
	big := "1045178587575242773"
	rows := "ID,Timestamp,Contents,Attachments\n" + big + ",2020-08-25 22:54:05+00:00,\"line\n\nline, \"\"q\"\"\",\n\n1,never,x,\n2,2020-08-25 22:54:05+00:00,too,many,fields\n3,2020-08-25 22:54:05+00:00,\"torn"
	r := read(t, ferrytest.Write(t, map[string]string{
		"Messages/c100/channel.json": `{"id":"100","type":"GUILD_TEXT","guild":{"id":"1","name":"S"}}`, "Messages/c100/messages.csv": rows,
		"Messages/200/channel.json": `not JSON`, "Messages/200/messages.json": `[{"ID":` + big + `,"Timestamp":"2023-10-05 12:34:56","Contents":"","Attachments":"https://x/a.png"},{"ID":4}]`,
	}))
	if m := r.Message(big); m.Kind != "file" || m.Conversation != "discord:200" || m.Sent.Zone != "utc" {
		t.Errorf("%+v", m)
	}
	if m := r.Messages()[1]; m.ID != big || m.Text != "line\n\nline, \"q\"" || m.Direction != "out" || m.Author != "discord:user:self" || m.Sent.UTC != "2020-08-25T22:54:05Z" {
		t.Errorf("%+v", m)
	}
	n := 0
	for _, m := range r.Messages() {
		if m.ID == big {
			n++
		}
	}
	if n != 2 || len(r.Messages()) != 2 {
		t.Errorf("%d messages, %d with the large number", len(r.Messages()), n)
	}
	details := ""
	for _, x := range r.Rejects {
		details += x.Detail + ";"
	}
	if want := "the file is not a JSON object;Timestamp is not a time;the row has another number of fields than the first one;the file ends inside the row;Timestamp is not a time;"; len(r.Rejects) != 5 || !sameParts(details, want) {
		t.Errorf("%s", details)
	}
	if c := r.Conversations()["discord:200"]; c == nil || !c.Synthesised {
		t.Errorf("%+v", c)
	}
	email := ferrytest.Write(t, packed)
	for _, x := range read(t, email).Records {
		if strings.Contains(string(x.Append(nil)), "ann@example.com") {
			t.Error("what the account holds besides names went out")
		}
	}
}

// sameParts compares two lists, whatever their order.
func sameParts(a, b string) bool {
	count := map[string]int{}
	for _, x := range strings.Split(a, ";") {
		count[x]++
	}
	for _, x := range strings.Split(b, ";") {
		count[x]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestWhatIsNoDiscordIsNotRecognised(t *testing.T) {
	for _, files := range []map[string]string{{"result.json": `{"name":"x","type":"private_group","messages":[]}`}, {"channel.json": "{}"}, {"messages.csv": "a,b"}} {
		if r := recognise(t.Context(), ferrytest.Write(t, files)); r.Score != 0 {
			t.Errorf("%v: %+v", files, r)
		}
	}
	if r := recognise(t.Context(), ferrytest.Write(t, packed)); r.Format != "discord-data-package" {
		t.Errorf("%+v", r)
	}
	if r := recognise(t.Context(), ferrytest.Pack(t, ferrytest.Write(t, map[string]string{"Server - general [100].json": channel("100", "x")}))); r.Format != "discord-chat-exporter-zip" {
		t.Errorf("%+v", r)
	}
}
