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

// add counts a record and what it holds n times; n may be negative.
func (c *entityCounts) add(rec *message.Record, n int64) {
	c[typeOf(rec)] += n
	c.plus(holdings(rec), n)
}

func (c *entityCounts) plus(h entityCounts, n int64) {
	for i := attachments; i < allEntities; i++ {
		c[i] += n * h[i]
	}
}

// typeOf is the entity of a record's own type.
func typeOf(rec *message.Record) int {
	if i := slices.Index(leafTypes, rec.Type); i >= 0 {
		return i
	}
	return unreadable
}

// holdings counts what a record holds.
func holdings(rec *message.Record) (h entityCounts) {
	m := rec.Message
	if m == nil {
		h[attachments] = int64(len(rec.Attachments()))
		return h
	}
	h[attachments] = int64(len(m.Attachments))
	for i := range m.Reactions {
		h[reactions] += int64(max(len(m.Reactions[i].By), 1))
	}
	if m.Thread != "" && m.Thread != m.Key {
		h[replies] = 1
	}
	return h
}

// deliver counts a record that goes to a sink as projected. What the projection took away is withheld.
func (e *ends) deliver(rec *message.Record, projected []*message.Record) {
	e.delivered[typeOf(rec)]++
	had := holdings(rec)
	var kept entityCounts
	for _, p := range projected {
		kept.plus(holdings(p), 1)
	}
	for i := attachments; i < allEntities; i++ {
		kept[i] = min(kept[i], had[i]) // each part of a split reply is one
		had[i] -= kept[i]
	}
	e.delivered.plus(kept, 1)
	e.withheld.plus(had, 1)
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
