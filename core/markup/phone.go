package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
)

// FromPhone reads what people type on phones to mark text, as WhatsApp shows it: *bold*, _italic_, ~struck out~,
// `code`, a fence of three backticks, and lines that begin with "> ", "* ", "- " or "1. ". It gives nil for a text
// in which nothing is marked: then the text says all. The time it takes grows linearly with the text.
func FromPhone(text string) []message.Block {
	p := phone{}
	for text != "" {
		before, rest, fenced := strings.Cut(text, "```")
		code, after, closed := strings.Cut(rest, "```")
		if !fenced || !closed || strings.TrimSpace(code) == "" {
			p.lines(text)
			break
		}
		p.lines(strings.TrimSuffix(before, "\n"))
		p.marked = true
		p.blocks = append(p.blocks, message.Block{Kind: message.BlockCode, Inlines: []message.Inline{{Kind: message.InlineText, Text: strings.Trim(code, "\n")}}})
		text = strings.TrimPrefix(after, "\n")
	}
	if !p.marked {
		return nil
	}
	return p.blocks
}

type phone struct {
	blocks []message.Block
	marked bool
	open   bool // the last block is a paragraph that goes on
}

func (p *phone) lines(text string) {
	p.open = false
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		b := message.Block{Kind: message.BlockParagraph}
		rest, item := line, false
		switch {
		case strings.HasPrefix(line, "> "):
			b.Kind, rest = message.BlockQuote, line[2:]
		case strings.HasPrefix(line, "* "), strings.HasPrefix(line, "- "):
			b.List, rest, item = "bullet", line[2:], true
		default:
			if n, after := numbered(line); n > 0 {
				b.List, b.Number, rest, item = "ordered", n, after, true
			}
		}
		if item {
			b.Kind = message.BlockItem
		}
		if b.Kind != message.BlockParagraph {
			p.marked, p.open = true, false
		}
		if p.open {
			last := &p.blocks[len(p.blocks)-1]
			last.Inlines = append(last.Inlines, message.Inline{Kind: message.InlineBreak})
			p.inlines(last, rest, message.Inline{Kind: message.InlineText})
			continue
		}
		p.inlines(&b, rest, message.Inline{Kind: message.InlineText})
		p.blocks = append(p.blocks, b)
		p.open = b.Kind == message.BlockParagraph
	}
}

func numbered(line string) (n int, rest string) {
	i := 0
	for ; i < len(line) && i < 4 && line[i]-'0' <= 9; i++ {
		n = n*10 + int(line[i]-'0')
	}
	if i == 0 || !strings.HasPrefix(line[i:], ". ") {
		return 0, ""
	}
	return n, line[i+2:]
}

// inlines adds the runs of one line. A mark inside what it marks already is text, so this nests four deep at most.
func (p *phone) inlines(b *message.Block, s string, style message.Inline) {
	plain := 0
	var hopeless [128]bool // marks that nothing closes from here on
	for i := 0; i < len(s); i++ {
		c := s[i]
		inner := style
		switch {
		case style.Code:
			continue
		case c == '*' && !style.Bold:
			inner.Bold = true
		case c == '_' && !style.Italic:
			inner.Italic = true
		case c == '~' && !style.Strike:
			inner.Strike = true
		case c == '`':
			inner.Code = true
		default:
			continue
		}
		if hopeless[c] || !opens(s, i) {
			continue
		}
		end := closing(s, i)
		if end < 0 {
			hopeless[c] = true
			continue
		}
		p.add(b, s[plain:i], style)
		p.inlines(b, s[i+1:end], inner)
		p.marked = true
		i, plain = end, end+1
	}
	p.add(b, s[plain:], style)
}

func (p *phone) add(b *message.Block, s string, style message.Inline) {
	if s != "" {
		style.Text = s
		b.Inlines = append(b.Inlines, style)
	}
}

// opens tells whether the mark at i stands before a word.
func opens(s string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, n := utf8.DecodeRuneInString(s[i+1:])
	return (i == 0 || !wordly(before)) && n > 0 && !unicode.IsSpace(after) && after != rune(s[i])
}

// closing finds the mark that ends what begins at i: behind a word, before none.
func closing(s string, i int) int {
	for j := i + 2; j < len(s); j++ {
		if s[j] != s[i] {
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(s[:j])
		after, n := utf8.DecodeRuneInString(s[j+1:])
		if !unicode.IsSpace(before) && (n == 0 || !wordly(after)) {
			return j
		}
	}
	return -1
}

func wordly(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
