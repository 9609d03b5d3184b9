package document

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-text/typesetting/font/cff"
)

// file is a document as a strict reader finds it: every object by the table at the end, and nothing else.
type file struct {
	t       *testing.T
	b       []byte
	objects map[int]string // without streams
	streams map[int][]byte // decoded
	trailer string
}

var (
	objectHead = regexp.MustCompile(`\A(\d+) 0 obj\n`)
	lengthOf   = regexp.MustCompile(`/Length (\d+)>>\nstream\n`)
	reference  = regexp.MustCompile(`(\d+) 0 R`)
)

func read(t *testing.T, b []byte) *file {
	t.Helper()
	f := &file{t: t, b: b, objects: map[int]string{}, streams: map[int][]byte{}}
	if !bytes.HasPrefix(b, []byte("%PDF-1.4\n%")) || !bytes.HasSuffix(b, []byte("%%EOF\n")) {
		t.Fatal("no head or no end")
	}
	tail := string(b[bytes.LastIndex(b, []byte("startxref\n"))+10:])
	start, err := strconv.Atoi(strings.TrimSuffix(tail, "\n%%EOF\n"))
	if err != nil || !bytes.HasPrefix(b[start:], []byte("xref\n0 ")) {
		t.Fatalf("the table is not at %q", tail)
	}
	rows := strings.SplitAfter(string(b[start:]), "\n")
	n, _ := strconv.Atoi(strings.TrimSpace(rows[1][2:]))
	ends := 0
	for i := 1; i < n; i++ {
		if len(rows[2+i]) != 20 {
			t.Fatalf("row %d of the table is %q", i, rows[2+i])
		}
		at, _ := strconv.Atoi(rows[2+i][:10])
		ends = max(ends, f.object(i, at))
	}
	if ends != start {
		t.Errorf("the last object ends at %d, the table begins at %d", ends, start)
	}
	f.trailer = string(b[start:])
	f.trailer = f.trailer[strings.Index(f.trailer, "trailer"):]
	for i, o := range f.objects {
		for _, m := range reference.FindAllStringSubmatch(o, -1) {
			if k, _ := strconv.Atoi(m[1]); f.objects[k] == "" {
				t.Errorf("object %d refers to %d, which is not there", i, k)
			}
		}
	}
	return f
}

// object reads one object and gives its end.
func (f *file) object(n, at int) int {
	m := objectHead.FindSubmatch(f.b[at:])
	if m == nil || string(m[1]) != strconv.Itoa(n) {
		f.t.Fatalf("object %d is not at %d", n, at)
	}
	at += len(m[0])
	end := at + bytes.Index(f.b[at:], []byte("\nendobj\n"))
	if m := lengthOf.FindSubmatchIndex(f.b[at:end]); m != nil {
		size, _ := strconv.Atoi(string(f.b[at+m[2] : at+m[3]]))
		from := at + m[1]
		end = from + size + len("\nendstream")
		if string(f.b[from+size:end]) != "\nendstream" || string(f.b[end:end+8]) != "\nendobj\n" {
			f.t.Fatalf("stream %d has not the length it says", n)
		}
		data := f.b[from : from+size]
		f.objects[n] = string(f.b[at : at+m[1]])
		if strings.Contains(f.objects[n], "/FlateDecode") {
			z, err := zlib.NewReader(bytes.NewReader(data))
			if err == nil {
				data, err = io.ReadAll(z)
			}
			if err != nil {
				f.t.Fatalf("stream %d: %v", n, err)
			}
		}
		f.streams[n] = data
		return end + len("\nendobj\n")
	}
	f.objects[n] = string(f.b[at:end])
	f.balanced(n)
	return end + len("\nendobj\n")
}

// balanced proves that brackets of an object close in order, and that strings are hexadecimal or our own.
func (f *file) balanced(n int) {
	var open []string
	s := f.objects[n]
	for i := 0; i < len(s); i++ {
		two := s[i:min(i+2, len(s))]
		switch {
		case two == "<<":
			open, i = append(open, ">>"), i+1
		case s[i] == '[':
			open = append(open, "]")
		case two == ">>" || s[i] == ']':
			want := string(s[i])
			if two == ">>" {
				want, i = two, i+1
			}
			if len(open) == 0 || open[len(open)-1] != want {
				f.t.Fatalf("object %d: brackets do not close: %q", n, s)
			}
			open = open[:len(open)-1]
		case s[i] == '<':
			j := strings.IndexByte(s[i:], '>')
			if j < 0 || (j-1)%2 != 0 || strings.Trim(s[i+1:i+j], "0123456789ABCDEF") != "" {
				f.t.Fatalf("object %d: a string is not hexadecimal: %q", n, s)
			}
			i += j
		}
	}
	if len(open) != 0 {
		f.t.Fatalf("object %d: brackets stay open: %q", n, s)
	}
}

func (f *file) find(pattern string) (list []int) {
	for n, o := range f.objects {
		if strings.Contains(o, pattern) {
			list = append(list, n)
		}
	}
	return list
}

