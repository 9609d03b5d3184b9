package pipeline

import (
	"reflect"
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// recordType is one type of record as expressions see it: under a short name, with every field of
// the canonical model. What a record lacks is there all the same: empty text, an empty list, 0,
// false, an object of such. So no expression can fail on absence; present() tells.
type recordType struct {
	name string // "message", as in "message.text"
	root string // "msg", as in msg.text
	of   reflect.Type
	get  func(*message.Record) any
}

var recordTypes = []recordType{
	{message.TypeMessage, "msg", reflect.TypeFor[message.Message](), func(r *message.Record) any { return r.Message }},
	{message.TypePerson, "person", reflect.TypeFor[message.Person](), func(r *message.Record) any { return r.Person }},
	{message.TypeConversation, "conversation", reflect.TypeFor[message.Conversation](), func(r *message.Record) any { return r.Conversation }},
	{message.TypeMembership, "membership", reflect.TypeFor[message.Membership](), func(r *message.Record) any { return r.Membership }},
	{message.TypeRevision, "revision", reflect.TypeFor[message.Revision](), func(r *message.Record) any { return r.Revision }},
	{message.TypeEmoji, "emoji", reflect.TypeFor[message.Emoji](), func(r *message.Record) any { return r.Emoji }},
	{message.TypeAnalysis, "analysis", reflect.TypeFor[message.Analysis](), func(r *message.Record) any { return r.Analysis }},
}

func recordTypeOf(name string) *recordType {
	for i := range recordTypes {
		if recordTypes[i].name == name {
			return &recordTypes[i]
		}
	}
	return nil
}

// modelType is a Go type of the model in terms of expressions. The model has no cycles.
func modelType(t reflect.Type) cty.Type {
	switch t.Kind() {
	case reflect.Pointer:
		return modelType(t.Elem())
	case reflect.Struct:
		attrs := map[string]cty.Type{}
		for i := range t.NumField() {
			attrs[jsonName(t.Field(i))] = modelType(t.Field(i).Type)
		}
		return cty.Object(attrs)
	case reflect.Slice:
		return cty.List(modelType(t.Elem()))
	case reflect.Map:
		return cty.Map(modelType(t.Elem()))
	case reflect.String:
		return cty.String
	case reflect.Bool:
		return cty.Bool
	case reflect.Int:
		return cty.Number
	}
	panic("pipeline: the model has a field of type " + t.String())
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// need is which part of a record an expression mentions.
type need struct {
	all bool
	sub map[string]*need
}

func (n *need) at(name string) *need {
	if n.sub == nil {
		n.sub = map[string]*need{}
	}
	if n.sub[name] == nil {
		n.sub[name] = &need{}
	}
	return n.sub[name]
}

// needs gathers what an expression mentions of a record. A traversal that stops at an object, or
// goes into a list or a map, needs all of it.
func needs(expr hcl.Expression, rt *recordType) *need {
	top := &need{}
	for _, t := range expr.Variables() {
		if t.RootName() != rt.root {
			continue
		}
		n, typ := top, rt.of
		for _, step := range t[1:] {
			attr, ok := step.(hcl.TraverseAttr)
			if typ.Kind() == reflect.Pointer {
				typ = typ.Elem()
			}
			if !ok || typ.Kind() != reflect.Struct {
				break
			}
			field, ok := fieldOf(typ, attr.Name)
			if !ok {
				break
			}
			n, typ = n.at(attr.Name), field.Type
		}
		n.all = true
	}
	return top
}

func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if jsonName(t.Field(i)) == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// filler makes the value of one part of a record. It is made once per expression.
type filler func(reflect.Value) cty.Value

func newFiller(t reflect.Type, n *need) filler {
	switch t.Kind() {
	case reflect.Pointer:
		inner, empty := newFiller(t.Elem(), n), reflect.Zero(t.Elem())
		return func(v reflect.Value) cty.Value {
			if v.IsNil() {
				return inner(empty)
			}
			return inner(v.Elem())
		}
	case reflect.Struct:
		return structFiller(t, n)
	case reflect.Slice:
		elem, none := newFiller(t.Elem(), &need{all: true}), cty.ListValEmpty(modelType(t.Elem()))
		return func(v reflect.Value) cty.Value {
			if v.Len() == 0 {
				return none
			}
			list := make([]cty.Value, v.Len())
			for i := range list {
				list[i] = elem(v.Index(i))
			}
			return cty.ListVal(list)
		}
	case reflect.Map:
		return func(v reflect.Value) cty.Value {
			if v.Len() == 0 {
				return cty.MapValEmpty(cty.String)
			}
			m := make(map[string]cty.Value, v.Len())
			for it := v.MapRange(); it.Next(); {
				m[it.Key().String()] = cty.StringVal(it.Value().String())
			}
			return cty.MapVal(m)
		}
	case reflect.String:
		return func(v reflect.Value) cty.Value { return cty.StringVal(v.String()) }
	case reflect.Bool:
		return func(v reflect.Value) cty.Value { return cty.BoolVal(v.Bool()) }
	}
	return func(v reflect.Value) cty.Value { return cty.NumberIntVal(v.Int()) }
}

func structFiller(t reflect.Type, n *need) filler {
	type part struct {
		index int
		name  string
		fill  filler
	}
	var parts []part
	for i := range t.NumField() {
		name := jsonName(t.Field(i))
		sub := n.sub[name]
		switch {
		case n.all:
			sub = &need{all: true}
		case sub == nil:
			continue
		}
		parts = append(parts, part{i, name, newFiller(t.Field(i).Type, sub)})
	}
	return func(v reflect.Value) cty.Value {
		m := make(map[string]cty.Value, len(parts))
		for _, p := range parts {
			m[p.name] = p.fill(v.Field(p.index))
		}
		return cty.ObjectVal(m)
	}
}

const sampleTime = "2019-04-02T09:00:00.000200Z"

// fullSample is a record in which every field has something of the right shape; emptySample is
// one with no more than every record has. Expressions are tried on both.
func fullSample(t reflect.Type, name string) reflect.Value {
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(fullSample(t.Elem(), name))
	case reflect.Struct:
		for i := range t.NumField() {
			v.Field(i).Set(fullSample(t.Field(i).Type, jsonName(t.Field(i))))
		}
	case reflect.Slice:
		v.Set(reflect.Append(v, fullSample(t.Elem(), name)))
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(reflect.ValueOf("x"), reflect.ValueOf("x"))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(1)
	case reflect.String:
		switch name {
		case "utc", "at", "time":
			v.SetString(sampleTime)
		case "size", "duration", "seq", "index", "offset", "length":
			v.SetString("1")
		default:
			v.SetString("x")
		}
	}
	return v
}

func emptySample(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	for _, name := range []string{"type", "key", "id", "kind", "conversation", "system", "person", "of", "name", "action"} {
		if f, ok := fieldOf(t, name); ok && f.Type.Kind() == reflect.String && !strings.Contains(f.Tag.Get("json"), "omitempty") {
			v.FieldByIndex(f.Index).SetString("x")
		}
	}
	if f, ok := fieldOf(t, "sent"); ok {
		v.FieldByIndex(f.Index).Field(0).SetString(sampleTime)
	}
	return v
}

// checkRecord follows a traversal through a record's type and reports the first step that leads
// nowhere, with the nearest name.
func checkRecord(t hcl.Traversal, typ cty.Type) Diagnostics {
	path := t.RootName()
	for _, step := range t[1:] {
		attr, ok := step.(hcl.TraverseAttr)
		if !ok {
			if !typ.IsListType() && !typ.IsMapType() {
				return nil // HCL itself says what cannot be indexed
			}
			typ = typ.ElementType()
			continue
		}
		switch {
		case typ.IsMapType():
			return nil
		case typ.IsListType():
			return Diagnostics{mistake(step.SourceRange(), "Write "+path+"[*]."+attr.Name+" for all of them, or "+path+"[0] for the first.", "%s is a list", path)}
		case !typ.IsObjectType():
			return Diagnostics{mistake(step.SourceRange(), "Write "+path+" alone.", "%s has no parts", path)}
		case !typ.HasAttribute(attr.Name):
			names := sortedKeys(typ.AttributeTypes())
			return Diagnostics{mistake(step.SourceRange(), didYouMean(attr.Name, names, "It has:"), "%s has no field %q", path, attr.Name)}
		}
		typ = typ.AttributeType(attr.Name)
		path += "." + attr.Name
	}
	return nil
}
