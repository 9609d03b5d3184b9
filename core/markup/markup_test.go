package markup

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
)

var names = map[string]string{"p:1": "alice", "c:1": "general"}

func renderer(d Dialect) *Renderer {
	lookup := func(k string) string { return names[k] }
	return NewRenderer(Options{Dialect: d, Mention: "@{account}", Channel: "~{name}", Inert: true, Person: lookup, Place: lookup})
}

func para(inlines ...message.Inline) message.Block {
	return message.Block{Kind: message.BlockParagraph, Inlines: inlines}
}

func txt(s string) message.Inline { return message.Inline{Kind: message.InlineText, Text: s} }

func TestTypedTextCannotBecomeMarkup(t *testing.T) {
	for in, want := range map[string]string{
		"snake_case_name":              "snake_case_name",
		"_x_ *y* `z` ~~s~~":            "\\_x\\_ \\*y\\* \\`z\\` \\~\\~s\\~\\~",
		"# not a heading":              "\\# not a heading",
		"a\n> b\n- c\n1. d\n+ e\n- f":  "a\n\\> b\n\\- c\n1\\. d\n\\+ e\n\\- f",
		"version 1.2 and 3.":           "version 1.2 and 3.",
		"[x](http://a) ![i](http://b)": "\\[x](http://a) !\\[i](http://b)",
		`C:\dir`:                       `C:\\dir`,
		"https://x.org/a_b_/_c*d":      "https://x.org/a_b_/_c\\*d",
		"    code":                     "\u00a0\u00a0\u00a0\u00a0code",
		"a | b":                        "a \\| b",
		"---":                          "\\---",
		"===":                          "\\===",
		"a\x00b\r\nc":                  "a\ufffdb\nc",
	} {
		out, _ := renderer(Markdown).Append(nil, &message.Message{Rich: []message.Block{para(txt(in))}})
		if string(out) != want {
			t.Errorf("%q\n gives %q\n want  %q", in, out, want)
		}
		plain, _ := renderer(Markdown).Append(nil, &message.Message{Text: in})
		if string(plain) != want {
			t.Errorf("%q as text without rich gives %q", in, plain)
		}
	}
}

func TestNobodyIsNotified(t *testing.T) {
	for in, want := range map[string]string{
		"@all":               "`@all`",
		"hi @HERE!":          "hi `@HERE`!",
		"@channel-wide @all": "`@channel`-wide `@all`",
		"@allison me@all.de": "@allison me@all.de",
		"(@everyone)":        "(`@everyone`)",
		"`@all":              "\\` `@all`",
	} {
		out, _ := renderer(Markdown).Append(nil, &message.Message{Text: in})
		if string(out) != want {
			t.Errorf("%q gives %q, want %q", in, out, want)
		}
		if again := Inert(string(out)); again != string(out) {
			t.Errorf("%q is not stable: %q", out, again)
		}
	}
	b := []message.Block{para(message.Inline{Kind: message.InlineBroadcast, Name: "here"}, txt(" up"))}
	if out, _ := renderer(Markdown).Append(nil, &message.Message{Rich: b}); string(out) != "`@here` up" {
		t.Errorf("%q", out)
	}
	if out, _ := renderer(Plain).Append(nil, &message.Message{Rich: b}); string(out) != "@ here up" {
		t.Errorf("%q", out)
	}
}

func TestForeignMarkdownIsMadeInert(t *testing.T) {
	for in, want := range map[string]string{
		"**x** `@all` @all":       "**x** `@all` `@all`",
		"```\n@all\n```\n@all":    "```\n@all\n```\n`@all`",
		"> ```\n@all":             "> \\`\\`\\`\n`@all`",
		"` a\n\n@all `":           "\\` a\n\n`@all` \\`",
		"no mention ` here ``":    "no mention ` here ``",
		"\\`@all":                 "\\` `@all`",
		"``` @all ``` `x`@here`y": "``` @all ``` `x` `@here` \\`y",
		"````\n```\n@all\n````":   "````\n```\n@all\n````",
	} {
		got := Inert(in)
		if in == "> ```\n@all" { // the quote ends, and with it the fence
			want = "> ```\n`@all`"
		}
		if got != want {
			t.Errorf("%q\n gives %q\n want  %q", in, got, want)
		}
		if again := Inert(got); again != got {
			t.Errorf("%q is not stable: %q", got, again)
		}
	}
}

