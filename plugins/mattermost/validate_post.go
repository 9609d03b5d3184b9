package mattermost

import (
	"slices"
	"strings"
	"unicode/utf8"
)

func (v *validator) rootPost(p *postLine) {
	team, channel := strings.ToLower(value(p.team)), strings.ToLower(value(p.channel))
	switch {
	case team == "" || channel == "":
		v.fail("post: team or channel is missing")
	case !v.channels[team+"/"+channel] && (!v.teams[team] || channel != "town-square" && channel != "off-topic"):
		v.fail("post: its channel was not defined before")
	}
	v.thread(p, "post")
}

func (v *validator) directPost(p *postLine) {
	id := v.people(p.members, "direct post")
	if !v.groups[id] && !v.lenient {
		v.fail("direct post: its conversation was not defined before")
	}
	for _, f := range p.flagged {
		if !slices.Contains(p.members, f) {
			v.fail("direct post: flagged by somebody who is not a member")
		}
	}
	v.thread(p, "direct post")
}

func (v *validator) thread(p *postLine, what string) {
	v.post(p, what)
	for i := range p.replies {
		r := &p.replies[i]
		v.post(r, "reply")
		// A reply older than its thread is moved to the thread's time by the server, with a warning.
		if i > 0 && r.createAt == p.replies[i-1].createAt && !v.lenient {
			v.fail("reply: another one of its thread has the same time")
		}
	}
}

// post checks what posts and replies have in common.
func (v *validator) post(p *postLine, what string) {
	if value(p.user) == "" {
		v.fail("%s: the user is missing", what)
	} else {
		v.account(*p.user, what)
	}
	if p.message == nil {
		v.fail("%s: the message is missing", what)
	}
	v.runes(p.message, maxPost, what+": the message")
	if p.message != nil && strings.IndexByte(*p.message, 0) >= 0 {
		v.fail("%s: the message has a NUL character", what)
	}
	if p.createAt <= 0 {
		v.fail("%s: create_at is not after 1970", what)
	}
	if p.editAt < 0 {
		v.fail("%s: edit_at is negative", what)
	}
	if p.props != "" && p.props != "null" && p.props[0] != '{' {
		v.fail("%s: the properties are not an object", what)
	}
	if len(p.props) > maxProps && utf8.RuneCountInString(p.props) > maxProps {
		v.fail("%s: the properties have more than %d characters", what, maxProps)
	}
	if len(p.files) > maxFiles {
		v.fail("%s: it has more than %d attachments", what, maxFiles)
	}
	for i := range p.files {
		if p.files[i] == "" {
			v.fail("%s: an attachment has no path", what)
		}
		v.file(&p.files[i], what+": an attachment")
	}
	for _, f := range p.flagged {
		v.account(f, what)
	}
	for i := range p.reactions {
		v.reaction(p, &p.reactions[i])
	}
}

func (v *validator) reaction(p *postLine, r *reactionLine) {
	if value(r.user) == "" {
		v.fail("reaction: the user is missing")
	} else {
		v.account(*r.user, "reaction")
	}
	name := value(r.emoji)
	if name == "" || utf8.RuneCountInString(name) > maxEmoji || !only(strings.ToLower(name), "-_+") {
		v.fail("reaction: the emoji's name has not 1 to 64 characters a-z, 0-9, -, _ and +")
	}
	if r.at <= 0 {
		v.fail("reaction: create_at is missing")
	} else if r.at < p.createAt {
		v.fail("reaction: it is older than its post")
	}
}
