package slack

import (
	"strconv"

	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// rich is the rich text of the record being read, in memory that is used again for the next one.
type rich struct {
	blocks   []message.Block
	inlines  []message.Inline
	mentions []message.Mention
	from     int    // where the inlines of the block being built begin
	raw      string // the member "blocks" as it stands
	inexact  bool   // something in it has no place in the model: raw is kept too
	given    bool
}

func (r *rich) reset() {
	r.blocks, r.inlines, r.mentions = r.blocks[:0], r.inlines[:0], r.mentions[:0]
	r.from, r.raw, r.inexact, r.given = 0, "", false, false
}

// close ends a block: what was added since the last one are its inlines.
func (r *rich) close(b message.Block) {
	if n := len(r.inlines); n > r.from {
		b.Inlines = r.inlines[r.from:n:n]
	}
	r.from = len(r.inlines)
	r.blocks = append(r.blocks, b)
}

func (r *rich) add(n message.Inline) { r.inlines = append(r.inlines, n) }

func (r *rich) mention(kind, target, name string) {
	r.mentions = append(r.mentions, message.Mention{Kind: kind, Target: target, Name: name})
}

// parseBlocks reads the member "blocks" of a message.
func (p *parser) parseBlocks() {
	if p.S.Kind() != scan.Arr {
		p.Other(&p.Ext)
		return
	}
	if p.rich.given {
		p.Lossy = true
		p.rich.reset()
	}
	p.rich.given = true
	start := p.S.Offset()
	p.readBlocks()
	if p.S.Err() == nil {
		p.rich.raw = p.View[start:p.S.Offset()]
	}
}

func (p *parser) readBlocks() {
	for p.S.Array(); p.S.Next(); {
		if p.S.Kind() != scan.Obj {
			p.rich.inexact = true
			p.S.Skip()
			continue
		}
		p.block()
	}
}

// block reads one block. Only rich_text has a form of its own; of other kinds the model keeps the
// exact JSON and what can be read in it.
func (p *parser) block() {
	start := p.S.Offset()
	var typ, late string
	first := len(p.rich.blocks)
	for p.S.Object(); p.S.Next(); {
		switch key := p.S.Key(); {
		case key == "type" && p.S.Kind() == scan.Str:
			typ = p.S.String()
		case key == "elements" && typ == "rich_text" && p.S.Kind() == scan.Arr:
			p.richElements(p.S, 0)
		case key == "elements":
			late = p.S.Raw()
		case key == "block_id":
			p.Put(&p.Ext, "block_id"+ordinal(first), p.S.Raw())
		default:
			p.rich.inexact = p.rich.inexact || !element.Empty(p.S.Raw()) && typ == "rich_text"
		}
	}
	if p.S.Err() != nil {
		return
	}
	if typ == "rich_text" {
		if late != "" {
			var s scan.Scanner
			s.Reset(late)
			p.richElements(&s, 0)
		}
		return
	}
	raw := p.View[start:p.S.Offset()]
	if p.Clean != nil {
		raw = withoutSecrets(raw)
	}
	b := message.Block{Kind: message.BlockOpaque, JSON: raw, Text: readable(raw)}
	switch typ {
	case "divider":
		b.Kind, b.Text = message.BlockDivider, ""
	case "header":
		b.Kind, b.Level = message.BlockHeading, 1
		p.rich.add(message.Inline{Kind: message.InlineText, Text: b.Text})
		b.Text = ""
	case "image":
		b.Kind, b.URL = message.BlockImage, element.Member(raw, "image_url")
	}
	p.rich.close(b)
}

func ordinal(n int) string {
	if n == 0 {
		return ""
	}
	return "." + strconv.Itoa(n)
}

// richElements reads the elements of a rich_text block, of a list (then each is an item) and nothing
// deeper: depth is at most 2.
func (p *parser) richElements(s *scan.Scanner, depth int) {
	for s.Array(); s.Next(); {
		if s.Kind() != scan.Obj || depth > 1 {
			p.rich.inexact = true
			s.Skip()
			continue
		}
		p.richElement(s, depth)
	}
}

// container is one element of a rich_text block.
type container struct {
	typ, style, lang       string
	indent, border, offset int
}

func (p *parser) richElement(s *scan.Scanner, depth int) {
	var c container
	var late string
	for s.Object(); s.Next(); {
		switch key := s.Key(); {
		case key == "type" && s.Kind() == scan.Str:
			c.typ = s.String()
		case key == "style" && s.Kind() == scan.Str:
			c.style = s.String()
		case key == "language" && s.Kind() == scan.Str:
			c.lang = s.String()
		case key == "indent" && s.Kind() == scan.Num:
			c.indent = small(s.Number())
		case key == "border" && s.Kind() == scan.Num:
			c.border = small(s.Number())
		case key == "offset" && s.Kind() == scan.Num:
			c.offset = small(s.Number())
		case key == "elements" && s.Kind() == scan.Arr:
			// A list's own members may follow its elements, so those are read at the end.
			if c.typ == "" || c.typ == "rich_text_list" {
				late = s.Raw()
				continue
			}
			p.leaves(s)
		default:
			p.rich.inexact = p.rich.inexact || !element.Empty(s.Raw())
		}
	}
	if s.Err() != nil {
		return
	}
	if c.typ == "rich_text_list" && depth == 0 {
		p.list(late, c)
		return
	}
	if late != "" {
		var sub scan.Scanner
		sub.Reset(late)
		p.leaves(&sub)
	}
	p.rich.close(p.container(c, depth))
}

func (p *parser) container(c container, depth int) message.Block {
	b := message.Block{Kind: message.BlockParagraph, Quote: c.border}
	switch c.typ {
	case "rich_text_section":
	case "rich_text_quote":
		b.Kind, b.Quote = message.BlockQuote, 0
		p.rich.inexact = p.rich.inexact || c.border > 0
	case "rich_text_preformatted":
		b.Kind, b.Lang = message.BlockCode, c.lang
	default:
		p.rich.inexact = true
	}
	if depth > 0 && c.typ != "rich_text_section" {
		p.rich.inexact = true
	}
	return b
}

// list makes one item of each element.
func (p *parser) list(elements string, c container) {
	if elements == "" {
		return
	}
	first := len(p.rich.blocks)
	var s scan.Scanner
	s.Reset(elements)
	p.richElements(&s, 1)
	for i := first; i < len(p.rich.blocks); i++ {
		b := &p.rich.blocks[i]
		b.Kind, b.List, b.Indent, b.Quote = message.BlockItem, c.style, c.indent, c.border
		if c.style == "ordered" {
			b.Number = c.offset + i - first + 1
		} else if c.style != "bullet" {
			b.List = "bullet"
			p.rich.inexact = true
		}
	}
}

func small(raw string) int {
	n, err := strconv.Atoi(raw)
	if err != nil || n < 0 || n > 1<<20 {
		return 0
	}
	return n
}
