package filter

import (
	"hash/maphash"
	"iter"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/chatferry/chatferry/core/message"
)

// Directory knows the people and conversations of all sources of a pipeline, in little memory:
// about the bytes of their names and 12 more for each.
//
// It is filled first (Add, from all directory shards in plan order), then sealed, then read.
// Transforms that change people or conversations register with OnSeal, so that everybody sees
// departments, merges and new names whatever the order of transforms. Reads are safe for
// concurrent use, but not while Add or Seal runs.
type Directory struct {
	mu      sync.Mutex
	once    sync.Once
	sealed  bool
	dropped int
	hooks   []func(*Directory)
	text    strings.Builder
	people  table
	places  table
}

// Person is what the directory knows of a person.
type Person struct {
	Key, ID, Username, Name, RealName string
	MergedInto                        string // key of the person this one was merged into
	Emails, Departments, Aliases      []string
}

// Conversation is what the directory knows of a conversation.
type Conversation struct {
	Key, ID, Kind, Name, DisplayName string
	RenamedTo                        string   // the name that a rename transform gives it
	Participants                     []string // person keys; direct and group only
}

const (
	maxName = 1 << 10 // bytes kept of a name
	maxList = 1 << 10 // entries kept of a list
)

// NewDirectory returns an empty directory.
func NewDirectory() *Directory {
	seed := maphash.MakeSeed()
	return &Directory{people: table{seed: seed}, places: table{seed: seed}}
}

