package slack

import (
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// reference tells whether what stands between "<" and ">" is a reference or a link.
func reference(s string) bool {
	if s == "" || strings.IndexByte(s, '<') >= 0 {
		return false
	}
	switch s[0] {
	case '@', '#', '!':
		return len(s) > 1
	}
	return scheme(s)
}

// scheme tells whether s begins with a URL scheme.
func scheme(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case (c|0x20)-'a' < 26:
		case i > 0 && (c-'0' < 10 || c == '+' || c == '-' || c == '.'):
		default:
			return i > 0 && c == ':'
		}
	}
	return false
}

// reference adds one of <@U1|name>, <#C1|name>, <!here>, <!subteam^S1|@name>, <!date^...>, <url|label>.
func (k *mrkdwn) reference(s string) {
	target, label, _ := strings.Cut(s, "|")
	label = unescape(label)
	n := k.style
	p := k.p
	switch target[0] {
	case '@':
		id := target[1:]
		if broadcastWord(id) { // as exports of the first years have it
			n.Kind, n.Name = message.InlineBroadcast, id
			p.broadcast(id)
			break
		}
		n.Kind, n.Target, n.Name = message.InlinePerson, p.person(id), label
		p.rich.mention("person", n.Target, label)
	case '#':
		n.Kind, n.Target, n.Name = message.InlineConversation, p.ids.key(target[1:]), label
		p.rich.mention("conversation", n.Target, label)
	case '!':
		k.special(&n, target[1:], label)
	default:
		n.Kind, n.URL, n.Text = message.InlineLink, unescape(target), label
	}
	p.rich.add(n)
}

func broadcastWord(s string) bool { return s == "here" || s == "channel" || s == "everyone" }

func (k *mrkdwn) special(n *message.Inline, s, label string) {
	word, rest, _ := strings.Cut(s, "^")
	switch {
	case broadcastWord(word):
		n.Kind, n.Name = message.InlineBroadcast, word
		k.p.broadcast(word)
	case word == "subteam":
		id, _, _ := strings.Cut(rest, "^")
		n.Kind, n.Target, n.Name = message.InlineGroup, k.p.ids.key(id), label
		k.p.rich.mention("group", n.Target, label)
	case word == "date":
		unix, format, _ := strings.Cut(rest, "^")
		n.Kind, n.Text = message.InlineDate, label
		if n.Text == "" {
			n.Text = format
		}
		n.Time, _, _ = message.Epoch(unix)
	default:
		n.Kind, n.Text = message.InlineOpaque, label
		if n.Text == "" {
			n.Text = "<!" + s + ">"
		}
	}
}
