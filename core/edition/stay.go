package edition

import (
	"bytes"
	"context"
	"slices"

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
