package pipeline

import (
	"errors"
	"math/big"
	"reflect"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// Results of an expression.
const (
	Bool    = "bool"    // Eval gives a bool
	Text    = "text"    // a string
	Texts   = "texts"   // a []string
	Integer = "integer" // an int64
)

// Expression is a compiled per-record expression. Eval may be called from many goroutines.
type Expression struct {
	Text   string // as written
	Record string // the type of record it is about: "message", "person", ...
	Field  string // what it sets: "text" of "message.text"; "" for a condition
	Result string // Bool, Text, Texts or Integer

	address string
	setting string
	expr    hclsyntax.Expression
	ctx     *hcl.EvalContext
	kind    *recordType
	fill    filler
}

// Eval computes the expression for one record of type e.Record. It does not keep or change r.
// Text is in composed form (NFC). An error names the setting, never what is in the record.
func (e *Expression) Eval(r *message.Record) (any, error) {
	if r.Type != e.kind.name {
		return nil, e.failed(fault.Bug, "", errors.New("it was given a "+r.Type+" record"))
	}
	v, diags := e.value(e.fill(reflect.ValueOf(e.kind.get(r)).Elem()))
	if diags.HasErrors() {
		return nil, e.failed(fault.Config, diags[0].Detail, errors.New(diags[0].Summary))
	}
	x, ok := e.goValue(v)
	if !ok {
		return nil, e.failed(fault.Config, "make it give "+e.Result, errors.New("it gives "+v.Type().FriendlyName()))
	}
	return x, nil
}

func (e *Expression) failed(class fault.Class, hint string, err error) error {
	return &fault.Error{Class: class, Op: "evaluate", Subject: e.address + " " + e.setting, Setting: e.setting, Hint: hint, Err: err}
}

func (e *Expression) value(record cty.Value) (cty.Value, hcl.Diagnostics) {
	ctx := e.ctx.NewChild()
	ctx.Variables = map[string]cty.Value{e.kind.root: record}
	return e.expr.Value(ctx)
}

// want is the type an expression's value is converted to.
func (e *Expression) want() cty.Type {
	switch e.Result {
	case Bool:
		return cty.Bool
	case Texts:
		return cty.List(cty.String)
	case Integer:
		return cty.Number
	}
	return cty.String
}

// fits tells whether a value of type t can be the result. A condition must be true or false in
// itself: the text "true" is none.
func (e *Expression) fits(t cty.Type) bool {
	if t == cty.DynamicPseudoType {
		return true
	}
	if e.Result == Bool {
		return t == cty.Bool
	}
	if e.Result == Text && !t.IsPrimitiveType() {
		return false
	}
	return t.Equals(e.want()) || convert.GetConversionUnsafe(t, e.want()) != nil
}

func (e *Expression) goValue(v cty.Value) (any, bool) {
	if v.IsNull() || !v.IsWhollyKnown() || !e.fits(v.Type()) {
		return nil, false
	}
	v, err := convert.Convert(v, e.want())
	if err != nil || !noNulls(v) {
		return nil, false
	}
	switch e.Result {
	case Bool:
		return v.True(), true
	case Integer:
		n, acc := v.AsBigFloat().Int64()
		return n, acc == big.Exact
	case Texts:
		list := []string{}
		for it := v.ElementIterator(); it.Next(); {
			_, x := it.Element()
			list = append(list, x.AsString())
		}
		return list, true
	}
	return v.AsString(), true
}

// compileSetting compiles the expression or expressions of one setting.
func (l *loader) compileSetting(i *Instance, s plugin.Setting, attr *hcl.Attribute) {
	if i.Expressions == nil {
		i.Expressions = map[string]*Expression{}
	}
	if s.Type == "expression" {
		if e := l.compile(i, s.Name, "message", "", attr.Expr); e != nil {
			i.Expressions[s.Name] = e
		}
		return
	}
	pairs, diags := hcl.ExprMap(attr.Expr)
	if diags.HasErrors() {
		l.fail(attr.Expr.Range(), "Write "+s.Name+" = "+sample(s)+".", "%s: the setting %q is no list of fields and expressions", i.Address(), s.Name)
		return
	}
	for _, p := range pairs {
		key := l.evaluate(p.Key)
		if key.IsMarked() || !key.IsWhollyKnown() || key.IsNull() || key.Type() != cty.String {
			if key.IsMarked() || key.IsWhollyKnown() {
				l.fail(p.Key.Range(), "Write the field in quotes, such as \"message.text\".", "%s: this is not a field", i.Address())
			}
			continue
		}
		name := s.Name + "." + key.AsString()
		if _, ok := i.Expressions[name]; ok {
			l.fail(p.Key.Range(), "Keep one of them.", "%s: the field %q is set twice", i.Address(), key.AsString())
			continue
		}
		l.file.places[i.Address()].settings[name] = hcl.RangeBetween(p.Key.Range(), p.Value.Range())
		if len(s.Choices) > 0 && !slices.Contains(s.Choices, key.AsString()) {
			l.fail(p.Key.Range(), didYouMean(key.AsString(), s.Choices, "The fields are:"), "%s: %q cannot be set", i.Address(), key.AsString())
			continue
		}
		record, field, _ := strings.Cut(key.AsString(), ".")
		if e := l.compile(i, name, record, field, p.Value, p.Key.Range()); e != nil {
			i.Expressions[name] = e
		}
	}
}

// compile makes an expression for a field (a condition when field is "") and tries it.
func (l *loader) compile(i *Instance, setting, record, field string, source hcl.Expression, key ...hcl.Range) *Expression {
	kind := recordTypeOf(record)
	if kind == nil {
		var names []string
		for _, t := range recordTypes {
			names = append(names, t.name)
		}
		l.fail(key[0], didYouMean(record, names, "The records are:")+" A field is written \"message.text\".", "%s: there is no record %q", i.Address(), record)
		return nil
	}
	e := &Expression{Record: record, Field: field, Result: Bool, address: i.Address(), setting: setting, kind: kind}
	if len(key) > 0 {
		var hint string
		if e.Result, hint = resultOf(kind, field); hint != "" {
			l.fail(key[0], hint, "%s: %q cannot be set", i.Address(), record+"."+field)
			return nil
		}
	}
	before := len(l.diags)
	e.expr = l.native(source)
	if e.expr == nil {
		return nil
	}
	e.Text = l.sourceText(source)
	l.checkExpression(e)
	if len(l.diags) > before {
		return nil
	}
	vars := l.values(e.expr)
	for _, v := range vars {
		if !v.IsWhollyKnown() {
			return nil // reported where it was made
		}
		if _, paths := v.UnmarkDeepWithPaths(); hasMark(paths, sensitive) {
			l.fail(source.Range(), "Secrets belong to settings of sources and sinks.", "%s: %s uses a sensitive value, which would end up in the records", i.Address(), setting)
			return nil
		}
	}
	for name, v := range vars {
		vars[name], _ = v.UnmarkDeep()
	}
	e.ctx = &hcl.EvalContext{Functions: pure(), Variables: vars}
	e.fill = newFiller(kind.of, needs(e.expr, kind))
	if !l.try(e) {
		return nil
	}
	return e
}

func hasMark(paths []cty.PathValueMarks, m any) bool {
	for _, p := range paths {
		if _, ok := p.Marks[m]; ok {
			return true
		}
	}
	return false
}

// resultOf is what setting a field takes; hint says why a field cannot be set.
func resultOf(kind *recordType, field string) (result, hint string) {
	switch field {
	case "":
		return "", "Name a field too, such as \"" + kind.name + ".text\"."
	case "type", "v", "key":
		return "", "It is part of what makes the record the one it is."
	}
	t := kind.of
	path := kind.name
	for _, name := range strings.Split(field, ".") {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return "", path + " has no fields of its own."
		}
		f, ok := fieldOf(t, name)
		if !ok {
			return "", didYouMean(name, sortedKeys(modelType(t).AttributeTypes()), path+" has:")
		}
		t, path = f.Type, path+"."+name
	}
	switch t.Kind() {
	case reflect.String:
		return Text, ""
	case reflect.Bool:
		return Bool, ""
	case reflect.Int:
		return Integer, ""
	case reflect.Slice:
		if t.Elem().Kind() == reflect.String {
			return Texts, ""
		}
	}
	return "", "Only texts, lists of texts, numbers and true or false can be set; name a field inside it."
}

