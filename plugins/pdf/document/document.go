// Package document writes PDF/A-1b files (ISO 19005-1, level B): text in embedded subset fonts, pictures,
// bookmarks, links inside the document, metadata, and nothing else.
//
// Invariants:
//   - Objects are written as they are finished, and the table of them at the end: memory grows with pages,
//     bookmarks and distinct glyphs of one file, not with its text or pictures.
//   - The same calls give the same bytes. The identifier is a digest of the file; there is no clock.
//   - Every glyph carries the text it stands for, so that what is read from the file is what was written.
//   - No text of a caller reaches the file but in hexadecimal strings and escaped metadata.
package document

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"time"

	"github.com/klauspost/compress/zlib"
)

// Info is what the file says of itself.
type Info struct {
	Title    string
	Subject  string
	Producer string
	Language string    // BCP 47
	Date     time.Time // of creation; zero: none is given
}

// Writer is one file. After an error every further call does nothing, and Close returns the error.
type Writer struct {
	w    io.Writer
	h    hash.Hash
	at   int64
	xref []int64 // offset of each object, from object 1; 0 while it is not written
	err  error

	info  Info
	fixed fixed
	pages []page
	nodes [2]struct{ ref, count int } // the open node of the page tree: of pages that lead, [1], and of the others
	marks []mark
	fonts []*Font
	faces map[Typeface]*Font // the one that still takes glyphs

	packed bytes.Buffer
	deflat *zlib.Writer
}

// fixed are the numbers of objects that are written at the end but named before.
type fixed struct{ catalog, pages, fonts, total, metadata, info int }

type page struct {
	ref    int
	parent int
	lead   bool
}

// Box is a size or a place in thousandths of a point.
type Box struct{ X, Y, W, H int }

// New begins a file.
func New(w io.Writer) *Writer {
	d := &Writer{w: w, h: sha256.New(), faces: map[Typeface]*Font{}}
	d.deflat, _ = zlib.NewWriterLevel(&d.packed, 6)
	d.fixed = fixed{d.reserve(), d.reserve(), d.reserve(), d.reserve(), d.reserve(), d.reserve()}
	d.write([]byte("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"))
	return d
}

// Pages is how many pages were written.
func (d *Writer) Pages() int { return len(d.pages) }

// Size is how many bytes were written.
func (d *Writer) Size() int64 { return d.at }

func (d *Writer) write(b []byte) {
	if d.err != nil {
		return
	}
	d.h.Write(b)
	n, err := d.w.Write(b)
	d.at += int64(n)
	d.err = err
}

// reserve gives the number of an object that is written later.
func (d *Writer) reserve() int {
	d.xref = append(d.xref, 0)
	return len(d.xref)
}

// object writes an object whose number was reserved.
func (d *Writer) object(n int, body []byte) {
	if d.err == nil && d.xref[n-1] != 0 {
		d.err = fmt.Errorf("write object %d: it is written already", n)
	}
	d.xref[n-1] = d.at
	b := append(strconv.AppendInt(nil, int64(n), 10), " 0 obj\n"...)
	d.write(append(append(b, body...), "\nendobj\n"...))
}

func (d *Writer) add(body []byte) int {
	n := d.reserve()
	d.object(n, body)
	return n
}

// stream writes a stream object. head is the inside of its dictionary. Data is compressed unless head names
// a filter or plain says that readers must find it as it is.
func (d *Writer) stream(n int, head string, data []byte, plain bool) {
	if !plain {
		data = d.compress(data)
		head += "/Filter/FlateDecode"
	}
	b := append([]byte("<<"), head...)
	b = strconv.AppendInt(append(b, "/Length "...), int64(len(data)), 10)
	b = append(append(b, ">>\nstream\n"...), data...)
	d.object(n, append(b, "\nendstream"...))
}

// compress gives data in the form of zlib; it is good until the next call.
func (d *Writer) compress(data []byte) []byte {
	d.packed.Reset()
	d.deflat.Reset(&d.packed)
	_, err := d.deflat.Write(data)
	if err = errors.Join(err, d.deflat.Close()); err != nil && d.err == nil {
		d.err = err
	}
	return d.packed.Bytes()
}

// Link leads from a place on a page to the top of another page.
type Link struct {
	From Box // X, Y: lower left corner
	Page int // as Page returned it
}

// PageOptions are what a page has besides its content.
type PageOptions struct {
	Lead  bool // stands before all pages that are not
	Links []Link
}

// nodePages is how many pages one node of the page tree has; a reader need not take more than 8191.
const nodePages = 100

