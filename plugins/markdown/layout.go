package markdown

import (
	"encoding/json"
	"strings"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/markup"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/safe"
	"github.com/chatferry/chatferry/core/transcript"
)

// layout implements transcript.Layout.
type layout struct {
	transcript.Options
	text   *markup.Renderer
	images bool
}

func (l *layout) Extension() string { return ".md" }

func line(b []byte, words ...string) []byte {
	for _, w := range words {
		b = append(b, w...)
	}
	return append(b, '\n')
}

// escape writes text so that it is seen as it is.
func escape(r *markup.Renderer, s string) string {
	b, _ := r.Append(nil, &message.Message{Text: s})
	return string(b)
}

func (l *layout) esc(s string) string { return escape(l.text, s) }

// quote writes what somebody wrote, each line behind a mark.
func quote(b []byte, indent, text string) []byte {
	for s := range strings.SplitSeq(text, "\n") {
		if s != "" {
			s = " " + s
		}
		b = line(b, indent, ">", s)
	}
	return b
}

// link leads to a file of the edition; from is the name of the file that it stands in.
func link(words, from, to string) string {
	return "[" + words + "](<" + strings.Repeat("../", strings.Count(from, "/")) + to + ">)"
}

func (l *layout) Head(b []byte, v *transcript.Volume, place *transcript.Passage) []byte {
	b = line(b, "---")
	for _, f := range []struct{ name, value string }{{"title", v.Title}, {"conversation", v.Place.Key}, {"kind", v.Place.Kind()}, {"period", v.Period}, {"zone", l.Zone.String()}} {
		if f.value != "" {
			quoted, _ := json.Marshal(f.value) // is YAML too
			b = line(b, f.name, ": ", string(quoted))
		}
	}
	b = line(line(b, "---"))
	b = line(line(b, "# ", l.esc(place.Head(false))))
	b = l.pieces(b, "", v.Name, place)
	b = line(line(b, l.esc(l.TimesInZone())))
	if v.Previous != "" {
		b = line(line(b, link(l.text.Label(transcript.Fill(l.Continued, v.Previous)), v.Name, v.Previous)))
	}
	return b
}

func (l *layout) Day(b []byte, words, offset string) []byte {
	if offset != "" {
		words += l.Open + offset + l.Close
	}
	return line(line(b, "## ", l.esc(words)))
}

func (l *layout) Orphans(b []byte, words string) []byte { return line(line(b, "… ", l.esc(words))) }

func (l *layout) Say(b []byte, v *transcript.Volume, p *transcript.Passage, reply, dated bool) []byte {
	indent := ""
	if reply {
		b = append(b, "* "...)
		indent = "  "
	}
	b = append(b, "**"+l.esc(p.By())+"** · "+l.esc(p.When(dated))...)
	if notes := p.Notes(); len(notes) > 0 {
		b = append(b, " · "+l.esc(strings.Join(notes, l.And))...)
	}
	return l.pieces(line(line(b)), indent, v.Name, p)
}

// pieces are what stands below a head: texts as quotations, facts as a list. An empty line ends it.
func (l *layout) pieces(b []byte, indent, from string, p *transcript.Passage) []byte {
	list := false
	for i := range p.Pieces {
		c := &p.Pieces[i]
		quoted := c.Role == transcript.Subject || c.Role == transcript.Body && c.Title == ""
		if quoted && list { // else the quotation would be the list's
			b, list = line(b), false
		}
		switch {
		case c.Role == transcript.Subject:
			b = line(quote(b, indent, "**"+l.esc(c.Title)+"**"))
		case quoted:
			if text := l.content(c); text != "" {
				b = line(quote(b, indent, text))
			}
		default:
			b, list = l.fact(b, indent, from, c), true
		}
	}
	if list {
		b = line(b)
	}
	return b
}

// fact is an item of a list, with what it quotes.
func (l *layout) fact(b []byte, indent, from string, c *transcript.Piece) []byte {
	words := l.esc(c.Title)
	here := c.Medium != nil && c.Medium.Path != ""
	if here {
		words = link(l.text.Label(c.Title), from, c.Medium.Path)
	}
	b = line(b, indent, "- ", words)
	if text := l.content(c); text != "" {
		b = quote(line(b), indent+"  ", text)
	}
	if here && l.images && picture[c.Medium.Type] {
		b = line(line(b), indent, "  !", link(l.text.Label(c.Title), from, c.Medium.Path))
	}
	return b
}

// picture are the types that every viewer shows.
var picture = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// content is a piece's text as Markdown: with its markup where it was somebody's.
func (l *layout) content(c *transcript.Piece) string {
	if c.Content == nil || c.Content.Text == "" && len(c.Content.Rich) == 0 {
		return l.esc(c.Text)
	}
	b, _ := l.text.Append(nil, &message.Message{Text: c.Content.Text, Format: c.Content.Format, Rich: c.Content.Rich})
	return safe.Prose(strings.TrimRight(string(b), "\n"))
}

func (l *layout) Pointer(b []byte, v *transcript.Volume, words string, to *transcript.Volume) []byte {
	if to != v {
		return line(line(b, "… ", link(l.text.Label(words), v.Name, to.Name)))
	}
	return line(line(b, "… ", l.esc(words)))
}

func (l *layout) Foot(b []byte, v *transcript.Volume, next string) []byte {
	if next != "" {
		b = line(b, link(l.text.Label(transcript.Fill(l.ContinuedIn, next)), v.Name, next))
	}
	return b
}

func (l *layout) Directory(b []byte, heading string, p *transcript.Passage) []byte {
	if heading != "" {
		b = line(line(b, "# ", l.esc(heading)))
	}
	return l.pieces(line(line(b, "**"+l.esc(p.Head(false))+"**")), "", "", p)
}

func (l *layout) Index(b []byte, h *edition.History, list []*transcript.Volume) []byte {
	c := transcript.NewContents(h, list, l.Options)
	b = line(line(b, "# ", l.esc(c.Title(l.Words))))
	for _, s := range []string{c.Sum(l.Words), l.TimesInZone(), l.Whole} {
		b = line(line(b, l.esc(s)))
	}
	b = line(b, link(l.text.Label(l.Words.Directory), "", "directory.md"))
	for _, r := range c.Rooms {
		b = line(line(line(b), "## ", l.esc(r.Head(l.Words))))
		b = line(b, l.esc(r.Sum(l.Words)))
		for i, v := range r.Volumes {
			if i == 0 {
				b = line(b)
			}
			b = line(b, "- ", link(l.text.Label(v.Name), "", v.Name), l.Separator, l.esc(v.Sum(l.Words)))
		}
	}
	return b
}
