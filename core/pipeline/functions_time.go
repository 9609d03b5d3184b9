package pipeline

import (
	"errors"
	"time"
	_ "time/tzdata" // zones must work on machines without a zone database

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// timeLayouts are how a time may be written; those without an offset are in the zone given, or UTC.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"}

var errTime = errors.New("this is not a time; write \"2019-04-02\", \"2019-04-02 09:00\" or \"2019-04-02T09:00:00Z\"")

// parseTime reads a time; the empty text is no time, and no error.
func parseTime(s string, zone *time.Location) (t time.Time, ok bool, err error) {
	if s == "" {
		return t, false, nil
	}
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, true, nil
		}
	}
	return t, false, errTime
}

func zoneOf(args []cty.Value) (*time.Location, error) {
	if len(args) == 0 {
		return time.UTC, nil
	}
	if len(args) > 1 {
		return nil, errors.New("it takes a time and at most one zone")
	}
	name := args[0].AsString()
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, errors.New("there is no such time zone; write an IANA name such as \"Europe/Berlin\"")
	}
	return zone, nil
}

// instantParam takes a time as text or as a record's time, such as msg.sent.
var instantParam = function.Parameter{Name: "time", Type: cty.DynamicPseudoType}

func instantType(args []cty.Value) error {
	for i, a := range args {
		t := a.Type()
		if t == cty.String || t == cty.DynamicPseudoType || t.IsObjectType() && t.HasAttribute("utc") {
			continue
		}
		return function.NewArgErrorf(i, "a time is wanted: text, or a record's time such as msg.sent")
	}
	return nil
}

// instants reads the arguments; ok is false when one is the absent time.
func instants(args []cty.Value) (list []time.Time, ok bool, err error) {
	ok = true
	for i, a := range args {
		if a.Type().IsObjectType() {
			a = a.GetAttr("utc")
		}
		if a.IsNull() || !a.IsKnown() || a.Type() != cty.String {
			return nil, false, nil
		}
		t, there, err := parseTime(a.AsString(), time.UTC)
		if err != nil {
			return nil, false, function.NewArgError(i, err)
		}
		ok = ok && there
		list = append(list, t)
	}
	return list, ok, nil
}

// compare makes a function over n times. A comparison with an absent time is false.
func compare(n int, f func([]time.Time) bool) function.Function {
	params := make([]function.Parameter, n)
	for i := range params {
		params[i] = instantParam
	}
	return function.New(&function.Spec{
		Params: params,
		Type:   func(args []cty.Value) (cty.Type, error) { return cty.Bool, instantType(args) },
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			list, ok, err := instants(args)
			if err != nil {
				return cty.NilVal, err
			}
			return cty.BoolVal(ok && f(list)), nil
		},
	})
}

func timeFunctions() map[string]function.Function {
	// parse makes date and time: text and an optional zone to an instant in UTC.
	parse := func(whole bool) function.Function {
		return function.New(&function.Spec{
			Params:   []function.Parameter{{Name: "text", Type: cty.String}},
			VarParam: &function.Parameter{Name: "zone", Type: cty.String},
			Type:     function.StaticReturnType(cty.String),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				zone, err := zoneOf(args[1:])
				if err != nil {
					return cty.NilVal, function.NewArgError(min(1, len(args)-1), err)
				}
				t, ok, err := parseTime(args[0].AsString(), zone)
				if err != nil {
					return cty.NilVal, function.NewArgError(0, err)
				}
				if !ok {
					return cty.StringVal(""), nil
				}
				if whole {
					y, m, d := t.In(zone).Date()
					t = time.Date(y, m, d, 0, 0, 0, 0, zone)
				}
				return cty.StringVal(t.UTC().Format(time.RFC3339Nano)), nil
			},
		})
	}
	return map[string]function.Function{
		"time":    parse(false),
		"date":    parse(true), // the beginning of the day
		"after":   compare(2, func(t []time.Time) bool { return !t[0].Before(t[1]) }),
		"before":  compare(2, func(t []time.Time) bool { return t[0].Before(t[1]) }),
		"between": compare(3, func(t []time.Time) bool { return !t[0].Before(t[1]) && t[0].Before(t[2]) }),
		"age": function.New(&function.Spec{ // whole days; "now" would make a run unrepeatable
			Params: []function.Parameter{instantParam, instantParam},
			Type:   func(args []cty.Value) (cty.Type, error) { return cty.Number, instantType(args) },
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				list, ok, err := instants(args)
				if err != nil {
					return cty.NilVal, err
				}
				if !ok {
					return cty.NilVal, function.NewArgErrorf(0, "there is no time here")
				}
				return cty.NumberIntVal(int64(list[1].Sub(list[0]) / (24 * time.Hour))), nil
			},
		}),
	}
}
