package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// The archive is read and written here by its own README alone, without the plugin's code: as somebody
// would who wants his change not to be noticed.

func (d *document) shards() (list []object) {
	for _, g := range list2(d.head, "generations") {
		list = append(list, list2(g, "shards")...)
	}
	return list
}

// list2 is a list of objects.
func list2(o object, name string) (out []object) {
	for _, v := range list(o, name) {
		out = append(out, v.(object))
	}
	return out
}

func loadArchive(d *document) error {
	b, err := os.ReadFile(filepath.Join(d.dir, "archive.json"))
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err := dec.Decode(&d.head); err != nil {
		return err
	}
	z, err := zstd.NewReader(nil)
	if err != nil {
		return err
	}
	defer z.Close()
	for i, s := range d.shards() {
		for _, seg := range list2(s, "segments") {
			packed, err := os.ReadFile(filepath.Join(d.dir, text(seg, "path")))
			if err != nil {
				return err
			}
			plain, err := z.DecodeAll(packed, nil)
			if err != nil {
				return err
			}
			lines, err := parseLines(plain, i)
			if err != nil {
				return err
			}
			d.lines = append(d.lines, lines...)
		}
	}
	return filepath.WalkDir(filepath.Join(d.dir, "media"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		d.media[e.Name()], err = os.ReadFile(path)
		return err
	})
}

func storeArchive(d *document) error {
	z, err := zstd.NewWriter(nil, zstd.WithWindowSize(1<<20))
	if err != nil {
		return err
	}
	defer z.Close()
	totals := map[string]int{}
	for i, s := range d.shards() {
		if err := d.storeShard(z, i, s, totals); err != nil {
			return err
		}
	}
	list2(d.head, "generations")[0]["records"] = totals
	var head bytes.Buffer
	encode(&head, d.head)
	if err := os.WriteFile(filepath.Join(d.dir, "archive.json"), head.Bytes(), 0o600); err != nil {
		return err
	}
	if err := d.storeMedia(); err != nil {
		return err
	}
	return d.storeManifest()
}

func (d *document) storeShard(z *zstd.Encoder, file int, s object, totals map[string]int) error {
	var mine []line
	records := map[string]int{}
	for _, l := range d.lines {
		if l.file == file {
			mine = append(mine, l)
			records[text(l.object, "type")]++
			totals[text(l.object, "type")]++
		}
	}
	plain := encodeLines(mine)
	packed := z.EncodeAll(plain, nil)
	seg := object{"path": fmt.Sprintf("records/0001/%s.0001.ndjson.zst", text(s, "id")), "records": len(mine), "text_bytes": len(plain)}
	if err := d.storeFile(seg, packed); err != nil {
		return err
	}
	s["records"], s["segments"] = records, []any{seg}
	if index, ok := s["index"].(object); ok {
		return d.storeFile(index, indexOf(mine))
	}
	return nil
}

// storeFile writes a file and describes it.
func (d *document) storeFile(f object, b []byte) error {
	f["bytes"], f["sha256"] = len(b), fmt.Sprintf("%x", sha256.Sum256(b))
	return os.WriteFile(filepath.Join(d.dir, text(f, "path")), b, 0o600)
}

// indexOf lists which conversations a shard holds.
func indexOf(lines []line) []byte {
	places := map[string]object{}
	var keys []string
	for _, l := range lines {
		conv := text(l.object, "conversation")
		if conv == "" {
			conv = text(l.object, "key")
		}
		p := places[conv]
		if p == nil {
			p = object{"conversation": conv, "records": 0}
			places[conv], keys = p, append(keys, conv)
		}
		p["records"] = p["records"].(int) + 1
		sent := text(l.object, "sent", "utc")
		if sent != "" && (p["first"] == nil || sent < text(p, "first")) {
			p["first"] = sent
		}
		if sent > text(p, "last") {
			p["last"] = sent
		}
	}
	slices.Sort(keys)
	var b bytes.Buffer
	for _, k := range keys {
		encode(&b, places[k])
	}
	return b.Bytes()
}

// storeMedia writes what is not there already.
func (d *document) storeMedia() error {
	root := filepath.Join(d.dir, "media")
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && d.media[e.Name()] == nil {
			err = os.Remove(path)
		}
		return err
	})
	if err != nil {
		return err
	}
	for name, b := range d.media {
		dir := filepath.Join(root, name[:2], name[2:4])
		if old, err := os.ReadFile(filepath.Join(dir, name)); err == nil && bytes.Equal(old, b) {
			continue
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// storeManifest lists all files anew. A media object's digest is its name, as the format says.
func (d *document) storeManifest() error {
	var rows []string
	err := filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		switch name, _ := filepath.Rel(d.dir, path); {
		case err != nil:
			return err
		case name == ".chatferry" || name == "evidence":
			return fs.SkipDir
		case e.IsDir() || name == "manifest-sha256.txt":
			return nil
		case strings.HasPrefix(name, "media/"):
			rows = append(rows, e.Name()+"  "+name+"\n")
			return nil
		default:
			b, err := os.ReadFile(path)
			rows = append(rows, fmt.Sprintf("%x  %s\n", sha256.Sum256(b), name))
			return err
		}
	})
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b string) int { return strings.Compare(a[66:], b[66:]) })
	return os.WriteFile(filepath.Join(d.dir, "manifest-sha256.txt"), []byte(strings.Join(rows, "")), 0o600)
}
