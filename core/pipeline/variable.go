package pipeline

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// envPrefix begins the names of environment variables that give variables their values.
const envPrefix = "CHATFERRY_VAR_"

// raw is the type of settings that decode hands over without evaluating them.
const raw = "raw"

var variableSettings = []plugin.Setting{
	{Name: "type", Type: raw},
	{Name: "description", Type: "string"},
	{Name: "default", Type: raw},
	{Name: "sensitive", Type: "bool"},
}

// given is a value from outside for one variable.
type given struct {
	text  string    // from the command line or the environment
	value cty.Value // from a file; NilVal otherwise
	from  string    // "--var", "the environment", a file's name
	base  string    // the folder relative paths mean
	at    hcl.Range // in a file
}

func (l *loader) readVariables() {
	values := l.givenValues()
	var names []string
	for _, b := range l.blocks["variable"] {
		if l.named(b, 0) && l.declare("var."+b.Labels[0], b) {
			names = append(names, b.Labels[0])
			l.readVariable(b, values)
		}
	}
	for _, name := range sortedKeys(values) {
		if _, ok := l.vars[name]; ok {
			continue
		}
		g := values[name]
		hint := didYouMean(name, names, "The variables are:")
		if g.from == "--var" {
			l.fail(hcl.Range{}, hint, "--var gives %q, but no file declares that variable", name)
		} else if g.value != cty.NilVal && g.at.Filename != "" {
			l.warn(g.at, hint, "No file declares the variable %q", name)
		}
	}
}

// givenValues gathers values from --var-file and --var. The environment is asked per variable.
func (l *loader) givenValues() map[string]given {
	values := l.opts.Kept.values()
	for _, name := range l.opts.VarFiles {
		file, diags := l.parse(name)
		l.diags = append(l.diags, diags...)
		if file == nil {
			continue
		}
		attrs, d := file.Body.JustAttributes()
		l.diags = append(l.diags, fromHCL(d)...)
		for _, key := range sortedKeys(attrs) {
			v, d := attrs[key].Expr.Value(nil)
			if d.HasErrors() {
				l.fail(attrs[key].Expr.Range(), "Write the value itself; functions and references do not work in a variables file.", "The value of %q cannot be read", key)
				v = cty.DynamicVal
			}
			values[key] = given{value: v, from: name, base: filepath.Dir(name), at: attrs[key].Expr.Range()}
		}
	}
	for _, pair := range l.opts.Vars {
		name, text, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			l.fail(hcl.Range{}, "Write --var name=value.", "A --var has no \"=\" or no name")
			continue
		}
		values[name] = given{text: text, from: "--var", base: l.opts.Dir}
	}
	return values
}

func (l *loader) readVariable(b *hcl.Block, values map[string]given) {
	name := b.Labels[0]
	l.vars[name] = cty.DynamicVal
	got := l.decode(b, "var."+name, "A variable", variableSettings)
	v := Variable{Name: name, Description: got.text("description"), Sensitive: got.flag("sensitive")}
	typ := cty.DynamicPseudoType
	if attr := got.attrs["type"]; attr != nil {
		typ = l.variableType(attr)
	}
	def := got.attrs["default"]
	v.Required = def == nil
	v.Type = typeexpr.TypeString(typ)
	if typ == cty.DynamicPseudoType && def != nil {
		v.Type = "any"
	}
	l.file.Variables = append(l.file.Variables, v)

	g, ok := values[name]
	if !ok {
		if text, set := l.opts.Env(envPrefix + name); set {
			g, ok = given{text: text, from: "the environment", base: l.opts.Dir}, true
		}
	}
	switch {
	case ok:
		if v.Sensitive && g.value != cty.NilVal {
			l.file.hidden = append(l.file.hidden, g.at)
		}
		l.vars[name] = l.take(b, v, typ, g)
	case def != nil:
		l.vars[name] = l.defaultValue(v, typ, def)
	default:
		l.fail(b.DefRange, "Set it with --var "+name+"=VALUE, in a --var-file, or with the environment variable "+envPrefix+name+".", "The variable %q has no value%s", name, about(v.Description))
	}
}

func about(description string) string {
	if description == "" {
		return ""
	}
	return " (" + description + ")"
}

