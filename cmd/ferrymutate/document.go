package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// object is one JSON object: a record, a line of Mattermost's import file, or a part of one.
type object = map[string]any

// line is one line of an output and the file of it that it stands in.
type line struct {
	object
	file int
}

// document is what one sink wrote, taken apart. load and store are the only code that knows formats;
// whatever an operator changes, store writes a well-formed output with all its checksums right.
type document struct {
	sink  string
	dir   string
	lines []line
	keys  []line            // Mattermost's list of what its lines stand for
	media map[string][]byte // by the name that lines use for them
	names []string          // of media, in the order in which they stand
	head  object            // archive.json
	pages [][2]string       // of a site: what its pages say, and what they shall say instead
}

// format takes one sink's output apart and puts it together again.
type format struct {
	load, store func(*document) error
	edition     bool // one of core/edition
}

var formats = map[string]format{
	"archive":    {load: loadArchive, store: storeArchive},
	"html":       {load: loadSite, store: storeSite},
	"mattermost": {load: loadBulk, store: storeBulk},
	"ndjson":     {load: loadLines, store: storeLines},
}

func load(sink, dir string) (*document, error) {
	d := &document{sink: sink, dir: dir, media: map[string][]byte{}}
	return d, formats[sink].load(d)
}

// copyTo is a document of its own, which store writes into another folder.
func (d *document) copyTo(dir string) *document {
	c := *d
	c.dir, c.lines, c.keys = dir, cloneLines(d.lines), cloneLines(d.keys)
	c.media, c.names, c.head = maps.Clone(d.media), slices.Clone(d.names), clone(d.head)
	return &c
}

func cloneLines(list []line) []line {
	out := make([]line, len(list))
	for i, l := range list {
		out[i] = line{clone(l.object), l.file}
	}
	return out
}

func (d *document) store() error { return formats[d.sink].store(d) }

func (d *document) bulk() bool { return d.sink == "mattermost" }

func ndjsonFile(d *document) string { return filepath.Join(d.dir, "records-0001.ndjson") }

func loadLines(d *document) error {
	b, err := os.ReadFile(ndjsonFile(d))
	if err != nil {
		return err
	}
	d.lines, err = parseLines(b, 0)
	return err
}

func storeLines(d *document) error { return os.WriteFile(ndjsonFile(d), encodeLines(d.lines), 0o600) }

func parseLines(b []byte, file int) (list []line, err error) {
	for text := range bytes.Lines(b) {
		var o object
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber() // numbers stay as they are written
		if err := dec.Decode(&o); err != nil {
			return nil, fmt.Errorf("line %d: %w", len(list)+1, err)
		}
		list = append(list, line{o, file})
	}
	return list, nil
}

func encodeLines(list []line) []byte {
	var b bytes.Buffer
	for _, l := range list {
		encode(&b, l.object)
	}
	return b.Bytes()
}

// encode writes a value and a newline: sorted members, and no escapes but those JSON demands.
func encode(b *bytes.Buffer, v any) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // operators make nothing but strings, numbers, lists and objects
	}
}

// clone is a deep copy.
func clone[T any](v T) T { return deep(v).(T) }

func deep(v any) any {
	switch v := v.(type) {
	case object:
		c := make(object, len(v))
		for k, x := range v {
			c[k] = deep(x)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i := range v {
			c[i] = deep(v[i])
		}
		return c
	}
	return v
}

// at walks down members; nil where one is absent.
func at(o object, path ...string) any {
	var v any = o
	for _, name := range path {
		m, ok := v.(object)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func text(o object, path ...string) string {
	s, _ := at(o, path...).(string)
	return s
}

func list(o object, path ...string) []any {
	l, _ := at(o, path...).([]any)
	return l
}

// sub is the object that is a member; nil when it is absent, which can be read but not written.
func sub(o object, name string) object {
	m, _ := o[name].(object)
	return m
}

// inside gives the object that is a member, made when it is absent.
func inside(o object, name string) object {
	m, ok := o[name].(object)
	if !ok {
		m = object{}
		o[name] = m
	}
	return m
}

// millis is a time of a Mattermost line.
func millis(o object, name string) time.Time {
	n, _ := o[name].(json.Number)
	ms, _ := n.Int64()
	return time.UnixMilli(ms).UTC()
}

func number(n int64) json.Number { return json.Number(fmt.Sprint(n)) }

// records gives the canonical records of a type.
func (d *document) records(typ string) (list []object) {
	for _, l := range d.lines {
		if text(l.object, "type") == typ {
			list = append(list, l.object)
		}
	}
	return list
}

// drop removes lines.
func (d *document) drop(gone func(object) bool) {
	d.lines = slices.DeleteFunc(d.lines, func(l line) bool { return gone(l.object) })
}

// insert puts an object behind another one's line.
func (d *document) insert(after, o object) {
	i := slices.IndexFunc(d.lines, func(l line) bool { return same(l.object, after) })
	d.lines = slices.Insert(d.lines, i+1, line{o, d.lines[i].file})
}

// same tells whether two variables hold one object, not merely equal ones.
func same(a, b object) bool {
	if a == nil || b == nil {
		return false
	}
	const mark = "\x00same"
	a[mark] = true
	_, ok := b[mark]
	delete(a, mark)
	return ok
}
