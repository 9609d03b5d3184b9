package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/verify"
)

// The sweep takes every member that occurs in an output, at any depth, away once and changes it once. It
// finds what no operator was thought of for: a member that verify does not look at.

// blind are the members that verify does not look at, and why that is right. A member that is listed
// here and noticed all the same fails the sweep too.
var blind = map[string]map[string]string{
	"ndjson": {
		"raw": "it says where the record was read, and is no part of what was said",
	},
	"mattermost": {
		"info":                           "it says which program wrote the file, and no server reads it",
		"team.allow_open_invite dropped": "a server takes what is absent for false, which is what stood there",
		"user.teams altered":             twice, "user.teams[].channels altered": twice,
	},
}

const twice = "the change names a membership a second time, which a server takes for the same one"

// member is one place in a line where something stands.
type member struct {
	class string // type and path, without positions
	drop  func()
	alter func() // nil where there is nothing to alter but members of its own
}

// walk visits all members of a value. put replaces the value itself.
func walk(class string, v any, put func(any), visit func(member)) {
	m := member{class: class, drop: func() { put(nil) }}
	switch x := v.(type) {
	case object:
		for _, name := range sortedNames(x) {
			walk(class+"."+name, x[name], func(v any) {
				if x[name] = v; v == nil {
					delete(x, name)
				}
			}, visit)
		}
	case []any:
		m.alter = func() { put(append(slices.Clone(x), x[0])) }
		for i := range x {
			walk(class+"[]", x[i], func(v any) {
				if x[i] = v; v == nil {
					put(slices.Delete(slices.Clone(x), i, i+1))
				}
			}, visit)
		}
	case string:
		m.alter = func() { put(x + "x") }
	case json.Number:
		m.alter = func() { n, _ := x.Int64(); put(number(n + 1)) }
	case bool:
		m.alter = func() { put(!x) }
	}
	if put != nil {
		visit(m)
	}
}

func sortedNames(o object) (names []string) {
	for name := range o {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// classes are all classes of members of an output, each with the first line that has it.
func (d *document) classes() (list []member, lineOf map[string]int) {
	lineOf = map[string]int{}
	for i, l := range d.lines {
		walk(text(l.object, "type"), l.object, nil, func(m member) {
			if _, ok := lineOf[m.class]; !ok {
				lineOf[m.class], list = i, append(list, m)
			}
		})
	}
	return list, lineOf
}

// keysOf are the keys of all records that a line stands for.
func (d *document) keysOf(l object) map[string]bool {
	keys := map[string]bool{text(l, "key"): !d.bulk()}
	for _, m := range d.messages() {
		if same(m.line, l) {
			keys[m.key()] = true
		}
	}
	for _, x := range append(d.people(), d.conversations()...) {
		if same(x.o, l) || same(sub(l, text(l, "type")), x.o) {
			keys[x.key] = true
			for _, m := range list(x.row, "members") {
				if m, ok := m.([]any); ok {
					keys[m[0].(string)] = true
				}
			}
		}
	}
	for _, k := range d.keys {
		if typ := text(k.object, "type"); typ == "workspace" && typ == map[string]string{"team": "workspace"}[text(l, "type")] || typ == "emoji" && text(k.object, "name") == text(l, "emoji", "name") {
			keys[text(k.object, "key")] = true
		}
	}
	delete(keys, "")
	return keys
}

// blindTo tells why verify need not look at a class.
func blindTo(sink, class, way string) string {
	_, rest, _ := strings.Cut(class, ".")
	for path, why := range blind[sink] {
		if rest == path || rest+" "+way == path || strings.HasPrefix(rest, path+".") {
			return why
		}
	}
	return ""
}

// sweep makes an operator of each member of a sink's output, dropped and altered.
func (b *bench) sweep(sink string) (list []operator) {
	members, lineOf := b.outs[sink].classes()
	for _, m := range members {
		ways := []string{"dropped", "altered"}
		if m.alter == nil {
			ways = ways[:1]
		}
		for _, way := range ways {
			list = append(list, operator{name: m.class + " " + way, apply: func(d *document) []want {
				l := d.lines[lineOf[m.class]].object
				keys := d.keysOf(l)
				d.changeFirst(l, m.class, way)
				return []want{{anyOf: keys, quiet: blindTo(sink, m.class, way) != ""}}
			}})
		}
	}
	return list
}

// changeFirst drops or alters the first member of a class in a line.
func (d *document) changeFirst(l object, class, way string) {
	var first *member
	walk(text(l, "type"), l, nil, func(m member) {
		if first == nil && m.class == class {
			first = &m
		}
	})
	if way == "dropped" {
		first.drop()
		return
	}
	first.alter()
}

// judgeAny is judge for a member: one of the line's records is named, or the output is refused with its line.
func (o *outcome) judgeAny(v verdict, w want, clean int) {
	o.detected = v.code != clean
	o.localised = v.code > exitDiffers && strings.Contains(v.said, "line ") || slices.ContainsFunc(v.diffs, func(d verify.Difference) bool { return w.anyOf[d.Key] })
	switch {
	case w.quiet && o.detected:
		o.detected, o.what = false, "it is noticed, but listed as not looked at"
	case w.quiet:
		o.impossible = "not looked at"
	case !o.detected || !o.localised:
		o.what = fmt.Sprintf("exit code %d, %d differences: %s", v.code, len(v.diffs), v.said)
	}
}
