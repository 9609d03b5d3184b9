package whatsapp

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/sqlite"
)

// kindOf is what a type of message is; a file when it has a role.
type kindOf struct{ kind, role string }

// androidKinds are the types of msgstore.db. One that is not here is unknown and keeps its number in Subtype.
var androidKinds = map[int64]kindOf{
	0: {message.KindText, ""}, 1: {message.KindFile, "image"}, 2: {message.KindFile, "voice"}, 3: {message.KindFile, "video"}, 4: {message.KindText, ""},
	5: {message.KindText, ""}, 7: {message.KindSystem, ""}, 8: {message.KindCall, ""}, 9: {message.KindFile, "file"}, 10: {message.KindCall, ""},
	11: {message.KindWithheld, ""}, 13: {message.KindFile, "video"}, 14: {message.KindText, ""}, 15: {message.KindTombstone, ""}, 16: {message.KindText, ""},
	20: {message.KindFile, "sticker"}, 24: {message.KindText, ""}, 42: {message.KindFile, "image"}, 43: {message.KindFile, "video"}, 66: {message.KindPoll, ""},
}

// androidActions are the kinds of the notices that have one.
var androidActions = map[int64]string{1: message.KindRename, 4: message.KindJoin, 5: message.KindLeave, 7: message.KindLeave, 12: message.KindJoin,
	13: message.KindLeave, 14: message.KindLeave, 20: message.KindJoin, 27: message.KindPurpose}

// mostBeside is how many rows of one table may stand beside one batch of messages.
const mostBeside = 500_000

// builder makes messages of one batch of rows.
type builder struct {
	*android
	ctx  context.Context
	s    *sqlite.Session
	p    *place
	out  *plugin.Emitter
	side map[int64]map[string][]*sqlite.Row // by message and table
	jids map[int64]jid
	err  error
}

func (a *android) batch(ctx context.Context, s *sqlite.Session, p *place, t *sqlite.Table, rows []*sqlite.Row, out *plugin.Emitter) ([]built, error) {
	b := &builder{android: a, ctx: ctx, s: s, p: p, out: out, side: map[int64]map[string][]*sqlite.Row{}, jids: map[int64]jid{}}
	if t.Name == "message" {
		if err := b.load(rows); err != nil {
			return nil, err
		}
	}
	list := make([]built, 0, len(rows))
	for _, r := range rows {
		var x built
		switch t.Name {
		case "message":
			x = b.message(r)
		case "messages":
			x = b.legacy(r)
		default:
			x = b.call(r)
		}
		if b.err != nil {
			return nil, b.err
		}
		list = append(list, x)
	}
	return list, nil
}

// load reads what stands beside a batch of messages.
func (b *builder) load(rows []*sqlite.Row) error {
	var ids []any
	for _, r := range rows {
		id, _ := r.Int("_id")
		ids = append(ids, id)
	}
	for _, t := range b.beside {
		if _, err := b.join(t, "message_row_id", ids); err != nil {
			return err
		}
	}
	t := b.db.Table("message_add_on", "parent_message_row_id", "_id")
	reactions := b.db.Table("message_add_on_reaction", "message_add_on_row_id")
	if t == nil {
		return nil
	}
	addOns, err := b.join(t, "parent_message_row_id", ids)
	if err != nil || len(addOns) == 0 || reactions == nil {
		return err
	}
	ids = ids[:0]
	for _, r := range addOns {
		id, _ := r.Int("_id")
		ids = append(ids, id)
	}
	for len(ids) > 0 {
		n := min(len(ids), 500)
		if _, err := b.join(reactions, "message_add_on_row_id", ids[:n]); err != nil {
			return err
		}
		ids = ids[n:]
	}
	return nil
}

// join reads the rows of a table whose column has one of the ids, and keeps them under the ids. Reactions keep
// those of the add-on they belong to, below zero.
func (b *builder) join(t *sqlite.Table, column string, ids []any) (found []*sqlite.Row, err error) {
	c := sqlite.Column(column)
	where := fmt.Sprintf("%s IN (?%s)", c, strings.Repeat(", ?", len(ids)-1))
	err = b.s.Each(b.ctx, t, where, "ORDER BY "+c, func(r *sqlite.Row) error {
		if len(found) >= mostBeside {
			return fault.New(fault.Corrupt, "read", t.Name, "the database is damaged, or made to do harm", errors.New("has too many rows for a few messages"))
		}
		r = r.Clone()
		found = append(found, r)
		id, _ := r.Int(column)
		if column == "message_add_on_row_id" {
			id = -id
		}
		if b.side[id] == nil {
			b.side[id] = map[string][]*sqlite.Row{}
		}
		b.side[id][t.Name] = append(b.side[id][t.Name], r)
		return nil
	}, ids...)
	if sqlite.TooBig(err) { // what is that long beside a message is no text
		err = nil
	}
	return found, err
}

