package projection

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// harsh is a projection that uses every rule.
func harsh() plugin.Projection {
	d := func(name string) plugin.Rule { return plugin.Rule{Action: plugin.Degrade, Name: name, Why: "w"} }
	drop := plugin.Rule{Action: plugin.Drop}
	return plugin.Projection{
		Types: map[string]plugin.Rule{"revision": drop, "membership": d("current_people"), "emoji": d("with_image")},
		Fields: map[string]plugin.Rule{
			"person.real_name": d("first_last"), "person.first_name": d("max_runes_8"), "person.active_until": d("since"), "person.locale": d("short_locale"),
			"person.avatar": d("present"), "person.emails": drop, "conversation.kind": d("place_kind"), "conversation.name": d("place_name"),
			"conversation.display_name": d("default_name"), "conversation.archived_at": d("archive_time"), "conversation.participants": d("accounts"),
			"conversation.topic.text": d("max_runes_5"), "conversation.topic.by": drop, "membership.person": d("account"),
			"message.author": d("account"), "message.cards": d("in_text"), "message.quoted": d("in_text"), "message.forwarded": d("in_text"),
			"message.poll": d("in_text"), "message.subject": d("in_text"), "message.location": d("in_text"), "message.contact": d("in_text"),
			"message.deleted": d("content_removed"), "message.edited": d("edit_time"), "message.edited.by": drop, "message.edited.previous": drop,
			"message.pins": d("flag"), "message.reactions.emoji": d("emoji_name"), "message.reactions.at": d("after_post"), "message.reactions.by": d("account"),
			"message.reactions.count": drop, "message.sent.raw": drop, "message.received": d("milliseconds"), "message.attachments.url": drop,
			"message.flagged.by": d("account"), "message.ext": drop,
		},
		Text: &plugin.TextRule{Dialect: "markdown", Limit: 300, Unit: "rune", Mention: "@{account}", Channel: "~{name}", Inert: true},
		Time: &plugin.TimeRule{Unit: "ms", Unique: true}, Files: 2,
		Account: &plugin.AccountRule{Allowed: ".-_", Max: 22, Start: "letter", Email: true},
		Place:   &plugin.PlaceRule{Channel: plugin.AccountRule{Allowed: "-_", Max: 20}, Workspace: plugin.AccountRule{Allowed: "-", Max: 20}, Direct: 8, Kinds: map[string]string{"space": ""}},
	}
}

// filler fills the model with random but valid values.
type filler struct{ *rand.Rand }

var words = []string{"", "a", "@all", "hello *world*", "`code`", "long " + strings.Repeat("word @here ", 40), "日本語", "```\n@channel\n```", "x\x00y", "# h\n- l", "https://x.org/@all"}

func (f filler) fill(v reflect.Value, name string, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(f.text(name))
	case reflect.Int:
		v.SetInt(int64(f.IntN(4)))
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 0)
	case reflect.Pointer:
		if depth > 0 && f.IntN(2) == 0 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem(), name, depth-1)
		}
	case reflect.Slice:
		if n := f.IntN(4); depth > 0 && n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				f.fill(v.Index(i), name, depth-1)
			}
		}
	case reflect.Map:
		if f.IntN(2) == 0 {
			v.Set(reflect.ValueOf(map[string]string{"slack.x": "1"}))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i), jsonName(v.Type().Field(i)), depth)
		}
	}
}

func (f filler) text(name string) string {
	pick := func(list ...string) string { return list[f.IntN(len(list))] }
	switch name {
	case "utc", "time":
		return fmt.Sprintf("2020-01-01T00:00:0%d.%03d%sZ", f.IntN(2), f.IntN(3), pick("", "000200", "5"))
	case "at": // of reactions
		return "2020-01-01T00:00:01.5Z"
	case "precision", "zone", "sha256", "size", "index", "offset", "length":
		return map[string]string{"precision": "us", "zone": "utc", "sha256": strings.Repeat("ab", 32), "size": "7"}[name]
	case "author", "by", "person", "target", "participants", "actor", "targets", "creator":
		return fmt.Sprintf("slack:T1:U%d", f.IntN(4))
	case "state":
		return pick("present", "missing")
	case "kind":
		return pick("text", "paragraph", "item", "code", "link", "person", "broadcast", "emoji", "direct", "group", "public", "space")
	case "format":
		return pick("", "plain", "mrkdwn", "markdown", "html")
	}
	return words[f.IntN(len(words))]
}

