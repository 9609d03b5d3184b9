package projection

import (
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/people"
	"github.com/chatferry/chatferry/core/plugin"
)

func (x *Projector) person(p *message.Person, rule plugin.Rule, note func(Change)) {
	if x.p.Account == nil {
		return
	}
	t := x.ctx.Person(p.Key)
	p.Target = &t
	if t.Action == people.Existing || t.Action == people.Merge { // nothing about that account may change
		bare := message.Person{Type: p.Type, V: p.V, Key: p.Key, ID: p.ID, Kind: p.Kind, Target: p.Target}
		if p.Name != "" || p.RealName != "" || p.Avatar != nil || p.Title != "" || p.Deactivated {
			note(Change{"person", t.Action})
		}
		*p = bare
		return
	}
	if rule.Name == "bots_by_name" && t.Action == people.Bot {
		bot(p, note)
	}
	if x.has["person.real_name"] == "first_last" && p.RealName != "" {
		if p.FirstName == "" && p.LastName == "" {
			i := strings.LastIndexByte(strings.TrimSpace(p.RealName), ' ')
			p.FirstName = strings.TrimSpace(p.RealName[:max(i, 0)])
			p.LastName = strings.TrimSpace(p.RealName[max(i, 0):])
			if i < 0 {
				p.FirstName, p.LastName = p.LastName, ""
			}
		}
		p.RealName = ""
		note(Change{"person.real_name", "first_last"})
	}
	if x.has["person.active_until"] == "since" {
		x.since(p, note)
	}
	if x.has["person.locale"] == "short_locale" && p.Locale != "" && !shortLocale(p.Locale) {
		p.Locale = ""
		note(Change{"person.locale", "short_locale"})
	}
}

// bot leaves a bot its display name and picture.
func bot(p *message.Person, note func(Change)) {
	if p.Name == "" {
		p.Name = p.RealName
	}
	if p.FirstName != "" || p.LastName != "" || p.RealName != "" || p.Title != "" || p.Locale != "" {
		note(Change{"person", "bots_by_name"})
	}
	p.RealName, p.FirstName, p.LastName, p.Title, p.Locale = "", "", "", "", ""
}

// since makes ActiveUntil the time from which a deactivated account is deactivated, as well as the
// source knows it, and nothing for others.
func (x *Projector) since(p *message.Person, note func(Change)) {
	before := p.ActiveUntil
	if t := people.Placeholder; p.Target != nil && p.Target.Action == t {
		p.Deactivated = true
	}
	p.ActiveUntil = moment(p.Deactivated, before, p.Updated)
	if before != nil && (p.ActiveUntil == nil || *p.ActiveUntil != *before) {
		note(Change{"person.active_until", "since"})
	}
}

// moment is the first time known, in milliseconds, when a state holds.
func moment(holds bool, times ...*message.Time) *message.Time {
	for _, t := range times {
		if holds && t != nil {
			return &message.Time{UTC: roundTo(t.UTC, 3)}
		}
	}
	return nil
}

// shortLocale tells whether s is "de" or "pt-BR".
func shortLocale(s string) bool {
	letter := func(i int) bool { return s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' }
	switch len(s) {
	case 2:
		return letter(0) && letter(1)
	case 5:
		return letter(0) && letter(1) && s[2] == '-' && letter(3) && letter(4)
	}
	return false
}

func (x *Projector) conversation(c *message.Conversation, note func(Change)) bool {
	if x.has["conversation.archived_at"] == "archive_time" {
		before := c.ArchivedAt
		c.ArchivedAt = moment(c.Archived, before, c.Updated)
		if before != nil && (c.ArchivedAt == nil || *c.ArchivedAt != *before) {
			note(Change{"conversation.archived_at", "archive_time"})
		}
	}
	if x.p.Place == nil {
		return true
	}
	var pl Place
	if x.ctx.Place != nil {
		pl = x.ctx.Place(c.Key)
	}
	if pl.Kind == "" {
		pl = alone(x.p.Place, c, x.account)
	}
	if pl.Kind == "" {
		note(Change{"conversation", "place_kind"})
		return false
	}
	if x.has["conversation.kind"] == "place_kind" && pl.Kind != c.Kind {
		note(Change{"conversation.kind", "place_kind"})
		c.Kind = pl.Kind
	}
	if pl.Direct {
		x.direct(c, note)
		return true
	}
	if x.has["conversation.display_name"] == "default_name" {
		x.display(c, pl.Name, note)
	}
	if x.has["conversation.name"] == "place_name" && pl.Name != c.Name {
		note(Change{"conversation.name", "place_name"})
		c.Name = pl.Name
	}
	if c.Kind == "workspace" {
		x.workspace(c, note)
	}
	return true
}

// display gives a conversation a display name that is not too long.
func (x *Projector) display(c *message.Conversation, name string, note func(Change)) {
	before := c.DisplayName
	if c.DisplayName == "" {
		if c.DisplayName = c.Name; c.DisplayName == "" {
			c.DisplayName = name
		}
		before = name
	}
	if n := x.p.Place.Display; n > 0 && utf8.RuneCountInString(c.DisplayName) > n {
		c.DisplayName = string([]rune(c.DisplayName)[:n])
	}
	if c.DisplayName != before {
		note(Change{"conversation.display_name", "default_name"})
	}
}

// workspace takes away what only channels have.
func (x *Projector) workspace(c *message.Conversation, note func(Change)) {
	if c.Topic != nil || c.Purpose != nil || c.Archived || len(c.Participants) > 0 {
		note(Change{"conversation.topic", "workspace"})
	}
	c.Topic, c.Purpose, c.Archived, c.ArchivedAt, c.Participants, c.Parent = nil, nil, false, nil, nil, ""
}

// direct takes away what a conversation between a few people cannot have.
func (x *Projector) direct(c *message.Conversation, note func(Change)) {
	for _, f := range []struct {
		name string
		p    *string
	}{{"conversation.name", &c.Name}, {"conversation.display_name", &c.DisplayName}} {
		if *f.p != "" {
			*f.p = ""
			note(Change{f.name, "direct"})
		}
	}
	if c.Purpose != nil {
		c.Purpose = nil
		note(Change{"conversation.purpose", "direct"})
	}
	if c.Archived || c.ArchivedAt != nil {
		c.Archived, c.ArchivedAt = false, nil
		note(Change{"conversation.archived", "direct"})
	}
}

// membership keeps a present membership of a person in a channel or workspace.
func (x *Projector) membership(m *message.Membership, rule plugin.Rule, note func(Change)) bool {
	if rule.Name != "current_people" {
		return true
	}
	why := ""
	if m.Left != nil {
		why = "left"
	}
	if x.ctx.Person != nil && strings.IndexByte(m.Person, ':') >= 0 && x.ctx.Person(m.Person).Action == people.Bot {
		why = "bot"
	}
	if x.ctx.Place != nil && x.ctx.Place(m.Conversation).Direct {
		why = "direct"
	}
	if why != "" {
		note(Change{"membership", why})
		return false
	}
	return true
}
