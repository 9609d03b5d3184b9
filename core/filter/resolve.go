package filter

import (
	"iter"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// resolve seals the directory and works out once, for everybody and every conversation in it,
// which of the rules they pass.
func (f *Filter) resolve() {
	f.once.Do(func() {
		if f.dir == nil {
			return
		}
		f.dir.Seal()
		if f.people != nil || f.departments != nil {
			f.resolvePeople()
		}
		if f.conversations == nil && f.kinds == nil {
			return
		}
		for c := range f.dir.Conversations() {
			f.places = append(f.places, f.place(&c))
		}
	})
}

func (f *Filter) resolvePeople() {
	var merged []int
	for p := range f.dir.People() {
		var bits byte
		if f.people != nil && f.person(&p) {
			bits |= ofPeople
		}
		if f.departments != nil && f.inDepartment(p.Departments) {
			bits |= ofDepartment
		}
		if p.MergedInto != "" {
			merged = append(merged, len(f.authors))
		}
		f.authors = append(f.authors, bits)
	}
	// Who was merged is one person with the one merged into: what holds for one holds for both.
	text := f.dir.text.String()
	for range 2 {
		for _, i := range merged {
			into := f.dir.people.find(text, f.dir.Merged(f.dir.personAt(i).Key))
			if into >= 0 {
				f.authors[i] |= f.authors[into]
				f.authors[into] |= f.authors[i]
			}
		}
	}
}

func (f *Filter) person(p *Person) bool {
	hit := f.people.key(p.Key, p.ID)
	for _, a := range p.Aliases {
		hit = f.people.is(Fold(a)) || hit
	}
	for _, name := range [...]string{p.Username, p.Name, p.RealName} {
		if name = Fold(name); name != "" {
			hit = f.people.like(name) || hit
			hit = f.people.like("@"+strings.TrimPrefix(name, "@")) || hit
		}
	}
	for _, mail := range p.Emails {
		hit = f.people.like(Fold(mail)) || hit
	}
	return hit
}

// inDepartment: "Legal" includes what is below it, "Legal/*" is only what is below it.
func (f *Filter) inDepartment(list []string) bool {
	hit := false
	for _, d := range list {
		d = Fold(strings.TrimSpace(d))
		hit = f.departments.like(d) || hit
		for i := range len(d) {
			if d[i] == '/' {
				hit = f.departments.is(strings.TrimSpace(d[:i])) || hit
			}
		}
	}
	return hit
}

// place works out the bits of a conversation.
func (f *Filter) place(c *Conversation) (bits byte) {
	if f.kinds[c.Kind] {
		bits |= ofKind
	}
	if f.conversations != nil && f.named(c) {
		bits |= ofName
	}
	return bits
}

func (f *Filter) named(c *Conversation) bool {
	n := f.conversations
	hit := n.key(c.Key, c.ID)
	personal := c.Kind == "direct" || c.Kind == "group"
	for _, name := range [...]string{c.Name, c.DisplayName, c.RenamedTo} {
		if name = strings.TrimPrefix(Fold(name), "#"); name == "" {
			continue
		}
		hit = n.like(name) || hit
		if !personal {
			hit = n.like("#"+name) || hit
		}
	}
	if personal {
		for _, key := range c.Participants {
			hit = f.participant(key) || hit
		}
	}
	return hit
}

// participant matches a direct or group conversation by one who takes part. A pattern must begin
// with "@", so that "a*" is about names of conversations and not about everybody called A.
func (f *Filter) participant(key string) bool {
	n := f.conversations
	p := Person{Key: key, ID: lastPart(key)}
	if f.dir != nil {
		if known, ok := f.dir.Person(key); ok {
			p = known
		}
	}
	hit := false
	for _, name := range append([]string{p.Key, p.ID, p.Username, p.Name, p.RealName}, p.Emails...) {
		if name = strings.TrimPrefix(Fold(name), "@"); name == "" {
			continue
		}
		hit = n.is(name) || hit
		hit = n.is("@"+name) || hit
		for _, g := range n.globs {
			if g.pattern[0] == '@' && globMatch(g.pattern, "@"+name) {
				hit = true
				n.seen[g.number].Store(true)
			}
		}
	}
	return hit
}

// conversationOf is the conversation of a record; of an analysis it is that of the messages it is
// about, if they are in one.
func conversationOf(r *message.Record) string {
	if r.Analysis == nil {
		return r.ConversationKey()
	}
	conv := ""
	for i, key := range r.Analysis.Of {
		j := strings.LastIndexByte(key, ':')
		if j < 0 || i > 0 && key[:j] != conv {
			return ""
		}
		conv = key[:j]
	}
	return conv
}

func (f *Filter) placeBits(r *message.Record) byte {
	f.resolve()
	key := conversationOf(r)
	if f.dir != nil {
		if i := f.dir.places.find(f.dir.text.String(), key); i >= 0 && i < len(f.places) {
			return f.places[i]
		}
	}
	c := Conversation{Key: key, ID: lastPart(key), Kind: "unknown"}
	if v := r.Conversation; v != nil {
		c = Conversation{Key: v.Key, ID: v.ID, Kind: v.Kind, Name: v.Name, DisplayName: v.DisplayName, Participants: v.Participants}
	}
	return f.place(&c)
}

// container tells whether a membership is one of a workspace or space, which always stay.
func (f *Filter) container(r *message.Record) bool {
	if r.Membership == nil || f.dir == nil {
		return false
	}
	c, ok := f.dir.Conversation(r.Membership.Conversation)
	return ok && (c.Kind == "workspace" || c.Kind == "space")
}

func (f *Filter) ofKinds(r *message.Record) (bool, error) {
	return f.placeBits(r)&ofKind != 0 || f.container(r), nil
}

func (f *Filter) ofConversations(r *message.Record) (bool, error) {
	return f.placeBits(r)&ofName != 0 || f.container(r), nil
}

// author is the key of who wrote a record or, for a notice of the system, who caused it.
func author(r *message.Record) string {
	switch {
	case r.Revision != nil:
		return r.Revision.By
	case r.Message == nil:
		return ""
	case r.Message.Author == "" && r.Message.Event != nil:
		return r.Message.Event.Actor
	}
	return r.Message.Author
}

func (f *Filter) authorBits(key string) (bits byte, known bool) {
	f.resolve()
	if f.dir == nil {
		return 0, false
	}
	i := f.dir.people.find(f.dir.text.String(), key)
	if i < 0 || i >= len(f.authors) {
		return 0, false
	}
	return f.authors[i], true
}

// byPeople matches authors. One who is in no list is known by key, id and the name shown.
func (f *Filter) byPeople(r *message.Record) (bool, error) {
	key := author(r)
	if key != "" {
		if bits, known := f.authorBits(key); known {
			return bits&ofPeople != 0, nil
		}
		if f.people.key(key, lastPart(key)) {
			return true, nil
		}
	}
	if r.Message != nil && r.Message.ShownAs != nil {
		if name := Fold(r.Message.ShownAs.Name); name != "" {
			return f.people.like(name) || f.people.like("@"+name), nil
		}
	}
	return false, nil
}

func (f *Filter) byDepartments(r *message.Record) (bool, error) {
	bits, _ := f.authorBits(author(r))
	return bits&ofDepartment != 0, nil
}

// Unmatched lists values that match nobody and nothing in the directory, with "did you mean", and
// message kinds that this program does not know. Call it once the directory is filled.
func (f *Filter) Unmatched() []Warning {
	f.resolve()
	var list []Warning
	if f.dir != nil {
		list = append(list, f.people.unmatched("matches nobody", f.personNames())...)
		list = append(list, f.departments.unmatched("matches no department", f.departmentNames())...)
		list = append(list, f.conversations.unmatched("matches no conversation", f.placeNames())...)
	}
	for _, s := range []struct {
		setting string
		values  []string
	}{{"exclude_types", f.given.ExcludeTypes}, {"include_types", f.given.IncludeTypes}} {
		for _, v := range s.values {
			if near := closest(v, slices.Values(messageKinds)); !slices.Contains(messageKinds, v) && len(near) > 0 {
				list = append(list, Warning{s.setting, v, "is not a kind of message this program knows", near})
			}
		}
	}
	return list
}

func (f *Filter) personNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for p := range f.dir.People() {
			for _, v := range append([]string{p.Username, p.Name, p.RealName, p.ID}, p.Emails...) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

func (f *Filter) departmentNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for p := range f.dir.People() {
			for _, v := range p.Departments {
				if !yield(v) {
					return
				}
			}
		}
	}
}

func (f *Filter) placeNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for c := range f.dir.Conversations() {
			if !yield(c.Name) || !yield(c.DisplayName) || !yield(c.ID) {
				return
			}
		}
		f.personNames()(yield)
	}
}
