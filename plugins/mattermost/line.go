package mattermost

import (
	"math"
	"strconv"

	"github.com/chatferry/chatferry/core/scan"
)

// line is one line of import.jsonl, as far as we use or check it. Pointers tell absent and null from
// empty.
type line struct {
	typ     string
	version int64
	team    *teamLine
	channel *channelLine
	user    *userLine
	bot     *botLine
	post    *postLine // of both kinds
	direct  *directLine
	emoji   *emojiLine
}

type teamLine struct {
	name, display, kind, description *string
	open                             bool // allow_open_invite
}

type channelLine struct {
	team, name, display, kind, header, purpose *string
	deletedAt                                  int64
}

type userLine struct {
	name, email, nickname, first, last, position, locale, roles, image *string
	authService, authData, password, theme                             *string
	owner                                                              *string // of a bot
	deleteAt                                                           int64
	teams                                                              []userTeam
	notify                                                             map[string]string
}

type userTeam struct {
	name, roles *string
	theme       *string
	channels    []userChannel
}

type userChannel struct{ name, roles *string }

type botLine struct {
	name, owner, display, description, image *string
	deleteAt                                 int64
}

type emojiLine struct{ name, image *string }

type directLine struct {
	members, favorited []string
	header             *string
}

type postLine struct {
	team, channel, user, message *string
	members                      []string
	typ                          string
	props                        string // exact JSON
	createAt, editAt             int64
	pinned                       bool
	flagged                      []string
	reactions                    []reactionLine
	files                        []string
	replies                      []postLine
}

type reactionLine struct {
	user, emoji *string
	at          int64
}

// parseLine reads one line. Fields that the importer ignores are ignored.
func parseLine(in string) (*line, error) {
	s := scan.New(in)
	l := &line{}
	for s.Object(); s.Next(); {
		switch s.Key() {
		case "type":
			l.typ = s.String()
		case "version":
			l.version = integer(s)
		case "team":
			l.team = &teamLine{}
			members(s, func(k string) bool {
				if k == "allow_open_invite" {
					l.team.open = s.Bool()
					return true
				}
				return text(s, k, "name", &l.team.name, "display_name", &l.team.display, "type", &l.team.kind, "description", &l.team.description)
			})
		case "channel":
			c := &channelLine{}
			l.channel = c
			members(s, func(k string) bool {
				if k == "deleted_at" {
					c.deletedAt = integer(s)
					return true
				}
				return text(s, k, "team", &c.team, "name", &c.name, "display_name", &c.display, "type", &c.kind, "header", &c.header, "purpose", &c.purpose)
			})
		case "user":
			l.user = parseUser(s)
		case "bot":
			b := &botLine{}
			l.bot = b
			members(s, func(k string) bool {
				if k == "delete_at" {
					b.deleteAt = integer(s)
					return true
				}
				return text(s, k, "username", &b.name, "owner", &b.owner, "display_name", &b.display, "description", &b.description, "profile_image", &b.image)
			})
		case "post", "direct_post":
			l.post = &postLine{}
			parsePost(s, l.post, true)
		case "direct_channel":
			l.direct = parseDirect(s)
		case "emoji":
			l.emoji = &emojiLine{}
			members(s, func(k string) bool { return text(s, k, "name", &l.emoji.name, "image", &l.emoji.image) })
		default:
			s.Skip()
		}
	}
	return l, s.End()
}

// members walks an object; what take does not take is skipped. Null counts as an empty object.
func members(s *scan.Scanner, take func(key string) bool) {
	if s.SkipNull() {
		return
	}
	for s.Object(); s.Next(); {
		if !take(s.Key()) {
			s.Skip()
		}
	}
}

// text takes the string member k into the pointer that follows its name in pairs.
func text(s *scan.Scanner, k string, pairs ...any) bool {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i].(string) == k {
			*pairs[i+1].(**string) = stringOrNull(s)
			return true
		}
	}
	return false
}

func stringOrNull(s *scan.Scanner) *string {
	if s.SkipNull() {
		return nil
	}
	v := s.String()
	return &v
}

