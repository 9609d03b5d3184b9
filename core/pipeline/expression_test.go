package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
)

func aMessage() *message.Record {
	return message.Of(&message.Message{
		Key: "slack:T1:C1:1", ID: "1", Conversation: "slack:T1:C1", Kind: "text", Author: "slack:T1:U1",
		Sent: message.Time{UTC: "2019-04-02T09:00:00.000200Z"}, Text: "Hello  Invoice 发票 42 ", Labels: []string{"a", "b"},
		Attachments: []message.Attachment{{Name: "x.pdf", MIME: "application/pdf", Size: "1200", State: "present", SHA256: strings.Repeat("a", 64)}},
		Edited:      &message.Edit{By: "slack:T1:U1"}, Ext: map[string]string{"slack.subtype": `"x"`},
	})
}

// compileOne compiles a condition (field "") or an expression for a field.
func compileOne(t testing.TB, field, source string) (*Expression, string) {
	t.Helper()
	body := "transform \"filter\" \"f\" {\n  where = " + source + "\n}\n"
	if field != "" {
		body = "transform \"rewrite\" \"f\" {\n  set = { \"" + field + "\" = " + source + " }\n}\n"
	}
	l := newLoader(testOptions())
	file, diags := l.file.parseText("e.hcl", []byte("locals {\n  word = \"invoice\"\n}\n"+body))
	l.diags = diags
	if file != nil {
		l.collect(file)
		l.readPlugins()
		l.readLocals()
		l.file.Transforms = l.readInstances("transform")
	}
	if l.diags.HasErrors() {
		return nil, rendered(t, l.file, l.diags)
	}
	for _, e := range l.file.Transforms[0].Expressions {
		return e, ""
	}
	t.Fatal("nothing was compiled")
	return nil, ""
}

func TestExpressionsSeeTheRecord(t *testing.T) {
	for source, want := range map[string]bool{
		`msg.kind == "text"`:                                              true,
		`contains(lower(msg.text), local.word)`:                           true,
		`contains(msg.text, "发票")`:                                        true,
		`contains(msg.labels, "b") && !contains(msg.labels, "c")`:         true,
		`matches(msg.text, "(?i)invoice\\s")`:                             true,
		`startswith(msg.text, "/giphy")`:                                  false,
		`endswith(trim(msg.text), "42")`:                                  true,
		`length(msg.attachments) > 0`:                                     true,
		`length(msg.text) == 20`:                                          false,
		`contains(msg.attachments[*].mime, "application/pdf")`:            true,
		`length([for a in msg.attachments : a if a.size > 1000]) > 0`:     true,
		`present(msg.edited)`:                                             true,
		`present(msg.deleted)`:                                            false,
		`msg.edited.by == msg.author`:                                     true,
		`msg.deleted.at.utc == ""`:                                        true,
		`after(msg.sent, "2019-04-02") && before(msg.sent, "2019-04-03")`: true,
		`between(msg.sent, date("2019-04-02", "Asia/Shanghai"), date("2019-04-02", "Europe/Berlin"))`: false,
		`after(msg.sent.utc, time("2019-04-02 11:00", "Europe/Berlin"))`:                              true,
		`before(msg.deleted.at, "2030-01-01")`:                                                        false,
		`age(msg.sent, "2019-05-02") == 29`:                                                           true,
		`lookup(msg.ext, "slack.subtype", "") == "\"x\""`:                                             true,
		`lookup(msg.ext, "slack.none", "-") == "-"`:                                                   true,
		`length(msg.attachments) > 0 && msg.attachments[0].name == "x.pdf"`:                           true,
		`length(msg.mentions) > 0 ? msg.mentions[0].kind == "person" : false`:                         false,
		`join("+", msg.labels) == "a+b"`:                                                              true,
		`split(" ", msg.text)[0] == "Hello"`:                                                          true,
		`replace(msg.text, "Hello", "") != msg.text`:                                                  true,
		`format("%s/%s", msg.kind, msg.id) == "text/1"`:                                               true,
		`upper(msg.kind) == "TEXT" || msg.broadcast`:                                                  true,
		`present(msg)`: true,
	} {
		e, problem := compileOne(t, "", source)
		if e == nil {
			t.Errorf("%s\n%s", source, problem)
			continue
		}
		got, err := Condition{e}.Eval(aMessage())
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v", source, got, err)
		}
	}
}

func TestExpressionsGiveWhatTheFieldTakes(t *testing.T) {
	for _, c := range []struct {
		field, source, result string
		want                  any
	}{
		{"message.text", `lower(trim(msg.text))`, Text, "hello  invoice 发票 42"},
		{"message.text", `length(msg.labels)`, Text, "2"},
		{"message.broadcast", `msg.kind == "text"`, Bool, true},
		{"message.labels", `[for x in msg.labels : upper(x)]`, Texts, []string{"A", "B"}},
		{"message.labels", `[]`, Texts, []string{}},
		{"message.thread_info.replies", `length(msg.labels) + 1`, Integer, int64(3)},
		{"message.shown_as.name", `"${msg.author}!"`, Text, "slack:T1:U1!"},
	} {
		e, problem := compileOne(t, c.field, c.source)
		if e == nil {
			t.Errorf("%s\n%s", c.source, problem)
			continue
		}
		got, err := e.Eval(aMessage())
		if err != nil || !reflect.DeepEqual(got, c.want) || e.Result != c.result || e.Record+"."+e.Field != c.field {
			t.Errorf("%s: got %#v (%s %s.%s), %v", c.source, got, e.Result, e.Record, e.Field, err)
		}
	}
}

