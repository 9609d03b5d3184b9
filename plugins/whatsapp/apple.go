package whatsapp

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/sqlite"
	"google.golang.org/protobuf/encoding/protowire"
)

// apple is ChatStorage.sqlite. Its types of messages have other numbers than Android's.
type apple struct {
	*database
	members map[int64]member // rows of the table of group members
}

// member is somebody as a group knows him.
type member struct {
	jid     jid
	name    string
	session int64
}

// maxParticipants is how many members of a group are listed.
const maxParticipants = 5000

var appleKinds = map[int64]kindOf{
	0: {message.KindText, ""}, 1: {message.KindFile, "image"}, 2: {message.KindFile, "video"}, 3: {message.KindFile, "voice"}, 4: {message.KindText, ""},
	5: {message.KindText, ""}, 6: {message.KindSystem, ""}, 7: {message.KindText, ""}, 8: {message.KindFile, "file"}, 10: {message.KindSystem, ""},
	11: {message.KindFile, "video"}, 14: {message.KindTombstone, ""}, 15: {message.KindFile, "sticker"},
}

func (a *apple) id() string { return "Z_PK" }

// places lists the sessions, and what messages name no session that is there.
func (a *apple) places(ctx context.Context, s *sqlite.Session) ([]*place, error) {
	a.members = map[int64]member{}
	if t := a.db.Table("ZWAGROUPMEMBER", "Z_PK", "ZMEMBERJID"); t != nil {
		if err := s.Each(ctx, t, "1", fmt.Sprintf("ORDER BY Z_PK LIMIT %d", maxContacts), func(r *sqlite.Row) error {
			id, _ := r.Int("Z_PK")
			session, _ := r.Int("ZCHATSESSION")
			a.members[id] = member{jid: address(r.Text("ZMEMBERJID")), name: valid(first(r.Text("ZCONTACTNAME"), r.Text("ZFIRSTNAME"))), session: session}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	list, byID, byRow := []*place{}, map[string]*place{}, map[int64]*place{}
	get := func(j jid) *place {
		p := byID[j.id]
		if p == nil {
			p = &place{conv: &message.Conversation{Key: a.convKey(j.id), ID: j.id, System: system, Instance: a.conf.Instance, Kind: j.kind, Custodian: a.me()}}
			byID[j.id] = p
			list = append(list, p)
		}
		return p
	}
	if t := a.db.Table("ZWACHATSESSION", "Z_PK"); t != nil {
		if err := s.Each(ctx, t, "1", "ORDER BY Z_PK", func(r *sqlite.Row) error {
			row, _ := r.Int("Z_PK")
			j := jid{id: fmt.Sprintf("chat %d", row), kind: "unknown"}
			if raw := r.Text("ZCONTACTJID"); raw != "" {
				j = address(raw)
			}
			p := get(j)
			byRow[row] = p
			if name := valid(r.Text("ZPARTNERNAME")); name != "" {
				p.conv.DisplayName = name
			}
			n, _ := r.Int("ZARCHIVED")
			p.conv.Archived = n == 1
			return nil
		}); err != nil {
			return nil, err
		}
	}
	err := a.count(ctx, s, "ZWAMESSAGE", "ZCHATSESSION", "Z_PK", "1", func(v any) (*place, error) {
		if row, ok := v.(int64); ok && byRow[row] != nil {
			return byRow[row], nil
		}
		return get(jid{id: "chat " + plainValue(v), kind: "unknown"}), nil
	})
	return list, err
}

// people lists the members of groups, the other sides of direct chats, and who wrote.
func (a *apple) people(ctx context.Context, s *sqlite.Session, list []*place) (map[string]*message.Person, error) {
	owner := first(a.conf.Me, "me")
	people := map[string]*message.Person{a.me(): {Key: a.me(), ID: owner, Kind: "human", Name: owner}}
	add := func(j jid, name string) string {
		key := a.personKey(j.id)
		switch p := people[key]; {
		case p == nil && len(people) < maxContacts:
			p = &message.Person{Key: key, ID: j.id, Kind: "human", Name: first(name, j.id)}
			if strings.HasPrefix(j.id, "+") {
				p.Phone = j.id
			}
			people[key] = p
		case p != nil && p.Name == p.ID && name != "":
			p.Name = name
		}
		return key
	}
	groups := map[string]*place{}
	for _, p := range list {
		groups[p.conv.ID] = p
		if p.conv.Kind == "direct" {
			p.conv.Participants = sortedPair(a.me(), add(jid{id: p.conv.ID}, p.conv.DisplayName))
		}
	}
	sessions := map[int64]*place{}
	if t := a.db.Table("ZWACHATSESSION", "Z_PK", "ZCONTACTJID"); t != nil {
		if err := s.Each(ctx, t, "1", "", func(r *sqlite.Row) error {
			row, _ := r.Int("Z_PK")
			sessions[row] = groups[address(r.Text("ZCONTACTJID")).id]
			return nil
		}); err != nil {
			return nil, err
		}
	}
	for _, m := range a.members {
		key := add(m.jid, m.name)
		if p := sessions[m.session]; p != nil && p.conv.Kind == "group" && len(p.conv.Participants) < maxParticipants {
			p.conv.Participants = append(p.conv.Participants, key)
		}
	}
	for _, p := range list {
		slices.Sort(p.conv.Participants)
		p.conv.Participants = slices.Compact(p.conv.Participants)
	}
	t := a.db.Table("ZWAMESSAGE", "ZFROMJID")
	if t == nil {
		return people, nil
	}
	err := s.Query(ctx, fmt.Sprintf("SELECT DISTINCT +ZFROMJID FROM ZWAMESSAGE WHERE typeof(ZFROMJID) = 'text' LIMIT %d", maxContacts), func(scan func(...any) error) error {
		var raw string
		err := scan(&raw)
		if j := address(raw); j.kind == "direct" {
			add(j, "")
		}
		return err
	})
	return people, err
}

// appleBuilder makes messages of one batch of rows.
type appleBuilder struct {
	*apple
	p     *place
	out   *plugin.Emitter
	media map[int64][]*sqlite.Row
	info  map[int64][]*sqlite.Row
	err   error
}

func (a *apple) batch(ctx context.Context, s *sqlite.Session, p *place, _ *sqlite.Table, rows []*sqlite.Row, out *plugin.Emitter) ([]built, error) {
	b := &appleBuilder{apple: a, p: p, out: out, media: map[int64][]*sqlite.Row{}, info: map[int64][]*sqlite.Row{}}
	var ids []any
	for _, r := range rows {
		id, _ := r.Int("Z_PK")
		ids = append(ids, id)
	}
	for name, into := range map[string]map[int64][]*sqlite.Row{"ZWAMEDIAITEM": b.media, "ZWAMESSAGEINFO": b.info} {
		t := a.db.Table(name, "ZMESSAGE")
		if t == nil {
			continue
		}
		n := 0
		err := s.Each(ctx, t, fmt.Sprintf("ZMESSAGE IN (?%s)", strings.Repeat(", ?", len(ids)-1)), "ORDER BY ZMESSAGE, Z_PK", func(r *sqlite.Row) error {
			if n++; n > mostBeside {
				return fault.New(fault.Corrupt, "read", name, "the database is damaged, or made to do harm", errors.New("has too many rows for a few messages"))
			}
			r = r.Clone()
			of, _ := r.Int("ZMESSAGE")
			into[of] = append(into[of], r)
			return nil
		}, ids...)
		if err != nil && !sqlite.TooBig(err) {
			return nil, err
		}
	}
	list := make([]built, 0, len(rows))
	for _, r := range rows {
		list = append(list, b.message(r))
		if b.err != nil {
			return nil, b.err
		}
	}
	return list, nil
}

func (b *appleBuilder) message(r *sqlite.Row) built {
	row, _ := r.Int("Z_PK")
	typ, _ := r.Int("ZMESSAGETYPE")
	m := &message.Message{Conversation: b.p.conv.Key, ID: clean(r.Text("ZSTANZAID")), Subtype: fmt.Sprint(typ)}
	// The notices of one event may share an id.
	if k := appleKinds[typ].kind; m.ID == "" || k == message.KindSystem {
		m.ID = strings.TrimSpace(fmt.Sprintf("%s row %d", m.ID, row))
	}
	m.Key = m.Conversation + ":" + message.Key(m.ID)
	sent := appleTime(r, "ZMESSAGEDATE")
	if sent == nil {
		return noTime
	}
	m.Sent = *sent
	b.author(m, r)
	b.kind(m, r, typ)
	settleText(m, r.Text("ZTEXT"))
	if n, _ := r.Int("ZSTARRED"); n == 1 {
		m.Flagged = []message.Receipt{{By: b.me(), Action: "starred"}}
	}
	if n, ok := r.Int("ZSORT"); ok && n > 0 {
		m.Seq = fmt.Sprint(n)
	}
	for i, item := range b.media[row] {
		b.item(m, item, i, typ)
	}
	for _, item := range b.info[row] {
		keepRow(m, item, "ZWAMESSAGEINFO", 0)
	}
	for _, own := range []string{"Z_ENT", "Z_OPT", "ZCHATSESSION", "ZLASTSESSION", "ZMEDIAITEM", "ZMESSAGEINFO", "ZMESSAGESTATUS", "ZTOJID", "ZSPOTLIGHTSTATUS", "ZDOCID"} {
		r.Get(own) // of the store itself, or said by what the row belongs to
	}
	r.Left(func(column, value string) { put(&m.Ext, "whatsapp.ZWAMESSAGE."+column, value) })
	return built{m: m}
}

func (b *appleBuilder) author(m *message.Message, r *sqlite.Row) {
	mine, _ := r.Int("ZISFROMME")
	from := r.Text("ZFROMJID")
	group, inGroup := r.Int("ZGROUPMEMBER")
	switch who, known := b.members[group]; {
	case mine == 1:
		m.Direction, m.Author = "out", b.me()
		return
	case inGroup && known:
		m.Author = b.personKey(who.jid.id)
	case from != "" && address(from).kind == "direct":
		m.Author = b.personKey(address(from).id)
	case b.p.conv.Kind == "direct":
		m.Author = b.personKey(b.p.conv.ID)
	}
	m.Direction = "in"
}

func (b *appleBuilder) kind(m *message.Message, r *sqlite.Row, typ int64) {
	k, known := appleKinds[typ]
	if m.Kind = k.kind; !known {
		m.Kind = message.KindUnknown
	}
	if k.role != "" {
		m.Attachments = []message.Attachment{{Role: k.role, State: message.MediaMissing, Reason: "not_in_dump"}}
	}
	switch m.Kind {
	case message.KindTombstone:
		m.Deleted = &message.Deletion{Mode: "tombstone"}
	case message.KindSystem:
		m.Event = &message.Event{Action: m.Subtype, Actor: m.Author}
		if typ == 6 { // on other rows the number means something else
			m.Subtype += "." + first(r.Text("ZGROUPEVENTTYPE"), "0")
			m.Event.Action = m.Subtype
		}
	}
}

// appleDirs are where the paths of media begin, seen from where the database lies.
var appleDirs = []string{".", "Message"}

// item places a row of media: a file, a place, a contact, a preview, or the message that this one answers.
func (b *appleBuilder) item(m *message.Message, r *sqlite.Row, i int, typ int64) {
	r.Get("ZMEDIAKEY") // it opens the file on WhatsApp's servers: a secret
	if id := quotedIn(r.Bytes("ZMETADATA")); id != "" {
		m.ReplyTo = m.Conversation + ":" + message.Key(clean(id))
		m.Quoted = &message.Quote{Message: m.ReplyTo, Conversation: m.Conversation}
	}
	switch {
	case typ == 5:
		m.Location = &message.Location{Latitude: r.Text("ZLATITUDE"), Longitude: r.Text("ZLONGITUDE"), Name: valid(r.Text("ZTITLE"))}
	case typ == 4:
		if card := r.Text("ZVCARDSTRING"); strings.Contains(card, "BEGIN:VCARD") {
			contact(m, card)
		} else if m.Contact == nil {
			m.Contact = &message.Contact{Name: valid(r.Text("ZVCARDNAME"))}
		}
	case typ == 7:
		if url := valid(r.Text("ZMEDIAURL")); url != "" {
			m.Links = append(m.Links, message.Link{URL: url, Title: valid(r.Text("ZTITLE"))})
		}
	case len(m.Attachments) > 0:
		if i > 0 {
			m.Attachments = append(m.Attachments, message.Attachment{Role: m.Attachments[0].Role})
		}
		x := &m.Attachments[len(m.Attachments)-1]
		x.MIME, x.URL, x.Size, x.Duration = valid(r.Text("ZVCARDSTRING")), valid(r.Text("ZMEDIAURL")), positive(r, "ZFILESIZE"), positive(r, "ZMOVIEDURATION")
		x.Name = valid(r.Text("ZVCARDNAME"))
		if caption := valid(r.Text("ZTITLE")); m.Text == "" && m.TextB64 == "" {
			m.Text = caption
		} else {
			x.Title = caption
		}
		if err := b.take(x, appleDirs, strings.TrimPrefix(r.Text("ZMEDIALOCALPATH"), "/"), b.out); err != nil && b.err == nil {
			b.err = err
		}
	}
	keepRow(m, r, "ZWAMEDIAITEM", i)
}

// keepRow keeps what of a row beside a message has no place.
func keepRow(m *message.Message, r *sqlite.Row, table string, i int) {
	for _, own := range []string{"Z_PK", "Z_ENT", "Z_OPT", "ZMESSAGE"} {
		r.Get(own)
	}
	name := "whatsapp." + table + "."
	if i > 0 {
		name += fmt.Sprintf("%d.", i+1)
	}
	r.Left(func(column, value string) { put(&m.Ext, name+column, value) })
}

// quotedIn finds the id of the answered message in the metadata of a message: field 5 of a protocol buffer.
func quotedIn(b []byte) (id string) {
	err := fields(b, func(n protowire.Number, v []byte) {
		if n == 5 && id == "" && len(v) > 0 && len(v) <= 128 {
			id = string(v)
			for _, c := range v {
				if c < 0x20 || c > 0x7e {
					id = strings.ToUpper(hex.EncodeToString(v))
				}
			}
		}
	})
	if err != nil {
		return ""
	}
	return id
}

// appleTime reads seconds since 2001.
func appleTime(r *sqlite.Row, column string) *message.Time {
	raw := r.Text(column)
	var t message.Time
	ok := false
	switch v := r.Get(column).(type) {
	case int64:
		t, ok = secondsOf(v, 0)
	case float64:
		if v > -1e11 && v < 1e12 {
			whole := int64(v)
			t, ok = secondsOf(whole, int64((v-float64(whole))*1e6+0.5))
		}
	}
	if !ok {
		return nil
	}
	t.Raw = raw
	return &t
}
