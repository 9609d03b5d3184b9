package document

import "strconv"

// Picture is an image in red, green and blue, or in grey.
type Picture struct {
	Width, Height int
	Gray          bool
	JPEG          []byte // a baseline JPEG, or
	Pixels        []byte // one or three bytes for each point, row by row
}

// Image writes a picture and gives the number by which pages draw it.
func (d *Writer) Image(p Picture) int {
	n := d.reserve()
	b := strconv.AppendInt([]byte("/Type/XObject/Subtype/Image/BitsPerComponent 8/Interpolate false/Width "), int64(p.Width), 10)
	b = strconv.AppendInt(append(b, "/Height "...), int64(p.Height), 10)
	if p.Gray {
		b = append(b, "/ColorSpace/DeviceGray"...)
	} else {
		b = append(b, "/ColorSpace/DeviceRGB"...)
	}
	if p.JPEG != nil {
		d.stream(n, string(append(b, "/Filter/DCTDecode"...)), p.JPEG, true)
	} else {
		d.stream(n, string(b), p.Pixels, false)
	}
	return n
}
