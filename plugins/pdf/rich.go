package pdf

import (
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/markup"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/plugins/pdf/typeset"
)

// content puts what a message says: its rich text, or else its text.
func (v *volume) content(f frame, c *message.Content) {
	if len(c.Rich) > 0 {
		v.blocks(f, c.Rich)
		return
	}
	text := c.Text
	if c.Format == "mrkdwn" || c.Format == "html" {
		out, _ := v.plain.Append(nil, &message.Message{Text: c.Text, Format: c.Format})
		text = string(out)
	}
	if text != "" {
		v.text(f, false, span(text, f.body()))
	}
}

// maxDepth bounds how far quotes and lists are moved to the right.
const maxDepth = 6

func (v *volume) blocks(f frame, list []message.Block) {
	for i := range list {
		k := &list[i]
		at := f
		depth := min(max(k.Quote, 0), maxDepth)
		if k.Kind == message.BlockQuote && depth == 0 {
			depth = 1
		}
		for range depth {
			at = at.quoted()
		}
		if i > 0 && (k.Kind != message.BlockItem || list[i-1].Kind != message.BlockItem) {
			v.space(f, 3000)
		}
		v.block(at, k)
	}
}

func (v *volume) block(f frame, k *message.Block) {
	switch k.Kind {
	case message.BlockItem:
		mark := "•"
		if k.List == "ordered" {
			mark = strconv.Itoa(max(k.Number, 1)) + "."
		}
		v.hanging(f.inset(min(max(k.Indent, 0), maxDepth)*14000+4000), mark, 16000, v.inlines(k.Inlines, f.body()))
	case message.BlockCode:
		var b strings.Builder
		for i := range k.Inlines {
			b.WriteString(k.Inlines[i].Text)
		}
		b.WriteString(k.Text)
		f.fill = true
		v.space(f, 2000)
		v.text(f, false, span(b.String(), mono(8500)))
		v.space(f, 2000)
	case message.BlockHeading:
		v.text(f, true, v.inlines(k.Inlines, bold(11000, black))...)
	case message.BlockDivider:
		v.rule(false)
	case message.BlockImage:
		v.text(f, false, span(v.words.t("picture")+": "+k.Text+" ", small(muted)), span(k.URL, small(muted)))
	case message.BlockOpaque:
		v.text(f, false, append([]typeset.Span{span(k.Text, f.body())}, v.inlines(k.Inlines, f.body())...)...)
	default:
		v.text(f, false, v.inlines(k.Inlines, f.body())...)
	}
}

func (v *volume) inlines(list []message.Inline, base typeset.Style) []typeset.Span {
	spans := make([]typeset.Span, 0, len(list))
	for i := range list {
		x := &list[i]
		style := base
		style.Bold, style.Italic, style.Mono = style.Bold || x.Bold, x.Italic, x.Code
		style.Strike, style.Underline = x.Strike, x.Underline
		spans = v.inline(spans, x, style)
	}
	return spans
}

func (v *volume) inline(spans []typeset.Span, x *message.Inline, style typeset.Style) []typeset.Span {
	named := style
	named.Color = accent
	switch x.Kind {
	case message.InlineLink:
		if x.Text == "" || x.Text == x.URL {
			return append(spans, span(x.URL, named))
		}
		return append(spans, span(x.Text, named), span(" ‹"+x.URL+"›", small(muted)))
	case message.InlinePerson:
		name := v.history.Name(x.Target)
		if v.history.Person(x.Target) == nil {
			name = firstOf(x.Name, x.Text, name)
		}
		return append(spans, span("@"+strings.TrimPrefix(name, "@"), named))
	case message.InlineConversation:
		return append(spans, span("#"+strings.TrimPrefix(firstOf(v.history.Place(x.Target).Title, x.Name, x.Text), "#"), named))
	case message.InlineGroup, message.InlineBroadcast:
		return append(spans, span("@"+strings.TrimPrefix(firstOf(x.Name, x.Text, v.history.Name(x.Target)), "@"), named))
	case message.InlineEmoji:
		return append(spans, span(emoji(x.Name, x.Unicode), style))
	case message.InlineDate:
		return append(spans, span(firstOf(x.Text, x.Time), style))
	case message.InlineBreak:
		return append(spans, span("\n", style))
	}
	return append(spans, span(firstOf(x.Text, x.Name, x.URL), style))
}

// emoji is one as itself, or by its name.
func emoji(name, unicode string) string {
	if unicode != "" {
		return unicode
	}
	if u := markup.Emoji(name); u != "" {
		return u
	}
	return ":" + strings.Trim(name, ":") + ":"
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
