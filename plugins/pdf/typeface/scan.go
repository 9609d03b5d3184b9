package typeface

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/font/opentype/tables"

	"github.com/chatferry/chatferry/core/fault"
)

// System are the folders in which systems keep their fonts.
var System = []string{"/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts"}

// order is where a font stands among those that have a character: lower is better, in this order of fields.
type order struct {
	place  int // of the setting's entry it was found by
	class  int
	odd    bool // neither regular nor upright nor of usual width
	mono   bool
	family string
	file   string
	number int
}

func (a order) compare(b order) int {
	flag := func(x, y bool) int {
		switch {
		case x == y:
			return 0
		case x:
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(a.place, b.place), flag(a.odd, b.odd), cmp.Compare(a.class, b.class), flag(a.mono, b.mono),
		strings.Compare(a.family, b.family), strings.Compare(a.file, b.file), cmp.Compare(a.number, b.number))
}

// classes are families that go before others where several have a character, the best first. A name that
// ends in a star stands for all that begin so.
var classes = []string{"Noto Sans CJK SC", "Noto Sans", "Noto Sans *", "Noto Naskh Arabic", "DejaVu Sans", "Source Han Sans*", "Droid Sans*", "WenQuanYi*",
	"Noto Emoji", "Symbola", "*"}

func classOf(family string) int {
	for _, late := range []string{"Noto Sans Mono", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans CJK TC", "Noto Sans CJK HK", "Noto Sans Math"} {
		if strings.HasPrefix(family, late) {
			return len(classes)
		}
	}
	for i, c := range classes {
		if prefix, ok := strings.CutSuffix(c, "*"); ok && strings.HasPrefix(family, prefix) || family == c {
			return i
		}
	}
	return len(classes)
}

// maxFiles bounds what is looked at.
const maxFiles = 10_000

// scan lists the fonts of files and folders. A folder that is not there has none; a file must be there.
func scan(list []string, must bool) ([]*Face, error) {
	var faces []*Face
	seen := map[string]bool{}
	for place, name := range list {
		var files []string
		err := filepath.WalkDir(name, func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				if p == name && (must || !errors.Is(err, fs.ErrNotExist)) {
					return err
				}
				return nil
			}
			if ext := strings.ToLower(filepath.Ext(p)); !d.IsDir() && len(files) < maxFiles && (p == name || slices.Contains([]string{".ttf", ".otf", ".ttc", ".otc"}, ext)) {
				files = append(files, p)
			}
			return nil
		})
		if err != nil {
			return nil, fault.New(fault.Config, "read fonts", name, "name a font file, or a folder of them, in the setting fonts", err)
		}
		for _, p := range files {
			if seen[p] {
				continue
			}
			seen[p] = true
			found, err := fonts(p)
			if err != nil || len(found) == 0 && p == name {
				if p == name { // the user named this file
					return nil, unreadable(p, cmp.Or(err, errors.New("it has no font with outlines that may be embedded")))
				}
				continue
			}
			for _, f := range found {
				f.order.place = place
			}
			faces = append(faces, found...)
		}
	}
	slices.SortFunc(faces, func(a, b *Face) int { return a.order.compare(b.order) })
	pair(faces)
	return faces, nil
}

// pair gives each face the bold one of its family.
func pair(faces []*Face) {
	bold := map[string]*Face{}
	for _, f := range faces {
		if f.Bold && !f.italic && bold[f.Family] == nil {
			bold[f.Family] = f
		}
	}
	for _, f := range faces {
		if !f.Bold {
			f.boldFace = bold[f.Family]
		}
	}
}

// fonts describes what is in one file, without reading more of it than that takes.
func fonts(path string) ([]*Face, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return describe(in, path)
}

func describe(in opentype.Resource, path string) ([]*Face, error) {
	loaders, err := opentype.NewLoaders(in)
	if err != nil {
		return nil, err
	}
	var list []*Face
	for n, ld := range loaders[:min(len(loaders), 64)] {
		if !usable(ld) {
			continue
		}
		d, _ := font.Describe(ld, nil)
		covers, err := coverage(ld)
		if err != nil || len(covers) == 0 || d.Family == "" {
			continue
		}
		f := &Face{Family: d.Family, File: filepath.Base(path), path: path, number: n, covers: covers}
		f.Bold, f.italic = d.Aspect.Weight >= 600, d.Aspect.Style == font.StyleItalic
		odd := d.Aspect.Weight < 350 || d.Aspect.Weight > 450 || f.italic || d.Aspect.Stretch != 0 && d.Aspect.Stretch != font.StretchNormal
		f.order = order{class: classOf(d.Family), odd: odd, mono: strings.Contains(d.Family, "Mono"), family: d.Family, file: path, number: n}
		list = append(list, f)
	}
	return list, nil
}

// usable tells whether a font is made of outlines in one colour, and may be embedded.
func usable(ld *opentype.Loader) bool {
	tag := opentype.MustNewTag
	if !ld.HasTable(tag("glyf")) && !ld.HasTable(tag("CFF ")) {
		return false
	}
	for _, t := range []string{"COLR", "CBDT", "sbix", "SVG "} {
		if ld.HasTable(tag(t)) {
			return false
		}
	}
	os2, err := ld.RawTable(tag("OS/2"))
	if err != nil || len(os2) < 10 {
		return err != nil // a font without that table says nothing against it
	}
	const restricted, whole, bitmaps = 0x0002, 0x0100, 0x0200
	rights := binary.BigEndian.Uint16(os2[8:])
	return rights&0xf != restricted && rights&(whole|bitmaps) == 0
}

// coverage lists the characters of a font.
func coverage(ld *opentype.Loader) ([]span, error) {
	raw, err := ld.RawTable(opentype.MustNewTag("cmap"))
	if err != nil {
		return nil, err
	}
	table, _, err := tables.ParseCmap(raw)
	if err != nil {
		return nil, err
	}
	cmap, _, err := font.ProcessCmap(table, 0)
	if err != nil {
		return nil, err
	}
	var list []span
	for it := cmap.Iter(); it.Next(); {
		r, g := it.Char()
		if g == 0 {
			continue
		}
		if n := len(list); n > 0 && list[n-1].to+1 == r {
			list[n-1].to = r
			continue
		}
		if len(list) > 1<<17 {
			return nil, errors.New("its table of characters is too large")
		}
		list = append(list, span{r, r})
	}
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return list, nil
}

// embedded makes a face of a font that is part of the program.
func embedded(family string, data []byte, s Style) *Face {
	list, err := describe(bytes.NewReader(data), family)
	if err != nil || len(list) != 1 {
		panic("typeface: a built-in font cannot be read")
	}
	f := list[0]
	f.Family, f.File, f.data, f.Bold, f.italic, f.order.mono = family, "", data, s.Bold, s.Italic, s.Mono
	return f
}
