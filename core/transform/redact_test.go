package transform

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

func open(t testing.TB, name, config string, env Env) Transform {
	t.Helper()
	x, err := Open(name, json.RawMessage(config), env)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func apply(t testing.TB, x Transform, r *message.Record) plugin.TransformOut {
	t.Helper()
	var out plugin.TransformOut
	if err := x.Apply(r, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func text(s string) *message.Record {
	return message.Of(&message.Message{Key: "slack:T1:C1:1", ID: "1", Conversation: "slack:T1:C1", Kind: "text", Text: s, Sent: message.Time{UTC: "2020-06-01T12:00:00Z"}})
}

const allDetectors = `{"detect":["cn_id","card","iban","phone","email"],"replacement":"█"}`

func TestDetectorsFindWhatTheyAreFor(t *testing.T) {
	x := open(t, "redact", allDetectors, Env{})
	for in, want := range map[string]string{
		"card 4111111111111111.":                      "card █.",
		"4111 1111 1111 1111":                         "█",
		"4111-1111-1111-1111 and 5500 0000 0000 0004": "█ and █",
		"378282246310005":                             "█",
		"3782 822463 10005":                           "█",
		"6222 0212 3456 7890 127":                     "6222 0212 3456 7890 127",
		"卡号４１１１１１１１１１１１１１１１谢谢":                  "卡号█谢谢",
		"卡号4111\u20111111\u20111111\u20111111。": "卡号█。",
		"41\u200b11111111111111":                "█",
		"4111 *1111* 1111 1111":                 "█",
		"٤١١١١١١١١١١١١١١١":                      "█",
		"42 4111 1111 1111 1111 123":            "42 █ 123",
		"4111111111111112":                      "4111111111111112",
		"0.4111111111111111":                    "0.4111111111111111",
		"a4111111111111111":                     "a4111111111111111",
		"41111111111111111111111111":            "41111111111111111111111111",
		"1554206400.000200":                     "1554206400.000200",
		"1554206400000":                         "1554206400000",
		"550e8400-e29b-41d4-a716-446655440000":  "550e8400-e29b-41d4-a716-446655440000",

		"DE89370400440532013000":              "█",
		"iban DE89 3704 0044 0532 0130 00 ok": "iban █ ok",
		"gb82 west 1234 5698 7654 32":         "█",
		"ＤＥ８９ ３７０４ ００４４ ０５３２ ０１３０ ００":         "█",
		"NO9386011117947":                     "█",
		"DE88370400440532013000":              "DE88370400440532013000",
		"XX89370400440532013000":              "XX89370400440532013000",

		"mail alice@acme.com, please":          "mail █, please",
		"邮箱alice.b+c@mail.acme.co.uk谢谢":        "邮箱█谢谢",
		"<mailto:a@b.io|a@b.io>":               "<mailto:█|█>",
		"ｂｏｂ＠ａｃｍｅ．ｔｅｓｔ":                        "█",
		"@alice react@18.2.0 a@b":              "@alice react@18.2.0 a@b",
		"https://x.test/?u=alice@acme.com&z=1": "https://x.test/?u=█&z=1",
		"שלח אל alice@acme.com תודה":           "שלח אל █ תודה",

		"身份证11010519491231002X。": "身份证█。",
		"11010519491231002x":     "█",
		"440524 18800101 0014":   "█",
		"110105194912310021":     "110105194912310021",
		"11010519491331002X":     "11010519491331002X",
		"１１０１０５１９４９１２３１００２Ｘ": "█",

		"电话13812345678谢谢":           "电话█谢谢",
		"+86 138 1234 5678":         "█",
		"8613812345678":             "█",
		"138-1234-5678":             "█",
		"tel:13812345678, thanks":   "tel:█, thanks",
		"010-02345678":              "010-02345678",
		"010-62345678":              "█",
		"(021) 62345678":            "█",
		"+49 (30) 901820":           "█",
		"+1-212-555-0123":           "█",
		"(212) 555-0123":            "█",
		"212.555.0123":              "█",
		"call +442079460958 now":    "call █ now",
		"020 7946 0958":             "█",
		"090-1234-5678":             "█",
		"09012345678":               "█",
		"01 42 68 53 00":            "█",
		"0171/1234567":              "█",
		"INV-13812345678":           "INV-13812345678",
		"#13812345678":              "#13812345678",
		"12812345678":               "12812345678",
		"2020-03-01 09:00-10:00":    "2020-03-01 09:00-10:00",
		"192.168.100.200":           "192.168.100.200",
		"2019-04-02T09:00:00.123Z":  "2019-04-02T09:00:00.123Z",
		"1,234,567,890 and 3.14159": "1,234,567,890 and 3.14159",
	} {
		r := text(in)
		apply(t, x, r)
		if r.Message.Text != want {
			t.Errorf("%q became %q, want %q", in, r.Message.Text, want)
		}
	}
}

func TestUntouchedMessageIsTheSameAndCostsNothing(t *testing.T) {
	x := open(t, "redact", allDetectors, Env{})
	r := text("Please look at report 42 before 2020-06-02, 谢谢 №7")
	r.Message.Rich = []message.Block{{Kind: "paragraph", Inlines: []message.Inline{{Kind: "text", Text: "Please look"}}}}
	r.Message.Ext = map[string]string{"slack.reply_count": "2"}
	before := string(r.Append(nil))
	var out plugin.TransformOut
	out.Records = make([]*message.Record, 0, 1)
	n := testing.AllocsPerRun(100, func() {
		out.Records = out.Records[:0]
		if err := x.Apply(r, &out); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0 && !raced { // the race detector empties pools at random
		t.Errorf("%v allocations", n)
	}
	if out.Records[0] != r || string(r.Append(nil)) != before || len(out.Changes) != 0 {
		t.Error("changed")
	}
}

func TestNumbersAreFoundAcrossInlines(t *testing.T) {
	x := open(t, "redact", `{"detect":["card","email"]}`, Env{})
	r := text("card 4111 *1111* 1111 1111 end")
	r.Message.Rich = []message.Block{{Kind: "paragraph", Inlines: []message.Inline{
		{Kind: "text", Text: "card 4111 "}, {Kind: "text", Text: "1111", Bold: true}, {Kind: "text", Text: " 1111 1111 end "},
		{Kind: "link", URL: "mailto:a@b.io", Text: "write"}, {Kind: "person", Target: "slack:T1:U1", Name: "c@d.io"}}}}
	apply(t, x, r)
	in := r.Message.Rich[0].Inlines
	want := []message.Inline{{Kind: "text", Text: "card [redacted:card]"}, {Kind: "text", Text: " end "}, {Kind: "text", Text: "write"}, {Kind: "person", Target: "slack:T1:U1", Name: "[redacted:email]"}}
	if !reflect.DeepEqual(in, want) {
		t.Errorf("%+v", in)
	}
	if strings.Contains(string(r.Append(nil)), "1111") {
		t.Error("a copy survives")
	}
}

func TestFormThatHidesAMatchIsDropped(t *testing.T) {
	x := open(t, "redact", `{"detect":["card"]}`, Env{})
	r := text("4111 <b>1111</b> 1111 1111")
	r.Message.Format = "html"
	r.Message.Rich = []message.Block{{Kind: "paragraph", Inlines: []message.Inline{{Kind: "text", Text: "4111 "}, {Kind: "text", Text: "1111"}, {Kind: "text", Text: " 1111 1111"}}}}
	apply(t, x, r)
	if r.Message.Text != "[redacted:card]" || r.Message.Format != "plain" {
		t.Errorf("%q %q", r.Message.Text, r.Message.Format)
	}
	r = text("4111 1111 1111 1111")
	r.Message.Rich = []message.Block{{Kind: "paragraph", Inlines: []message.Inline{{Kind: "text", Text: "4111 1111 "}, {Kind: "emoji", Name: "x"}, {Kind: "text", Text: "1111 1111"}}}}
	apply(t, x, r)
	if r.Message.Rich != nil || r.Message.Text != "[redacted:card]" {
		t.Errorf("%+v", r.Message)
	}
}

func TestHiddenCopiesInJSONGo(t *testing.T) {
	x := open(t, "redact", `{"detect":["card","email"]}`, Env{})
	for in, want := range map[string]string{
		`{"a":"x\u0040y.io","n":4111111111111111,"k":[true,null,1.5]}`: `{"a":"[redacted:email]","n":"[redacted:card]","k":[true,null,1.5]}`,
		`{"a@b.io":1}`: `{"[redacted:email]":1}`,
		`[{"type":"text","text":"4111 1111 "},{"type":"text","text":"1111 1111"}]`: `"[redacted:card]"`,
		`{"ts":"1554206400.000200","x":"\u0041"}`:                                  `{"ts":"1554206400.000200","x":"\u0041"}`,
		`{broken a@b.io`:          `{broken [redacted:email]`,
		`{broken x\u0040y.io`:     `"[redacted:unreadable]"`,
		`"https://x/?a=a%40b.io"`: `"https://x/?a=a%40b.io"`,
	} {
		r := text("")
		r.Message.Ext = map[string]string{"slack.x": in}
		apply(t, x, r)
		if got := r.Message.Ext["slack.x"]; got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
	r := text("")
	r.Message.Links = []message.Link{{URL: "https://x/?a=a%40b.io"}}
	if apply(t, x, r); r.Message.Links[0].URL != "[redacted:email]" {
		t.Error(r.Message.Links[0].URL)
	}
}

// Every text in the model is either redacted or known to hold no free text.
func TestNoTextFieldOfTheModelIsForgotten(t *testing.T) {
	const secret = "4111111111111111"
	known := []string{"Type", "Key", "ID", "Conversation", "Kind", "Subtype", "Seq", "Author", "UTC", "Raw", "Precision", "Zone", "Direction", "Thread",
		"ReplyTo", "Message", "TextB64", "Format", "Language", "Target", "MIME", "Sniffed", "Size", "SHA256", "Role", "Duration", "State", "Uploader",
		"ThumbnailOf", "Mode", "External", "Emoji", "Unicode", "Custom", "By", "At", "Action", "Actor", "Targets", "Item", "Participants", "Outcome",
		"Latitude", "Longitude", "Model", "Provider", "PromptRef", "Branch", "Finish", "Usage", "HiddenFrom", "Importance", "Client", "ClientID", "Parent",
		"File", "Index", "Offset", "Length", "List", "Lang", "Time", "Subscribers", "Of", "InputHash", "Confidence"}
	x := open(t, "redact", `{"detect":["card"]}`, Env{})
	for _, root := range []any{new(message.Message), new(message.Revision), new(message.Analysis)} {
		fillStrings(reflect.ValueOf(root).Elem(), secret)
		r := message.Of(root)
		if r.Message != nil {
			r.Message.TextB64 = ""
		}
		apply(t, x, r)
		var left []string
		findStrings(reflect.ValueOf(root).Elem(), "", secret, &left)
		for _, path := range left {
			last := path[strings.LastIndexByte(path, '.')+1:]
			if tool := strings.HasPrefix(path, ".AI.ToolCalls") && last == "Name"; !slices.Contains(known, last) && !tool {
				t.Errorf("%T%s keeps the text", root, path)
			}
		}
	}
}

func fillStrings(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillStrings(v.Elem(), s)
	case reflect.Struct:
		for i := range v.NumField() {
			fillStrings(v.Field(i), s)
		}
		if b, ok := v.Addr().Interface().(*message.Inline); ok {
			b.Kind = "text"
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillStrings(v.Index(0), s)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		if v.Type().Elem().Kind() == reflect.String {
			v.SetMapIndex(reflect.ValueOf("x"), reflect.ValueOf(s))
		}
	}
}

func findStrings(v reflect.Value, path, s string, out *[]string) {
	switch v.Kind() {
	case reflect.String:
		if strings.Contains(v.String(), s) {
			*out = append(*out, path)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			findStrings(v.Elem(), path, s, out)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			findStrings(v.Field(i), path+"."+v.Type().Field(i).Name, s, out)
		}
	case reflect.Slice:
		for i := range v.Len() {
			findStrings(v.Index(i), path, s, out)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			findStrings(v.MapIndex(k), path, s, out)
		}
	}
}

func TestBooksHoldCountsAndTheOriginalsDigest(t *testing.T) {
	plainKey := open(t, "redact", `{"detect":["card","email"]}`, Env{})
	r := text("a@b.io c@d.io 4111111111111111")
	r.Message.Raw = &message.Source{SHA256: strings.Repeat("a", 64)}
	want := digestOf(r)
	out := apply(t, plainKey, r)
	var n redactedNote
	if err := json.Unmarshal([]byte(r.Message.Ext["chatferry.redacted"]), &n); err != nil {
		t.Fatal(err)
	}
	if n.SHA256 != want || n.Rules["email"] != 2 || n.Rules["card"] != 1 || r.Message.Raw.SHA256 == "" {
		t.Errorf("%+v", n)
	}
	if c := plainKey.Counts(); c["email"] != 2 || c["card"] != 1 {
		t.Errorf("%v", c)
	}
	if !reflect.DeepEqual(out.Changes, []plugin.Change{{Rule: "card", N: 1}, {Rule: "email", N: 2}}) {
		t.Errorf("%v", out.Changes)
	}
	// A second block leaves the digest of the original and adds its counts.
	second := open(t, "redact", `{"patterns":{"word":"redacted"},"replacement":"█"}`, Env{})
	apply(t, second, r)
	n = redactedNote{}
	if err := json.Unmarshal([]byte(r.Message.Ext["chatferry.redacted"]), &n); err != nil || n.SHA256 != want || n.Rules["word"] != 3 {
		t.Errorf("%+v %v", n, err)
	}
	keyed := open(t, "redact", `{"detect":["card"],"hash_key":"k"}`, Env{})
	r = text("4111111111111111")
	r.Message.Raw = &message.Source{SHA256: strings.Repeat("a", 64)}
	apply(t, keyed, r)
	if note := r.Message.Ext["chatferry.redacted"]; !strings.Contains(note, "hmac_sha256") || strings.Contains(note, `"sha256"`) || r.Message.Raw.SHA256 != "" {
		t.Error(note)
	}
	if err := r.Check(); err != nil {
		t.Error(err)
	}
}

func digestOf(r *message.Record) string { return (&redactTransform{}).digest(r) }

func TestFieldsOfPeopleAndConversationsOnlyWhenListed(t *testing.T) {
	p := func() *message.Record {
		return message.Of(&message.Person{Key: "k", ID: "i", Kind: "human", Name: "a@b.io", Emails: []string{"a@b.io"}, Ext: map[string]string{"slack.profile": `{"email":"a@b.io"}`}})
	}
	r := p()
	apply(t, open(t, "redact", `{"detect":["email"]}`, Env{}), r)
	if r.Person.Ext["chatferry.redacted"] != "" {
		t.Error("touched")
	}
	apply(t, open(t, "redact", `{"detect":["email"],"fields":["person.emails"]}`, Env{}), r)
	if r.Person.Emails[0] != "[redacted:email]" || strings.Contains(r.Person.Ext["slack.profile"], "@") || r.Person.Name != "a@b.io" {
		t.Errorf("%+v", r.Person)
	}
	c := message.Of(&message.Conversation{Key: "k", ID: "i", Topic: &message.Note{Text: "a@b.io"}, Purpose: &message.Note{Text: "a@b.io"}})
	apply(t, open(t, "redact", `{"detect":["email"],"fields":["conversation.topic"]}`, Env{}), c)
	if c.Conversation.Topic.Text != "[redacted:email]" || c.Conversation.Purpose.Text != "a@b.io" {
		t.Errorf("%+v", c.Conversation)
	}
}

func TestWrongRedactSettingsNameTheSetting(t *testing.T) {
	for config, setting := range map[string]string{
		`{}`:                         "detect",
		`{"detect":["emial"]}`:       "detect",
		`{"detect":["card","card"]}`: "detect",
		`{"patterns":{"x":"("}}`:     "patterns",
		`{"patterns":{"x":"a*"}}`:    "patterns",
		`{"detect":["card"],"patterns":{"card":"a"}}`: "patterns",
		`{"detect":["card"],"fields":["text"]}`:       "fields",
		`{"detect":["email"],"replacement":"a@b.io"}`: "replacement",
		`{"patterns":{"x":"red"}}`:                    "replacement",
		`{"detect":["card"],"oops":1}`:                "oops",
	} {
		_, err := Open("redact", json.RawMessage(config), Env{})
		if e, ok := err.(*fault.Error); !ok || e.Setting != setting || e.Class != fault.Config {
			t.Errorf("%s: %v", config, err)
		}
	}
}
