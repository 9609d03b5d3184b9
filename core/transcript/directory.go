package transcript

import (
	"context"
	"strings"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/safe"
)

// listed puts a record of the directory into words: its name, its kind, and a note for each fact.
func (t *Teller) listed(r *message.Record) error {
	t.p.Sort = Listed
	switch {
	case r.Person != nil:
		return t.person(r.Person)
	case r.Conversation != nil:
		return t.place(t.dir.Place(r.Conversation.Key), r.Conversation)
	case r.Membership != nil:
		t.membership(r.Membership)
	case r.Emoji != nil:
		return t.emoji(r.Emoji)
	}
	return nil
}

// fact adds a note of a word and a value, when there is one.
func (t *Teller) fact(word, value string) {
	if strings.TrimSpace(value) != "" {
		t.note("%1"+t.Colon+"%2", word, value)
	}
}

func (t *Teller) person(p *message.Person) error {
	t.p.Author = t.Name(p.Key)
	t.p.Marks = append(t.p.Marks, named(t.Kinds, p.Kind))
	t.fact(t.UserName, p.Username)
	t.fact(t.RealName, p.RealName)
	t.fact(t.ID, p.ID)
	t.fact(t.Emails, t.list(p.Emails))
	t.fact(t.Phone, p.Phone)
	t.fact(t.Departments, t.list(p.Departments))
	t.fact(t.Position, p.Title)
	t.fact(t.Account, p.Account)
	for _, n := range p.Names {
		from, until := t.Stamp(n.From), t.Stamp(n.Until)
		t.fact(t.Names, n.Name+t.period(from, until))
	}
	if p.Deactivated {
		t.note(t.Deactivated)
	}
	if p.External {
		t.note(t.External)
	}
	if p.MergedInto != "" {
		t.fact(t.MergedInto, t.Name(p.MergedInto))
	}
	if p.Owner != "" {
		t.fact(t.Owner, t.Name(p.Owner))
	}
	if p.Synthesised {
		t.note(t.OnlyInMessages)
	}
	if p.Avatar != nil {
		return t.file(p.Avatar, "")
	}
	return nil
}

// period says from when until when, of stamps that may be "".
func (t *Teller) period(from, until string) string {
	switch {
	case from != "" && until != "":
		return t.Separator + Fill(t.CallFromUntil, from, until)
	case from != "":
		return t.Separator + Fill(t.CallFrom, from)
	case until != "":
		return t.Separator + Fill(t.CallUntil, until)
	}
	return ""
}

// Introduce tells a conversation for the head of its file, also one that no record describes. What was told
// before stays good.
func (t *Teller) Introduce(p *edition.Place) (*Passage, error) {
	before := t.p
	t.p = Passage{Key: p.Key, words: t.Words, Sort: Listed, Author: Name(p.Title)}
	var err error
	switch {
	case p.Record != nil:
		err = t.place(p, p.Record)
	case p.Key == "":
		t.p.Author = t.Analyses
	}
	place := t.p
	t.p = before
	return &place, err
}

func (t *Teller) place(p *edition.Place, c *message.Conversation) error {
	t.p.Author = Name(p.Title)
	t.p.Marks = append(t.p.Marks, t.placeMarks(c)...)
	if c.Parent != "" {
		t.fact(t.PartOfPlace, t.dir.Place(c.Parent).Title)
	}
	if c.Name != p.Title {
		t.fact(t.ShortName, c.Name)
	}
	t.fact(t.ID, c.ID)
	for _, n := range []struct {
		word string
		note *message.Note
	}{{t.Topic, c.Topic}, {t.Purpose, c.Purpose}} {
		if n.note != nil && n.note.Text != "" {
			by := ""
			if n.note.By != "" || n.note.At != nil {
				by = t.Open + t.who(n.note.By, n.note.At) + t.Close
			}
			t.add(Aside, n.word+by, n.note.Text)
		}
	}
	if c.Creator != "" || c.Created != nil {
		t.fact(t.Created, t.who(c.Creator, c.Created))
	}
	t.fact(t.Archived, t.Stamp(c.ArchivedAt))
	t.fact(t.Deleted, t.Stamp(c.DeletedAt))
	t.fact(t.Members, t.names(c.Participants))
	for _, pin := range c.Pins {
		what := Line(pin.File)
		if pin.Message != "" {
			what = t.Pointer(pin.Message)
		}
		if pin.By != "" || pin.At != nil {
			what += t.Open + t.who(pin.By, pin.At) + t.Close
		}
		t.fact(t.Pinned, what)
	}
	t.fact(t.Custodian, c.Custodian)
	t.fact(t.Retention, c.Retention)
	if c.Icon != nil {
		return t.file(c.Icon, "")
	}
	return nil
}

