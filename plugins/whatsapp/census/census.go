// Package census counts an export of WhatsApp chats without the reader: by the skeleton of a line's beginning,
// its digits and the characters between them. See core/census for what it must not share.
package census

import (
	"context"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/census"
)

// Count lists an export and, if asked, counts the entries of every chat's text.
func Count(ctx context.Context, config json.RawMessage, count bool, yield func(census.Member) error) (census.Facts, error) {
	var conf struct {
		Path    string `json:"path"`
		KeyFile string `json:"key_file"`
	}
	if err := json.Unmarshal(config, &conf); err != nil {
		return census.Facts{}, err
	}
	info, err := os.Stat(conf.Path)
	if err != nil {
		return census.Facts{}, err
	}
	if file, ok := databaseIn(conf.Path); ok {
		return countDatabase(ctx, conf.Path, file, conf.KeyFile, count, yield)
	}
	single := !info.IsDir() && isText(filepath.Base(conf.Path))
	c, err := open(conf.Path, single)
	if err != nil {
		return census.Facts{}, err
	}
	defer c.Close()
	var t census.Tally
	t.ByFile = true
	err = c.Walk(ctx, func(e *census.Entry) error {
		t.Add(e.Path, e.Size, e.Mark)
		if !count {
			return nil
		}
		m, err := member(ctx, c, e, single)
		if err != nil {
			return err
		}
		return yield(m)
	})
	if how, broken := census.Broken(err); broken {
		t.Broken, err = how, nil
	}
	return t.Done(), err
}

// open opens a folder or zip, or one file for itself.
func open(path string, single bool) (*census.Container, error) {
	if single {
		return census.OpenFile(path, func(string) bool { return false })
	}
	return census.Open(path)
}

func isText(base string) bool { return strings.EqualFold(path.Ext(base), ".txt") }

// member says what an entry is, and counts it when it is a chat's text. Everything else in an export is media.
func member(ctx context.Context, c *census.Container, e *census.Entry, single bool) (census.Member, error) {
	m := census.Member{Path: e.Path, Size: e.Size, State: census.Media, Elements: census.NotCounted}
	base := path.Base(e.Path)
	switch {
	case junk(e.Path):
		m.State, m.Rule = census.Ignored, "left behind by an operating system"
		return m, nil
	case e.Damage != "":
		m.State, m.Rule = census.Damaged, e.Damage
		return m, nil
	case !isText(base):
		return m, nil
	}
	var t entries
	damage, err := c.Read(ctx, e, &t)
	if err != nil {
		return m, err
	}
	if t.end(); !single && !t.first && base != "_chat.txt" && !strings.Contains(base, "WhatsApp") {
		return m, nil // a text that somebody sent
	}
	m.State, m.Elements, m.Broken = census.Parsed, t.n, damage
	if m.Broken == "" && e.Size == 0 {
		m.Broken = "it is empty"
	}
	return m, nil
}

func junk(name string) bool {
	base := path.Base(name)
	return strings.Contains("/"+name, "/__MACOSX/") || base == ".DS_Store" || strings.HasPrefix(base, "._") || base == "Thumbs.db" || base == "desktop.ini"
}

// entries counts the lines whose beginning has the skeleton of the first such line, and what precedes it.
type entries struct {
	line   []byte // the beginning of the line in hand
	n      int64
	want   string
	lines  bool // a line that is not empty was seen
	first  bool // the first of them begins an entry
	before bool // something precedes the first entry
	open   bool // the line in hand has bytes
}

const most = 200 // bytes of a line

// Write looks at the next piece.
func (t *entries) Write(p []byte) (int, error) {
	for _, c := range p {
		if t.open = true; len(t.line) < most {
			t.line = append(t.line, c)
		}
		if c == '\n' {
			t.end()
		}
	}
	return len(p), nil
}

// end takes the line in hand.
func (t *entries) end() {
	if !t.open {
		return
	}
	form := skeleton(string(t.line))
	empty := strings.Trim(string(t.line), "\r\n") == ""
	if t.want == "" {
		t.want = form
	}
	switch {
	case form != "" && form == t.want:
		t.n++
		t.first = t.first || !t.lines
	case t.want == "" && !t.before:
		t.before = true
		t.n++
	}
	t.lines = t.lines || !empty
	t.line, t.open = t.line[:0], false
}

// beginning is that of a line that begins an entry. Its groups are what all such lines of a file have in common:
// the bracket, the characters between numbers, the word before the time, what stands behind it, and the mark.
var beginning = func() *regexp.Regexp {
	const (
		space  = `[\t\p{Zs}]`
		part   = `(\p{Nd}{1,2}|\p{Nd}{4})`
		period = `(?i:[ap]\.?` + space + `?m\.?|[ap]\.|[ap]|上午|凌晨|清晨|早上|中午|下午|傍晚|晚上|午前|午後|오전|오후|ص|م|ق\.?ظ\.?|ب\.?ظ\.?|π\.?μ\.?|μ\.?μ\.?|ö\.?ö\.?|ö\.?s\.?|de\.?|du\.?|fm|em|sa|ch|vorm\.|nachm\.|पूर्वाह्न|अपराह्न|ip\.?|pd|md|dop\.?|odp\.?)`
	)
	return regexp.MustCompile(`^(\[?)` + part + space + `*([-/.])` + space + `*` + part + space + `*([-/.])` + space + `*` + part + `\.?[,،.]?` +
		space + `+(?:(` + period + `)|([^\p{Nd}:\]\r\n]*?))` + space + `*\p{Nd}{1,2}([:.])\p{Nd}{2}([:.]\p{Nd}{2})?(?:` + space + `*(` + period + `))?` +
		`(?:(` + space + `*\]|` + space + `+[-–]|:)(?:` + space + `|[\r\n]|$)|` + space + `)`)
}()

// skeleton is the form of a line's beginning; "" for a line that begins no entry.
func skeleton(line string) string {
	if len(line) == 0 || line[0] != '[' && line[0]-'0' > 9 && line[0] < 0x80 {
		return ""
	}
	line = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, line)
	g := beginning.FindStringSubmatch(line)
	if g == nil || (g[1] == "[") != strings.HasSuffix(g[12], "]") {
		return ""
	}
	years := ""
	for _, i := range []int{2, 4, 6} {
		years += strconv.FormatBool(utf8.RuneCountInString(g[i]) == 4)
	}
	if strings.Count(years, "true") > 1 {
		return ""
	}
	return strings.Join([]string{g[3], g[5], years, strings.ToLower(strings.Trim(g[8], " .\u00a0\u202f\u2009")), g[9],
		strconv.FormatBool(g[10] != ""), strconv.FormatBool(g[7]+g[11] != ""), strings.TrimSpace(g[12])}, "|")
}