// native gives an expression in HCL's own syntax; in JSON it is a template in a string.
func (l *loader) native(expr hcl.Expression) hclsyntax.Expression {
	if e, ok := expr.(hclsyntax.Expression); ok {
		return e
	}
	v, diags := expr.Value(nil)
	if diags.HasErrors() || v.Type() != cty.String || v.IsNull() {
		l.fail(expr.Range(), "Write it as \"${...}\".", "This is not an expression")
		return nil
	}
	start := expr.Range().Start
	start.Byte++
	start.Column++
	e, diags := hclsyntax.ParseTemplate([]byte(v.AsString()), expr.Range().Filename, start)
	if diags.HasErrors() {
		l.diags = append(l.diags, fromHCL(diags)...)
		return nil
	}
	return e
}

func (l *loader) sourceText(expr hcl.Expression) string {
	if f := l.file.texts[expr.Range().Filename]; f != nil && expr.Range().CanSliceBytes(f.Bytes) {
		return string(expr.Range().SliceBytes(f.Bytes))
	}
	return ""
}

// checkExpression finds unknown names and comparisons with null, which are always false.
func (l *loader) checkExpression(e *Expression) {
	roots := map[string]cty.Type{e.kind.root: modelType(e.kind.of)}
	l.diags = append(l.diags, l.checkNames(e.expr, roots)...)
	_ = hclsyntax.VisitAll(e.expr, func(n hclsyntax.Node) hcl.Diagnostics { // reports nothing itself
		op, ok := n.(*hclsyntax.BinaryOpExpr)
		if ok && (op.Op == hclsyntax.OpEqual || op.Op == hclsyntax.OpNotEqual) && (isNull(op.LHS) || isNull(op.RHS)) {
			l.fail(op.SrcRange, "Write present(...): what a record lacks is empty here, never null.", "%s: %s compares with null", e.address, e.setting)
		}
		return nil
	})
}