// blocks is a typeface whose glyphs are boxes as wide as their number.
type blocks struct{}

func (blocks) Name() string        { return "Blocks" }
func (blocks) Width(id uint32) int { return int(id) }
func (blocks) Trace(p *Path, id uint32, dx, dy int) {
	w := int(id)
	p.Move(dx, dy)
	p.Line(dx+w, dy)
	p.Curve(dx+w, dy, dx+w, dy+500, dx, dy+700)
}
func (blocks) Metrics() Metrics {
	return Metrics{Ascent: 900, Descent: -200, Capital: 700, Right: 3000, Top: 1000}
}

func made(t *testing.T, pages, glyphs int, info Info) *file {
	t.Helper()
	var b bytes.Buffer
	d := New(&b)
	for p := range pages {
		var c Content
		var list []Glyph
		var font *Font
		for i := range glyphs {
			f, code := d.Code(blocks{}, &Shape{ID: uint32(i%2000 + 1)}, fmt.Sprintf("%c(%d)\\", rune(0x1f600+i%50), i))
			if font != nil && f != font {
				c.Letters(font, Ink{Size: 10000}, 1000, 2000, list)
				list = list[:0]
			}
			font, list = f, append(list, Glyph{Code: code, Extra: i % 3})
		}
		c.Letters(font, Ink{Size: 10000, Bold: true}, 1000, 2000, list)
		c.Fill(Box{X: 1, Y: 2, W: 3, H: 4}, 0x123456)
		c.Total(100, 200)
		c.Close()
		n := d.Page(Box{W: 500000, H: 700000}, &c, PageOptions{Lead: p == pages-1, Links: []Link{{From: Box{W: 10, H: 10}}}})
		d.Bookmark(p%4, "day )>\\ "+strconv.Itoa(p), n, 600000)
	}
	var total Content
	total.Close()
	d.Total(Box{W: 100, H: 100}, &total)
	if err := d.Close(info); err != nil {
		t.Fatal(err)
	}
	return read(t, b.Bytes())
}

func TestEveryObjectIsWhereTheTableSays(t *testing.T) {
	f := made(t, 250, 40, Info{Title: "Ferry (1) \\ <你好> 😀", Producer: "Test", Language: "en", Date: time.Date(2024, 2, 29, 1, 2, 3, 0, time.UTC)})
	if n := len(f.find("/Type/Page/")); n != 250 {
		t.Errorf("%d pages", n)
	}
	if n := len(f.find("/Type/Pages/Count 250")); n != 1 {
		t.Errorf("%d roots of the page tree", n)
	}
	for _, want := range []string{"/OutputIntents[", "/Type/Metadata", "/Type/Outlines"} {
		if len(f.find(want)) != 1 {
			t.Errorf("%s is not there once", want)
		}
	}
	if !regexp.MustCompile(`/ID\[<[0-9a-f]{32}><[0-9a-f]{32}>\]`).MatchString(f.trailer) {
		t.Error(f.trailer)
	}
}

// TestTheFirstPageIsTheOneThatLeads though it is written last.
func TestTheFirstPageIsTheOneThatLeads(t *testing.T) {
	f := made(t, 120, 1, Info{Title: "t", Producer: "Test"})
	root := f.objects[f.find("/Type/Pages/Count 120")[0]]
	at := func(s string) int {
		n, _ := strconv.Atoi(reference.FindStringSubmatch(s[strings.Index(s, "/Kids["):])[1])
		return n
	}
	first := at(f.objects[at(root)])
	last := 0
	for _, n := range f.find("/Type/Page/") {
		last = max(last, n)
	}
	if first > last || !strings.Contains(f.objects[first], "/Type/Page/") || len(f.find("/Count 1/")) != 1 {
		t.Errorf("the first page is object %d", first)
	}
}

// TestFontsAreReadByAnotherReader takes the embedded fonts apart with a parser that is not ours.
func TestFontsAreReadByAnotherReader(t *testing.T) {
	for _, glyphs := range []int{1, 300, 70_000} {
		f := made(t, 1, glyphs, Info{Title: "t", Producer: "Test"})
		total := 0
		for _, n := range f.find("/Subtype/CIDFontType0C") {
			font, err := cff.Parse(f.streams[n])
			if err != nil {
				t.Fatal(err)
			}
			total += len(font.Charstrings) - 1
			segments, _, err := font.LoadGlyph(1)
			if err != nil || len(segments) < 3 {
				t.Errorf("glyph 1: %d segments, %v", len(segments), err)
			}
		}
		if total != glyphs {
			t.Errorf("%d of %d glyphs", total, glyphs)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 1: "0.001", -1500: "-1.5", 12345: "12.345", 10010: "10.01", -7: "-0.007"} {
		if got := string(number(nil, n)); got != want {
			t.Errorf("%d: %s, not %s", n, got, want)
		}
	}
}
