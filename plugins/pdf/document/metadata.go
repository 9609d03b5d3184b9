package document

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"math"
	"strings"
	"sync"
)

func (d *Writer) infoDict() []byte {
	b := text([]byte("<</Title"), d.info.Title)
	if d.info.Subject != "" {
		b = text(append(b, "/Subject"...), d.info.Subject)
	}
	b = append(b, "/Producer("+d.info.Producer+")/Creator("+d.info.Producer+")"...)
	if !d.info.Date.IsZero() {
		date := "(D:" + d.info.Date.UTC().Format("20060102150405") + "+00'00')"
		b = append(b, "/CreationDate"+date+"/ModDate"+date...)
	}
	return append(b, ">>"...)
}

// xmp says the same in XML, and that the file is PDF/A-1b.
func (d *Writer) xmp() []byte {
	var b bytes.Buffer
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` + "\n" +
		`<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>` + "\n" +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang="x-default">`)
	escape(&b, d.info.Title)
	b.WriteString(`</rdf:li></rdf:Alt></dc:title>`)
	if d.info.Subject != "" {
		b.WriteString(`<dc:description><rdf:Alt><rdf:li xml:lang="x-default">`)
		escape(&b, d.info.Subject)
		b.WriteString(`</rdf:li></rdf:Alt></dc:description>`)
	}
	b.WriteString("</rdf:Description>\n" + `<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdf:Producer>`)
	escape(&b, d.info.Producer)
	b.WriteString("</pdf:Producer></rdf:Description>\n" + `<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreatorTool>`)
	escape(&b, d.info.Producer)
	b.WriteString("</xmp:CreatorTool>")
	if !d.info.Date.IsZero() {
		date := d.info.Date.UTC().Format("2006-01-02T15:04:05+00:00")
		b.WriteString("<xmp:CreateDate>" + date + "</xmp:CreateDate><xmp:ModifyDate>" + date + "</xmp:ModifyDate><xmp:MetadataDate>" + date + "</xmp:MetadataDate>")
	}
	b.WriteString("</rdf:Description>\n</rdf:RDF></x:xmpmeta>\n" + strings.Repeat(" ", 100) + "\n<?xpacket end=\"w\"?>")
	return b.Bytes()
}

func escape(b *bytes.Buffer, s string) {
	// A buffer takes everything, and characters that XML forbids become U+FFFD.
	_ = xml.EscapeText(b, []byte(s))
}

// sRGB is the colour profile of the standard IEC 61966-2-1, version 2 of the profile format.
var sRGB = sync.OnceValue(func() []byte {
	be := binary.BigEndian
	xyz := func(x, y, z uint32) []byte {
		b := append([]byte("XYZ "), 0, 0, 0, 0)
		return be.AppendUint32(be.AppendUint32(be.AppendUint32(b, x), y), z)
	}
	const samples = 1024
	curve := be.AppendUint32(append([]byte("curv"), 0, 0, 0, 0), samples)
	for i := range samples {
		v := float64(i) / (samples - 1)
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		curve = be.AppendUint16(curve, uint16(v*65535+0.5))
	}
	const name = "sRGB IEC61966-2.1"
	desc := be.AppendUint32(append([]byte("desc"), 0, 0, 0, 0), uint32(len(name)+1))
	desc = append(append(desc, name...), make([]byte, 1+4+4+2+1+67)...)
	note := append(append([]byte("text"), 0, 0, 0, 0), "No copyright, use freely\x00"...)
	tags := []struct {
		sig  string
		data []byte
	}{
		{"desc", desc}, {"cprt", note}, {"wtpt", xyz(0xf351, 0x10000, 0x116cc)},
		{"rXYZ", xyz(0x6fa2, 0x38f5, 0x0390)}, {"gXYZ", xyz(0x6299, 0xb785, 0x18da)}, {"bXYZ", xyz(0x24a0, 0x0f84, 0xb6cf)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	table := be.AppendUint32(nil, uint32(len(tags)))
	var data []byte
	at := 128 + 4 + 12*len(tags)
	curveAt := 0
	for _, t := range tags {
		where := at + len(data)
		if strings.HasSuffix(t.sig, "TRC") && curveAt != 0 {
			where = curveAt // the three share one curve
		} else {
			data = append(data, t.data...)
			for len(data)%4 != 0 {
				data = append(data, 0)
			}
		}
		if strings.HasSuffix(t.sig, "TRC") {
			curveAt = where
		}
		table = be.AppendUint32(be.AppendUint32(append(table, t.sig...), uint32(where)), uint32(len(t.data)))
	}
	h := make([]byte, 128)
	be.PutUint32(h, uint32(at+len(data)))
	be.PutUint32(h[8:], 0x02100000)
	copy(h[12:], "mntrRGB XYZ ")
	for i, n := range []uint16{1998, 2, 9, 6, 49, 0} {
		be.PutUint16(h[24+2*i:], n)
	}
	copy(h[36:], "acsp")
	copy(h[68:], xyz(0xf6d6, 0x10000, 0xd32d)[8:])
	return append(append(h, table...), data...)
})
