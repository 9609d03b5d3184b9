package verify

import (
	"bytes"
	"reflect"
	"testing"
)

func leaf(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func TestCompareTellsMissingExtraAndDiffering(t *testing.T) {
	a, b, none := leaf('a'), leaf('b'), leaf(0)
	for name, c := range map[string]struct {
		expected, found [][]byte
		several         bool
		want            string
	}{
		"there":                          {[][]byte{a}, [][]byte{a}, false, ""},
		"missing":                        {[][]byte{a}, nil, false, Missing},
		"other content":                  {[][]byte{a}, [][]byte{b}, false, Differs},
		"twice":                          {[][]byte{a}, [][]byte{a, a}, false, Extra},
		"never delivered":                {nil, [][]byte{a}, false, Extra},
		"refused by the sink":            {[][]byte{a, none}, nil, false, ""},
		"refused, yet there":             {[][]byte{a, none}, [][]byte{a}, false, Extra},
		"newer version, old one kept":    {[][]byte{a, b}, [][]byte{a, b}, true, ""},
		"newer version replaced the old": {[][]byte{a, b}, [][]byte{b}, true, ""},
		"only the old version":           {[][]byte{a, b}, [][]byte{a}, true, Differs},
		"sent again as a reference":      {[][]byte{a}, [][]byte{a, a}, true, ""},
	} {
		var r Result
		g := group{key: []byte("k"), expected: c.expected, found: c.found}
		if got := g.compare(&r, c.several); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if n := r.Missing + r.Extra + r.Differs; (n == 1) != (c.want != "") {
			t.Errorf("%s: counted %d", name, n)
		}
	}
}

func TestFieldsAreNamedToTheDeepestMember(t *testing.T) {
	got := compareLines(`{"a":"1","b":{"c":["x","y"]},"raw":{"file":"f"}}`, `{"a":"1","b":{"c":["x","z"],"d":"new"},"raw":{"file":"g"}}`)
	want := []Field{{"b.c[1]", `"y"`, `"z"`}, {"b.d", "", `"new"`}}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v", got)
	}
}
