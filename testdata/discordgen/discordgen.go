// Package discordgen writes channels as DiscordChatExporter does, of any size, and knows what is in them. The same
// config gives the same bytes.
package discordgen

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"
)

// Config says what to write.
type Config struct {
	Seed     uint64
	Channel  int // its number
	Messages int
	Old      bool // as before 2023: no roles, no people in reactions, no exportedAt
	Broken   int  // every so many messages one that is no JSON; 0: none
}

// Truth is what is in a channel.
type Truth struct {
	Messages, Rejects, Claimed                    int
	Joins, Replies, Pinned, Edited, Forwards      int
	Remote, Absent, Reactions, Reactors, Mentions int
	Cards, ShownAs                                int
	Last                                          string // when the last message was sent
}

// epoch is where Discord's numbers begin, in milliseconds since 1970.
const epoch = 1420070400000

// Write writes one channel.
func Write(to io.Writer, c Config) (t Truth, err error) {
	w := bufio.NewWriterSize(to, 1<<20)
	dice := rand.New(rand.NewPCG(c.Seed, 3))
	fmt.Fprintf(w, "{\n  \"guild\": {\"id\": \"1\", \"name\": \"Server\", \"iconUrl\": \"https://x/icon.png\"},\n  \"channel\": {\"id\": \"%d\", \"type\": \"GuildTextChat\", \"categoryId\": \"2\", \"category\": \"Text\", \"name\": \"room-%d\", \"topic\": null},\n", c.Channel, c.Channel)
	if !c.Old {
		w.WriteString("  \"exportedAt\": \"2026-06-24T21:07:18.5322821+07:00\",\n")
	}
	w.WriteString("  \"messages\": [")
	now := int64(1672563600000)
	for i := range c.Messages {
		now += int64(1 + dice.IntN(300_000))
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteString("\n    ")
		id := (now - epoch) << 22
		if c.Broken > 0 && i%c.Broken == 1 {
			t.Rejects++
			fmt.Fprintf(w, `{"id": "%d", "type": Default}`, id)
			continue
		}
		t.Messages++
		t.Last = time.UnixMilli(now).UTC().Format("2006-01-02T15:04:05.000Z")
		t.message(w, c, dice, id, now)
	}
	t.Claimed = c.Messages
	fmt.Fprintf(w, "\n  ],\n  \"messageCount\": %d\n}", c.Messages)
	return t, w.Flush()
}

// words are in several scripts, with what must be escaped.
var words = strings.Fields(`the quick **brown** fox jumps over 漢字 émigré \"quoted\" back\\slash 😀 a lazy dog`)

func (t *Truth) message(w io.Writer, c Config, dice *rand.Rand, id, now int64) {
	roll := dice.IntN(100)
	at := time.UnixMilli(now).In(time.FixedZone("", 7*3600)).Format("2006-01-02T15:04:05.000-07:00")
	typ, edited, pinned, more := "Default", "null", false, ""
	if !c.Old {
		more = `, "inlineEmojis": []`
	}
	switch {
	case roll < 5:
		typ = "GuildMemberJoin"
		t.Joins++
	case roll < 15:
		typ = "Reply"
		t.Replies++
		more += fmt.Sprintf(`, "reference": {"messageId": "%d", "channelId": "%d", "guildId": "1"}`, id-1<<22, c.Channel)
	case roll < 18 && !c.Old:
		t.Forwards++
		more += `, "reference": {"type": "Forward", "messageId": "5", "channelId": "6", "guildId": "1"}, "forwardedMessage": {"timestamp": "2026-01-01T00:00:00+00:00", "content": "said", "attachments": [], "embeds": [], "stickers": []}`
	}
	if roll%10 == 1 {
		edited = `"` + at + `"`
		t.Edited++
	}
	if pinned = roll%25 == 2; pinned {
		t.Pinned++
	}
	author := fmt.Sprintf(`{"id": "%d", "name": "person", "discriminator": "0000", "nickname": "Person", "color": null, "isBot": false, "avatarUrl": "https://x/a.png"}`, 10+dice.IntN(9))
	if roll%20 == 3 {
		author = fmt.Sprintf(`{"id": "99", "name": "hook %d", "discriminator": "0000", "nickname": "hook %d", "isBot": true}`, t.ShownAs, t.ShownAs)
		t.ShownAs++
	}
	fmt.Fprintf(w, `{"id": "%d", "type": %q, "timestamp": %q, "timestampEdited": %s, "callEndedTimestamp": null, "isPinned": %v, "content": "`, id, typ, at, edited, pinned)
	for range 1 + dice.IntN(30) {
		io.WriteString(w, words[dice.IntN(len(words))]+" ")
	}
	fmt.Fprintf(w, `", "author": %s, "attachments": [%s], "embeds": [%s], "stickers": [], "reactions": [%s], "mentions": [%s]%s}`,
		author, t.files(roll), t.cards(roll), t.reactions(c, roll), t.mentions(roll), more)
}

func (t *Truth) files(roll int) string {
	switch roll % 12 {
	case 4:
		t.Remote++
		return `{"id": "1", "url": "https://cdn.discordapp.com/attachments/1/2/a.png?ex=66000000&is=1&hm=2", "fileName": "a.png", "fileSizeBytes": 5}`
	case 5:
		t.Absent++
		return `{"id": "2", "url": "media\\absent.png", "fileName": "absent.png", "fileSizeBytes": 5}`
	}
	return ""
}

func (t *Truth) cards(roll int) string {
	if roll%14 != 6 {
		return ""
	}
	t.Cards++
	return `{"title": "T", "url": "https://x", "timestamp": null, "description": "D", "images": [], "fields": []}`
}

func (t *Truth) reactions(c Config, roll int) string {
	if roll%8 != 7 {
		return ""
	}
	t.Reactions++
	if c.Old {
		return `{"emoji": {"id": null, "name": "👍", "isAnimated": false, "imageUrl": "https://x/1.svg"}, "count": 2}`
	}
	t.Reactors++
	return `{"emoji": {"id": "", "name": "👍", "code": "thumbsup", "isAnimated": false, "imageUrl": "https://x/1.svg"}, "count": 2, "users": [{"id": "10", "name": "person"}]}`
}

func (t *Truth) mentions(roll int) string {
	if roll%16 != 8 {
		return ""
	}
	t.Mentions++
	return `{"id": "11", "name": "person", "discriminator": "0000", "nickname": "Person"}`
}
