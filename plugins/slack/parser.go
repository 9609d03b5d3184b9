package slack

import (
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// parser turns one JSON object of a dump into canonical records. It is reused from record to record
// and gives away memory that the next record overwrites: an Emitter keeps nothing.
type parser struct {
	element.Members

	ids    *identity
	late   *latecomers
	conv   *conversation
	refs   map[string]ref
	m      message.Message
	f      fields
	rich   rich
	people []*message.Person // to be emitted before the message
	join   []byte            // memory of keys
	// profiles: see profile.go.
	profiles map[string]seenProfile
}

// fields are members of a message whose meaning depends on others.
type fields struct {
	typ, subtype, ts, threadTS string
	user, bot, username        string
	inviter, topic, purpose    string
	name, oldName, deletedTS   string
	created, mimetype, id      string
	channel, eventTS, latest   string
	// Raw JSON.
	botProfile, userProfile, icons, room, item, comment string
	current, previous, original, cards, pinnedTo, pin   string
	replies, repliers                                   int
	locked                                              bool
}

func newParser(ids *identity) *parser {
	return &parser{Members: element.Members{Prefix: "slack."}, ids: ids, late: &latecomers{state: map[string]bool{}}, refs: map[string]ref{}}
}

// watch looks for URL tokens in what is in memory: nearly nothing has some.
func (p *parser) watch(window []byte) {
	if p.Clean = nil; mayHoldSecrets(window) {
		p.Clean = withoutSecrets
	}
}

// start makes p ready for one object.
func (p *parser) start(s *scan.Scanner, view string) {
	p.Start(s, view)
	p.join = p.join[:0]
}
