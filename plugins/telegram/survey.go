package telegram

import (
	"context"
	"errors"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/scan"
)

// Limits of what is learned of a document.
const (
	maxHeader = 1 << 20 // of a member of a chat that is kept
	maxWhole  = 8 << 20 // of all sections of an account that are kept
	maxChats  = 1_000_000
	maxPeople = 1_000_000
	maxTopics = 2_000_000
	maxID     = 64
)

// document is one result.json.
type document struct {
	entry     dump.Entry
	file      *dump.Whole
	prefix    string // of the paths of its media
	self      string // who exported it, when it says so: "user123"
	account   string // key of the account, "" for a document of one chat
	sections  map[string]string
	profile   string // raw personal_information
	profileAt int64
	chats     []chat
	contacts  []contact
	lost      []element.Part // what could not be read outside of messages
}

// contact is an entry of the list of contacts.
type contact struct {
	raw                   string
	index, offset, length int64
}

// person is somebody met among messages.
type person struct {
	name    string
	deleted bool // there is an id and no name
}

// surveyor goes over one document and learns what must be known before its messages are read.
type surveyor struct {
	s    *source
	d    *document
	a    *element.Array
	c    *chat // whose messages are read
	m    met
	kept int // bytes of sections
}

// met is what one message says of people and topics.
type met struct {
	id, action, reply   string
	author, name, actor string
	actorName           string
	noName, noActor     bool
	recent              string // raw reactions
}

// survey fills in a document.
func (s *source) survey(ctx context.Context, d *document) error {
	v := &surveyor{s: s, d: d}
	v.a = &element.Array{Ctx: ctx, To: v, Fence: fence, Tiny: s.window}
	if err := v.a.Start(d.entry.Path, whole(d.file), d.file.Size); err != nil {
		return err
	}
	root := chat{index: -1}
	d.sections = map[string]string{}
	single := false
	if err := v.a.Object(func(name string) error {
		switch name {
		case "chats", "left_chats":
			return v.lists(name)
		case "contacts":
			return v.contacts()
		case "messages":
			single = true
		case "name", "type", "id":
		default:
			if name == "personal_information" {
				v.a.Kind()
				d.profileAt = v.a.Offset()
			}
			return v.section(name)
		}
		return v.member(&root, name)
	}); err != nil {
		return err
	}
	if err := v.a.End(); err != nil {
		return err
	}
	d.profile = d.sections["personal_information"]
	delete(d.sections, "personal_information")
	if id := element.Member(d.profile, "user_id"); id != "" && id != "0" {
		d.self = "user" + id
	} else if d.profile != "" {
		d.self = "owner"
	}
	if single {
		for name, raw := range d.sections {
			root.ext[ext+name] = raw
		}
		root.end = d.file.Size
		v.take(root)
	} else {
		d.account = s.key("account", first(strings.TrimPrefix(d.self, "user"), d.entry.Path))
	}
	d.lost = append(d.lost, v.a.Lost...)
	if d.file.Damage != nil {
		d.lost = append(d.lost, element.Part{Offset: d.file.Size, Length: 0, Reason: "damaged", Detail: d.file.Damage.Error() + "; the records read from this file may be wrong"})
	}
	return nil
}

// section keeps what is neither chats nor contacts as it stands.
func (v *surveyor) section(name string) error {
	raw, err := v.a.Take(maxWhole - v.kept)
	if v.kept += len(raw); raw != "" {
		v.d.sections[name] = raw
	}
	return err
}

// fence stands between the messages of two chats.
const fence = `"messages"`

// lists walks chats or left_chats: {"about": "..", "list": [..]}.
func (v *surveyor) lists(name string) error {
	if v.a.Kind() != scan.Obj {
		return v.section(name)
	}
	return v.a.Object(func(member string) error {
		if member != "list" || v.a.Kind() != scan.Arr {
			return v.section(name + "." + member) // words about it
		}
		return v.a.Each(func() error {
			c := chat{index: v.a.Count(), left: name == "left_chats"}
			if v.a.Kind() != scan.Obj {
				return v.a.Drop("not_json", "the chat is not an object")
			}
			c.at = v.a.Offset()
			err := v.a.Object(func(name string) error { return v.member(&c, name) })
			c.end = v.a.Offset()
			v.take(c)
			if err == nil && len(v.d.chats) > maxChats {
				err = fault.New(fault.Corrupt, "read", v.d.entry.Path, "split the export", errors.New("has more than 1,000,000 chats"))
			}
			return err
		})
	})
}

func (v *surveyor) take(c chat) {
	v.s.settle(&c)
	v.d.chats = append(v.d.chats, c)
}

