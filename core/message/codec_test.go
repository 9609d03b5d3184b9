package message

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// fill sets every field of v to a value that tells it apart, so that a codec that mixes up, drops
// or renames a field cannot pass.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString("s" + strconv.Itoa(*n) + "\"\\\n\u4e2d")
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"b" + strconv.Itoa(*n): "x", "a": "y"}))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	}
}

func everyRecord() []*Record {
	var list []*Record
	n := 0
	for _, x := range []any{new(Person), new(Conversation), new(Membership), new(Message), new(Revision), new(Emoji), new(Analysis)} {
		fill(reflect.ValueOf(x).Elem(), &n)
		list = append(list, Of(x))
	}
	return list
}

func TestCodecRoundTripsEveryField(t *testing.T) {
	for _, r := range everyRecord() {
		line := string(r.Append(nil))
		back, err := Decode(line)
		if err != nil {
			t.Fatalf("%s: %v", r.Type, err)
		}
		if !reflect.DeepEqual(r, back) {
			t.Errorf("%s: decode(append(r)) differs from r", r.Type)
		}
		if again := string(back.Append(nil)); again != line {
			t.Errorf("%s: second encoding differs", r.Type)
		}
	}
}

// TestEncodingIsCanonical compares with encoding/json, which sorts map keys bytewise.
func TestEncodingIsCanonical(t *testing.T) {
	for _, r := range everyRecord() {
		line := r.Append(nil)
		var v any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%s: %v", r.Type, err)
		}
		var want strings.Builder
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
		if want.String() != string(line)+"\n" {
			t.Errorf("%s: encoding is not canonical:\n%s\n%s", r.Type, line, want.String())
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, line := range map[string]string{
		"unknown field": `{"id":"1","nonsense":"x","type":"message","v":1}`,
		"unknown type":  `{"type":"telegram","v":1}`,
		"no type":       `{"v":1}`,
		"float":         `{"type":"message","v":1.5}`,
		"null":          `{"id":null,"type":"message","v":1}`,
		"trailing data": `{"type":"message","v":1}{}`,
		"truncated":     `{"id":"a`,
		"bad unicode":   `{"id":"` + "\xff" + `","type":"message","v":1}`,
	} {
		if _, err := Decode(line); err == nil {
			t.Errorf("%s: decoded", name)
		}
	}
}

func TestKeysAreUnambiguous(t *testing.T) {
	a, b := Key("slack", "T:1", "C%3A"), Key("slack", "T", "1:C:")
	if a == b {
		t.Fatal(a)
	}
	if got := SplitKey(a); !reflect.DeepEqual(got, []string{"slack", "T:1", "C%3A"}) {
		t.Fatal(got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, r := range everyRecord() {
		f.Add(string(r.Append(nil)))
	}
	f.Fuzz(func(t *testing.T, line string) {
		r, err := Decode(line)
		if err != nil {
			return
		}
		_ = r.Check()
		enc := string(r.Append(nil))
		back, err := Decode(enc)
		if err != nil {
			t.Fatalf("own encoding does not decode: %v", err)
		}
		if string(back.Append(nil)) != enc {
			t.Fatal("encoding is not stable")
		}
	})
}

func benchMessage() *Record {
	return Of(&Message{Key: "slack:T01:C024BE91L:1554206400.000200", ID: "1554206400.000200", Conversation: "slack:T01:C024BE91L",
		Kind: KindText, Author: "slack:T01:U03XYZ", Sent: Time{UTC: "2019-04-02T12:00:00.000200Z", Raw: "1554206400.000200", Precision: "us", Zone: "utc"},
		Text: strings.Repeat("Deploy finished, please check the dashboard 部署完成。", 3), Format: "mrkdwn",
		Rich:      []Block{{Kind: BlockParagraph, Inlines: []Inline{{Kind: InlineText, Text: "Deploy finished"}, {Kind: InlineEmoji, Name: "wave"}}}},
		Reactions: []Reaction{{Emoji: "+1", By: []string{"slack:T01:U1", "slack:T01:U2"}, Count: 2}},
		Raw:       &Source{File: "general/2019-04-02.json", Index: "17", Offset: "8812", Length: "1900", SHA256: strings.Repeat("ab", 32)}})
}

func BenchmarkAppend(b *testing.B) {
	r := benchMessage()
	buf := r.Append(nil)
	b.SetBytes(int64(len(buf)))
	for b.Loop() {
		buf = r.Append(buf[:0])
	}
}

func BenchmarkDecode(b *testing.B) {
	line := string(benchMessage().Append(nil))
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(line); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	r := benchMessage()
	for b.Loop() {
		if err := r.Check(); err != nil {
			b.Fatal(err)
		}
	}
}
