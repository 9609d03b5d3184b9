// Package telegramgen writes accounts as Telegram Desktop exports them, of any size, and knows what is in them.
// The same config gives the same bytes.
package telegramgen

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"
)

// Config says what to write.
type Config struct {
	Seed     uint64
	Chats    int
	Messages int  // of each chat
	Old      bool // as before 2022: local times alone, no entities, numbers as ids of people
	Broken   int  // every so many messages one that is no JSON; 0: none
}

// Truth is what is in an account.
type Truth struct {
	Chats, Left, Contacts, Messages, Rejects               int
	Service, Unsupported, Edited, Replies, Forwards, Polls int
	Reactions, InTopics, Rich, Cards, Locations            int
	Media                                                  map[string]int // attachments by state, when no file is there
	Last                                                   int64          // when the last message was sent, in seconds since 1970
}

// types are those of the chats, in turn; the last of a round are among left_chats.
var types = []string{"personal_chat", "private_supergroup", "public_channel", "private_group", "bot_chat"}

// writer writes one account.
type writer struct {
	*bufio.Writer
	c     Config
	t     Truth
	dice  *rand.Rand
	now   int64
	topic int // id of the topic in the current chat, 0 for none
}

// Write writes an account.
func Write(to io.Writer, c Config) (Truth, error) {
	w := &writer{Writer: bufio.NewWriterSize(to, 1<<20), c: c, dice: rand.New(rand.NewPCG(c.Seed, 7)), now: 1672563600}
	w.t.Media = map[string]int{}
	w.WriteString("{\n \"about\": \"Here is the data you requested.\",\n \"personal_information\": {\"user_id\": 1, \"first_name\": \"Ann\", \"last_name\": \"\"},\n \"contacts\": {\"about\": \"words\", \"list\": [")
	for i := range 5 {
		w.comma(i)
		fmt.Fprintf(w, "\n  {\"user_id\": %d, \"first_name\": \"Person\", \"last_name\": \"%d\", \"phone_number\": \"+%d\"}", i+2, i+2, i)
		w.t.Contacts++
	}
	w.WriteString("]},\n \"chats\": {\"about\": \"words\", \"list\": [")
	stay := c.Chats - c.Chats/5
	for i := range c.Chats {
		if i == stay {
			w.WriteString("]},\n \"left_chats\": {\"list\": [")
		}
		if i != stay {
			w.comma(i)
		}
		w.t.Chats++
		if i >= stay {
			w.t.Left++
		}
		w.chat(i)
	}
	w.WriteString("]}\n}")
	w.t.Last = w.now
	return w.t, w.Flush()
}

func (w *writer) comma(i int) {
	if i > 0 {
		w.WriteByte(',')
	}
}

func (w *writer) chat(i int) {
	typ := types[i%len(types)]
	w.topic = 0
	fmt.Fprintf(w, "\n  {\"name\": \"Chat %d\", \"type\": %q, \"id\": %d, \"messages\": [", i, typ, 100+i)
	for id := range w.c.Messages {
		w.comma(id)
		w.WriteString("\n   ")
		w.message(id+1, typ)
	}
	w.WriteString("]}")
}

// message writes one message and notes what it has.
func (w *writer) message(id int, typ string) {
	w.now += int64(w.dice.IntN(300))
	roll := w.dice.IntN(100)
	w.t.Messages++
	switch {
	case w.c.Broken > 0 && id%w.c.Broken == 0:
		w.t.Messages--
		w.t.Rejects++
		fmt.Fprintf(w, `{"id": %d, "type": "message", "text_entities": [{"type": "custom_emoji", "document_id": (File not included)}]}`, id)
		return
	case id > 1 && roll == 0 && !w.c.Old:
		w.t.Unsupported++
		fmt.Fprintf(w, `{"id": %d, "type": "unsupported"}`, id)
		return
	case typ == "private_supergroup" && w.topic == 0, roll < 5:
		w.t.Service++
		action := `"action": "pin_message", "message_id": 1`
		if typ == "private_supergroup" && w.topic == 0 {
			w.topic = id
			w.t.InTopics++
			action = `"action": "topic_created", "title": "Topic"`
		}
		fmt.Fprintf(w, `{"id": %d, "type": "service", %s, "actor": "Person", "actor_id": %s, %s, "text": ""}`, id, w.date("date"), w.person(), action)
		return
	}
	fmt.Fprintf(w, `{"id": %d, "type": "message", %s, "from": "Person", "from_id": %s`, id, w.date("date"), w.person())
	w.rest(id, typ, roll)
	w.WriteByte('}')
}

