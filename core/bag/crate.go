package bag

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/plugin"
)

// crateName is the file with the description, in the payload.
const crateName = "ro-crate-metadata.json"

// Crate is what the RO-Crate description of a payload tells besides the files themselves.
type Crate struct {
	Name, Description string
	Folder            string // below data/, that holds all files
	Date              string // YYYY-MM-DD
	First, Last       string // times of the oldest and newest message; "": there are none
	Tool, Version     string
	Dumps             []Dump
	Counts            []Count
}

// Dump is what was read.
type Dump struct{ Name, SHA256 string }

// Count is how many records of a type there are.
type Count struct {
	Type string
	N    int64
}

// formats are the media types of what sinks write, by the end of the name.
var formats = map[string]string{
	".csv": "text/csv", ".db": "application/vnd.sqlite3", ".eml": "message/rfc822", ".html": "text/html", ".js": "text/javascript", ".css": "text/css",
	".json": "application/json", ".mbox": "application/mbox", ".md": "text/markdown", ".ndjson": "application/x-ndjson", ".parquet": "application/vnd.apache.parquet",
	".pdf": "application/pdf", ".sqlite": "application/vnd.sqlite3", ".txt": "text/plain", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".xml": "application/xml", ".zip": "application/zip", ".zst": "application/zstd",
}

type entity map[string]any

type ref struct {
	ID string `json:"@id"`
}

// id is a path as RO-Crate names it: a URI reference.
func id(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// Describe writes the RO-Crate 1.2 description of the payload of a bag that is about to be sealed; data/ is the
// crate. It names every file below the folder.
func Describe(ctx context.Context, dir string, c Crate) error {
	return plugin.WriteFileAtomic(filepath.Join(dir, Payload, crateName), func(w io.Writer) error {
		g := graph{w: bufio.NewWriter(w)}
		g.print(`{"@context":"https://w3id.org/ro/crate/1.2/context","@graph":[` + "\n")
		g.entity(entity{"@id": crateName, "@type": "CreativeWork", "about": ref{"./"}, "conformsTo": ref{"https://w3id.org/ro/crate/1.2"}})
		g.next(c.root())
		for _, e := range c.context() {
			g.next(e)
		}
		if err := g.files(ctx, dir, c.Folder); err != nil {
			return err
		}
		g.print("\n]}\n")
		return cmp.Or(g.err, g.w.Flush())
	})
}

func (c *Crate) root() entity {
	e := entity{"@id": "./", "@type": "Dataset", "name": c.Name, "description": c.Description, "datePublished": cmp.Or(c.Date, "1970-01-01"),
		"license": ref{"#terms"}, "hasPart": []ref{{id(c.Folder) + "/"}}, "mentions": ref{"#run"}}
	if c.First != "" {
		e["temporalCoverage"] = c.First + "/" + c.Last
	}
	var counts []ref
	for _, n := range c.Counts {
		counts = append(counts, ref{"#count-" + n.Type})
	}
	if counts != nil {
		e["variableMeasured"] = counts
	}
	return e
}

// context are the entities that are no files.
func (c *Crate) context() []entity {
	list := []entity{{"@id": "#terms", "@type": "CreativeWork", "name": "No licence is granted: these are records of the organisation that they come from"}}
	run := entity{"@id": "#run", "@type": "CreateAction", "name": "Export of the chat history", "instrument": ref{"#tool"}, "result": ref{"./"}}
	var dumps []ref
	for i, d := range c.Dumps {
		e := entity{"@id": "#dump-" + strconv.Itoa(i+1), "@type": "CreativeWork", "name": d.Name, "description": "The dump that was read; it is not in this crate"}
		if d.SHA256 != "" {
			e["identifier"] = "sha256:" + d.SHA256
		}
		list, dumps = append(list, e), append(dumps, ref{"#dump-" + strconv.Itoa(i+1)})
	}
	if dumps != nil {
		run["object"] = dumps
	}
	tool := entity{"@id": "#tool", "@type": "SoftwareApplication", "name": c.Tool, "url": "https://chatferry.org"}
	if c.Version != "" {
		tool["softwareVersion"] = c.Version
	}
	list = append(list, run, tool)
	for _, n := range c.Counts {
		list = append(list, entity{"@id": "#count-" + n.Type, "@type": "PropertyValue", "name": "records of the type " + n.Type, "value": n.N})
	}
	return list
}

// graph writes entities, one a line.
type graph struct {
	w   *bufio.Writer
	err error
}

func (g *graph) print(s string) {
	if _, err := g.w.WriteString(s); g.err == nil {
		g.err = err
	}
}

func (g *graph) entity(e entity) {
	b, err := json.Marshal(e) // members sorted
	if g.err == nil {
		g.err = err
	}
	g.print(string(b))
}

func (g *graph) next(e entity) {
	g.print(",\n")
	g.entity(e)
}

// files writes the folder with the list of its parts, then each part. The folder is walked twice, so that no
// list of all files need be held.
func (g *graph) files(ctx context.Context, dir, folder string) error {
	each := func(f func(name string, d fs.DirEntry) error) error {
		return walk(ctx, dir, func(_, name string, d fs.DirEntry) error {
			if name, ok := strings.CutPrefix(name, Payload+"/"); ok && strings.HasPrefix(name, folder+"/") {
				return f(name, d)
			}
			return nil
		})
	}
	g.print(",\n" + `{"@id":"` + id(folder) + `/","@type":"Dataset","hasPart":[`)
	comma := ""
	err := each(func(name string, _ fs.DirEntry) error {
		b, err := json.Marshal(ref{id(name)})
		g.print(comma + string(b))
		comma = ","
		return err
	})
	if err != nil {
		return err
	}
	g.print(`],"name":`)
	b, err := json.Marshal(folder)
	g.print(string(b) + "}")
	if err != nil {
		return err
	}
	return each(func(name string, d fs.DirEntry) error {
		info, err := d.Info()
		if err != nil {
			return storage(name, err)
		}
		e := entity{"@id": id(name), "@type": "File", "name": filepath.Base(name), "contentSize": strconv.FormatInt(info.Size(), 10)}
		if f := formats[filepath.Ext(name)]; f != "" {
			e["encodingFormat"] = f
		}
		g.next(e)
		return g.err
	})
}
