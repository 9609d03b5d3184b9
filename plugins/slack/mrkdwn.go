package slack

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
)

// mrkdwn reads Slack's own markup into canonical rich text. It is linear in the length of the text:
// each search forward for a closing mark is either used or remembered as vain.
type mrkdwn struct {
	p     *parser
	style message.Inline // of what is being added
	end   [3]int         // where the style that is open ends; 0 when it is not open
	vain  [3]int         // no closing mark before this position
}

// The style marks, in the order of end and vain.
const marks = "*_~"

// parseText makes rich text of a message's text when there are no blocks.
func (p *parser) parseText(text string) {
	if text == "" {
		return
	}
	for text != "" {
		start := strings.Index(text, "```")
		if start < 0 {
			break
		}
		size := strings.Index(text[start+3:], "```")
		if size < 0 {
			break
		}
		p.lines(strings.TrimSuffix(text[:start], "\n"))
		code := strings.TrimPrefix(text[start+3:start+3+size], "\n")
		p.rich.add(message.Inline{Kind: message.InlineText, Text: p.plain(strings.TrimSuffix(code, "\n"))})
		p.rich.close(message.Block{Kind: message.BlockCode})
		text = strings.TrimPrefix(text[start+size+6:], "\n")
	}
	p.lines(text)
}

// lines splits text into paragraphs and quotes.
func (p *parser) lines(text string) {
	if text == "" {
		return
	}
	if strings.IndexByte(text, '>') < 0 && !strings.Contains(text, "&gt;") {
		p.span(text)
		p.rich.close(message.Block{Kind: message.BlockParagraph})
		return
	}
	para, quoted := 0, false // start of the run of lines, and whether they are a quote
	var quote []string
	flush := func(end int) {
		if quoted {
			p.span(strings.Join(quote, "\n"))
			p.rich.close(message.Block{Kind: message.BlockQuote})
			quote = quote[:0]
		} else if end > para {
			p.span(strings.TrimSuffix(text[para:end], "\n"))
			p.rich.close(message.Block{Kind: message.BlockParagraph})
		}
	}
	for at := 0; at < len(text); {
		end := strings.IndexByte(text[at:], '\n')
		next := len(text)
		if end >= 0 {
			next = at + end + 1
		}
		body, depth := unquote(strings.TrimSuffix(text[at:next], "\n"))
		if (depth > 0) != quoted {
			flush(at)
			para, quoted = at, depth > 0
		}
		if depth == 3 { // to the end of the text
			rest, _ := unquote(text[at:])
			quote = append(quote, rest)
			break
		}
		if quoted {
			quote = append(quote, body)
		}
		at = next
	}
	flush(len(text))
}

// unquote takes the quote mark off a line: depth is 1 for one mark, 3 for the mark that quotes
// everything behind it.
func unquote(line string) (body string, depth int) {
	for _, mark := range []string{"&gt;", ">"} {
		if strings.HasPrefix(line, mark+mark+mark) {
			return strings.TrimPrefix(line[3*len(mark):], " "), 3
		}
		if strings.HasPrefix(line, mark) {
			return strings.TrimPrefix(line[len(mark):], " "), 1
		}
	}
	return line, 0
}

// plain is text without markup: entities decoded, references shown as they stand.
func (p *parser) plain(s string) string {
	if strings.IndexByte(s, '<') < 0 {
		return unescape(s)
	}
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '<')
		j := -1
		if i >= 0 {
			j = strings.IndexByte(s[i:], '>')
		}
		if j < 0 {
			break
		}
		b.WriteString(unescape(s[:i]))
		ref := s[i+1 : i+j]
		if target, label, ok := strings.Cut(ref, "|"); ok {
			b.WriteString(unescape(label))
		} else {
			b.WriteString(unescape(target))
		}
		s = s[i+j+1:]
	}
	b.WriteString(unescape(s))
	return b.String()
}

// unescape decodes the three entities there are; it runs after "<" and ">" have done their work.
func unescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return entities.Replace(s)
}

var entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

// span adds the inlines of one block's text.
func (p *parser) span(s string) {
	if !strings.ContainsAny(s, "<&*_~`:") {
		if s != "" {
			p.rich.add(message.Inline{Kind: message.InlineText, Text: s})
		}
		return
	}
	k := mrkdwn{p: p}
	from := 0 // start of the text not added yet
	for i := 0; i < len(s); {
		n, used := k.token(s, i, from)
		if !used {
			i += n
			continue
		}
		i += n
		from = i
	}
	k.text(s[from:])
}

