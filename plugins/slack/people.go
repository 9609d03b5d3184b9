package slack

import (
	"sort"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

// listing turns list elements into directory records. It uses the parser's helpers for members of
// unexpected types; each record has an ext of its own.
type listing struct {
	p    *parser
	a    *array
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

func (l *listing) begins(string) bool { return false }

func (l *listing) parse(s *scan.Scanner, view string) {
	l.p.start(s, view)
	l.p.secrets = l.a.secrets
	if s.Kind() != scan.Obj {
		s.Failf("%w", errNoObject)
		return
	}
	if l.people {
		l.parsePerson()
	} else {
		l.parseConversation()
	}
}

func (l *listing) emit(at *place) error {
	if l.people {
		return l.emitPerson(at)
	}
	return l.emitConversation(at)
}

func (l *listing) reject(reason, detail string) error {
	return l.a.send(plugin.Reject{Reason: reason, Detail: detail})
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
	for p.s.Object(); p.s.Next(); {
		switch p.s.Key() {
		case "id":
			w.ID = strings.Clone(p.str(ext))
		case "team_id":
			w.Tenant = p.str(ext)
		case "name":
			w.Username = p.str(ext)
		case "deleted":
			w.Deactivated = p.flag(ext)
		case "real_name":
			u.real = p.str(ext)
		case "tz":
			w.Zone = p.str(ext)
		case "locale":
			w.Locale = p.str(ext)
		case "is_admin":
			u.admin = p.flag(ext)
		case "is_owner":
			u.owner = p.flag(ext)
		case "is_primary_owner":
			u.primary = p.flag(ext)
		case "is_restricted":
			u.restricted = p.flag(ext)
		case "is_ultra_restricted":
			u.ultra = p.flag(ext)
		case "is_bot":
			u.bot = p.flag(ext)
		case "is_workflow_bot":
			u.workflow = p.flag(ext)
		case "updated":
			raw := p.scalar(ext)
			if w.Updated = createdOf(raw); w.Updated == nil && raw != "" && raw != "0" {
				p.put(ext, "updated", quote(raw))
			}
		case "enterprise_user":
			raw := p.raw()
			w.Workspaces = stringsOf(rawMember(raw, "teams"))
			p.put(ext, "enterprise_user", raw)
		case "profile":
			if p.object(ext) {
				l.profile(w, &u)
			}
		default:
			p.other(ext)
		}
	}
	l.settlePerson(w, &u)
}

func (l *listing) profile(w *message.Person, u *user) {
	p := l.p
	ext := &w.Ext
	for p.s.Object(); p.s.Next(); {
		switch key := p.s.Key(); key {
		case "display_name":
			u.display = p.str(ext)
		case "real_name":
			if v := p.str(ext); v != "" {
				w.RealName = v
			}
		case "first_name":
			w.FirstName = p.str(ext)
		case "last_name":
			w.LastName = p.str(ext)
		case "email":
			if v := p.str(ext); v != "" {
				w.Emails = []string{v}
			}
		case "title":
			w.Title = p.str(ext)
		case "phone":
			w.Phone = p.str(ext)
		case "status_text":
			w.Status = p.str(ext)
		case "bot_id":
			if v := p.str(ext); v != "" {
				w.Aliases = []string{v}
			}
		case "fields":
			l.custom(w, p.raw())
		case "team":
			if v := p.str(ext); v != w.Tenant {
				p.put(ext, "profile.team", quote(v))
			}
		default:
			if i := imageSize(key); i >= 0 && p.s.Kind() == scan.Str {
				u.images[i] = p.str(ext)
				continue
			}
			p.put(ext, "profile."+key, p.s.Raw())
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
		l.p.put(&w.Ext, "profile.fields", raw)
		return
	}
	alt := false
	for s.Object(); s.Next(); {
		name := s.Key()
		field := s.Raw()
		if v := memberOf(field, "value"); v != "" {
			w.Custom = append(w.Custom, message.Pair{Name: name, Value: v})
		}
		alt = alt || memberOf(field, "alt") != "" || memberOf(field, "label") != ""
	}
	if alt {
		l.p.put(&w.Ext, "profile.fields", raw)
	}
}

func (l *listing) settlePerson(w *message.Person, u *user) {
	if w.RealName == "" {
		w.RealName = u.real
	} else if u.real != w.RealName && u.real != "" {
		l.p.put(&w.Ext, "real_name", quote(u.real))
	}
	w.Name = first(u.display, w.RealName, w.Username)
	for i, url := range u.images {
		if url == "" {
			continue
		}
		if w.Avatar == nil {
			w.Avatar = &message.Attachment{Role: "avatar", URL: url, State: message.MediaRemote, Reason: "not_in_dump"}
		} else {
			l.p.put(&w.Avatar.Ext, imageSizes[i], quote(url))
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
	if !p.lossy && !p.s.Lossy {
		return
	}
	outer := p.ext
	if p.ext = *ext; p.ext == nil {
		p.ext = map[string]string{}
	}
	p.whole()
	*ext, p.ext = p.ext, outer
}

func (l *listing) emitPerson(at *place) error {
	w := l.person
	if w.ID == "" {
		return l.reject("no_id", "the person has no id")
	}
	w.Key = l.s.ids.key(w.ID)
	if l.s.conf.Raw {
		src := l.a.source()
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
func (l *listing) emitMember(w *message.Person, at *place) error {
	team := l.s.workspace(l.root)
	raw := string(at.raw)
	if l.a.secrets {
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
