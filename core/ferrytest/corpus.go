package ferrytest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Chapter is a shard with its records.
type Chapter struct {
	Shard   plugin.Shard
	Records []*message.Record
}

// Corpus is a small history with everything that is hard: the directory, one chapter for each
// conversation or two, and last a late directory of people met only in messages. The bytes of its
// attachments are put into the media store under root; an empty root puts them nowhere.
func Corpus(t testing.TB, root string) []Chapter {
	t.Helper()
	c := &corpus{t: t, media: root}
	return []Chapter{
		{Shard: plugin.Shard{ID: "directory", Label: "directory", Directory: true, Records: -1}, Records: c.directory()},
		{Shard: plugin.Shard{ID: "c-general", Label: "general", Records: -1}, Records: c.texts()},
		{Shard: plugin.Shard{ID: "c-threads", Label: "threads \x1b[31m", Records: -1}, Records: c.threads()},
		{Shard: plugin.Shard{ID: "c-events", Label: "events, things", Records: -1}, Records: append(c.events(), c.things()...)},
		{Shard: plugin.Shard{ID: "late", Label: "late", Directory: true, Records: -1}, Records: c.late()},
	}
}

type corpus struct {
	t     testing.TB
	media string
	n     int
}

const at = "2019-04-02T09:00:00Z"

func key(parts ...string) string { return message.Key(append([]string{"acme", "a"}, parts...)...) }

func utc(s string) *message.Time { return &message.Time{UTC: s} }

