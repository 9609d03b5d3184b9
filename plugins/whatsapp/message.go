package whatsapp

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/markup"
	"github.com/chatferry/chatferry/core/message"
	"golang.org/x/text/unicode/norm"
)

// message makes a message of what stands behind a header.
func (r *reader) message(id string, sent message.Time, text string) (*message.Message, error) {
	m := &message.Message{Key: r.c.key + ":" + message.Key(id), ID: id, Conversation: r.c.key, Kind: message.KindText, Sent: sent}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	name, body := r.v.split(text)
	if !utf8.ValidString(body) {
		m.TextB64, body = base64.StdEncoding.EncodeToString([]byte(body)), string([]rune(body))
	}
	body = strings.ReplaceAll(body, "\r\n", "\n")
	if name == "" {
		m.Kind, m.Text = message.KindSystem, body
		r.call(m, body)
		return m, nil
	}
	r.author(m, name)
	err := r.body(m, name, body)
	rich(m)
	return m, err
}

// rich reads the marks in what a person wrote.
func rich(m *message.Message) {
	if m.Kind == message.KindText || m.Kind == message.KindFile {
		m.Rich = markup.FromPhone(m.Text)
	}
}

func (r *reader) author(m *message.Message, name string) {
	m.Author = r.s.personKey(r.c, name)
	if !r.v.known[name] { // no list will have the name
		m.ShownAs = &message.ShownAs{Name: name}
	}
	switch {
	case r.s.conf.Me == "":
	case r.s.conf.Me == name:
		m.Direction = "out"
	default:
		m.Direction = "in"
	}
}

// body settles kind and content of what somebody wrote, or what WhatsApp wrote in his place.
func (r *reader) body(m *message.Message, name, text string) error {
	m.Mentions = mentionsOf(text, func(name string) string { return r.s.personKey(r.c, name) })
	if cut, ok := takeEdited(text); ok {
		text, m.Edited = cut, &message.Edit{}
	}
	m.Text = text
	if ref, ok := referenceOf(text, r.has); ok {
		m.Kind, m.Text = message.KindFile, ref.text
		m.Attachments = []message.Attachment{{Name: ref.name, Role: roleOf(ref.name), Mode: ref.word, State: message.MediaMissing, Reason: "not_in_dump"}}
		return r.media(&m.Attachments[0])
	}
	first, rest, _ := strings.Cut(text, "\n")
	role, left := omitted[tabled(first)]
	switch marked := strings.HasPrefix(text, lrm); {
	case left:
		m.Kind, m.Text = message.KindFile, rest
		m.Attachments = []message.Attachment{{Role: role, Mode: cleanName(first), State: message.MediaWithheld, Reason: "omitted: the export was made without media"}}
	case deleted[tabled(text)]:
		m.Kind, m.Deleted = message.KindTombstone, &message.Deletion{Mode: "tombstone"}
	case marked && r.call(m, text):
	case marked && r.poll(m, text):
	case r.place(m, text):
	case marked:
		// Words of WhatsApp. They stand under the name of who did something, or under the group's.
		if m.Kind = message.KindSystem; !r.v.known[name] {
			m.Author, m.ShownAs = "", &message.ShownAs{Name: name}
		}
	}
	return nil
}

func (r *reader) call(m *message.Message, text string) bool {
	c := callOf(text)
	if c == nil {
		return false
	}
	m.Kind, m.Call = message.KindCall, c
	return true
}

func (r *reader) poll(m *message.Message, text string) bool {
	p := pollOf(text)
	if p == nil {
		return false
	}
	m.Kind, m.Poll, m.Text = message.KindPoll, p, ""
	return true
}

func (r *reader) place(m *message.Message, text string) bool {
	l := locationOf(cleanName(text))
	if l == nil {
		return false
	}
	m.Location, m.Text = l, ""
	return true
}

// find looks for a file beside the chat's text, whichever way its name composes letters.
func (r *reader) find(name string) (*dump.Entry, error) {
	prefix := ""
	if r.c.folder != "" {
		prefix = r.c.folder + "/"
	}
	for _, n := range []string{name, norm.NFC.String(name), norm.NFD.String(name)} {
		e, ok, err := r.s.d.Lookup(prefix + n)
		if err == nil && !ok && isText(r.s.conf.Path) {
			e, err = r.s.d.Beside(n)
		}
		if err != nil || e != nil {
			return e, err
		}
	}
	return nil, nil
}

func (r *reader) has(name string) bool {
	e, err := r.find(name)
	return err == nil && e != nil
}

// media takes the bytes of an attachment. Bytes that are damaged leave it missing.
func (r *reader) media(a *message.Attachment) error {
	e, err := r.find(a.Name)
	if err != nil || e == nil {
		return err
	}
	a.Path = e.Path
	var d *dump.Damage
	src, err := r.s.d.Open(e)
	if err == nil {
		defer src.Close()
		err = r.out.Media(a, src)
	}
	if errors.As(err, &d) {
		a.State, a.Reason = message.MediaMissing, "damaged_in_dump: "+d.Reason
		return nil
	}
	if err == nil {
		a.Reason = ""
	}
	return err
}
