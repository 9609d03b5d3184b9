package main

import (
	"encoding/json"
	"fmt"
	"os"
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

// linesTried is how many lines are remembered of each class.
const linesTried = 100

// classes are all classes of members of an output, each with the first lines that have it.
func (d *document) classes() (list []member, lines map[string][]int) {
	lines = map[string][]int{}
	for i, l := range d.lines {
		walk(text(l.object, "type"), l.object, nil, func(m member) {
			have := lines[m.class]
			if have == nil {
				list = append(list, m)
			}
			if n := len(have); n < linesTried && (n == 0 || have[n-1] != i) {
				lines[m.class] = append(have, i)
			}
		})
	}
	return list, lines
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

// memberChange is one member of one line to be dropped or altered.
type memberChange struct {
	class, way string
	line       int
	keys       map[string]bool // one of which must be named
	quiet      bool            // none may be named
}

// sweep plans the changes of a sink's output, in batches that are tried at once. Records do not
// depend on each other, so a batch changes many lines, each once; of lines that do, one at a time.
func (b *bench) sweep(sink string) (batches [][]memberChange) {
	d := b.outs[sink]
	var used []map[int]bool
	members, lines := d.classes()
	for _, m := range members {
		ways := []string{"dropped", "altered"}
		if m.alter == nil {
			ways = ways[:1]
		}
		for _, way := range ways {
			c := memberChange{class: m.class, way: way, line: lines[m.class][0], quiet: blindTo(sink, m.class, way) != ""}
			at := len(batches)
			typ, _, _ := strings.Cut(m.class, ".")
			if (!d.bulk() || strings.HasSuffix(typ, "post")) && !strings.HasSuffix(m.class, ".type") { // without its type a line is refused
				for i := range used {
					if n := slices.IndexFunc(lines[m.class], func(l int) bool { return !used[i][l] }); n >= 0 {
						at, c.line = i, lines[m.class][n]
						break
					}
				}
			}
			c.keys = d.keysOf(d.lines[c.line].object)
			if at == len(batches) {
				batches, used = append(batches, nil), append(used, map[int]bool{})
			}
			batches[at] = append(batches[at], c)
			used[at][c.line] = true
		}
	}
	return batches
}

// tryBatch applies a batch to a copy of the output and lets the program verify it. Where one line makes it
// refuse the whole, halves are tried, so that the refusal says nothing of the others.
func (b *bench) tryBatch(sink string, batch []memberChange) (list []outcome) {
	d, err := b.copyOf(sink)
	if err == nil {
		defer os.RemoveAll(d.dir)
		for _, c := range batch {
			d.changeFirst(d.lines[c.line].object, c.class, c.way)
		}
		err = d.store()
	}
	var v verdict
	if err == nil {
		v = b.verify(d.dir)
	}
	if half := len(batch) / 2; half > 0 && v.code > exitDiffers {
		return append(b.tryBatch(sink, batch[:half]), b.tryBatch(sink, batch[half:])...)
	}
	for _, c := range batch {
		o := outcome{sink: sink, name: c.class + " " + c.way}
		if err != nil {
			o.what = err.Error()
		} else {
			o.judgeMember(v, c, b.code[sink])
		}
		list = append(list, o)
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

// judgeMember asks that one of the line's records is named, or the output refused with its line.
func (o *outcome) judgeMember(v verdict, c memberChange, clean int) {
	named := slices.ContainsFunc(v.diffs, func(d verify.Difference) bool { return c.keys[d.Key] })
	refused := v.code > exitDiffers && strings.Contains(v.said, "line ")
	switch {
	case c.quiet && (named || refused):
		o.what = "it is noticed, but listed as not looked at"
	case c.quiet:
		o.impossible = "not looked at: " + blindTo(o.sink, c.class, c.way)
	case named && v.code == exitDiffers || refused:
		o.detected, o.localised = true, true
	default:
		o.detected = v.code != clean && len(v.diffs) == 0
		o.what = fmt.Sprintf("exit code %d, %d differences: %s", v.code, len(v.diffs), v.said)
	}
}
