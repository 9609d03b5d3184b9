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
	return p.AppendPieces(append(append(append(b, prefix...), p.Head(day)...), '\n'), prefix)
}

// AppendPieces is Append without the head.
func (p *Passage) AppendPieces(b []byte, prefix string) []byte {
	for i := range p.Pieces {
		b = p.Pieces[i].append(b, prefix)
	}
	return b
}

// Head is the first line: when, who, and marks. Of an entry of the directory it is its name and marks.
func (p *Passage) Head(day bool) string {
	if p.Sort == Listed {
		return p.Author + p.words.marks(p.Marks)
	}
	return p.When(day) + "  " + p.By() + p.words.marks(p.Notes())
}

// When is the time, with day and zone if asked for.
func (p *Passage) When(day bool) string {
	switch {
	case p.At.IsZero():
		return p.words.TimeUnknown
	case day:
		return p.At.Format("2006-01-02 ") + p.Clock + " " + Offset(p.At)
	}
	return p.Clock
}

// By is the author, or the words for none.
func (p *Passage) By() string {
	if p.Author == "" {
		return p.words.Nobody
	}
	return p.Author
}

// Notes are the marks, and what is not sure about the time.
func (p *Passage) Notes() []string {
	if p.Doubt != "" {
		return append(p.Marks[:len(p.Marks):len(p.Marks)], p.Doubt)
	}
	return p.Marks
}

func (w *Words) marks(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return w.Open + strings.Join(list, w.And) + w.Close
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
