package schema

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"sort"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

// models are the Go side of the record types.
var models = map[string]reflect.Type{
	message.TypePerson:       reflect.TypeFor[message.Person](),
	message.TypeConversation: reflect.TypeFor[message.Conversation](),
	message.TypeMembership:   reflect.TypeFor[message.Membership](),
	message.TypeMessage:      reflect.TypeFor[message.Message](),
	message.TypeRevision:     reflect.TypeFor[message.Revision](),
	message.TypeEmoji:        reflect.TypeFor[message.Emoji](),
	message.TypeAnalysis:     reflect.TypeFor[message.Analysis](),
}

// node is a schema with the file it stands in, so that references can be followed.
type node struct {
	file string
	m    map[string]any
}

type documents map[string]map[string]any

func load(t *testing.T) documents {
	t.Helper()
	docs := documents{}
	names, err := fs.Glob(Files(), "*.json")
	if err != nil || len(names) != len(Types)+3 {
		t.Fatalf("embedded %v, %v", names, err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]any{}
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		docs[name] = m
	}
	return docs
}

func (d documents) root(typ string) node {
	name := typ + ".schema.json"
	return node{name, d[name]}
}

// resolve follows references until a schema that says something itself. It also gives the
// address of that schema.
func (d documents) resolve(n node) (node, string) {
	address := ""
	for {
		ref, ok := n.m["$ref"].(string)
		if !ok {
			return n, address
		}
		file, fragment, _ := strings.Cut(ref, "#")
		if file == "" {
			file = n.file
		}
		address = file + "#" + fragment
		m := d[file]
		for _, step := range strings.Split(strings.TrimPrefix(fragment, "/"), "/") {
			if step != "" {
				m, _ = m[step].(map[string]any)
			}
		}
		if m == nil {
			panic("dangling reference " + ref)
		}
		n = node{file, m}
	}
}

func (d documents) child(n node, name string) node {
	m, _ := n.m[name].(map[string]any)
	return node{n.file, m}
}

func TestDocumentsAreVersionedAndSelfContained(t *testing.T) {
	version := fmt.Sprintf("/v%d/", message.Version)
	if !strings.HasSuffix(Base, version) {
		t.Errorf("Base %s is not of model version %d", Base, message.Version)
	}
	for name, doc := range load(t) {
		if doc["$id"] != Base+name {
			t.Errorf("%s: $id is %v", name, doc["$id"])
		}
		if doc["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s: $schema is %v", name, doc["$schema"])
		}
	}
	if _, err := compiled(); err != nil {
		t.Fatal(err)
	}
}

// TestSchemaAndStructsAgree walks both models together: what only one of them has, fails.
func TestSchemaAndStructsAgree(t *testing.T) {
	w := &walker{t: t, docs: load(t), used: map[string]bool{}}
	for _, typ := range Types {
		w.object(typ, models[typ], w.docs.root(typ))
		w.used[typ+".schema.json#"] = true
	}
	for file, doc := range w.docs {
		defs, _ := doc["$defs"].(map[string]any)
		for name := range defs {
			if address := file + "#/$defs/" + name; !w.used[address] {
				t.Errorf("%s is used by no struct", address)
			}
		}
		if doc["type"] != nil && !w.used[file+"#"] {
			t.Errorf("%s is used by no struct", file)
		}
	}
}

type walker struct {
	t    *testing.T
	docs documents
	used map[string]bool
}

func (w *walker) object(at string, typ reflect.Type, n node) {
	if n.m["title"] != typ.Name() || n.m["type"] != "object" || n.m["additionalProperties"] != false {
		w.t.Errorf("%s: not the closed object %s", at, typ.Name())
	}
	properties := w.docs.child(n, "properties")
	var required []string
	seen := map[string]bool{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, omit, _ := strings.Cut(f.Tag.Get("json"), ",")
		seen[name] = true
		if omit == "" {
			required = append(required, name)
		}
		p := w.docs.child(properties, name)
		if p.m == nil {
			w.t.Errorf("%s.%s: no such property", at, name)
			continue
		}
		if d, _ := p.m["description"].(string); len(d) < 4 || !strings.HasSuffix(d, ".") {
			w.t.Errorf("%s.%s: no description", at, name)
		}
		w.value(at+"."+name, f.Type, p, omit != "")
	}
	for name := range properties.m {
		if !seen[name] {
			w.t.Errorf("%s.%s: no such field in %s", at, name, typ.Name())
		}
	}
	var stated []string
	list, _ := n.m["required"].([]any)
	for _, x := range list {
		stated = append(stated, x.(string))
	}
	sort.Strings(stated)
	sort.Strings(required)
	if !reflect.DeepEqual(stated, required) {
		w.t.Errorf("%s: schema requires %v, the struct always writes %v", at, stated, required)
	}
}