// member takes one member of a chat.
func (v *surveyor) member(c *chat, name string) error {
	if c.ext == nil {
		c.ext = map[string]string{}
	}
	if name == "messages" && v.a.Kind() == scan.Arr {
		return v.messages(c)
	}
	raw, err := v.a.Take(maxHeader)
	if err != nil || element.Empty(raw) {
		return err
	}
	s := scan.New(raw)
	switch k := s.Kind(); {
	case name == "name" && k == scan.Str && c.name == "":
		c.name = strings.ToValidUTF8(s.String(), "\ufffd")
	case name == "type" && k == scan.Str && c.typ == "":
		c.typ = s.String()
	case name == "id" && k == scan.Num && c.id == "":
		c.id = s.Number()
	case name == "id" && k == scan.Str && c.id == "":
		c.id = s.String()
	default:
		c.ext[ext+name] = strings.ToValidUTF8(raw, "\ufffd")
	}
	return nil
}

func (v *surveyor) messages(c *chat) error {
	v.a.Kind() // moves to where the array begins
	p := part{offset: v.a.Offset(), first: v.a.Index()}
	v.c = c
	lost := len(v.a.Lost)
	err := v.a.Elements()
	v.a.Lost = v.a.Lost[:lost] // reading says what is wrong in here
	p.count, p.size = v.a.Index()-p.first, v.a.Offset()-p.offset
	c.parts = append(c.parts, p)
	return err
}

// contacts walks {"about": "..", "list": [..]}.
func (v *surveyor) contacts() error {
	if v.a.Kind() != scan.Obj {
		return v.section("contacts")
	}
	return v.a.Object(func(member string) error {
		if member != "list" || v.a.Kind() != scan.Arr {
			return v.section("contacts." + member)
		}
		return v.a.Each(func() error {
			c := contact{index: v.a.Count()}
			v.a.Kind()
			c.offset = v.a.Offset()
			raw, err := v.a.Take(maxHeader)
			c.raw, c.length = raw, int64(len(raw))
			if raw != "" {
				v.d.contacts = append(v.d.contacts, c)
			}
			if err == nil && len(v.d.contacts) > maxPeople {
				err = fault.New(fault.Corrupt, "read", v.d.entry.Path, "split the export", errors.New("has more than 1,000,000 contacts"))
			}
			return err
		})
	})
}

// Parse looks at one message for who wrote it and which topic it is in.
func (v *surveyor) Parse(s *scan.Scanner, _ string) {
	v.m = met{}
	if s.Kind() != scan.Obj {
		s.Failf("%w", element.ErrNoObject)
		return
	}
	m := &v.m
	for s.Object(); s.Next(); {
		switch s.Key() {
		case "id":
			m.id = scalar(s)
		case "action":
			m.action = scalar(s)
		case "reply_to_message_id":
			m.reply = scalar(s)
		case "from":
			m.noName = s.Kind() == scan.Null
			m.name = scalar(s)
		case "from_id":
			m.author = scalar(s)
		case "actor":
			m.noActor = s.Kind() == scan.Null
			m.actorName = scalar(s)
		case "actor_id":
			m.actor = scalar(s)
		case "reactions":
			m.recent = s.Raw()
		default:
			s.Skip()
		}
	}
}

// scalar takes a string or number; of anything else nothing.
func scalar(s *scan.Scanner) string {
	switch s.Kind() {
	case scan.Str:
		return s.String()
	case scan.Num:
		return s.Number()
	}
	s.Skip()
	return ""
}

// Emit keeps what was learned.
func (v *surveyor) Emit(*element.Place) error {
	m := &v.m
	v.s.meet(m.author, m.name, m.noName)
	v.s.meet(m.actor, m.actorName, m.noActor)
	if m.recent != "" {
		for _, r := range element.Objects(m.recent) {
			for _, who := range element.Objects(element.RawMember(r, "recent")) {
				v.s.meet(element.Member(who, "from_id"), element.Member(who, "from"), false)
			}
		}
	}
	v.topic()
	return nil
}

// topic follows answers back to the service message that made their topic.
func (v *surveyor) topic() {
	m := &v.m
	if m.action == "topic_created" && m.id != "" {
		if v.c.topics == nil {
			v.c.topics = map[string]string{}
		}
		v.enter(m.id, m.id)
	} else if t, ok := v.c.topics[m.reply]; ok {
		v.enter(m.id, t)
	}
}

func (v *surveyor) enter(id, topic string) {
	if len(id) <= maxID && v.s.inTopics < maxTopics {
		v.s.inTopics++
		v.c.topics[strings.Clone(id)] = strings.Clone(topic)
	}
}

// Begins tells a message by the members that each has.
func (v *surveyor) Begins(view string) bool { return begins(view) }

func begins(view string) bool {
	s := scan.New(view)
	id, typ, date := false, false, false
	for s.Object(); s.Next(); {
		switch k := s.Key(); {
		case k == "id" && s.Kind() == scan.Num:
			id = true
		case k == "type" && s.Kind() == scan.Str:
			typ = true
		case k == "date":
			date = true
		}
		s.Skip()
	}
	return s.Err() == nil && id && typ && date
}
