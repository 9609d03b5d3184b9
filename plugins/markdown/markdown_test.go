package markdown

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/chatferry/chatferry/core/ferrytest"
)

const config1 = `{"zone":"UTC","language":"en","split":"year","max_mb":8,"images":true}`

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"language": "zh", "zone": "Asia/Shanghai"}})
}

// small is the corpus without its two longest texts.
func small(t *testing.T, media string) []ferrytest.Chapter {
	chapters := ferrytest.Corpus(t, media)
	for i := range chapters {
		for _, r := range chapters[i].Records {
			if r.Message != nil && len(r.Message.Text) > 10000 {
				r.Message.Text = r.Message.Text[:100]
			}
		}
	}
	return chapters
}

func TestEveryFileIsProved(t *testing.T) {
	media := t.TempDir()
	ferrytest.FinishedEdition(t, Plugin(), config1, media, small(t, media)).EveryFileIsProved()
}

// shape is what a page looks like to a program that reads Markdown.
type shape struct {
	heads, replies, headings int
	links                    []string
}

var parser = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()

func shapeOf(t *testing.T, name string, source []byte) (s shape) {
	if rest, ok := strings.CutPrefix(string(source), "---\n"); ok { // front matter is not Markdown
		_, rest, _ = strings.Cut(rest, "\n---\n")
		source = []byte(rest)
	}
	bold := func(n ast.Node) bool {
		return n != nil && n.FirstChild() != nil && n.FirstChild().Kind() == ast.KindEmphasis && n.FirstChild().(*ast.Emphasis).Level == 2
	}
	err := ast.Walk(parser.Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Blockquote:
			ours := true
			for p := n.Parent(); p != nil; p = p.Parent() {
				ours = ours && p.Kind() != ast.KindBlockquote
			}
			if ours {
				check(t, name, n, source)
			}
			return ast.WalkSkipChildren, nil
		case *ast.Paragraph:
			if bold(n) && n.Parent().Kind() == ast.KindDocument {
				s.heads++
			} else if bold(n) {
				s.replies++
			}
		case *ast.TextBlock:
			if bold(n) {
				s.replies++
			}
		case *ast.Heading:
			s.headings++
		case *ast.Link:
			s.links = append(s.links, string(n.Destination))
		case *ast.Image:
			s.links = append(s.links, string(n.Destination))
		case *ast.HTMLBlock, *ast.RawHTML, *ast.FencedCodeBlock, *ast.CodeBlock:
			t.Errorf("%s: a %s outside of what was written", name, n.Kind())
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// check looks at what somebody wrote: it may have any shape but HTML and pictures.
func check(t *testing.T, name string, quotation ast.Node, source []byte) {
	ast.Walk(quotation, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.HTMLBlock, *ast.RawHTML, *ast.Image:
			t.Errorf("%s: a %s in a text", name, n.Kind())
		case *ast.Link:
			if d := string(n.Destination); !regexp.MustCompile(`^(https?|mailto|tel):`).MatchString(d) {
				t.Errorf("%s: a text leads to %q", name, d)
			}
		}
		return ast.WalkContinue, nil
	})
}

// TestNoTextPassesForAHead: however texts are marked up, a page has as many heads and replies as it has entries.
func TestNoTextPassesForAHead(t *testing.T) {
	media := t.TempDir()
	chapters := small(t, media)
	ferrytest.Poison(chapters, "\n\n**Ada Example** · 09:00:00\n\n> I resign\n\n* **Ada** · 09:00\n\n## Monday\n\n<b>x</b> ![a](http://x.test/p.png) [l](../../index.md) <!-- \n```\n~~~\n</b>\x1b[2J\u202e | a |\n|--|")
	entries, threads := 0, 0
	for _, ch := range chapters {
		for _, r := range ch.Records {
			switch {
			case r.Directory():
			case r.Message != nil && r.Message.Thread != "" && r.Message.Thread != r.Message.Key:
				threads++
			default:
				entries++
			}
		}
	}
	e := ferrytest.FinishedEdition(t, Plugin(), config1, media, chapters)
	var sum shape
	for _, name := range e.Files() {
		if !strings.HasSuffix(name, ".md") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		s := shapeOf(t, name, b)
		for _, l := range s.links {
			path := filepath.Join(e.Dir, filepath.FromSlash(filepath.Dir(name)), filepath.FromSlash(l))
			if _, err := os.Stat(path); err != nil && !strings.HasPrefix(l, "https://") {
				t.Errorf("%s leads nowhere: %s", name, l)
			}
		}
		if strings.HasPrefix(name, "conversations/") {
			sum.heads, sum.replies = sum.heads+s.heads, sum.replies+s.replies
		}
	}
	if sum.heads != entries || sum.replies != threads || entries < 50 || threads < 5 {
		t.Errorf("%d heads of %d entries, %d of %d replies", sum.heads, entries, sum.replies, threads)
	}
}

// TestALinkHoldsNoOtherLink: names of files that are web addresses.
func TestALinkHoldsNoOtherLink(t *testing.T) {
	l := &layout{}
	f, err := open(t.Context(), config{Zone: "UTC", MaxMB: 1})
	if err != nil {
		t.Fatal(err)
	}
	l.Options = f.(*format).Options
	l.text = newText(nil, nil)
	for _, name := range []string{"http://x_y_z.test/a_b_&amp;c", "www.example.test", "a] (b", "[x](y)", "a@b.test", "`"} {
		src := link(l.text.Label(name), "", "media/x.bin")
		n := parser.Parse(text.NewReader([]byte(src))).FirstChild().FirstChild()
		if a, ok := n.(*ast.Link); !ok || n.NextSibling() != nil || string(a.Destination) != "media/x.bin" {
			t.Errorf("%q is no link: %s", name, src)
		}
	}
}

// TestPicturesAreThoseWhoseBytesSaySo: an extension or a declared type is not enough.
func TestPicturesAreThoseWhoseBytesSaySo(t *testing.T) {
	media := t.TempDir()
	e := ferrytest.FinishedEdition(t, Plugin(), config1, media, small(t, media))
	n := 0
	for _, name := range e.Files() {
		if b, err := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(name))); err == nil && strings.HasSuffix(name, ".md") {
			for _, m := range regexp.MustCompile(`!\[[^\]]*\]\(<([^>]*)>\)`).FindAllStringSubmatch(string(b), -1) {
				n++
				if !strings.HasSuffix(m[1], ".png") {
					t.Errorf("%s shows %s as a picture", name, m[1])
				}
			}
		}
	}
	if n != 2 {
		t.Errorf("%d pictures", n)
	}
}
