package text

import (
	"strings"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/safe"
	"github.com/chatferry/chatferry/core/transcript"
)

// bar stands before the lines of replies.
const bar = "  | "

// layout implements transcript.Layout.
type layout struct{ transcript.Options }

func (l *layout) Extension() string { return ".txt" }

func line(b []byte, words ...string) []byte {
	for _, w := range words {
		b = append(b, w...)
	}
	return append(b, '\n')
}

// title is underlined as far as it reaches.
func title(b []byte, s, under string) []byte {
	return line(line(b, s), strings.Repeat(under, min(max(safe.Width(s), 3), 78)))
}

func (l *layout) Head(b []byte, v *transcript.Volume, place *transcript.Passage) []byte {
	b = title(b, place.Head(false), "=")
	b = place.AppendPieces(b, "")
	b = line(b, l.TimesInZone())
	if v.Previous != "" {
		b = line(b, transcript.Fill(l.Continued, v.Previous))
	}
	return b
}

func (l *layout) Day(b []byte, words, offset string) []byte {
	if offset != "" {
		words += l.Open + offset + l.Close
	}
	return title(line(b), words, "-")
}

func (l *layout) Orphans(b []byte, words string) []byte { return line(line(b), "... ", words) }

func (l *layout) Say(b []byte, _ *transcript.Volume, p *transcript.Passage, reply, dated bool) []byte {
	prefix := ""
	if reply {
		prefix = bar
		b = line(b, strings.TrimRight(bar, " "))
	} else {
		b = line(b)
	}
	return p.Append(b, prefix, dated)
}

func (l *layout) Pointer(b []byte, v *transcript.Volume, words string, to *transcript.Volume) []byte {
	if to != v {
		words += l.Separator + transcript.Fill(l.See, to.Name)
	}
	return line(line(b), "... ", words)
}

func (l *layout) Foot(b []byte, _ *transcript.Volume, next string) []byte {
	if next != "" {
		b = line(line(b), transcript.Fill(l.ContinuedIn, next))
	}
	return b
}

func (l *layout) Directory(b []byte, heading string, p *transcript.Passage) []byte {
	return transcript.PlainDirectory(b, heading, p)
}

func (l *layout) Index(b []byte, h *edition.History, list []*transcript.Volume) []byte {
	c := transcript.NewContents(h, list, l.Options)
	b = title(b, c.Title(l.Words), "=")
	b = line(b, c.Sum(l.Words))
	b = line(b, l.TimesInZone())
	b = line(b, l.Whole)
	b = line(b, transcript.Fill(l.See, "directory.txt"))
	for _, r := range c.Rooms {
		b = line(line(b), r.Head(l.Words))
		if len(r.Volumes) != 1 {
			b = line(b, "  * ", r.Sum(l.Words))
		}
		for _, v := range r.Volumes {
			b = line(b, "  > ", v.Name, "  ", v.Sum(l.Words))
		}
	}
	return b
}
