package transcript

import "strings"

// Where the lines of a passage begin in the plain layout.
const (
	textIndent = "    "
	noteIndent = "  * "
	moreIndent = "  > "
)

// Append writes a passage as lines of plain text, each after prefix: its head, its texts behind four spaces, its
// facts behind "*", and what they quote behind ">". day is whether the head has the day too.
func (p *Passage) Append(b []byte, prefix string, day bool) []byte {
	b = append(append(append(b, prefix...), p.Head(day)...), '\n')
	for i := range p.Pieces {
		b = p.Pieces[i].append(b, prefix)
	}
	return b
}

// Head is the first line: when, who, and marks.
func (p *Passage) Head(day bool) string {
	var h strings.Builder
	w := p.words
	if p.Sort == Listed {
		return p.Author + w.marks(p.Marks)
	}
	if !p.At.IsZero() {
		if day {
			h.WriteString(p.At.Format("2006-01-02 "))
		}
		h.WriteString(p.Clock)
		if day {
			h.WriteString(" " + Offset(p.At))
		}
	} else {
		h.WriteString(w.TimeUnknown)
	}
	h.WriteString("  " + p.By())
	marks := p.Marks
	if day && p.Doubt != "" {
		marks = append(marks[:len(marks):len(marks)], p.Doubt)
	}
	return h.String() + w.marks(marks)
}

func (w *Words) marks(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return w.Open + strings.Join(list, w.And) + w.Close
}

// By is the author, or the words for none.
func (p *Passage) By() string {
	if p.Author == "" {
		return p.words.Nobody
	}
	return p.Author
}

func (c *Piece) append(b []byte, prefix string) []byte {
	more := moreIndent
	switch {
	case c.Role == Body && c.Title == "":
		more = textIndent
	case c.Role == Subject:
		b = appendLines(b, prefix, textIndent, c.Title)
	default:
		b = appendLines(b, prefix, noteIndent, c.Title)
	}
	if c.Text != "" {
		b = appendLines(b, prefix, more, c.Text)
	}
	if c.Medium != nil && c.Medium.Path != "" {
		b = appendLines(b, prefix, moreIndent, c.Medium.Path)
	}
	return b
}

// appendLines writes a text, each line behind its indent; an empty line has no white space at its end.
func appendLines(b []byte, prefix, indent, text string) []byte {
	for line := range strings.SplitSeq(text, "\n") {
		at := len(b)
		b = append(append(append(b, prefix...), indent...), line...)
		if line == "" {
			n := len(strings.TrimRight(string(b[at:]), " "))
			b = b[:at+n]
		}
		b = append(b, '\n')
	}
	return b
}
