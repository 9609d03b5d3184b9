package message

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gowebpki/jcs"
)

// A second canonicaliser, of other authors and by another method (it parses any JSON and writes it by
// RFC 8785), must agree with ours on every record; see schema/proof.md, 1.

// agree gives ours to theirs.
func agree(t *testing.T, ours []byte) {
	t.Helper()
	theirs, err := jcs.Transform(ours)
	if err != nil {
		t.Fatalf("the other canonicaliser refuses %q: %v", ours, err)
	}
	if string(theirs) != string(ours) {
		t.Errorf("ours   %q\ntheirs %q", ours, theirs)
	}
}

// awkward are characters where encoders differ.
var awkward = []rune("\"\\/\b\f\n\r\t\x00\x01\x1f\x7f<>&'\u0080\u00ad\u200b\u2028\u2029\u202e\ufeff\ufffd\ufffe\uffff\ue000\U0001f600\U0010ffff\u00e9e\u0301中aA0 {}[]:,")

func randomText(rnd *rand.Rand) string {
	var b strings.Builder
	for range rnd.IntN(12) {
		b.WriteRune(awkward[rnd.IntN(len(awkward))])
	}
	return b.String()
}

// randomise sets about half of the fields of v, to awkward values.
func randomise(v reflect.Value, rnd *rand.Rand, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(randomText(rnd))
	case reflect.Int:
		v.SetInt([]int64{0, 1, 9, 10, 1<<31 - 1, 1 << 31, int64(rnd.IntN(1 << 30))}[rnd.IntN(7)])
	case reflect.Bool:
		v.SetBool(rnd.IntN(2) == 0)
	case reflect.Pointer:
		if rnd.IntN(2) == 0 && depth < 8 {
			v.Set(reflect.New(v.Type().Elem()))
			randomise(v.Elem(), rnd, depth+1)
		}
	case reflect.Slice:
		if n := rnd.IntN(3); n > 0 && depth < 8 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				randomise(v.Index(i), rnd, depth+1)
			}
		}
	case reflect.Map:
		m := map[string]string{}
		for i := range rnd.IntN(4) {
			m[fmt.Sprint(randomName(rnd), i)] = randomText(rnd)
		}
		v.Set(reflect.ValueOf(m))
	case reflect.Struct:
		for i := range v.NumField() {
			if rnd.IntN(2) == 0 {
				randomise(v.Field(i), rnd, depth+1)
			}
		}
	}
}

// randomName is a member's name without characters above U+D7FF: among those the two orders differ.
func randomName(rnd *rand.Rand) string {
	return strings.Map(func(r rune) rune {
		if r > 0xd7ff {
			return -1
		}
		return r
	}, randomText(rnd))
}

func TestAnotherCanonicaliserAgreesOnEveryRecord(t *testing.T) {
	for _, r := range everyRecord() {
		agree(t, r.Append(nil))
	}
	rnd := rand.New(rand.NewPCG(8785, 1))
	for range 3000 {
		for _, x := range []any{new(Person), new(Conversation), new(Membership), new(Message), new(Revision), new(Emoji), new(Analysis)} {
			randomise(reflect.ValueOf(x).Elem(), rnd, 0)
			agree(t, Of(x).Append(nil))
		}
	}
}

// TestNamesAreSortedBytewise shows the one place where the profile is not RFC 8785, which sorts by UTF-16.
func TestNamesAreSortedBytewise(t *testing.T) {
	const low, high = "\uff5e", "\U0001f600"
	line := Of(&Emoji{Ext: map[string]string{high: "", low: ""}}).Append(nil)
	theirs, err := jcs.Transform(line)
	if err != nil || string(theirs) == string(line) || !strings.Contains(string(line), `"`+low+`":"","`+high+`":""`) {
		t.Errorf("%v\nours   %q\ntheirs %q", err, line, theirs)
	}
}

// FuzzAnotherCanonicaliserAgrees takes any text as a string, and any line that is a record as one.
func FuzzAnotherCanonicaliserAgrees(f *testing.F) {
	f.Add(string(awkward))
	for _, r := range everyRecord() {
		f.Add(string(r.Append(nil)))
	}
	f.Fuzz(func(t *testing.T, s string) {
		if utf8.ValidString(s) {
			agree(t, append(AppendString([]byte(`{"a":`), s), '}'))
		}
		if r, err := Decode(s); err == nil && !wideNames(s) {
			agree(t, r.Append(nil))
		}
	})
}

// wideNames tells whether some member's name has characters above U+D7FF.
func wideNames(s string) bool {
	dec := json.NewDecoder(strings.NewReader(s))
	for {
		tok, err := dec.Token()
		if err != nil {
			return false
		}
		if name, ok := tok.(string); ok && strings.ContainsFunc(name, func(r rune) bool { return r > 0xd7ff }) {
			return true // a value may be meant, which is harmless
		}
	}
}
