package telegram

import (
	"path"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// placeholders stand in place of a path: why there is no file.
var placeholders = []struct{ text, state, reason string }{
	{"unavailable, please try again later", message.MediaMissing, "unavailable: Telegram could not give it"},
	{"exceeds maximum size", message.MediaTooLarge, "too_large: the settings of the export left it out"},
	{"not included", message.MediaWithheld, "not_included: the settings of the export left it out"},
}

// roles are what files of a media type are used for.
var roles = map[string]string{"sticker": "sticker", "video_message": "video", "voice_message": "voice", "animation": "video", "video_file": "video", "audio_file": "file"}

// files makes attachments of a photo, of a file and of its thumbnail.
func (r *reader) files() {
	f := &r.f
	if f.photo != "" {
		a := r.attach(f.photo, f.photoSize)
		a.Role, a.Width, a.Height = "image", f.width, f.height
		f.width, f.height = 0, 0
	}
	if f.file != "" {
		a := r.attach(f.file, f.fileSize)
		a.Role, a.Mode, a.MIME, a.Width, a.Height, a.Alt = roles[f.mediaType], f.mediaType, f.mime, f.width, f.height, f.emoji
		if a.Role == "" {
			a.Role = "file"
		}
		if digits(f.duration) {
			a.Duration, f.duration = f.duration, ""
		}
		if f.fileName != "" {
			a.Name, f.fileName = f.fileName, ""
		}
		if a.Title = f.title; f.performer != "" {
			a.Title = strings.TrimSuffix(f.performer+" - "+f.title, " - ")
			r.Put(&a.Ext, "performer", element.Quote(f.performer))
		}
		f.mediaType, f.mime, f.emoji, f.title, f.performer, f.fileSize = "", "", "", "", "", ""
		f.width, f.height = 0, 0
	}
	if f.thumbnail != "" {
		of := f.file
		a := r.attach(f.thumbnail, f.thumb)
		a.Role, a.ThumbnailOf = "preview", of
	}
	if f.width+f.height > 0 {
		r.Put(&r.Ext, "width", strconv.Itoa(f.width))
		r.Put(&r.Ext, "height", strconv.Itoa(f.height))
	}
	if len(r.m.Attachments) > 0 {
		r.m.Kind = message.KindFile
	}
}

func (r *reader) attach(at, size string) *message.Attachment {
	a := message.Attachment{ID: at, Name: path.Base(at), State: message.MediaMissing, Reason: "not_in_dump"}
	if digits(size) && size != "0" {
		a.Size = size
	}
	// Before "(File ..." stands a name at times.
	if i := strings.IndexByte(at, '('); i >= 0 && strings.HasSuffix(at, ")") {
		for _, p := range placeholders {
			if strings.Contains(at[i:], p.text) {
				a.Name, a.ID = strings.TrimSpace(at[:i]), ""
				a.State, a.Reason = p.state, p.reason
			}
		}
	}
	r.m.Attachments = append(r.m.Attachments, a)
	return &r.m.Attachments[len(r.m.Attachments)-1]
}

func digits(s string) bool { return s != "" && len(s) < 19 && strings.Trim(s, "0123456789") == "" }

// maxMedia is how many files are remembered: stickers come again and again.
const maxMedia = 1 << 14

// bytes reads the bytes of an attachment, where its path names a file of the export. Looking it up among the
// entries of the dump cannot lead outside.
func (r *reader) bytes(a *message.Attachment) error {
	if a.ID == "" || !r.s.conf.Attachments {
		return nil
	}
	name := a.ID
	if known, ok := r.media[name]; ok {
		a.SHA256, a.Sniffed, a.State, a.Reason, a.Path = known.SHA256, known.Sniffed, known.State, known.Reason, known.Path
		if a.Size == "" {
			a.Size = known.Size
		}
		return nil
	}
	e, found, err := r.s.d.Lookup(path.Join(r.doc.prefix, name))
	if err != nil || !found {
		return err
	}
	if e.State != dump.File {
		a.Reason = "damaged_in_dump: " + e.Reason
		return nil
	}
	if err := element.Media(r.out, r.s.d, a, e); err != nil {
		return err
	}
	if len(r.media) >= maxMedia {
		clear(r.media)
	}
	r.media[strings.Clone(name)] = message.Attachment{SHA256: a.SHA256, Sniffed: a.Sniffed, State: a.State, Reason: a.Reason, Path: strings.Clone(a.Path), Size: strings.Clone(a.Size)}
	return nil
}

// things settles polls, places, contacts and what becomes a card.
func (r *reader) things() {
	f, m := &r.f, &r.m
	if f.poll != "" {
		r.poll()
	}
	if f.location != "" {
		m.Location = &message.Location{Latitude: element.Member(f.location, "latitude"), Longitude: element.Member(f.location, "longitude"), Name: f.place, Address: f.address}
		f.place, f.address = "", ""
	}
	if f.contact != "" {
		c := &message.Contact{Name: strings.TrimSpace(element.Member(f.contact, "first_name") + " " + element.Member(f.contact, "last_name"))}
		if phone := element.Member(f.contact, "phone_number"); phone != "" {
			c.Phones = []string{phone}
		}
		m.Contact = c
		r.Put(&r.Ext, "contact_information", f.contact)
	}
	if f.vcard != "" {
		r.attach(f.vcard, "").Role = "file"
	}
	for _, c := range f.cards {
		r.card(c)
	}
}

func (r *reader) poll() {
	raw := r.f.poll
	text := func(raw string) (string, bool) {
		list, ok := entities(raw)
		return plain(list), ok && len(list) < 2 && (len(list) == 0 || list[0].typ == "plain")
	}
	p := &message.Poll{Closed: element.Flag(raw, "closed"), Total: number(element.Member(raw, "total_voters"))}
	var whole bool
	p.Question, whole = text(element.RawMember(raw, "question"))
	for _, a := range element.Objects(element.RawMember(raw, "answers")) {
		t, ok := text(element.RawMember(a, "text"))
		whole = whole && ok && !element.Flag(a, "chosen")
		p.Options = append(p.Options, message.PollOption{Text: t, Votes: number(element.Member(a, "voters"))})
	}
	for _, name := range element.Names(raw) {
		whole = whole && (name == "question" || name == "closed" || name == "total_voters" || name == "answers")
	}
	if !whole { // styles, what the exporter chose, and what is new
		r.Put(&r.Ext, "poll", raw)
	}
	r.m.Poll = p
	if r.m.Kind == message.KindText {
		r.m.Kind = message.KindPoll
	}
}

func number(s string) int {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// card makes a card of a structured member, with its exact JSON and what can be read in it.
func (r *reader) card(c card) {
	raw := strings.ToValidUTF8(c.raw, "\ufffd")
	m := message.Card{Kind: ext + c.name, JSON: raw, Text: element.Readable(raw, readable)}
	if s := scan.New(c.raw); s.Kind() == scan.Str { // an invoice is JSON inside a string
		m.Text = s.String()
		if inner := scan.New(m.Text); inner.Kind() == scan.Obj {
			if inner.Skip(); inner.End() == nil {
				m.JSON, m.Text = m.Text, element.Readable(m.Text, readable)
			}
		}
	}
	r.m.Cards = append(r.m.Cards, m)
}

// readable are the members of structures that people read.
var readable = map[string]bool{"text": true, "title": true, "description": true, "caption": true, "question": true}

// reacted reads reactions: how many, and the last people, who are all that Telegram names.
func (r *reader) reacted() {
	raw := r.f.reactions
	exact := raw == "" || strings.HasPrefix(raw, "[")
	for _, x := range element.Objects(raw) {
		v := message.Reaction{Emoji: element.Member(x, "emoji"), Count: number(element.Member(x, "count"))}
		switch element.Member(x, "type") {
		case "emoji":
			v.Unicode = v.Emoji
		case "custom_emoji":
			v.Emoji = "custom " + element.Member(x, "document_id")
		case "paid":
			v.Emoji = "paid"
		}
		for _, who := range element.Objects(element.RawMember(x, "recent")) {
			id := element.Member(who, "from_id")
			at := r.time(element.Member(who, "date"), "")
			if id == "" {
				exact = false
				continue
			}
			v.By = append(v.By, personKey(id))
			if at != nil && r.s.zone != nil {
				v.At = append(v.At, at.UTC)
			}
		}
		if len(v.At) != len(v.By) { // without a zone their times are not known
			v.At, exact = nil, false
		}
		if v.Emoji == "" {
			exact = false
			continue
		}
		r.m.Reactions = append(r.m.Reactions, v)
	}
	if !exact {
		r.Put(&r.Ext, "reactions", raw)
	}
}
