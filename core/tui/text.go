package tui

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/safe"
)

// The catalogue: one file for each language, of lines "key = text". Names in braces are filled in.
//
//go:embed texts/*.txt
var catalogue embed.FS

// Texts are the sentences of one language.
type Texts struct {
	Language string
	text     map[string]string
}

// NewTexts chooses the language from the locale, English where there is none for it or the terminal cannot
// be expected to draw it.
func NewTexts(getenv func(string) string) *Texts {
	name := locale(getenv)
	if i := strings.IndexAny(name, "_-.@"); i >= 0 {
		name = name[:i]
	}
	if !slices.Contains(Languages(), name) || !unicode(getenv) {
		name = "en"
	}
	t, err := loadTexts(name)
	if err != nil {
		panic("tui: " + err.Error()) // the files are part of the program
	}
	return t
}

// Languages are those that there is a catalogue for.
func Languages() []string {
	files, err := fs.Glob(catalogue, "texts/*.txt")
	if err != nil {
		panic("tui: " + err.Error()) // the pattern is ours
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(strings.TrimPrefix(f, "texts/"), ".txt")
	}
	return files
}

func loadTexts(language string) (*Texts, error) {
	b, err := catalogue.ReadFile("texts/" + language + ".txt")
	if err != nil {
		return nil, err
	}
	t := &Texts{Language: language, text: map[string]string{}}
	for i, line := range strings.Split(string(b), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		key, text, ok := strings.Cut(line, " = ")
		if _, twice := t.text[key]; !ok || twice {
			return nil, fmt.Errorf("texts/%s.txt:%d: no \"key = text\", or a second time", language, i+1)
		}
		t.text[key] = text
	}
	return t, nil
}

// say gives the text of a key; args are names and values for its braces. Values are made safe.
func (t *Texts) say(key string, args ...string) string {
	s, ok := t.text[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return s
	}
	pairs := make([]string, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs[i], pairs[i+1] = "{"+args[i]+"}", safe.Text(args[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// has tells whether there is a text.
func (t *Texts) has(key string) bool { return t.text[key] != "" }

// word is the text of a prefix and a word from the core, or the word itself where there is none.
func (t *Texts) word(prefix, word string) string {
	if t.has(prefix + word) {
		return t.say(prefix + word)
	}
	return strings.ReplaceAll(word, "_", " ")
}

// field puts the name of a field, such as message.reactions.at, into words.
func (t *Texts) field(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = t.word("field.", p)
	}
	return strings.Join(parts, ": ")
}
