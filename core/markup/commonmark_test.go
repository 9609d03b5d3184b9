package markup

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/chatferry/chatferry/core/message"
)

// reader parses Markdown as most programs do: CommonMark with tables, strike-through, task lists and addresses.
var reader = goldmark.New(goldmark.WithExtensions(extension.GFM))

// tag is one of the tags that text has where it is shown as it is.
var tag = regexp.MustCompile(`<(p|/p|br|a href="[^"]*"|/a)>`)

// seen is the text that a reader of Markdown sees: paragraphs apart by an empty line.
func seen(t *testing.T, src string) string {
	t.Helper()
	var b bytes.Buffer
	if err := reader.Convert([]byte(src), &b); err != nil {
		t.Fatal(err)
	}
	page := strings.TrimSuffix(b.String(), "</p>\n")
	page = strings.ReplaceAll(strings.ReplaceAll(page, "</p>\n", "\n\n"), "<br>\n", "<br>")
	plain := tag.ReplaceAllStringFunc(page, func(s string) string {
		if s == "<br>" {
			return "\n"
		}
		return ""
	})
	if i := strings.IndexByte(plain, '<'); i >= 0 {
		t.Errorf("text became %.20s in %q", plain[i:], src)
	}
	return html.UnescapeString(plain)
}

func commonMark(s string) string {
	b, _ := NewRenderer(Options{Dialect: CommonMark}).Append(nil, &message.Message{Text: s})
	return string(b)
}

var traps = []string{
	"plain", "a\nb", "a\n\nb", "a\n\n\n\nb", "\n\na", "a\n\n", " a\n  b\n\tc \n d", "    code", "# no heading", "a\n===", "a\n---", "- item", "1. item", "10) item", "> quote", "```\ncode\n```", "~~~",
	"*a* _b_ **c** __d__ ~~e~~ `f`", "<b>&amp;&lt;&#32;&copy;", "[x](y) ![x](y) [x]: y", "http://a_b_/c*d*?e=1&copy;=2.", "see https://example.test/(x).", "a|b\n-|-\nc|d", "\\*", "a\\", "a\\\nb", "***", "_ _ _", "___",
	"- [ ] task", "+ x", "a  \nb", "<http://x.test>", "<!-- x -->", "www.example.test/_a_", "mailto:a_b@example.test", "a@b.test", "|", "a\n:-", ":-\n|", "\x00", "1.\n2.", "*\n\n*", "=\n=", "`a\nb`", "!\\[a]", "\t", "a\n \nb", "- \n", "ftp://a_b_c_", "日本*語*",
	"http://", "https://\\", "http://x<y>", "http://\u00a0", "[^1]: a", "a\u00a0\n b", "HTTP://A.B.", "http://x\n\n\ny",
}

// TestCommonMarkShowsTextAsItIs: every trap alone, and each before and after each other one.
func TestCommonMarkShowsTextAsItIs(t *testing.T) {
	for _, a := range traps {
		same(t, a)
		for _, b := range traps {
			same(t, a+b)
			same(t, a+"\n"+b)
			same(t, a+"\n\n"+b)
		}
	}
}

func same(t *testing.T, s string) {
	t.Helper()
	lost := false
	want := strings.TrimRight(clean(s, &lost), "\n")
	if got := seen(t, commonMark(s)); got != want {
		t.Errorf("%q is seen as %q in %q", want, got, commonMark(s))
	}
}

func FuzzCommonMark(f *testing.F) {
	for _, s := range traps {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range s { // a document has none of these: see safe.Prose
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 {
				return
			}
		}
		if utf8.ValidString(s) && len(s) < 4096 {
			same(t, s)
		}
	})
}

// TestALabelDoesNotEndItsLink: what a label says can't lead anywhere.
func TestALabelDoesNotEndItsLink(t *testing.T) {
	for _, d := range []Dialect{Markdown, CommonMark} {
		b, _ := NewRenderer(Options{Dialect: d}).Append(nil, &message.Message{Rich: []message.Block{{Kind: message.BlockParagraph, Inlines: []message.Inline{
			{Kind: message.InlineLink, Text: "x](javascript:alert(1)) http://a_b_ [y\\]", URL: "https://example.test/"}}}}})
		var page bytes.Buffer
		if err := reader.Convert(b, &page); err != nil {
			t.Fatal(err)
		}
		if got := page.String(); strings.Count(got, "<a ") != 1 || !strings.Contains(got, `<a href="https://example.test/">x](javascript:alert(1)) http://a_b_ [y\]</a>`) {
			t.Errorf("%s: %s gives %s", d, b, got)
		}
	}
}
