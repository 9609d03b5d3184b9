package schema

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

// The intended differences between the schema and the program (Decode and Check). Anything else
// that one takes and the other refuses fails TestCheckAndSchemaGiveTheSameVerdict.
const (
	same = ""
	// A mandatory field that may be empty and is not there at all: Decode reads it as empty.
	absentText = "the schema wants a mandatory field written even when it is empty"
	// Empty means absent; Decode reads the long form, Append never writes it.
	notCanonical = "the schema refuses an optional field that is written empty"
	// Decode takes only plain digits; JSON Schema calls 1.0 an integer.
	spelling = "the schema takes an integer with a fraction of zero"
	// JSON Schema cannot compare two lists.
	parallel = "only Check knows that reactions.at is parallel to reactions.by"
)

// sample makes a valid value of a schema with every property present.
func (d documents) sample(n node, count *int) any {
	n, address := d.resolve(n)
	*count++
	if c, ok := n.m["const"]; ok {
		return c
	}
	switch n.m["type"] {
	case "object":
		m := map[string]any{}
		properties := d.child(n, "properties")
		for name := range properties.m {
			m[name] = d.sample(d.child(properties, name), count)
		}
		if properties.m == nil {
			m["slack.some.path"] = "{}"
		}
		return m
	case "array":
		items := d.child(n, "items")
		return []any{d.sample(items, count), d.sample(items, count)}
	case "integer":
		return 7
	}
	if list, ok := n.m["enum"].([]any); ok {
		return list[0]
	}
	switch _, name, _ := strings.Cut(address, "#/$defs/"); name {
	case "instant":
		return "2019-04-02T09:00:00.000200Z"
	case "digest":
		return strings.Repeat("0a", 32)
	case "number":
		return "12"
	}
	return fmt.Sprintf("text %d", *count)
}

// mutation is one value put in the place of a valid one. gone removes it.
type mutation struct {
	value any
	why   string
}

type gone struct{}

// wrongTypes are values of other types than the one wanted.
var wrongTypes = map[string][]any{
	"string":  {1, true, nil, []any{}, map[string]any{}},
	"integer": {"1", true, nil, []any{}, map[string]any{}},
	"boolean": {"true", 1, []any{}, map[string]any{}},
	"array":   {"a", 1, true, nil, map[string]any{}, []any{nil}, []any{1}},
	"object":  {"a", 1, true, nil, []any{}},
}

// mutations lists what to try in the place of n's value.
func (d documents) mutations(n node, required, listItem bool) []mutation {
	n, address := d.resolve(n)
	whenEmpty := same
	if !required && !listItem {
		whenEmpty = notCanonical
	}
	mayBeEmpty := n.m["type"] == "string" && n.m["minLength"] == nil && n.m["enum"] == nil && n.m["pattern"] == nil ||
		n.m["type"] == "integer" && n.m["minimum"] == 0.0
	list := []mutation{}
	if required && mayBeEmpty {
		list = append(list, mutation{gone{}, absentText})
	} else if !listItem {
		list = append(list, mutation{gone{}, same})
	}
	add := func(why string, values ...any) {
		for _, v := range values {
			list = append(list, mutation{v, why})
		}
	}
	typ, _ := n.m["type"].(string)
	if n.m["const"] != nil && typ == "" {
		typ = "string"
	}
	add(same, wrongTypes[typ]...)
	switch typ {
	case "string":
		add(whenEmpty, "")
		add(same, texts(n, address)...)
	case "integer":
		if n.m["const"] != nil {
			add(same, 0, 2)
			break
		}
		if required {
			whenEmpty = same
		}
		add(whenEmpty, 0)
		add(same, 1, 1<<31, 1<<31+1, -1, 1.5, json.Number("1e99"))
		add(spelling, json.Number("1.0"), json.Number("1e2"))
	case "boolean":
		add(notCanonical, false, nil) // Decode reads null as false
	case "array":
		add(whenEmpty, []any{})
		items, _ := d.resolve(d.child(n, "items"))
		if items.m["type"] != "object" {
			add(same, []any{[]any{}})
		}
	case "object":
		if d.child(n, "properties").m == nil {
			add(notCanonical, map[string]any{})
			add(same, map[string]any{"a": 1}, map[string]any{"a": nil}, map[string]any{"a": ""})
		}
	}
	return list
}

// texts are texts for a place that wants one, legal there or not.
func texts(n node, address string) []any {
	list := []any{"nonsense", "\u4e2d\U0001F44B\n\"", "a\x00", "\u007f", "a\tb", "\u0080", " "}
	if values, ok := n.m["enum"].([]any); ok {
		list = append(list, values...)
	}
	switch _, name, _ := strings.Cut(address, "#/$defs/"); name {
	case "instant":
		list = append(list, instants...)
	case "digest":
		list = append(list, strings.Repeat("0A", 32), strings.Repeat("0a", 31), strings.Repeat("0g", 32), strings.Repeat("0a", 33))
	case "number":
		list = append(list, "0", "00012", "-1", "1.5", "1e3", " 1", "9223372036854775808")
	}
	return list
}

