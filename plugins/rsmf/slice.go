package rsmf

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/mail"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/transcript"
)

// sliceBytes is how much transcript and manifest a slice collects before it is continued in another.
const sliceBytes = 4 << 20

// slice is one file in the making.
type slice struct {
	*render
	name, day string
	at        time.Time

	events   []written
	told     map[string]bool   // moves that messages tell of
	contexts map[string]*event // first messages of threads from earlier slices
	ids      map[string]bool   // of events
	keys     []string          // of records
	active   []string          // people, in the order in which they came
	seen     map[string]bool   // the same
	words    []byte            // transcript
	json     int               // bytes of events
	bundle   bundle
	n        int // events and contexts
}

// written is an event as it stands in the manifest.
type written struct {
	utc, move string // move is set when only a membership tells of it
	json      []byte
}

func newSlice(r *render, name, day string, at time.Time) *slice {
	return &slice{render: r, name: name, day: day, at: at, told: map[string]bool{}, contexts: map[string]*event{}, ids: map[string]bool{},
		seen: map[string]bool{}, bundle: bundle{library: r.h.Media, seen: map[string]bool{}}}
}

// text is how much of the slice is in memory.
func (s *slice) text() int { return len(s.words) + s.json }

// memberBytes is about how much of a manifest somebody takes.
const memberBytes = 1 << 10

// room is how many bytes the file may still grow by. Texts may be spelled out in three characters a byte.
func (s *slice) room() int64 {
	return s.maxBytes - 3*int64(len(s.words)) - wire(int64(s.json+memberBytes*(len(s.stay)+len(s.active)))) - s.bundle.size - 1<<20
}

// add adds an entry.
func (s *slice) add(e edition.Entry, p *transcript.Passage, v *event, parent string) error {
	for i := range p.Pieces {
		c := &p.Pieces[i]
		if c.File == nil || c.Medium == nil {
			continue
		}
		a, ok := s.bundle.attach(c.File, c.Medium, s.room())
		if !ok {
			v.Custom.add("File", c.Title+": "+s.NotAttached)
			c.Text += "\n" + s.NotAttached
			continue
		}
		v.Attachments = append(v.Attachments, a)
	}
	if c := s.roots[parent]; parent != "" && (s.ids[parent] || c != nil) {
		v.Parent = parent
		if !s.ids[parent] && s.contexts[parent] == nil {
			s.contexts[parent] = c
			s.n++
		}
	}
	s.words = append(p.Append(s.words, "", false), '\n')
	s.keys = append(s.keys, p.Key)
	if v.Type != "join" && v.Type != "leave" {
		return s.put(v)
	}
	kind := v.Type
	for i, who := range edition.Movers(e.Message) {
		if i > 0 { // the join of one more, with nothing that is said a second time
			v = &event{ID: p.Key + "#" + strconv.Itoa(i+1), Type: kind, Conversation: v.Conversation, Timestamp: v.Timestamp, Custom: pairs{{"Same event", p.Key}}}
		}
		v.Participant = who
		s.told[kind+who] = true
		if err := s.put(v); err != nil {
			return err
		}
	}
	return nil
}

// move adds what a membership tells.
func (s *slice) move(m edition.Move) error {
	s.words = append(s.words, "  * "+s.Stamp(&message.Time{UTC: m.UTC})+"  "+transcript.Fill(s.Events[m.Kind], s.teller.Name(m.Person))+"\n\n"...)
	err := s.put(&event{ID: m.Kind + " " + m.UTC + " " + m.Person, Type: m.Kind, Participant: m.Person, Conversation: s.place.Key, Timestamp: m.UTC,
		Custom: pairs{{"Told by", "the list of members"}}})
	s.events[len(s.events)-1].move = m.Kind + m.Person
	return err
}

func (s *slice) put(v *event) error {
	b, err := appendJSON(nil, v)
	s.events = append(s.events, written{utc: v.Timestamp, json: b})
	s.json += len(b)
	s.n++
	s.ids[v.ID] = true
	v.people(s.act)
	return err
}