// take converts a value from outside and marks where it came from.
func (l *loader) take(b *hcl.Block, v Variable, typ cty.Type, g given) cty.Value {
	value := g.value
	if value == cty.NilVal {
		value = cty.StringVal(g.text)
		if typ != cty.DynamicPseudoType && !typ.IsPrimitiveType() && boundNative("value", []byte(g.text)) == nil {
			if expr, diags := hclsyntax.ParseExpression([]byte(g.text), "value", hcl.InitialPos); !diags.HasErrors() {
				if x, diags := expr.Value(nil); !diags.HasErrors() {
					value = x
				}
			}
		}
	}
	converted, err := convert.Convert(value, typ)
	if err != nil || converted.IsNull() {
		at := g.at
		if at.Filename == "" {
			at = b.DefRange
		}
		l.fail(at, "Give a value of type "+v.Type+example(typ)+".", "The value that %s gives for var.%s is not of type %s", g.from, v.Name, v.Type)
		return cty.DynamicVal
	}
	if dir, err := filepath.Abs(g.base); err == nil {
		converted = markTexts(converted, base(dir))
	}
	l.keep(v, g, converted)
	converted = converted.Mark(outside).Mark(ofVariable(v.Name))
	if v.Sensitive {
		converted = converted.Mark(sensitive)
	}
	return converted
}

// markTexts marks every string inside v, so that paths taken out of a list keep their folder.
func markTexts(v cty.Value, m any) cty.Value {
	out, err := cty.Transform(v, func(_ cty.Path, x cty.Value) (cty.Value, error) {
		if x.Type() == cty.String {
			return x.Mark(m), nil
		}
		return x, nil
	})
	if err != nil {
		return v.Mark(m)
	}
	return out
}

func (l *loader) defaultValue(v Variable, typ cty.Type, def *hcl.Attribute) cty.Value {
	if len(def.Expr.Variables()) > 0 {
		l.fail(def.Expr.Range(), "Move the expression into a locals block.", "The default of var.%s refers to something else", v.Name)
		return cty.DynamicVal
	}
	value := l.evaluate(def.Expr)
	if !value.IsKnown() || value.IsNull() {
		return value
	}
	if v.Sensitive && !value.HasMark(sensitive) && !value.HasMark(outside) {
		l.file.hidden = append(l.file.hidden, def.Expr.Range())
		l.fail(def.Expr.Range(), secretHint, "var.%s is sensitive, so its default must not stand in the file", v.Name)
		return cty.DynamicVal
	}
	converted, err := convert.Convert(value, typ)
	if err != nil {
		l.fail(def.Expr.Range(), "Write a value of type "+v.Type+example(typ)+".", "The default of var.%s is not of type %s", v.Name, v.Type)
		return cty.DynamicVal
	}
	if v.Sensitive {
		converted = converted.Mark(sensitive)
	}
	return converted
}

func example(typ cty.Type) string {
	switch {
	case typ == cty.Bool:
		return ": true or false"
	case typ == cty.Number:
		return ", such as 8"
	case typ.IsListType():
		return ", such as [\"a\", \"b\"]"
	case typ.IsMapType():
		return ", such as { a = \"b\" }"
	}
	return ""
}

// variableType reads string, number, bool, list(T), map(T), in quotes or without.
func (l *loader) variableType(attr *hcl.Attribute) cty.Type {
	expr := attr.Expr
	if v, diags := expr.Value(nil); !diags.HasErrors() && v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
		if parsed, diags := hclsyntax.ParseExpression([]byte(v.AsString()), attr.Expr.Range().Filename, attr.Expr.Range().Start); !diags.HasErrors() {
			expr = parsed
		}
	}
	typ, diags := typeexpr.TypeConstraint(expr)
	plain := func(t cty.Type) bool { return t.IsPrimitiveType() }
	if !diags.HasErrors() && (plain(typ) || (typ.IsListType() || typ.IsMapType()) && plain(typ.ElementType())) {
		return typ
	}
	word := hcl.ExprAsKeyword(expr)
	hint := "The types are: string, number, bool, list(string), map(string)."
	if c := closest(word, []string{"string", "number", "bool"}); word != "" && c != "" {
		hint = "Did you mean " + strconv.Quote(c) + "?"
	}
	l.fail(attr.Expr.Range(), hint, "This is not a type a variable can have")
	return cty.DynamicPseudoType
}