var instants = []any{
	"2019-04-02T09:00:00Z", "2019-04-02T09:00:00.1Z", "2019-04-02T09:00:00.123456789Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
	"2020-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2019-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2019-02-30T00:00:00Z",
	"2019-04-31T00:00:00Z", "2019-13-01T00:00:00Z", "2019-00-01T00:00:00Z", "2019-01-00T00:00:00Z", "2019-01-32T00:00:00Z",
	"2019-04-02T24:00:00Z", "2019-04-02T09:60:00Z", "2019-04-02T09:00:60Z", "2016-12-31T23:59:60Z", "2019-04-02T9:00:00.5Z",
	"2019-04-02T09:00:00,5Z", "2019-04-02T09:00:00.Z", "2019-04-02T09:00:00.1234567890Z", "2019-04-02T09:00:00.12a4Z",
	"2019-04-02T09:00:00+00:00", "2019-04-02T09:00:00z", "2019-04-02t09:00:00Z", "2019-04-02 09:00:00Z", "2019-04-02T09:00:00",
	"2019-04-02", "1554206400", "19-04-02T09:00:00Z", "2019-04-02T09:00:00ZZ", " 2019-04-02T09:00:00Z", "２019-04-02T09:00:00Z",
}

// place is a position in a sample with what stands there.
type place struct {
	path     []any // member names and indexes
	n        node
	required bool
	listItem bool
}

func (d documents) places(n node, v any, path []any, visit func(place)) {
	n, _ = d.resolve(n)
	at := func(step any) []any { return append(append([]any{}, path...), step) }
	switch v := v.(type) {
	case map[string]any:
		properties := d.child(n, "properties")
		required := fmt.Sprint(n.m["required"])
		for name := range properties.m {
			p := d.child(properties, name)
			visit(place{path: at(name), n: p, required: strings.Contains(" "+strings.Trim(required, "[]")+" ", " "+name+" ")})
			d.places(p, v[name], at(name), visit)
		}
		if properties.m != nil {
			visit(place{path: at("nonsense"), n: node{m: map[string]any{}}})
		}
	case []any:
		items := d.child(n, "items")
		for i := range v {
			visit(place{path: at(i), n: items, listItem: true})
			d.places(items, v[i], at(i), visit)
		}
	}
}

// with is a copy of v in which the value at path is replaced.
func with(v any, path []any, to any) any {
	if len(path) == 0 {
		return to
	}
	switch v := v.(type) {
	case map[string]any:
		c := map[string]any{}
		for k, x := range v {
			c[k] = x
		}
		name := path[0].(string)
		if c[name] = with(v[name], path[1:], to); c[name] == (any)(gone{}) {
			delete(c, name)
		}
		return c
	case []any:
		c := append([]any{}, v...)
		c[path[0].(int)] = with(v[path[0].(int)], path[1:], to)
		return c
	}
	return to
}

func program(line string) error {
	r, err := message.Decode(line)
	if err != nil {
		return err
	}
	return r.Check()
}

// TestCheckAndSchemaGiveTheSameVerdict changes one thing at every place of a full record of every
// type and demands that what runs on each record and what is published agree about it.
func TestCheckAndSchemaGiveTheSameVerdict(t *testing.T) {
	docs := load(t)
	tried, met := 0, map[string]int{}
	for _, typ := range Types {
		root := docs.root(typ)
		count := 0
		valid := docs.sample(root, &count)
		verdicts := func(v any) (line string, program1, schema error) {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			return string(b), program(string(b)), Validate(b)
		}
		if line, a, b := verdicts(valid); a != nil || b != nil {
			t.Fatalf("%s: the full sample is not valid: %v; %v\n%s", typ, a, b, line)
		}
		docs.places(root, valid, nil, func(p place) {
			list := docs.mutations(p.n, p.required, p.listItem)
			if len(p.n.m) == 0 {
				list = []mutation{{"x", same}} // an unknown member
			}
			for _, m := range list {
				why := interplay(p, m)
				_, a, b := verdicts(with(around(valid, root, p), p.path, m.value))
				tried++
				met[why]++
				if ((a == nil) == (b == nil)) != (why == same) {
					t.Errorf("%s %v = %v (%q): Check says %v, the schema says %v", typ, p.path, m.value, why, a, b)
				}
			}
		})
	}
	for _, why := range []string{absentText, notCanonical, spelling, parallel} {
		if met[why] == 0 {
			t.Errorf("the difference %q was never met", why)
		}
	}
	if tried < 5000 {
		t.Errorf("only %d mutations were tried", tried)
	}
}

// around is the part of a full record that p needs: what is mandatory and the member p is in.
func around(valid any, root node, p place) any {
	m := map[string]any{}
	for _, name := range root.m["required"].([]any) {
		m[name.(string)] = valid.(map[string]any)[name.(string)]
	}
	if name := p.path[0].(string); name != "nonsense" {
		m[name] = valid.(map[string]any)[name]
	}
	return m
}

// interplay is m.why, but for the two places where one member's value decides on another.
func interplay(p place, m mutation) string {
	last := p.path[len(p.path)-1]
	if last == "sha256" && m.value == "" && p.path[0] != "raw" {
		return same // the sample's attachments are present: both want the digest
	}
	if p.path[0] == "reactions" && last == "by" {
		if _, removed := m.value.(gone); removed {
			return parallel
		}
		if list, ok := m.value.([]any); ok && len(list) == 0 {
			return same
		}
	}
	return m.why
}
