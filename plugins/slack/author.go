package slack

import (
	"strings"

	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
)

// author settles who wrote the message. Slack's record names somebody else in three cases: a huddle
// is posted by its bot, an old file comment by the file's owner, and an integration by a bot id that
// only a user's profile links to a user.
func (p *parser) author() {
	f := &p.f
	id := f.user
	switch {
	case f.room != "" && (f.subtype == "huddle_thread" || strings.HasPrefix(f.subtype, "sh_room")):
		if by := element.Member(f.room, "created_by"); by != "" {
			id = by
		}
	case f.subtype == "file_comment" && f.comment != "":
		id = first(element.Member(f.comment, "user"), id)
	}
	if id != f.user && f.user != "" {
		p.Put(&p.Ext, "user", element.Quote(f.user))
	}
	bot := false
	if id == "" {
		id, bot = f.bot, f.bot != ""
	}
	if id == "" && f.username != "" {
		id, bot = "username:"+f.username, true // a webhook of the first years: a name is all there is
	}
	if id == "" {
		return
	}
	p.m.Author = p.person(id)
	p.introduce(id, bot)
	// A bot id that the author's own profile carries says nothing new.
	if f.bot == id || f.bot != "" && p.ids.alias[f.bot] == id {
		f.bot = ""
	}
}

// shownAs is how an integration showed itself.
func (p *parser) shownAs() {
	f, m := &p.f, &p.m
	if m.Kind != message.KindBot && f.user != "" {
		return
	}
	s := message.ShownAs{Name: f.username}
	f.username = ""
	if f.icons != "" {
		s.Emoji = strings.Trim(element.Member(f.icons, "emoji"), ":")
		s.Icon = first(element.Member(f.icons, "image_72"), element.Member(f.icons, "image_64"), element.Member(f.icons, "image_48"), element.Member(f.icons, "image_36"))
	}
	if s != (message.ShownAs{}) {
		m.ShownAs = &s
	}
}

// introduce makes a person of an author who is in no list, once in a shard.
func (p *parser) introduce(id string, bot bool) {
	if r := p.refs[id]; r.known || !p.late.introduce(id) {
		return
	}
	f := &p.f
	who := &message.Person{Key: p.ids.key(id), ID: strings.Clone(id), Kind: "unknown", Synthesised: true}
	switch {
	case id == "USLACKBOT":
		who.Kind, who.Username, who.Name = "system", "slackbot", "Slackbot"
	case id == "U00":
		who.Kind = "system"
	case bot || id == f.bot || id[0] == 'B':
		who.Kind = "bot"
		who.Name = first(element.Member(f.botProfile, "name"), f.username)
		who.Tenant = element.Member(f.botProfile, "team_id")
	case f.userProfile != "" && id == f.user:
		p.profiled(who)
	}
	p.people = append(p.people, who)
}

// profiled fills in a person from the profile that Slack puts into messages of people of other
// organisations, and into most others.
func (p *parser) profiled(who *message.Person) {
	u := p.f.userProfile
	who.Kind = "human"
	who.Username, who.RealName, who.FirstName = element.Member(u, "name"), element.Member(u, "real_name"), element.Member(u, "first_name")
	who.Name = first(element.Member(u, "display_name"), who.RealName, who.Username)
	who.Tenant = element.Member(u, "team")
	who.External = who.Tenant != "" && len(p.ids.teams) > 0 && !p.ids.teams[who.Tenant]
	if element.Flag(u, "is_ultra_restricted") {
		who.Kind, who.Roles = "guest", []string{"single_channel_guest"}
	} else if element.Flag(u, "is_restricted") {
		who.Kind, who.Roles = "guest", []string{"guest"}
	}
	if url := element.Member(u, "image_72"); url != "" {
		who.Avatar = &message.Attachment{Role: "avatar", URL: url, State: message.MediaRemote}
	}
}

// settle makes people of everybody who was mentioned and never introduced, in the order of ids.
func (p *parser) settle() {
	if p.late.pending == 0 {
		return
	}
	for _, id := range p.late.take(false) {
		who := &message.Person{Key: p.ids.key(id), ID: id, Kind: "unknown", Synthesised: true}
		switch {
		case id == "USLACKBOT":
			who.Kind, who.Username, who.Name = "system", "slackbot", "Slackbot"
		case id[0] == 'B':
			who.Kind = "bot"
		}
		p.late.introduce(id)
		p.people = append(p.people, who)
	}
}
