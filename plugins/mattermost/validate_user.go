package mattermost

import (
	"slices"
	"strings"

	"encoding/json"
)

var authServices = []string{"", "email", "gitlab", "saml", "ldap", "google", "office365", "openid"}

// notifyValues are the choices of a user's notification settings that have choices.
var notifyValues = map[string][]string{
	"desktop": {"all", "mention", "none"}, "mobile": {"all", "mention", "none"}, "mobile_push_status": {"online", "away", "offline"},
	"channel": {"true", "false"}, "comments": {"any", "root", "never"}, "email": {"true", "false"}, "desktop_sound": {"true", "false"},
}

func (v *validator) user(u *userLine) {
	if err := legalUser(value(u.name)); err != nil {
		v.fail("user: %v", err)
	}
	if e := value(u.email); e == "" || len(e) > maxEmail {
		v.fail("user: the e-mail address has not 1 to 128 bytes")
	}
	v.runes(u.nickname, maxDisplay, "user: the nickname")
	v.runes(u.first, maxDisplay, "user: the first name")
	v.runes(u.last, maxDisplay, "user: the last name")
	v.runes(u.position, maxPosition, "user: the position")
	if len(value(u.locale)) > 5 {
		v.fail("user: the locale is longer than 5 characters")
	}
	if u.deleteAt < 0 {
		v.fail("user: delete_at is negative")
	}
	v.login(u)
	v.theme(u.theme)
	for k, allowed := range notifyValues {
		if got, ok := u.notify[k]; ok && !slices.Contains(allowed, got) {
			v.fail("user: a notification setting has a value outside its list")
		}
	}
	v.file(u.image, "user: the picture")
	v.memberships(u)
	v.users[strings.ToLower(value(u.name))] = true
}

func (v *validator) login(u *userLine) {
	service := value(u.authService)
	switch {
	case !slices.Contains(authServices, service):
		v.fail("user: the auth_service is unknown")
	case u.authData != nil && *u.authData != "" && u.password != nil:
		v.fail("user: it has both auth_data and a password")
	case (value(u.authData) == "") != (service == "" || service == "email"):
		v.fail("user: auth_service and auth_data go together")
	case u.password != nil && (*u.password == "" || len(*u.password) > 72):
		v.fail("user: the password has not 1 to 72 bytes")
	}
}

func (v *validator) theme(theme *string) {
	if theme == nil || *theme == "" {
		return
	}
	var m map[string]string
	if json.Unmarshal([]byte(*theme), &m) != nil {
		v.fail("user: the theme is not a JSON object of strings")
	}
}

// memberships checks a user's teams and channels. A guest is a guest everywhere or nowhere, and has
// a channel.
func (v *validator) memberships(u *userLine) {
	guest, ok := guestRole(value(u.roles), "system")
	if !ok {
		v.fail("user: the roles are not system roles")
	}
	channels := 0
	for i := range u.teams {
		t := &u.teams[i]
		team := strings.ToLower(value(t.name))
		if !v.teams[team] {
			v.fail("user: a team was not defined before")
		}
		v.theme(t.theme)
		teamGuest, ok := guestRole(value(t.roles), "team")
		if !ok {
			v.fail("user: the roles in a team are not team roles")
		}
		if teamGuest != guest {
			v.fail("user: a guest must be a guest in the system, in all teams and in all channels")
		}
		for _, c := range t.channels {
			channels++
			name := strings.ToLower(value(c.name))
			if !v.channels[team+"/"+name] && name != "town-square" && name != "off-topic" {
				v.fail("user: a channel was not defined before")
			}
			channelGuest, ok := guestRole(value(c.roles), "channel")
			if !ok {
				v.fail("user: the roles in a channel are not channel roles")
			}
			if channelGuest != guest {
				v.fail("user: a guest must be a guest in the system, in all teams and in all channels")
			}
		}
	}
	if guest && channels == 0 {
		v.fail("user: a guest must be in a channel")
	}
}

// guestRole tells whether roles ("team_user team_admin") say guest, and whether they are of that level.
func guestRole(roles, level string) (guest, ok bool) {
	ok = true
	for _, r := range strings.Fields(roles) {
		switch r {
		case level + "_guest":
			guest = true
		case level + "_user", level + "_admin":
		default:
			ok = ok && level == "system" && strings.HasPrefix(r, "system_")
		}
	}
	return guest, ok
}