// token handles what stands at i. used tells that it was markup of n bytes, and that the text from
// from to i has been added before it.
func (k *mrkdwn) token(s string, i, from int) (n int, used bool) {
	switch c := s[i]; c {
	case '<':
		j := referenceEnd(s[i:])
		if j < 2 || !reference(s[i+1:i+j]) {
			return 1, false
		}
		k.text(s[from:i])
		k.reference(s[i+1 : i+j])
		return j + 1, true
	case '`':
		j := strings.IndexAny(s[i+1:], "`\n")
		if j <= 0 || s[i+1+j] != '`' {
			return 1, false
		}
		k.text(s[from:i])
		in := k.style
		in.Kind, in.Text, in.Code = message.InlineText, k.p.plain(s[i+1:i+1+j]), true
		k.p.rich.add(in)
		return j + 2, true
	case ':':
		name := shortcode(s[i+1:])
		if name == "" || i > 0 && wordByte(s[i-1]) {
			return 1, false
		}
		k.text(s[from:i])
		in := k.style
		in.Kind, in.Name = message.InlineEmoji, name
		k.p.rich.add(in)
		return len(name) + 2, true
	case '*', '_', '~':
		return 1, k.mark(s, i, from, strings.IndexByte(marks, c))
	}
	return 1, false
}

// referenceEnd finds the ">" of the "<" at the start of s. How far it looks is bounded, so that a text
// full of "<" costs no more than a plain one.
func referenceEnd(s string) int { return strings.IndexByte(s[:min(len(s), 8<<10)], '>') }

func (k *mrkdwn) text(s string) {
	if s != "" {
		in := k.style
		in.Kind, in.Text = message.InlineText, unescape(s)
		k.p.rich.add(in)
	}
}

func (k *mrkdwn) set(which int, on bool) {
	switch which {
	case 0:
		k.style.Bold = on
	case 1:
		k.style.Italic = on
	case 2:
		k.style.Strike = on
	}
}

// mark opens or closes a style. It opens only when its other half is found on the same line.
func (k *mrkdwn) mark(s string, i, from, which int) bool {
	if k.end[which] > 0 {
		if i != k.end[which] {
			return false
		}
		k.text(s[from:i])
		k.set(which, false)
		k.end[which] = 0
		return true
	}
	if i < k.vain[which] || i+1 >= len(s) || s[i+1] == ' ' || s[i+1] == '\n' || s[i+1] == s[i] || !boundaryBefore(s, i) {
		return false
	}
	for j := i + 1; j < len(s) && s[j] != '\n'; j++ {
		switch s[j] {
		case '<': // a reference is no place for a closing mark
			if n := referenceEnd(s[j:]); n > 1 && reference(s[j+1:j+n]) {
				j += n
			}
		case '`':
			if n := strings.IndexAny(s[j+1:], "`\n"); n > 0 && s[j+1+n] == '`' {
				j += n + 1
			}
		case s[i]:
			if s[j-1] != ' ' && boundaryAfter(s, j+1) {
				k.text(s[from:i])
				k.set(which, true)
				k.end[which] = j
				return true
			}
		}
		k.vain[which] = j
	}
	return false
}

// boundaryBefore tells whether a style may open at i: at the start, after white space, punctuation
// or another mark.
func boundaryBefore(s string, i int) bool {
	if i == 0 {
		return true
	}
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

func boundaryAfter(s string, i int) bool {
	if i >= len(s) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

func wordByte(c byte) bool { return c-'0' < 10 || (c|0x20)-'a' < 26 || c >= utf8.RuneSelf }

// shortcode reads "wave:" or "wave::skin-tone-2:" behind a colon and gives what is before the last
// colon. A number between colons is a time of day.
func shortcode(s string) string {
	n, letters := 0, false
	for n < len(s) && n < 100 && shortcodeByte(s[n]) {
		letters = letters || s[n]-'0' > 9
		n++
	}
	if n == 0 || n >= len(s) || s[n] != ':' || !letters && s[:n] != "100" && s[:n] != "1234" {
		return ""
	}
	const tone = "::skin-tone-"
	if rest := s[n:]; len(rest) > len(tone)+1 && strings.HasPrefix(rest, tone) && rest[len(tone)]-'0' < 10 && rest[len(tone)+1] == ':' {
		n += len(tone) + 1
	}
	return s[:n]
}

func shortcodeByte(c byte) bool {
	return c-'0' < 10 || c-'a' < 26 || c == '_' || c == '-' || c == '+' || c == '\'' || c >= utf8.RuneSelf
}
