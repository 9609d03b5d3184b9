package transform

import (
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// piece is an inline's place in the text of its block.
type piece struct{ start, end, inline int }

// readable tells whether an inline's Text is part of the running text.
func readable(in *message.Inline) bool {
	switch in.Kind {
	case message.InlineText, message.InlineLink, message.InlineOpaque, message.InlineDate, message.InlineColor, message.InlineFile:
		return true
	}
	return false
}

// blocks redacts rich text. A match may begin in one inline and end in another: the first gets the
// replacement, the others lose their share.
func (w *work) blocks(list []message.Block) {
	for i := range list {
		b := &list[i]
		w.texts(&b.Text)
		w.urls(&b.URL)
		w.json(&b.JSON)
		w.inlines(b)
		for j := range b.Inlines {
			in := &b.Inlines[j]
			if !readable(in) {
				w.texts(&in.Text)
			}
			w.texts(&in.Name)
			w.json(&in.JSON)
			before := in.URL
			if w.urls(&in.URL); in.URL != before && in.Kind == message.InlineLink {
				in.Kind, in.URL = message.InlineText, ""
			}
		}
	}
}

func (w *work) inlines(b *message.Block) {
	text, pieces := w.joinedText[:0], w.pieces[:0]
	for j := range b.Inlines {
		switch in := &b.Inlines[j]; {
		case readable(in):
			pieces = append(pieces, piece{len(text), len(text) + len(in.Text), j})
			text = append(text, in.Text...)
		case in.Kind == message.InlineBreak:
			text = append(text, '\n')
		default:
			text = append(text, otherRune)
		}
	}
	w.joinedText, w.pieces = text, pieces
	if len(pieces) == 0 {
		return
	}
	whole := b.Inlines[pieces[0].inline].Text
	if len(text) != len(whole) {
		if yes, _ := worth(string(text)); !yes && len(w.patterns) == 0 {
			return
		}
		whole = string(text)
	}
	m := w.find(whole)
	if len(m) == 0 {
		return
	}
	for _, x := range m {
		w.hit(x.rule)
		w.note(whole[x.start:x.end])
	}
	w.cut(b, whole, m)
}

// cut writes the inlines of b anew without the matches.
func (w *work) cut(b *message.Block, whole string, m []match) {
	first, written := 0, -1 // the first match that may reach this piece; the last one whose replacement stands
	for _, p := range w.pieces {
		var out strings.Builder
		last := p.start
		for first < len(m) && m[first].end <= p.start {
			first++
		}
		for k := first; k < len(m) && m[k].start < p.end; k++ {
			x := m[k]
			if x.start > last {
				out.WriteString(whole[last:x.start])
			}
			if k > written {
				out.WriteString(w.replacements[x.rule])
				written = k
			}
			last = min(x.end, p.end)
		}
		if last > p.start {
			out.WriteString(whole[last:p.end])
			b.Inlines[p.inline].Text = out.String()
		}
	}
	b.Inlines = slices.DeleteFunc(b.Inlines, func(in message.Inline) bool {
		return in.Kind == message.InlineText && in.Text == "" && in.JSON == ""
	})
}

// content redacts a text with its rich and raw forms. Where one form shows something that the other
// one hides (a number half bold in the markup, split over elements in the rich text), the form that
// hides it goes: it would still hold it.
func (w *work) content(text, raw, format *string, rich *[]message.Block) {
	w.inText, w.inRich = w.inText[:0], w.inRich[:0]
	w.values = &w.inText
	before := *text
	w.texts(text)
	w.values = &w.inRich
	w.blocks(*rich)
	w.values = nil
	if len(w.inText) == 0 && len(w.inRich) == 0 {
		return
	}
	if *text != before {
		*raw = ""
	}
	if len(*rich) == 0 {
		return
	}
	switch {
	case *text != "" && !covers(w.inText, w.inRich):
		*text, *raw, *format = plainText(*rich), "", "plain"
		w.texts(text)
	case !covers(w.inRich, w.inText):
		*rich = nil
	}
}

// covers tells whether every value of b was found in a too.
func covers(a, b []string) bool {
	if slices.Equal(a, b) || len(b) == 0 {
		return true
	}
	in := make(map[string]bool, len(a))
	for _, v := range a {
		in[v] = true
	}
	for _, v := range b {
		if !in[v] {
			return false
		}
	}
	return true
}

func plainText(list []message.Block) string {
	var b strings.Builder
	for i := range list {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(list[i].Text)
		for j := range list[i].Inlines {
			switch in := &list[i].Inlines[j]; {
			case in.Kind == message.InlineBreak:
				b.WriteByte('\n')
			case in.Text != "":
				b.WriteString(in.Text)
			case in.Unicode != "":
				b.WriteString(in.Unicode)
			default:
				b.WriteString(in.Name)
			}
		}
	}
	return b.String()
}