func TestEveryRecordTypeHasItsName(t *testing.T) {
	e, problem := compileOne(t, "person.name", `"${person.first_name} ${person.last_name}"`)
	if e == nil {
		t.Fatal(problem)
	}
	got, err := e.Eval(message.Of(&message.Person{FirstName: "Ada", LastName: "L"}))
	if err != nil || got != "Ada L" {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := e.Eval(aMessage()); fault.ClassOf(err) != fault.Bug {
		t.Errorf("a message for a person's expression: %v", err)
	}
	for _, rt := range recordTypes {
		field := map[string]string{"membership": "role", "revision": "by", "analysis": "model", "message": "text"}[rt.name]
		if field == "" {
			field = "name"
		}
		if e, problem := compileOne(t, rt.name+"."+field, rt.root+".key"); e == nil {
			t.Errorf("%s: %s", rt.name, problem)
		}
	}
}

func TestAnExpressionsErrorNamesTheSettingAndNoText(t *testing.T) {
	e, problem := compileOne(t, "", `matches("x", msg.author)`) // passes on both samples, fails on a bad pattern
	if e == nil {
		t.Fatal(problem)
	}
	r := aMessage()
	r.Message.Author = "secretname("
	_, err := e.Eval(r)
	var f *fault.Error
	if !errors.As(err, &f) || f.Setting != "where" || f.Class != fault.Config {
		t.Fatalf("got %v", err)
	}
	if strings.Contains(err.Error()+fault.HintOf(err), "secretname") {
		t.Errorf("a record's text is in %v", err)
	}
}

func TestOnlyWhatIsMentionedIsFilled(t *testing.T) {
	e, problem := compileOne(t, "", `msg.edited.by == "" && msg.kind == "x"`)
	if e == nil {
		t.Fatal(problem)
	}
	v := e.fill(reflect.ValueOf(aMessage().Message).Elem())
	if got := v.Type().FriendlyName(); len(v.Type().AttributeTypes()) != 2 || len(v.GetAttr("edited").Type().AttributeTypes()) != 1 {
		t.Errorf("filled %s", got)
	}
}

func TestExpressionsMayBeUsedByManyGoroutines(t *testing.T) {
	e, problem := compileOne(t, "", `contains(msg.attachments[*].name, msg.id) && matches(msg.text, msg.id)`)
	if e == nil {
		t.Fatal(problem)
	}
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := range 200 {
				r := aMessage()
				r.Message.ID = fmt.Sprint(n, i)
				if i%2 == 0 {
					r.Message.Attachments[0].Name, r.Message.Text = r.Message.ID, r.Message.ID
				}
				if got, err := e.Eval(r); err != nil || got != (i%2 == 0) {
					t.Errorf("%d %d: %v, %v", n, i, got, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestTheModelAndItsTypeAgree(t *testing.T) {
	for _, rt := range recordTypes {
		all := newFiller(rt.of, &need{all: true})
		for _, sample := range []reflect.Value{fullSample(rt.of, ""), emptySample(rt.of)} {
			if v := all(sample); !v.Type().Equals(modelType(rt.of)) {
				t.Errorf("%s: the filled value has another type than the plan", rt.name)
			}
		}
		r := message.Of(reflect.New(rt.of).Interface())
		if r.Type != rt.name || rt.get(r) == nil {
			t.Errorf("%s is not the name of %s", rt.name, rt.of)
		}
	}
}

func TestExpressionsStayOutOfTheConfiguration(t *testing.T) {
	f := load(t, fmt.Sprintf(around, "", "transform \"filter\" \"f\" {\n  people = [\"a\"]\n  where = msg.kind == \"text\"\n}", "transform.filter.f"), testOptions())
	i := f.Transforms[0]
	if string(i.Config) != `{"people":["a"]}` || i.Expressions["where"].Text != `msg.kind == "text"` {
		t.Errorf("config %s, expressions %v", i.Config, i.Expressions)
	}
	var shown struct {
		Transforms []struct{ Expressions map[string]string }
	}
	if err := json.Unmarshal(f.Redacted(), &shown); err != nil || shown.Transforms[0].Expressions["where"] != `msg.kind == "text"` {
		t.Errorf("%s, %v", f, err)
	}
}

func BenchmarkWhere(b *testing.B) {
	e, problem := compileOne(b, "", `msg.kind == "text" && !startswith(msg.text, "/giphy") && length(msg.text) > 3`)
	if e == nil {
		b.Fatal(problem)
	}
	r := aMessage()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Eval(r); err != nil {
			b.Fatal(err)
		}
	}
}
