package mattermost

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/message"

	"github.com/chatferry/chatferry/core/projection"
)

// The lines of chatferry.ndjson.
type (
	keyLine struct {
		Type    string      `json:"type"` // workspace, conversation, emoji, account, made
		Key     string      `json:"key,omitempty"`
		ID      string      `json:"id,omitempty"`
		System  string      `json:"system,omitempty"`
		Inst    string      `json:"instance,omitempty"`
		Kind    string      `json:"kind,omitempty"`
		Parent  string      `json:"parent,omitempty"`
		Team    string      `json:"team,omitempty"`
		Name    string      `json:"name,omitempty"` // of a channel, an emoji, a workspace
		Display string      `json:"display,omitempty"`
		Account string      `json:"account,omitempty"`
		People  []string    `json:"people,omitempty"`
		Persons []personKey `json:"persons,omitempty"`
		Members [][2]string `json:"members,omitempty"` // membership key, conversation key
		Parked  bool        `json:"parked,omitempty"`  // deactivated for the import's sake
	}
	personKey struct {
		Key    string `json:"key"`
		ID     string `json:"id"`
		Kind   string `json:"kind"`
		Action string `json:"action,omitempty"`
		Email  string `json:"email,omitempty"` // where the line has no place for it
	}
)

func (f *finisher) key(k keyLine) error {
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	_, err = f.keys.Write(append(b, '\n'))
	return err
}

func (f *finisher) line(b []byte) error {
	_, err := f.head.Write(b)
	return err
}

// directory writes all lines before the first post.
func (f *finisher) directory(ctx context.Context) error {
	if err := f.line([]byte(`{"type":"version","version":1,"info":{"generator":"chatferry","version":"1"}}` + "\n")); err != nil {
		return err
	}
	if err := f.each(f.emoji); err != nil {
		return err
	}
	if err := f.teams(); err != nil {
		return err
	}
	if err := f.each(f.channel); err != nil {
		return err
	}
	a, err := f.survey()
	if err != nil {
		return err
	}
	for _, bots := range []bool{false, true} {
		if err := ctx.Err(); err != nil {
			return err
		}
		a.bots = bots
		if err := f.each(a.add); err != nil {
			return err
		}
		if err := a.finish(); err != nil {
			return err
		}
	}
	return nil
}

func (f *finisher) each(do func(*message.Record) error) error {
	for _, d := range f.dirs {
		if err := eachRecord(d, do); err != nil {
			return err
		}
	}
	return nil
}

func (f *finisher) emoji(r *message.Record) error {
	e := r.Emoji
	if e == nil || e.Image == nil {
		return nil
	}
	path := "emoji/" + e.Name + "/" + e.Image.SHA256
	b := message.AppendString([]byte(`{"type":"emoji","emoji":{"name":`), e.Name)
	b = append(appendText(b, "image", path), "}}\n"...)
	if _, err := f.files.Write([]byte(e.Image.SHA256 + " " + path + "\n")); err != nil {
		return err
	}
	if err := f.key(keyLine{Type: "emoji", Key: e.Key, Name: e.Name}); err != nil {
		return err
	}
	return f.line(b)
}

