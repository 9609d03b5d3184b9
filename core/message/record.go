package message

import (
	"strings"

	"github.com/chatferry/chatferry/core/scan"
)

// Of wraps one of the model's top-level structs in a Record and sets its Type and V.
func Of(x any) *Record {
	switch x := x.(type) {
	case *Person:
		x.Type, x.V = TypePerson, Version
		return &Record{Type: TypePerson, Person: x}
	case *Conversation:
		x.Type, x.V = TypeConversation, Version
		return &Record{Type: TypeConversation, Conversation: x}
	case *Membership:
		x.Type, x.V = TypeMembership, Version
		return &Record{Type: TypeMembership, Membership: x}
	case *Message:
		x.Type, x.V = TypeMessage, Version
		return &Record{Type: TypeMessage, Message: x}
	case *Revision:
		x.Type, x.V = TypeRevision, Version
		return &Record{Type: TypeRevision, Revision: x}
	case *Emoji:
		x.Type, x.V = TypeEmoji, Version
		return &Record{Type: TypeEmoji, Emoji: x}
	case *Analysis:
		x.Type, x.V = TypeAnalysis, Version
		return &Record{Type: TypeAnalysis, Analysis: x}
	}
	panic("message.Of: not a record")
}

// Key is the record's identity, stable across exports of the same system.
func (r *Record) Key() string {
	switch r.Type {
	case TypePerson:
		return r.Person.Key
	case TypeConversation:
		return r.Conversation.Key
	case TypeMembership:
		return r.Membership.Key
	case TypeMessage:
		return r.Message.Key
	case TypeRevision:
		return r.Revision.Key
	case TypeEmoji:
		return r.Emoji.Key
	case TypeAnalysis:
		return r.Analysis.Key
	}
	return ""
}

// ConversationKey is the conversation a record belongs to, or "".
func (r *Record) ConversationKey() string {
	switch r.Type {
	case TypeConversation:
		return r.Conversation.Key
	case TypeMembership:
		return r.Membership.Conversation
	case TypeMessage:
		return r.Message.Conversation
	case TypeRevision:
		return r.Revision.Conversation
	}
	return ""
}

// RawSource is the address of the record's Raw pointer, so that it can be read and taken away.
func (r *Record) RawSource() **Source {
	switch r.Type {
	case TypePerson:
		return &r.Person.Raw
	case TypeConversation:
		return &r.Conversation.Raw
	case TypeMembership:
		return &r.Membership.Raw
	case TypeMessage:
		return &r.Message.Raw
	case TypeRevision:
		return &r.Revision.Raw
	case TypeEmoji:
		return &r.Emoji.Raw
	case TypeAnalysis:
		return &r.Analysis.Raw
	}
	return new(*Source)
}

// Attachments are all media references of a record, as addresses, so that states can be changed.
func (r *Record) Attachments() []*Attachment {
	var list []*Attachment
	switch r.Type {
	case TypePerson:
		if r.Person.Avatar != nil {
			list = append(list, r.Person.Avatar)
		}
	case TypeConversation:
		if r.Conversation.Icon != nil {
			list = append(list, r.Conversation.Icon)
		}
	case TypeEmoji:
		if r.Emoji.Image != nil {
			list = append(list, r.Emoji.Image)
		}
	case TypeMessage:
		for i := range r.Message.Attachments {
			list = append(list, &r.Message.Attachments[i])
		}
	}
	return list
}

// Directory tells whether r describes people and places rather than history.
func (r *Record) Directory() bool {
	switch r.Type {
	case TypePerson, TypeConversation, TypeMembership, TypeEmoji:
		return true
	}
	return false
}

var keyEscaper = strings.NewReplacer("%", "%25", ":", "%3A")
var keyUnescaper = strings.NewReplacer("%3A", ":", "%25", "%")

// Key joins the parts of an identity ("slack", "T01", "C024BE91L", "1554206400.000200") with
// colons; a colon or percent sign inside a part is written %3A or %25, so no two lists of parts
// give the same key.
func Key(parts ...string) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte(':')
		}
		if strings.ContainsAny(p, ":%") {
			p = keyEscaper.Replace(p)
		}
		b.WriteString(p)
	}
	return b.String()
}

