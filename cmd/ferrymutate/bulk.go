package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	bulkLines = "import.jsonl"
	bulkKeys  = "chatferry.ndjson"
	bulkData  = "data/"
)

func bulkFile(d *document) string { return filepath.Join(d.dir, "mattermost-import.zip") }

func loadBulk(d *document) error {
	z, err := zip.OpenReader(bulkFile(d))
	if err != nil {
		return err
	}
	defer z.Close()
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			return err
		}
		b, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		switch name, isData := strings.CutPrefix(f.Name, bulkData); {
		case f.Name == bulkLines:
			d.lines, err = parseLines(b, 0)
		case f.Name == bulkKeys:
			d.keys, err = parseLines(b, 0)
		case isData:
			d.media[name], d.names = b, append(d.names, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func storeBulk(d *document) error {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	put := func(name string, content []byte) error {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(content)
		}
		return err
	}
	if err := put(bulkLines, encodeLines(d.lines)); err != nil {
		return err
	}
	if err := put(bulkKeys, encodeLines(d.keys)); err != nil {
		return err
	}
	for _, name := range d.names {
		if content, ok := d.media[name]; ok {
			if err := put(bulkData+name, content); err != nil {
				return err
			}
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(bulkFile(d), b.Bytes(), 0o600)
}

// postOf is the post of a line, nil of another line.
func postOf(o object) object {
	for _, name := range []string{"post", "direct_post"} {
		if p, ok := o[name].(object); ok {
			return p
		}
	}
	return nil
}

// places gives the key of each conversation by what lines call it.
func (d *document) places() map[string]string {
	keys := map[string]string{}
	for _, k := range d.keys {
		if text(k.object, "type") == "conversation" {
			keys[placeID(text(k.object, "team"), text(k.object, "name"), list(k.object, "people"))] = text(k.object, "key")
		}
	}
	return keys
}

// placeID is what lines call a conversation: its team and name, or its people.
func placeID(team, name string, people []any) string {
	if name != "" {
		return team + "/" + name
	}
	var accounts []string
	for _, p := range people {
		accounts = append(accounts, p.(string))
	}
	slices.Sort(accounts)
	return strings.Join(slices.Compact(accounts), " ")
}

// account is the keys row of an account.
func (d *document) account(name string) object {
	for _, k := range d.keys {
		if text(k.object, "account") == name {
			return k.object
		}
	}
	return nil
}