func (f filler) message(n int) *message.Record {
	var m message.Message
	f.fill(reflect.ValueOf(&m).Elem(), "", 3)
	m.Key, m.ID, m.Conversation, m.Kind = fmt.Sprintf("slack:T1:C1:%d", n), fmt.Sprint(n), "slack:T1:C1", message.KindText
	for i := range m.Reactions {
		r := &m.Reactions[i]
		r.Emoji = []string{"+1", "+1::skin-tone-3", "日本", "+1"}[f.IntN(4)]
		if r.At = nil; f.IntN(2) == 0 {
			for range r.By {
				r.At = append(r.At, f.text("at"))
			}
		}
	}
	for i := range m.Mentions {
		m.Mentions[i].Kind = "person"
	}
	for i := range m.Links {
		m.Links[i].URL = "http://x"
	}
	m.Part = nil
	m.Sent.ShiftMS = 0
	return message.Of(&m)
}

func lines(list []*message.Record) []byte {
	var b []byte
	for _, r := range list {
		b = append(r.Append(b), '\n')
	}
	return b
}

func TestProjectingTwiceChangesNothing(t *testing.T) {
	f := filler{rand.New(rand.NewPCG(1, 2))}
	for round := range 300 {
		var in []*message.Record
		for i := range 12 {
			in = append(in, f.message(i))
		}
		for i := range 4 {
			var p message.Person
			f.fill(reflect.ValueOf(&p).Elem(), "", 2)
			p.Key, p.Kind, p.Target, p.Synthesised = fmt.Sprintf("slack:T1:U%d", i), "human", nil, false
			var c message.Conversation
			f.fill(reflect.ValueOf(&c).Elem(), "", 2)
			c.Key, c.Parent = fmt.Sprintf("slack:T1:C%d", i), "slack:T1"
			in = append(in, message.Of(&p), message.Of(&c))
		}
		before := lines(in)
		once, err := Project(harsh(), in)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, lines(in)) {
			t.Fatal("the input was changed")
		}
		x, err := For(harsh(), in)
		if err != nil {
			t.Fatal(err)
		}
		twice := x.all(once)
		if got, want := lines(twice), lines(once); !bytes.Equal(got, want) {
			a, b := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
			for i := range a {
				if i >= len(b) || a[i] != b[i] {
					t.Fatalf("round %d:\nonce  %s\ntwice %s", round, a[i], b[min(i, len(b)-1)])
				}
			}
			t.Fatal("more records the second time")
		}
		check(t, once)
	}
}

func check(t *testing.T, list []*message.Record) {
	t.Helper()
	last := ""
	for _, r := range list {
		if *r.RawSource() != nil {
			t.Fatal("raw pointer left")
		}
		m := r.Message
		if m == nil {
			continue
		}
		if m.Sent.UTC <= last {
			t.Fatalf("%s is not after %s", m.Sent.UTC, last)
		}
		last = m.Sent.UTC
		if len([]rune(m.Text)) > 300 || len(m.Attachments) > 2 || len(m.Rich)+len(m.Cards) > 0 {
			t.Fatal("a limit is broken")
		}
		for _, re := range m.Reactions {
			if len(re.At) != len(re.By) || len(re.By) == 0 {
				t.Fatal("reactions without time or people")
			}
			for _, at := range re.At {
				if at < m.Sent.UTC {
					t.Fatalf("a reaction at %s before its post at %s", at, m.Sent.UTC)
				}
			}
		}
	}
}

func TestIdentityOnlyTakesRawAway(t *testing.T) {
	x, err := Compile(plugin.Projection{}, Context{})
	if err != nil || !x.Identity() {
		t.Fatal(err)
	}
	f := filler{rand.New(rand.NewPCG(3, 4))}
	s := x.NewConversation()
	for i := range 50 {
		r := f.message(i)
		r.Message.Raw = nil
		want := string(r.Append(nil))
		r.Message.Raw = &message.Source{File: "x"}
		out, keep := s.Apply(r, func(c Change) { t.Error(c) })
		if !keep || len(out) != 1 || string(out[0].Append(nil)) != want || r.Message.Raw == nil {
			t.Fatal("identity changed a record")
		}
	}
}

