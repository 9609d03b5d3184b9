package pipeline

import (
	"fmt"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Spec describes a pipeline file to be written: one pipeline with everything in it.
type Spec struct {
	Name       string   // of the pipeline
	Comment    []string // lines at the top of the file
	Plugins    []Block  // Name, and the settings source and sha256
	Sources    []Block
	Media      []Argument // path, on_missing; no block when empty
	Transforms []Block
	Sinks      []Block
	Verify     []Argument // counts, readback, media, fail_on; no block when empty
	Flow       []Argument // further arguments of the pipeline block: shards, retries, ...
}

// Block is one source, transform, sink or plugin block.
type Block struct {
	Plugin   string // empty for plugin blocks
	Name     string
	Settings []Argument
	Loss     *Loss // sinks only, as what follows
	Package  *Package
	Encrypt  *Encrypt
}

// Argument is one setting: a Value (string, bool, int, int64, []string or map[string]string), or an
// Expression in HCL such as secret("env:TOKEN") or msg.kind == "text".
type Argument struct {
	Name       string
	Value      any
	Expression string
}

// Write makes a readable file from a description. Load accepts it and reads the same values from
// it, whatever characters they hold.
func Write(spec Spec) ([]byte, error) {
	w := writer{file: hclwrite.NewEmptyFile()}
	body := w.file.Body()
	for _, line := range spec.Comment {
		text := strings.TrimRight("# "+safe(line), " ")
		body.AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte(text + "\n")}})
	}
	for _, b := range spec.Plugins {
		w.block("plugin", []string{b.Name}, b.Settings)
	}
	for _, b := range spec.Sources {
		w.block("source", []string{b.Plugin, b.Name}, b.Settings)
	}
	if len(spec.Media) > 0 {
		w.block("media", []string{"store"}, spec.Media)
	}
	for _, b := range spec.Transforms {
		w.block("transform", []string{b.Plugin, b.Name}, b.Settings)
	}
	for _, b := range spec.Sinks {
		w.block("sink", []string{b.Plugin, b.Name}, b.Settings, inner(b)...)
	}
	if len(spec.Verify) > 0 {
		w.block("verify", nil, spec.Verify)
	}
	flow := []Argument{{Name: "from", Expression: references("source", spec.Sources)}}
	if len(spec.Transforms) > 0 {
		flow = append(flow, Argument{Name: "through", Expression: references("transform", spec.Transforms)})
	}
	flow = append(flow, Argument{Name: "to", Expression: references("sink", spec.Sinks)})
	w.block("pipeline", []string{spec.Name}, append(flow, spec.Flow...))
	if w.err != nil {
		return nil, w.err
	}
	return Format(w.file.Bytes())
}

func references(kind string, list []Block) string {
	var out []string
	for _, b := range list {
		out = append(out, kind+"."+b.Plugin+"."+b.Name)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

type writer struct {
	file  *hclwrite.File
	wrote bool
	err   error
}

func (w *writer) fail(subject, format string, args ...any) {
	if w.err == nil {
		w.err = fault.New(fault.Config, "write pipeline", subject, "", fmt.Errorf(format, args...))
	}
}

// nested is a block inside a block.
type nested struct {
	kind   string
	labels []string
	args   []Argument
}

// inner are the blocks inside a sink's.
func inner(b Block) (list []nested) {
	if l := b.Loss; l != nil {
		n := nested{kind: "loss"}
		for _, a := range []Argument{{Name: "allow", Value: l.Allow}, {Name: "warn", Value: l.Warn}, {Name: "fail", Value: l.Fail}} {
			if len(a.Value.([]string)) > 0 {
				n.args = append(n.args, a)
			}
		}
		list = append(list, n)
	}
	if p := b.Package; p != nil {
		n := nested{kind: "package", labels: []string{p.Kind}}
		if len(p.Info) > 0 {
			n.args = []Argument{{Name: "info", Value: p.Info}}
		}
		list = append(list, n)
	}
	if e := b.Encrypt; e != nil {
		list = append(list, nested{kind: "encrypt", args: []Argument{{Name: "recipients", Value: e.Recipients}}})
	}
	return list
}

func (w *writer) block(kind string, labels []string, args []Argument, inside ...nested) {
	for _, l := range labels {
		if !hclsyntax.ValidIdentifier(l) {
			w.fail(kind, "%q is not a name; use letters, digits, \"_\" and \"-\"", l)
			return
		}
	}
	body := w.file.Body()
	if w.wrote || len(body.BuildTokens(nil)) > 1 {
		body.AppendNewline()
	}
	w.wrote = true
	b := body.AppendNewBlock(kind, labels).Body()
	for _, a := range args {
		w.argument(b, kind, a)
	}
	for _, n := range inside {
		in := b.AppendNewBlock(n.kind, n.labels).Body()
		for _, a := range n.args {
			w.argument(in, kind, a)
		}
	}
}

func (w *writer) argument(b *hclwrite.Body, kind string, a Argument) {
	if !hclsyntax.ValidIdentifier(a.Name) {
		w.fail(kind, "%q is not the name of a setting", a.Name)
		return
	}
	if a.Expression != "" {
		src := []byte(a.Expression)
		if boundNative(a.Name, src) != nil {
			w.fail(kind, "the expression of %q is too deep", a.Name)
			return
		}
		if _, diags := hclsyntax.ParseExpression(src, a.Name, hcl.InitialPos); diags.HasErrors() {
			w.fail(kind, "the expression of %q cannot be read: %s", a.Name, diags[0].Summary)
			return
		}
		tokens, _ := hclsyntax.LexExpression(src, a.Name, hcl.InitialPos) // it parsed just now
		b.SetAttributeRaw(a.Name, rawTokens(tokens))
		return
	}
	tokens, err := valueTokens(a.Value)
	if err != nil {
		w.fail(kind, "the setting %q: %w", a.Name, err)
		return
	}
	b.SetAttributeRaw(a.Name, tokens)
}

// rawTokens keeps an expression as it is written.
func rawTokens(tokens hclsyntax.Tokens) hclwrite.Tokens {
	var out hclwrite.Tokens
	end := 0
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenEOF {
			break
		}
		out = append(out, &hclwrite.Token{Type: t.Type, Bytes: t.Bytes, SpacesBefore: t.Range.Start.Byte - end})
		end = t.Range.End.Byte
	}
	return out
}

func valueTokens(v any) (hclwrite.Tokens, error) {
	switch v := v.(type) {
	case string:
		return hclwrite.TokensForValue(cty.StringVal(v)), nil
	case bool:
		return hclwrite.TokensForValue(cty.BoolVal(v)), nil
	case int:
		return hclwrite.TokensForValue(cty.NumberIntVal(int64(v))), nil
	case int64:
		return hclwrite.TokensForValue(cty.NumberIntVal(v)), nil
	case []string:
		return hclwrite.TokensForValue(listOf(v)), nil
	case map[string]string:
		var items []hclwrite.ObjectAttrTokens
		for _, k := range sortedKeys(v) {
			items = append(items, hclwrite.ObjectAttrTokens{
				Name:  hclwrite.TokensForValue(cty.StringVal(k)), // always quoted: a key may hold anything
				Value: hclwrite.TokensForValue(cty.StringVal(v[k])),
			})
		}
		return hclwrite.TokensForObject(items), nil
	}
	return nil, fmt.Errorf("a value of type %T cannot be written", v)
}
