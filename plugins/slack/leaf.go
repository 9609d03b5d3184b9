package slack

import (
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// leaf is one run of text with every member that Slack gives one.
type leaf struct {
	typ, text, url, user, group, channel, name, unicode string
	rng, value, fallback, timestamp                     string
	skin                                                int
	style                                               message.Inline
	odd                                                 bool // has a member that the model has no field for
}

func (p *parser) leaves(s *scan.Scanner) {
	for s.Array(); s.Next(); {
		if s.Kind() != scan.Obj {
			p.rich.inexact = true
			s.Skip()
			continue
		}
		p.leaf(s)
	}
}

func (p *parser) leaf(s *scan.Scanner) {
	var l leaf
	for s.Object(); s.Next(); {
		var dst *string
		switch s.Key() {
		case "type":
			dst = &l.typ
		case "text":
			dst = &l.text
		case "url":
			dst = &l.url
		case "user_id":
			dst = &l.user
		case "usergroup_id":
			dst = &l.group
		case "channel_id":
			dst = &l.channel
		case "name":
			dst = &l.name
		case "unicode":
			dst = &l.unicode
		case "range":
			dst = &l.rng
		case "value":
			dst = &l.value
		case "fallback":
			dst = &l.fallback
		case "style":
			if s.Kind() == scan.Obj {
				l.styles(s)
				continue
			}
		case "timestamp":
			if s.Kind() == scan.Num {
				l.timestamp = s.Number()
				continue
			}
		case "skin_tone":
			if s.Kind() == scan.Num {
				l.skin = small(s.Number())
				continue
			}
		}
		if dst == nil || s.Kind() != scan.Str {
			l.odd = l.odd || !element.Empty(s.Raw())
			continue
		}
		if *dst = s.String(); p.Clean != nil {
			*dst = withoutSecrets(*dst)
		}
	}
	if s.Err() == nil {
		p.inline(&l)
	}
}

func (l *leaf) styles(s *scan.Scanner) {
	for s.Object(); s.Next(); {
		var dst *bool
		switch s.Key() {
		case "bold":
			dst = &l.style.Bold
		case "italic":
			dst = &l.style.Italic
		case "strike":
			dst = &l.style.Strike
		case "code":
			dst = &l.style.Code
		case "underline":
			dst = &l.style.Underline
		}
		if k := s.Kind(); dst != nil && (k == scan.True || k == scan.False) {
			*dst = s.Bool()
		} else {
			l.odd = l.odd || !element.Empty(s.Raw())
		}
	}
}

// inline adds the canonical form of a leaf.
func (p *parser) inline(l *leaf) {
	n := l.style
	known := true
	switch l.typ {
	case "text":
		n.Kind, n.Text = message.InlineText, l.text
	case "link":
		n.Kind, n.URL, n.Text = message.InlineLink, l.url, l.text
	case "user":
		n.Kind, n.Target, n.Name = message.InlinePerson, p.person(l.user), l.name
		p.rich.mention("person", n.Target, l.name)
	case "usergroup":
		n.Kind, n.Target, n.Name = message.InlineGroup, p.ids.key(l.group), l.name
		p.rich.mention("group", n.Target, l.name)
	case "channel":
		n.Kind, n.Target, n.Name = message.InlineConversation, p.ids.key(l.channel), l.name
		p.rich.mention("conversation", n.Target, l.name)
	case "emoji":
		n.Kind, n.Name, n.Unicode = message.InlineEmoji, l.name, emojiOf(l.unicode)
		if l.skin > 0 {
			n.Name += "::skin-tone-" + strconv.Itoa(l.skin)
		}
	case "broadcast":
		n.Kind, n.Name = message.InlineBroadcast, l.rng
		p.broadcast(l.rng)
	case "color":
		n.Kind, n.Text = message.InlineColor, l.value
	case "date":
		n.Kind, n.Text = message.InlineDate, l.fallback
		n.Time, _, _ = message.Epoch(l.timestamp)
		p.rich.inexact = true
	default:
		known = false
		n.Kind, n.Text = message.InlineOpaque, first(l.text, l.name, l.value, l.fallback)
	}
	if l.odd || !known {
		p.rich.inexact = true
	}
	p.rich.add(n)
}

func (p *parser) broadcast(word string) {
	switch word {
	case "here", "channel", "everyone":
		p.rich.mention(word, "", "")
	}
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// emojiOf turns "1f600-fe0f" into the characters.
func emojiOf(code string) string {
	if code == "" {
		return ""
	}
	var b strings.Builder
	for part := range strings.SplitSeq(code, "-") {
		r, err := strconv.ParseUint(part, 16, 21)
		if err != nil || r > 0x10ffff || r >= 0xd800 && r < 0xe000 {
			return ""
		}
		b.WriteRune(rune(r))
	}
	return b.String()
}
