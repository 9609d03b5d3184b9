package pipeline

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"golang.org/x/text/unicode/norm"
)

const secretHint = "Write secret(\"env:NAME\") for an environment variable, secret(\"file:path\") for a file that only you can read, or use a variable."

// decoded is the second stage's result for one block.
type decoded struct {
	values    map[string]any // string, bool, int64, []string, map[string]string
	attrs     hcl.Attributes
	blocks    hcl.Blocks
	sensitive []string
	// incomplete tells that a value is not known, which was reported where it comes from
	incomplete bool
}

func (d decoded) text(name string) string { s, _ := d.values[name].(string); return s }
func (d decoded) flag(name string) bool   { b, _ := d.values[name].(bool); return b }
func (d decoded) number(name string) int  { n, _ := d.values[name].(int64); return int(n) }
func (d decoded) texts(name string) []string {
	s, _ := d.values[name].([]string)
	return s
}

// decode reads a block's body by a list of settings. who names the block in messages.
// Settings of type raw, expression and expressions are left in attrs. A block inside is given by its type, and the name of its
// label behind a space where it has one.
func (l *loader) decode(b *hcl.Block, address, who string, settings []plugin.Setting, blocks ...string) decoded {
	schema := &hcl.BodySchema{}
	var takes []string
	for _, s := range settings {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: s.Name})
		takes = append(takes, s.Name)
	}
	for _, block := range blocks {
		head := strings.Fields(block)
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: head[0], LabelNames: head[1:]})
		takes = append(takes, head[0])
	}
	content, diags := b.Body.Content(schema)
	for i, d := range fromHCL(diags) {
		if diags[i].Summary == "Unsupported argument" && !strings.Contains(d.Hint, "Did you mean") {
			d.Hint += fmt.Sprintf(" %s takes: %s.", who, strings.Join(takes, ", "))
		}
		l.diags = append(l.diags, d)
	}
	out := decoded{values: map[string]any{}, attrs: content.Attributes, blocks: content.Blocks}
	places := l.file.places[address].settings
	for _, s := range settings {
		attr := content.Attributes[s.Name]
		if attr != nil && places != nil {
			places[s.Name] = attr.Range
		}
		l.decodeSetting(b, address, s, attr, &out)
	}
	return out
}

func (l *loader) decodeSetting(b *hcl.Block, address string, s plugin.Setting, attr *hcl.Attribute, out *decoded) {
	missing := func() {
		if s.Required {
			l.fail(b.DefRange, "Add "+s.Name+" = "+sample(s)+because(s.Help), "%s lacks the setting %q", address, s.Name)
		}
	}
	if attr == nil {
		missing()
		return
	}
	switch s.Type {
	case raw, "expression", "expressions":
		return
	}
	value := l.evaluate(attr.Expr)
	plain, marks := value.UnmarkDeep()
	switch {
	case !plain.IsWhollyKnown(): // reported already
		out.incomplete = true
		return
	case plain.IsNull():
		missing()
		return
	}
	_, hasSensitive := marks[sensitive]
	_, hasOutside := marks[outside]
	if s.Secret && !hasSensitive && !hasOutside {
		l.file.hidden = append(l.file.hidden, attr.Expr.Range())
		l.fail(attr.Expr.Range(), secretHint, "%s holds the secret %q as plain text", address, s.Name)
		return
	}
	if s.Secret || hasSensitive {
		out.sensitive = append(out.sensitive, s.Name)
		l.forget(marks)
	}
	v, hint := goValue(plain, s)
	if hint != "" {
		l.fail(attr.Expr.Range(), hint, "%s: the setting %q does not take %s", address, s.Name, inWords(plain.Type()))
		return
	}
	if hint := outOfChoices(v, s); hint != "" {
		l.fail(attr.Expr.Range(), hint, "%s: the setting %q has no such choice", address, s.Name)
		return
	}
	if s.Type == "path" {
		v = absolute(v.(string), folderOf(attr.Expr.Range()), marks)
	}
	out.values[s.Name] = v
}

