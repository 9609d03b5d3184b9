package markup

import (
	"slices"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// Limits that keep hostile depth numbers from growing the output.
const (
	maxIndent = 12
	maxQuote  = 8
)

func (r *Renderer) blocks(b []byte, list []message.Block) []byte {
	for i := range list {
		k := &list[i]
		item := k.Kind == message.BlockItem
		if len(b) > r.start {
			if item && i > 0 && list[i-1].Kind == message.BlockItem && list[i-1].Quote == k.Quote {
				b = append(b, '\n')
			} else {
				b = append(b, '\n', '\n')
			}
		}
		if !item {
			r.prev = -1
		}
		b = r.block(b, k)
	}
	r.prefix = r.prefix[:0]
	return b
}

func (r *Renderer) block(b []byte, k *message.Block) []byte {
	r.prefix = r.prefix[:0]
	depth := min(max(k.Quote, 0), maxQuote)
	if k.Kind == message.BlockQuote && depth == 0 {
		depth = 1
	}
	for range depth {
		r.prefix = append(r.prefix, '>', ' ')
	}
	b = append(b, r.prefix...)
	switch k.Kind {
	case message.BlockItem:
		return r.inlines(r.item(b, k), k.Inlines)
	case message.BlockCode:
		return r.codeBlock(b, k)
	case message.BlockHeading:
		if r.markdown && !(r.common && hasLineEnd(k.Inlines)) {
			for range min(max(k.Level, 1), 6) {
				b = append(b, '#')
			}
			b = append(b, ' ')
		}
		return r.inlines(b, k.Inlines)
	case message.BlockDivider:
		return append(b, "---"...)
	case message.BlockImage:
		label := k.Text
		if label == "" && len(k.Inlines) == 0 {
			label = "image"
		}
		return r.inlines(r.link(b, label, k.URL), k.Inlines)
	case message.BlockOpaque:
		r.lost = true
		return r.inlines(r.escape(b, k.Text), k.Inlines)
	}
	if len(k.Inlines) == 0 && k.Text != "" {
		return r.escape(b, k.Text)
	}
	return r.inlines(b, k.Inlines)
}

// hasLineEnd tells whether a heading is more than a line, which Markdown can't have.
func hasLineEnd(list []message.Inline) bool {
	return slices.ContainsFunc(list, func(n message.Inline) bool {
		return n.Kind == message.InlineBreak || strings.ContainsAny(n.Text, "\r\n")
	})
}

// item writes a list item's marker. An item is never more than one step deeper than the one before,
// because Markdown would read it as code.
func (r *Renderer) item(b []byte, k *message.Block) []byte {
	indent := min(max(k.Indent, 0), r.prev+1, maxIndent)
	r.prev = indent
	for range 4 * indent {
		b, r.prefix = append(b, ' '), append(r.prefix, ' ')
	}
	if k.List == "ordered" {
		r.prefix = append(r.prefix, "   "...)
		return append(strconv.AppendInt(b, int64(max(k.Number, 1)), 10), '.', ' ')
	}
	r.prefix = append(r.prefix, "  "...)
	return append(b, '-', ' ')
}

// codeBlock fences code with more backticks than stand together inside it.
func (r *Renderer) codeBlock(b []byte, k *message.Block) []byte {
	r.code = r.code[:0]
	for i := range k.Inlines {
		r.code = append(r.code, bare(&k.Inlines[i])...)
	}
	if len(k.Inlines) == 0 {
		r.code = append(r.code, k.Text...)
	}
	code := clean(string(r.code), &r.lost)
	for len(code) > 0 && code[len(code)-1] == '\n' {
		code = code[:len(code)-1]
	}
	if !r.markdown {
		return r.lines(b, code)
	}
	fence := max(3, longestRun(code)+1)
	b = appendTicks(b, fence)
	for i := 0; i < len(k.Lang) && i < 32 && languageByte(k.Lang[i]); i++ {
		b = append(b, k.Lang[i])
	}
	b = r.lines(r.newline(b), code)
	return appendTicks(r.newline(b), fence)
}

func languageByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '-' || c == '#' || c == '_'
}

// lines writes text unchanged but for the block's prefix after newlines.
func (r *Renderer) lines(b []byte, s string) []byte {
	if len(r.prefix) == 0 {
		return append(b, s...)
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '\n' {
			b = r.newline(b)
		} else {
			b = append(b, s[i])
		}
	}
	return b
}

// longestRun is the length of the longest run of backticks in s.
func longestRun(s string) int {
	longest, run := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}

func appendTicks(b []byte, n int) []byte {
	for range n {
		b = append(b, '`')
	}
	return b
}
