package html

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// photo is a picture of noise, which does not compress, red in its upper left quarter.
func photo(w, h int, alpha uint8) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	n := uint32(1)
	for y := range h {
		for x := range w {
			n = n*1664525 + 1013904223
			c := color.NRGBA{uint8(n >> 28), uint8(n >> 24), uint8(n >> 20), alpha}
			if x < w/2 && y < h/2 {
				c.R, c.G, c.B = 255, uint8(n>>28), uint8(n>>27)&15
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func encoded(t *testing.T, f func(*bytes.Buffer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func jpegOf(t *testing.T, w, h int) string {
	return encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, photo(w, h, 255), &jpeg.Options{Quality: 95}) })
}

func pngOf(t *testing.T, w, h int, alpha uint8) string {
	return encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, photo(w, h, alpha)) })
}

// held is a JPEG with the tag that says how the camera was held.
func held(s string, order binary.AppendByteOrder, turn uint16) string {
	b := []byte("II*\x00\x08\x00\x00\x00")
	if order.String() == binary.BigEndian.String() {
		b = []byte("MM\x00*\x00\x00\x00\x08")
	}
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(order.AppendUint16(b, 1), 0x0112), 3), 1)
	b = append(order.AppendUint16(b, turn), 0, 0)
	b = append([]byte("Exif\x00\x00"), b...)
	return s[:2] + "\xff\xe1" + string(binary.BigEndian.AppendUint16(nil, uint16(len(b)+2))) + string(b) + s[2:]
}

func TestLargePicturesAreShownSmall(t *testing.T) {
	large := jpegOf(t, 1700, 900)
	claims := []byte(pngOf(t, 900, 700, 255))
	binary.BigEndian.PutUint32(claims[16:], 100_000) // the width its head claims
	for name, c := range map[string]struct {
		file       string
		ext        string
		w, h       int
		redX, redY int // in eighths
	}{
		"a photograph":                  {large, ".jpg", 566, 300, 1, 1},
		"turned right":                  {held(large, binary.LittleEndian, 6), ".jpg", 300, 566, 7, 1},
		"turned left":                   {held(large, binary.BigEndian, 8), ".jpg", 300, 566, 1, 7},
		"upside down":                   {held(large, binary.BigEndian, 3), ".jpg", 566, 300, 7, 7},
		"a mirror":                      {held(large, binary.BigEndian, 2), ".jpg", 566, 300, 7, 1},
		"an orientation of 900":         {held(large, binary.BigEndian, 900), ".jpg", 566, 300, 1, 1},
		"a screenshot":                  {pngOf(t, 900, 700, 255), ".jpg", 450, 350, 1, 1},
		"a drawing one can see through": {pngOf(t, 900, 700, 100), ".png", 450, 350, 1, 1},
		"small already":                 {pngOf(t, 800, 600, 255), "", 0, 0, 0, 0},
		"in many passes":                {strings.Replace(large, "\xff\xc0\x00", "\xff\xc2\x00", 1), "", 0, 0, 0, 0},
		"cut off":                       {large[:len(large)/2], "", 0, 0, 0, 0},
		"of 70 million pixels":          {string(claims), "", 0, 0, 0, 0},
		"moving":                        {encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, photo(1200, 900, 255), nil) }), "", 0, 0, 0, 0},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		b, ext := shrunk(path)
		if ext != c.ext || (ext == "") != (b == nil) {
			t.Errorf("%s: became %q", name, ext)
			continue
		}
		if b == nil {
			continue
		}
		m, _, err := image.Decode(bytes.NewReader(b))
		if err != nil || m.Bounds().Dx() != c.w || m.Bounds().Dy() != c.h {
			t.Errorf("%s: %v, %v", name, m.Bounds(), err)
			continue
		}
		for x := 1; x < 8; x += 2 {
			for y := 1; y < 8; y += 2 {
				r, g, _, a := m.At(x*c.w/8, y*c.h/8).RGBA()
				red := r > a*3/4 && g < a/4
				if want := (x < 4) == (c.redX < 4) && (y < 4) == (c.redY < 4); red != want {
					t.Errorf("%s: red is %v at %d, %d", name, red, x, y)
				}
			}
		}
	}
}

func TestSmallPicturesArePartOfTheSite(t *testing.T) {
	r := newRig(t)
	r.config.Thumbnails = true
	a := r.put(jpegOf(t, 1700, 900))
	a.Name = "pier.jpg"
	m := say("c", "k1", "2020-01-01T00:00:00Z", "look")
	m.Attachments = []message.Attachment{a, a}
	r.deliver([]ferrytest.Chapter{{Shard: plugin.Shard{ID: "d", Directory: true}, Records: []*message.Record{conversation("c")}}, chapter("u", m)})
	small := smallName(a.SHA256, ".jpg")
	files := r.files(".")
	page, home := files["c/"+digest("c")+"/1.html"], files["c/"+digest("c")+"/index.html"]
	if !strings.Contains(page, `src="../../`+small) || !strings.Contains(page, `href="../../media/`) || !strings.Contains(home, small) || !strings.Contains(files[manifestName], small) {
		t.Error("the small picture is not where it is shown")
	}
	if len(files[small]) == 0 || len(files[small]) > len(files["media/"+a.SHA256[:2]+"/"+a.SHA256+".jpg"])/3 {
		t.Errorf("it has %d bytes", len(files[small]))
	}
	if got, err := r.readBack(); err != nil || len(got) != 2 {
		t.Error(len(got), err)
	}
	for what, f := range map[string]func(string) error{
		"changed": func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) },
		"gone":    os.Remove,
	} {
		if err := f(filepath.Join(r.dir, small)); err != nil {
			t.Fatal(err)
		}
		got, err := r.readBack()
		if err == nil || !strings.Contains(err.Error(), small) || got["k1"] == nil || got["k1"].Message.Attachments[0].State != message.MediaPresent {
			t.Errorf("a small picture that is %s: %v", what, err)
		}
	}
}

// FuzzJPEGHead gives heads that lie about their lengths.
func FuzzJPEGHead(f *testing.F) {
	f.Add([]byte(held("\xff\xd8\xff\xc0\x00\x02", binary.LittleEndian, 6)))
	f.Add([]byte(held("\xff\xd8\xff\xda\x00\x02", binary.BigEndian, 8)))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		_, turn := jpegHead(r, func() bool { r.Reset(b); return true })
		if turn < 1 || turn > 8 {
			t.Errorf("turned by %d", turn)
		}
	})
}
