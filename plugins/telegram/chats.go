package telegram

import (
	"strings"

	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
)

// chatTypes are the types of chats: the space that its id is unique in, and what it is in the model. The same
// number may be a person, a group and a channel.
var chatTypes = []struct{ name, space, kind string }{
	{"saved_messages", "saved", "direct"},
	{"replies", "replies", "direct"},
	{"verification_codes", "codes", "direct"},
	{"personal_chat", "user", "direct"},
	{"bot_chat", "user", "direct"},
	{"private_group", "group", "private"},
	{"private_supergroup", "channel", "private"},
	{"public_supergroup", "channel", "public"},
	{"private_channel", "channel", "broadcast"},
	{"public_channel", "channel", "broadcast"},
}

// chat is a conversation of one document.
type chat struct {
	key            string
	id, typ, name  string
	space, kind    string
	ext            map[string]string
	left           bool
	index, at, end int64 // ordinal in the document, -1 for its root; where its object begins and ends
	parts          []part
	topics         map[string]string // ids of messages to the id of the topic they are in
}

// part is one array of messages.
type part struct {
	offset, first, count int64
	size                 int64
}

// settle finds the kind and key of a chat once all of its members are known.
func (s *source) settle(c *chat) {
	c.space, c.kind = "unknown", "unknown"
	for _, t := range chatTypes {
		if t.name == c.typ {
			c.space, c.kind = t.space, t.kind
		}
	}
	id := c.id
	if id == "" { // some exports leave out even that
		id = "-" + c.name
	}
	c.key = s.key("chat", c.space+id)
}

// key makes the key of something that belongs to the account.
func (s *source) key(parts ...string) string {
	all := []string{"telegram"}
	if s.conf.Instance != "" {
		all = append(all, s.conf.Instance)
	}
	return message.Key(append(all, parts...)...)
}

// personKey is the key of an author's id: "user123", "channel123", or a number in old exports.
func personKey(id string) string {
	if id == "" {
		return ""
	}
	return message.Key("telegram", id)
}

// peerKey is the key of the chat that an id such as "channel123" stands for.
func (s *source) peerKey(id string) string {
	if n, ok := strings.CutPrefix(id, "chat"); ok {
		id = "group" + n
	}
	return s.key("chat", id)
}

func (s *source) conversation(d *document, c *chat) *message.Conversation {
	v := &message.Conversation{Key: c.key, ID: c.id, System: "telegram", Instance: s.conf.Instance, Kind: c.kind, DisplayName: c.name, Ext: c.ext}
	if v.ID == "" {
		v.ID, v.Synthesised = "unknown", true
	}
	if d.account != "" {
		v.Parent = d.account
	}
	switch c.space {
	case "user":
		v.Participants = sortedKeys("user"+c.id, d.self)
	case "saved":
		v.Participants = sortedKeys(d.self)
		if v.DisplayName == "" {
			v.DisplayName = "Saved Messages"
		}
	}
	ext := map[string]string{}
	for k, raw := range c.ext {
		ext[k] = raw
	}
	if c.typ != "" {
		ext["telegram.type"] = element.Quote(c.typ)
	}
	if c.left {
		ext["telegram.left"] = "true"
	}
	v.Ext = ext
	if len(ext) == 0 {
		v.Ext = nil
	}
	return v
}

func sortedKeys(ids ...string) (keys []string) {
	for _, id := range ids {
		if k := personKey(id); k != "" && (len(keys) == 0 || keys[0] != k) {
			keys = append(keys, k)
		}
	}
	if len(keys) == 2 && keys[0] > keys[1] {
		keys[0], keys[1] = keys[1], keys[0]
	}
	return keys
}