// Add takes in a person or a conversation and ignores every other record; r is not kept. Until the
// directory is sealed, a key that comes again (overlapping dumps) fills what is still empty and
// adds to the lists; afterwards it replaces, because then it is what transforms made of the record.
// Filters that were resolved before do not see what is added after Seal.
func (d *Directory) Add(r *message.Record) {
	if r.Type != message.TypePerson && r.Type != message.TypeConversation {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.text.Len() > math.MaxInt32 {
		d.dropped++
		return
	}
	if r.Type == message.TypePerson {
		d.addPerson(r.Person)
	} else {
		d.addConversation(r.Conversation)
	}
}

// Dropped is how many records found no room: the directory holds up to 2 GiB of names. What it
// does not hold is known to filters by key and id only.
func (d *Directory) Dropped() int { return d.dropped }

func (d *Directory) addPerson(v *message.Person) {
	before, known := d.Person(v.Key)
	p := before
	if d.sealed {
		p = Person{}
	}
	p.Key = v.Key
	fill(&p.ID, v.ID)
	fill(&p.Username, v.Username)
	fill(&p.Name, v.Name)
	fill(&p.RealName, v.RealName)
	fill(&p.MergedInto, v.MergedInto)
	p.Emails = union(p.Emails, v.Emails)
	p.Departments = union(p.Departments, v.Departments)
	p.Aliases = union(p.Aliases, v.Aliases)
	if !known || !reflect.DeepEqual(before, p) {
		d.putPerson(&p)
	}
}

func (d *Directory) addConversation(v *message.Conversation) {
	before, known := d.Conversation(v.Key)
	c := before
	if d.sealed {
		c = Conversation{RenamedTo: before.RenamedTo}
	}
	c.Key = v.Key
	fill(&c.ID, v.ID)
	fill(&c.Kind, v.Kind)
	fill(&c.Name, v.Name)
	fill(&c.DisplayName, v.DisplayName)
	c.Participants = union(c.Participants, v.Participants)
	if !known || !reflect.DeepEqual(before, c) {
		d.putConversation(&c)
	}
}

func fill(to *string, v string) {
	if *to == "" {
		*to = v
	}
}

func union(a, b []string) []string {
	for _, v := range b {
		if v != "" && !slices.Contains(a, v) && len(a) < maxList {
			a = append(a, v)
		}
	}
	return a
}

// OnSeal registers f to be run by Seal, in the order of registration. f may call Amend and Rename.
func (d *Directory) OnSeal(f func(*Directory)) {
	d.mu.Lock()
	d.hooks = append(d.hooks, f)
	d.mu.Unlock()
}

// Seal ends filling. It may be called often and by many; each call returns once it is done.
func (d *Directory) Seal() {
	d.once.Do(func() {
		d.mu.Lock()
		hooks := d.hooks
		d.hooks, d.sealed = nil, true
		d.mu.Unlock()
		for _, f := range hooks {
			f(d)
		}
	})
}

// Amend changes what the directory says of a person; only from a function given to OnSeal.
func (d *Directory) Amend(key string, change func(*Person)) {
	if p, ok := d.Person(key); ok {
		change(&p)
		p.Key = key
		d.putPerson(&p)
	}
}

// Rename sets RenamedTo of a conversation; only from a function given to OnSeal.
func (d *Directory) Rename(key, name string) {
	if c, ok := d.Conversation(key); ok {
		c.RenamedTo = name
		d.putConversation(&c)
	}
}

// Knows tells whether the directory has a person.
func (d *Directory) Knows(key string) bool { return d.people.find(d.text.String(), key) >= 0 }

// Person looks a person up.
func (d *Directory) Person(key string) (Person, bool) {
	i := d.people.find(d.text.String(), key)
	if i < 0 {
		return Person{}, false
	}
	return d.personAt(i), true
}

// Conversation looks a conversation up.
func (d *Directory) Conversation(key string) (Conversation, bool) {
	i := d.places.find(d.text.String(), key)
	if i < 0 {
		return Conversation{}, false
	}
	return d.conversationAt(i), true
}

// HasPerson tells whether a person is in the directory.
func (d *Directory) HasPerson(key string) bool { return d.people.find(d.text.String(), key) >= 0 }

// Merged follows merges from a person's key to the key that stands for the person now.
func (d *Directory) Merged(key string) string {
	for range 16 {
		p, ok := d.Person(key)
		if !ok || p.MergedInto == "" {
			break
		}
		key = p.MergedInto
	}
	return key
}

// People yields everybody in the order in which they were added.
func (d *Directory) People() iter.Seq[Person] {
	return func(yield func(Person) bool) {
		for i := range d.people.at {
			if !yield(d.personAt(i)) {
				return
			}
		}
	}
}

// Conversations yields all conversations in the order in which they were added.
func (d *Directory) Conversations() iter.Seq[Conversation] {
	return func(yield func(Conversation) bool) {
		for i := range d.places.at {
			if !yield(d.conversationAt(i)) {
				return
			}
		}
	}
}

// Len is how many people and conversations the directory holds.
func (d *Directory) Len() (people, conversations int) { return len(d.people.at), len(d.places.at) }

func (d *Directory) putPerson(p *Person) {
	at := uint32(d.text.Len())
	put(&d.text, p.Key)
	for _, v := range []string{own(p.ID, p.Key), p.Username, p.Name, p.RealName} {
		put(&d.text, clip(v))
	}
	put(&d.text, p.MergedInto)
	putList(&d.text, p.Emails)
	putList(&d.text, p.Departments)
	putList(&d.text, p.Aliases)
	d.people.set(d.text.String(), p.Key, at)
}

func (d *Directory) personAt(i int) Person {
	c := cursor(d.text.String()[d.people.at[i]:])
	p := Person{Key: c.next(), ID: c.next(), Username: c.next(), Name: c.next(), RealName: c.next(), MergedInto: c.next()}
	p.Emails, p.Departments, p.Aliases = c.list(), c.list(), c.list()
	fill(&p.ID, lastPart(p.Key))
	return p
}

func (d *Directory) putConversation(v *Conversation) {
	at := uint32(d.text.Len())
	put(&d.text, v.Key)
	for _, s := range []string{own(v.ID, v.Key), v.Kind, v.Name, v.DisplayName, v.RenamedTo} {
		put(&d.text, clip(s))
	}
	putList(&d.text, v.Participants)
	d.places.set(d.text.String(), v.Key, at)
}

func (d *Directory) conversationAt(i int) Conversation {
	c := cursor(d.text.String()[d.places.at[i]:])
	v := Conversation{Key: c.next(), ID: c.next(), Kind: c.next(), Name: c.next(), DisplayName: c.next(), RenamedTo: c.next()}
	v.Participants = c.list()
	fill(&v.ID, lastPart(v.Key))
	return v
}
