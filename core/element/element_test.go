package element

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

// taker keeps the elements it is given as they stand.
type taker struct {
	a    *Array
	raw  string
	list []string
}

func (k *taker) Parse(s *scan.Scanner, _ string) { k.raw = s.Raw() }

func (k *taker) Emit(at *Place) error {
	k.list = append(k.list, fmt.Sprintf("%d@%d %s", at.Index, at.Offset, k.raw))
	return nil
}

func (k *taker) Begins(view string) bool { return strings.HasPrefix(view, `{"id"`) }

// walk reads a document: arrays called "list" by element, "deep" as an object, the rest whole. With emit its rejects
// are kept, else what it loses.
func walk(t testing.TB, doc string, window int, emit bool) (taken []string, lost []Part, rejects []plugin.Reject) {
	t.Helper()
	k := &taker{}
	k.a = &Array{Ctx: context.Background(), To: k, Tiny: window, Fence: `"list"`}
	out := plugin.NewEmitter(context.Background(), t.TempDir(), func(b *plugin.Batch) error {
		rejects = append(rejects, b.Rejects...)
		return nil
	})
	if emit {
		k.a.Out = out
	}
	var member func(name string) error
	depth := 0
	member = func(name string) error {
		switch kind := k.a.Kind(); {
		case name == "list" && kind == scan.Arr:
			return k.a.Elements()
		case name == "deep" && kind == scan.Obj && depth < 3:
			depth++
			return k.a.Object(member)
		case name == "skip":
			return k.a.Skip()
		}
		at := k.a.Offset()
		raw, err := k.a.Take(64)
		if raw != "" {
			k.list = append(k.list, fmt.Sprintf("%s@%d %s", name, at, raw))
		}
		return err
	}
	err := k.a.Start("x", strings.NewReader(doc), -1)
	if err == nil {
		err = k.a.Object(member)
	}
	if err == nil {
		err = k.a.End()
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range k.a.Lost {
		k.a.Lost[i].Detail = "" // it may say more where more is in memory
	}
	return k.list, k.a.Lost, rejects
}

func TestADocumentIsWalkedWithWhatIsWrongInIt(t *testing.T) {
	for doc, want := range map[string]string{
		`{"a":1,"list":[{"id":1},2],"deep":{"list":[3],"b":"x"},"skip":[{"]":1}],"c":null}`: `a@5 1|0@15 {"id":1}|1@24 2|2@43 3|b@50 "x"|c@76 null`,
		`{"a":nil,"b":2}`: `b@13 2|lost 5+3 not_json`,
		`{"a":"` + strings.Repeat("x", 100) + `","b":2}`:        `b@112 2|lost 5+102 too_large`,
		`{"list":[{"id":1},{"id":2`:                             `0@9 {"id":1}|lost 18+-1 not_json`,
		`{"list":[{"id":x},{"id":2}],"b":1}`:                    `1@18 {"id":2}|b@32 1`,
		`{"list":[{"id":"x},{"id":2}],"list":[{"id":3}],"b":1}`: `1@19 {"id":2}|2@37 {"id":3}|b@51 1`,
		`{"a":1 "b":2}`: `a@5 1|lost 7+-1 not_json`,
		`{"a":1,}`:      `a@5 1`,
		`{"a":1}x`:      `a@5 1|lost 7+-1 not_json`,
		`[]`:            `lost 0+-1 not_json`,
		``:              `lost 0+-1 not_json`,
		"\ufeff {}":     ``,
	} {
		for _, window := range []int{0, 1, 16} {
			taken, lost, _ := walk(t, doc, window, false)
			for _, p := range lost {
				taken = append(taken, fmt.Sprintf("lost %d+%d %s", p.Offset, p.Length, p.Reason))
			}
			if got := strings.Join(taken, "|"); got != want {
				t.Errorf("%s with a window of %d:\n got %s\nwant %s", doc, window, got, want)
			}
		}
	}
}

func TestLostPartsAreRejectedWithTheirBytes(t *testing.T) {
	doc := `{"a":"` + strings.Repeat("x", 100) + `","b":nil,"c":[`
	_, lost, _ := walk(t, doc, 0, false)
	var rejects []plugin.Reject
	out := plugin.NewEmitter(t.Context(), t.TempDir(), func(b *plugin.Batch) error {
		rejects = append(rejects, b.Rejects...)
		return nil
	})
	if err := RejectLost(t.Context(), out, "x", strings.NewReader(doc), int64(len(doc)), lost); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if len(rejects) != 3 || string(rejects[0].Bytes) != doc[5:107] || string(rejects[1].Bytes) != "nil" || string(rejects[2].Bytes) != "[" {
		t.Errorf("%q", rejects)
	}
}

// FuzzDocument walks with several windows, with and without an emitter, and compares with encoding/json.
func FuzzDocument(f *testing.F) {
	f.Add(`{"a":1,"list":[{"id":1},2],"deep":{"list":[3],"b":"x"},"skip":[{"]":1}]}`, 3)
	f.Add(`{"list":[{"id":"x},{"id":2}],"list":[{"id":3}],"b":1}`, 7)
	f.Add(`{"deep":{"deep":{"deep":{"list":[1`, 1)
	f.Fuzz(func(t *testing.T, doc string, window int) {
		window = min(max(window, 1), 1<<10)
		taken, lost, _ := walk(t, doc, 0, false)
		small, smallLost, _ := walk(t, doc, window, false)
		if fmt.Sprint(taken) != fmt.Sprint(small) || fmt.Sprint(lost) != fmt.Sprint(smallLost) {
			t.Fatalf("with a window of %d:\n%q %v\ninstead of\n%q %v", window, small, smallLost, taken, lost)
		}
		emitted, none, rejects := walk(t, doc, window, true)
		if fmt.Sprint(emitted) != fmt.Sprint(taken) || len(none) > 0 {
			t.Fatalf("with an emitter:\n%q\ninstead of\n%q", emitted, taken)
		}
		for _, r := range rejects {
			if r.Bytes != nil && !bytes.Contains([]byte(doc), r.Bytes) {
				t.Fatalf("a reject holds bytes that are not in the document: %q", r.Bytes)
			}
		}
		var object map[string]json.RawMessage
		if json.Unmarshal([]byte(doc), &object) == nil && object != nil && len(rejects) > 0 && !strings.Contains(fmt.Sprint(rejects), "too_") {
			t.Fatalf("%q is JSON, and yet rejected: %+v", doc, rejects)
		}
	})
}
