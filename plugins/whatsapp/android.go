package whatsapp

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/sqlite"
)

// android is msgstore.db: the tables "message" and "messages", of which an app in the middle of its own migration
// has both, and the tables beside them.
type android struct {
	*database
	beside []*sqlite.Table   // with rows for messages, that have something in them
	names  map[string]string // of contacts by jid, from wa.db
}

// jid is who or what an address of WhatsApp stands for.
type jid struct {
	id   string // of the person or conversation
	raw  string
	kind string // of a conversation with it
}

const maxContacts = 500_000

func newAndroid(ctx context.Context, d *database, contacts string) *android {
	a := &android{database: d, names: map[string]string{}}
	if sqlite.Is(contacts) {
		a.contacts(ctx, contacts)
	}
	return a
}

func (a *android) id() string { return "_id" }

// contacts reads the names of people from wa.db beside the database. Without it people have their numbers alone.
func (a *android) contacts(ctx context.Context, path string) {
	db, err := sqlite.Open(ctx, path, a.conf.Temp)
	if err != nil {
		return
	}
	defer db.Close()
	s, err := db.Session(ctx)
	if err != nil || db.Table("wa_contacts", "jid") == nil {
		return
	}
	defer s.Close()
	err = s.Each(ctx, db.Table("wa_contacts"), "jid IS NOT NULL", fmt.Sprintf("LIMIT %d", maxContacts), func(r *sqlite.Row) error {
		if name := first(r.Text("display_name"), r.Text("wa_name")); name != "" {
			a.names[r.Text("jid")] = strings.ToValidUTF8(name, "\ufffd")
		}
		return nil
	})
	if err != nil {
		clear(a.names)
	}
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// address reads an address such as "491701234567@s.whatsapp.net". A number is the same person as in exported text.
func address(raw string) jid {
	raw = clean(raw)
	user, server, _ := strings.Cut(raw, "@")
	user, _, _ = strings.Cut(user, ":") // of one device
	user, _, _ = strings.Cut(user, ".")
	j := jid{id: raw, raw: raw, kind: "unknown"}
	switch server {
	case "s.whatsapp.net":
		if j.kind = "direct"; len(user) >= 7 && strings.Trim(user, "0123456789") == "" {
			j.id = "+" + user
		}
	case "lid":
		j.kind = "direct"
	case "g.us":
		j.kind = "group"
	case "broadcast", "newsletter":
		j.kind = "broadcast"
	}
	return j
}

// jid finds an address by its row. Since 2025 people have addresses without a number, which a table maps to those
// that have one.
func (a *android) jid(ctx context.Context, s *sqlite.Session, row int64, cache map[int64]jid) (jid, error) {
	if j, ok := cache[row]; ok {
		return j, nil
	}
	j := jid{id: fmt.Sprintf("jid %d", row), kind: "unknown"}
	look := func(row int64) error {
		t := a.db.Table("jid", "_id")
		if t == nil {
			return nil
		}
		return s.Each(ctx, t, "_id = ?", "LIMIT 1", func(r *sqlite.Row) error {
			raw := r.Text("raw_string")
			if raw == "" && r.Text("user") != "" {
				raw = r.Text("user") + "@" + r.Text("server")
			}
			if raw != "" {
				j = address(raw)
			}
			return nil
		}, row)
	}
	if err := look(row); err != nil {
		return j, err
	}
	if t := a.db.Table("jid_map", "lid_row_id"); t != nil && strings.HasSuffix(j.raw, "@lid") {
		mapped := int64(0)
		if err := s.Each(ctx, t, "lid_row_id = ?", "LIMIT 1", func(r *sqlite.Row) error { mapped, _ = r.Int("jid_row_id"); return nil }, row); err != nil {
			return j, err
		}
		if mapped > 0 {
			if err := look(mapped); err != nil {
				return j, err
			}
		}
	}
	if len(cache) > 100_000 {
		clear(cache)
	}
	cache[row] = j
	return j, nil
}

func (d *database) convKey(id string) string { return message.Key(system, d.conf.Instance, id) }
func (d *database) personKey(id string) string {
	return message.Key(system, d.conf.Instance, "person", id)
}

// me is the phone's owner.
func (d *database) me() string { return d.personKey(first(d.conf.Me, "me")) }

// places lists the chats of both tables of messages, and of the log of calls.
func (a *android) places(ctx context.Context, s *sqlite.Session) ([]*place, error) {
	list, byID := []*place{}, map[string]*place{}
	get := func(j jid) *place {
		p := byID[j.id]
		if p == nil {
			p = &place{conv: &message.Conversation{Key: a.convKey(j.id), ID: j.id, System: system, Instance: a.conf.Instance, Kind: j.kind, DisplayName: a.names[j.raw], Custodian: a.me()}}
			byID[j.id] = p
			list = append(list, p)
		}
		return p
	}
	cache, byRow := map[int64]jid{}, map[int64]*place{}
	if t := a.db.Table("chat", "_id"); t != nil {
		if err := s.Each(ctx, t, "1", "ORDER BY _id", func(r *sqlite.Row) error {
			j := jid{id: "chat " + r.Text("_id"), kind: "unknown"}
			if row, ok := r.Int("jid_row_id"); ok {
				var err error
				if j, err = a.jid(ctx, s, row, cache); err != nil {
					return err
				}
			}
			p := get(j)
			if row, ok := r.Int("_id"); ok {
				byRow[row] = p
			}
			a.describe(p.conv, r)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	if err := a.count(ctx, s, "message", "chat_row_id", "key_id", "key_id IS NOT '-1'", func(v any) (*place, error) {
		row, ok := v.(int64)
		if p := byRow[row]; ok && p != nil {
			return p, nil
		}
		return get(jid{id: fmt.Sprintf("chat %v", plainValue(v)), kind: "unknown"}), nil
	}); err != nil {
		return nil, err
	}
	if err := a.count(ctx, s, "messages", "key_remote_jid", "key_id", "key_remote_jid IS NOT '-1'", func(v any) (*place, error) {
		return get(address(plainValue(v))), nil
	}); err != nil {
		return nil, err
	}
	err := a.count(ctx, s, "call_log", "jid_row_id", "_id", "1", func(v any) (*place, error) {
		row, ok := v.(int64)
		if !ok {
			return get(jid{id: "jid " + plainValue(v), kind: "unknown"}), nil
		}
		j, err := a.jid(ctx, s, row, cache)
		return get(j), err
	})
	if err == nil {
		err = a.findBeside(ctx, s)
	}
	return list, err
}

// plainValue is a value as part of an id, whatever its type.
func plainValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "(none)"
	case []byte:
		return clean(string(v))
	}
	return clean(fmt.Sprint(v))
}

func (a *android) describe(c *message.Conversation, r *sqlite.Row) {
	r.Get("sort_timestamp")
	if v := r.Text("subject"); v != "" {
		c.DisplayName = strings.ToValidUTF8(v, "\ufffd")
	}
	if ms, ok := r.Int("created_timestamp"); ok && ms > 0 {
		c.Created = millis(ms)
	}
	n, _ := r.Int("archived")
	c.Archived = n == 1
	for _, state := range r.Table.Columns { // where the app stands in a chat is no history
		if strings.Contains(state, "row_id") || strings.Contains(state, "sort_id") || strings.Contains(state, "unseen") || state == "_id" || state == "mod_tag" || state == "gen" {
			r.Get(state)
		}
	}
	r.Left(func(column, value string) { put(&c.Ext, "whatsapp.chat."+column, value) })
}

func put(ext *map[string]string, key, value string) {
	if *ext == nil {
		*ext = map[string]string{}
	}
	(*ext)[key] = value
}

// findBeside lists the tables that have rows for messages. Pictures of pictures are no history.
func (a *android) findBeside(ctx context.Context, s *sqlite.Session) error {
	for _, name := range a.db.Tables() {
		t := a.db.Table(name)
		if !t.Has("message_row_id") || strings.Contains(name, "thumbnail") || strings.Contains(name, "fts") || name == "message_streaming_sidecar" || name == "labeled_messages" {
			continue
		}
		if err := s.Each(ctx, t, "1", "LIMIT 1", func(*sqlite.Row) error {
			a.beside = append(a.beside, t)
			return nil
		}); err != nil && !sqlite.TooBig(err) {
			return err
		}
	}
	return nil
}

// people lists who wrote, who is in a group, and with whom there is a chat.
func (a *android) people(ctx context.Context, s *sqlite.Session, list []*place) (map[string]*message.Person, error) {
	people := map[string]*message.Person{}
	add := func(j jid) string {
		key := a.personKey(j.id)
		if people[key] == nil && len(people) < maxContacts {
			p := &message.Person{Key: key, ID: j.id, Kind: "human", Name: first(a.names[j.raw], j.id)}
			if strings.HasPrefix(j.id, "+") {
				p.Phone = j.id
			}
			people[key] = p
		}
		return key
	}
	owner := first(a.conf.Me, "me")
	people[a.me()] = &message.Person{Key: a.me(), ID: owner, Kind: "human", Name: owner}
	for _, p := range list {
		if p.conv.Kind == "direct" {
			other := add(jid{id: p.conv.ID, raw: strings.TrimPrefix(p.conv.ID, "+") + "@s.whatsapp.net"})
			p.conv.Participants = sortedPair(a.me(), other)
		}
	}
	cache := map[int64]jid{}
	byRow := func(v any) error {
		row, ok := v.(int64)
		if !ok || row <= 0 {
			return nil
		}
		j, err := a.jid(ctx, s, row, cache)
		if err == nil && j.kind == "direct" {
			add(j)
		}
		return err
	}
	for _, from := range [][2]string{{"message", "sender_jid_row_id"}, {"message_add_on", "sender_jid_row_id"}, {"group_participant_user", "user_jid_row_id"}, {"message_mentions", "jid_row_id"}, {"messages", "remote_resource"}} {
		t := a.db.Table(from[0], from[1])
		if t == nil {
			continue
		}
		var values []any
		if err := s.Query(ctx, fmt.Sprintf("SELECT DISTINCT +%s FROM %s LIMIT %d", sqlite.Column(from[1]), sqlite.Column(from[0]), maxContacts), func(scan func(...any) error) error {
			var v any
			err := scan(&v)
			values = append(values, v)
			return err
		}); err != nil {
			return nil, err
		}
		for _, v := range values {
			if text, ok := v.(string); ok {
				if j := address(text); j.kind == "direct" {
					add(j)
				}
				continue
			}
			if err := byRow(v); err != nil {
				return nil, err
			}
		}
	}
	return people, nil
}

func sortedPair(a, b string) []string {
	switch {
	case a == b:
		return []string{a}
	case a > b:
		a, b = b, a
	}
	return []string{a, b}
}

// millis reads a time in milliseconds.
func millis(ms int64) *message.Time {
	t, ok := instant(ms/1000, ms%1000)
	if !ok {
		return nil
	}
	t.Raw = strconv.FormatInt(ms, 10)
	return &t
}
