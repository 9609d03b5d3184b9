package typeface

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gobolditalic"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Collection is the fonts that a document may use.
type Collection struct {
	// Loaded is told the size of each font file that is read. May be nil.
	Loaded func(size int64)

	own     map[Style]*Face
	list    []string
	must    bool
	scanned bool
	others  []*Face
	chosen  map[rune]*Face // nil: no font has it
	used    []*Face
}

// New makes a collection of the built-in fonts and those in a list of files and folders, or, without one, in
// the system's folders. They are read when a character needs them.
func New(list []string) *Collection {
	c := &Collection{list: list, must: len(list) > 0, chosen: map[rune]*Face{}}
	if !c.must {
		c.list = System
	}
	c.own = map[Style]*Face{
		{}:                         embedded("Go", goregular.TTF, Style{}),
		{Bold: true}:               embedded("Go", gobold.TTF, Style{Bold: true}),
		{Italic: true}:             embedded("Go", goitalic.TTF, Style{Italic: true}),
		{Bold: true, Italic: true}: embedded("Go", gobolditalic.TTF, Style{Bold: true, Italic: true}),
		{Mono: true}:               embedded("Go Mono", gomono.TTF, Style{Mono: true}),
		{Mono: true, Bold: true}:   embedded("Go Mono", gomonobold.TTF, Style{Mono: true, Bold: true}),
	}
	return c
}

// Check reads the list of fonts, so that a mistake in the setting is found before anything is written.
func (c *Collection) Check() error { return c.scan() }

func (c *Collection) scan() error {
	if c.scanned {
		return nil
	}
	var err error
	c.others, err = scan(c.list, c.must)
	c.scanned = err == nil
	return err
}

// Own is the built-in font of a style.
func (c *Collection) Own(s Style) (*Face, error) {
	if s.Mono {
		s.Italic = false
	}
	f := c.own[s]
	return f, c.use(f)
}

// For gives the font for a group of characters that belong together, such as a letter with its accents. The
// one used just before is taken again where it has them. It is nil when no single font has all of them.
func (c *Collection) For(group []rune, s Style, before *Face) (*Face, error) {
	own, err := c.Own(s)
	if err != nil || covers(own, group) {
		return own, err
	}
	if before != nil && before.File != "" && covers(before, group) {
		return before, nil
	}
	first, known := rune(-1), false
	for _, r := range group {
		if !Silent(r) {
			first = r
			break
		}
	}
	if first < 0 {
		return own, nil // nothing to be seen
	}
	f := c.chosen[first]
	if f == nil {
		if _, known = c.chosen[first]; known {
			return nil, nil
		}
	}
	if f == nil || !covers(f, group) {
		if err := c.scan(); err != nil {
			return nil, err
		}
		f = nil
		for _, other := range c.others {
			if covers(other, group) {
				f = other
				break
			}
		}
		if len(group) == 1 || f != nil && c.chosen[first] == nil {
			c.chosen[first] = f
		}
	}
	if f == nil {
		return nil, nil
	}
	if s.Bold && f.boldFace != nil && covers(f.boldFace, group) {
		f = f.boldFace
	}
	return f, c.use(f)
}

func (c *Collection) use(f *Face) error {
	if f.used {
		return nil
	}
	if err := f.load(); err != nil {
		return err
	}
	f.used = true
	c.used = append(c.used, f)
	if c.Loaded != nil && f.File != "" {
		c.Loaded(f.Size)
	}
	return nil
}

// Used lists the fonts that were needed so far, by name.
func (c *Collection) Used() []*Face {
	list := slices.Clone(c.used)
	slices.SortFunc(list, func(a, b *Face) int {
		if d := strings.Compare(a.Name(), b.Name()); d != 0 {
			return d
		}
		return strings.Compare(a.Digest, b.Digest)
	})
	return list
}

func covers(f *Face, group []rune) bool {
	for _, r := range group {
		if !Silent(r) && !f.Has(r) {
			return false
		}
	}
	return true
}

// Silent tells that a character has no picture of its own: it joins, parts or varies its neighbours.
func Silent(r rune) bool {
	switch {
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x180e, r == 0xfeff, r == 0x3164, r == 0xffa0, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5:
		return true
	case r >= 0x180b && r <= 0x180f, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0000 && r <= 0xe0fff, r >= 0x1bca0 && r <= 0x1bca3, r >= 0x1d173 && r <= 0x1d17a:
		return true
	}
	return false
}

// Known is a font file that something was made with; File is "-" where it is part of the program.
type Known struct{ Digest, File string }

// Only leaves in the collection the fonts of the given files. It tells whether all of them are here.
func (c *Collection) Only(list []Known) bool {
	missing := map[string]bool{}
	names := map[string]bool{}
	for _, k := range list {
		missing[k.Digest] = true
		names[k.File] = true
	}
	if c.scan() != nil {
		return false
	}
	keep := map[string]bool{}
	for digest := range missing {
		keep[digest] = true
	}
	for _, f := range c.own {
		if f.load() == nil {
			delete(missing, f.Digest)
		}
	}
	digests := map[string]string{} // by path
	c.others = slices.DeleteFunc(c.others, func(f *Face) bool {
		if !names[f.File] {
			return true
		}
		digest, ok := digests[f.path]
		if !ok {
			digest = fileDigest(f.path)
			digests[f.path] = digest
		}
		delete(missing, digest)
		return !keep[digest]
	})
	pair(c.others)
	return len(missing) == 0
}

// fileDigest is the SHA-256 of a file, or "" when it can't be read.
func fileDigest(path string) string {
	in, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer in.Close()
	h := sha256.New()
	if _, err := io.Copy(h, in); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
