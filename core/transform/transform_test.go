package transform

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

func human(id, user string, mail ...string) *message.Record {
	return message.Of(&message.Person{Key: "slack:T1:" + id, ID: id, Kind: "human", Username: user, Name: "Name of " + user, Emails: mail})
}

func staff() *filter.Directory {
	d := filter.NewDirectory()
	for _, r := range []*message.Record{
		human("U1", "alice", "alice@acme.test"), human("U2", "alice.old", "a.old@acme.test"), human("U3", "bob", "bob@acme.test"), human("U4", "王小明"),
		message.Of(&message.Conversation{Key: "slack:T1:C1", ID: "C1", System: "slack", Kind: "public", Name: "general", DisplayName: "General"}),
		message.Of(&message.Conversation{Key: "slack:T1:C2", ID: "C2", System: "slack", Kind: "public", Name: "random"}),
	} {
		d.Add(r)
	}
	return d
}

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func config(v map[string]any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

func people(t *testing.T, d *filter.Directory, departments, identities string) Transform {
	t.Helper()
	c := map[string]any{}
	if departments != "" {
		c["departments"] = file(t, "departments.csv", departments)
	}
	if identities != "" {
		c["map"] = file(t, "people.csv", identities)
	}
	return open(t, "people", string(config(c)), Env{Directory: d})
}

func TestRenameKeepsTheOldNameAndReachesMentions(t *testing.T) {
	d := staff()
	x := open(t, "rename", `{"names":{"#general":"all-hands","genral":"x"}}`, Env{Directory: d})
	f := open(t, "filter", `{"conversations":["#all-hands"]}`, Env{Directory: d})
	c := message.Of(&message.Conversation{Key: "slack:T1:C1", ID: "C1", Kind: "public", Name: "general", DisplayName: "General"})
	apply(t, x, c)
	if v := c.Conversation; v.Name != "all-hands" || v.DisplayName != "all-hands" || v.Ext["chatferry.renamed_from"] != `"general"` {
		t.Errorf("%+v", v)
	}
	r := text("see #general")
	r.Message.Mentions = []message.Mention{{Kind: "conversation", Target: "slack:T1:C1", Name: "general"}}
	r.Message.Rich = []message.Block{{Kind: "paragraph", Inlines: []message.Inline{{Kind: "conversation", Target: "slack:T1:C1", Name: "general"}, {Kind: "conversation", Target: "slack:T1:C2", Name: "random"}}}}
	apply(t, x, r)
	if r.Message.Text != "see #general" || r.Message.Mentions[0].Name != "all-hands" || r.Message.Rich[0].Inlines[0].Name != "all-hands" || r.Message.Rich[0].Inlines[1].Name != "random" {
		t.Errorf("%+v", r.Message)
	}
	if out := apply(t, f, r); out.Filtered != "" {
		t.Error("the filter does not know the new name")
	}
	if got := x.Counts(); got["conversation"] != 1 || got["mention"] != 2 {
		t.Error(got)
	}
	if w, _ := x.(Warner).Unmatched(); len(w) != 1 || w[0].Suggestions[0] != "general" {
		t.Error(w)
	}
	for _, bad := range []string{`{}`, `{"names":{"a":""}}`, `{"names":{"a":"x","b":"#X"}}`, `{"names":{"A":"x","a":"y"}}`} {
		if _, err := Open("rename", json.RawMessage(bad), Env{}); fault.ClassOf(err) != fault.Config {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

type expression func(*message.Record) (any, error)

func (e expression) Eval(r *message.Record) (any, error) { return e(r) }

func TestRewriteSeesTheOriginalAndDropsOtherForms(t *testing.T) {
	x, err := Open("rewrite", nil, Env{Expressions: map[string]Expression{
		"set.message.text":            expression(func(r *message.Record) (any, error) { return strings.ToUpper(r.Message.Text), nil }),
		"set.message.subject":         expression(func(r *message.Record) (any, error) { return r.Message.Text, nil }),
		"set.person.departments":      expression(func(*message.Record) (any, error) { return []string{"A"}, nil }),
		"set.conversation.topic.text": expression(func(*message.Record) (any, error) { return "t", nil }),
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := text("abc")
	r.Message.Rich, r.Message.TextB64 = []message.Block{{Kind: "paragraph"}}, "YWJj"
	apply(t, x, r)
	if m := r.Message; m.Text != "ABC" || m.Subject != "abc" || m.Rich != nil || m.TextB64 != "" || m.Ext["chatferry.rewritten"] != `"message.subject message.text"` {
		t.Errorf("%+v", m)
	}
	r = text("ABC")
	r.Message.Subject, r.Message.Rich = "ABC", []message.Block{{Kind: "paragraph"}}
	if apply(t, x, r); r.Message.Rich == nil || r.Message.Ext != nil {
		t.Error("an equal result is no change")
	}
	p := human("U1", "alice")
	if apply(t, x, p); !slices.Equal(p.Person.Departments, []string{"A"}) {
		t.Error(p.Person.Departments)
	}
	c := message.Of(&message.Conversation{Key: "k"})
	if apply(t, x, c); c.Conversation.Topic != nil {
		t.Error("a topic appeared")
	}
	if got := x.Counts(); got["message.text"] != 1 || got["message.subject"] != 1 || got["person.departments"] != 1 || got["conversation.topic.text"] != 0 {
		t.Error(got)
	}
}

func TestRewriteRefusesOtherFieldsAndWrongResults(t *testing.T) {
	e := func(v any, err error) Expression {
		return expression(func(*message.Record) (any, error) { return v, err })
	}
	for _, field := range []string{"set.message.key", "set.message.txt", "set.message.author"} {
		_, err := Open("rewrite", nil, Env{Expressions: map[string]Expression{field: e("", nil)}})
		var f *fault.Error
		if !errors.As(err, &f) || f.Setting != field || f.Hint == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := Open("rewrite", nil, Env{}); fault.ClassOf(err) != fault.Config {
		t.Error(err)
	}
	for _, x := range []Expression{e(int64(1), nil), e(strings.Repeat("x", maxText+1), nil), e(nil, plugin.BadSetting("s", "h", errors.New("boom")))} {
		tr, err := Open("rewrite", nil, Env{Expressions: map[string]Expression{"set.message.text": x}})
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.Apply(text("a"), &plugin.TransformOut{}); fault.ClassOf(err) != fault.Config {
			t.Error(err)
		}
	}
}

func TestFilterTransformCountsByRuleAndExplains(t *testing.T) {
	x, err := Open("filter", json.RawMessage(`{"exclude_types":["join"]}`), Env{Directory: staff(), Expressions: map[string]Expression{
		"where": expression(func(r *message.Record) (any, error) { return len(r.Message.Text) > 1, nil }),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if out := apply(t, x, text("a")); out.Filtered != "where" || len(out.Records) != 0 {
		t.Error(out)
	}
	if out := apply(t, x, text("ab")); len(out.Records) != 1 {
		t.Error(out)
	}
	r := text("ab")
	r.Message.Kind = "join"
	apply(t, x, r)
	if got := x.Counts(); !reflect.DeepEqual(got, map[string]int64{"where": 1, "exclude_types": 1}) {
		t.Error(got)
	}
	why, err := x.(Explainer).Why(r)
	if err != nil || why.Rule != "exclude_types" || !strings.Contains(why.String(), `its kind "join"`) {
		t.Error(why, err)
	}
	bad, _ := Open("filter", nil, Env{Expressions: map[string]Expression{"where": expression(func(*message.Record) (any, error) { return "yes", nil })}})
	if err := bad.Apply(text(""), &plugin.TransformOut{}); fault.ClassOf(err) != fault.Config {
		t.Error(err)
	}
}

func TestEveryKindIsDescribed(t *testing.T) {
	for _, k := range Kinds() {
		if k.Summary == "" || k.Doc == "" || len(k.Settings) == 0 {
			t.Errorf("%s lacks a description", k.Name)
		}
		for _, s := range k.Settings {
			if s.Help == "" {
				t.Errorf("%s.%s has no help", k.Name, s.Name)
			}
		}
	}
	if _, err := Open("filtr", nil, Env{}); fault.ClassOf(err) != fault.Config || fault.HintOf(err) == "" {
		t.Error(err)
	}
}

func TestPluginShapeWorksWithoutDirectory(t *testing.T) {
	for name, want := range map[string]bool{"filter": true, "rename": true, "redact": true, "people": false, "rewrite": false, "x": false} {
		if _, ok := Plugin(name); ok != want {
			t.Errorf("%s: %v", name, ok)
		}
	}
	p, _ := Plugin("rename")
	x, err := p.Transform.Open(context.Background(), json.RawMessage(`{"names":{"#general":"all"}}`))
	if err != nil {
		t.Fatal(err)
	}
	c := message.Of(&message.Conversation{Key: "k", ID: "C1", Name: "general"})
	var out plugin.TransformOut
	if err := x.Apply(context.Background(), c, &out); err != nil || c.Conversation.Name != "all" || x.Close() != nil {
		t.Error(err, c.Conversation.Name)
	}
	p, _ = Plugin("filter")
	if _, err := p.Transform.Open(context.Background(), json.RawMessage(`{"departments":["Legal"]}`)); fault.ClassOf(err) != fault.Config {
		t.Error(err)
	}
}

func TestTransformsAreSafeForConcurrentUseAndPure(t *testing.T) {
	d := staff()
	chain := []Transform{
		people(t, d, "person,department\nalice,Legal\n", "key,merge_into\nalice.old,alice\n"),
		open(t, "rename", `{"names":{"#general":"all"}}`, Env{Directory: d}),
		open(t, "redact", allDetectors, Env{}),
		open(t, "filter", `{"people":["alice"],"keywords":["█"]}`, Env{Directory: d}),
	}
	results := make([]string, 8)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			for range 50 {
				r := text("write to a@b.io")
				r.Message.Author = "slack:T1:U2"
				for _, x := range chain {
					var out plugin.TransformOut
					if err := x.Apply(r, &out); err != nil || len(out.Records) != 1 {
						t.Error(err, out.Filtered)
						return
					}
				}
				results[i] = string(r.Append(nil))
			}
		})
	}
	wg.Wait()
	for _, r := range results {
		if r != results[0] || !strings.Contains(r, "█") {
			t.Fatalf("%s differs from %s", r, results[0])
		}
	}
	if n := chain[2].Counts()["email"]; n != 400 {
		t.Error(n)
	}
}

func TestHostileSizesTakeLinearTime(t *testing.T) {
	x := open(t, "redact", allDetectors, Env{})
	r := text(strings.Repeat("a@b.io 13812345678 4111111111111111 ", 20_000))
	b := message.Block{Kind: "paragraph"}
	for range 20_000 {
		b.Inlines = append(b.Inlines, message.Inline{Kind: "text", Text: "c@d.io 138"}, message.Inline{Kind: "text", Text: "12345678 "})
	}
	r.Message.Rich = []message.Block{b}
	apply(t, x, r)
	if strings.Contains(string(r.Append(nil)), "12345678") {
		t.Error("something is left")
	}
}
