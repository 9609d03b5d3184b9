package edition

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/chatferry/chatferry/core/message"
)

// Stay is one interval of somebody in a conversation. What the source does not say of it is "".
type Stay struct {
	Person       string // key
	Joined, Left string // RFC 3339
}

// Covers tells whether somebody was there at a time, as far as is known.
func (s *Stay) Covers(utc string) bool {
	return (s.Joined == "" || !Before(utc, s.Joined)) && (s.Left == "" || Before(utc, s.Left))
}

// Before compares two times of records.
func Before(a, b string) bool {
	x, y := message.MomentOf(a), message.MomentOf(b)
	return bytes.Compare(x[:], y[:]) < 0
}

// Stays are the memberships of each conversation, in the order of their delivery. Direct conversations and groups
// have their people in their record.
func (h *History) Stays(ctx context.Context) (map[string][]Stay, error) {
	stays := map[string][]Stay{}
	for r, err := range h.DirectoryRecords(ctx) {
		if err != nil {
			return nil, err
		}
		m := r.Membership
		if m == nil {
			continue
		}
		s := Stay{Person: m.Person}
		if p := h.Person(m.Person); p != nil {
			s.Person = p.Key // one copy for all
		}
		if m.Joined != nil {
			s.Joined = m.Joined.UTC
		}
		if m.Left != nil {
			s.Left = m.Left.UTC
		}
		key := m.Conversation
		if p := h.placeByKey[key]; p != nil {
			key = p.Key
		}
		stays[key] = append(stays[key], s)
	}
	return stays, nil
}

// Members are those who were in a conversation at a time, each once: its participants, or who stayed then.
func (p *Place) Members(stays []Stay, utc string) []string {
	if p.Record != nil && len(p.Record.Participants) > 0 {
		return p.Record.Participants
	}
	seen := map[string]bool{}
	var list []string
	for i := range stays {
		if s := &stays[i]; !seen[s.Person] && s.Covers(utc) {
			seen[s.Person] = true
			list = append(list, s.Person)
		}
	}
	return slices.Clip(list)
}

// Move is a joining or a leaving that a stay tells of.
type Move struct {
	At     time.Time
	UTC    string
	Kind   string // of the message that would tell it: join, leave
	Person string
}

// Moves are those of the stays, by time.
func Moves(stays []Stay) []Move {
	var list []Move
	add := func(utc, kind, person string) {
		if at, err := time.Parse(time.RFC3339Nano, utc); err == nil {
			list = append(list, Move{at, utc, kind, person})
		}
	}
	for _, s := range stays {
		add(s.Joined, message.KindJoin, s.Person)
		add(s.Left, message.KindLeave, s.Person)
	}
	slices.SortStableFunc(list, func(a, b Move) int { return a.At.Compare(b.At) })
	return list
}
