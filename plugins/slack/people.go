package slack

import (
	"sort"
	"strings"

	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

// listing turns list elements into directory records. It uses the parser's helpers for members of
// unexpected types; each record has an ext of its own.
type listing struct {
	p    *parser
	a    *element.Array
	s    *source
	out  *plugin.Emitter
	root int
	kind uint8
	// nested tells that people of this list may have come in the organisation's list already.
	came    *idset
	person  *message.Person
	conv    *message.Conversation
	members []string
	raw     string
	people  bool
}

func (l *listing) Begins(string) bool { return false }

func (l *listing) Parse(s *scan.Scanner, view string) {
	l.p.start(s, view)
	if s.Kind() != scan.Obj {
		s.Failf("%w", element.ErrNoObject)
		return
	}
	if l.people {
		l.parsePerson()
	} else {
		l.parseConversation()
	}
}

func (l *listing) Emit(at *element.Place) error {
	if l.people {
		return l.emitPerson(at)
	}
	return l.emitConversation(at)
}

func (l *listing) reject(reason, detail string) error {
	return l.a.Reject(plugin.Reject{Reason: reason, Detail: detail})
}

// user are members that decide roles and kind.
type user struct {
	admin, owner, primary, restricted, ultra, bot, workflow bool
	display, real                                           string
	images                                                  [len(imageSizes)]string
}

// imageSizes are the avatars a profile may have, the best first.
var imageSizes = [...]string{"image_original", "image_1024", "image_512", "image_192", "image_72", "image_48", "image_32", "image_24"}

func (l *listing) parsePerson() {
	p := l.p
	w := &message.Person{Type: message.TypePerson, V: message.Version}
	l.person = w
	var u user
	ext := &w.Ext
	for p.S.Object(); p.S.Next(); {
		switch p.S.Key() {
		case "id":
			w.ID = strings.Clone(p.Str(ext))
		case "team_id":
			w.Tenant = p.Str(ext)
		case "name":
			w.Username = p.Str(ext)
		case "deleted":
			w.Deactivated = p.Flag(ext)
		case "real_name":
			u.real = p.Str(ext)
		case "tz":
			w.Zone = p.Str(ext)
		case "locale":
			w.Locale = p.Str(ext)
		case "is_admin":
			u.admin = p.Flag(ext)
		case "is_owner":
			u.owner = p.Flag(ext)
		case "is_primary_owner":
			u.primary = p.Flag(ext)
		case "is_restricted":
			u.restricted = p.Flag(ext)
		case "is_ultra_restricted":
			u.ultra = p.Flag(ext)
		case "is_bot":
			u.bot = p.Flag(ext)
		case "is_workflow_bot":
			u.workflow = p.Flag(ext)
		case "updated":
			raw := p.Scalar(ext)
			if w.Updated = createdOf(raw); w.Updated == nil && raw != "" && raw != "0" {
				p.Put(ext, "updated", element.Quote(raw))
			}
		case "enterprise_user":
			raw := p.Raw()
			w.Workspaces = element.Strings(element.RawMember(raw, "teams"))
			p.Put(ext, "enterprise_user", raw)
		case "profile":
			if p.Object(ext) {
				l.profile(w, &u)
			}
		default:
			p.Other(ext)
		}
	}
	l.settlePerson(w, &u)
}

func (l *listing) profile(w *message.Person, u *user) {
	p := l.p
	ext := &w.Ext
	for p.S.Object(); p.S.Next(); {
		switch key := p.S.Key(); key {
		case "display_name":
			u.display = p.Str(ext)
		case "real_name":
			if v := p.Str(ext); v != "" {
				w.RealName = v
			}
		case "first_name":
			w.FirstName = p.Str(ext)
		case "last_name":
			w.LastName = p.Str(ext)
		case "email":
			if v := p.Str(ext); v != "" {
				w.Emails = []string{v}
			}
		case "title":
			w.Title = p.Str(ext)
		case "phone":
			w.Phone = p.Str(ext)
		case "status_text":
			w.Status = p.Str(ext)
		case "bot_id":
			if v := p.Str(ext); v != "" {
				w.Aliases = []string{v}
			}
		case "fields":
			l.custom(w, p.Raw())
		case "team":
			if v := p.Str(ext); v != w.Tenant {
				p.Put(ext, "profile.team", element.Quote(v))
			}
		default:
			if i := imageSize(key); i >= 0 && p.S.Kind() == scan.Str {
				u.images[i] = p.Str(ext)
				continue
			}
			p.Put(ext, "profile."+key, p.S.Raw())
		}
	}
}

func imageSize(key string) int {
	if strings.HasPrefix(key, "image_") {
		for i, name := range imageSizes {
			if key == name {
				return i
			}
		}
	}
	return -1
}

// custom reads profile fields: {"Xf1":{"value":"..","alt":".."}}; an empty list stands for none.
func (l *listing) custom(w *message.Person, raw string) {
	var s scan.Scanner
	s.Reset(raw)
	if raw == "" {
		return
	}
	if s.Kind() != scan.Obj {
		l.p.Put(&w.Ext, "profile.fields", raw)
		return
	}
	alt := false
	for s.Object(); s.Next(); {
		name := s.Key()
		field := s.Raw()
		if v := element.Member(field, "value"); v != "" {
			w.Custom = append(w.Custom, message.Pair{Name: name, Value: v})
		}
		alt = alt || element.Member(field, "alt") != "" || element.Member(field, "label") != ""
	}
	if alt {
		l.p.Put(&w.Ext, "profile.fields", raw)
	}
}

func (l *listing) settlePerson(w *message.Person, u *user) {
	if w.RealName == "" {
		w.RealName = u.real
	} else if u.real != w.RealName && u.real != "" {
		l.p.Put(&w.Ext, "real_name", element.Quote(u.real))
	}
	w.Name = first(u.display, w.RealName, w.Username)
	for i, url := range u.images {
		if url == "" {
			continue
		}
		if w.Avatar == nil {
			w.Avatar = &message.Attachment{Role: "avatar", URL: url, State: message.MediaRemote, Reason: "not_in_dump"}
		} else {
			l.p.Put(&w.Avatar.Ext, imageSizes[i], element.Quote(url))
		}
	}
	w.Kind, w.Roles = "human", nil
	for _, r := range []struct {
		on   bool
		name string
	}{{u.primary, "primary_owner"}, {u.owner, "owner"}, {u.admin, "admin"}, {u.ultra, "single_channel_guest"}, {u.restricted && !u.ultra, "guest"}} {
		if r.on {
			w.Roles = append(w.Roles, r.name)
		}
	}
	switch {
	case w.ID == "USLACKBOT":
		w.Kind = "system"
	case u.workflow:
		w.Kind = "app"
	case u.bot:
		w.Kind = "bot"
	case u.restricted || u.ultra:
		w.Kind = "guest"
	}
	if len(w.Roles) == 0 && w.Kind == "human" {
		w.Roles = []string{"member"}
	}
	teams := l.s.ids.teams
	w.External = w.Tenant != "" && len(teams) > 0 && !teams[w.Tenant] && w.Tenant != l.s.ids.instance
	l.wholeIn(&w.Ext)
}

// wholeIn keeps the element's own JSON when something in it has no lossless place elsewhere.
func (l *listing) wholeIn(ext *map[string]string) {
	p := l.p
	if !p.Lossy && !p.S.Lossy {
		return
	}
	outer := p.Ext
	if p.Ext = *ext; p.Ext == nil {
		p.Ext = map[string]string{}
	}
	p.Whole()
	*ext, p.Ext = p.Ext, outer
}

func (l *listing) emitPerson(at *element.Place) error {
	w := l.person
	if w.ID == "" {
		return l.reject("no_id", "the person has no id")
	}
	w.Key = l.s.ids.key(w.ID)
	if l.s.conf.Raw {
		src := l.a.Source()
		w.Raw = &src
	}
	if l.s.roots[l.root].nested {
		if err := l.emitMember(w, at); err != nil || !l.came.add(w.ID) {
			return err
		}
	} else if l.came != nil {
		l.came.add(w.ID)
	}
	return l.out.Record(message.Of(w))
}

// emitMember makes a grid user a member of the workspace in whose list he stands.
func (l *listing) emitMember(w *message.Person, at *element.Place) error {
	team := l.s.workspace(l.root)
	raw := string(at.Raw)
	if l.p.Clean != nil {
		raw = withoutSecrets(raw)
	}
	role := "member"
	if len(w.Roles) > 0 {
		role = w.Roles[0]
	}
	m := &message.Membership{
		Key: team + ":member:" + keyPart(w.ID), Conversation: team, Person: w.Key, Role: role, Cause: "listed",
		Ext: map[string]string{"slack.user": strings.ToValidUTF8(raw, "\ufffd")}, Raw: w.Raw,
	}
	return l.out.Record(message.Of(m))
}

func keyPart(s string) string { return message.Key(s) }

// sortedKeys gives the keys of ids without repeats.
func (l *listing) sortedKeys(ids []string) []string {
	keys := make([]string, 0, len(ids))
	for _, id := range ids {
		keys = append(keys, l.s.ids.key(id))
	}
	sort.Strings(keys)
	out := keys[:0]
	for i, k := range keys {
		if i == 0 || k != keys[i-1] {
			out = append(out, k)
		}
	}
	return out
}
