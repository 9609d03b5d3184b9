package whatsapp

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/sqlite"
)

// sides places what stands beside a message. What has no place stays in Ext, as rows.
func (b *builder) sides(m *message.Message, side map[string][]*sqlite.Row) {
	for _, t := range append(slices.Clip(b.beside), b.db.Table("message_add_on")) {
		if t == nil || len(side[t.Name]) == 0 {
			continue
		}
		rows := side[t.Name]
		place, known := sideTables[t.Name]
		if known {
			for i, r := range rows {
				for _, own := range []string{"_id", "message_row_id", "chat_row_id"} {
					r.Get(own)
				}
				place(b, m, r)
				name := "whatsapp." + t.Name + "."
				if i > 0 {
					name += strconv.Itoa(i+1) + "."
				}
				r.Left(func(column, value string) { put(&m.Ext, name+column, value) })
			}
			continue
		}
		var all []string
		for _, r := range rows {
			all = append(all, string(r.JSON()))
		}
		put(&m.Ext, "whatsapp."+t.Name, "["+strings.Join(all, ",")+"]")
	}
	if m.Poll != nil {
		m.Poll.Question, m.Text = m.Text, ""
	}
}

// sideTables are the tables whose rows have a place in the model.
var sideTables = map[string]func(b *builder, m *message.Message, r *sqlite.Row){
	"message_media":  (*builder).media,
	"message_quoted": (*builder).quoted,
	"message_location": func(b *builder, m *message.Message, r *sqlite.Row) {
		m.Location = &message.Location{Latitude: r.Text("latitude"), Longitude: r.Text("longitude"), Name: valid(r.Text("place_name")), Address: valid(r.Text("place_address")), URL: valid(r.Text("url"))}
	},
	"message_vcard": func(b *builder, m *message.Message, r *sqlite.Row) { contact(m, r.Text("vcard")) },
	"message_mentions": func(b *builder, m *message.Message, r *sqlite.Row) {
		if key, id := b.person(r.Get("jid_row_id")); key != "" {
			m.Mentions = append(m.Mentions, message.Mention{Kind: "person", Target: key, Name: id})
		}
	},
	"message_revoked": func(b *builder, m *message.Message, r *sqlite.Row) {
		m.Deleted = &message.Deletion{Mode: "recalled", By: m.Author}
		if key, _ := b.person(r.Get("admin_jid_row_id")); key != "" {
			m.Deleted.Mode, m.Deleted.By = "moderator", key
		}
	},
	"message_text": func(b *builder, m *message.Message, r *sqlite.Row) {
		if url := valid(r.Text("url")); url != "" {
			m.Links = append(m.Links, message.Link{URL: url, Title: valid(r.Text("page_title")), Description: valid(r.Text("description"))})
		}
	},
	"message_forwarded": func(b *builder, m *message.Message, r *sqlite.Row) {
		r.Get("forward_score")
		m.Labels = append(m.Labels, "forwarded")
	},
	"message_system": func(b *builder, m *message.Message, r *sqlite.Row) {
		action, _ := r.Int("action_type")
		m.Subtype = fmt.Sprintf("%s.%d", m.Subtype, action)
		if k := androidActions[action]; k != "" {
			m.Kind = k
		}
		if m.Event == nil {
			m.Event = &message.Event{Actor: m.Author}
		}
		if m.Event.Action = m.Kind; m.Kind == message.KindSystem {
			m.Event.Action = fmt.Sprintf("action_%d", action)
		}
		m.Event.New = m.Text
	},
	"message_system_value_change": func(b *builder, m *message.Message, r *sqlite.Row) { b.event(m).Old = valid(r.Text("old_data")) },
	"message_system_number_change": func(b *builder, m *message.Message, r *sqlite.Row) {
		_, b.event(m).Old = b.person(r.Get("old_jid_row_id"))
		_, b.event(m).New = b.person(r.Get("new_jid_row_id"))
	},
	"message_system_chat_participant": func(b *builder, m *message.Message, r *sqlite.Row) {
		if key, _ := b.person(r.Get("user_jid_row_id")); key != "" {
			b.event(m).Targets = append(b.event(m).Targets, key)
		}
	},
	"message_edit_info": func(b *builder, m *message.Message, r *sqlite.Row) {
		m.Edited = &message.Edit{By: m.Author}
		if ms, ok := r.Int("edited_timestamp"); ok && ms > 0 {
			m.Edited.At = millis(ms)
		}
	},
	"message_poll": func(b *builder, m *message.Message, r *sqlite.Row) { b.poll(m) },
	"message_poll_option": func(b *builder, m *message.Message, r *sqlite.Row) {
		votes, _ := r.Int("vote_total")
		p := b.poll(m)
		p.Options = append(p.Options, message.PollOption{Text: valid(r.Text("option_name")), Votes: int(min(max(votes, 0), 1<<30))})
	},
	"receipt_user": func(b *builder, m *message.Message, r *sqlite.Row) {
		key, _ := b.person(r.Get("receipt_user_jid_row_id"))
		for _, x := range [...]struct{ column, action string }{{"receipt_timestamp", "delivered"}, {"read_timestamp", "read"}, {"played_timestamp", "played"}} {
			if ms, ok := r.Int(x.column); ok && ms > 0 && key != "" {
				m.Receipts = append(m.Receipts, message.Receipt{By: key, At: millis(ms), Action: x.action})
			}
		}
	},
	"message_add_on": (*builder).reaction,
}

func valid(s string) string { return strings.ToValidUTF8(s, "\ufffd") }

