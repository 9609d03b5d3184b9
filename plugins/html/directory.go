package html

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
)

// person is what pages say of somebody.
type person struct {
	key, name, hash, kind string
	username              string
	initials              string
	avatar                string // path from the site's root, or ""
	lost                  bool   // a site under check does not have the avatar's file
	gone                  bool
	n                     int // position in directory.list
}

// place is what pages say of a conversation.
type place struct {
	key, hash, kind, title string
	parent                 string
	topic, purpose         string
	people                 []string
	archived, deleted      bool
	pinned                 map[string]bool
	workspace              bool
	members                []member
}

// member is one person's time in a conversation.
type member struct {
	person, role, joined, left string
}

// directory is everybody and every place, by key.
type directory struct {
	people map[string]*person
	places map[string]*place
	emoji  map[string]string // name or key → path of the image from the site's root
	alias  map[string]string // name → name
	list   []*person         // in the order of their first record
	rooms  []*place          // likewise; conversations without a record are added when they are met
	title  string            // name of the first workspace
}

func newDirectory() *directory {
	return &directory{people: map[string]*person{}, places: map[string]*place{}, emoji: map[string]string{}, alias: map[string]string{}}
}

// add takes one directory record. Of several with one key the last counts.
func (d *directory) add(r *message.Record, media *library) error {
	switch r.Type {
	case message.TypePerson:
		return d.addPerson(r.Person, media)
	case message.TypeConversation:
		d.addPlace(r.Conversation)
	case message.TypeMembership:
		m := r.Membership
		p := d.place(m.Conversation)
		p.members = append(p.members, member{strings.Clone(m.Person), strings.Clone(m.Role), day(m.Joined), day(m.Left)})
	case message.TypeEmoji:
		e := r.Emoji
		name := strings.Clone(e.Name)
		if e.AliasFor != "" {
			d.alias[name] = strings.Clone(e.AliasFor)
		}
		for _, a := range e.Aliases {
			d.alias[strings.Clone(a)] = name
		}
		path, _, err := media.picture(e.Image)
		if err != nil || path == "" {
			return err
		}
		d.emoji[name], d.emoji[strings.Clone(e.Key)] = path, path
	}
	return nil
}

func day(t *message.Time) string {
	if t == nil || len(t.UTC) < 10 {
		return ""
	}
	return strings.Clone(t.UTC[:10])
}

func (d *directory) addPerson(p *message.Person, media *library) error {
	x := d.people[p.Key]
	if x == nil {
		x = &person{key: strings.Clone(p.Key), hash: digest(p.Key), n: len(d.list)}
		d.people[x.key] = x
		d.list = append(d.list, x)
	}
	x.kind, x.gone = strings.Clone(p.Kind), p.Deactivated || p.Kind == "deleted"
	x.username = strings.Clone(p.Username)
	x.name = strings.Clone(firstOf(p.Name, p.RealName, p.Username, p.ID))
	x.initials = initials(x.name)
	var err error
	x.avatar, x.lost, err = media.picture(p.Avatar)
	return err
}

func firstOf(list ...string) string {
	for _, s := range list {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return "?"
}

// initials of a name: of its first two words, or its first character where that is a whole word.
func initials(name string) string {
	var out []rune
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		r, _ := utf8.DecodeRuneInString(w)
		out = append(out, unicode.ToUpper(r))
		if len(out) == 2 || unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) {
			break
		}
	}
	if len(out) == 0 {
		return "?"
	}
	return string(out)
}

// place finds or makes the place of a key.
func (d *directory) place(key string) *place {
	p := d.places[key]
	if p == nil {
		key = strings.Clone(key)
		p = &place{key: key, hash: digest(key), kind: "unknown"}
		if parts := message.SplitKey(key); key != "" {
			p.title = parts[len(parts)-1]
		}
		d.places[key] = p
		d.rooms = append(d.rooms, p)
	}
	return p
}

func (d *directory) addPlace(c *message.Conversation) {
	p := d.place(c.Key)
	p.kind, p.parent, p.archived, p.deleted = strings.Clone(c.Kind), strings.Clone(c.Parent), c.Archived, c.Deleted
	p.workspace = c.Kind == "workspace" || c.Kind == "space"
	p.title = strings.Clone(firstOf(c.DisplayName, c.Name, c.ID))
	if c.Kind == "direct" || c.Kind == "group" {
		if c.DisplayName == "" {
			p.title = "" // its people's names, once all are known
		}
		p.people = make([]string, len(c.Participants))
		for i, k := range c.Participants {
			p.people[i] = strings.Clone(k)
		}
	}
	if p.title == "" && len(p.people) == 0 {
		p.title = strings.Clone(firstOf(c.Name, c.ID))
	}
	p.topic, p.purpose = noteText(c.Topic), noteText(c.Purpose)
	for _, pin := range c.Pins {
		if pin.Message != "" {
			if p.pinned == nil {
				p.pinned = map[string]bool{}
			}
			p.pinned[strings.Clone(pin.Message)] = true
		}
	}
	if c.Kind == "workspace" && d.title == "" && p.title != c.ID {
		d.title = p.title
	}
}

func noteText(n *message.Note) string {
	if n == nil {
		return ""
	}
	return strings.Clone(n.Text)
}

// settle names what could not be named before all people were known.
func (d *directory) settle() {
	for _, p := range d.rooms {
		if p.title == "" && len(p.people) > 0 {
			names := make([]string, 0, len(p.people))
			for i, k := range p.people {
				if i == 9 {
					names = append(names, "…")
					break
				}
				names = append(names, d.name(k))
			}
			p.title = strings.Join(names, ", ")
		}
	}
	for i := range d.alias {
		d.resolve(i)
	}
}

// resolve gives an alias the picture it stands for; chains of aliases are followed eight steps.
func (d *directory) resolve(name string) {
	at := name
	for range 8 {
		if path, ok := d.emoji[at]; ok {
			d.emoji[name] = path
			return
		}
		next, ok := d.alias[at]
		if !ok {
			return
		}
		at = next
	}
}

// name of a person key, whether there is a record of it or not.
func (d *directory) name(key string) string {
	if p := d.people[key]; p != nil {
		return p.name
	}
	if key == "" {
		return "?"
	}
	parts := message.SplitKey(key)
	return parts[len(parts)-1]
}