// person gives the key of the person at an address.
func (b *builder) person(v any) (key string, id string) {
	row, ok := v.(int64)
	if !ok || row <= 0 || b.err != nil {
		return "", ""
	}
	j, err := b.jid(b.ctx, b.s, row, b.jids)
	b.err = err
	return b.personKey(j.id), j.id
}

// messageKey is the key of a message. WhatsApp's own id is unique for a sender in one direction only.
func messageKey(conv, direction, sender, id string) string {
	if direction == "out" {
		sender = ""
	}
	return conv + ":" + message.Key(direction, clean(sender), clean(id))
}

// sender is who wrote a row: the owner, the row's own sender, or the other side of a direct chat.
func (b *builder) sender(m *message.Message, fromMe int64, key, id string) (sender string) {
	m.Direction = "in"
	switch {
	case fromMe == 1:
		m.Direction, m.Author = "out", b.me()
		return ""
	case key != "":
		m.Author = key
		return id
	case b.p.conv.Kind == "direct":
		m.Author = b.personKey(b.p.conv.ID)
		return b.p.conv.ID
	}
	return ""
}

// stamp settles the time of a row.
func stamp(m *message.Message, at, received int64, has bool) bool {
	t := millis(at)
	if !has || t == nil {
		if t = millis(received); t == nil || received <= 0 {
			return false
		}
	} else if r := millis(received); received > 0 && r != nil {
		m.Received = r
	}
	m.Sent = *t
	return true
}

var noTime = built{reason: "bad_time", detail: "the row has no time that can be read"}

func (b *builder) message(r *sqlite.Row) built {
	m := &message.Message{Conversation: b.p.conv.Key, ID: clean(r.Text("key_id")), Seq: r.Text("sort_id")}
	fromMe, _ := r.Int("from_me")
	key, id := b.person(r.Get("sender_jid_row_id"))
	sender := b.sender(m, fromMe, key, id)
	row, _ := r.Int("_id")
	if m.ID == "" {
		m.ID = fmt.Sprintf("row %d", row)
	}
	m.Key = messageKey(m.Conversation, m.Direction, sender, m.ID)
	if strings.Trim(m.Seq, "0123456789") != "" || m.Seq == "0" {
		m.Seq = ""
	}
	at, has := r.Int("timestamp")
	received, _ := r.Int("received_timestamp")
	if !stamp(m, at, received, has) {
		return noTime
	}
	typ, _ := r.Int("message_type")
	b.kind(m, typ)
	settleText(m, r.Text("text_data"))
	r.Get("chat_row_id")
	r.Get("lookup_tables") // which of the tables beside have something
	if n, _ := r.Int("starred"); n == 1 {
		m.Flagged = []message.Receipt{{By: b.me(), Action: "starred"}}
	}
	b.sides(m, b.side[row])
	if m.Kind == message.KindPoll && m.Poll == nil {
		m.Poll = &message.Poll{Question: m.Text}
		m.Text = ""
	}
	r.Left(func(column, value string) { put(&m.Ext, "whatsapp.message."+column, value) })
	return built{m: m}
}

func (b *builder) kind(m *message.Message, typ int64) {
	m.Subtype = strconv.FormatInt(typ, 10)
	k, known := androidKinds[typ]
	if m.Kind = k.kind; !known {
		m.Kind = message.KindUnknown
	}
	if k.role != "" {
		m.Attachments = []message.Attachment{{Role: k.role, State: message.MediaMissing, Reason: "not_in_dump"}}
	}
	switch m.Kind {
	case message.KindTombstone:
		m.Deleted = &message.Deletion{Mode: "tombstone"}
	case message.KindWithheld:
		m.Undecryptable = true
	case message.KindSystem:
		m.Event = &message.Event{Action: m.Kind, Actor: m.Author}
	}
}

func settleText(m *message.Message, text string) {
	if !utf8.ValidString(text) {
		m.TextB64, text = base64.StdEncoding.EncodeToString([]byte(text)), string([]rune(text))
	}
	m.Text = text
}