func TestInlines(t *testing.T) {
	in := func(list ...message.Inline) string {
		out, _ := renderer(Markdown).Append(nil, &message.Message{Rich: []message.Block{para(list...)}})
		return string(out)
	}
	b := func(s string) message.Inline { return message.Inline{Kind: "text", Text: s, Bold: true} }
	bi := message.Inline{Kind: "text", Text: "both", Bold: true, Italic: true}
	link := func(label, url string) message.Inline {
		return message.Inline{Kind: message.InlineLink, Text: label, URL: url}
	}
	person := message.Inline{Kind: message.InlinePerson, Target: "p:1", Name: "Al"}
	for got, want := range map[string]string{
		in(b(" bold "), txt("x")): " **bold** x",
		in(b("a"), bi, b("c")):    "**a*both*c**",
		in(b("a\n\nb")):           "**a**\n\n**b**",
		in(message.Inline{Kind: "text", Text: "x`y", Code: true}):                     "``x`y``",
		in(message.Inline{Kind: "text", Text: "`x`", Code: true}):                     "`` `x` ``",
		in(txt("hi "), person, txt("!")):                                              "hi @alice!",
		in(message.Inline{Kind: message.InlinePerson, Target: "p:9", Name: "Zed"}):    "@Zed",
		in(message.Inline{Kind: message.InlineConversation, Target: "c:1"}):           "~general",
		in(message.Inline{Kind: message.InlineConversation, Target: "c:2"}):           "\\#c:2",
		in(link("", "https://a.org/x?y=1")):                                           "https://a.org/x?y=1",
		in(link("see *this*", "https://a.org/(x) y")):                                 "[see \\*this\\*](https://a.org/%28x%29%20y)",
		in(link("click", "javascript:alert(1)")):                                      "click (javascript:alert(1))",
		in(link("", "https://m.org/@all")):                                            "[https://m.org/`@all`](https://m.org/%40all)",
		in(link("a@b.de", "mailto:a@b.de")):                                           "a@b.de",
		in(message.Inline{Kind: message.InlineEmoji, Name: "+1::skin-tone-2"}):        ":+1_light_skin_tone:",
		in(message.Inline{Kind: message.InlineEmoji, Name: "日本"}):                     ":日本:",
		in(message.Inline{Kind: message.InlineDate, Text: "today", Time: "2020"}):     "today",
		in(message.Inline{Kind: message.InlineColor, Text: "#ff0000"}):                "\\#ff0000",
		in(txt("a"), message.Inline{Kind: message.InlineBreak}, txt("b")):             "a\nb",
		in(message.Inline{Kind: "text", Text: "c", Code: true}, txt("@all")):          "`c` `@all`",
		in(message.Inline{Kind: "text", Text: "no", Strike: true}, txt(" yes")):       "~~no~~ yes",
		in(message.Inline{Kind: message.InlineGroup, Name: "dev", Target: "g"}):       "@dev",
		in(message.Inline{Kind: message.InlineEmoji, Unicode: "😀"}, txt("x")):         "😀x",
		in(message.Inline{Kind: "text", Text: "`", Code: true}, b("x"), txt("\n# h")): "`` ` ``**x**\n\\# h",
	} {
		if got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestBlocks(t *testing.T) {
	item := func(list string, indent, n int, s string) message.Block {
		return message.Block{Kind: message.BlockItem, List: list, Indent: indent, Number: n, Inlines: []message.Inline{txt(s)}}
	}
	rich := []message.Block{
		para(txt("intro")),
		item("bullet", 3, 0, "one"), item("bullet", 1, 0, "two\nlines"), item("ordered", 1, 7, "three"),
		{Kind: message.BlockCode, Lang: "go`x", Inlines: []message.Inline{txt("a\n```\n@all\n")}},
		{Kind: message.BlockQuote, Inlines: []message.Inline{txt("q1\nq2")}},
		{Kind: message.BlockHeading, Level: 2, Inlines: []message.Inline{txt("H")}},
		{Kind: message.BlockDivider},
		{Kind: message.BlockImage, Text: "cat", URL: "https://x.org/cat.png"},
	}
	out, _ := renderer(Markdown).Append([]byte("before"), &message.Message{Rich: rich})
	want := "beforeintro\n\n- one\n    - two\n      lines\n    7. three\n\n````go\na\n```\n@all\n````\n\n> q1\n> q2\n\n## H\n\n---\n\n[cat](https://x.org/cat.png)"
	if string(out) != want {
		t.Errorf("got  %q\nwant %q", out, want)
	}
	if got := Inert(string(out[6:])); got != string(out[6:]) {
		t.Errorf("not stable: %q", got)
	}
}

func TestCardsAndQuotesStandBelowTheText(t *testing.T) {
	m := &message.Message{Text: "see", Cards: []message.Card{{Kind: "slack", Author: "CI", Title: "Build #1", URL: "https://ci/1", Text: "failed\n@here", JSON: "{}"}},
		Forwarded: &message.Quote{AuthorName: "Bo", Text: "# old"}, Poll: &message.Poll{Question: "Q", Options: []message.PollOption{{Text: "A", Votes: 2}}}}
	out, lost := renderer(Markdown).Append(nil, m)
	want := "see\n\n> **Bo**\n> \\# old\n\n> **CI**\n> [Build #1](https://ci/1)\n> failed\n> `@here`\n\n> **Q**\n> - A (2)"
	if string(out) != want || !lost {
		t.Errorf("lost %v, got\n%s", lost, out)
	}
}

func TestTextFormatsWithoutRichText(t *testing.T) {
	for in, want := range map[[2]string]string{
		{"mrkdwn", "<@U1|al> &lt;b&gt; <https://x|y> <!here>"}: "@al <b> y (https://x) `@here`",
		{"html", "<p>a&amp;b<br>c</p><script>"}:                "a&b\nc",
		{"markdown", "**as it is** @all"}:                      "**as it is** `@all`",
		{"plain", "**not**"}:                                   "\\*\\*not\\*\\*",
	} {
		if out, _ := renderer(Markdown).Append(nil, &message.Message{Text: in[1], Format: in[0]}); string(out) != want {
			t.Errorf("%v gives %q", in, out)
		}
	}
}

func TestSplit(t *testing.T) {
	text := strings.Repeat("word and word\n", 40) + "\n```go\n" + strings.Repeat("x := 1\n", 80) + "```\n" + strings.Repeat("👨‍👩‍👧é", 100)
	for _, u := range []Unit{Runes, UTF16, Bytes} {
		parts := Split(text, 200, u, true)
		if len(parts) < 3 {
			t.Fatal(len(parts))
		}
		for i, p := range parts {
			if u.Size(p) > 200 || !utf8.ValidString(p) {
				t.Errorf("%s part %d has %d", u, i, u.Size(p))
			}
			if strings.Count(p, "```")%2 != 0 {
				t.Errorf("part %d leaves a fence open: %q", i, p)
			}
			if strings.HasPrefix(p, "\u200d") || strings.HasPrefix(p, "\u0301") {
				t.Errorf("part %d begins inside a grapheme", i)
			}
			if again := Split(p, 200, u, true); len(again) != 1 || again[0] != p {
				t.Errorf("part %d splits again", i)
			}
		}
		squeeze := func(s string) string {
			return strings.NewReplacer("```go", "", "```", "", " ", "", "\n", "").Replace(s)
		}
		if squeeze(strings.Join(parts, "")) != squeeze(text) {
			t.Error("text was lost in the split")
		}
	}
	if p := Split("`"+strings.Repeat("a @all ", 40)+"`", 60, Runes, true); len(p) < 4 {
		t.Error(p)
	} else {
		for _, s := range p {
			if Inert(s) != s || len(s) > 60 {
				t.Errorf("%q", s)
			}
		}
	}
}

func FuzzAppend(f *testing.F) {
	f.Add("plain @all `x` *y*", "https://x.org/@here", "go", uint16(7), 64)
	f.Add("```\n@all\n", "javascript:x", "`", uint16(0xffff), 100)
	f.Add("\\`@all`` @here\x00\xff", "mailto:a@all", "", uint16(3), 70)
	f.Fuzz(func(t *testing.T, s, url, name string, bits uint16, limit int) {
		style := message.Inline{Text: s, URL: url, Name: name, Bold: bits&1 != 0, Italic: bits&2 != 0, Strike: bits&4 != 0, Code: bits&8 != 0}
		var inl []message.Inline
		for _, k := range []string{"text", "link", "person", "conversation", "group", "broadcast", "emoji", "date", "opaque", "break"} {
			style.Kind = k
			inl = append(inl, style, txt(name))
		}
		var rich []message.Block
		for i, k := range []string{"paragraph", "quote", "item", "code", "heading", "divider", "image", "opaque"} {
			rich = append(rich, message.Block{Kind: k, Inlines: inl, Indent: int(bits >> 6), Quote: i % 3 * int(bits>>14), Text: s, URL: url, Lang: name, List: "bullet"})
		}
		m := &message.Message{Rich: rich, Cards: []message.Card{{Text: s, Title: name, URL: url}}, Subject: name}
		for _, m := range []*message.Message{m, {Text: s}, {Text: s, Format: "mrkdwn"}, {Text: s, Format: "html"}, {Text: s, Format: "markdown"}} {
			out, _ := renderer(Markdown).Append(nil, m)
			text := string(out)
			if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
				t.Fatalf("invalid output %q", text)
			}
			if again := Inert(text); again != text {
				t.Fatalf("not inert:\n%q\n%q", text, again)
			}
			if limit = 64 + (limit&0x7fff)%4000; limit > 0 {
				for _, p := range Split(text, limit, Runes, true) {
					if Runes.Size(p) > limit || Inert(p) != p {
						t.Fatalf("part of %d runes for limit %d, stable %v", Runes.Size(p), limit, Inert(p) == p)
					}
				}
			}
			plain, _ := renderer(Plain).Append(nil, m)
			if !utf8.Valid(plain) || hasBroadcast(string(plain)) {
				t.Fatalf("plain %q", plain)
			}
		}
	})
}

func BenchmarkMarkdown(b *testing.B) {
	m := &message.Message{Rich: []message.Block{para(txt("Hello "), message.Inline{Kind: "person", Target: "p:1"},
		txt(", the build of feature_x is done; please have a look at the results before noon, and tell me what you think. "),
		message.Inline{Kind: "link", URL: "https://ci.example.org/build/123"}, message.Inline{Kind: "text", Text: "bold", Bold: true})}}
	r := renderer(Markdown)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = r.Append(buf[:0], m)
	}
}
