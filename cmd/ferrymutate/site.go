package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	model "github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins/html"
)

// The site is taken apart by its own README. It is put together by the plugin itself: who forges a site
// with care runs our program on the records he wants, so that pages, search and checksums all agree.

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

func storeSite(d *document) error {
	work, err := os.MkdirTemp("", "ferrymutate-site-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	media := filepath.Join(work, "media")
	// The pages are rendered with the files as they were, and then the files are changed: a page says nothing
	// of the bytes of a file.
	old := &document{dir: d.dir, media: map[string][]byte{}}
	if err := loadSite(old); err != nil {
		return err
	}
	for _, files := range []map[string][]byte{d.media, old.media} {
		for digest, b := range files {
			path := plugin.MediaPath(media, digest)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, b, 0o600)); err != nil {
				return err
			}
		}
	}
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != ".chatferry" && e.Name() != "evidence" {
			if err := os.RemoveAll(filepath.Join(d.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	if err := buildSite(d, plugin.Run{ID: "forged", Dir: d.dir, Work: work, Media: media, Generation: 1, Fresh: true}); err != nil {
		return err
	}
	return d.storeSiteFiles()
}

func buildSite(d *document, run plugin.Run) error {
	ctx := context.Background()
	s, err := html.Plugin().Sink.Open(ctx, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Open(ctx, run); err != nil {
		return err
	}
	var receipts []plugin.ShardReceipt
	for file, name := range []string{"directory", "records"} {
		sh := plugin.Shard{ID: name, Directory: file == 0}
		w, err := s.Begin(ctx, sh)
		if err != nil {
			return err
		}
		for _, l := range d.lines {
			if l.file == file {
				rec, err := model.Decode(strings.TrimSuffix(string(encodeLines([]line{l})), "\n"))
				if err != nil {
					return err
				}
				if _, err := w.Write(rec); err != nil {
					return err
				}
			}
		}
		receipt, err := w.Commit()
		if err != nil {
			return err
		}
		receipts = append(receipts, plugin.ShardReceipt{Shard: sh, Receipt: receipt})
	}
	return s.Finish(ctx, receipts)
}

// storeSiteFiles gives the site's files the bytes of the document, changes its pages, and gives the manifests
// their digests.
func (d *document) storeSiteFiles() error {
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
	return map[string]reason{"archive": r, "mattermost": r, "ndjson": r}
}()
