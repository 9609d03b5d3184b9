package slackgen

import (
	"strconv"
	"strings"
)

// body is a message's content in the shape Slack keeps it: blocks of segments. Its two forms, the
// mrkdwn text and the rich_text block, are made from the same value, so that they agree.
type body struct {
	segs   []seg
	blocks []block
}

type segKind uint8

const (
	segText segKind = iota
	segLink
	segUser
	segChannel
	segEmoji
	segBroadcast
	segGroup
	segDate
	segColor
	segTeam
	segCanvas
	segFile
)

const (
	bold uint8 = 1 << iota
	italic
	strike
	code
	underline
)

type seg struct {
	kind  segKind
	style uint8
	text  string // text, label, name
	id    string // URL, user, channel, group, emoji's unicode, colour
	n     int64  // time of a date, skin tone of an emoji
}

type blockKind uint8

const (
	section blockKind = iota
	bullet
	ordered
	quoteBlock
	preformatted
)

type block struct {
	kind     blockKind
	indent   int
	from, to int
}

func (b *body) reset() { b.segs, b.blocks = b.segs[:0], b.blocks[:0] }

func (b *body) start(kind blockKind, indent int) {
	b.blocks = append(b.blocks, block{kind, indent, len(b.segs), len(b.segs)})
}

func (b *body) add(s seg) {
	if len(b.blocks) == 0 {
		b.start(section, 0)
	}
	b.segs = append(b.segs, s)
	b.blocks[len(b.blocks)-1].to = len(b.segs)
}

func (b *body) text(s string)                { b.add(seg{text: s}) }
func (b *body) styled(s string, style uint8) { b.add(seg{text: s, style: style}) }
func (b *body) list(kind blockKind, indent int, s string) {
	b.start(kind, indent)
	b.text(s)
}

// mrkdwn appends the text form.
func (b *body) mrkdwn(dst []byte) []byte {
	number := 0
	for i, k := range b.blocks {
		if i > 0 {
			dst = append(dst, '\n')
		}
		if k.kind != ordered || i == 0 || b.blocks[i-1].kind != ordered {
			number = 0
		}
		switch k.kind {
		case bullet:
			dst = append(append(dst, strings.Repeat("    ", k.indent)...), "• "...)
		case ordered:
			number++
			dst = append(dst, strings.Repeat("    ", k.indent)...)
			dst = append(strconv.AppendInt(dst, int64(number), 10), ". "...)
		case quoteBlock:
			dst = append(dst, "&gt; "...)
		case preformatted:
			dst = append(dst, "```"...)
		}
		for _, s := range b.segs[k.from:k.to] {
			dst = s.mrkdwn(dst)
		}
		if k.kind == preformatted {
			dst = append(dst, "```"...)
		}
	}
	return dst
}

func (s *seg) mrkdwn(dst []byte) []byte {
	switch s.kind {
	case segText:
		marks := s.marks()
		dst = append(dst, marks...)
		dst = appendEntities(dst, s.text)
		for i := len(marks) - 1; i >= 0; i-- {
			dst = append(dst, marks[i])
		}
		return dst
	case segLink:
		dst = appendEntities(append(dst, '<'), s.id)
		if s.text != "" {
			dst = appendEntities(append(dst, '|'), s.text)
		}
		return append(dst, '>')
	case segUser:
		return append(append(append(dst, "<@"...), s.id...), '>')
	case segChannel:
		dst = append(append(append(dst, "<#"...), s.id...), '|')
		return append(append(dst, s.text...), '>')
	case segEmoji:
		dst = append(append(append(dst, ':'), s.text...), ':')
		if s.n > 0 {
			dst = append(strconv.AppendInt(append(dst, ":skin-tone-"...), s.n, 10), ':')
		}
		return dst
	case segBroadcast:
		return append(append(append(dst, "<!"...), s.text...), '>')
	case segGroup:
		return append(append(append(append(append(dst, "<!subteam^"...), s.id...), '|'), s.text...), '>')
	case segDate:
		dst = strconv.AppendInt(append(dst, "<!date^"...), s.n, 10)
		return append(append(append(dst, "^{date_num} {time}|"...), s.text...), '>')
	}
	return append(dst, s.text...)
}

