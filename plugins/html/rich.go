package html

import (
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/markup"
	"github.com/chatferry/chatferry/core/message"
)

// up leads from a page of messages to the site's root.
const up = "../../"

// prose writes what people wrote, and the frames of pages. All of it goes through escape.go.
type prose struct {
	title string // of the site
	d     *directory
	words language
	clock clock
	plain *markup.Renderer // for texts in a markup language without rich text
}

// content writes what a message says: its rich text, or else its text.
func (p *prose) content(b []byte, text, format string, rich []message.Block, mentions []message.Mention) []byte {
	if len(rich) > 0 {
		return p.blocks(b, rich)
	}
	if text == "" {
		return b
	}
	if format == "mrkdwn" || format == "html" {
		out, _ := p.plain.Append(nil, &message.Message{Text: text, Format: format})
		text, mentions = string(out), nil
	}
	b = append(b, "<p>"...)
	return append(p.mentioned(b, text, mentions), "</p>"...)
}

// mentioned writes text in which some stretches are mentions, given in code points.
func (p *prose) mentioned(b []byte, text string, mentions []message.Mention) []byte {
	at := 0 // code points before text
	for i := range mentions {
		m := &mentions[i]
		if m.Length <= 0 || m.Start < at || m.Target == "" {
			continue
		}
		from := runes(text, m.Start-at)
		to := from + runes(text[from:], m.Length)
		if from == to {
			break
		}
		b = p.linked(b, text[:from])
		b = p.mention(b, m.Kind, m.Target, text[from:to], "")
		text, at = text[to:], m.Start+m.Length
	}
	return p.linked(b, text)
}

// runes is how many bytes the first n code points of s have.
func runes(s string, n int) int {
	for i := range s {
		if n--; n < 0 {
			return i
		}
	}
	return len(s)
}

// linked writes text, with web addresses in it as links.
func (p *prose) linked(b []byte, s string) []byte {
	for {
		i := strings.Index(s, "http")
		for i > 0 && (s[i-1]|0x20)-'a' < 26 {
			next := strings.Index(s[i+4:], "http")
			if next < 0 {
				i = -1
				break
			}
			i += 4 + next
		}
		if i < 0 {
			return appendText(b, s)
		}
		n := addressLength(s[i:])
		href := ""
		if n > 0 {
			href = link(s[i : i+n])
		}
		if href == "" {
			b = appendText(b, s[:i+4])
			s = s[i+4:]
			continue
		}
		b = appendText(b, s[:i])
		b = anchorTo(b, href)
		b = append(appendText(b, s[i:i+n]), "</a>"...)
		s = s[i+n:]
	}
}

// addressLength is how much of s is a web address; closing punctuation is not.
func addressLength(s string) int {
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		return 0
	}
	n := 0
	for n < len(s) && s[n] > ' ' && s[n] < 0x7f && strings.IndexByte("<>\"'`", s[n]) < 0 {
		n++
	}
	for n > 0 && strings.IndexByte(".,;:!?)]}*_", s[n-1]) >= 0 {
		n--
	}
	return n
}

// anchorTo opens a link that leads out of the site. href went through link.
func anchorTo(b []byte, href string) []byte {
	b = append(append(b, `<a class="x" href="`...), href...)
	return append(b, `" rel="noreferrer noopener" target="_blank">`...)
}

func (p *prose) blocks(b []byte, list []message.Block) []byte {
	depth, open := 0, ""
	for i := range list {
		k := &list[i]
		quote := min(max(k.Quote, 0), 8)
		if k.Kind == message.BlockQuote && quote == 0 {
			quote = 1
		}
		kind := ""
		if k.Kind == message.BlockItem {
			kind = "ul"
			if k.List == "ordered" {
				kind = "ol"
			}
			kind += " class=\"i" + strconv.Itoa(min(max(k.Indent, 0), 8)) + "\""
		}
		if open != "" && (kind != open || quote != depth) {
			b = append(append(append(b, "</"...), open[:2]...), '>')
			open = ""
		}
		for ; depth > quote; depth-- {
			b = append(b, "</blockquote>"...)
		}
		for ; depth < quote; depth++ {
			b = append(b, "<blockquote>"...)
		}
		if kind != "" && open == "" {
			b = append(append(append(b, '<'), kind...), '>')
			open = kind
		}
		b = p.block(b, k)
	}
	if open != "" {
		b = append(append(append(b, "</"...), open[:2]...), '>')
	}
	for ; depth > 0; depth-- {
		b = append(b, "</blockquote>"...)
	}
	return b
}

func (p *prose) block(b []byte, k *message.Block) []byte {
	switch k.Kind {
	case message.BlockItem:
		b = append(b, "<li"...)
		if k.List == "ordered" && k.Number > 0 {
			b = append(strconv.AppendInt(append(b, ` value="`...), int64(k.Number), 10), '"')
		}
		return append(p.inlines(append(b, '>'), k.Inlines), "</li>"...)
	case message.BlockCode:
		b = append(b, `<pre dir="ltr" tabindex="0"><code>`...)
		for i := range k.Inlines {
			b = appendText(b, k.Inlines[i].Text)
		}
		return append(appendText(b, k.Text), "</code></pre>"...)
	case message.BlockHeading:
		return append(p.inlines(append(b, `<p class="hd">`...), k.Inlines), "</p>"...)
	case message.BlockDivider:
		return append(b, "<hr>"...)
	case message.BlockImage:
		b = append(b, `<p class="pic">🖼 `...)
		return append(p.address(b, k.URL, firstOf(k.Text, k.URL)), "</p>"...)
	case message.BlockOpaque:
		b = append(b, `<p class="op">`...)
		b = p.linked(b, k.Text)
		return append(p.inlines(b, k.Inlines), "</p>"...)
	}
	return append(p.inlines(append(b, "<p>"...), k.Inlines), "</p>"...)
}