func (s *slice) act(key string) {
	if key != "" && !s.seen[key] {
		s.seen[key] = true
		s.active = append(s.active, key)
	}
}

// settle takes away the moves that messages of the slice tell of too.
func (s *slice) settle() {
	s.events = slices.DeleteFunc(s.events, func(w written) bool { return w.move != "" && s.told[w.move] })
	s.n = len(s.events) + len(s.contexts)
	for _, c := range s.repeated() {
		c.people(s.act)
	}
}

// write writes the file.
func (s *slice) write(ctx context.Context) error {
	s.settle()
	if s.n == 0 {
		return nil
	}
	manifest, err := s.manifest()
	if err != nil {
		return err
	}
	f, err := s.out.Create(s.name + ".rsmf")
	if err != nil {
		return err
	}
	if s.bundle.lost {
		f.Lacks()
	}
	f.Mark(s.keys...)
	m := s.head()
	m.Add(mail.Part{Type: "text/plain", Text: s.transcript()})
	m.Add(mail.Part{Type: "application/zip", Name: "rsmf.zip", Open: func() (io.ReadCloser, error) { return s.bundle.open(ctx, manifest), nil }})
	if _, err := m.WriteTo(f); err != nil {
		return err
	}
	f.Mark()
	return f.Close()
}

// transcript is the text by which the slice is found.
func (s *slice) transcript() string {
	head := transcript.Name(s.place.Title) + "\n"
	if s.at.IsZero() {
		head += s.NoDate
	} else {
		head += s.Day(s.at) + s.Open + transcript.Offset(s.at) + s.Close
	}
	return head + "\n\n" + string(s.words)
}

// head is the mail without its parts.
func (s *slice) head() *mail.Message {
	o := s.office.Place(s.place)
	m := mail.New(edition.Digest("rsmf\x00"+s.name+"\x00"+strings.Join(s.keys[:min(1, len(s.keys))], "")) + o.Mail[strings.IndexByte(o.Mail, '@'):])
	at, unsure := s.at, s.at.IsZero()
	if unsure {
		at = time.Unix(0, 0)
	}
	m.Date(at, unsure)
	var people []mail.Address
	var list []string
	for _, k := range s.named() {
		a := s.office.Person(k)
		people = append(people, a)
		list = append(list, strings.ReplaceAll(a.Name, ",", " "))
	}
	if len(people) == 0 {
		people = []mail.Address{o}
	}
	m.Addresses("From", people[0])
	m.Addresses("To", people[1:]...)
	m.Words("Subject", o.Name+s.Separator+strings.TrimPrefix(s.name, s.dir))
	field := func(name, value string) {
		if value != "" {
			m.Words("X-RSMF-"+name, value)
		}
	}
	field("Version", s.version)
	field("Generator", "Chatferry")
	first, last := s.span()
	field("BeginDate", first)
	field("EndDate", last)
	field("EventCount", strconv.Itoa(s.n))
	if !s.modern() {
		return m
	}
	field("Application", platform(s.place))
	if c := s.custodian(); c != "" {
		field("Custodian", s.teller.Name(c))
	}
	field("Participants", strings.Join(list, ", "))
	field("AttachmentCount", strconv.Itoa(s.bundle.attached))
	field("EventCollectionID", s.collection())
	field("RecordCount", strconv.Itoa(len(s.keys)))
	field("ContextCount", strconv.Itoa(len(s.contexts)))
	return m
}

// span is from when until when the events are. The first may be a thread's first message from an earlier slice.
func (s *slice) span() (first, last string) {
	for _, w := range s.events {
		if w.utc != "" {
			first, last = cmp.Or(first, w.utc), w.utc
		}
	}
	for _, c := range s.contexts {
		if first == "" || edition.Before(c.Timestamp, first) {
			first = c.Timestamp
		}
	}
	return first, last
}

// named are the people in the head: who acts in the slice, and everybody in a direct conversation.
func (s *slice) named() []string {
	list := slices.Clone(s.active)
	if c := s.place.Record; c != nil {
		for _, k := range c.Participants {
			if !s.seen[k] {
				list = append(list, k)
			}
		}
	}
	return list
}
