package pipeline

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func texts(names ...string) []function.Parameter {
	params := make([]function.Parameter, len(names))
	for i, n := range names {
		params[i] = function.Parameter{Name: n, Type: cty.String}
	}
	return params
}

func onText(f func(string) string) function.Function {
	return function.New(&function.Spec{
		Params: texts("text"),
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.StringVal(f(args[0].AsString())), nil
		},
	})
}

func onTwo(second string, f func(a, b string) (bool, error)) function.Function {
	return function.New(&function.Spec{
		Params: texts("text", second),
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			ok, err := f(args[0].AsString(), args[1].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(1, err)
			}
			return cty.BoolVal(ok), nil
		},
	})
}

func textFunctions() map[string]function.Function {
	return map[string]function.Function{
		"lower":      onText(strings.ToLower),
		"upper":      onText(strings.ToUpper),
		"trim":       onText(strings.TrimSpace),
		"split":      splitFunction,
		"join":       joinFunction,
		"format":     formatFunction,
		"replace":    replaceFunction,
		"contains":   containsFunction,
		"startswith": onTwo("prefix", func(a, b string) (bool, error) { return strings.HasPrefix(a, b), nil }),
		"endswith":   onTwo("suffix", func(a, b string) (bool, error) { return strings.HasSuffix(a, b), nil }),
		"matches":    onTwo("pattern", matches),
		"length":     lengthFunction,
		"present":    presentFunction,
		"lookup":     lookupFunction,
	}
}

var splitFunction = function.New(&function.Spec{
	Params: texts("separator", "text"),
	Type:   function.StaticReturnType(cty.List(cty.String)),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if args[0].AsString() == "" {
			return cty.NilVal, function.NewArgErrorf(0, "the separator is empty")
		}
		return listOf(strings.Split(args[1].AsString(), args[0].AsString())), nil
	},
})

var joinFunction = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "separator", Type: cty.String}, {Name: "list", Type: cty.List(cty.String)}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !args[1].IsWhollyKnown() {
			return cty.UnknownVal(cty.String), nil
		}
		var list []string
		size := 0
		for it := args[1].ElementIterator(); it.Next(); {
			_, e := it.Element()
			if e.IsNull() {
				return cty.NilVal, function.NewArgErrorf(1, "the list holds null")
			}
			list = append(list, e.AsString())
			size += len(list[len(list)-1]) + len(args[0].AsString())
		}
		if size > maxText {
			return cty.NilVal, errText
		}
		return cty.StringVal(strings.Join(list, args[0].AsString())), nil
	},
})

const maxText = 16 << 20

var errText = errors.New("the result would be longer than 16 MiB")

// wideVerb is a format verb whose width or precision has four digits or more.
var wideVerb = regexp.MustCompile(`%[-+# 0]*(?:\[\d*\])?(?:\d{4,}|\d*\.\d{4,})`)

var formatFunction = function.New(&function.Spec{
	Params:   texts("format"),
	VarParam: &function.Parameter{Name: "values", Type: cty.DynamicPseudoType, AllowNull: true},
	Type:     function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if wideVerb.MatchString(args[0].AsString()) {
			return cty.NilVal, function.NewArgErrorf(0, "a width or precision is too large")
		}
		return stdlib.Format(args[0], args[1:]...)
	},
})

var replaceFunction = function.New(&function.Spec{
	Params: texts("text", "from", "to"),
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		text, from, to := args[0].AsString(), args[1].AsString(), args[2].AsString()
		if from == "" {
			return cty.NilVal, function.NewArgErrorf(1, "the text to replace is empty")
		}
		if n := strings.Count(text, from); n > 0 && len(text)+n*len(to) > maxText {
			return cty.NilVal, errText
		}
		return cty.StringVal(strings.ReplaceAll(text, from, to)), nil
	},
})

// containsFunction looks for a text in a text, or for an element in a list of texts.
var containsFunction = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "in", Type: cty.DynamicPseudoType}, {Name: "wanted", Type: cty.String}},
	Type: func(args []cty.Value) (cty.Type, error) {
		t := args[0].Type()
		if t == cty.String || t.IsTupleType() || (t.IsListType() || t.IsSetType()) && t.ElementType() == cty.String {
			return cty.Bool, nil
		}
		return cty.NilType, function.NewArgErrorf(0, "text or a list of texts is wanted")
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		wanted := args[1].AsString()
		if args[0].Type() == cty.String {
			return cty.BoolVal(strings.Contains(args[0].AsString(), wanted)), nil
		}
		for it := args[0].ElementIterator(); it.Next(); {
			_, e := it.Element()
			if e.IsKnown() && !e.IsNull() && e.Type() == cty.String && e.AsString() == wanted {
				return cty.True, nil
			}
		}
		return cty.False, nil
	},
})

// lengthFunction counts characters of a text, elements of a list or a map.
var lengthFunction = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType}},
	Type: func(args []cty.Value) (cty.Type, error) {
		t := args[0].Type()
		if t == cty.String || t.IsTupleType() || t.IsCollectionType() {
			return cty.Number, nil
		}
		return cty.NilType, function.NewArgErrorf(0, "text, a list or a map is wanted")
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if args[0].Type() == cty.String {
			return cty.NumberIntVal(int64(utf8.RuneCountInString(args[0].AsString()))), nil
		}
		return cty.NumberIntVal(int64(args[0].LengthInt())), nil
	},
})

// presentFunction tells whether there is anything in a value: what is absent in a record is empty
// text, an empty list, or an object with nothing in it.
var presentFunction = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true}},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(cty.Bool), nil
		}
		return cty.BoolVal(present(args[0])), nil
	},
})

func present(v cty.Value) bool {
	t := v.Type()
	switch {
	case v.IsNull():
		return false
	case t == cty.String:
		return v.AsString() != ""
	case t == cty.Bool:
		return v.True()
	case t == cty.Number:
		return v.AsBigFloat().Sign() != 0
	case t.IsObjectType():
		for it := v.ElementIterator(); it.Next(); {
			if _, e := it.Element(); present(e) {
				return true
			}
		}
		return false
	}
	return v.CanIterateElements() && v.LengthInt() > 0
}

// lookupFunction gives a map's value, or the text given where the map has none.
var lookupFunction = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "map", Type: cty.Map(cty.String)}, {Name: "key", Type: cty.String}, {Name: "otherwise", Type: cty.String}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if args[0].HasIndex(args[1]).True() {
			if v := args[0].Index(args[1]); v.IsKnown() && !v.IsNull() {
				return v, nil
			}
		}
		return args[2], nil
	},
})

// patterns caches compiled patterns; it is emptied when it is full, because a pattern may come
// from a record.
var patterns = struct {
	sync.RWMutex
	compiled map[string]*regexp.Regexp
}{compiled: map[string]*regexp.Regexp{}}

const maxPatterns = 256

func matches(text, pattern string) (bool, error) {
	patterns.RLock()
	re := patterns.compiled[pattern]
	patterns.RUnlock()
	if re == nil {
		var err error
		if re, err = regexp.Compile(pattern); err != nil {
			var s *syntax.Error
			if errors.As(err, &s) { // without the pattern, which may be a record's text
				return false, errors.New("not a valid pattern: " + string(s.Code))
			}
			return false, errors.New("not a valid pattern")
		}
		patterns.Lock()
		if len(patterns.compiled) >= maxPatterns {
			clear(patterns.compiled)
		}
		patterns.compiled[pattern] = re
		patterns.Unlock()
	}
	return re.MatchString(text), nil
}
