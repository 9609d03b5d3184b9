package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	model "github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins"
)

// anyEdition stands for all sinks of core/edition where a reason holds for them alone. Other reasons that hold for
// the site hold for them too: both keep every record as it is.
const anyEdition = "an edition"

// editions are the sinks that no other dialect knows. They are taken apart by reading back, and put together as
// the site is.
func editions() (list []plugin.Plugin) {
	for _, p := range plugins.Builtin() {
		if known := []string{"archive", "html", "mattermost", "ndjson"}; p.Sink != nil && p.Sink.ReadBack && !slices.Contains(known, p.Name) {
			list = append(list, p)
		}
	}
	return list
}

func init() {
	for _, p := range editions() {
		load := func(d *document) error { return loadEdition(d, p) }
		formats[p.Name] = format{load, func(d *document) error { return rebuild(d, p, load) }, true}
	}
}

func loadEdition(d *document, p plugin.Plugin) error {
	ctx := context.Background()
	s, err := p.Sink.Open(ctx, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Open(ctx, plugin.Run{Dir: d.dir, Generation: 1}); err != nil {
		return err
	}
	err = s.ReadBack(ctx, func(r *model.Record) error {
		file := 1
		if r.Directory() {
			file = 0
		}
		lines, err := parseLines(r.Append(nil), file)
		d.lines = append(d.lines, lines...)
		return err
	})
	if err != nil {
		return err
	}
	return filepath.WalkDir(filepath.Join(d.dir, "media"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		digest, _, _ := strings.Cut(e.Name(), ".")
		d.media[digest], err = os.ReadFile(path)
		return err
	})
}

// rebuild puts an output together by its own plugin: who forges one with care runs our program on the records he
// wants, so that what is shown, indexes and checksums all agree. It is rendered with the files as they were, and
// then the files are changed: what is shown says nothing of the bytes of a file.
func rebuild(d *document, p plugin.Plugin, load func(*document) error) error {
	work, err := os.MkdirTemp("", "ferrymutate-forge-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	media := filepath.Join(work, "media")
	old := &document{dir: d.dir, media: map[string][]byte{}}
	if err := load(old); err != nil {
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
	if err := deliver(d, p, plugin.Run{ID: "forged", Dir: d.dir, Work: work, Media: media, Generation: 1, Fresh: true}); err != nil {
		return err
	}
	return d.storeFiles()
}

func deliver(d *document, p plugin.Plugin, run plugin.Run) error {
	ctx := context.Background()
	s, err := p.Sink.Open(ctx, nil)
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