func (o Options) placeMarks(c *message.Conversation) []string {
	marks := []string{named(o.Kinds, c.Kind)}
	if c.Archived {
		marks = append(marks, o.Archived)
	}
	if c.Deleted {
		marks = append(marks, o.Deleted)
	}
	return marks
}

func (t *Teller) membership(m *message.Membership) {
	t.p.Author = t.Name(m.Person)
	t.p.Marks = append(t.p.Marks, t.Member)
	t.fact(t.Conversation, Name(t.dir.Place(m.Conversation).Title))
	t.fact(t.Joined, t.Stamp(m.Joined))
	t.fact(t.Left, t.Stamp(m.Left))
	t.fact(t.Role, m.Role)
	t.fact(t.Cause, named(t.Causes, m.Cause))
	if m.By != "" {
		t.fact(t.InvitedBy, t.Name(m.By))
	}
}

func (t *Teller) emoji(e *message.Emoji) error {
	t.p.Author = Line(":" + e.Name + ":")
	t.p.Marks = append(t.p.Marks, t.Emoji)
	t.fact(t.AliasFor, e.AliasFor)
	t.fact(t.Aliases, t.list(e.Aliases))
	if e.Creator != "" || e.Created != nil {
		t.fact(t.Created, t.who(e.Creator, e.Created))
	}
	if e.Image != nil {
		return t.file(e.Image, e.Creator)
	}
	return nil
}

// WriteDirectory writes conversations, people, memberships and emoji as plain text, for formats that have no better
// place for them.
func WriteDirectory(ctx context.Context, h *edition.History, out *edition.Folder, o Options) error {
	return directory(ctx, h, out, New(h, o), "directory.txt", PlainDirectory)
}

// PlainDirectory writes an entry of the directory as plain text, after the title of its kind when there is one.
func PlainDirectory(b []byte, title string, p *Passage) []byte {
	if title != "" {
		b = append(append(b, title...), '\n')
		b = append(b, strings.Repeat("=", max(safe.Width(title), 3))+"\n\n"...)
	}
	return append(p.Append(b, "", false), '\n')
}

// directory lists the records of each kind under a title.
func directory(ctx context.Context, h *edition.History, out *edition.Folder, t *Teller, name string, write func(b []byte, title string, p *Passage) []byte) error {
	f, err := out.Create(name)
	if err != nil {
		return err
	}
	var b []byte
	for _, kind := range []struct{ typ, title string }{{message.TypeConversation, t.Conversations}, {message.TypePerson, t.People}, {message.TypeMembership, t.Memberships}, {message.TypeEmoji, t.Emojis}} {
		title := kind.title
		for r, err := range h.DirectoryRecords(ctx) {
			if err != nil {
				return err
			}
			if r.Type != kind.typ {
				continue
			}
			said, err := t.Tell(r)
			if err != nil {
				return err
			}
			b = write(b[:0], title, said)
			f.Mark(r.Key())
			if _, err := f.Write(b); err != nil {
				return err
			}
			title = ""
		}
	}
	f.Mark()
	return f.Close()
}