func TestTimesAndParts(t *testing.T) {
	x, err := Compile(harsh(), Context{})
	if err != nil {
		t.Fatal(err)
	}
	s := x.NewConversation()
	var got []string
	counts := map[Change]int{}
	send := func(key, utc, text string, files int) {
		m := &message.Message{Key: key, ID: key, Conversation: "c", Kind: "text", Author: "slack:T1:U1", Sent: message.Time{UTC: utc, Raw: "r"}, Text: text,
			Attachments: make([]message.Attachment, files), Reactions: []message.Reaction{{Emoji: "x", By: []string{"slack:T1:U1"}}}}
		list, _ := s.Apply(message.Of(m), func(c Change) { counts[c]++ })
		for _, r := range list {
			m := r.Message
			got = append(got, fmt.Sprintf("%s %s %d files=%d reactions=%d part=%v", m.Key, m.Sent.UTC[17:], m.Sent.ShiftMS, len(m.Attachments), len(m.Reactions), m.Part != nil))
		}
	}
	send("a", "2020-01-01T00:00:00.000200Z", "same", 0)
	send("b", "2020-01-01T00:00:00.000300Z", "same", 0)
	send("c", "2020-01-01T00:00:00.001Z", strings.Repeat("word ", 100), 5)
	send("d", "2020-01-01T00:00:01Z", "later", 0)
	want := `a 00.000Z 0 files=0 reactions=1 part=false
b 00.001Z 1 files=0 reactions=1 part=false
c 00.002Z 1 files=2 reactions=1 part=true
c~2 00.003Z 0 files=2 reactions=0 part=true
c~3 00.004Z 0 files=1 reactions=0 part=true
d 01.000Z 0 files=0 reactions=1 part=false`
	if strings.Join(got, "\n") != want {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	for c, n := range map[Change]int{{"message.sent", "ms"}: 2, {"message.sent", "shifted"}: 2, {"message.text", "split"}: 1, {"message.attachments", "split"}: 1,
		{"message.reactions.at", "after_post"}: 4, {"message.author", "account"}: 4, {"message.sent.raw", "drop"}: 4} {
		if counts[c] != n {
			t.Errorf("%v counted %d times, want %d", c, counts[c], n)
		}
	}
}

func TestClosedProjectionsDropWhatIsNotListed(t *testing.T) {
	exact := plugin.Rule{Action: plugin.Exact}
	x, err := Compile(plugin.Projection{Closed: true, Fields: map[string]plugin.Rule{"message.text": exact, "message.attachments.name": exact}}, Context{})
	if err != nil {
		t.Fatal(err)
	}
	m := &message.Message{Key: "k", ID: "i", Conversation: "c", Kind: "text", Sent: message.Time{UTC: "2020-01-01T00:00:00Z", Raw: "r"}, Text: "t", Author: "a",
		Attachments: []message.Attachment{{Name: "n", State: "missing", URL: "u"}}, Reactions: []message.Reaction{{Emoji: "x"}}}
	n := 0
	list, _ := x.NewConversation().Apply(message.Of(m), func(Change) { n++ })
	want := `{"attachments":[{"name":"n","state":"missing"}],"conversation":"c","id":"i","key":"k","kind":"text","sent":{"raw":"r","utc":"2020-01-01T00:00:00Z"},"text":"t","type":"message","v":1}`
	if got := string(list[0].Append(nil)); got != want || n != 3 {
		t.Errorf("%d changes, got\n%s", n, got)
	}
	if m.Attachments[0].URL != "u" {
		t.Error("the input was changed")
	}
}

func TestDeletedMessagesDoNotComeBack(t *testing.T) {
	x, _ := Compile(harsh(), Context{})
	m := &message.Message{Key: "k", ID: "i", Conversation: "c", Kind: "text", Sent: message.Time{UTC: "2020-01-01T00:00:00Z"}, Text: "secret", Deleted: &message.Deletion{Mode: "recalled"},
		Attachments: []message.Attachment{{Name: "secret", State: "missing"}}}
	list, _ := x.NewConversation().Apply(message.Of(m), func(Change) {})
	if b := string(list[0].Append(nil)); strings.Contains(b, "secret") || !strings.Contains(b, "was deleted") || !strings.Contains(b, `"kind":"tombstone"`) {
		t.Error(b)
	}
}

func TestPlaces(t *testing.T) {
	h := harsh()
	build := func(keep bool, list ...message.Conversation) *Places {
		p := NewPlaces(h.Place, nil)
		if keep {
			p.Keep("slack:T1:C3", "general")
		}
		for i := range list {
			p.Add(&list[i])
		}
		p.Settle()
		return p
	}
	conv := func(id, kind, name string, people ...string) message.Conversation {
		return message.Conversation{Key: "slack:T1:" + id, ID: id, Kind: kind, Name: name, Parent: "slack:T1", Participants: people}
	}
	list := []message.Conversation{conv("C1", "public", "General"), conv("C2", "private", "general!"), conv("C3", "public", "général"), conv("C4", "public", "日本"),
		conv("D1", "direct", "", "a", "b"), conv("D2", "direct", "", "a"), conv("G1", "group", "mpdm-1", "a", "b", "c"), conv("G2", "group", "mpdm-2", "c", "b", "a"),
		conv("G3", "group", "mpdm-3", "1", "2", "3", "4", "5", "6", "7", "8", "9"), conv("S1", "space", "s"), {Key: "slack:T1", Kind: "workspace", Name: "General", ID: "T1"}}
	show := func(p *Places) string {
		var b strings.Builder
		for _, c := range list {
			pl := p.Lookup(c.Key)
			fmt.Fprintf(&b, "%s=%s:%s ", c.ID, pl.Kind, pl.Name)
		}
		return b.String()
	}
	if got, want := show(build(false, list...)), "C1=public:general C2=private:general-2 C3=public:general-3 C4=public:c4 D1=direct: D2=direct: G1=group: G2=private:mpdm-2 G3=private:mpdm-3 S1=: T1=workspace:general "; got != want {
		t.Errorf("got %s", got)
	}
	if got := show(build(true, list...)); !strings.HasPrefix(got, "C1=public:general-2 C2=private:general-3 C3=public:general ") {
		t.Errorf("kept: %s", got)
	}
}

func TestBadProjectionsAreRefused(t *testing.T) {
	for _, p := range []plugin.Projection{
		{Fields: map[string]plugin.Rule{"message.nope": {Action: plugin.Drop}}},
		{Fields: map[string]plugin.Rule{"message.kind": {Action: plugin.Drop}}},
		{Fields: map[string]plugin.Rule{"message.author": {Action: plugin.Degrade, Name: "magic"}}},
		{Types: map[string]plugin.Rule{"nope": {Action: plugin.Drop}}},
		{Types: map[string]plugin.Rule{"person": {Action: plugin.Degrade, Name: "x"}}},
		{Text: &plugin.TextRule{Dialect: "bbcode"}}, {Time: &plugin.TimeRule{Unit: "min"}},
	} {
		if _, err := Compile(p, Context{}); err == nil {
			t.Errorf("%+v was taken", p)
		}
	}
}

func TestInstantsAgreeWithTheStandardLibrary(t *testing.T) {
	for _, s := range []string{"1970-01-01T00:00:00Z", "2024-02-29T23:59:59.999999Z", "2000-03-01T00:00:00.5Z", "1969-12-31T23:59:59.1Z", "2100-12-31T00:00:00.123Z", "1601-01-01T00:00:00Z", "2000-12-31T23:59:59.999Z", "2023-01-31T10:09:08.007006Z", "2024-03-01T00:00:00Z"} {
		for _, d := range []int{0, 3, 6} {
			a, ea, oka := instant(s, d)
			b, eb, okb := slowInstant(s, d)
			if a != b || ea != eb || oka != okb {
				t.Errorf("%s at %d digits: %d %v, want %d %v", s, d, a, ea, b, eb)
			}
			if again, _, _ := slowInstant(format(a, d), d); again != a {
				t.Errorf("%s at %d digits is written %s", s, d, format(a, d))
			}
		}
	}
}

func BenchmarkApply(b *testing.B) {
	x, err := Compile(harsh(), Context{Person: func(string) message.Target { return message.Target{Account: "alice"} }})
	if err != nil {
		b.Fatal(err)
	}
	m := &message.Message{Key: "slack:T1:C1:1554206400.000200", ID: "1554206400.000200", Conversation: "slack:T1:C1", Kind: "text", Author: "slack:T1:U1",
		Sent: message.Time{UTC: "2019-04-02T09:00:00.000200Z", Raw: "1554206400.000200", Precision: "us"}, Text: "hello there how are you",
		Rich: []message.Block{{Kind: "paragraph", Inlines: []message.Inline{{Kind: "text", Text: "hello there, how are you? It is a longer text of some words, "}, {Kind: "person", Target: "slack:T1:U1"}}}}}
	r := message.Of(m)
	s := x.NewConversation()
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		s.Apply(r, func(Change) { n++ })
	}
}
