package pipeline

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Marks a value carries while a file is evaluated. All are gone in the result.
type mark string

const (
	sensitive mark = "sensitive" // must not be shown
	outside   mark = "outside"   // from the environment or the command line, so no literal of the file
)

// base marks a text from outside the pipeline file with the folder its relative paths mean.
type base string

const maxValue = 4 << 20 // bytes of text in one evaluated value

type local struct {
	name  string
	attr  *hcl.Attribute
	value cty.Value
	state int // 0 not yet, 1 being evaluated, 2 done
}

// readLocals evaluates locals in the order in which they need each other.
func (l *loader) readLocals() {
	var order []*local
	for _, b := range l.blocks["locals"] {
		attrs, diags := b.Body.JustAttributes()
		l.diags = append(l.diags, fromHCL(diags)...)
		for _, name := range sortedKeys(attrs) {
			if first, ok := l.locals[name]; ok {
				l.fail(attrs[name].NameRange, "Give one of them another name.", "local.%s is declared twice, first at %s", name, place0(first.attr.Range))
				continue
			}
			v := &local{name: name, attr: attrs[name]}
			l.locals[name] = v
			order = append(order, v)
		}
	}
	for _, v := range order {
		l.evaluateLocal(v, nil)
	}
}

func (l *loader) evaluateLocal(v *local, path []*local) {
	if v.state == 2 {
		return
	}
	if v.state == 1 {
		l.reportCycle(v, path)
		return
	}
	v.state, v.value = 1, cty.DynamicVal
	path = append(path, v)
	for _, t := range v.attr.Expr.Variables() {
		if name := second(t); t.RootName() == "local" && l.locals[name] != nil {
			l.evaluateLocal(l.locals[name], path)
		}
	}
	v.value = l.evaluate(v.attr.Expr)
	v.state = 2
}

// reportCycle names every local on the way round and where it is.
func (l *loader) reportCycle(v *local, path []*local) {
	var round []string
	for i, p := range path {
		if p != v && len(round) == 0 {
			continue
		}
		next := v
		if i+1 < len(path) {
			next = path[i+1]
		}
		round = append(round, "local."+p.name+" ("+place0(p.attr.Range)+") needs local."+next.name)
	}
	l.fail(v.attr.Range, "Write one of them without the other.", "Locals need each other in a circle: %s", strings.Join(round, ", "))
}

// evaluate gives an expression's value, or DynamicVal after a mistake has been reported.
func (l *loader) evaluate(expr hcl.Expression) cty.Value {
	if d := l.checkNames(expr, nil); d != nil {
		l.diags = append(l.diags, d...)
		return cty.DynamicVal
	}
	v, diags := expr.Value(l.context(expr))
	if diags.HasErrors() {
		l.diags = append(l.diags, fromHCL(diags)...)
		return cty.DynamicVal
	}
	if weight(v) > maxValue {
		l.fail(expr.Range(), "Shorten it.", "This value is larger than 4 MiB")
		return cty.DynamicVal
	}
	return v
}

// weight is the amount of text in a value.
func weight(v cty.Value) int {
	n := 0
	v, _ = v.UnmarkDeep()
	_ = cty.Walk(v, func(_ cty.Path, x cty.Value) (bool, error) { // the callback returns no error
		n += 16
		if x.Type() == cty.String && x.IsKnown() && !x.IsNull() {
			n += len(x.AsString())
		}
		return n <= maxValue, nil
	})
	return n
}

// context gives the variables an expression uses, and the functions of its file's folder.
func (l *loader) context(expr hcl.Expression) *hcl.EvalContext {
	dir := folderOf(expr.Range())
	parent, ok := l.contexts[dir]
	if !ok {
		parent = &hcl.EvalContext{Functions: l.functions(dir)}
		l.contexts[dir] = parent
	}
	ctx := parent.NewChild()
	ctx.Variables = l.values(expr)
	return ctx
}

// values are the variables and locals an expression mentions.
func (l *loader) values(expr hcl.Expression) map[string]cty.Value {
	vars, locals := map[string]cty.Value{}, map[string]cty.Value{}
	for _, t := range expr.Variables() {
		name := second(t)
		switch t.RootName() {
		case "var":
			if v, ok := l.vars[name]; ok {
				vars[name] = v
			}
		case "local":
			if v, ok := l.locals[name]; ok {
				locals[name] = v.value
			}
		}
	}
	return map[string]cty.Value{"var": cty.ObjectVal(vars), "local": cty.ObjectVal(locals)}
}