// value checks that a field of type typ writes what n takes, and that n refuses the empty value
// of an optional field.
func (w *walker) value(at string, typ reflect.Type, n node, optional bool) {
	n, address := w.docs.resolve(n)
	if address != "" {
		w.used[address] = true
	}
	want, refusesEmpty := "", true
	switch typ.Kind() {
	case reflect.String:
		want = "string"
		refusesEmpty = n.m["minLength"] == 1.0 || n.m["pattern"] != nil || n.m["enum"] != nil
	case reflect.Int:
		want = "integer"
		refusesEmpty = n.m["minimum"] == 1.0
		if n.m["const"] == nil && n.m["maximum"] != float64(1<<31) {
			w.t.Errorf("%s: maximum is %v", at, n.m["maximum"])
		}
	case reflect.Bool:
		want = "boolean"
		refusesEmpty = n.m["const"] == true
	case reflect.Map:
		want = "object"
		refusesEmpty = n.m["minProperties"] == 1.0
		w.value(at+".*", typ.Elem(), w.docs.child(n, "additionalProperties"), false)
	case reflect.Slice:
		want = "array"
		refusesEmpty = n.m["minItems"] == 1.0
		w.value(at+".*", typ.Elem(), w.docs.child(n, "items"), false)
	case reflect.Pointer:
		w.value(at, typ.Elem(), n, false)
		return
	case reflect.Struct:
		w.object(at, typ, n)
		return
	}
	if n.m["const"] != nil && typ.Kind() == reflect.String {
		return // a constant needs no type
	}
	if n.m["type"] != want {
		w.t.Errorf("%s: Go writes %s, the schema takes %v", at, want, n.m["type"])
	}
	if optional && !refusesEmpty {
		w.t.Errorf("%s: the schema takes an empty value, which is never written", at)
	}
}

func TestValidateRefusesWithoutQuotingValues(t *testing.T) {
	const secret = "meet me at noon"
	for name, line := range map[string]string{
		"not json":         `{"text":"` + secret + `"`,
		"not an object":    `["` + secret + `"]`,
		"unknown type":     `{"type":"` + secret + `"}`,
		"repeated member":  `{"type":"emoji","name":"` + secret + `","name":"b","key":"k","v":1}`,
		"bad unicode":      `{"type":"emoji","name":"` + secret + "\xff" + `","key":"k","v":1}`,
		"unknown member":   `{"type":"emoji","name":"a","key":"k","v":1,"` + secret + `":"b"}`,
		"wrong enum":       `{"type":"person","id":"1","key":"k","kind":"` + secret + `","v":1}`,
		"extension number": `{"type":"emoji","ext":{"` + secret + `":1},"name":"a","key":"k","v":1}`,
		"two values":       `{"type":"emoji","name":"a","key":"k","v":1}{"a":"` + secret + `"}`,
	} {
		err := Validate([]byte(line))
		if err == nil {
			t.Errorf("%s: valid", name)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error quotes the record: %v", name, err)
		}
	}
}

func FuzzValidate(f *testing.F) {
	f.Add([]byte(`{"type":"emoji","name":"a","key":"k","v":1}` + "\n"))
	f.Add([]byte(`{"type":"message","sent":{"utc":"2019-04-02T09:00:00Z"}}`))
	f.Add([]byte(strings.Repeat("[", 100)))
	f.Fuzz(func(t *testing.T, line []byte) {
		if Validate(line) != nil {
			return
		}
		r, err := message.Decode(string(line))
		if err != nil {
			// The one intended difference in this direction: an integer with a fraction or exponent.
			if strings.ContainsAny(string(line), ".eE") && strings.Contains(err.Error(), "integer") {
				return
			}
			t.Fatalf("the schema takes what the model does not: %v", err)
		}
		// Parallel lists are beyond JSON Schema.
		if err := r.Check(); err != nil && !strings.Contains(err.Error(), "parallel") {
			t.Fatalf("the schema takes what Check does not: %v", err)
		}
	})
}
