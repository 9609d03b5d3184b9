package html

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
)

// Small pictures are what pages show in place of large ones. They lie beside the media, named by the digest
// of the whole picture, which a click opens. A picture that is not worth it, that moves, or that would take
// too much to decode shows itself.
const (
	smallDir    = "small"
	smallWide   = 832 // twice what a page gives a picture
	smallHigh   = 640
	smallFrom   = 96 << 10 // bytes; a smaller file shows itself
	smallMemory = 48 << 20 // bytes of decoded pixels
)

var smallEnds = []string{".jpg", ".png"}

func smallName(sha, ext string) string { return smallDir + "/" + sha[:2] + "/" + sha + ext }

// smallInSite is the small picture of a site under check, or "". One that is damaged has its place still.
func (l *library) smallInSite(sha string) string {
	for _, ext := range smallEnds {
		name := smallName(sha, ext)
		if _, err := os.Lstat(filepath.Join(l.dir, filepath.FromSlash(name))); err == nil || l.bad[name] != "" {
			return name
		}
	}
	return ""
}

// makeSmall writes the small picture of a file of the store, once, and gives its name, or "" when there is none.
// One is made at a time, so that memory holds.
func (l *library) makeSmall(sha, from string) (string, error) {
	l.small.Lock()
	defer l.small.Unlock()
	if name := l.smallInSite(sha); name != "" {
		return name, nil
	}
	b, ext := shrunk(from)
	if b == nil {
		return "", nil
	}
	name := smallName(sha, ext)
	return name, l.out.file(name, b)
}

// shrunk is a picture made small, or nil.
func shrunk(path string) (b []byte, ext string) {
	f, err := os.Open(path)
	if err != nil {
		return nil, ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() < smallFrom {
		return nil, ""
	}
	c, format, err := image.DecodeConfig(bufio.NewReader(f))
	if err != nil || format != "jpeg" && format != "png" || c.Width <= smallWide && c.Height <= smallHigh || !bearable(c) {
		return nil, ""
	}
	turn := 1
	rewind := func() bool { _, err := f.Seek(0, io.SeekStart); return err == nil }
	if format == "jpeg" {
		var baseline bool
		if baseline, turn = jpegHead(f, rewind); !baseline {
			return nil, ""
		}
	}
	if !rewind() {
		return nil, ""
	}
	m, _, err := image.Decode(bufio.NewReader(f))
	if err != nil {
		return nil, ""
	}
	by := max((c.Width+smallWide-1)/smallWide, (c.Height+smallHigh-1)/smallHigh)
	if c.Width < by || c.Height < by {
		return nil, ""
	}
	small := turned(average(m, by), turn)
	var out bytes.Buffer
	if small.Opaque() {
		err, ext = jpeg.Encode(&out, small, &jpeg.Options{Quality: 82}), ".jpg"
	} else {
		err, ext = png.Encode(&out, small), ".png"
	}
	if err != nil {
		return nil, ""
	}
	return out.Bytes(), ext
}

// bearable tells whether a picture's pixels may be held in memory.
func bearable(c image.Config) bool {
	each := int64(4)
	switch c.ColorModel {
	case color.YCbCrModel:
		each = 3
	case color.RGBA64Model, color.NRGBA64Model:
		each = 8
	}
	return int64(c.Width)*int64(c.Height)*each <= smallMemory
}

// jpegHead reads what stands before a JPEG's pixels: whether they come in one pass, since many passes over few
// bytes would take hours, and how the camera was held.
func jpegHead(f io.Reader, rewind func() bool) (baseline bool, turn int) {
	turn = 1
	if !rewind() {
		return false, turn
	}
	r := bufio.NewReader(f)
	var head [4]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return false, turn
	}
	for {
		if _, err := io.ReadFull(r, head[:]); err != nil || head[0] != 0xff {
			return false, turn
		}
		n := int(binary.BigEndian.Uint16(head[2:])) - 2
		switch {
		case n < 0 || head[1] == 0xda || head[1] == 0xc2: // pixels, or many passes
			return false, turn
		case head[1] == 0xc0 || head[1] == 0xc1:
			return true, turn
		case head[1] != 0xe1:
			if _, err := r.Discard(n); err != nil {
				return false, turn
			}
			continue
		}
		exif := make([]byte, n)
		if _, err := io.ReadFull(r, exif); err != nil {
			return false, turn
		}
		if rest, ok := bytes.CutPrefix(exif, []byte("Exif\x00\x00")); ok {
			turn = orientation(rest)
		}
	}
}

// orientation finds the tag of that name among those of a camera; 1 is upright.
func orientation(b []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(b, []byte("II")) {
		order = binary.LittleEndian
	}
	if len(b) < 8 {
		return 1
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	n := int64(order.Uint16(b[at:]))
	for i := range n {
		e := at + 2 + i*12
		if e+12 > int64(len(b)) {
			break
		}
		if order.Uint16(b[e:]) == 0x0112 {
			if v := int(order.Uint16(b[e+8:])); v >= 1 && v <= 8 {
				return v
			}
		}
	}
	return 1
}

// average makes each pixel of by times by ones.
func average(m image.Image, by int) *image.RGBA {
	at := m.Bounds()
	w, h := at.Dx()/by, at.Dy()/by
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	line := image.NewRGBA(image.Rect(0, 0, w*by, 1))
	sums := make([]uint32, w*4)
	for y := range h {
		clear(sums)
		for dy := range by {
			draw.Draw(line, line.Rect, m, image.Pt(at.Min.X, at.Min.Y+y*by+dy), draw.Src)
			p := line.Pix
			for x := range w {
				s := sums[x*4 : x*4+4]
				for range by {
					s[0], s[1], s[2], s[3] = s[0]+uint32(p[0]), s[1]+uint32(p[1]), s[2]+uint32(p[2]), s[3]+uint32(p[3])
					p = p[4:]
				}
			}
		}
		to := out.Pix[y*out.Stride:]
		for i, s := range sums {
			to[i] = uint8(s / uint32(by*by))
		}
	}
	return out
}

// turned is a picture as it is meant to be seen.
func turned(m *image.RGBA, turn int) *image.RGBA {
	if turn == 1 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if turn > 4 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			var to image.Point
			switch turn {
			case 2:
				to = image.Pt(w-1-x, y)
			case 3:
				to = image.Pt(w-1-x, h-1-y)
			case 4:
				to = image.Pt(x, h-1-y)
			case 5:
				to = image.Pt(y, x)
			case 6:
				to = image.Pt(h-1-y, x)
			case 7:
				to = image.Pt(h-1-y, w-1-x)
			case 8:
				to = image.Pt(y, w-1-x)
			}
			out.SetRGBA(to.X, to.Y, m.RGBAAt(x, y))
		}
	}
	return out
}