func (s *seg) marks() string {
	if s.style == 0 {
		return ""
	}
	var b []byte
	for i, c := range "*_~`" {
		if s.style>>i&1 == 1 {
			b = append(b, byte(c))
		}
	}
	return string(b)
}

// appendEntities escapes the three characters that mrkdwn escapes.
func appendEntities(dst []byte, s string) []byte {
	if !strings.ContainsAny(s, "&<>") {
		return append(dst, s...)
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		default:
			dst = append(dst, s[i])
		}
	}
	return dst
}

// richText writes the "blocks" member.
func (b *body) richText(w *writer, blockID string) {
	w.array("blocks")
	w.object("")
	w.str("type", "rich_text")
	w.str("block_id", blockID)
	w.array("elements")
	for i := 0; i < len(b.blocks); i++ {
		k := b.blocks[i]
		w.object("")
		switch k.kind {
		case bullet, ordered:
			i = b.richList(w, i)
		case quoteBlock:
			w.str("type", "rich_text_quote")
			b.elements(w, k)
		case preformatted:
			w.str("type", "rich_text_preformatted")
			b.elements(w, k)
			w.num("border", 0)
		default:
			w.str("type", "rich_text_section")
			b.elements(w, k)
		}
		w.endObject()
	}
	w.endArray()
	w.endObject()
	w.endArray()
}

// richList writes the run of items that begins at i and returns the last item's index.
func (b *body) richList(w *writer, i int) int {
	k := b.blocks[i]
	w.str("type", "rich_text_list")
	w.array("elements")
	for ; i < len(b.blocks) && b.blocks[i].kind == k.kind && b.blocks[i].indent == k.indent; i++ {
		w.object("")
		w.str("type", "rich_text_section")
		b.elements(w, b.blocks[i])
		w.endObject()
	}
	w.endArray()
	if k.kind == bullet {
		w.str("style", "bullet")
	} else {
		w.str("style", "ordered")
	}
	w.num("indent", int64(k.indent))
	w.num("border", 0)
	return i - 1
}

func (b *body) elements(w *writer, k block) {
	w.array("elements")
	for i := k.from; i < k.to; i++ {
		b.segs[i].rich(w)
	}
	w.endArray()
}

func (s *seg) rich(w *writer) {
	w.object("")
	switch s.kind {
	case segText:
		w.str("type", "text")
		w.str("text", s.text)
	case segLink:
		w.str("type", "link")
		w.str("url", s.id)
		if s.text != "" {
			w.str("text", s.text)
		}
	case segUser:
		w.str("type", "user")
		w.str("user_id", s.id)
	case segChannel:
		w.str("type", "channel")
		w.str("channel_id", s.id)
	case segEmoji:
		w.str("type", "emoji")
		w.str("name", s.text)
		if s.id != "" {
			w.str("unicode", s.id)
		}
		if s.n > 0 {
			w.num("skin_tone", s.n)
		}
	case segBroadcast:
		w.str("type", "broadcast")
		w.str("range", s.text)
	case segGroup:
		w.str("type", "usergroup")
		w.str("usergroup_id", s.id)
	case segDate:
		w.str("type", "date")
		w.num("timestamp", s.n)
		w.str("format", "{date_num} {time}")
		w.str("fallback", s.text)
	default:
		s.richRare(w)
	}
	if s.style != 0 {
		w.object("style")
		for i, name := range [...]string{"bold", "italic", "strike", "code", "underline"} {
			if s.style>>i&1 == 1 {
				w.flag(name, true)
			}
		}
		w.endObject()
	}
	w.endObject()
}

func (s *seg) richRare(w *writer) {
	switch s.kind {
	case segColor:
		w.str("type", "color")
		w.str("value", s.text)
	case segTeam:
		w.str("type", "team")
		w.str("team_id", s.id)
	case segCanvas:
		w.str("type", "canvas")
		w.str("file_id", s.id)
		w.str("text", s.text)
	case segFile:
		w.str("type", "file")
		w.str("file_id", s.id)
		w.str("text", s.text)
	}
}
