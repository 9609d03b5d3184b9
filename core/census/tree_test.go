package census

import (
	"encoding/json"
	"strings"
	"testing"
)

var chats = [][]string{{"messages", "*"}, {"owner"}, {"chats", "list", "*"}, {"chats", "list", "*", "messages", "*"}}

func grown(text string, piece int) (int64, string) {
	tree := Tree{Paths: chats}
	for len(text) > 0 {
		n := min(piece, len(text))
		tree.Write([]byte(text[:n]))
		text = text[n:]
	}
	return tree.Count()
}

func TestTreeCountsWhatItsPathsLeadTo(t *testing.T) {
	for text, want := range map[string]struct {
		n      int64
		broken string
	}{
		`{"messages":[{"messages":[1,2]},"a]",3,[4,5],null]}`:                                                                {5, ""},
		"\xef\xbb\xbf" + `{"name":"messages","chats":{"list":[{"messages":[1,{}]},{"x":{"messages":[1]}},{"messages":{}}]}}`: {5, ""},
		`{"x":{"messages":[1]},"chats":[1],"messages":[]}`:                                                                   {0, ""},
		`{"messages":[1,2`:    {2, "it ends before its last bracket"},
		`{"messages":[1 "a"`:  {1, "it ends before its last bracket"},
		`{"messages":[{}{}]}`: {1, "an item is not followed by a comma"},
		`{"messages":[1}`:     {1, "its brackets do not match"},
		`{"messages":[1]} x`:  {1, "there is data after its end"},
		``:                    {0, "it is empty"},
		`nothing`:             {0, "it does not begin as it should"},
	} {
		for _, piece := range []int{1, 7, len(text) + 1} {
			if n, broken := grown(text, piece); n != want.n || broken != want.broken {
				t.Errorf("%s in pieces of %d: %d, %q; want %d, %q", text, piece, n, broken, want.n, want.broken)
			}
		}
	}
	if n, broken := grown(`{"messages":[`+strings.Repeat(`[`, 3<<20), 1<<16); broken == "" || n != 1 {
		t.Errorf("%d, %q", n, broken)
	}
}

// FuzzTree compares with encoding/json.
func FuzzTree(f *testing.F) {
	f.Add([]byte(`{"messages":[1,"a\"]",{"b":[]}],"chats":{"list":[{"messages":[[],{}]}]}}`), 3)
	f.Fuzz(func(t *testing.T, b []byte, piece int) {
		n, broken := grown(string(b), min(max(piece, 1), len(b)+1))
		var doc struct {
			Messages []json.RawMessage `json:"messages"`
		}
		var names map[string]json.RawMessage
		if json.Unmarshal(b, &names) != nil || names == nil || json.Unmarshal(b, &doc) != nil {
			return
		}
		if broken != "" {
			t.Fatalf("%q: %q", b, broken)
		}
		if len(names["messages"]) > 0 && strings.Count(string(b), "essages") == 1 && n < int64(len(doc.Messages)) {
			t.Fatalf("%q: counted %d of %d", b, n, len(doc.Messages))
		}
	})
}
