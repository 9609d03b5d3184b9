package whatsapp

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/sqlite"
)

// legacy makes a message of a row of "messages", the table of apps until 2022.
func (b *builder) legacy(r *sqlite.Row) built {
	m := &message.Message{Conversation: b.p.conv.Key, ID: clean(r.Text("key_id"))}
	r.Get("key_remote_jid")
	fromMe, _ := r.Int("key_from_me")
	key, id := "", ""
	if who := r.Text("remote_resource"); strings.Contains(who, "@") {
		j := address(who)
		key, id = b.personKey(j.id), j.id
	}
	sender := b.sender(m, fromMe, key, id)
	row, _ := r.Int("_id")
	if m.ID == "" {
		m.ID = fmt.Sprintf("row %d", row)
	}
	m.Key = messageKey(m.Conversation, m.Direction, sender, m.ID)
	at, has := r.Int("timestamp")
	received, _ := r.Int("received_timestamp")
	if !stamp(m, at, received, has) {
		return noTime
	}
	typ, _ := r.Int("media_wa_type")
	status, _ := r.Int("status")
	edit, _ := r.Int("edit_version")
	if status == 6 && typ == 0 {
		typ = 7
	} else if edit == 7 && (status == 5 || status == 0) {
		typ = 15
	}
	b.kind(m, typ)
	data := r.Text("data")
	if typ == 4 {
		contact(m, data)
	} else {
		settleText(m, first(data, r.Text("media_caption")))
	}
	b.legacySides(m, r, typ)
	for _, state := range []string{"status", "needs_push", "send_count", "lookup_tables", "thumb_image", "raw_data", "media_enc_hash", "edit_version", "quoted_row_id"} {
		r.Get(state) // where the app stands in sending, and pictures of pictures
	}
	r.Left(func(column, value string) {
		if value != "-1" && value != `"-1"` { // that is how this table writes nothing
			put(&m.Ext, "whatsapp.messages."+column, value)
		}
	})
	return built{m: m}
}

func (b *builder) legacySides(m *message.Message, r *sqlite.Row, typ int64) {
	if n, _ := r.Int("starred"); n == 1 {
		m.Flagged = []message.Receipt{{By: b.me(), Action: "starred"}}
	}
	if typ == 5 || typ == 16 {
		m.Location = &message.Location{Latitude: r.Text("latitude"), Longitude: r.Text("longitude"), Name: valid(r.Text("media_name")), URL: valid(r.Text("media_url"))}
	}
	if len(m.Attachments) > 0 {
		a := &m.Attachments[0]
		a.Name, a.MIME, a.URL = valid(r.Text("media_name")), valid(r.Text("media_mime_type")), valid(r.Text("media_url"))
		a.Size, a.Duration = positive(r, "media_size"), positive(r, "media_duration")
		if hash := r.Text("media_hash"); hash != "" {
			put(&a.Ext, "whatsapp.media_hash", strconv.Quote(clean(hash)))
		}
	}
	for _, who := range strings.Split(r.Text("mentioned_jids"), ",") {
		if strings.Contains(who, "@") && len(m.Mentions) < 1024 {
			j := address(who)
			m.Mentions = append(m.Mentions, message.Mention{Kind: "person", Target: b.personKey(j.id), Name: j.id})
		}
	}
	if n, _ := r.Int("forwarded"); n > 0 {
		m.Labels = append(m.Labels, "forwarded")
	}
	row, _ := r.Int("quoted_row_id")
	t := b.db.Table("messages_quotes", "_id")
	if row <= 0 || t == nil || b.err != nil {
		return
	}
	b.err = b.s.Each(b.ctx, t, "_id = ?", "LIMIT 1", func(q *sqlite.Row) error {
		x := &message.Quote{Conversation: m.Conversation, Text: valid(q.Text("data"))}
		direction, sender := "in", ""
		if mine, _ := q.Int("key_from_me"); mine == 1 {
			direction, x.Author = "out", b.me()
		} else if j := address(first(q.Text("remote_resource"), q.Text("key_remote_jid"))); j.kind == "direct" {
			x.Author, sender = b.personKey(j.id), j.id
		}
		if ms, ok := q.Int("timestamp"); ok && ms > 0 {
			x.Sent = millis(ms)
		}
		x.Message = messageKey(m.Conversation, direction, sender, q.Text("key_id"))
		m.Quoted, m.ReplyTo = x, x.Message
		return nil
	}, row)
}

// outcomes of calls in the log.
var outcomes = map[int64]string{2: "missed", 4: "missed", 5: "answered"}

// call makes a message of a row of the log of calls.
func (b *builder) call(r *sqlite.Row) built {
	row, _ := r.Int("_id")
	m := &message.Message{Conversation: b.p.conv.Key, Kind: message.KindCall, ID: "call " + first(clean(r.Text("call_id")), fmt.Sprintf("row %d", row)), Subtype: "call_log"}
	if n := r.Text("transaction_id"); n != "" && n != "-1" {
		m.ID += " " + clean(n)
	}
	fromMe, _ := r.Int("from_me")
	key, id := b.person(r.Get("jid_row_id"))
	sender := b.sender(m, fromMe, key, id)
	m.Key = messageKey(m.Conversation, m.Direction, sender, m.ID)
	at, has := r.Int("timestamp")
	if !stamp(m, at, 0, has) {
		return noTime
	}
	result, _ := r.Int("call_result")
	sent := m.Sent
	m.Call = &message.Call{ID: clean(r.Text("call_id")), By: m.Author, Started: &sent, Outcome: outcomes[result]}
	if sec, ok := r.Int("duration"); ok && sec > 0 && sec < 1<<31 {
		m.Call.Ended = millis(at + sec*1000)
	}
	if video, _ := r.Int("video_call"); video == 1 {
		m.Call.Name = "video"
	}
	r.Left(func(column, value string) { put(&m.Ext, "whatsapp.call_log."+column, value) })
	return built{m: m}
}
