package html

import (
	"encoding/json"
	"html"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/term"
)

func TestTextIsOnlyText(t *testing.T) {
	for in, want := range map[string]string{
		"a<b>&\"'c":            "a&lt;b&gt;&amp;&#34;&#39;c",
		"one\r\ntwo\rthree":    "one\ntwo\nthree",
		"\x00\x1b[31m\x7f":     "\u2400\u241b[31m\u2421",
		"\u0085\ufdd0\ufffe":   "\ufffd\ufffd\ufffd",
		"日本 👩‍👩‍👧 é\tx":        "日本 👩‍👩‍👧 é\tx",
		"bad \xff byte":        "bad \ufffd byte",
		"\U0001fffe\U0010ffff": "\ufffd\ufffd",
	} {
		if got := string(appendText(nil, in)); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if got := string(appendName(nil, "a\u202egnp.exe\nb")); got != "a\ufffdgnp.exe b" {
		t.Errorf("a name became %q", got)
	}
}

func TestOnlyHarmlessLinksLeadAnywhere(t *testing.T) {
	for in, want := range map[string]string{
		"https://example.test/a?b=c&d=<e>": "https://example.test/a?b=c&amp;d=%3Ce%3E",
		"HTTP://example.test":              "HTTP://example.test",
		"mailto:a@example.test":            "mailto:a@example.test",
		"https://example.test/日#a#b":       "https://example.test/%E6%97%A5#a%23b",
		"https://example.test/%zz":         "https://example.test/%25zz",
		"javascript:alert(1)":              "", " javascript:alert(1)": "", "java\nscript:alert(1)": "", "data:text/html,x": "", "vbscript:x": "",
		"file:///etc/passwd": "", "//example.test": "", "https://": "", "https:example.test": "", "https://a b/": "", "https://\"onclick=x": "", "blob:https://x/": "", "tel:1": "",
	} {
		if got := link(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestMinutesAreCounted(t *testing.T) {
	for utc, want := range map[string]int64{"1970-01-01T00:00:00Z": 0, "1969-12-31T23:59:59Z": -1, "2000-02-29T01:02:03Z": 11016*1440 + 62, "2026-11-25T00:00:00Z": 20782 * 1440, "1601-01-01T00:00:00Z": -134774 * 1440} {
		if got := minuteNumber(utc); got != want {
			t.Errorf("%s is %d, want %d", utc, got, want)
		}
	}
}

func TestTermsAreWordsAndPairs(t *testing.T) {
	for in, want := range map[string]string{
		"Hello, WORLD_2 it's":         "hello world 2 it s",
		"部署完成 ok":                     "部署 署完 完成 成 ok",
		"中":                           "中",
		"ＡＢＣ Ⅷ ﬁn":                    "abc viii fin",
		"v2测试":                        "v2 测试 试",
		"Größe ΣΑΣ":                   "größe σασ",
		strings.Repeat("x", 50):       strings.Repeat("x", 40),
		strings.Repeat("é", 50):       strings.Repeat("é", 40),
		strings.Repeat("x", 50) + "é": strings.Repeat("x", 40),
	} {
		var got []string
		term.Of(in, func(b []byte) { got = append(got, string(b)) })
		if strings.Join(got, " ") != want {
			t.Errorf("%q gives %q, want %q", in, strings.Join(got, " "), want)
		}
	}
}

// FuzzText proves that text stays text: nothing in it can end where it stands, and a browser reads it back.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "<script>", "a&amp;b", "\r\n\x00", "\xff\xfe", "`${x}`", "\u2028</script>", "\U0010fffe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, out := range [][]byte{appendText(nil, s), appendName(nil, s)} {
			if !utf8.Valid(out) || strings.ContainsAny(string(out), "<>\"'\x00\r") {
				t.Fatalf("%q became %q", s, out)
			}
			for _, r := range html.UnescapeString(string(out)) {
				if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 {
					t.Fatalf("%q became %q", s, out)
				}
			}
		}
		if href := link(s); href != "" {
			low := strings.ToLower(href)
			if strings.ContainsAny(href, "<>\"'` \n\t\r\x00") || !strings.HasPrefix(low, "http://") && !strings.HasPrefix(low, "https://") && !strings.HasPrefix(low, "mailto:") {
				t.Fatalf("%q became the link %q", s, href)
			}
		}
		m := message.Of(&message.Message{Key: "k", ID: "k", Conversation: "c", Kind: "text", Sent: message.Time{UTC: "2020-01-01T00:00:00Z"}, Text: strings.ToValidUTF8(s, "\ufffd")})
		line := string(appendLine(nil, string(m.Append(nil))))
		if strings.Contains(line, "`") || strings.Contains(line, "${") || strings.Count(line, "\n") != 1 {
			t.Fatalf("%q became the data %q", s, line)
		}
		var back struct{ Text string }
		if err := json.Unmarshal([]byte(line), &back); err != nil || back.Text != m.Message.Text {
			t.Fatalf("%q became the data %q: %v", s, line, err)
		}
	})
}
