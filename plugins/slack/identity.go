package slack

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/chatferry/chatferry/core/message"
)

const system = "slack"

// idset is a set of ids that takes little memory: Slack's are at most twelve bytes long.
type idset struct {
	short map[[12]byte]struct{}
	long  map[string]struct{}
}

func (s *idset) add(id string) (fresh bool) {
	if len(id) > 12 {
		if s.long == nil {
			s.long = map[string]struct{}{}
		}
		_, had := s.long[id]
		s.long[strings.Clone(id)] = struct{}{}
		return !had
	}
	if s.short == nil {
		s.short = map[[12]byte]struct{}{}
	}
	var k [12]byte
	copy(k[:], id)
	_, had := s.short[k]
	s.short[k] = struct{}{}
	return !had
}

func (s *idset) has(id string) bool {
	if len(id) > 12 {
		_, ok := s.long[id]
		return ok
	}
	var k [12]byte
	copy(k[:], id)
	_, ok := s.short[k]
	return ok
}

// identity knows who is in the dump's lists. It is read-only once the lists are read.
type identity struct {
	instance string
	prefix   string // of every key: "slack:T01:"
	users    idset
	profiles map[string]profileDigest // what users.json says of each, see profile.go
	alias    map[string]string        // bot ids to the users that post under them
	teams    map[string]bool          // workspaces that are ours
	emoji    map[string]string        // names of custom emoji to their keys
}

func (id *identity) key(part string) string { return id.prefix + message.Key(part) }

// conversation is a place that messages are read into.
type conversation struct {
	id, key string
	kind    string
}

// Latecomers are people in no list. An author becomes a person with what his message says of him, before that
// message; who is only mentioned becomes one at the end of the shard. Both sets are part of
// the cursor, so that a resumed shard introduces nobody twice.
type latecomers struct {
	state   map[string]bool // true: introduced
	pending int
	changed bool
}

// maxLate bounds the sets. Beyond it they are settled and forgotten, and somebody may be introduced
// a second time in the same words.
const maxLate = 50_000

func (l *latecomers) mention(id string) {
	if _, ok := l.state[id]; !ok {
		l.state[strings.Clone(id)] = false
		l.pending++
		l.changed = true
	}
}

// introduce tells whether id was not introduced yet, and marks it so.
func (l *latecomers) introduce(id string) bool {
	done, ok := l.state[id]
	if done {
		return false
	}
	if ok {
		l.pending--
	}
	l.state[strings.Clone(id)] = true
	l.changed = true
	return true
}

// take gives the ids with the given state, sorted.
func (l *latecomers) take(introduced bool) []string {
	list := make([]string, 0, len(l.state))
	for id, done := range l.state {
		if done == introduced {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// ref is what p keeps of a person's id, so that keys are built once.
type ref struct {
	key   string
	known bool
}

const maxRefs = 1 << 15

// person gives the key of a user or bot id; "" for "".
func (p *parser) person(id string) string {
	if id == "" {
		return ""
	}
	r, ok := p.refs[id]
	if !ok {
		if len(p.refs) >= maxRefs {
			clear(p.refs)
		}
		if user, isBot := p.ids.alias[id]; isBot {
			r = ref{key: p.ids.key(user), known: true}
		} else {
			r = ref{key: p.ids.key(id), known: p.ids.users.has(id)}
		}
		p.refs[strings.Clone(id)] = r
	}
	if !r.known {
		p.late.mention(id)
	}
	return r.key
}

// concat joins two strings in memory that the next record overwrites.
func (p *parser) concat(a, b string) string {
	start := len(p.join)
	p.join = append(append(p.join, a...), b...)
	return unsafe.String(&p.join[start:][0], len(a)+len(b))
}

// messageKey is the key of a message of this conversation.
func (p *parser) messageKey(ts string) string { return p.keyIn(p.conv.key, ts) }

func (p *parser) keyIn(conv, ts string) string {
	if strings.ContainsAny(ts, ":%") {
		ts = message.Key(ts)
	}
	return p.concat(conv+":", ts)
}
