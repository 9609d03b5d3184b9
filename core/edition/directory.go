package edition

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// Place is a conversation, or a workspace or space.
type Place struct {
	Key    string
	Title  string                // as people call it; of direct conversations their people's names
	Record *message.Conversation // nil where the history has messages and no record of it
}

// Kind of the conversation, "unknown" without a record.
func (p *Place) Kind() string {
	if p.Record == nil {
		return "unknown"
	}
	return p.Record.Kind
}

// Directory is everybody and every place. Of several records with one key the last counts.
type Directory struct {
	People     []*message.Person // in the order of their delivery
	Places     []*Place          // likewise
	Emoji      []*message.Emoji  // likewise
	byKey      map[string]int    // of People
	placeByKey map[string]*Place
	emojiAt    map[string]int
}

// DirectoryOf makes a directory of records; those of other types are passed over.
func DirectoryOf(records iter.Seq[*message.Record]) *Directory {
	d := &Directory{byKey: map[string]int{}, placeByKey: map[string]*Place{}, emojiAt: map[string]int{}}
	for r := range records {
		d.add(r)
	}
	d.settle()
	return d
}

func (d *Directory) add(r *message.Record) {
	switch r.Type {
	case message.TypePerson:
		if i, ok := d.byKey[r.Person.Key]; ok {
			d.People[i] = r.Person
			return
		}
		d.byKey[r.Person.Key] = len(d.People)
		d.People = append(d.People, r.Person)
	case message.TypeEmoji:
		if i, ok := d.emojiAt[r.Emoji.Key]; ok {
			d.Emoji[i] = r.Emoji
			return
		}
		d.emojiAt[r.Emoji.Key] = len(d.Emoji)
		d.Emoji = append(d.Emoji, r.Emoji)
	case message.TypeConversation:
		p := d.placeByKey[r.Conversation.Key]
		if p == nil {
			p = &Place{Key: r.Conversation.Key}
			d.placeByKey[p.Key] = p
			d.Places = append(d.Places, p)
		}
		p.Record = r.Conversation
	}
}

// settle gives places their titles, which may be made of people's names.
func (d *Directory) settle() {
	for _, p := range d.Places {
		c := p.Record
		p.Title = first(c.DisplayName)
		if p.Title == "" && (c.Kind == "direct" || c.Kind == "group") {
			names := make([]string, 0, 10)
			for i, key := range c.Participants {
				if i == 9 {
					names = append(names, "…")
					break
				}
				names = append(names, d.Name(key))
			}
			p.Title = strings.Join(names, ", ")
		}
		if p.Title == "" {
			p.Title = first(c.Name, c.ID, lastPart(p.Key))
		}
	}
}

// Person of a key, nil where there is no record of it.
func (d *Directory) Person(key string) *message.Person {
	if i, ok := d.byKey[key]; ok {
		return d.People[i]
	}
	return nil
}

// Name of a person key, whether there is a record of it or not; "" of no key.
func (d *Directory) Name(key string) string {
	p := d.Person(key)
	if p == nil {
		return lastPart(key)
	}
	return first(p.Name, p.RealName, p.Username, p.ID)
}

// Author is how a message's author is shown.
func (d *Directory) Author(m *message.Message) string {
	if m.ShownAs != nil && strings.TrimSpace(m.ShownAs.Name) != "" {
		return m.ShownAs.Name
	}
	return d.Name(m.Author)
}

// Place of a key, also of one that no record describes.
func (d *Directory) Place(key string) *Place {
	if p := d.placeByKey[key]; p != nil {
		return p
	}
	return &Place{Key: key, Title: lastPart(key)}
}

// Title of the whole: the name of the first workspace, or "".
func (d *Directory) Title() string {
	for _, p := range d.Places {
		if p.Record.Kind == "workspace" && p.Title != p.Record.ID {
			return p.Title
		}
	}
	return ""
}

func first(list ...string) string {
	for _, s := range list {
		if strings.TrimSpace(s) != "" {
			return s
		}
	}
	return ""
}

func lastPart(key string) string {
	if key == "" {
		return ""
	}
	parts := message.SplitKey(key)
	return parts[len(parts)-1]
}

// Digest is a short name for a key that is safe everywhere: twenty hexadecimal digits.
func Digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:10])
}
