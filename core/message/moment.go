package message

import (
	"encoding/binary"
	"strings"
)

// Moment is a time of the model in a form that sorts bytewise: the date as the number yyyymmdd in four
// bytes, the second of the day in three, the nanosecond in four. The zero Moment is no time.
type Moment [11]byte

// MomentOf gives the Moment of a time as Instant accepts it, the zero Moment for anything else.
func MomentOf(utc string) (m Moment) {
	if !Instant(utc) {
		return m
	}
	number := func(from, to int) (n uint32) {
		for _, c := range []byte(utc[from:to]) {
			n = n*10 + uint32(c-'0')
		}
		return n
	}
	binary.BigEndian.PutUint32(m[:], (number(0, 4)*100+number(5, 7))*100+number(8, 10))
	second := (number(11, 13)*60+number(14, 16))*60 + number(17, 19)
	m[4], m[5], m[6] = byte(second>>16), byte(second>>8), byte(second)
	nano := uint32(0)
	if end := len(utc) - 1; end > 20 {
		nano = number(20, end)
		for range 29 - end {
			nano *= 10
		}
	}
	binary.BigEndian.PutUint32(m[7:], nano)
	return m
}

// Day is the date as it stands in a time: "2006-01-02", or "" of no time.
func (m Moment) Day() string {
	if m == (Moment{}) {
		return ""
	}
	n := binary.BigEndian.Uint32(m[:])
	b := []byte("0000-00-00")
	for i := 9; i >= 0; i-- {
		if b[i] != '-' {
			b[i] = byte('0' + n%10)
			n /= 10
		}
	}
	return string(b)
}

// After is n nanoseconds later, within the same second.
func (m Moment) After(n int) Moment {
	nano := binary.BigEndian.Uint32(m[7:]) + uint32(n)
	binary.BigEndian.PutUint32(m[7:], min(nano, 999_999_999))
	return m
}

// Place is where a record stands in a history: what package verify needs of it besides its content.
type Place struct {
	Type, Conversation, Subject, Key string
	At                               Moment // of a message or revision; else zero
}

// Place of r; see schema/proof.md.
func (r *Record) Place() Place {
	p := Place{Type: r.Type, Key: r.Key(), Conversation: r.ConversationKey()}
	switch r.Type {
	case TypeMessage:
		p.Subject, p.At = r.Message.Author, MomentOf(r.Message.Sent.UTC)
	case TypeRevision:
		p.Subject = r.Revision.By
		if r.Revision.At != nil {
			p.At = MomentOf(r.Revision.At.UTC)
		}
	case TypeMembership:
		p.Subject = r.Membership.Person
	case TypePerson:
		p.Subject = r.Person.Key
	}
	return p
}

// PlaceOf finds the place of a canonical line, of a usual message without decoding it. The key is ""
// when the line is no record.
func PlaceOf(line string) Place {
	const author = `{"author":"`
	if strings.HasPrefix(line, author) {
		if g := GlanceAt(line); g.Type == TypeMessage {
			p := Place{Type: g.Type, Key: g.Key, Conversation: g.Conversation, At: MomentOf(g.At)}
			p.Subject, _ = textAfter(line, 0, author)
			return p
		}
	}
	r, err := Decode(line)
	if err != nil {
		return Place{}
	}
	return r.Place()
}
