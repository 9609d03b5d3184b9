package pdf

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/gosmallcaps"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"fonts": []string{t.TempDir()}}})
}

func line(i int) string { return "Message " + strconv.Itoa(i) + " of the ferry." }

func TestDocumentsAreSplit(t *testing.T) {
	for split, want := range map[string][]string{
		"none":  {"history.pdf", "index.pdf"},
		"month": {"conversations/pier-X/2024-01.pdf", "conversations/pier-X/2024-02.pdf", "conversations/quay-X/2024-01.pdf", "conversations/quay-X/2024-02.pdf", "index.pdf"},
		"year":  {"conversations/pier-X/2024.pdf", "conversations/quay-X/2024.pdf", "index.pdf"},
		// 60 messages take more than one page
		"conversation": {"conversations/pier-X-part-2.pdf", "conversations/pier-X.pdf", "conversations/quay-X-part-2.pdf", "conversations/quay-X.pdf", "index.pdf"},
	} {
		pages := 50
		if split == "conversation" {
			pages = 3
		}
		r := newRig(t, map[string]any{"split": split, "max_pages": pages}).deliver(people("pier", "quay"), talk("pier", 60, line), talk("quay", 60, line))
		digest := regexp.MustCompile(`-[0-9a-f]{8}`)
		var got []string
		for _, name := range r.documents() {
			got = append(got, digest.ReplaceAllString(name, "-X"))
			pagesOf := strings.Count(string(r.file(name)), "/Type/Page/")
			if strings.HasPrefix(name, "conversations") && split == "conversation" && pagesOf > 3+2 { // and the appendix
				t.Errorf("%s has %d pages", name, pagesOf)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %q", split, got)
		}
		if records, err := r.readBack(); err != nil || len(records) != 123 {
			t.Errorf("%s: %d records, %v", split, len(records), err)
		}
	}
}

// TestADamagedPageNamesItsMessages turns bits in the middle of pages: their messages do not come back, and all
// others do.
func TestADamagedPageNamesItsMessages(t *testing.T) {
	r := newRig(t, nil).deliver(people("pier"), talk("pier", 100, line))
	name := r.documents()[0]
	whole := r.file(name)
	damaged := 0
	for at := 0; at < len(whole); at += len(whole) / 37 {
		b := bytes.Clone(whole)
		b[at] ^= 4
		if err := os.WriteFile(filepath.Join(r.dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := r.readBack()
		if err == nil && len(got) == 102 {
			t.Errorf("a bit turned at %d is not noticed", at)
		}
		if len(got) < 102 {
			damaged++
			if len(got) < 102-60 {
				t.Errorf("a bit turned at %d takes %d records away", at, 102-len(got))
			}
		}
	}
	if damaged < 10 {
		t.Errorf("only %d damages were in pages", damaged)
	}
}

// TestOtherFontsDoNotAccuse: an edition made with fonts that are not here any more is proved by its manifest,
// and damage is found still.
func TestOtherFontsDoNotAccuse(t *testing.T) {
	fonts := t.TempDir()
	other := filepath.Join(fonts, "x.ttf")
	// Small capitals have the letters that the built-in fonts have too, so the font is not used.
	if err := os.WriteFile(other, gosmallcaps.TTF, 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, map[string]any{"fonts": []string{fonts}}).deliver(people("pier"), talk("pier", 3, line))
	if strings.Contains(string(r.file(fontsName)), "x.ttf") {
		t.Fatal("the fonts of the setting go before the built-in ones")
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	if got, err := r.readBack(); err != nil || len(got) != 5 {
		t.Errorf("without a font that was not used: %d records, %v", len(got), err)
	}
	// Now one that was used is not here.
	list := filepath.Join(r.dir, fontsName)
	old := r.file(fontsName)
	if err := os.WriteFile(list, append(old, (strings.Repeat("0", 64)+"  gone.ttf  Gone-Regular\n")...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := r.readBack(); !plugin.IsDamage(err) || len(got) != 5 {
		t.Errorf("with a changed list of fonts: %d records, %v", len(got), err)
	}
}

func TestMistakesInSettings(t *testing.T) {
	for _, config := range []string{`{"zone":"Mars/Base"}`, `{"zone":"Local"}`, `{"max_pages":1}`, `{"max_pages":1000000}`, `{"paper":"a3"}`, `{"split":"hour"}`} {
		if _, err := Plugin().Sink.Open(t.Context(), []byte(config)); fault.ClassOf(err) != fault.Config || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", config, err)
		}
	}
	r := newRig(t, map[string]any{"fonts": []string{filepath.Join(t.TempDir(), "none.ttf")}})
	if err := r.sink().Finish(t.Context(), nil); fault.ClassOf(err) != fault.Config || fault.HintOf(err) == "" {
		t.Error(err)
	}
}

func TestEveryTextIsTranslated(t *testing.T) {
	source, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`(?:\.t|\.f|fact|mark|some2?|section|pointer|v\.quote)\((?:f, )?"([^"]+)"(?:, "([^"]+)")?`)
	found := 0
	for _, name := range source {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(b), -1) {
			for _, words := range m[1:] {
				if words == "" || !strings.Contains(m[0], "pointer") && words == m[2] {
					continue
				}
				found++
				if chinese[words] == "" {
					t.Errorf("%s: %q has no Chinese", name, words)
				}
			}
		}
	}
	for _, list := range []map[string]string{quiet, states, kinds} {
		for _, words := range list {
			if words != "" && chinese[words] == "" {
				t.Errorf("%q has no Chinese", words)
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d texts found: this test looks in the wrong place", found)
	}
}

func encoded(t *testing.T, kind string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "image/png":
		err = png.Encode(&b, img)
	case "image/jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "image/gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPicturesAreSmallAndSane(t *testing.T) {
	wide := image.NewNRGBA(image.Rect(0, 0, 2000, 500))
	for x := range 2000 {
		for y := range 500 {
			wide.Set(x, y, color.NRGBA{uint8(x), uint8(y), 90, 128})
		}
	}
	for _, kind := range []string{"image/png", "image/jpeg", "image/gif"} {
		data := encoded(t, kind, wide)
		p := thumbnail(data, kind)
		if p == nil || p.Width > 2000 || kind != "image/jpeg" && (p.Width != 640 || p.Height != 160) {
			t.Errorf("%s: %+v", kind, p)
		}
		for _, bad := range [][]byte{nil, data[:10], data[:len(data)/2], bytes.Repeat([]byte{0xff}, 500)} {
			if p := thumbnail(bad, kind); p != nil && kind != "image/gif" {
				t.Errorf("%s: a damaged picture is shown", kind)
			}
		}
	}
	huge := []byte("GIF89a\xff\x7f\xff\x7f\x00\x00\x00,\x00\x00\x00\x00\xff\x7f\xff\x7f\x00\x02\x02D\x01\x00;")
	if thumbnail(huge, "image/gif") != nil {
		t.Error("a picture of a billion points is shown")
	}
	plain := encoded(t, "image/jpeg", image.NewGray(image.Rect(0, 0, 40, 30)))
	if p := thumbnail(plain, "image/jpeg"); p == nil || !bytes.Equal(p.JPEG, plain) || !p.Gray {
		t.Error("a simple JPEG is not taken as it is")
	}
	if p := thumbnail(append(plain, "<script>"...), "image/jpeg"); p == nil || bytes.Contains(p.JPEG, []byte("script")) {
		t.Error("what stands behind a JPEG is taken too")
	}
}

// TestExhibitsStandInTheDocument: a picture is drawn, and a file without bytes says why.
func TestExhibitsStandInTheDocument(t *testing.T) {
	r := newRig(t, nil)
	ch := talk("pier", 2, line)
	picture := r.put("pier.png", encoded(t, "image/png", image.NewGray(image.Rect(0, 0, 30, 20))))
	ch.Records[0].Message.Attachments = []message.Attachment{picture, picture, {Name: "gone.txt", State: message.MediaExpired}}
	r.deliver(people("pier"), ch)
	doc := string(r.file(r.documents()[0]))
	if n := strings.Count(doc, "/Subtype/Image"); n != 1 {
		t.Errorf("a picture that is shown twice is there %d times", n)
	}
	if n := strings.Count(r.streams(r.documents()[0]), " Do Q"); n < 3 {
		t.Errorf("%d things are drawn", n)
	}
	if got, err := r.readBack(); err != nil || len(got) != 4 {
		t.Errorf("%d records, %v", len(got), err)
	}
}
