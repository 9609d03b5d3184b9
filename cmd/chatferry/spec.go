package main

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/job"
	"github.com/chatferry/chatferry/core/pipeline"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/safe"
	"github.com/chatferry/chatferry/plugins"
)

// spec is the pipeline that the command stands for.
func (o *convertOptions) spec(in job.Recognised) (pipeline.Spec, error) {
	out, err := filepath.Abs(o.Out)
	if err != nil {
		return pipeline.Spec{}, err
	}
	s := pipeline.Spec{Name: o.verb(), Comment: []string{"Written by \"chatferry " + o.verb() + "\". Run it with \"chatferry run\"; see it first with \"chatferry plan\"."}}
	source := pipeline.Block{Plugin: in.Plugin, Name: "dump"}
	for _, set := range settingsOf(in.Plugin, true) {
		if v, ok := in.Config[set.Name]; ok {
			arg, err := argument(set, fmt.Sprint(v))
			if err != nil {
				return s, err
			}
			source.Settings = append(source.Settings, arg)
		}
	}
	if source.Settings, err = o.given(source.Settings, in.Plugin, true); err != nil {
		return s, err
	}
	s.Sources = []pipeline.Block{source}
	s.Transforms = o.transforms()
	for _, name := range o.To {
		path := out
		if len(o.To) > 1 || o.Package != "" || len(o.EncryptTo) > 0 {
			path = filepath.Join(out, name)
		}
		sink := pipeline.Block{Plugin: name, Name: name, Settings: []pipeline.Argument{{Name: "path", Value: path}}}
		if o.Package != "" {
			sink.Package = &pipeline.Package{Kind: o.Package}
		}
		if len(o.EncryptTo) > 0 {
			sink.Encrypt = &pipeline.Encrypt{Recipients: o.EncryptTo}
		}
		if sink.Settings, err = o.given(sink.Settings, name, false); err != nil {
			return s, err
		}
		s.Sinks = append(s.Sinks, sink)
	}
	for _, set := range o.Settings {
		if settingsOf(set.Plugin, true) == nil && settingsOf(set.Plugin, false) == nil {
			return s, usage("--set", "\"chatferry plugins\" lists the plugins", fmt.Errorf("there is no plugin %s", safe.Quote(set.Plugin)))
		}
	}
	if o.NoVerify {
		s.Verify = []pipeline.Argument{{Name: "readback", Value: "none"}}
	}
	return s, nil
}

// transforms are the people's departments, where a file gives them, and the filter flags.
func (o *convertOptions) transforms() []pipeline.Block {
	var list []pipeline.Block
	if o.Departments != "" {
		path, err := filepath.Abs(o.Departments)
		if err != nil {
			path = o.Departments
		}
		list = append(list, pipeline.Block{Plugin: "people", Name: "departments", Settings: []pipeline.Argument{{Name: "departments", Value: path}}})
	}
	if o.Filter.Empty() {
		return list
	}
	b := pipeline.Block{Plugin: "filter", Name: "scope"}
	v := reflect.ValueOf(*o.Filter)
	for i := range v.NumField() {
		name, ok := v.Type().Field(i).Tag.Lookup("ferry")
		f := v.Field(i)
		if !ok || f.IsZero() || f.Kind() == reflect.Slice && f.Len() == 0 || f.Kind() == reflect.String && f.String() == v.Type().Field(i).Tag.Get("default") {
			continue
		}
		b.Settings = append(b.Settings, pipeline.Argument{Name: name, Value: f.Interface()})
	}
	return append(list, b)
}

func settingsOf(name string, source bool) []plugin.Setting {
	for _, p := range plugins.Builtin() {
		switch {
		case p.Name == name && source && p.Source != nil:
			return p.Source.Settings
		case p.Name == name && !source && p.Sink != nil:
			return p.Sink.Settings
		}
	}
	return nil
}

// given adds the settings that --set gives for a plugin.
func (o *convertOptions) given(args []pipeline.Argument, name string, source bool) ([]pipeline.Argument, error) {
	for _, set := range o.Settings {
		if set.Plugin != name {
			continue
		}
		found := false
		var names []string
		for _, s := range settingsOf(name, source) {
			names = append(names, s.Name)
			if s.Name != set.Name {
				continue
			}
			arg, err := argument(s, set.Value)
			if err != nil {
				return nil, err
			}
			args, found = append(remove(args, s.Name), arg), true
		}
		if !found {
			hint := "\"chatferry plugins " + name + "\" lists its settings"
			if like := closest(set.Name, names); like != "" {
				hint = "did you mean " + like + "? " + hint
			}
			return nil, usage("--set", hint, fmt.Errorf("%s has no setting %s", name, safe.Quote(set.Name)))
		}
	}
	return args, nil
}

func remove(args []pipeline.Argument, name string) []pipeline.Argument {
	var kept []pipeline.Argument
	for _, a := range args {
		if a.Name != name {
			kept = append(kept, a)
		}
	}
	return kept
}

// argument gives a setting's text its type.
func argument(s plugin.Setting, text string) (pipeline.Argument, error) {
	a := pipeline.Argument{Name: s.Name, Value: text}
	var err error
	switch s.Type {
	case "bool":
		a.Value, err = strconv.ParseBool(text)
	case "number":
		a.Value, err = strconv.ParseInt(text, 10, 64)
	case "strings":
		a.Value = strings.Split(text, ",")
	case "path":
		a.Value, err = filepath.Abs(text)
	}
	if err != nil {
		return a, usage("--set", "it must be of type "+s.Type, fmt.Errorf("%s cannot be %s", s.Name, safe.Quote(text)))
	}
	return a, nil
}
