package mattermost

import (
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// write writes an account's line and its keys.
func (a *accounts) write(acc *account) error {
	p := acc.main
	k := keyLine{Type: "account", Account: acc.name, Persons: acc.persons, Members: acc.members}
	if len(acc.persons) == 0 {
		k.Type = "made"
	}
	places := append(acc.places, a.f.aliases[acc.name]...)
	var b []byte
	if a.bots {
		for i := range k.Persons {
			k.Persons[i].Email = p.Target.Email
		}
		b = a.botLine(p)
	} else {
		k.Parked = p.Kind == "guest" && !p.Deactivated && !inChannel(places) && p.Target.Action == actionCreate
		b = a.userLine(p, places, k.Parked)
	}
	if p.Avatar != nil {
		path := avatarPath(p)
		if _, err := a.f.files.Write([]byte(p.Avatar.SHA256 + " " + path + "\n")); err != nil {
			return err
		}
		b = appendText(b, "profile_image", path)
	}
	if err := a.f.key(k); err != nil {
		return err
	}
	return a.f.line(append(b, "}}\n"...))
}

func avatarPath(p *message.Person) string {
	return "profile/" + p.Target.Account + "/" + p.Avatar.SHA256
}

func inChannel(places []*slot) bool {
	return slices.ContainsFunc(places, func(s *slot) bool { return s.kind != "workspace" })
}

func (a *accounts) botLine(p *message.Person) []byte {
	b := message.AppendString([]byte(`{"type":"bot","bot":{"username":`), p.Target.Account)
	b = appendText(b, "owner", a.f.s.BotOwner)
	if p.Name != "" {
		b = appendText(b, "display_name", p.Name)
	}
	if p.Deactivated {
		b = appendInt(b, "delete_at", since(p.ActiveUntil))
	}
	return b
}

func (a *accounts) userLine(p *message.Person, places []*slot, parked bool) []byte {
	b := message.AppendString([]byte(`{"type":"user","user":{"username":`), p.Target.Account)
	b = appendText(b, "email", p.Target.Email)
	existing := p.Target.Action == actionExisting
	guest := p.Kind == "guest" && inChannel(places)
	if !existing {
		for _, f := range [...][2]string{{"nickname", p.Name}, {"first_name", p.FirstName}, {"last_name", p.LastName}, {"position", p.Title}, {"locale", p.Locale}} {
			if f[1] != "" {
				b = appendText(b, f[0], f[1])
			}
		}
		b = appendText(b, "roles", role(guest, "system"))
		switch {
		case p.Deactivated:
			b = appendInt(b, "delete_at", since(p.ActiveUntil))
		case parked:
			b = appendInt(b, "delete_at", 1)
		}
	}
	if list := a.f.memberOf(places); len(list) > 0 {
		b = append(b, `,"teams":[`...)
		b = append(appendTeams(b, list, guest, existing), ']')
	}
	return b
}

func role(guest bool, what string) string {
	if guest {
		return what + "_guest"
	}
	return what + "_user"
}

// memberOf sorts what somebody is a member of; where nothing says so, he is in the only team.
func (f *finisher) memberOf(places []*slot) []*slot {
	list := slices.Clone(places)
	if len(list) == 0 && len(f.places.teams) == 1 {
		return []*slot{{kind: "workspace", team: f.places.teams[0].name}}
	}
	slices.SortFunc(list, func(x, y *slot) int {
		if c := strings.Compare(x.team, y.team); c != 0 {
			return c
		}
		if c := strings.Compare(y.kind, x.kind); x.kind == "workspace" || y.kind == "workspace" {
			return c
		}
		return strings.Compare(x.name, y.name)
	})
	return slices.Compact(list)
}

func appendTeams(b []byte, list []*slot, guest, existing bool) []byte {
	for i, s := range list {
		if i == 0 || list[i-1].team != s.team {
			if i > 0 {
				b = append(b, `]},`...)
			}
			b = message.AppendString(append(b, `{"name":`...), s.team)
			if !existing {
				b = appendText(b, "roles", role(guest, "team"))
			}
			b = append(b, `,"channels":[`...)
		}
		if s.kind == "workspace" {
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = message.AppendString(append(b, `{"name":`...), s.name)
		if !existing {
			b = appendText(b, "roles", role(guest, "channel"))
		}
		b = append(b, '}')
	}
	return append(b, `]}`...)
}
