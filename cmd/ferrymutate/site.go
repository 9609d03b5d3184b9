package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/chatferry/chatferry/plugins/html"
)

// The site is taken apart by its own README, and put together by the plugin itself: see rebuild.

// dataLine are the lines of a data file that are records; escapes in them are those of JSON.
var dataLine = regexp.MustCompile(`(?m)^\{.*$`)

func loadSite(d *document) error {
	return filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		name, _ := filepath.Rel(d.dir, path)
		switch {
		case err != nil:
			return err
		case name == ".chatferry" || name == "evidence":
			return fs.SkipDir
		case e.IsDir():
			return nil
		case strings.HasPrefix(name, "media/"):
			digest, _, _ := strings.Cut(e.Name(), ".")
			d.media[digest], err = os.ReadFile(path)
			return err
		case filepath.Ext(name) != ".js" || e.Name() == "days.js" || !strings.HasPrefix(name, "c/") && !strings.HasPrefix(name, "data/"):
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file := 1
		if strings.HasPrefix(name, "data/") {
			file = 0
		}
		for _, text := range dataLine.FindAll(b, -1) {
			lines, err := parseLines(text, file)
			if err != nil {
				return err
			}
			d.lines = append(d.lines, lines...)
		}
		return nil
	})
}

func storeSite(d *document) error { return rebuild(d, html.Plugin(), loadSite) }

// storeFiles gives the files of a site or an edition the bytes of the document, changes its pages, and gives the manifests
// their digests.
func (d *document) storeFiles() error {
	manifest := filepath.Join(d.dir, "manifest-sha256.txt")
	b, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	var rows strings.Builder
	for row := range strings.Lines(string(b)) {
		name := strings.TrimSuffix(row[66:], "\n")
		digest, _, _ := strings.Cut(filepath.Base(name), ".")
		path := filepath.Join(d.dir, filepath.FromSlash(name))
		bytes, ok := d.media[digest]
		if !strings.HasPrefix(name, "media/") {
			ok = true
			if bytes, err = os.ReadFile(path); err != nil {
				return err
			}
			if strings.HasPrefix(name, "c/") && filepath.Ext(name) == ".html" {
				for _, p := range d.pages {
					bytes = []byte(strings.ReplaceAll(string(bytes), p[0], p[1]))
				}
			}
		}
		if err := os.Remove(path); err != nil { // it may be a second name of another file
			return err
		}
		if ok {
			fmt.Fprintf(&rows, "%x  %s\n", sha256.Sum256(bytes), name)
			if err := os.WriteFile(path, bytes, 0o600); err != nil {
				return err
			}
		}
	}
	tag := fmt.Sprintf("%x  manifest-sha256.txt\n", sha256.Sum256([]byte(rows.String())))
	return errors.Join(os.WriteFile(manifest, []byte(rows.String()), 0o600), os.WriteFile(filepath.Join(d.dir, "tagmanifest-sha256.txt"), []byte(tag), 0o600))
}

// pageOperators change what a site shows, and leave its data as they are.
var pageOperators = []operator{
	{"a page shows another text", "a page that was written over", func(d *document) []want {
		m := d.first(onePage)
		if m == nil || !paged(d) {
			return nil
		}
		d.pages = append(d.pages, [2]string{m.text(), strings.Repeat("x", len(m.text()))})
		return []want{m.missing()}
	}, noPages},
	{"a page does not show a message", "a style that hides", func(d *document) []want {
		m := d.first(onePage)
		if m == nil || !paged(d) {
			return nil
		}
		d.pages = append(d.pages, [2]string{"<p>" + m.text() + "</p>", "<p hidden>" + m.text() + "</p>"})
		return []want{m.missing()}
	}, noPages},
}

// onePage is a message whose text its page, and no other place, shows as it is.
func onePage(m message) bool {
	same := func(o message) bool { return strings.Contains(o.text(), m.text()) }
	return plainText.MatchString(m.text()) && len(pick(m.d, same)) == 1 && alone(m) && plain(m)
}

var plainText = regexp.MustCompile(`^[A-Za-z ,.]{12,}$`)

// paged tells whether there are pages to change.
func paged(d *document) bool {
	pages, err := filepath.Glob(filepath.Join(d.dir, "c", "*", "*.html"))
	return err == nil && len(pages) > 0
}

// noPages is the reason that what is shown is what is kept.
var noPages = func() map[string]reason {
	r := reason{"it has no pages beside its records", func(d *document) bool { return !paged(d) }}
	return map[string]reason{"archive": r, "mattermost": r, "ndjson": r, anyEdition: r}
}()
