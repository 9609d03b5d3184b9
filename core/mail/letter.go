package mail

import (
	"errors"
	"io"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/transcript"
)

// Settings are what formats of mails have in common, after their checks.
type Settings struct {
	transcript.Options
	Real  bool  // addresses of the history, where it has any
	Limit int64 // bytes of files that one mail carries
}

// NewSettings checks the settings "zone", "language", "addresses" and "attach_mb".
func NewSettings(zone, language, addresses string, attachMB int) (Settings, error) {
	o, err := transcript.NewOptions(zone, language)
	if err == nil && attachMB < 0 {
		err = plugin.BadSetting("attach_mb", "write a number of MB, 0 for no attachments", errors.New("is too small"))
	}
	return Settings{o, addresses == "history", int64(attachMB) << 20}, err
}

// Office writes the letters of one history, in its order.
type Office struct {
	Settings
	h       *edition.History
	teller  *transcript.Teller
	thread  string // first message of the thread before
	subject string // of it
}

// NewOffice opens the office of a history.
func NewOffice(h *edition.History, s Settings) *Office {
	return &Office{Settings: s, h: h, teller: transcript.New(h, s.Options)}
}

// ID is the Message-ID of a record's letter.
func ID(key string) string { return edition.Digest(key) + "@" + domain(key) }

// domain is where the people and places of a key's system live: under .invalid, which nothing is delivered to.
func domain(key string) string {
	parts := message.SplitKey(key)
	host := "chatferry.invalid"
	if len(parts) > 1 {
		host = Label(parts[0]) + ".invalid"
	}
	if len(parts) > 2 {
		host = Label(parts[1]) + "." + host
	}
	return host
}

// Person is somebody's name and address.
func (o *Office) Person(key string) Address {
	a := Address{Name: o.teller.Name(key), Mail: local(key) + "@" + domain(key)}
	if p := o.h.Person(key); p != nil && o.Real {
		if s := Mailbox(p); s != "" {
			a.Mail = s
		}
	}
	return a
}

// Mailbox is the first of somebody's addresses that can be written as it is; "" of none.
func Mailbox(p *message.Person) string {
	for _, s := range p.Emails {
		if plainAddress(s) {
			return s
		}
	}
	return ""
}

// plainAddress tells whether an address can be written as it is.
func plainAddress(s string) bool {
	p, err := netmail.ParseAddress(s)
	return err == nil && p.Address == s && p.Name == "" && plain(s) && len(s) < 255 && !strings.ContainsAny(s, `"<>()[],;:\ `)
}

func local(key string) string {
	if key == "" {
		return "nobody"
	}
	parts := message.SplitKey(key)
	if s := parts[len(parts)-1]; plainLocal.MatchString(s) {
		return s // which tells "A" from "a", as a domain does not
	}
	return Label(parts[len(parts)-1])
}

