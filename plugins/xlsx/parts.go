package xlsx

import (
	"bytes"
	"fmt"
	"strconv"
)

const (
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainSpace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relSpace  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packSpace = "http://schemas.openxmlformats.org/package/2006/relationships"
	appType   = "application/vnd.openxmlformats-officedocument.spreadsheetml."
)

// part is a file of the workbook's zip.
type part struct {
	name    string
	content []byte
}

func sheetPath(i int) string { return "xl/worksheets/sheet" + strconv.Itoa(i+1) + ".xml" }

func relsPath(i int) string { return "xl/worksheets/_rels/sheet" + strconv.Itoa(i+1) + ".xml.rels" }

// printed is how many columns of a sheet are printed: what people read stands first.
const printed = 7

// frame is every part of a workbook but its sheets. The summary is sheet 0.
func frame(sheets []*sheet) []part {
	var types, book, names, rels bytes.Buffer
	types.WriteString(xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + appType + `sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="` + appType + `styles+xml"/>`)
	book.WriteString(xmlHead + `<workbook xmlns="` + mainSpace + `" xmlns:r="` + relSpace + `"><sheets>`)
	rels.WriteString(xmlHead + `<Relationships xmlns="` + packSpace + `">`)
	entry := func(i int, name string) {
		fmt.Fprintf(&types, `<Override PartName="/%s" ContentType="%sworksheet+xml"/>`, sheetPath(i), appType)
		fmt.Fprintf(&book, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name, i+1, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, relSpace, i+1)
	}
	entry(0, "summary")
	var more []part
	for n, s := range sheets {
		i := n + 1
		entry(i, s.name())
		defined := func(name, more, area string) {
			fmt.Fprintf(&names, `<definedName name="_xlnm.%s" localSheetId="%d"%s>'%s'!%s</definedName>`, name, i, more, s.name(), area)
		}
		defined("Print_Area", "", fmt.Sprintf("$A$1:$%s$%d", letters(printed-1), s.rows))
		defined("Print_Titles", "", "$1:$1")
		defined("_FilterDatabase", ` hidden="1"`, fmt.Sprintf("$A$1:$%s$%d", letters(len(s.t.Columns)-1), s.rows))
		if len(s.links) > 0 {
			var l bytes.Buffer
			l.WriteString(xmlHead + `<Relationships xmlns="` + packSpace + `">`)
			for k, x := range s.links {
				target, _ := appendText(nil, x.target)
				fmt.Fprintf(&l, `<Relationship Id="rId%d" Type="%s/hyperlink" Target="%s" TargetMode="External"/>`, k+1, relSpace, bytes.ReplaceAll(target, []byte(`"`), []byte("&quot;")))
			}
			l.WriteString("</Relationships>")
			more = append(more, part{relsPath(i), l.Bytes()})
		}
	}
	types.WriteString("</Types>")
	book.WriteString("</sheets><definedNames>" + names.String() + "</definedNames></workbook>")
	fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/styles" Target="styles.xml"/></Relationships>`, len(sheets)+2, relSpace)
	return append([]part{
		{"[Content_Types].xml", types.Bytes()},
		{"_rels/.rels", []byte(xmlHead + `<Relationships xmlns="` + packSpace + `"><Relationship Id="rId1" Type="` + relSpace + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`)},
		{"xl/workbook.xml", book.Bytes()},
		{"xl/_rels/workbook.xml.rels", rels.Bytes()},
		{"xl/styles.xml", []byte(styles)},
	}, more...)
}

// styles has the formats of cells, in the order of the style constants. Texts have the number format "@": a
// text stays one when somebody edits it.
const styles = xmlHead + `<styleSheet xmlns="` + mainSpace + `"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/></numFmts>` +
	`<fonts count="4"><font><sz val="10"/><name val="Arial"/></font><font><b/><sz val="10"/><name val="Arial"/></font><font><i/><sz val="10"/><name val="Arial"/></font><font><u/><sz val="10"/><color rgb="FF0563C1"/><name val="Arial"/></font></fonts>` +
	`<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE4E9F0"/><bgColor indexed="64"/></patternFill></fill></fills>` +
	`<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border><border><left/><right/><top/><bottom style="thin"><color rgb="FF7F8FA6"/></bottom><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="9">` +
	`<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1"><alignment vertical="top"/></xf>` +
	`<xf numFmtId="49" fontId="1" fillId="2" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1"><alignment vertical="top"/></xf>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top"/></xf>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top" horizontal="left"/></xf>` +
	`<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top" horizontal="left"/></xf>` +
	`<xf numFmtId="49" fontId="2" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
	`<xf numFmtId="49" fontId="3" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyAlignment="1"><alignment vertical="top"/></xf>` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top" horizontal="fill"/></xf>` +
	`</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
