package census

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

func count(text string, pieces int, object bool) (int64, string) {
	a := Items{Object: object}
	for len(text) > 0 {
		n := min(pieces, len(text))
		a.Write([]byte(text[:n]))
		text = text[n:]
	}
	return a.Count()
}

func TestItemsAreCountedByBrackets(t *testing.T) {
	for text, want := range map[string]struct {
		n      int64
		broken string
	}{
		`[]`:                            {0, ""},
		"\xef\xbb\xbf [ \n {} ]\n":      {1, ""},
		`[{"a":[1,2,{"b":"]},["}]},{}]`: {2, ""},
		`["a,\"b\\",3,null, true,[[]]]`: {5, ""},
		`[{},{},]`:                      {2, ""}, // a comma at the end: all elements are there
		`[{} {}]`:                       {1, "an item is not followed by a comma"},
		`["a" 1]`:                       {1, "an item is not followed by a comma"},
		``:                              {0, "it is empty"},
		`{"a":1,"b":[1,2],"c":"}" }`:    {3, ""},
		`{}`:                            {0, ""},
		`{"a":{} "b":1}`:                {1, "an item is not followed by a comma"},
		` {"a":1}`:                      {0, "it does not begin as it should"},
		`<html>`:                        {0, "it does not begin as it should"},
		`[{"a":1}`:                      {1, "it ends before its last bracket"},
		`[{"a":"x]`:                     {1, "it ends before its last bracket"},
		`[{}][{}]`:                      {1, "there is data after its end"},
		`[,{}]`:                         {0, "it has a comma without an item"},
		`[{}}`:                          {1, "its brackets do not match"},
	} {
		for _, pieces := range []int{1, 2, 1 << 20} {
			if n, broken := count(text, pieces, text[:min(1, len(text))] == "{"); n != want.n || broken != want.broken {
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

// FuzzItems compares with encoding/json: whatever that takes for an array or object is counted the same.
func FuzzItems(f *testing.F) {
	for _, s := range []string{`[]`, `[1,"a\"]",{"b":[]}]`, "\xef\xbb\xbf[{}]", `[[[`, `]`, `{"a":{"b":","},"c":[]}`} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, b []byte, pieces int) {
		pieces = min(max(pieces, 1), len(b)+1)
		var list []json.RawMessage
		if err := json.Unmarshal(b, &list); err == nil && list != nil {
			if n, broken := count(string(b), pieces, false); n != int64(len(list)) || broken != "" {
				t.Errorf("%q: %d items, counted %d, %q", b, len(list), n, broken)
			}
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(b, &object); err == nil && object != nil {
			// A map holds each name once.
			if n, broken := count(string(b), pieces, true); n < int64(len(object)) || broken != "" {
				t.Errorf("%q: %d members, counted %d, %q", b, len(object), n, broken)
			}
		}
	})
}
