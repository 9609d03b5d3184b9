package pipeline

import (
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// skeleton is the first stage: the blocks there are, whatever the plugins.
var skeleton = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "plugin", LabelNames: []string{"name"}},
	{Type: "variable", LabelNames: []string{"name"}},
	{Type: "locals"},
	{Type: "source", LabelNames: []string{"plugin", "name"}},
	{Type: "media", LabelNames: []string{"name"}},
	{Type: "transform", LabelNames: []string{"kind", "name"}},
	{Type: "sink", LabelNames: []string{"plugin", "name"}},
	{Type: "verify"},
	{Type: "pipeline", LabelNames: []string{"name"}},
}}

// place is where a block and its settings stand.
type place struct {
	block    hcl.Range
	settings map[string]hcl.Range
}

// loader holds what Load needs while it works.
type loader struct {
	opts     Options
	file     *File
	diags    Diagnostics
	blocks   map[string]hcl.Blocks
	vars     map[string]cty.Value
	locals   map[string]*local
	built    map[string]bool // plugins known without a block, by "kind.name"
	used     map[string]bool // "var.x", "local.x", "plugin.x" and addresses
	contexts map[string]*hcl.EvalContext
}

// Load reads pipeline files; a path is a file or a folder of *.hcl and *.hcl.json files. The File
// is never nil: with errors it is only good for Render.
func Load(paths []string, opts Options) (*File, Diagnostics) {
	l := newLoader(opts)
	names, diags := l.names(paths)
	l.diags, l.file.names, l.file.again = diags, names, opts.Kept != nil
	for _, name := range names {
		file, d := l.parse(name)
		l.diags = append(l.diags, d...)
		if file != nil {
			l.collect(file)
		}
	}
	if l.diags.HasErrors() {
		return l.file, l.diags.sorted()
	}
	l.decodeAll()
	if opts.Lenient {
		l.forgive()
	}
	return l.file, l.diags.sorted()
}

func newLoader(opts Options) *loader {
	if opts.Env == nil {
		opts.Env = os.LookupEnv
	}
	return &loader{
		opts:     opts,
		file:     &File{texts: map[string]*hcl.File{}, places: map[string]place{}},
		blocks:   map[string]hcl.Blocks{},
		vars:     map[string]cty.Value{},
		locals:   map[string]*local{},
		built:    map[string]bool{},
		used:     map[string]bool{},
		contexts: map[string]*hcl.EvalContext{},
	}
}

// collect takes a file's blocks.
func (l *loader) collect(file *hcl.File) {
	if body, ok := file.Body.(*hclsyntax.Body); ok {
		for _, b := range body.Blocks {
			if b.Type == "media" && len(b.Labels) == 0 { // its name is optional
				b.Labels, b.LabelRanges = []string{"media"}, []hcl.Range{b.TypeRange}
			}
		}
	}
	content, diags := file.Body.Content(skeleton)
	l.diags = append(l.diags, fromHCL(diags)...)
	for _, b := range content.Blocks {
		l.blocks[b.Type] = append(l.blocks[b.Type], b)
	}
}

// decodeAll is the second stage, in the order in which one block can depend on another.
func (l *loader) decodeAll() {
	l.readVariables()
	l.readLocals()
	l.readPlugins()
	l.readMedia()
	l.file.Sources = l.readInstances("source")
	l.file.Transforms = l.readInstances("transform")
	l.file.Sinks = l.readInstances("sink")
	l.checkPaths()
	l.readVerify()
	l.readPipelines()
	if !l.diags.HasErrors() {
		l.warnUnused()
	}
}

func (l *loader) fail(at hcl.Range, hint, format string, args ...any) {
	l.diags = append(l.diags, mistake(at, hint, format, args...))
}

func (l *loader) warn(at hcl.Range, hint, format string, args ...any) {
	d := mistake(at, hint, format, args...)
	d.Warning = true
	l.diags = append(l.diags, d)
}

// declare remembers a block under its address, or reports that the address is taken.
func (l *loader) declare(address string, b *hcl.Block) bool {
	if p, ok := l.file.places[address]; ok {
		l.fail(b.DefRange, "Give one of them another name.", "%s is declared twice, first at %s", address, place0(p.block))
		return false
	}
	l.file.places[address] = place{block: b.DefRange, settings: map[string]hcl.Range{}}
	return true
}

// named checks that a label can be written in a reference.
func (l *loader) named(b *hcl.Block, i int) bool {
	if hclsyntax.ValidIdentifier(b.Labels[i]) {
		return true
	}
	l.fail(b.LabelRanges[i], "Use letters, digits, \"_\" and \"-\", beginning with a letter.", "The name %q cannot be referred to", b.Labels[i])
	return false
}

// only reports all but the first block of a type that may stand once, and gives the first.
func (l *loader) only(kind string) *hcl.Block {
	list := l.blocks[kind]
	if len(list) == 0 {
		return nil
	}
	for _, b := range list[1:] {
		l.fail(b.DefRange, "Keep one of them.", "There is a second %s block; the first is at %s", kind, place0(list[0].DefRange))
	}
	return list[0]
}

func folderOf(r hcl.Range) string { return filepath.Dir(r.Filename) }
