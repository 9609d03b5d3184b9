package main

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// textChange is a change of one text; it is applied to the first message that it changes.
type textChange struct {
	name, as string
	to       func(string) string
}

// without removes the first of some characters.
func without(chars string) func(string) string {
	return func(s string) string {
		if i := strings.IndexAny(s, chars); i >= 0 {
			_, n := utf8.DecodeRuneInString(s[i:])
			return s[:i] + s[i+n:]
		}
		return s
	}
}

func replaced(pattern, to string) func(string) string {
	re := regexp.MustCompile(pattern)
	return func(s string) string {
		if at := re.FindStringSubmatchIndex(s); at != nil {
			return s[:at[0]] + string(re.ExpandString(nil, to, s, at)) + s[at[1]:]
		}
		return s
	}
}

// latin1 reads UTF-8 as Latin-1.
func latin1(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
		return s
	}
	var out []rune
	for _, b := range []byte(s) {
		out = append(out, rune(b))
	}
	return string(out)
}

// wide finds the first character beyond the first plane and puts another in its place.
func wide(to string) func(string) string {
	return func(s string) string {
		if i := strings.IndexFunc(s, func(r rune) bool { return r > 0xffff }); i >= 0 {
			_, n := utf8.DecodeRuneInString(s[i:])
			return s[:i] + to + s[i+n:]
		}
		return s
	}
}

var textChanges = []textChange{
	{"composed (NFC)", "a file system or library that normalises", norm.NFC.String},
	{"decomposed (NFD)", "a file system of Apple's", norm.NFD.String},
	{"compatibility forms lost (NFKC)", "a search index's text taken for the text", norm.NFKC.String},
	{"a combining mark is lost", "letters taken to ASCII", replaced(`(\pL)\pM`, "$1")},
	{"LF becomes CRLF", "a file opened in text mode", trim("\n", "\r\n")},
	{"a line break is lost", "a field that holds one line", trim("\n", " ")},
	{"a space at the end", "a template that adds one", func(s string) string { return s + " " }},
	{"a line break at the end", "lines joined with their ends", func(s string) string { return s + "\n" }},
	{"a space at the start", "a quotation marker removed", func(s string) string { return " " + s }},
	{"two spaces", "text aligned by hand", trim(" ", "  ")},
	{"a tab for a space", "an editor", trim(" ", "\t")},
	{"a no-break space for a space", "an editor for the web", trim(" ", "\u00a0")},
	{"a space for a no-break space", "white space made uniform", trim("\u00a0", " ")},
	{"a joiner is lost from an emoji", "characters outside a font", without("\u200d")},
	{"a variation selector is lost", "an emoji taken for a sign", without("\ufe0f")},
	{"a skin tone is lost", "emoji looked up without it", without("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")},
	{"a flag's letter is lost", "a string cut between code points", without("\U0001f1ef\U0001f1f5")},
	{"a tag character is lost", "characters taken for control characters", without("\U000e0067\U000e0062\U000e007f")},
	{"a bidi mark is inserted", "a name shown from right to left", func(s string) string { return "\u200f" + s }},
	{"a zero-width space is lost", "a cleaning of what is not seen", without("\u200b")},
	{"a zero-width space is inserted", "a line-breaking help", trim(" ", " \u200b")},
	{"a soft hyphen is lost", "a cleaning of what is not seen", without("\u00ad")},
	{"a word joiner is lost", "a cleaning of what is not seen", without("\u2060")},
	{"a byte order mark at the start", "files joined one after the other", func(s string) string { return "\ufeff" + s }},
	{"U+FFFD for a character", "half of a surrogate pair", wide("\ufffd")},
	{"a question mark for a character", "a column that holds three bytes a character", wide("?")},
	{"a character of plane 2 is lost", "a column that holds three bytes a character", wide("")},
	{"UTF-8 read as Latin-1", "a connection with the wrong character set", latin1},
	{"a homoglyph", "somebody who does not want to be found", trim("a", "а")},
	{"a case change", "a search index's text taken for the text", strings.ToLower},
	{"a Turkish i", "upper and lower case by the wrong language", trim("i", "ı")},
	{"a digit changed", "a bit", replaced(`\d`, "#")},
	{"leading zeros lost", "a text taken for a number", replaced(`\b0(\d)`, "$1")},
	{"a typographic apostrophe", "an editor", replaced(`[a-z](\.|,|;)`, "’$1")},
	{"escaped once more", "HTML escaping applied twice", func(s string) string {
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
	}},
	{"unescaped once more", "HTML escaping undone twice", func(s string) string { return html.UnescapeString(html.UnescapeString(s)) }},
	{"the last character is lost", "a length that counts something else", func(s string) string {
		r := []rune(s)
		return string(r[:len(r)-1])
	}},
	{"the first character is lost", "an offset that begins at one", func(s string) string { return string([]rune(s)[1:]) }},
	{"half of the text is lost", "a limit of the target", func(s string) string { return string([]rune(s)[:len([]rune(s))/2]) }},
	{"an ellipsis for the rest", "a preview taken for the text", replaced(`(?s)^(.{10}).+$`, "$1…")},
	{"the text is there twice", "a merge of plain and rich text", func(s string) string { return s + s }},
	{"the text is emptied", "a kind of message that was not known", func(string) string { return "" }},
	{"another text of that length", "a fixed-size field written over", func(s string) string { return strings.Repeat("x", utf8.RuneCountInString(s)) }},
	{"two characters exchanged", "a typing error in a correction", func(s string) string {
		if r := []rune(s); len(r) > 2 {
			r[0], r[1] = r[1], r[0]
			return string(r)
		}
		return s
	}},
	{"two words exchanged", "text reordered by direction", replaced(`^(\S+) (\S+)`, "$2 $1")},
	{"a mention is somebody else's", "an identity map that is off by one", replaced(`(<@|@)\w[\w.]+`, "${1}U0V0AYTRP35")},
	{"a mention is text", "mentions that the target did not resolve", replaced(`<?@(\w[\w.]+)>?`, "$1")},
	{"a link loses its query", "links that were cleaned", replaced(`(https://[^\s|>)]+)\?[^\s|>)]+`, "$1")},
	{"code marks are lost", "formatting that the target does not know", trim("`", "")},
	{"emphasis is lost", "formatting that the target does not know", replaced(`[*_](\S+)[*_]`, "$1")},
	{"an emoji is its name", "emoji that the target does not know", replaced(`:(\w+):`, "$1")},
}

// textOperators makes an operator of each change of text.
func textOperators() (list []operator) {
	for _, c := range textChanges {
		list = append(list, change("text: "+c.name, c.as, "text", nil, func(m message) { m.setText(c.to(m.text())) }, func(m message) bool {
			return m.kind() == "text" && len([]rune(m.text())) > 2 && c.to(m.text()) != m.text()
		}))
	}
	return list
}
