package rsmf

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/mail"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/transcript"
)

// manifest is the slice's rsmf_manifest.json.
func (s *slice) manifest() ([]byte, error) {
	c, people, err := s.conversation()
	if err != nil {
		return nil, err
	}
	lists := [3][][]byte{}
	for _, k := range people {
		p, err := s.participant(k)
		if err != nil {
			return nil, err
		}
		if lists[0], err = appendElement(lists[0], p); err != nil {
			return nil, err
		}
	}
	if lists[1], err = appendElement(nil, c); err != nil {
		return nil, err
	}
	for _, v := range s.repeated() {
		if lists[2], err = appendElement(lists[2], v); err != nil {
			return nil, err
		}
	}
	for _, w := range s.events {
		lists[2] = append(lists[2], w.json)
	}
	b := []byte("{\n  \"version\": \"" + s.version + "\",\n")
	if s.modern() {
		b = append(b, "  \"eventcollectionid\": \""+s.collection()+"\",\n"...)
	}
	for i, name := range []string{"participants", "conversations", "events"} {
		if b = appendList(b, name, lists[i]); i < 2 {
			b = append(b, ",\n"...)
		}
	}
	return append(b, "\n}\n"...), nil
}

func appendElement(list [][]byte, v any) ([][]byte, error) {
	b, err := appendJSON(nil, v)
	return append(list, b), err
}

// repeated are the contexts by time.
func (s *slice) repeated() []*event {
	list := make([]*event, 0, len(s.contexts))
	for _, c := range s.contexts {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *event) int {
		x, y := message.MomentOf(a.Timestamp), message.MomentOf(b.Timestamp)
		return cmp.Or(slices.Compare(x[:], y[:]), strings.Compare(a.ID, b.ID))
	})
	return list
}

// collection is what all slices of a conversation have in common.
func (s *slice) collection() string {
	c := s.place.Record
	if c == nil || c.Collection == "" {
		return edition.Digest(s.place.Key)
	}
	return edition.Digest(c.Collection)
}

// custodian is the key of the person that the conversation was collected from; "" where that is no person.
func (s *slice) custodian() string {
	if c := s.place.Record; c != nil && s.h.Person(c.Custodian) != nil {
		return c.Custodian
	}
	return ""
}

// conversation is the place, and everybody whom the manifest names: those who were there when the slice began,
// and those who act in it. Who joins in the slice is not there before.
func (s *slice) conversation() (c *conversation, people []string, err error) {
	first := ""
	if len(s.events) > 0 {
		first = s.events[0].utc
	}
	members := slices.DeleteFunc(slices.Clone(s.place.Members(s.stay, first)), func(k string) bool { return s.joins(k) && !s.known(k, first) })
	there := map[string]bool{}
	for _, k := range members {
		there[k] = true
	}
	people = slices.Clone(members)
	for _, k := range append(slices.Clone(s.active), s.custodian()) {
		if k == "" || there[k] {
			continue
		}
		there[k] = true
		people = append(people, k)
		if !s.joins(k) {
			members = append(members, k)
		}
	}
	p := s.place
	c = &conversation{ID: p.Key, Display: transcript.Name(p.Title), Platform: platform(p), Type: "channel", Participants: members, Custodian: s.custodian()}
	if c.Participants == nil {
		c.Participants = []string{}
	}
	if k := p.Kind(); k == "direct" || k == "group" {
		c.Type = "direct"
	}
	c.Custom.add("Kind", p.Kind())
	c.Custom.add("Records", strconv.Itoa(len(s.keys)))
	if n := len(s.contexts); n > 0 {
		c.Custom.add("Context events", strconv.Itoa(n))
	}
	v := p.Record
	if v == nil {
		return c, people, nil
	}
	c.Custom.add("Name", transcript.Line(v.Name))
	c.Custom.add("Part of", v.Parent)
	for _, n := range []struct {
		name string
		note *message.Note
	}{{"Topic", v.Topic}, {"Purpose", v.Purpose}} {
		if n.note != nil {
			c.Custom.add(n.name, transcript.Line(strings.TrimSpace(n.note.Text)))
		}
	}
	if c.Custodian == "" {
		c.Custom.add("Custodian", transcript.Line(v.Custodian))
	}
	c.Custom.add("Retention", transcript.Line(v.Retention))
	c.Icon, err = s.bundle.picture(v.Icon, s.room())
	return c, people, err
}

// known tells whether somebody is certain to have been there before a time: by a membership that began then.
func (s *slice) known(key, utc string) bool {
	if c := s.place.Record; c != nil && slices.Contains(c.Participants, key) {
		return true
	}
	return slices.ContainsFunc(s.stay, func(x edition.Stay) bool {
		return x.Person == key && x.Joined != "" && edition.Before(x.Joined, utc) && x.Covers(utc)
	})
}

// joins tells whether somebody joins in the slice.
func (s *slice) joins(key string) bool {
	return s.told["join"+key] || slices.ContainsFunc(s.events, func(w written) bool { return w.move == "join"+key })
}

func (s *slice) participant(key string) (*participant, error) {
	v := &participant{ID: key, Display: s.teller.Name(key)}
	if key == nobody {
		v.Display = s.Nobody
	}
	p := s.h.Person(key)
	if p == nil {
		return v, nil
	}
	v.Email, v.Account = mail.Mailbox(p), transcript.Line(cmp.Or(p.Account, p.ID))
	c := &v.Custom
	c.add("Kind", p.Kind)
	c.add("User name", transcript.Line(p.Username))
	if p.RealName != p.Name {
		c.add("Real name", transcript.Line(p.RealName))
	}
	c.add("Corporate address", transcript.Line(p.Corporate))
	c.add("Title", transcript.Line(p.Title))
	c.add("Departments", transcript.Line(strings.Join(p.Departments, "; ")))
	c.add("Phone", transcript.Line(p.Phone))
	if p.Deactivated {
		c.add("Deactivated", "yes")
	}
	if p.External {
		c.add("External", "yes")
	}
	c.add("Same person as", p.MergedInto)
	var err error
	v.Avatar, err = s.bundle.picture(p.Avatar, s.room())
	return v, err
}