var plainLocal = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,38}[A-Za-z0-9]?$`)

// Place is a conversation's name and address: where its messages went to.
func (o *Office) Place(p *edition.Place) Address {
	return Address{Name: transcript.Name(p.Title), Mail: local(p.Key) + "@" + domain(p.Key)}
}

// To are those who a message in a place went to: the others of a direct conversation or a group, else the place.
func (o *Office) To(p *edition.Place, author string) []Address {
	if p.Record == nil || len(p.Record.Participants) == 0 {
		return []Address{o.Place(p)}
	}
	var list []Address
	for _, k := range p.Record.Participants {
		if k != author {
			list = append(list, o.Person(k))
		}
	}
	if len(list) == 0 {
		list = append(list, o.Person(author)) // notes to oneself
	}
	return list
}

// Letter makes a mail of an entry, and gives the entry in words.
func (o *Office) Letter(e edition.Entry) (*Message, *transcript.Passage, error) {
	p, err := o.teller.Tell(e.Record)
	if err != nil {
		return nil, nil, err
	}
	key := e.Key()
	m := New(ID(key))
	author, at := "", (*message.Time)(nil)
	var refs []string
	switch {
	case e.Message != nil:
		author, at = e.Message.Author, &e.Message.Sent
		for _, k := range []string{p.Thread, e.Message.ReplyTo} {
			if k != "" && k != key && !slices.Contains(refs, ID(k)) {
				refs = append(refs, ID(k))
			}
		}
	case e.Revision != nil:
		author, at = e.Revision.By, e.Revision.At
		refs = []string{ID(e.Revision.Of)}
	case e.Analysis != nil:
		at = e.Analysis.At
		refs = []string{ID(e.Analysis.Of[0])}
	}
	if at != nil {
		m.Date(o.Moment(at, p.At), at.Zone == "unknown")
	} else {
		m.Date(time.Unix(0, 0).UTC(), true) // a mail must have one
	}
	from := o.Person(author)
	if author == "" {
		from = Address{Name: p.By(), Mail: "nobody@" + domain(e.Place.Key)}
	} else if p.Author != "" {
		from.Name = p.Author
	}
	m.Addresses("From", from)
	m.Addresses("To", o.To(e.Place, author)...)
	m.Words("Subject", o.title(e, p))
	if len(refs) > 0 {
		m.IDs("In-Reply-To", refs[len(refs)-1])
		m.IDs("References", refs...)
	}
	m.Facts(e, p)
	o.fill(m, p)
	return m, p, nil
}

// offset is at the end of times that carry one.
var offset = regexp.MustCompile(`[+-]\d\d:?\d\d$`)

// Moment is a time in the zone that the source gave it in, else in the zone of the settings.
func (o *Office) Moment(t *message.Time, at time.Time) time.Time {
	if t.Zone != "offset" {
		return at
	}
	if s := strings.ReplaceAll(offset.FindString(t.Raw), ":", ""); s != "" {
		if z, err := time.Parse("-0700", s); err == nil {
			return at.In(z.Location())
		}
	}
	return at
}

// subjectRunes is how much of a text stands in a subject.
const subjectRunes = 60

// title is the subject: the conversation, and how the message or its thread begins.
func (o *Office) title(e edition.Entry, p *transcript.Passage) string {
	place := transcript.Name(e.Place.Title)
	if e.Place.Key == "" {
		place = o.Analyses
	}
	if p.Thread != "" {
		if p.Thread == o.thread {
			return "Re: " + o.subject
		}
		return "Re: " + place
	}
	words := ""
	for _, c := range p.Pieces {
		if words = strings.TrimSpace(c.Title + " " + c.Text); words != "" {
			break
		}
	}
	words, _, more := strings.Cut(words, "\n")
	if r := []rune(words); len(r) > subjectRunes {
		words, more = string(r[:subjectRunes]), true
	}
	if more {
		words += "…"
	}
	if words = transcript.Name(words); words != "" {
		place += ": " + words
	}
	o.thread, o.subject = p.Key, place
	return place
}

// Facts adds the header fields that only programs read.
func (m *Message) Facts(e edition.Entry, p *transcript.Passage) {
	parts := message.SplitKey(e.Key())
	m.Words("X-Chat-Platform", parts[0])
	m.Words("X-Chat-Key", e.Key())
	if e.Place.Key != "" {
		m.Words("X-Chat-Room", e.Place.Key)
		m.Words("X-Chat-Room-Kind", e.Place.Kind())
		m.field("List-Id", append(phrase(transcript.Name(e.Place.Title)), "<"+local(e.Place.Key)+"."+domain(e.Place.Key)+">"))
	}
	m.Words("X-Chat-Type", e.Type)
	if v := e.Message; v != nil {
		m.Words("X-Chat-Kind", v.Kind)
		m.Words("X-Chat-Time", v.Sent.UTC)
		if v.Author != "" {
			m.Words("X-Chat-Author", v.Author)
		}
		if p.Thread != "" {
			m.Words("X-Chat-Thread", p.Thread)
		}
		if v.Edited != nil || len(v.Revisions) > 0 {
			m.Words("X-Chat-Edited", "yes")
		}
		if v.Deleted != nil || v.Kind == message.KindTombstone {
			m.Words("X-Chat-Deleted", "yes")
		}
	}
}

// fill adds what the passage says: its text as the body; marks and facts as a text beside it, so that no body
// can pass for them; and the files.
func (o *Office) fill(m *Message, p *transcript.Passage) {
	body, facts, files := o.texts(p)
	m.Add(Part{Type: "text/plain", Text: body})
	if facts != "" {
		m.Add(Part{Type: "text/plain", Text: facts, Name: FactsName})
	}
	for _, f := range files {
		m.Add(f)
	}
}

// FactsName is the name of the part that says what else is known of a message.
const FactsName = "facts.txt"

// texts splits a passage into its text, its facts, and its files as far as the limit allows.
func (o *Office) texts(p *transcript.Passage) (body, facts string, files []Part) {
	var said []string
	rest := *p
	rest.Pieces = nil
	room := o.Limit
	if notes := p.Notes(); len(notes) > 0 {
		rest.Pieces = append(rest.Pieces, transcript.Piece{Role: transcript.Note, Title: strings.Join(notes, o.And)})
	}
	for _, c := range p.Pieces {
		switch {
		case c.Role == transcript.Body && c.Title == "":
			said = append(said, c.Text)
		case c.Role == transcript.Sentence:
			said = append(said, c.Title)
		case c.Role == transcript.Subject:
			said = append(said, c.Title, "")
		default:
			if part, ok := o.file(&c, &room); ok {
				files = append(files, part)
			} else if c.Medium != nil {
				c.Text += "\n" + o.NotAttached
			}
			rest.Pieces = append(rest.Pieces, c)
		}
	}
	return strings.Join(said, "\n"), string(rest.AppendPieces(nil, "")), files
}

// file is the part for an attachment, when its bytes are here and there is room.
func (o *Office) file(c *transcript.Piece, room *int64) (Part, bool) {
	if c.Medium == nil || c.Medium.Path == "" || c.Medium.Size > *room {
		return Part{}, false
	}
	medium := c.Medium // the piece is good until the next passage only
	*room -= medium.Size
	return Part{Type: mediaType(c), Name: transcript.Line(c.File.Name), Open: func() (io.ReadCloser, error) { return o.h.Media.Open(medium) }}, true
}

// declared are the types that are taken from what the source declares, where the bytes do not say.
var declared = regexp.MustCompile(`^(application|audio|image|video|font)/[a-z0-9][a-z0-9.+-]{0,80}$`)

func mediaType(c *transcript.Piece) string {
	switch t := c.Medium.Type; {
	case t != "" && !strings.HasPrefix(t, "text/"):
		return t
	case declared.MatchString(c.File.MIME) && t == "":
		return c.File.MIME
	}
	return "application/octet-stream"
}
