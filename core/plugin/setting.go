package plugin

import (
	"fmt"
	"reflect"
	"strings"
)

// Setting is one setting of a plugin. It is declared once, by a field of the plugin's config
// struct, and drives HCL decoding, "did you mean", documentation and forms.
//
// Built-in transforms have two more types. An "expression" is a condition over one message, such as
// msg.kind == "text"; "expressions" maps fields ("message.text") to expressions over their record.
// Both are compiled by core/pipeline and are not part of the JSON configuration.
type Setting struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"` // string, path, bool, number, strings, map, expression, expressions (see below)
	Required bool     `json:"required,omitempty"`
	Default  string   `json:"default,omitempty"`
	Choices  []string `json:"choices,omitempty"`
	Secret   bool     `json:"secret,omitempty"`
	Help     string   `json:"help"`
}

// SettingsOf reads the settings from a config struct's tags:
//
//	Dir   string   `ferry:"dir,required,path" help:"folder with one file per room"`
//	Zone  string   `ferry:"zone" default:"UTC" help:"time zone of times without one"`
//	Mode  string   `ferry:"mode" default:"all" choices:"all,new" help:"..."`
//	Token string   `ferry:"token,secret" help:"..."`
//	Rooms []string `ferry:"rooms" help:"..."`
//
// Field types are string, bool, int, int64, []string and map[string]string. It panics on anything
// else, so that a wrong struct fails the plugin's first test.
func SettingsOf(config any) []Setting {
	t := reflect.TypeOf(config)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var list []Setting
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("ferry")
		if !ok {
			continue
		}
		words := strings.Split(tag, ",")
		s := Setting{Name: words[0], Default: f.Tag.Get("default"), Help: f.Tag.Get("help")}
		if c := f.Tag.Get("choices"); c != "" {
			s.Choices = strings.Split(c, ",")
		}
		switch f.Type.String() {
		case "string":
			s.Type = "string"
		case "bool":
			s.Type = "bool"
		case "int", "int64":
			s.Type = "number"
		case "[]string":
			s.Type = "strings"
		case "map[string]string":
			s.Type = "map"
		default:
			panic(fmt.Sprintf("plugin: config field %s.%s has unsupported type %s", t.Name(), f.Name, f.Type))
		}
		for _, w := range words[1:] {
			switch w {
			case "required":
				s.Required = true
			case "secret":
				s.Secret = true
			case "path", "expression", "expressions":
				s.Type = w
			default:
				panic(fmt.Sprintf("plugin: config field %s.%s: unknown word %q in its tag", t.Name(), f.Name, w))
			}
		}
		list = append(list, s)
	}
	return list
}