// Page writes a page and gives its number, counted from 0 in the order of the calls.
func (d *Writer) Page(size Box, c *Content, o PageOptions) int {
	node := &d.nodes[0]
	if o.Lead {
		node = &d.nodes[1]
	}
	if node.count%nodePages == 0 {
		node.ref = d.reserve()
	}
	node.count++
	p := page{ref: d.reserve(), parent: node.ref, lead: o.Lead}
	d.pages = append(d.pages, p)
	content := d.reserve()
	d.stream(content, "", c.b, false)
	b := []byte("<</Type/Page")
	b = ref(append(b, "/Parent "...), p.parent)
	b = number(append(b, "/MediaBox[0 0 "...), size.W)
	b = append(number(append(b, ' '), size.H), ']')
	b = ref(append(b, "/Contents "...), content)
	b = ref(append(b, "/Resources<</Font "...), d.fixed.fonts)
	b = ref(append(b, "/XObject<</T "...), d.fixed.total)
	for _, i := range c.images {
		b = strconv.AppendInt(append(b, "/I"...), int64(i), 10)
		b = ref(append(b, ' '), i)
	}
	b = append(b, ">>>>"...)
	if len(o.Links) > 0 {
		b = append(b, "/Annots["...)
		for _, l := range o.Links {
			b = append(ref(b, d.link(l)), ' ')
		}
		b = append(b, ']')
	}
	d.object(p.ref, append(b, ">>"...))
	return len(d.pages) - 1
}

func (d *Writer) link(l Link) int {
	b := []byte("<</Type/Annot/Subtype/Link/F 4/Border[0 0 0]/Rect[")
	for i, n := range []int{l.From.X, l.From.Y, l.From.X + l.From.W, l.From.Y + l.From.H} {
		if i > 0 {
			b = append(b, ' ')
		}
		b = number(b, n)
	}
	b = d.dest(append(b, ']'), l.Page, -1)
	return d.add(append(b, ">>"...))
}

// dest is a place to go to; y is -1 for the top of the page.
func (d *Writer) dest(b []byte, page, y int) []byte {
	b = ref(append(b, "/Dest["...), d.pages[page].ref)
	b = append(b, "/XYZ null "...)
	if y < 0 {
		b = append(b, "null"...)
	} else {
		b = number(b, y)
	}
	return append(b, " null]"...)
}

// Total sets what each page draws where its content called Total: the number of pages, which is known only
// now. It must be called once, after the last page.
func (d *Writer) Total(size Box, c *Content) {
	b := number([]byte("/Type/XObject/Subtype/Form/BBox[0 "), size.Y)
	b = append(number(append(b, ' '), size.W), ' ')
	b = append(number(b, size.H), ']')
	b = ref(append(b, "/Resources<</Font "...), d.fixed.fonts)
	d.stream(d.fixed.total, string(append(b, ">>"...)), c.b, false)
}

// Close writes fonts, bookmarks, metadata and the table of objects. It does not close the underlying writer.
func (d *Writer) Close(info Info) error {
	d.info = info
	d.writeFonts()
	outline := d.writeMarks()
	d.writePages()
	d.stream(d.fixed.metadata, "/Type/Metadata/Subtype/XML", d.xmp(), true)
	d.object(d.fixed.info, d.infoDict())
	profile := d.reserve()
	d.stream(profile, "/N 3", sRGB(), false)
	b := ref([]byte("<</Type/Catalog/Pages "), d.fixed.pages)
	b = ref(append(b, "/Metadata "...), d.fixed.metadata)
	b = append(b, "/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB IEC61966-2.1)/Info(sRGB IEC61966-2.1)/DestOutputProfile "...)
	b = append(ref(b, profile), ">>]/ViewerPreferences<</DisplayDocTitle true>>"...)
	if d.info.Language != "" {
		b = text(append(b, "/Lang"...), d.info.Language)
	}
	if outline != 0 {
		b = ref(append(b, "/PageMode/UseOutlines/Outlines "...), outline)
	}
	d.object(d.fixed.catalog, append(b, ">>"...))
	d.writeTable()
	return d.err
}

// writePages writes the page tree: nodes of pages in order, those that lead first.
func (d *Writer) writePages() {
	kids := map[int][]int{}
	var nodes []int
	for _, lead := range []bool{true, false} {
		for _, p := range d.pages {
			if p.lead != lead {
				continue
			}
			if len(kids[p.parent]) == 0 {
				nodes = append(nodes, p.parent)
			}
			kids[p.parent] = append(kids[p.parent], p.ref)
		}
	}
	node := func(n, parent int, list []int, count int) {
		b := strconv.AppendInt([]byte("<</Type/Pages/Count "), int64(count), 10)
		if parent != 0 {
			b = ref(append(b, "/Parent "...), parent)
		}
		b = append(b, "/Kids["...)
		for _, k := range list {
			b = append(ref(b, k), ' ')
		}
		d.object(n, append(b, "]>>"...))
	}
	for _, n := range nodes {
		node(n, d.fixed.pages, kids[n], len(kids[n]))
	}
	node(d.fixed.pages, 0, nodes, len(d.pages))
}

func (d *Writer) writeTable() {
	id := d.h.Sum(nil)[:16]
	start := d.at
	b := fmt.Appendf(nil, "xref\n0 %d\n0000000000 65535 f \n", len(d.xref)+1)
	for i, at := range d.xref {
		if at == 0 && d.err == nil {
			d.err = fmt.Errorf("write table: object %d was never written", i+1)
		}
		b = fmt.Appendf(b, "%010d 00000 n \n", at)
	}
	if start > 9_999_999_999 && d.err == nil {
		d.err = errors.New("write table: the file is larger than the format can hold")
	}
	b = fmt.Appendf(b, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%x><%x>]>>\nstartxref\n%d\n%%%%EOF\n", len(d.xref)+1, d.fixed.catalog, d.fixed.info, id, id, start)
	d.write(b)
}