// SplitKey is the inverse of Key.
func SplitKey(key string) []string {
	parts := strings.Split(key, ":")
	for i, p := range parts {
		if strings.Contains(p, "%") {
			parts[i] = keyUnescaper.Replace(p)
		}
	}
	return parts
}

// WithoutRaw splits a canonical line around its top-level "raw" member, so that head+tail is the
// record without the pointer to where it was read. Without such a member tail is empty.
func WithoutRaw(line string) (head, tail string) {
	// A quote inside a string is escaped, and no nested member called "raw" is an object, so the
	// pattern can only be the top-level member. It is never the first: "conversation", "id" or
	// "key" sort before it.
	const pattern = `,"raw":{`
	i := strings.Index(line, pattern)
	if i < 0 {
		return line, ""
	}
	inString := false
	for j := i + len(pattern); j < len(line); j++ {
		switch c := line[j]; {
		case inString && c == '\\':
			j++
		case c == '"':
			inString = !inString
		case c == '}' && !inString:
			return line[:i], line[j+1:]
		}
	}
	return line, ""
}

// RawOf finds the file and the index of a canonical line's top-level "raw" member without decoding it.
func RawOf(line string) (file, index string) {
	const pattern = `,"raw":{` // only the top-level member has it: see WithoutRaw
	i := strings.Index(line, pattern)
	if i < 0 {
		return "", ""
	}
	rest := line[i+len(pattern):]
	if strings.HasPrefix(rest, `"file":"`) {
		file, rest = textAfter(rest, 0, `"file":"`)
	}
	if strings.HasPrefix(rest, `","index":"`) {
		index, _ = textAfter(rest, 0, `","index":"`)
	}
	return file, index
}

// KeyOf finds the key of a canonical line without decoding it; "" when there is none.
func KeyOf(line string) string {
	// No nested object of the model has a member "key", and quotes inside strings are escaped.
	const pattern = `"key":"`
	i := strings.Index(line, pattern)
	if i < 0 {
		return ""
	}
	rest := line[i+len(pattern)-1:]
	if j := strings.IndexByte(rest[1:], '"'); j >= 0 && !strings.Contains(rest[:j+1], `\`) {
		return rest[1 : j+1]
	}
	return scan.New(rest).String()
}

// Glance is what sorting needs of a line, found without decoding it.
type Glance struct {
	Type, Key, Conversation, At string // At is the UTC time of a message, "" for other types
}

// GlanceAt finds type, key, conversation and time of a canonical message line. For a line that is not
// canonical the result means nothing; who relies on it compares with the decoded record.
func GlanceAt(line string) Glance {
	g := Glance{Type: TypeOf(line)}
	if g.Type != TypeMessage {
		g.Key = KeyOf(line)
		return g
	}
	// Members are sorted: conversation, key, sent. Of those that sort before "conversation" none has a
	// member of that name inside, nothing but the record has a "key", and no member that sorts after
	// "sent" has one.
	rest := line
	g.Conversation, rest = textAfter(rest, strings.Index(rest, `"conversation":"`), `"conversation":"`)
	g.Key, rest = textAfter(rest, strings.Index(rest, `"key":"`), `"key":"`)
	if i := lastIndex(rest, `"sent":{`); i >= 0 {
		rest = rest[i:]
		g.At, _ = textAfter(rest, strings.Index(rest, `"utc":"`), `"utc":"`)
	}
	return g
}

// lastIndex searches forward again and again, which on lines like ours is several times as fast as
// strings.LastIndex.
func lastIndex(s, pattern string) int {
	last, from := -1, 0
	for {
		i := strings.Index(s[from:], pattern)
		if i < 0 {
			return last
		}
		last = from + i
		from = last + len(pattern)
	}
}

// textAfter is the string whose opening pattern stands at i, and what follows it.
func textAfter(line string, i int, pattern string) (text, rest string) {
	if i < 0 {
		return "", line
	}
	rest = line[i+len(pattern):]
	j := strings.IndexByte(rest, '"')
	if j < 0 || strings.IndexByte(rest[:j], '\\') >= 0 {
		s := scan.New(line[i+len(pattern)-1:])
		text = s.String()
		return text, line[min(len(line), i+len(pattern)-1+s.Offset()):]
	}
	return rest[:j], rest[j:]
}
