package telegram

import (
	"strings"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// entity is a run of text. Runs do not nest: Telegram splits where styles overlap.
type entity struct{ typ, text, href, lang, user, document, raw string }

// entities reads "text" or "text_entities": a string, or an array of strings and objects. It is not ok when
// something in it is of another form.
func entities(raw string) (list []entity, ok bool) {
	if raw == "" {
		return nil, true
	}
	s := scan.New(raw)
	switch s.Kind() {
	case scan.Str:
		if text := s.String(); text != "" {
			list = append(list, entity{typ: "plain", text: text})
		}
		return list, !s.Lossy
	case scan.Arr:
	default:
		return nil, false
	}
	ok = true
	for s.Array(); s.Next(); {
		switch s.Kind() {
		case scan.Str:
			if text := s.String(); text != "" {
				list = append(list, entity{typ: "plain", text: text})
			}
		case scan.Obj:
			start := s.Offset()
			e := entity{}
			ok = e.read(s) && ok
			e.raw = raw[start:s.Offset()]
			if e.text != "" {
				list = append(list, e)
			}
		default:
			ok = false
			s.Skip()
		}
	}
	return list, ok && s.Err() == nil && !s.Lossy
}

func (e *entity) read(s *scan.Scanner) (ok bool) {
	ok = true
	for s.Object(); s.Next(); {
		var dst *string
		switch s.Key() {
		case "type":
			dst = &e.typ
		case "text":
			dst = &e.text
		case "href":
			dst = &e.href
		case "language":
			dst = &e.lang
		case "user_id":
			dst = &e.user
		case "document_id":
			dst = &e.document
		}
		switch k := s.Kind(); {
		case dst != nil && k == scan.Str:
			*dst = s.String()
		case dst != nil && k == scan.Num:
			*dst = s.Number()
		default:
			if raw := s.Raw(); s.Err() == nil && !element.Empty(raw) && raw != "true" {
				ok = false
			}
		}
	}
	return ok
}

// plain is the text of entities.
func plain(list []entity) string {
	if len(list) == 1 {
		return list[0].text
	}
	var b strings.Builder
	for i := range list {
		b.WriteString(list[i].text)
	}
	return b.String()
}

// content settles text and rich text. "text_entities" came in 2022 and says all that "text" does; what only
// one of them says is kept as it stands.
func (r *reader) content() {
	f, m := &r.f, &r.m
	list, ok := entities(f.text)
	if f.entities != "" {
		from, fine := entities(f.entities)
		if !fine {
			r.Put(&r.Ext, "text_entities", f.entities)
		}
		if !ok || !sameText(list, from) {
			r.Put(&r.Ext, "text", f.text)
		}
		list = from
	} else if !ok {
		r.Put(&r.Ext, "text", f.text)
	}
	if m.Text = plain(list); m.Text != "" {
		m.Format = "plain"
	}
	for i := range list {
		if list[i].typ != "plain" {
			r.rich(list)
			return
		}
	}
}

// sameText tells whether two lists are of the same runs, however plain ones are cut.
func sameText(a, b []entity) bool {
	i, j, rest := 0, 0, ""
	for ; i < len(a) && j < len(b); i++ {
		if a[i].typ != "plain" {
			if rest != "" || a[i].typ != b[j].typ || a[i].text != b[j].text || a[i].href != b[j].href || a[i].lang != b[j].lang || a[i].user != b[j].user || a[i].document != b[j].document {
				return false
			}
			j++
			continue
		}
		for left := a[i].text; left != ""; {
			if rest == "" {
				if j >= len(b) || b[j].typ != "plain" {
					return false
				}
				rest = b[j].text
			}
			n := min(len(left), len(rest))
			if left[:n] != rest[:n] {
				return false
			}
			if left, rest = left[n:], rest[n:]; rest == "" {
				j++
			}
		}
	}
	return i == len(a) && j == len(b) && rest == ""
}

// rich makes blocks: code and quotations stand apart, everything else is in paragraphs.
func (r *reader) rich(list []entity) {
	m := &r.m
	var line []message.Inline
	flush := func() {
		if len(line) > 0 {
			m.Rich = append(m.Rich, message.Block{Kind: message.BlockParagraph, Inlines: line})
			line = nil
		}
	}
	at, apart := 0, false
	for i := range list {
		e := &list[i]
		n := r.inline(e, at)
		at += utf8.RuneCountInString(e.text)
		switch e.typ {
		case "pre":
			flush()
			m.Rich = append(m.Rich, message.Block{Kind: message.BlockCode, Lang: e.lang, Inlines: []message.Inline{{Kind: message.InlineText, Text: e.text}}})
			apart = true
			continue
		case "blockquote":
			flush()
			m.Rich = append(m.Rich, message.Block{Kind: message.BlockQuote, Inlines: []message.Inline{n}})
			apart = true
			continue
		}
		// A line's end beside a block is the block's.
		if apart {
			n.Text = strings.TrimPrefix(n.Text, "\n")
		}
		if i+1 < len(list) && (list[i+1].typ == "pre" || list[i+1].typ == "blockquote") {
			n.Text = strings.TrimSuffix(n.Text, "\n")
		}
		if apart = false; n.Text != "" || n.Unicode != "" || n.Name != "" {
			line = append(line, n)
		}
	}
	flush()
}

func (r *reader) inline(e *entity, at int) message.Inline {
	n := message.Inline{Kind: message.InlineText, Text: e.text}
	mention := func(kind, target, name string) {
		r.m.Mentions = append(r.m.Mentions, message.Mention{Kind: kind, Target: target, Name: name, Start: at, Length: utf8.RuneCountInString(e.text)})
	}
	switch e.typ {
	case "bold":
		n.Bold = true
	case "italic":
		n.Italic = true
	case "underline":
		n.Underline = true
	case "strikethrough":
		n.Strike = true
	case "code":
		n.Code = true
	case "link":
		n.Kind, n.URL = message.InlineLink, e.text
		if !strings.Contains(e.text, "://") {
			n.URL = "http://" + e.text
		}
		r.m.Links = append(r.m.Links, message.Link{URL: n.URL})
	case "text_link":
		n.Kind, n.URL = message.InlineLink, e.href
		if e.href != "" {
			r.m.Links = append(r.m.Links, message.Link{URL: e.href})
		}
	case "email":
		n.Kind, n.URL = message.InlineLink, "mailto:"+e.text
	case "phone":
		n.Kind, n.URL = message.InlineLink, "tel:"+e.text
	case "mention":
		n.Kind, n.Name = message.InlinePerson, strings.TrimPrefix(e.text, "@")
		mention("person", "", n.Name)
	case "mention_name":
		n.Kind, n.Name = message.InlinePerson, e.text
		if e.user != "" && e.user != "0" {
			n.Target = personKey("user" + e.user)
		}
		mention("person", n.Target, e.text)
	case "custom_emoji":
		n.Kind, n.Unicode, n.JSON = message.InlineEmoji, e.text, strings.ToValidUTF8(e.raw, "\ufffd")
	case "plain", "hashtag", "cashtag", "bot_command", "blockquote":
		if strings.Contains(e.raw, "collapsed") {
			n.JSON = strings.ToValidUTF8(e.raw, "\ufffd")
		}
	default: // spoiler, bank_card and what is new
		n.JSON = strings.ToValidUTF8(e.raw, "\ufffd")
	}
	return n
}