// goValue converts an evaluated value to a setting's type; hint says how to write it otherwise.
func goValue(v cty.Value, s plugin.Setting) (value any, hint string) {
	want := map[string]cty.Type{"bool": cty.Bool, "number": cty.Number, "strings": cty.List(cty.String), "map": cty.Map(cty.String)}[s.Type]
	if want == cty.NilType {
		want = cty.String
	}
	hint = "Write " + s.Name + " = " + sample(s) + because(s.Help)
	if want == cty.String && !v.Type().IsPrimitiveType() {
		return nil, hint
	}
	c, err := convert.Convert(v, want)
	if err != nil || !noNulls(c) {
		return nil, hint
	}
	switch s.Type {
	case "bool":
		return c.True(), ""
	case "number":
		if n, acc := c.AsBigFloat().Int64(); acc == big.Exact {
			return n, ""
		}
		return nil, "Write a whole number."
	case "strings":
		list := []string{}
		for it := c.ElementIterator(); it.Next(); {
			_, e := it.Element()
			list = append(list, e.AsString())
		}
		return list, ""
	case "map":
		m := map[string]string{}
		for it := c.ElementIterator(); it.Next(); {
			k, e := it.Element()
			m[k.AsString()] = e.AsString()
		}
		return m, ""
	}
	return c.AsString(), ""
}

func noNulls(v cty.Value) bool {
	ok := !v.IsNull()
	if ok && v.CanIterateElements() {
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			ok = ok && !e.IsNull()
		}
	}
	return ok
}

func outOfChoices(v any, s plugin.Setting) string {
	if len(s.Choices) == 0 {
		return ""
	}
	var given []string
	switch v := v.(type) {
	case string:
		given = []string{v}
	case []string:
		given = v
	default:
		given = []string{fmt.Sprint(v)}
	}
	for _, g := range given {
		found := false
		for _, c := range s.Choices {
			found = found || c == g
		}
		if !found {
			hint := "Choose one of: " + strings.Join(s.Choices, ", ") + "."
			if c := closest(g, s.Choices); c != "" && !s.Secret {
				hint = fmt.Sprintf("Did you mean %q? %s", c, hint)
			}
			return hint
		}
	}
	return ""
}

// absolute resolves a relative path against the folder of the file it is written in, or, when it
// came from outside, against the folder that is meant there. HCL text is in composed form (NFC);
// where only the decomposed name exists, as macOS makes them, that one is meant.
func absolute(path, folder string, marks cty.ValueMarks) string {
	var bases []string
	for m := range marks {
		if b, ok := m.(base); ok {
			bases = append(bases, string(b))
		}
	}
	if len(bases) > 0 {
		folder = sortedStrings(bases)[0]
	}
	if path == "" {
		return path
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if other := norm.NFD.String(path); other != path {
		if _, err := os.Lstat(path); err != nil {
			if _, err := os.Lstat(other); err == nil {
				return other
			}
		}
	}
	return path
}

// sample shows how a setting's value is written.
func sample(s plugin.Setting) string {
	if len(s.Choices) > 0 {
		if s.Type == "strings" {
			return "[\"" + s.Choices[0] + "\"]"
		}
		return "\"" + s.Choices[0] + "\""
	}
	switch {
	case s.Type == raw:
		return "[...]"
	case s.Secret:
		return "secret(\"env:NAME\")"
	case s.Type == "bool":
		return "true"
	case s.Type == "number":
		return "1"
	case s.Type == "strings":
		return "[\"...\"]"
	case s.Type == "map":
		return "{ \"name\" = \"value\" }"
	case s.Type == "expression":
		return "msg.kind == \"text\""
	case s.Type == "expressions":
		return "{ \"message.text\" = trim(msg.text) }"
	}
	return "\"...\""
}

func because(help string) string {
	if help == "" {
		return "."
	}
	return ": " + strings.TrimSuffix(help, ".") + "."
}

// inWords names a type plainly.
func inWords(t cty.Type) string {
	switch {
	case t == cty.String:
		return "text"
	case t == cty.Number:
		return "this number"
	case t == cty.Bool:
		return "true or false"
	case t.IsTupleType(), t.IsListType(), t.IsSetType():
		return "a list"
	case t.IsObjectType(), t.IsMapType():
		return "names and values"
	}
	return "this value"
}
