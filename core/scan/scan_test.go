package scan

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func valid(in string) error {
	s := New(in)
	s.Skip()
	return s.End()
}

func TestSkipAgreesWithStandardLibrary(t *testing.T) {
	for _, in := range []string{`{}`, `[]`, `[1,2]`, `{"a":[{"b":null}],"c":-1.5e+3}`, `[1,]`, `{"a":1,}`, `{,}`, `[,1]`, `01`, `-`, `1.`, `1e`,
		`"\ud800"`, `"\x"`, "\"\n\"", `tru`, `nul`, `{"a" 1}`, `{1:2}`, `[}`, `"`, `"\`, `"\u12`, ``, ` `, `1 2`, `{"a":1 "b":2}`, "\"\xff\"", `{"a":}`} {
		if got, want := valid(in) == nil, json.Valid([]byte(in)); got != want {
			t.Errorf("%q: valid = %v, encoding/json says %v (%v)", in, got, want, valid(in))
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	if err := valid(deep); !errors.Is(err, ErrDepth) {
		t.Fatalf("100,000 levels: %v", err)
	}
	if err := valid(strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)); err != nil {
		t.Fatal(err)
	}
}

func TestStrings(t *testing.T) {
	for in, want := range map[string]string{`"plain"`: "plain", `"\u4e2d\n\"\\\/"`: "中\n\"\\/", `"\ud83d\ude00"`: "😀", `""`: ""} {
		s := New(in)
		if got := s.String(); got != want || s.Err() != nil || s.Lossy {
			t.Errorf("%s = %q, %v, lossy %v", in, got, s.Err(), s.Lossy)
		}
	}
	for _, in := range []string{`"a\ud800b"`, "\"a\xffb\"", `"\udc00\ud800"`} {
		s := New(in)
		if _ = s.String(); !s.Lossy || s.Err() != nil {
			t.Errorf("%q: lossy %v, %v", in, s.Lossy, s.Err())
		}
	}
}

func TestWalk(t *testing.T) {
	s := New(` {"a": "x", "b": [1, 22, {"c": true}], "d": {"e": null}} `)
	var got []string
	for s.Object(); s.Next(); {
		switch k := s.Key(); k {
		case "a":
			got = append(got, s.String())
		case "b":
			for s.Array(); s.Next(); {
				got = append(got, s.Raw())
			}
		default:
			got = append(got, k+s.Raw())
		}
	}
	if err := s.End(); err != nil || strings.Join(got, "|") != `x|1|22|{"c": true}|d{"e": null}` {
		t.Fatal(got, err)
	}
}

func FuzzSkip(f *testing.F) {
	f.Add(`{"a":[1,2,{"b":"\u00e9\ud83d\ude00"}],"c":null}`)
	f.Add(`[[[[]]]]`)
	f.Fuzz(func(t *testing.T, in string) {
		err := valid(in)
		if errors.Is(err, ErrDepth) {
			return
		}
		if got, want := err == nil, json.Valid([]byte(in)); got != want {
			t.Fatalf("%q: valid = %v, encoding/json says %v", in, got, want)
		}
		s := New(in)
		if s.Kind() == Str && err == nil {
			got := s.String()
			var want string
			if json.Unmarshal([]byte(in), &want) == nil && got != want && !s.Lossy {
				t.Fatalf("%q decodes to %q, encoding/json says %q", in, got, want)
			}
		}
	})
}