func (b *builder) event(m *message.Message) *message.Event {
	if m.Event == nil {
		m.Event = &message.Event{Action: m.Kind, Actor: m.Author}
	}
	return m.Event
}

func (b *builder) poll(m *message.Message) *message.Poll {
	if m.Poll == nil {
		m.Poll = &message.Poll{}
	}
	return m.Poll
}

func contact(m *message.Message, vcard string) {
	vcard = valid(vcard)
	c := &message.Contact{VCard: vcard}
	for line := range strings.Lines(vcard) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		switch name, _, _ = strings.Cut(name, ";"); {
		case name == "FN":
			c.Name = value
		case strings.HasSuffix(name, "TEL"):
			c.Phones = append(c.Phones, value)
		case strings.HasSuffix(name, "EMAIL"):
			c.Emails = append(c.Emails, value)
		}
	}
	if m.Contact == nil {
		m.Contact = c
		return
	}
	m.Cards = append(m.Cards, message.Card{Kind: "whatsapp.contact", Title: c.Name, Text: vcard})
}

// mediaDirs are where the paths of the database begin, seen from where it lies.
var mediaDirs = []string{".", "WhatsApp", "com.whatsapp/WhatsApp"}

func (b *builder) media(m *message.Message, r *sqlite.Row) {
	if len(m.Attachments) == 0 {
		m.Attachments = []message.Attachment{{Role: "file"}}
	}
	a := &m.Attachments[0]
	a.Name, a.MIME = valid(r.Text("media_name")), valid(r.Text("mime_type"))
	a.URL, a.Transcript = valid(r.Text("message_url")), valid(r.Text("raw_transcription_text"))
	r.Get("media_key") // it opens the file on WhatsApp's servers: a secret
	r.Get("direct_path")
	a.Width, a.Height, a.Duration = small(r, "width"), small(r, "height"), positive(r, "media_duration")
	a.Size = first(positive(r, "file_length"), positive(r, "file_size"))
	r.Get("file_size")
	b.bytes(a, r.Text("file_path"), r.Text("file_hash"))
}

// bytes takes the file and compares it with the digest that the database has of it.
func (b *builder) bytes(a *message.Attachment, file, hash string) {
	if err := b.take(a, mediaDirs, file, b.out); err != nil && b.err == nil {
		b.err = err
	}
	if a.Name == "" && file != "" {
		a.Name = valid(path.Base(file))
	}
	if sum, err := base64.StdEncoding.DecodeString(hash); err == nil && len(sum) == 32 && a.SHA256 != "" && a.SHA256 != hex.EncodeToString(sum) {
		a.Reason = "digest_mismatch: the database has another SHA-256 of this file"
	}
}

func small(r *sqlite.Row, column string) int {
	n, _ := r.Int(column)
	return int(min(max(n, 0), 1<<30))
}

func positive(r *sqlite.Row, column string) string {
	if n, ok := r.Int(column); ok && n > 0 {
		return strconv.FormatInt(n, 10)
	}
	return ""
}

func (b *builder) quoted(m *message.Message, r *sqlite.Row) {
	q := &message.Quote{Conversation: m.Conversation, Text: valid(r.Text("text_data"))}
	direction, sender := "in", ""
	if mine, _ := r.Int("from_me"); mine == 1 {
		direction, q.Author = "out", b.me()
	} else if key, id := b.person(r.Get("sender_jid_row_id")); key != "" {
		q.Author, sender = key, id
	} else if b.p.conv.Kind == "direct" {
		q.Author, sender = b.personKey(b.p.conv.ID), b.p.conv.ID
	}
	if ms, ok := r.Int("timestamp"); ok && ms > 0 {
		q.Sent = millis(ms)
	}
	if id := r.Text("key_id"); id != "" {
		q.Message = messageKey(m.Conversation, direction, sender, id)
		m.ReplyTo = q.Message
	}
	r.Get("parent_message_chat_row_id")
	m.Quoted = q
}

func (b *builder) reaction(m *message.Message, r *sqlite.Row) {
	id, _ := r.Int("_id")
	list := b.side[-id]["message_add_on_reaction"]
	if len(list) == 0 {
		return
	}
	for _, own := range []string{"from_me", "key_id", "parent_message_row_id", "message_add_on_type", "status", "sender_jid_row_id", "timestamp", "received_timestamp"} {
		r.Get(own)
	}
	by := b.me()
	if mine, _ := r.Int("from_me"); mine != 1 {
		key, _ := b.person(r.Get("sender_jid_row_id"))
		if by = key; by == "" {
			by = b.personKey(b.p.conv.ID)
		}
	}
	ms, _ := r.Int("timestamp")
	if t, ok := list[0].Int("sender_timestamp"); ok && t > 0 {
		ms = t
	}
	emoji := valid(list[0].Text("reaction"))
	if emoji == "" { // taken back
		return
	}
	at := ""
	if t := millis(ms); t != nil && ms > 0 {
		at = t.UTC
	}
	react(m, emoji, by, at)
}

// react adds somebody's reaction. Times stay parallel to people, or there are none.
func react(m *message.Message, emoji, by, at string) {
	for i := range m.Reactions {
		if x := &m.Reactions[i]; x.Emoji == emoji {
			x.By, x.Count = append(x.By, by), x.Count+1
			if x.At = append(x.At, at); at == "" || len(x.At) != len(x.By) {
				x.At = nil
			}
			return
		}
	}
	x := message.Reaction{Emoji: emoji, Unicode: emoji, By: []string{by}, Count: 1}
	if at != "" {
		x.At = []string{at}
	}
	m.Reactions = append(m.Reactions, x)
}
