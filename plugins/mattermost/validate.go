package mattermost

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Violation is one broken rule of the bulk import: the line, from 1, and what is wrong. It names no content.
type Violation struct {
	Line int
	Rule string
}

func (v Violation) Error() string { return fmt.Sprintf("line %d: %s", v.Line, v.Rule) }

// validator checks lines in order. It remembers teams, channels, accounts and emoji, not posts.
type validator struct {
	n        int
	teams    map[string]bool
	channels map[string]bool
	users    map[string]bool
	emoji    map[string]bool
	groups   map[string]bool
	// has tells whether a file stands below data/; nil: not checked.
	has func(path string) bool
	// lenient accepts what servers write themselves: emoji after posts, and references to accounts
	// that are not in the file.
	lenient bool
	report  func(Violation) error
	err     error
}

func newValidator(has func(string) bool, report func(Violation) error) *validator {
	return &validator{teams: map[string]bool{}, channels: map[string]bool{}, users: map[string]bool{}, emoji: map[string]bool{}, groups: map[string]bool{}, has: has, report: report}
}

// Validate checks a whole import.jsonl by the importer's rules and those that keep an import from
// stopping half way: every reference must have been defined before. has tells whether an
// attachment's path is there; nil skips that. report is called for each violation and may stop.
func Validate(r io.Reader, has func(path string) bool, report func(Violation) error) error {
	v := newValidator(has, report)
	if err := eachLine(r, v.text); err != nil {
		return err
	}
	return v.end()
}

func (v *validator) fail(format string, args ...any) {
	if v.err == nil {
		v.err = v.report(Violation{Line: v.n, Rule: fmt.Sprintf(format, args...)})
	}
}

func (v *validator) text(in string) error {
	if strings.TrimSpace(in) == "" {
		v.n++
		v.fail("the line is blank")
		return v.err
	}
	l, err := parseLine(in)
	if err != nil {
		v.n++
		v.fail("it is not the JSON of an import: %v", err)
		return v.err
	}
	return v.line(l)
}

func (v *validator) end() error {
	if v.n == 0 {
		v.n = 1
		v.fail("the file is empty")
	}
	return v.err
}

