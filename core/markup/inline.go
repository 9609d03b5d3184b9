package markup

import (
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// style is the set of open emphasis markers, outermost first.
type style uint8

const (
	bold style = 1 << iota
	italic
	strike
)

var markers = [...]struct {
	bit  style
	text string
}{{bold, "**"}, {italic, "*"}, {strike, "~~"}}

func (r *Renderer) inlines(b []byte, list []message.Inline) []byte {
	for i := range list {
		b = r.inline(b, &list[i])
	}
	return r.settle(b)
}

// settle closes what is open and writes the white space held back.
func (r *Renderer) settle(b []byte) []byte { return r.turn(b, 0) }

// turn makes want the set of open markers. Markers must touch the text they mark, so white space
// goes between the closing and the opening ones.
func (r *Renderer) turn(b []byte, want style) []byte {
	if want == r.open {
		b = append(b, r.space...)
		r.space = r.space[:0]
		return b
	}
	keep := 0
	for keep < len(markers) && want&markers[keep].bit == r.open&markers[keep].bit {
		keep++
	}
	for i := len(markers) - 1; i >= keep; i-- {
		if r.open&markers[i].bit != 0 {
			b = append(b, markers[i].text...)
		}
	}
	b = append(b, r.space...)
	r.space = r.space[:0]
	for i := keep; i < len(markers); i++ {
		if want&markers[i].bit != 0 {
			b = append(b, markers[i].text...)
		}
	}
	r.open = want
	return b
}

func (r *Renderer) styleOf(n *message.Inline) style {
	if !r.markdown {
		r.lost = r.lost || n.Bold || n.Italic || n.Strike || n.Code || n.Underline
		return 0
	}
	var s style
	if n.Bold {
		s |= bold
	}
	if n.Italic {
		s |= italic
	}
	if n.Strike {
		s |= strike
	}
	r.lost = r.lost || n.Underline
	return s
}

func (r *Renderer) inline(b []byte, n *message.Inline) []byte {
	s := r.styleOf(n)
	switch n.Kind {
	case message.InlineText:
		if n.Code && r.markdown {
			return r.codeSpan(r.turn(b, s), n.Text)
		}
		return r.styled(b, s, n.Text)
	case message.InlineBreak:
		return r.breakLine(r.settle(b))
	case message.InlineLink:
		return r.link(r.turn(b, s), n.Text, n.URL)
	case message.InlinePerson:
		return r.named(r.turn(b, s), n, r.person, r.mention, '@')
	case message.InlineConversation:
		return r.named(r.turn(b, s), n, r.place, r.channel, '#')
	case message.InlineBroadcast:
		word := "@" + first(n.Name, n.Text, "channel")
		if r.inert && r.markdown {
			return r.codeSpan(r.turn(b, s), word)
		}
		return r.escape(r.turn(b, s), word)
	case message.InlineEmoji:
		return r.emoji(r.turn(b, s), n)
	case message.InlineOpaque:
		r.lost = true
	}
	return r.styled(b, s, bare(n))
}

// styled writes text whose white space at either end, and whose newlines, stand outside markers.
func (r *Renderer) styled(b []byte, s style, text string) []byte {
	if s == 0 && r.open == 0 {
		b = append(b, r.space...)
		r.space = r.space[:0]
		return r.escape(b, text)
	}
	for text != "" {
		line, rest, more := strings.Cut(text, "\n")
		body := strings.TrimSpace(line)
		if body == "" {
			r.space = append(r.space, line...)
		} else {
			i := strings.Index(line, body)
			r.space = append(r.space, line[:i]...)
			b = r.escape(r.turn(b, s), body)
			r.space = append(r.space, line[i+len(body):]...)
		}
		if !more {
			break
		}
		b = r.breakLine(r.settle(b))
		text = rest
	}
	return b
}

// codeSpan writes inline code in more backticks than it has inside.
func (r *Renderer) codeSpan(b []byte, s string) []byte {
	s = strings.ReplaceAll(clean(s, &r.lost), "\n", " ")
	if strings.TrimSpace(s) == "" {
		return append(b, s...)
	}
	if len(b) > r.start && b[len(b)-1] == '`' {
		b = append(b, ' ')
	}
	n := longestRun(s) + 1
	b = appendTicks(b, n)
	if s[0] == '`' || s[len(s)-1] == '`' {
		return appendTicks(append(append(append(b, ' '), s...), ' '), n)
	}
	return appendTicks(append(b, s...), n)
}

// named writes a mention of a person or a conversation, as text when the target has no name for it.
func (r *Renderer) named(b []byte, n *message.Inline, lookup func(string) string, t [2]string, sigil byte) []byte {
	name := ""
	if lookup != nil && n.Target != "" && t[0] != "" {
		name = lookup(n.Target)
	}
	if name == "" {
		s := first(n.Name, n.Text, n.Target)
		if s != "" && s[0] != sigil {
			s = string(sigil) + s
		}
		return r.escape(b, s)
	}
	if len(b) > r.start && wordByte(b[len(b)-1]) {
		b = append(b, ' ')
	}
	return append(append(append(b, t[0]...), name...), t[1]...)
}

func (r *Renderer) emoji(b []byte, n *message.Inline) []byte {
	if n.Unicode != "" && (!r.markdown || r.common || n.Name == "") {
		return r.escape(b, n.Unicode)
	}
	name, ok := EmojiName(n.Name)
	if !ok || r.common {
		return r.escape(b, ":"+first(n.Name, n.Text)+":")
	}
	return append(append(append(b, ':'), name...), ':')
}

// link writes a link with a safe scheme; any other is shown as text.
func (r *Renderer) link(b []byte, label, url string) []byte {
	switch {
	case url == "":
		return r.escape(b, label)
	case !safeURL(url):
		if label == "" || label == url {
			return r.escape(b, url)
		}
		b = r.escape(b, label)
		return append(r.escape(append(b, " ("...), url), ')')
	case label == "" || label == url || "mailto:"+label == url || "tel:"+label == url:
		if r.markdown && (!plainURL(url) || r.inert && hasBroadcast(url)) {
			return r.markdownLink(b, url, url)
		}
		if r.common && first(label, url) == url {
			return append(append(append(b, '<'), url...), '>')
		}
		return append(b, first(label, url)...)
	case !r.markdown:
		b = r.escape(b, label)
		return append(append(append(b, " ("...), clean(url, &r.lost)...), ')')
	}
	return r.markdownLink(b, label, url)
}

// Label is a text as it may stand between the brackets of a link.
func (r *Renderer) Label(s string) string {
	r.start, r.prefix = 0, r.prefix[:0]
	return string(r.label(nil, s))
}

// label writes a link's label: no other link stands in it, and no bracket ends it, after which it could lead
// elsewhere.
func (r *Renderer) label(b []byte, s string) []byte {
	from := len(b)
	r.linked = true
	b = r.escape(b, strings.ReplaceAll(clean(s, &r.lost), "\n", " "))
	r.linked = false
	for i := from; i < len(b); i++ {
		if b[i] == ']' {
			b = slices.Insert(b, i, '\\')
			i++
		}
	}
	return b
}

func (r *Renderer) markdownLink(b []byte, label, url string) []byte {
	b = r.label(append(b, '['), label)
	b = append(b, ']', '(')
	for i := 0; i < len(url); i++ {
		if c := url[i]; c <= ' ' || c == 0x7f || strings.IndexByte("()<>[]\\\"`{}|^", c) >= 0 || r.inert && c == '@' && broadcast(url, i) > 0 {
			b = append(b, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		} else {
			b = append(b, c)
		}
	}
	return append(b, ')')
}

// safeSchemes are the links that stay links.
var safeSchemes = [...]string{"http://", "https://", "mailto:", "tel:"}

func safeURL(u string) bool {
	for _, s := range safeSchemes {
		if len(u) > len(s) && strings.EqualFold(u[:len(s)], s) && !strings.ContainsRune(u, '\ufffd') {
			return true
		}
	}
	return false
}

// plainURL tells whether a URL can stand in Markdown by itself.
func plainURL(u string) bool {
	for i := 0; i < len(u); i++ {
		if c := u[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("()<>[]\\\"`{}|^*~'", c) >= 0 {
			return false
		}
	}
	return true
}

// bare is an inline's text without any markup.
func bare(n *message.Inline) string {
	switch n.Kind {
	case message.InlineBreak:
		return "\n"
	case message.InlineEmoji:
		if n.Unicode != "" {
			return n.Unicode
		}
		return ":" + n.Name + ":"
	case message.InlineLink:
		return first(n.URL, n.Text)
	case message.InlinePerson, message.InlineGroup, message.InlineBroadcast:
		return "@" + first(n.Name, n.Text, n.Target)
	case message.InlineDate:
		return first(n.Text, n.Time)
	}
	return first(n.Text, n.Name)
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
