// Package term cuts texts into the words that a search finds them by, also where a script has no spaces
// between words: a search that only knows spaces finds no Chinese.
//
// Invariant: the same text gives the same terms, so that what is typed into a search can be cut like what is
// searched.
package term

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/chatferry/chatferry/core/message"
)

// maxTerm is how many characters of a word count; a search cuts what is typed the same way.
const maxTerm = 40

// unspaced are scripts written without spaces between words. Their text is found by pairs of characters.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Bopomofo}

// Of cuts a text: words in lower case, and of unspaced scripts each pair of neighbours and the last character.
// Each term is good until f returns. The archive site's site.js cuts what is typed in the same way.
func Of(s string, f func(term []byte)) {
	var word [maxTerm]byte
	n, from := 0, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			unicodeTerms(s[from:], f)
			return
		}
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		if c-'a' < 26 || c-'0' < 10 {
			if n < maxTerm {
				word[n] = c
				n++
			} else {
				// the rest of an overlong word: skip it, but stay inside the word
				for i+1 < len(s) && (s[i+1]|0x20-'a' < 26 || s[i+1]-'0' < 10) {
					i++
				}
			}
			continue
		}
		if n > 0 {
			f(word[:n])
			n = 0
		}
		from = i + 1
	}
	if n > 0 {
		f(word[:n])
	}
}

func unicodeTerms(s string, f func(term []byte)) {
	s = strings.ReplaceAll(strings.ToLower(norm.NFKC.String(s)), "ς", "σ")
	var word []byte
	count := 0
	var before rune // of an unspaced script
	end := func() {
		if count > 0 {
			f(word)
		}
		if before != 0 {
			f(utf8.AppendRune(word[:0], before))
		}
		word, count, before = word[:0], 0, 0
	}
	for _, r := range s {
		switch {
		case r >= 0x0e00 && unicode.In(r, unspaced...):
			if count > 0 {
				f(word)
				count = 0
			}
			if before != 0 {
				f(utf8.AppendRune(utf8.AppendRune(word[:0], before), r))
			}
			word, before = word[:0], r
		case unicode.IsLetter(r) || unicode.Is(unicode.Nd, r) || unicode.IsMark(r):
			if before != 0 {
				end()
			}
			if count < maxTerm {
				word = utf8.AppendRune(word, r)
				count++
			}
		default:
			end()
		}
	}
	end()
}

// Texts visits everything of a message that a search finds it by. The archive site's site.js has the same list.
func Texts(m *message.Message, f func(string)) {
	f(m.Subject)
	if len(m.Rich) == 0 {
		f(m.Text)
	}
	for i := range m.Rich {
		for j := range m.Rich[i].Inlines {
			f(m.Rich[i].Inlines[j].Text)
			f(m.Rich[i].Inlines[j].Name)
		}
		f(m.Rich[i].Text)
	}
	for i := range m.Attachments {
		f(m.Attachments[i].Title)
		f(m.Attachments[i].Name)
		f(m.Attachments[i].Transcript)
	}
	for i := range m.Cards {
		f(m.Cards[i].Title)
		f(m.Cards[i].Text)
	}
	for i := range m.Links {
		f(m.Links[i].Title)
	}
	if m.Poll != nil {
		f(m.Poll.Question)
		for i := range m.Poll.Options {
			f(m.Poll.Options[i].Text)
		}
	}
	for _, q := range []*message.Quote{m.Quoted, m.Forwarded} {
		if q != nil {
			f(q.Text)
		}
	}
	if m.Call != nil {
		f(m.Call.Name)
	}
	if m.ShownAs != nil {
		f(m.ShownAs.Name)
	}
}
