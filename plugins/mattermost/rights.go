package mattermost

import (
	"slices"

	"github.com/chatferry/chatferry/core/message"
)

// An import of ours gives nobody rights and no way to log in, so no record says anything of them. A line
// that does all the same was changed: what it gives is read back as roles of the person, which nothing
// delivered has, so that verify names him.

// rights are what a line gives beyond what the writer gives to such an account.
func (r *readback) rights(u *userLine, k *keyLine) (list []string) {
	in := 0
	for i := range u.teams {
		in += len(u.teams[i].channels)
	}
	guests, existing := 0, false
	for _, p := range k.Persons {
		existing = existing || p.Action == actionExisting
		if p.Kind == "guest" {
			guests++
		}
	}
	check := func(got *string, level string) {
		switch {
		case got == nil && existing,
			value(got) == role(true, level) && guests > 0 && in > 0,
			value(got) == role(false, level) && (guests < len(k.Persons) || guests == 0 || in == 0):
		default:
			list = append(list, level+" "+value(got))
		}
	}
	if u.owner != nil {
		if *u.owner != r.owner {
			list = append(list, "owner "+*u.owner)
		}
		return list
	}
	check(u.roles, "system")
	for i := range u.teams {
		check(u.teams[i].roles, "team")
		for j := range u.teams[i].channels {
			check(u.teams[i].channels[j].roles, "channel")
		}
	}
	for _, f := range []struct {
		name string
		is   bool
	}{{"password", u.password != nil}, {"login", u.authService != nil || u.authData != nil}, {"settings", u.theme != nil || u.notify != nil}} {
		if f.is {
			list = append(list, f.name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// shownKind is the kind of a message, or what the server will show instead of it.
func shownKind(kind, typ string) string {
	if postTypes[kind] != typ {
		return kind + " shown as " + first(typ, message.KindText)
	}
	return kind
}