// marks are the tags of an inline's styles.
var marks = []struct {
	on  func(*message.Inline) bool
	tag string
}{
	{func(x *message.Inline) bool { return x.Bold }, "strong>"},
	{func(x *message.Inline) bool { return x.Italic }, "em>"},
	{func(x *message.Inline) bool { return x.Strike }, "s>"},
	{func(x *message.Inline) bool { return x.Underline }, "u>"},
	{func(x *message.Inline) bool { return x.Code }, "code>"},
}

func (p *prose) inlines(b []byte, list []message.Inline) []byte {
	for i := range list {
		x := &list[i]
		styled := x.Bold || x.Italic || x.Strike || x.Underline || x.Code
		for m := 0; styled && m < len(marks); m++ {
			if marks[m].on(x) {
				b = append(append(b, '<'), marks[m].tag...)
			}
		}
		b = p.inline(b, x)
		for m := len(marks) - 1; styled && m >= 0; m-- {
			if marks[m].on(x) {
				b = append(append(b, "</"...), marks[m].tag...)
			}
		}
	}
	return b
}

func (p *prose) inline(b []byte, x *message.Inline) []byte {
	switch x.Kind {
	case message.InlineLink:
		return p.address(b, x.URL, firstOf(x.Text, x.URL))
	case message.InlinePerson, message.InlineConversation, message.InlineGroup:
		return p.mention(b, x.Kind, x.Target, firstOf(x.Name, x.Text, ""), "@")
	case message.InlineBroadcast:
		b = append(b, `<span class="at">@`...)
		return append(appendName(b, firstOf(x.Name, x.Text)), "</span>"...)
	case message.InlineEmoji:
		return p.emoji(b, x.Name, x.Unicode, "")
	case message.InlineDate:
		b = append(b, "<time"...)
		if message.Instant(x.Time) {
			b = append(append(append(b, ` datetime="`...), machineTime(x.Time)...), '"')
		}
		return append(appendText(append(b, '>'), firstOf(x.Text, x.Time)), "</time>"...)
	case message.InlineBreak:
		return append(b, '\n')
	}
	if x.Text == "" {
		return appendText(b, x.Name)
	}
	return p.linked(b, x.Text)
}

// address writes a link that the source marked as one; what may not be a link is shown with its target.
func (p *prose) address(b []byte, url, label string) []byte {
	href := link(url)
	if href == "" {
		b = appendText(b, label)
		if label != url && url != "" {
			b = append(b, ` <span class="dead">(`...)
			b = append(appendText(b, url), ")</span>"...)
		}
		return b
	}
	b = anchorTo(b, href)
	return append(appendText(b, label), "</a>"...)
}

// mention writes a person or a conversation as a link to its page.
func (p *prose) mention(b []byte, kind, target, name, sign string) []byte {
	switch {
	case kind == message.InlinePerson && p.d.people[target] != nil:
		x := p.d.people[target]
		b = append(append(append(b, `<a class="at" href="`+up+`p/`...), x.hash...), ".html\">"...)
		if sign == "" {
			return append(appendName(b, name), "</a>"...)
		}
		return append(appendName(append(b, sign...), x.name), "</a>"...)
	case kind == message.InlineConversation && p.d.places[target] != nil:
		x := p.d.places[target]
		b = append(append(append(b, `<a class="at" href="`+up+`c/`...), x.hash...), `/index.html">#`...)
		return append(appendName(b, x.title), "</a>"...)
	}
	if name == "?" {
		name = p.d.name(target)
	}
	b = append(b, `<span class="at">`...)
	return append(appendName(append(b, sign...), strings.TrimPrefix(name, "@")), "</span>"...)
}

// emoji writes an emoji: as itself, as the picture of a custom one, or by its name.
func (p *prose) emoji(b []byte, name, unicode, custom string) []byte {
	name = strings.Trim(name, ":")
	path := p.d.emoji[custom]
	if path == "" {
		path = p.d.emoji[name]
	}
	if path != "" {
		b = append(append(b, `<img class="em" loading="lazy" src="`+up...), path...)
		b = appendName(append(b, `" alt=":`...), name)
		return append(appendName(append(b, `:" title=":`...), name), `:">`...)
	}
	if unicode == "" {
		unicode = markup.Emoji(name)
	}
	if unicode == "" {
		return append(appendName(append(b, ':'), name), ':')
	}
	b = appendName(append(b, `<span class="em" role="img" aria-label="`...), name)
	b = appendName(append(b, `" title=":`...), name)
	return append(appendText(append(b, `:">`...), unicode), "</span>"...)
}