func isNull(e hclsyntax.Expression) bool {
	lit, ok := e.(*hclsyntax.LiteralValueExpr)
	return ok && lit.Val.IsNull()
}

// try evaluates with nothing known, on a full record and on an empty one, so that what could go
// wrong on a record goes wrong here.
func (l *loader) try(e *Expression) bool {
	records := []struct {
		value cty.Value
		note  string
	}{
		{cty.UnknownVal(modelType(e.kind.of)), ""},
		{e.fill(fullSample(e.kind.of, "")), ""},
		{e.fill(emptySample(e.kind.of)), "It fails on a record that lacks this; ask length(...) > 0 && ... or present(...) && ... first."},
	}
	for _, r := range records {
		v, diags := e.value(r.value)
		if diags.HasErrors() {
			for _, d := range fromHCL(diags) {
				if d.Message == "Invalid index" && r.note == "" {
					d.Hint += " Where a map may lack a key, write lookup(map, key, otherwise)."
				}
				if strings.HasSuffix(d.Hint, "a number is required.") {
					d.Hint += " Times are compared with after(), before() and between(), texts with == and contains()."
				}
				d.Hint = strings.TrimSpace(d.Hint + " " + r.note)
				l.diags = append(l.diags, d)
			}
			return false
		}
		if _, ok := e.goValue(v); !ok && (v.IsNull() || v.IsWhollyKnown() || !e.fits(v.Type())) {
			l.fail(e.expr.Range(), resultHint(e), "%s: %s must give %s, but gives %s", e.address, e.setting, resultWords[e.Result], inWords(v.Type()))
			return false
		}
	}
	return true
}

var resultWords = map[string]string{Bool: "true or false", Text: "a text", Texts: "a list of texts", Integer: "a whole number"}

func resultHint(e *Expression) string {
	if e.Field == "" {
		return "Compare something: " + e.kind.root + ".kind == \"text\"."
	}
	return "The field " + e.Record + "." + e.Field + " takes " + resultWords[e.Result] + "."
}

// Condition is an Expression whose result is Bool, in the shape a filter takes.
type Condition struct{ Expression *Expression }

// Eval tells whether the condition holds for a record.
func (c Condition) Eval(r *message.Record) (bool, error) {
	v, err := c.Expression.Eval(r)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		return false, c.Expression.failed(fault.Bug, "", errors.New("it is no condition"))
	}
	return b, nil
}