// checkNames finds names that mean nothing. roots are the names of records, nil where there is none.
func (l *loader) checkNames(expr hcl.Expression, roots map[string]cty.Type) Diagnostics {
	diags := checkCalls(expr, roots != nil)
	add := func(at hcl.Range, hint, format string, args ...any) {
		diags = append(diags, mistake(at, hint, format, args...))
	}
	for _, t := range expr.Variables() {
		root, name, at := t.RootName(), second(t), t.SourceRange()
		switch root {
		case "var":
			l.used["var."+name] = true
			if _, ok := l.vars[name]; !ok {
				add(at, didYouMean(name, sortedKeys(l.vars), "The variables are:")+declareHint(l.vars, name), "There is no variable %q", name)
			}
		case "local":
			l.used["local."+name] = true
			if _, ok := l.locals[name]; !ok {
				add(at, didYouMean(name, sortedKeys(l.locals), "The locals are:"), "There is no local %q", name)
			}
		case "source", "transform", "sink", "media", "plugin", "pipeline", "verify":
			add(at, "Blocks are referred to in from, through and to of a pipeline block only.", "A %s block is not a value", root)
		default:
			if typ, ok := roots[root]; ok {
				diags = append(diags, checkRecord(t, typ)...)
				continue
			}
			add(at, rootHint(root, roots), "Nothing here is called %q", root)
		}
	}
	return diags
}

func declareHint(vars map[string]cty.Value, name string) string {
	if len(vars) == 0 {
		return "Declare it with a block: variable \"" + name + "\" {}."
	}
	return ""
}

func rootHint(root string, roots map[string]cty.Type) string {
	names := append(sortedKeys(roots), "var", "local")
	for _, t := range recordTypes {
		switch {
		case root != t.root && root != t.name:
		case roots == nil:
			return "A record is at hand in per-record settings only, such as a filter's where and a rewrite's set."
		default:
			return "The record is called " + names[0] + " here."
		}
	}
	if c := closest(root, names); c != "" {
		return "Did you mean \"" + c + "\"?"
	}
	return "If it is text, write it in quotes: \"" + root + "\"."
}

// second is the name after the first dot of a traversal, or "".
func second(t hcl.Traversal) string {
	if len(t) < 2 {
		return ""
	}
	switch step := t[1].(type) {
	case hcl.TraverseAttr:
		return step.Name
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String {
			return step.Key.AsString()
		}
	}
	return ""
}

// warnUnused names what was written and is never used.
func (l *loader) warnUnused() {
	for address, p := range l.file.places {
		kind, _, _ := strings.Cut(address, ".")
		switch kind {
		case "source", "transform", "sink", "plugin", "var":
			if !l.used[address] {
				shown := strings.Replace(address, "var.", "variable ", 1)
				l.warn(p.block, "Use it or delete it.", "%s is not used", strings.Replace(shown, "plugin.", "plugin ", 1))
			}
		}
	}
	for name, v := range l.locals {
		if !l.used["local."+name] {
			l.warn(v.attr.NameRange, "Use it or delete it.", "local.%s is not used", name)
		}
	}
}

// functions are all functions, with files read relative to dir.
func (l *loader) functions(dir string) map[string]function.Function {
	table := pure()
	for name, f := range l.impure(dir) {
		table[name] = f
	}
	return table
}

// checkCalls finds calls of functions there are not. perRecord rules out those that look outside.
func checkCalls(expr hcl.Expression, perRecord bool) Diagnostics {
	var diags Diagnostics
	node, ok := expr.(hclsyntax.Node)
	if !ok {
		return nil // JSON: found when it is evaluated
	}
	table := pure()
	names := sortedKeys(table)
	if !perRecord {
		names = append(names, impureNames...)
	}
	_ = hclsyntax.VisitAll(node, func(n hclsyntax.Node) hcl.Diagnostics { // reports nothing itself
		call, ok := n.(*hclsyntax.FunctionCallExpr)
		switch {
		case !ok || slices.Contains(names, call.Name):
		case slices.Contains(impureNames, call.Name):
			diags = append(diags, mistake(call.NameRange, "Call it in a locals block and use the local here.", "A per-record expression depends on the record alone, so %s() does not work in it", call.Name))
		default:
			diags = append(diags, mistake(call.NameRange, didYouMean(call.Name, names, "The functions are:"), "There is no function %q", call.Name))
		}
		return nil
	})
	return diags
}