func integer(s *scan.Scanner) int64 {
	if s.SkipNull() {
		return 0
	}
	n, err := strconv.ParseInt(s.Number(), 10, 64)
	if err != nil {
		s.Failf("expected an integer")
		return math.MinInt64
	}
	return n
}

func list(s *scan.Scanner, each func()) {
	if s.SkipNull() {
		return
	}
	for s.Array(); s.Next(); {
		each()
	}
}

func stringList(s *scan.Scanner) (out []string) {
	list(s, func() { out = append(out, s.String()) })
	return out
}

func parseUser(s *scan.Scanner) *userLine {
	u := &userLine{}
	members(s, func(k string) bool {
		switch k {
		case "delete_at":
			u.deleteAt = integer(s)
		case "teams":
			list(s, func() { u.teams = append(u.teams, parseUserTeam(s)) })
		case "notify_props":
			u.notify = map[string]string{}
			members(s, func(k string) bool {
				if v := stringOrNull(s); v != nil {
					u.notify[k] = *v
				}
				return true
			})
		default:
			return text(s, k, "username", &u.name, "email", &u.email, "nickname", &u.nickname, "first_name", &u.first, "last_name", &u.last,
				"position", &u.position, "locale", &u.locale, "roles", &u.roles, "profile_image", &u.image, "auth_service", &u.authService,
				"auth_data", &u.authData, "password", &u.password, "theme", &u.theme)
		}
		return true
	})
	return u
}

func parseUserTeam(s *scan.Scanner) (t userTeam) {
	members(s, func(k string) bool {
		if k == "channels" {
			list(s, func() {
				var c userChannel
				members(s, func(k string) bool { return text(s, k, "name", &c.name, "roles", &c.roles) })
				t.channels = append(t.channels, c)
			})
			return true
		}
		return text(s, k, "name", &t.name, "roles", &t.roles, "theme", &t.theme)
	})
	return t
}

func parseDirect(s *scan.Scanner) *directLine {
	d := &directLine{}
	members(s, func(k string) bool {
		switch k {
		case "members":
			d.members = append(d.members, stringList(s)...)
		case "favorited_by":
			d.favorited = stringList(s)
		case "participants":
			list(s, func() {
				var name *string
				members(s, func(k string) bool { return text(s, k, "username", &name) })
				if name != nil {
					d.members = append(d.members, *name)
				}
			})
		default:
			return text(s, k, "header", &d.header)
		}
		return true
	})
	return d
}

func parsePost(s *scan.Scanner, p *postLine, root bool) {
	if s.SkipNull() {
		return
	}
	for s.Object(); s.Next(); {
		switch k := s.Key(); k {
		case "team":
			p.team = stringOrNull(s)
		case "channel":
			p.channel = stringOrNull(s)
		case "user":
			p.user = stringOrNull(s)
		case "message":
			p.message = stringOrNull(s)
		case "channel_members":
			p.members = stringList(s)
		case "type":
			if v := stringOrNull(s); v != nil {
				p.typ = *v
			}
		case "props":
			p.props = s.Raw()
		case "create_at":
			p.createAt = integer(s)
		case "edit_at":
			p.editAt = integer(s)
		case "is_pinned":
			p.pinned = s.Bool()
		case "flagged_by":
			p.flagged = stringList(s)
		case "reactions":
			list(s, func() { p.reactions = append(p.reactions, parseReaction(s)) })
		case "attachments":
			list(s, func() {
				var path *string
				members(s, func(k string) bool { return text(s, k, "path", &path) })
				if path == nil {
					path = new(string)
				}
				p.files = append(p.files, *path)
			})
		case "replies":
			list(s, func() {
				if !root {
					s.Failf("a reply has replies")
					return
				}
				var r postLine
				parsePost(s, &r, false)
				p.replies = append(p.replies, r)
			})
		default:
			s.Skip()
		}
	}
}

func parseReaction(s *scan.Scanner) (r reactionLine) {
	members(s, func(k string) bool {
		if k == "create_at" {
			r.at = integer(s)
			return true
		}
		return text(s, k, "user", &r.user, "emoji_name", &r.emoji)
	})
	return r
}