// file makes an attachment whose bytes are in the store.
func (c *corpus) file(name, content string) message.Attachment {
	sum := sha256.Sum256([]byte(content))
	a := message.Attachment{ID: name, Name: name, MIME: "application/octet-stream", Size: fmt.Sprint(len(content)), SHA256: hex.EncodeToString(sum[:]), State: message.MediaPresent}
	if c.media != "" {
		path := plugin.MediaPath(c.media, a.SHA256)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			c.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	return a
}

func (c *corpus) directory() []*message.Record {
	icon, avatar := c.file("party.png", "\x89PNG\r\n\x1a\nparty"), c.file("ada.png", "\x89PNG\r\n\x1a\nada")
	list := []*message.Record{
		message.Of(&message.Emoji{Key: key("emoji", "alias"), Name: "alias", AliasFor: "party"}),
		message.Of(&message.Emoji{Key: key("emoji", "party"), Name: "party", Image: &icon}),
		message.Of(&message.Conversation{Key: key("workspace"), ID: "workspace", System: "acme", Instance: "a", Kind: "workspace", Name: "acme", DisplayName: "Acme & Co <Ltd>"}),
	}
	for _, x := range []struct{ id, kind, name, display string }{
		{"c:odd%id", "public", "odd-id", "An id with a colon"}, {"direct", "direct", "", ""}, {"events", "private", "events", "Events"},
		{"general", "public", "general", "General 一般 عام"}, {"group", "group", "", ""}, {"threads", "public", "threads", "Threads"},
	} {
		v := &message.Conversation{Key: key(x.id), ID: x.id, System: "acme", Instance: "a", Kind: x.kind, Parent: key("workspace"), Name: x.name, DisplayName: x.display}
		switch x.kind {
		case "direct":
			v.Participants = []string{key("ada"), key("bot")}
		case "group":
			v.Participants = []string{key("ada"), key("bot"), key("gone")}
		case "private":
			v.Archived, v.ArchivedAt = true, utc("2021-01-01T00:00:00Z")
		default:
			v.Topic, v.Created, v.Creator = &message.Note{Text: "=1+1 \"topic\"\n", By: key("ada"), At: utc(at)}, utc("1969-07-20T20:17:40Z"), key("gone")
		}
		list = append(list, message.Of(v))
	}
	people := []*message.Person{
		{ID: "ada", Kind: "human", Username: "ada", Name: "Ada Example", RealName: "Ada Example", Emails: []string{"ada@example.test"}, Avatar: &avatar,
			Roles: []string{"admin", "member"}, Departments: []string{"Legal/EU"}, Zone: "Europe/Berlin"},
		{ID: "bot", Kind: "bot", Username: "deploy-bot", Name: "Deploy Bot", Owner: key("ada")},
		{ID: "gone", Kind: "deleted", Username: "gone", Deactivated: true},
		{ID: "guest", Kind: "guest", Username: "gast", Name: "Gäst \u202egnp.exe", External: true, Emails: []string{"guest@elsewhere.test"}},
		{ID: "namesake", Kind: "human", Username: "Ada", Name: "Ada Example", Emails: []string{"ada2@example.test"}},
		{ID: "日本", Kind: "human", Username: "山田", Name: "山田 太郎", Emails: []string{"yamada@example.test"}},
	}
	for _, p := range people {
		id := p.ID
		p.Key = key(id)
		list = append(list, message.Of(p))
		for _, conv := range []string{"general", "threads"} {
			list = append(list, message.Of(&message.Membership{Key: key(conv, "member", id), Conversation: key(conv), Person: key(id), Cause: "listed"}))
		}
	}
	return list
}

func (c *corpus) late() []*message.Record {
	return []*message.Record{
		message.Of(&message.Person{Key: key("late"), ID: "late", Kind: "unknown", Name: "Met In Messages", Synthesised: true}),
		message.Of(&message.Person{Key: key("webhook"), ID: "webhook", Kind: "bot", Name: "Webhook", Synthesised: true}),
	}
}

// say makes a message; times go up with every call unless one is given.
func (c *corpus) say(conv, author, text string) *message.Message {
	c.n++
	id := fmt.Sprintf("%s-%03d", conv, c.n)
	return &message.Message{Key: key(conv, id), ID: id, Conversation: key(conv), Kind: message.KindText, Author: key(author), Text: text,
		Sent: message.Time{UTC: fmt.Sprintf("2019-04-02T09:%02d:%02d.000200Z", c.n/60, c.n%60), Raw: fmt.Sprintf("15541956%02d.000200", c.n), Precision: "us", Zone: "utc"}}
}

func (c *corpus) texts() []*message.Record {
	var list []*message.Record
	for _, text := range []string{
		"hello", "", " leading and trailing ", "\n\n\n", "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏿 e\u0301 ﷽", "שלום \u202eevil\u202c عالم", "日本語のテキスト 漢字 한국어",
		"\u0001\u001b[31mred\u001b[0m\u0007\u007f\u0085", "</script><b>&amp;\"'`", "=cmd|' /C calc'!A0", "@all @here @channel <!everyone>",
		"```\ncode *not bold*\n```\n> quote\n* list", "\u2028\u2029\ufeff\ufffd\ufffe", "zero\u0000byte", `back\slash \u0041 "quoted"`,
		strings.Repeat("a long text without spaces", 40000), strings.Repeat("日本 ", 30000),
	} {
		list = append(list, message.Of(c.say("general", "ada", text)))
	}
	for _, when := range []string{"1601-01-01T00:00:00Z", "1969-12-31T23:59:59.999999999Z", "1970-01-01T00:00:00Z", "2038-01-19T03:14:08Z", "2106-02-07T06:28:16Z", "2019-04-02T09:00:00.123456789Z"} {
		m := c.say("general", "日本", "at "+when)
		m.Sent = message.Time{UTC: when}
		list = append(list, message.Of(m))
	}
	for range 3 { // the same person, text and time
		m := c.say("general", "gone", "twin")
		m.Sent = message.Time{UTC: at}
		list = append(list, message.Of(m))
	}
	lossy := c.say("general", "guest", "bad \ufffd byte")
	lossy.TextB64 = "YmFkIP8gYnl0ZQ=="
	odd := c.say("c:odd%id", "late", "in a conversation with an odd id, by somebody in no list")
	direct := c.say("direct", "bot", "direct")
	group := c.say("group", "webhook", "shown as somebody")
	group.ShownAs = &message.ShownAs{Name: "Jenkins", Icon: "https://example.test/i.png"}
	return append(list, message.Of(lossy), message.Of(odd), message.Of(direct), message.Of(group))
}

func (c *corpus) threads() []*message.Record {
	var list []*message.Record
	add := func(m *message.Message) { list = append(list, message.Of(m)) }
	one, two := c.say("threads", "ada", "first thread"), c.say("threads", "bot", "second thread")
	one.Thread, two.Thread = one.Key, two.Key
	one.ThreadInfo = &message.ThreadInfo{Replies: 7, People: 2, Latest: utc(at)}
	add(one)
	add(two)
	for i := range 4 { // the two threads interleave
		m := c.say("threads", "gone", fmt.Sprint("reply ", i))
		m.Thread, m.Broadcast = []string{one.Key, two.Key}[i%2], i == 3
		add(m)
	}
	early := c.say("threads", "ada", "a reply older than its first message")
	early.Thread, early.Sent = one.Key, message.Time{UTC: "2018-01-01T00:00:00Z"}
	add(early)
	orphan := c.say("threads", "ada", "a reply whose first message is not there")
	orphan.Thread, orphan.ReplyTo = key("threads", "absent"), key("threads", "absent")
	add(orphan)
	quote := c.say("threads", "日本", "see above")
	quote.Quoted = &message.Quote{Message: one.Key, Author: key("ada"), Sent: utc(one.Sent.UTC), Text: "first thread"}
	add(quote)
	return list
}
