package telegram

import (
	"context"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

// reader reads the messages of one shard.
type reader struct {
	element.Members
	s   *source
	out *plugin.Emitter
	a   *element.Array
	*place
	walk  element.Walk
	last  string // time of the message before
	media map[string]message.Attachment
	m     message.Message
	f     fields
}

// fields are members whose meaning depends on others.
type fields struct {
	typ, id, date, unix, edited, editedUnix string
	from, fromID, actor, actorID, author    string
	forwarded, forwardedID                  string
	isForward                               bool
	reply, replyPeer, action                string
	photo, file, thumbnail, vcard           string
	fileName, fileSize, photoSize, thumb    string
	mediaType, mime, performer, title       string
	duration, emoji                         string
	width, height                           int
	messageID, newTitle, place, address     string
	text, entities, location, contact, poll string // raw
	reactions                               string // raw
	cards                                   []card
}

// card is a member that becomes a card: its name and raw value.
type card struct{ name, raw string }

func newReader(ctx context.Context, s *source, out *plugin.Emitter) *reader {
	r := &reader{Members: element.Members{Prefix: ext}, s: s, out: out, walk: element.Walk{Out: out}, media: map[string]message.Attachment{}}
	r.a = &element.Array{Ctx: ctx, Out: out, To: r, Digest: s.conf.Raw, Fence: fence, Tiny: s.window}
	return r
}

// Begins tells a message from other objects.
func (r *reader) Begins(view string) bool { return begins(view) }

// Parse reads one message. It decides nothing: members may come in any order.
func (r *reader) Parse(s *scan.Scanner, view string) {
	r.Start(s, view)
	r.f = fields{cards: r.f.cards[:0]}
	r.m = message.Message{Type: message.TypeMessage, V: message.Version, Attachments: r.m.Attachments[:0]}
	if s.Kind() != scan.Obj {
		s.Failf("%w", element.ErrNoObject)
		return
	}
	for s.Object(); s.Next(); {
		r.member(s.Key())
	}
}

func (r *reader) member(key string) {
	f := &r.f
	if dst := f.scalar(key); dst != nil {
		r.Set(dst, r.Scalar(&r.Ext))
		return
	}
	switch key {
	case "forwarded_from":
		f.isForward = true
		r.Set(&f.forwarded, r.Str(&r.Ext))
	case "width":
		f.width = r.Count(&r.Ext)
	case "height":
		f.height = r.Count(&r.Ext)
	case "text":
		r.Set(&f.text, r.Raw())
	case "text_entities":
		r.Set(&f.entities, r.Raw())
	case "reactions":
		r.Set(&f.reactions, r.Raw())
	case "poll":
		r.Set(&f.poll, r.Raw())
	case "location_information":
		r.Set(&f.location, r.Raw())
	case "contact_information":
		r.Set(&f.contact, r.Raw())
	case "invoice_information", "todo_list", "giveaway_information", "giveaway_results", "inline_bot_buttons", "rich_message", "game_title", "game_description", "game_link":
		if raw := r.Raw(); raw != "" {
			f.cards = append(f.cards, card{key, raw})
		}
	default:
		r.Other(&r.Ext)
	}
}

// scalar is where a member that is a string or number goes, nil for others.
func (f *fields) scalar(key string) *string {
	switch key {
	case "id":
		return &f.id
	case "type":
		return &f.typ
	case "date":
		return &f.date
	case "date_unixtime":
		return &f.unix
	case "edited":
		return &f.edited
	case "edited_unixtime":
		return &f.editedUnix
	case "from":
		return &f.from
	case "from_id":
		return &f.fromID
	case "actor":
		return &f.actor
	case "actor_id":
		return &f.actorID
	case "author":
		return &f.author
	case "forwarded_from_id":
		return &f.forwardedID
	case "reply_to_message_id":
		return &f.reply
	case "reply_to_peer_id":
		return &f.replyPeer
	case "action":
		return &f.action
	case "message_id":
		return &f.messageID
	case "new_title":
		return &f.newTitle
	case "title":
		return &f.title
	case "place_name":
		return &f.place
	case "address":
		return &f.address
	}
	return f.media(key)
}

// media is scalar for members about files.
func (f *fields) media(key string) *string {
	switch key {
	case "photo":
		return &f.photo
	case "file":
		return &f.file
	case "thumbnail":
		return &f.thumbnail
	case "contact_vcard":
		return &f.vcard
	case "file_name":
		return &f.fileName
	case "file_size":
		return &f.fileSize
	case "photo_file_size":
		return &f.photoSize
	case "thumbnail_file_size":
		return &f.thumb
	case "media_type":
		return &f.mediaType
	case "mime_type":
		return &f.mime
	case "performer":
		return &f.performer
	case "duration_seconds":
		return &f.duration
	case "sticker_emoji":
		return &f.emoji
	}
	return nil
}

// Emit finishes and emits what was parsed.
func (r *reader) Emit(*element.Place) error {
	if reason, detail := r.finish(); reason != "" {
		if err := r.a.Reject(plugin.Reject{Reason: reason, Detail: detail}); err != nil {
			return err
		}
		return r.rest()
	}
	for i := range r.m.Attachments {
		if err := r.bytes(&r.m.Attachments[i]); err != nil {
			return err
		}
	}
	if r.s.conf.Raw {
		src := r.a.Source()
		r.m.Raw = &src
	}
	if err := r.out.Record(&message.Record{Type: message.TypeMessage, Message: &r.m}); err != nil {
		return err
	}
	return r.rest()
}

// rest ends a message. Its time outlives it.
func (r *reader) rest() error {
	r.last = r.m.Sent.UTC
	offset, index, ok := r.a.Next()
	return r.walk.Pause(offset, index, ok, r.last)
}

// finish turns the members that Parse collected into a message, or gives the reason why that cannot be.
func (r *reader) finish() (reason, detail string) {
	f, m := &r.f, &r.m
	if f.id == "" {
		m.Sent.UTC = r.last
		return "no_id", "the message has no id"
	}
	m.ID, m.Conversation = f.id, r.chat.key
	m.Key = r.chat.key + ":" + message.Key(f.id)
	m.Kind = message.KindText
	if r.chat.space == "channel" && f.id[0] != '-' {
		m.Seq = f.id
	}
	if !r.stamp() {
		m.Sent.UTC = r.last
		return "bad_time", "the message has no date that can be read"
	}
	r.edited()
	r.author()
	r.content()
	r.links()
	r.files()
	r.things()
	if f.typ == "service" {
		r.service()
	} else if f.typ != "message" && f.typ != "unsupported" {
		m.Kind, m.Subtype = message.KindUnknown, f.typ
	}
	r.reacted()
	r.leftovers()
	r.Whole()
	if len(r.Ext) > 0 {
		m.Ext = r.Ext
	}
	return "", ""
}

// stamp settles the message's time. An "unsupported" message has none: it takes that of the one before.
func (r *reader) stamp() bool {
	f, m := &r.f, &r.m
	if t := r.time(f.date, f.unix); t != nil {
		m.Sent = *t
		return true
	}
	if f.typ != "unsupported" || r.last == "" || f.date != "" || f.unix != "" {
		return false
	}
	m.Sent = message.Time{UTC: r.last, Zone: "unknown"}
	m.Kind, m.Subtype = message.KindWithheld, f.typ
	r.Put(&r.Ext, "dated_by", `"the message before"`)
	return true
}

// time reads a pair of a local time and seconds since 1970. Seconds are exact; where they are absent, as
// before 2022, the local time needs the zone of the computer that exported.
func (r *reader) time(local, unix string) *message.Time {
	if unix != "" && !strings.Contains(unix, ".") {
		if t := message.EpochTime(unix); t != nil {
			if local != "" {
				t.Raw = local
			}
			return t
		}
	}
	zone, sure := time.UTC, "unknown"
	if r.s.zone != nil {
		zone, sure = r.s.zone, "assumed"
	}
	at, err := time.ParseInLocation("2006-01-02T15:04:05", local, zone)
	if err != nil || at.UTC().Year() < 1 || at.UTC().Year() > 9999 {
		return nil
	}
	return &message.Time{UTC: at.UTC().Format("2006-01-02T15:04:05Z"), Raw: local, Precision: "s", Zone: sure}
}

// edited reads when a message was last edited; old exports say 1970 for never.
func (r *reader) edited() {
	f := &r.f
	if f.edited == "" && f.editedUnix == "" {
		return
	}
	t := r.time(f.edited, f.editedUnix)
	switch {
	case t == nil:
		r.Put(&r.Ext, "edited", element.Quote(first(f.edited, f.editedUnix)))
	case t.UTC >= "1971":
		r.m.Edited = &message.Edit{At: t}
	}
}

// author settles who wrote, and how that was shown.
func (r *reader) author() {
	f, m := &r.f, &r.m
	id := first(f.fromID, f.actorID)
	m.Author = personKey(id)
	if name := first(f.from, f.actor); name != "" && (id == "" || len(id) > maxID || r.s.people[id].name != name) {
		m.ShownAs = &message.ShownAs{Name: name}
	}
	if f.author != "" { // who signed a post of a channel
		if m.ShownAs != nil {
			r.Put(&r.Ext, "author", element.Quote(f.author))
		} else {
			m.ShownAs = &message.ShownAs{Name: f.author}
		}
	}
	if f.fromID != "" && f.actorID != "" && f.fromID != f.actorID {
		r.Put(&r.Ext, "actor_id", element.Quote(f.actorID))
	}
}

// links settles what a message answers, which topic it is in, and where it was forwarded from.
func (r *reader) links() {
	f, m := &r.f, &r.m
	if f.reply != "" {
		in := r.chat.key
		if f.replyPeer != "" {
			in = r.s.peerKey(f.replyPeer)
		}
		m.ReplyTo = in + ":" + message.Key(f.reply)
	}
	if topic, ok := r.chat.topics[f.id]; ok {
		m.Thread = r.chat.key + ":" + message.Key(topic)
	}
	if f.isForward || f.forwardedID != "" {
		m.Forwarded = &message.Quote{Author: personKey(f.forwardedID), AuthorName: f.forwarded}
	}
}

// leftovers puts members that found no use into Ext.
func (r *reader) leftovers() {
	f := &r.f
	for _, x := range [...]struct{ name, value string }{
		{"new_title", f.newTitle}, {"message_id", f.messageID}, {"title", f.title}, {"performer", f.performer}, {"sticker_emoji", f.emoji}, {"media_type", f.mediaType},
		{"mime_type", f.mime}, {"duration_seconds", f.duration}, {"file_name", f.fileName}, {"file_size", f.fileSize}, {"place_name", f.place}, {"address", f.address},
	} {
		if x.value != "" {
			r.Put(&r.Ext, x.name, element.Quote(x.value))
		}
	}
}
