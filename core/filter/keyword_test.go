package filter

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
	"golang.org/x/text/unicode/norm"
)

func TestKeywordsMatchAcrossScriptsAndWidths(t *testing.T) {
	for _, c := range []struct {
		match, word, text string
		want              bool
	}{
		{"fold", "invoice", "The INVOICE is here", true},
		{"fold", "INVOICE", "the invoice", true},
		{"fold", "invoice", "ｉｎｖｏｉｃｅ", true},
		{"fold", "ＩＮＶＯＩＣＥ", "Invoice", true},
		{"fold", "合同", "请把合同发给我", true},
		{"fold", "合約", "请把合同发给我", false},
		{"fold", "請求書", "昨日の請求書です。", true},
		{"fold", "カタカナ", "これはｶﾀｶﾅです", true},
		{"fold", "ガス", "ｶﾞｽ代", true},
		{"fold", "カ", "ｶﾞｽ", false},
		{"fold", "か", "か\u3099", false}, // that is が
		{"fold", "が", "か\u3099", true},
		{"fold", "발표", "내일 발표입니다", true},
		{"fold", "straße", "STRASSE", true},
		{"fold", "STRASSE", "straße", true},
		{"fold", "ÜBER", "u\u0308ber", true},
		{"fold", "σίσυφος", "ΣΊΣΥΦΟΣ", true},
		{"fold", "договор", "ДОГОВОР №5", true},
		{"fold", "عقد", "هذا \u200fعقد\u200f العمل", true},
		{"fold", "חוזה", "זה חוזה\u05bc", true},
		{"fold", "fiscal", "ﬁscal year", true},
		{"fold", "in\u00advoice", "invoice", true},
		{"fold", "invoice", "in\u200bvoice", true},
		{"fold", "price:5", "price：５", true},
		{"fold", "e", "e\u0301", false},
		{"exact", "Invoice", "invoice", false},
		{"exact", "合同", "请把合同发给我", true},
		{"exact", "ガス", "ｶﾞｽ", false},
		{"regex", `INV-\d{4}`, "see INV-2020", true},
		{"regex", `(?i)合同\d+`, "合同42", true},
		{"regex", `^a|b$`, "xax", false},
	} {
		f, err := Compile(Rules{Keywords: []string{"\u2603none", c.word}, Match: c.match}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, got, _ := f.Apply(post("C1", "U1", c.text)); got != c.want {
			t.Errorf("%s %q in %q: %v", c.match, c.word, c.text, got)
		}
	}
}

func TestKeywordsAreFoundWhereverAReaderSeesThem(t *testing.T) {
	rich := []message.Block{{Kind: "paragraph", Inlines: []message.Inline{{Kind: "text", Text: "the inv"}, {Kind: "text", Text: "OICE", Bold: true}}}}
	for name, fill := range map[string]func(*message.Message){
		"subject":       func(m *message.Message) { m.Subject = "Invoice" },
		"rich":          func(m *message.Message) { m.Rich = rich },
		"opaque":        func(m *message.Message) { m.Rich = []message.Block{{Kind: "opaque", Text: "invoice"}} },
		"link":          func(m *message.Message) { m.Links = []message.Link{{URL: "https://x/invoice"}} },
		"file name":     func(m *message.Message) { m.Attachments = []message.Attachment{{Name: "Invoice.pdf"}} },
		"transcript":    func(m *message.Message) { m.Attachments = []message.Attachment{{Transcript: "an invoice"}} },
		"card":          func(m *message.Message) { m.Cards = []message.Card{{Text: "new invoice"}} },
		"quote":         func(m *message.Message) { m.Quoted = &message.Quote{Text: "invoice?"} },
		"earlier":       func(m *message.Message) { m.Revisions = []message.Edit{{Previous: &message.Content{Text: "invoice"}}} },
		"earlier rich":  func(m *message.Message) { m.Edited = &message.Edit{Previous: &message.Content{Rich: rich}} },
		"poll":          func(m *message.Message) { m.Poll = &message.Poll{Options: []message.PollOption{{Text: "invoice"}}} },
		"topic":         func(m *message.Message) { m.Event = &message.Event{New: "invoices"} },
		"tool argument": func(m *message.Message) { m.AI = &message.AI{ToolCalls: []message.ToolCall{{Arguments: "{invoice}"}}} },
	} {
		for _, match := range []string{"fold", "regex"} {
			word := "invoice"
			if match == "regex" {
				word = "(?i)invo.ce"
			}
			f, err := Compile(Rules{Keywords: []string{word}, Match: match}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, keep, _ := f.Apply(post("C1", "U1", "nothing", fill)); !keep {
				t.Errorf("%s: not found by %s", name, match)
			}
		}
	}
}

func TestManyKeywordsAreFoundAndTooManyRefused(t *testing.T) {
	var words []string
	for i := range 3000 {
		words = append(words, strings.Repeat("字", 1+i%3)+string(rune('一'+i)))
	}
	a, err := newAutomaton(words, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range words {
		if a.raw(0, "前"+w+"後")&found == 0 {
			t.Fatalf("%s is not found", w)
		}
	}
	if a.raw(0, "字字字")&found != 0 {
		t.Fatal("found a word that is not there")
	}
	if _, err := newKeywords([]string{strings.Repeat("abcdefghijklmnopqrstuvwxyz", 400_000)}, "exact"); err == nil {
		t.Fatal("an automaton of any size was built")
	}
}

func TestSimpleRunesAgreeWithFullFolding(t *testing.T) {
	f := folders.Get().(*folder)
	defer f.release()
	n := 0
	for r := rune(utf8.RuneSelf); r <= utf8.MaxRune; r++ {
		to, ok := simple(r)
		if !ok || !utf8.ValidRune(r) {
			continue
		}
		n++
		if got := string(f.append(nil, string(r))); got != string(to) {
			t.Errorf("U+%04X folds to %q, simple says %q", r, got, string(to))
		}
		if !norm.NFKC.PropertiesString(string(r)).BoundaryBefore() {
			t.Errorf("U+%04X combines with what is before it", r)
		}
	}
	if n < 40_000 {
		t.Fatalf("only %d runes are simple", n)
	}
}

func FuzzFoldedSearchEqualsSearchInFoldedText(f *testing.F) {
	for _, s := range [][2]string{{"invoice", "The ＩＮＶＯＩＣＥ"}, {"ガ", "ｶﾞ"}, {"か", "か\u3099"}, {"ss", "ß"}, {"\u00ad", "a"}, {"a\xff", "A\xff"}, {"i̇", "İ"}, {"合同", "把合同"}, {"각", "가\u11a8"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, word, text string) {
		if len(word) > 100 || len(text) > 10_000 {
			return
		}
		k, err := newKeywords([]string{word}, "fold")
		if err != nil {
			return
		}
		fo := folders.Get().(*folder)
		defer fo.release()
		if Fold(word) != string(fo.append(nil, word)) {
			t.Fatalf("Fold differs for %q", word)
		}
		got := k.words.folded(0, text, fo)&found != 0
		want := bytes.Contains(fo.append(nil, text), []byte(Fold(word)))
		if got != want {
			t.Fatalf("%q in %q: streamed %v, folded %v", word, text, got, want)
		}
	})
}

func FuzzAutomatonEqualsContains(f *testing.F) {
	f.Add("he,she,hers", "ushers")
	f.Add("aa,aab", "aaab")
	f.Add("合,合同", "签合同")
	f.Fuzz(func(t *testing.T, list, text string) {
		var words []string
		want := false
		for _, w := range strings.Split(list, ",") {
			if w != "" && len(words) < 20 {
				words = append(words, w)
				want = want || strings.Contains(text, w)
			}
		}
		a, err := newAutomaton(words, false)
		if err != nil {
			return
		}
		if got := a.raw(0, text)&found != 0; got != want {
			t.Fatalf("%q in %q: %v, want %v", words, text, got, want)
		}
	})
}

func FuzzGlobEqualsRegexp(f *testing.F) {
	f.Add("a*b", "axxb")
	f.Add("*", "")
	f.Add("a**", "a")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(s) || len(pattern) > 50 || len(s) > 200 {
			return
		}
		re := regexp.MustCompile(`(?s)\A` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + `\z`)
		if got := globMatch(pattern, s); got != re.MatchString(s) {
			t.Fatalf("%q on %q: %v", pattern, s, got)
		}
	})
}
