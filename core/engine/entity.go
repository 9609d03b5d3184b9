package engine

import (
	"slices"

	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
)

// entities are what is accounted for apart: the record types by their number in a leaf row, what could not
// be read, and what messages hold.
var entities = append(slices.Clone(leafTypes), ledger.Unreadable, ledger.Attachment, ledger.Reaction, ledger.Reply)

const (
	unreadable = 7 + iota
	attachments
	reactions
	replies
	allEntities
)

// entityCounts are numbers by entity.
type entityCounts [allEntities]int64

// stages is where the records of a unit ended before any sink.
type stages struct{ read, added, filtered, rejected, offered entityCounts }

// ends is where the offered records of a unit ended at one sink.
type ends struct{ offered, delivered, duplicate, withheld, refused entityCounts }

// holding is what accounts need to know of a record: its entity, and how many of each it holds.
type holding struct {
	kind int
	held [allEntities - attachments]int64
}

// add counts a record and what it holds n times; n may be negative.
func (c *entityCounts) add(h *holding, n int64) {
	c[h.kind] += n
	c.plus(h, n)
}

// plus counts what a record holds, without the record.
func (c *entityCounts) plus(h *holding, n int64) {
	for i, k := range h.held {
		c[attachments+i] += n * k
	}
}

// typeOf is the entity of a record's own type.
func typeOf(rec *message.Record) int {
	if i := slices.Index(leafTypes, rec.Type); i >= 0 {
		return i
	}
	return unreadable
}

// holdingOf looks at a record.
func holdingOf(rec *message.Record) holding {
	h := holding{kind: typeOf(rec)}
	m := rec.Message
	if m == nil {
		h.held[0] = int64(len(rec.Attachments()))
		return h
	}
	h.held[0] = int64(len(m.Attachments))
	for i := range m.Reactions {
		h.held[reactions-attachments] += int64(max(len(m.Reactions[i].By), 1))
	}
	if m.Thread != "" && m.Thread != m.Key {
		h.held[replies-attachments] = 1
	}
	return h
}

// deliver counts a record that goes to a sink as projected. What the projection took away is withheld.
func (e *ends) deliver(h *holding, projected []*message.Record) {
	var kept holding
	for _, p := range projected {
		part := holdingOf(p)
		for i, n := range part.held {
			kept.held[i] += n
		}
	}
	e.delivered[h.kind]++
	for i, n := range h.held {
		k := min(kept.held[i], n) // each part of a split reply is one
		e.delivered[attachments+i] += k
		e.withheld[attachments+i] += n - k
	}
}

// accounts are the rows of one sink, without those where nothing was counted.
func accounts(s *stages, e *ends, sink string) []ledger.Account {
	var list []ledger.Account
	for i, name := range entities {
		b := ledger.Account{Sink: sink, Entity: name, Read: s.read[i], Added: s.added[i], Filtered: s.filtered[i], Rejected: s.rejected[i], Offered: e.offered[i],
			Delivered: e.delivered[i], Duplicate: e.duplicate[i], Withheld: e.withheld[i], Refused: e.refused[i]}
		if b != (ledger.Account{Sink: sink, Entity: name}) {
			list = append(list, b)
		}
	}
	return list
}
