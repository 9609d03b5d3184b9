package message

//go:generate go run ./codecgen .

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/scan"
)

// Append appends r's canonical JSON (one object, no newline) to b. Invalid UTF-8 in a string is
// written as U+FFFD; a reader that meets such text keeps the bytes in TextB64.
func (r *Record) Append(b []byte) []byte {
	switch r.Type {
	case TypePerson:
		return r.Person.append(b)
	case TypeConversation:
		return r.Conversation.append(b)
	case TypeMembership:
		return r.Membership.append(b)
	case TypeMessage:
		return r.Message.append(b)
	case TypeRevision:
		return r.Revision.append(b)
	case TypeEmoji:
		return r.Emoji.append(b)
	case TypeAnalysis:
		return r.Analysis.append(b)
	}
	panic("message: record of unknown type " + r.Type)
}

// Decode reads one canonical record. Strings of the result share line's memory.
// Unknown fields, wrong types and anything after the object are errors.
func Decode(line string) (*Record, error) {
	typ := TypeOf(line)
	s := scan.New(line)
	r := &Record{} // Type is set to the constant, which holds no part of line in memory
	switch typ {
	case TypePerson:
		r.Type, r.Person = TypePerson, new(Person)
		r.Person.parse(s)
	case TypeConversation:
		r.Type, r.Conversation = TypeConversation, new(Conversation)
		r.Conversation.parse(s)
	case TypeMembership:
		r.Type, r.Membership = TypeMembership, new(Membership)
		r.Membership.parse(s)
	case TypeMessage:
		r.Type, r.Message = TypeMessage, new(Message)
		r.Message.parse(s)
	case TypeRevision:
		r.Type, r.Revision = TypeRevision, new(Revision)
		r.Revision.parse(s)
	case TypeEmoji:
		r.Type, r.Emoji = TypeEmoji, new(Emoji)
		r.Emoji.parse(s)
	case TypeAnalysis:
		r.Type, r.Analysis = TypeAnalysis, new(Analysis)
		r.Analysis.parse(s)
	default:
		return nil, errors.New("decode record: no known \"type\"")
	}
	if err := s.End(); err != nil {
		return nil, fmt.Errorf("decode %s record: %w", typ, err)
	}
	if s.Lossy {
		return nil, fmt.Errorf("decode %s record: text is not valid Unicode", typ)
	}
	return r, nil
}

// DecodeMessage reads a canonical message into r, whose memory it uses again: what r held before is gone,
// and what r holds is good until the next call. r must be a message record or empty.
func DecodeMessage(line string, r *Record) error {
	if r.Message == nil {
		*r = Record{Type: TypeMessage, Message: new(Message)}
	}
	r.Message.reset()
	s := scan.New(line)
	r.Message.parse(s)
	if err := s.End(); err != nil {
		return fmt.Errorf("decode message record: %w", err)
	}
	if s.Lossy {
		return errors.New("decode message record: text is not valid Unicode")
	}
	return nil
}

// TypeOf finds the record's type without parsing. Quotes inside strings are escaped, so the
// pattern can only be a member, and no nested object of the model has a member "type".
func TypeOf(line string) string {
	if strings.HasSuffix(line, `,"type":"message","v":1}`) {
		return TypeMessage
	}
	const pattern = `"type":"`
	i := strings.LastIndex(line, pattern)
	if i < 0 {
		return ""
	}
	rest := line[i+len(pattern):]
	j := strings.IndexByte(rest, '"')
	if j < 0 {
		return ""
	}
	return rest[:j]
}

func unknownField(s *scan.Scanner) {
	s.Failf("unknown field %.40q", s.Key())
}

const hexDigits = "0123456789abcdef"

// plain marks the bytes that stand for themselves in a JSON string and need no look at UTF-8.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := scan.PlainRun(s, 0); i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(append(b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// AppendString appends s as a canonical JSON string; sinks that write JSON use it too.
func AppendString(b []byte, s string) []byte { return appendString(b, s) }

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

func appendMap(b []byte, m map[string]string) []byte {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		b = appendString(b, m[k])
	}
	return append(b, '}')
}

func parseStrings(list []string, s *scan.Scanner) []string {
	for s.Array(); s.Next(); {
		list = append(list, s.String())
	}
	return list
}

func parseMap(s *scan.Scanner) map[string]string {
	m := map[string]string{}
	for s.Object(); s.Next(); {
		k := s.Key()
		m[k] = s.String()
	}
	return m
}
