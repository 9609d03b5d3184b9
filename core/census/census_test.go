package census

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

func count(text string, pieces int) (int64, string) {
	var a Array
	for len(text) > 0 {
		n := min(pieces, len(text))
		a.Write([]byte(text[:n]))
		text = text[n:]
	}
	return a.Count()
}

func TestArrayIsCountedByItsBrackets(t *testing.T) {
	for text, want := range map[string]struct {
		n      int64
		broken string
	}{
		`[]`:                            {0, ""},
		"\xef\xbb\xbf [ \n {} ]\n":      {1, ""},
		`[{"a":[1,2,{"b":"]},["}]},{}]`: {2, ""},
		`["a,\"b\\",3,null, true,[[]]]`: {5, ""},
		`[{},{},]`:                      {2, ""}, // a comma at the end: all elements are there
		`[{} {}]`:                       {1, ""}, // no comma between: whoever reads it must say so
		``:                              {0, "it is empty"},
		`{"a":1}`:                       {0, "it is no array"},
		`<html>`:                        {0, "it is no array"},
		`[{"a":1}`:                      {1, "it ends inside the array"},
		`[{"a":"x]`:                     {1, "it ends inside the array"},
		`[{}][{}]`:                      {1, "there is data after the array"},
		`[,{}]`:                         {0, "it has a comma without an element"},
		`[{}}`:                          {1, "its brackets do not match"},
	} {
		for _, pieces := range []int{1, 2, 1 << 20} {
			if n, broken := count(text, pieces); n != want.n || broken != want.broken {
				t.Errorf("%q in pieces of %d: %d, %q", text, pieces, n, broken)
			}
		}
	}
}

func TestFactsDoNotDependOnTheOrderButOnEverythingElse(t *testing.T) {
	type m struct {
		path       string
		size, mark int
	}
	facts := func(list ...m) Facts {
		var t Tally
		for _, x := range list {
			t.Add(x.path, int64(x.size), uint64(x.mark))
		}
		return t.Done()
	}
	a, b := m{"a", 1, 2}, m{"b", 3, 4}
	whole := facts(a, b)
	if !reflect.DeepEqual(whole, facts(b, a)) || whole.Members != 2 || whole.Bytes != 4 {
		t.Errorf("%+v", whole)
	}
	for _, other := range []Facts{facts(a), facts(a, b, b), facts(a, m{"b", 3, 5}), facts(a, m{"c", 3, 4}), facts(m{"a", 3, 2}, m{"b", 1, 4}), facts(a, a, b, b)} {
		if bytes.Equal(other.Digest, whole.Digest) {
			t.Errorf("the same digest: %+v", other)
		}
	}
}

// FuzzArray compares with encoding/json: whatever that takes for an array is counted the same.
func FuzzArray(f *testing.F) {
	for _, s := range []string{`[]`, `[1,"a\"]",{"b":[]}]`, "\xef\xbb\xbf[{}]", `[[[`, `]`} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, b []byte, pieces int) {
		var list []json.RawMessage
		err := json.Unmarshal(b, &list)
		n, broken := count(string(b), min(max(pieces, 1), len(b)+1))
		if err == nil && list != nil && (n != int64(len(list)) || broken != "") {
			t.Errorf("%q: %d elements, counted %d, %q", b, len(list), n, broken)
		}
	})
}
