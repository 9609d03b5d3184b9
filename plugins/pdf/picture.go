package pdf

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/plugins/pdf/document"
)

// shown is a picture in a document: its number there, 0 when it is not shown, and its size in points.
type shown struct{ image, width, height int }

// What is larger is not shown but named: a picture must not take the memory of a document.
const (
	maxPictureBytes  = 32 << 20
	maxPicturePoints = 26_000_000
	thumbPixels      = 640 // of the longer side
	maxPlainJPEG     = 160 << 10
)

// picture puts an attachment's picture into the document, small, once for all places where it stands.
func (v *volume) picture(m *edition.Medium, sha string) (shown, error) {
	if p, ok := v.pictures[sha]; ok {
		return p, nil
	}
	if m.Size > maxPictureBytes || m.Type != "image/jpeg" && m.Type != "image/png" && m.Type != "image/gif" {
		return shown{}, nil
	}
	in, err := v.history.Media.Open(m)
	if err != nil {
		return shown{}, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxPictureBytes))
	if err != nil {
		return shown{}, storage(m.Path, err)
	}
	p := thumbnail(data, m.Type)
	if p == nil {
		v.pictures[sha] = shown{}
		return shown{}, nil
	}
	v.file.Mark(v.key)
	s := shown{v.doc.Image(*p), p.Width, p.Height}
	v.file.Mark()
	v.pictures[sha] = s
	return s, nil
}

// thumbnail makes a picture of at most thumbPixels, nil where the bytes are none that can be shown.
func thumbnail(data []byte, kind string) *document.Picture {
	config, decode := png.DecodeConfig, png.Decode
	switch kind {
	case "image/jpeg":
		config, decode = jpeg.DecodeConfig, jpeg.Decode
	case "image/gif":
		config, decode = gif.DecodeConfig, gif.Decode
	}
	c, err := config(bytes.NewReader(data))
	if err != nil || c.Width < 1 || c.Height < 1 || c.Width > 1<<15 || c.Height > 1<<15 || c.Width*c.Height > maxPicturePoints {
		return nil
	}
	turn := 1
	if kind == "image/jpeg" {
		turn = orientation(data)
		if gray := c.ColorModel == color.GrayModel; turn == 1 && len(data) <= maxPlainJPEG && (gray || c.ColorModel == color.YCbCrModel) && baseline(data) {
			return &document.Picture{Width: c.Width, Height: c.Height, Gray: gray, JPEG: data}
		}
	}
	src, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	if w < 1 || h < 1 || w*h > maxPicturePoints { // a GIF's first frame may differ from its header
		return nil
	}
	if longer := max(w, h); longer > thumbPixels {
		w, h = max(w*thumbPixels/longer, 1), max(h*thumbPixels/longer, 1)
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(dst, dst.Bounds(), image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Over, nil)
	dst = turned(dst, turn)
	w, h = dst.Bounds().Dx(), dst.Bounds().Dy()
	if kind == "image/jpeg" {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, dst, &jpeg.Options{Quality: 82}); err != nil {
			return nil
		}
		return &document.Picture{Width: w, Height: h, JPEG: b.Bytes()}
	}
	pixels := make([]byte, 0, 3*w*h)
	for i := 0; i < len(dst.Pix); i += 4 {
		pixels = append(pixels, dst.Pix[i], dst.Pix[i+1], dst.Pix[i+2])
	}
	return &document.Picture{Width: w, Height: h, Pixels: pixels}
}

// markers walks the segments of a JPEG before its picture data.
func markers(data []byte, f func(marker byte, segment []byte) bool) {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		marker := data[at+1]
		n := int(binary.BigEndian.Uint16(data[at+2:]))
		if n < 2 || at+2+n > len(data) || !f(marker, data[at+4:at+2+n]) || marker == 0xda {
			return
		}
		at += 2 + n
	}
}

// baseline tells that a JPEG is of the simple kind that every reader knows, with eight bits, and whole.
func baseline(data []byte) bool {
	ok := false
	markers(data, func(marker byte, segment []byte) bool {
		switch {
		case marker == 0xc0:
			ok = len(segment) > 5 && segment[0] == 8 && (segment[5] == 1 || segment[5] == 3)
		case marker == 0xee: // says how its colours are made, which readers take in different ways
			ok = false
			return false
		case marker > 0xc0 && marker < 0xd0 && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			ok = false
			return false
		}
		return true
	})
	if !ok || !bytes.HasSuffix(data, []byte{0xff, 0xd9}) {
		return false
	}
	_, err := jpeg.Decode(bytes.NewReader(data))
	return err == nil
}

// orientation is how a camera was held, from 1 to 8 as Exif counts it.
func orientation(data []byte) int {
	found := 1
	markers(data, func(marker byte, s []byte) bool {
		if marker != 0xe1 || len(s) < 14 || string(s[:6]) != "Exif\x00\x00" {
			return true
		}
		s = s[6:]
		var order binary.ByteOrder = binary.LittleEndian
		if s[0] == 'M' {
			order = binary.BigEndian
		}
		at := int(order.Uint32(s[4:]))
		if at < 8 || at+2 > len(s) {
			return false
		}
		n := int(order.Uint16(s[at:]))
		for i := range n {
			e := at + 2 + 12*i
			if e+12 > len(s) {
				break
			}
			if order.Uint16(s[e:]) == 0x0112 {
				if v := int(order.Uint16(s[e+8:])); v >= 1 && v <= 8 {
					found = v
				}
			}
		}
		return false
	})
	return found
}

// turned puts a picture upright.
func turned(src *image.RGBA, how int) *image.RGBA {
	if how == 1 {
		return src
	}
	w, h := src.Bounds().Dx(), src.Bounds().Dy()
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	if how >= 5 {
		dst = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch how {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			dst.SetRGBA(tx, ty, src.RGBAAt(x, y))
		}
	}
	return dst
}