// line checks one parsed line.
func (v *validator) line(l *line) error {
	v.n++
	if (l.typ == "version") != (v.n == 1) {
		v.fail("the first line, and only it, is the version")
	}
	switch {
	case l.typ == "version":
		if l.version != 1 {
			v.fail("the version is not 1")
		}
	case l.typ == "team" && l.team != nil:
		v.team(l.team)
	case l.typ == "channel" && l.channel != nil:
		v.channel(l.channel)
	case l.typ == "user" && l.user != nil:
		v.user(l.user)
	case l.typ == "bot" && l.bot != nil:
		v.bot(l.bot)
	case l.typ == "post" && l.post != nil:
		v.rootPost(l.post)
	case l.typ == "direct_post" && l.post != nil:
		v.directPost(l.post)
	case l.typ == "direct_channel" && l.direct != nil:
		v.direct(l.direct)
	case l.typ == "emoji" && l.emoji != nil:
		v.customEmoji(l.emoji)
	case l.typ == "role" || l.typ == "scheme":
	default:
		v.fail("the type is unknown or its object is missing")
	}
	return v.err
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (v *validator) runes(s *string, limit int, what string) {
	if s != nil && len(*s) > limit && utf8.RuneCountInString(*s) > limit {
		v.fail("%s has more than %d characters", what, limit)
	}
}

func (v *validator) team(t *teamLine) {
	name := strings.ToLower(value(t.name))
	if err := legalTeam(name); err != nil {
		v.fail("team: %v", err)
	}
	if value(t.display) == "" {
		v.fail("team: the display name is missing")
	}
	v.runes(t.display, maxDisplay, "team: the display name")
	if k := value(t.kind); k != "O" && k != "I" {
		v.fail("team: the type is not O or I")
	}
	if len(value(t.description)) > maxDescription {
		v.fail("team: the description is longer than %d bytes", maxDescription)
	}
	v.teams[name] = true
}

func (v *validator) channel(c *channelLine) {
	team, name := strings.ToLower(value(c.team)), strings.ToLower(value(c.name))
	if !v.teams[team] {
		v.fail("channel: its team was not defined before")
	}
	switch {
	case name == "" || len(name) > maxName:
		v.fail("channel: the name has not 1 to 64 characters")
	case !only(name, "-_") || !only(name[:1], ""):
		v.fail("channel: the name has characters other than a-z, 0-9, - and _, or does not start with a letter or digit")
	}
	v.runes(c.display, maxDisplay, "channel: the display name")
	v.runes(c.header, maxHeader, "channel: the header")
	v.runes(c.purpose, maxPurpose, "channel: the purpose")
	if k := value(c.kind); k != "O" && k != "P" {
		v.fail("channel: the type is not O or P")
	}
	if c.deletedAt < 0 {
		v.fail("channel: deleted_at is negative")
	}
	if v.channels[team+"/"+name] {
		v.fail("channel: it is defined twice")
	}
	v.channels[team+"/"+name] = true
}

func (v *validator) account(name, what string) {
	if !v.users[strings.ToLower(name)] && !v.lenient {
		v.fail("%s: an account was not defined before", what)
	}
}

func (v *validator) bot(b *botLine) {
	if err := legalUser(value(b.name)); err != nil {
		v.fail("bot: %v", err)
	}
	if value(b.owner) == "" {
		v.fail("bot: the owner is missing")
	}
	v.runes(b.display, maxDisplay, "bot: the display name")
	v.runes(b.description, maxHeader, "bot: the description")
	v.file(b.image, "bot: the picture")
	if b.deleteAt < 0 {
		v.fail("bot: delete_at is negative")
	}
	v.users[strings.ToLower(value(b.name))] = true
}

func (v *validator) customEmoji(e *emojiLine) {
	name := value(e.name)
	if name == "" || len(name) > maxEmoji || !only(strings.ToLower(name), "-_+") {
		v.fail("emoji: the name has not 1 to 64 characters a-z, 0-9, -, _ and +")
	}
	if value(e.image) == "" {
		v.fail("emoji: the image is missing")
	}
	v.file(e.image, "emoji: the image")
	if v.emoji[name] {
		v.fail("emoji: it is defined twice")
	}
	v.emoji[name] = true
}

func (v *validator) file(p *string, what string) {
	if p == nil || *p == "" {
		return
	}
	if path.IsAbs(*p) || *p == ".." || strings.HasPrefix(path.Clean(*p), "../") || strings.ContainsAny(*p, "\\\x00") {
		v.fail("%s: the path leaves the archive", what)
	} else if v.has != nil && !v.has(*p) {
		v.fail("%s: the file is not in the archive", what)
	}
}

// people checks the members of a direct conversation: two, who may be the same, or three to eight.
func (v *validator) people(members []string, what string) string {
	if len(members) < 2 || len(members) > maxDirect {
		v.fail("%s: it has not 2 to 8 members", what)
	}
	for _, m := range members {
		v.account(m, what)
	}
	sorted := slices.Clone(members)
	slices.Sort(sorted)
	if len(slices.Compact(slices.Clone(sorted))) != len(sorted) && len(sorted) > 2 {
		v.fail("%s: a member is named twice", what)
	}
	return strings.Join(sorted, "\x00")
}

func (v *validator) direct(d *directLine) {
	id := v.people(d.members, "direct channel")
	if v.groups[id] {
		v.fail("direct channel: it is defined twice")
	}
	v.groups[id] = true
	v.runes(d.header, maxHeader, "direct channel: the header")
	for _, f := range d.favorited {
		if !slices.Contains(d.members, f) {
			v.fail("direct channel: a favourite of somebody who is not a member")
		}
	}
}
