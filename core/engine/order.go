package engine

import (
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// appendMessageKey orders messages by conversation, time and key.
func appendMessageKey(b []byte, conversation, utc, key string) []byte {
	b = append(append(b, conversation...), 0)
	b = append(append(b, strings.TrimSuffix(utc, "Z")...), 0)
	return append(append(b, key...), 0)
}

// appendSortKey orders messages by conversation, time and key, and directories by the order that
// plugin.Order describes. Parts are separated by zero bytes, which no part contains.
func appendSortKey(b []byte, rec *message.Record) []byte {
	part := func(s string) { b = append(append(b, strings.ReplaceAll(s, "\x00", "")...), 0) }
	switch rec.Type {
	case message.TypeEmoji:
		part("0")
	case message.TypeConversation:
		if rec.Conversation.Kind == "workspace" {
			part("1")
		} else {
			part("2")
		}
	case message.TypePerson:
		part("3")
		part(rec.Person.Key)
		part("0")
	case message.TypeMembership:
		part("3")
		part(rec.Membership.Person)
		part("1")
	case message.TypeMessage:
		return appendMessageKey(b, rec.Message.Conversation, rec.Message.Sent.UTC, rec.Message.Key)
	case message.TypeRevision:
		part(rec.Revision.Conversation)
		if rec.Revision.At != nil {
			part(strings.TrimSuffix(rec.Revision.At.UTC, "Z"))
		} else {
			part("")
		}
	default:
		part("~")
	}
	part(rec.Key())
	return b
}