func (f *finisher) teams() error {
	for _, t := range f.places.teams {
		b := message.AppendString([]byte(`{"type":"team","team":{"name":`), t.name)
		b = appendText(b, "display_name", first(t.display, t.name))
		if err := f.line(append(b, `,"type":"I","allow_open_invite":false}}`+"\n"...)); err != nil {
			return err
		}
		if t.key == "" {
			if err := f.key(keyLine{Type: "made", Team: t.name}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *finisher) channel(r *message.Record) error {
	c := r.Conversation
	if c == nil {
		return nil
	}
	s := f.places.byKey[c.Key]
	k := keyLine{Type: "conversation", Key: c.Key, ID: c.ID, System: c.System, Inst: c.Instance, Kind: c.Kind, Parent: c.Parent, Team: s.team, Name: s.name, People: c.Participants}
	if c.Kind == "workspace" {
		k.Type, k.Display = "workspace", c.DisplayName
		return f.key(k)
	}
	if s.direct() {
		if c.Topic != nil {
			s.header = strings.Clone(c.Topic.Text)
		}
		return f.key(k)
	}
	if f.aliases == nil {
		f.aliases = map[string][]*slot{}
	}
	for _, a := range c.Participants {
		a = strings.Clone(a)
		f.aliases[a] = append(f.aliases[a], s)
	}
	kind := "O"
	if c.Kind == "private" {
		kind = "P"
	}
	b := message.AppendString([]byte(`{"type":"channel","channel":{"team":`), s.team)
	b = appendText(appendText(appendText(b, "name", s.name), "display_name", c.DisplayName), "type", kind)
	if c.Topic != nil {
		b = appendText(b, "header", c.Topic.Text)
	}
	if c.Purpose != nil {
		b = appendText(b, "purpose", c.Purpose.Text)
	}
	if c.Archived {
		b = appendInt(b, "deleted_at", since(c.ArchivedAt))
	}
	if err := f.key(k); err != nil {
		return err
	}
	return f.line(append(b, "}}\n"...))
}

// since is a time of deactivation in milliseconds; 1 where it is not known, because 0 means none.
func since(t *message.Time) int64 {
	if t == nil {
		return 1
	}
	return max(projection.Millis(t.UTC), 1)
}

func (f *finisher) directChannels(d *deflater) error {
	for _, k := range f.places.keys() {
		s := f.places.byKey[k]
		if !s.direct() {
			continue
		}
		b := appendStrings([]byte(`{"type":"direct_channel","direct_channel":{"members":`), s.members)
		if s.header != "" {
			b = appendText(b, "header", s.header)
		}
		if _, err := d.Write(append(b, "}}\n"...)); err != nil {
			return err
		}
	}
	return nil
}

// survey finds which accounts there are, which come from several places, and which are only named.
func (f *finisher) survey() (*accounts, error) {
	a := &accounts{f: f, seen: map[string]bool{}, scattered: map[string]*account{}, botOf: map[string]bool{}}
	current := ""
	for _, d := range f.dirs {
		current = ""
		err := eachRecord(d, func(r *message.Record) error {
			switch r.Type {
			case message.TypePerson:
				t := r.Person.Target
				current = strings.Clone(t.Account)
				if a.seen[current] {
					a.scattered[current] = nil
				}
				a.seen[current] = true
				if t.Action == actionBot {
					a.botOf[current] = true
				}
			case message.TypeMembership:
				if r.Membership.Person != current {
					a.scattered[strings.Clone(r.Membership.Person)] = nil
				}
			case message.TypeConversation:
				for _, p := range r.Conversation.Participants {
					a.named = append(a.named, strings.Clone(p))
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, sh := range f.shards {
		in, err := os.Open(partPath(f.s.run.Work, sh, "accounts"))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, storage("read part", sh, err)
		}
		err = eachLine(in, func(line string) error {
			if !a.seen[line] {
				a.named = append(a.named, line)
			}
			return nil
		})
		in.Close()
		if err != nil {
			return nil, err
		}
		slices.Sort(a.named)
		a.named = slices.Compact(a.named)
	}
	slices.Sort(a.named)
	a.named = slices.Compact(a.named)
	a.named = slices.DeleteFunc(a.named, func(n string) bool { return a.seen[n] })
	return a, nil
}

// accounts writes user lines, and in a second pass bot lines.
type accounts struct {
	f         *finisher
	bots      bool
	seen      map[string]bool
	botOf     map[string]bool
	scattered map[string]*account // what is known of an account that comes in several places
	named     []string            // accounts only messages and channels know
	current   *account
}

// account is one user line to be.
type account struct {
	name    string
	main    *message.Person
	persons []personKey
	places  []*slot
	members [][2]string
}

// asBot tells whether an account becomes a bot line.
func (a *accounts) asBot(name string) bool { return a.f.s.BotOwner != "" && a.botOf[name] }

func (a *accounts) add(r *message.Record) error {
	switch r.Type {
	case message.TypePerson:
		if err := a.flush(); err != nil {
			return err
		}
		name := r.Person.Target.Account
		if a.asBot(name) != a.bots {
			return nil
		}
		acc := &account{name: name}
		if known, ok := a.scattered[name]; ok {
			if known != nil {
				acc = known
			}
			a.scattered[name] = acc
		} else {
			a.current = acc
		}
		acc.person(r.Person)
	case message.TypeMembership:
		m := r.Membership
		if a.asBot(m.Person) != a.bots {
			return nil
		}
		acc := a.current
		if known, ok := a.scattered[m.Person]; ok {
			if acc = known; acc == nil {
				acc = &account{name: m.Person}
				a.scattered[m.Person] = acc
			}
		}
		if s := a.f.places.byKey[m.Conversation]; s != nil && acc != nil {
			if !s.direct() {
				acc.places = append(acc.places, s)
			}
			acc.members = append(acc.members, [2]string{m.Key, m.Conversation})
		}
	}
	return nil
}

func (acc *account) person(p *message.Person) {
	t := p.Target
	acc.persons = append(acc.persons, personKey{Key: p.Key, ID: p.ID, Kind: p.Kind, Action: t.Action})
	if acc.main == nil || acc.main.Target.Action == actionMerge && t.Action != actionMerge {
		acc.main = p
	}
}

func (a *accounts) flush() error {
	acc := a.current
	a.current = nil
	if acc == nil {
		return nil
	}
	return a.write(acc)
}

// finish writes what is left of a pass: scattered accounts, and in the first those only named.
func (a *accounts) finish() error {
	if err := a.flush(); err != nil {
		return err
	}
	names := make([]string, 0, len(a.scattered))
	for n := range a.scattered {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if acc := a.scattered[n]; acc != nil && acc.main != nil && a.asBot(n) == a.bots {
			if err := a.write(acc); err != nil {
				return err
			}
		}
	}
	if a.bots {
		return nil
	}
	named := a.named
	for _, n := range names { // memberships of people who were not delivered
		if acc := a.scattered[n]; acc != nil && acc.main == nil && !a.seen[n] {
			named = append(named, n)
		}
	}
	slices.Sort(named)
	for _, n := range slices.Compact(named) {
		acc := a.scattered[n]
		if acc == nil {
			acc = &account{name: n}
		}
		acc.main = &message.Person{Deactivated: true, Target: &message.Target{Account: n, Email: placeholderMail(n), Action: actionPlaceholder}}
		if err := a.write(acc); err != nil {
			return err
		}
	}
	return nil
}