// rest writes what a message says.
func (w *writer) rest(id int, typ string, roll int) {
	reply := 0
	switch {
	case w.topic > 0 && roll%2 == 0:
		reply = w.topic
		w.t.InTopics++
	case w.topic == 0 && roll%7 == 0 && id > 1:
		reply = id - 1
	}
	if reply > 0 {
		w.t.Replies++
		fmt.Fprintf(w, `, "reply_to_message_id": %d`, reply)
	}
	if roll%11 == 0 {
		w.t.Edited++
		w.WriteString(", " + w.date("edited"))
	}
	switch {
	case roll < 10:
		w.t.Forwards++
		w.WriteString(`, "forwarded_from": "Somebody"`)
	case roll < 15:
		w.t.Polls++
		w.WriteString(`, "poll": {"question": "Q", "closed": false, "total_voters": 2, "answers": [{"text": "A", "voters": 2, "chosen": false}]}`)
	case roll < 20:
		w.t.Media["missing"]++
		w.WriteString(`, "photo": "photos/absent.jpg", "width": 1, "height": 2`)
	case roll < 23:
		w.t.Media["too_large"]++
		w.WriteString(`, "file": "(File exceeds maximum size. Change data exporting settings to download.)", "media_type": "video_file", "duration_seconds": 9`)
	case roll < 26:
		w.t.Media["withheld"]++
		w.WriteString(`, "file": "(File not included. Change data exporting settings to download.)", "mime_type": "x/y"`)
	case roll < 28:
		w.t.Locations++
		w.WriteString(`, "location_information": {"latitude": 1.25, "longitude": -3.5}`)
	case roll < 30:
		w.t.Cards++
		w.WriteString(`, "todo_list": {"title": "T", "answers": [{"text": "milk", "id": 1}]}`)
	}
	if !w.c.Old && roll%9 == 0 {
		w.t.Reactions++
		w.WriteString(`, "reactions": [{"type": "emoji", "count": 2, "emoji": "👍"}]`)
	}
	w.text(roll)
}

// words are in several scripts, with what must be escaped.
var words = strings.Fields(`the quick brown fox jumps over 漢字 émigré "quoted" back\slash 😀 a lazy dog`)

func (w *writer) text(roll int) {
	var b strings.Builder
	for range 1 + w.dice.IntN(30) {
		b.WriteString(words[w.dice.IntN(len(words))])
		b.WriteByte(' ')
	}
	text, _ := json.Marshal(b.String()) // a string always can be
	runs := fmt.Sprintf(`{"type": "plain", "text": %s}`, text)
	plain := string(text)
	if roll%3 == 0 {
		w.t.Rich++
		bold := `{"type": "bold", "text": "loud"}`
		plain, runs = "["+plain+", "+bold+"]", runs+", "+bold
	}
	fmt.Fprintf(w, `, "text": %s`, plain)
	if !w.c.Old {
		fmt.Fprintf(w, `, "text_entities": [%s]`, runs)
	}
}

func (w *writer) person() string {
	id := 2 + w.dice.IntN(9)
	if w.c.Old {
		return fmt.Sprint(1<<32 + id)
	}
	return fmt.Sprintf(`"user%d"`, id)
}

// date writes a time as the exporting computer saw it, an hour ahead of UTC.
func (w *writer) date(name string) string {
	local := fmt.Sprintf(`%q: %q`, name, time.Unix(w.now+3600, 0).UTC().Format("2006-01-02T15:04:05"))
	if w.c.Old {
		return local
	}
	return fmt.Sprintf(`%s, "%s_unixtime": "%d"`, local, name, w.now)
}
