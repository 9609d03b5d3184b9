package gap

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
)

// Observer sees the records of one unit, as they were read. It is for one goroutine.
type Observer struct {
	known   func(person string) bool
	state   State
	places  map[string]*Place
	talk    talk
	author  []byte // of the message before, and whether a list has that person
	unknown bool
}

// NewObserver makes one; known tells whether a list of the source has a person.
func NewObserver(known func(person string) bool) *Observer {
	return &Observer{known: known, places: map[string]*Place{}}
}

// limits are lengths at which systems and tools cut texts, in characters.
var limits = []int{4000, 4096, 16383, 40000, 65535}

// Record takes a directory record, a revision or a message. Messages of one conversation must come
// together, sorted by time and key; a message that has the key of the one before is the same one.
func (o *Observer) Record(rec *message.Record) {
	switch rec.Type {
	case message.TypeConversation:
		o.listed(rec.Conversation)
	case message.TypeMessage:
		o.message(rec.Message)
	case message.TypeRevision:
		if r := rec.Revision; r.Action == "edit" {
			o.enter(r.Conversation)
			o.talk.ref("REF-REVISION", r.Of, r.Key)
		}
	}
}

// endsInside is how readers describe a file that stops in the middle of a record.
const endsInside = "ends inside"

// Reject takes a record or file that the source could not read.
func (o *Observer) Reject(file, length, detail string) {
	switch {
	case strings.Contains(detail, endsInside):
		hit(&o.state.Hits, "GAP-TAIL").add(1, file)
	case file != "" && length == "0":
		hit(&o.state.Hits, "GAP-FILE").add(1, file)
	}
}

func (o *Observer) place(key string) *Place {
	p := o.places[key]
	if p == nil {
		p = &Place{Key: strings.Clone(key)}
		o.places[p.Key] = p
	}
	return p
}

func (o *Observer) listed(c *message.Conversation) {
	if c.Kind == "workspace" || c.Kind == "space" {
		return
	}
	p := o.place(c.Key)
	p.Listed, p.Made = true, p.Made || c.Synthesised
	if n, err := strconv.ParseInt(c.Ext[message.ExtClaimed], 10, 40); err == nil {
		p.Claimed = max(p.Claimed, n)
	}
	if c.Created != nil {
		if sec, ok := seconds(c.Created.UTC); ok && (p.Created == 0 || sec < p.Created) {
			p.Created = sec
		}
	}
}

// enter makes a conversation the current one.
func (o *Observer) enter(key string) {
	if o.talk.place != nil && o.talk.place.Key == key {
		return
	}
	o.talk.settle()
	o.talk.start(o.place(key))
}

func (o *Observer) message(m *message.Message) {
	o.enter(m.Conversation)
	t := &o.talk
	if t.place.Messages > 0 && string(t.lastKey) == m.Key {
		return
	}
	t.count(m)
	t.links(m)
	o.people(m)
	o.text(m.Text)
	p := t.place
	if m.Kind == message.KindWithheld || m.Undecryptable {
		hit(&p.Hits, "ACL-MESSAGE").add(1, m.Key)
	}
	for i := range m.Attachments {
		attachment(p, m.Key, &m.Attachments[i])
	}
	for i := range m.Reactions {
		if r := &m.Reactions[i]; r.Count > len(r.By) {
			hit(&p.Hits, "REF-REACTION").add(1, m.Key)
		}
	}
}

func attachment(p *Place, key string, a *message.Attachment) {
	switch a.State {
	case message.MediaWithheld, message.MediaForbidden:
		hit(&p.Hits, "ACL-MEDIA").add(1, key)
	case message.MediaPresent:
		page := strings.HasPrefix(a.Sniffed, "text/html") && a.MIME != "" && !strings.HasPrefix(a.MIME, "text/") && !strings.Contains(a.MIME, "html") && !strings.Contains(a.MIME, "xml")
		if page || strings.HasPrefix(a.Reason, "size_mismatch") {
			hit(&p.Hits, "REF-MEDIA").add(1, key)
		}
	}
}

// people looks for authors and mentioned people who are in no list.
func (o *Observer) people(m *message.Message) {
	hits := &o.talk.place.Hits
	if m.Author != string(o.author) {
		o.author = append(o.author[:0], m.Author...)
		o.unknown = m.Author != "" && !o.known(m.Author)
	}
	if o.unknown {
		hit(hits, "REF-AUTHOR").add(1, m.Author)
	}
	for i := range m.Mentions {
		if x := &m.Mentions[i]; x.Kind == "person" && x.Target != "" && !o.known(x.Target) {
			hit(hits, "REF-MENTION").add(1, m.Key)
			break
		}
	}
}

// text notes how long texts are, where they are long.
func (o *Observer) text(text string) {
	if len(text) < limits[0] {
		return
	}
	n := utf8.RuneCountInString(text)
	o.state.Longest = max(o.state.Longest, n)
	for _, l := range limits {
		if n == l {
			if o.state.Piled == nil {
				o.state.Piled = map[int]int64{}
			}
			o.state.Piled[l]++
		}
	}
}

// State ends the observation.
func (o *Observer) State() *State {
	o.talk.settle()
	o.talk.place = nil
	o.state.Places = o.state.Places[:0]
	for _, p := range o.places {
		o.state.Places = append(o.state.Places, p)
	}
	sort.Slice(o.state.Places, func(i, j int) bool { return o.state.Places[i].Key < o.state.Places[j].Key })
	return &o.state
}
