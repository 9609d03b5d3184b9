package filter

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/spf13/pflag"
)

func person(id, user, name string, more func(*message.Person)) *message.Record {
	p := &message.Person{Key: "slack:T1:" + id, ID: id, Kind: "human", Username: user, Name: name}
	if more != nil {
		more(p)
	}
	return message.Of(p)
}

func place(id, kind, name string, people ...string) *message.Record {
	return message.Of(&message.Conversation{Key: "slack:T1:" + id, ID: id, System: "slack", Kind: kind, Name: name, Participants: people})
}

func staff() *Directory {
	d := NewDirectory()
	for _, r := range []*message.Record{
		message.Of(&message.Conversation{Key: "slack:T1", ID: "T1", System: "slack", Kind: "workspace", Name: "acme"}),
		place("C1", "public", "general"), place("C2", "private", "legal-cases"),
		place("D1", "direct", "", "slack:T1:U1", "slack:T1:U2"), place("G1", "group", "mpdm-bob--carol-1", "slack:T1:U2", "slack:T1:U3"),
		place("C3", "public", "財務"),
		person("U1", "alice", "Alice Ångström", func(p *message.Person) {
			p.Emails = []string{"Alice@Acme.test"}
			p.Departments = []string{"Legal/Contracts"}
		}),
		person("U2", "bob", "Bob", func(p *message.Person) { p.Departments = []string{"Sales"}; p.Aliases = []string{"B77"} }),
		person("U3", "carol", "王小明", func(p *message.Person) { p.Departments = []string{"Legal"} }),
		person("U4", "alice.old", "Alice (old)", func(p *message.Person) { p.MergedInto = "slack:T1:U1" }),
	} {
		d.Add(r)
	}
	return d
}

func post(conv, author, text string, more ...func(*message.Message)) *message.Record {
	m := &message.Message{Key: "slack:T1:" + conv + ":1", ID: "1", Conversation: "slack:T1:" + conv, Kind: "text", Text: text,
		Sent: message.Time{UTC: "2020-06-01T12:00:00Z"}}
	if author != "" {
		m.Author = "slack:T1:" + author
	}
	for _, f := range more {
		f(m)
	}
	return message.Of(m)
}

func at(utc string) func(*message.Message) { return func(m *message.Message) { m.Sent.UTC = utc } }

func kind(k string) func(*message.Message) { return func(m *message.Message) { m.Kind = k } }

func TestEachRuleRemovesWhatItSays(t *testing.T) {
	for _, c := range []struct {
		name  string
		rules Rules
		r     *message.Record
		want  string // rule, "" for kept
	}{
		{"since is inclusive", Rules{Since: "2020-06-01T12:00:00Z"}, post("C1", "U1", ""), ""},
		{"since removes earlier", Rules{Since: "2020-06-01T12:00:00.000001Z"}, post("C1", "U1", ""), "since"},
		{"finer than nanoseconds", Rules{Since: "2020-06-01T12:00:00.1Z"}, post("C1", "U1", "", at("2020-06-01T12:00:00.09999999999Z")), "since"},
		{"trailing zeros are the same instant", Rules{Until: "2020-06-01T12:00:00.5Z"}, post("C1", "U1", "", at("2020-06-01T12:00:00.500000Z")), ""},
		{"until is inclusive", Rules{Until: "2020-06-01T12:00:00Z"}, post("C1", "U1", ""), ""},
		{"until day lasts to its end", Rules{Until: "2020-06-01"}, post("C1", "U1", "", at("2020-06-01T23:59:59.999999999Z")), ""},
		{"until day ends", Rules{Until: "2020-06-01"}, post("C1", "U1", "", at("2020-06-02T00:00:00Z")), "until"},
		{"day in Berlin begins earlier", Rules{Since: "2020-06-01", Zone: "Europe/Berlin"}, post("C1", "U1", "", at("2020-05-31T22:00:00Z")), ""},
		{"and not before", Rules{Since: "2020-06-01", Zone: "Europe/Berlin"}, post("C1", "U1", "", at("2020-05-31T21:59:59Z")), "since"},
		{"day in Shanghai ends earlier", Rules{Until: "2020-06-01", Zone: "Asia/Shanghai"}, post("C1", "U1", "", at("2020-06-01T16:00:00Z")), "until"},
		{"offset in the bound", Rules{Since: "2020-06-01T14:00:00+02:00"}, post("C1", "U1", ""), ""},

		{"person by key", Rules{People: []string{"slack:T1:U1"}}, post("C1", "U1", ""), ""},
		{"person by id", Rules{People: []string{"u1"}}, post("C1", "U1", ""), ""},
		{"person by user name", Rules{People: []string{"ALICE"}}, post("C1", "U1", ""), ""},
		{"person by @name", Rules{People: []string{"@alice"}}, post("C1", "U1", ""), ""},
		{"person by e-mail", Rules{People: []string{"alice@acme.test"}}, post("C1", "U1", ""), ""},
		{"person by e-mail pattern", Rules{People: []string{"*@acme.test"}}, post("C1", "U1", ""), ""},
		{"person by decomposed name", Rules{People: []string{"alice a\u030angstro\u0308m"}}, post("C1", "U1", ""), ""},
		{"person by Chinese name", Rules{People: []string{"王小明"}}, post("C1", "U3", ""), ""},
		{"person by alias", Rules{People: []string{"B77"}}, post("C1", "U2", ""), ""},
		{"merged person counts as the one merged into", Rules{People: []string{"alice"}}, post("C1", "U4", ""), ""},
		{"another person", Rules{People: []string{"alice"}}, post("C1", "U2", ""), "people"},
		{"a pattern is no prefix of keys", Rules{People: []string{"s*"}}, post("C1", "U2", ""), "people"},
		{"everybody, listed or not", Rules{People: []string{"*"}}, post("C1", "U99", ""), ""},
		{"unlisted author by id", Rules{People: []string{"USLACKBOT"}}, post("C1", "USLACKBOT", ""), ""},
		{"unlisted author by shown name", Rules{People: []string{"Deploy Bot"}}, post("C1", "", "", func(m *message.Message) { m.ShownAs = &message.ShownAs{Name: "deploy bot"} }), ""},
		{"no author", Rules{People: []string{"alice"}}, post("C1", "", ""), "people"},
		{"a reply stays though its root goes", Rules{People: []string{"alice"}}, post("C1", "U1", "", func(m *message.Message) { m.Thread = "slack:T1:C1:0" }), ""},

		{"department", Rules{Departments: []string{"legal"}}, post("C1", "U3", ""), ""},
		{"department includes what is below", Rules{Departments: []string{"Legal"}}, post("C1", "U1", ""), ""},
		{"pattern is only what is below", Rules{Departments: []string{"Legal/*"}}, post("C1", "U3", ""), "departments"},
		{"pattern matches below", Rules{Departments: []string{"Legal/*"}}, post("C1", "U1", ""), ""},
		{"other department", Rules{Departments: []string{"Lega"}}, post("C1", "U1", ""), "departments"},

		{"conversation by #name", Rules{Conversations: []string{"#General"}}, post("C1", "U1", ""), ""},
		{"conversation by name", Rules{Conversations: []string{"general"}}, post("C1", "U1", ""), ""},
		{"conversation by id", Rules{Conversations: []string{"C1"}}, post("C1", "U1", ""), ""},
		{"conversation by key", Rules{Conversations: []string{"slack:T1:C1"}}, post("C1", "U1", ""), ""},
		{"conversation by key pattern", Rules{Conversations: []string{"slack:T1:*"}}, post("D1", "U1", ""), ""},
		{"conversation by pattern", Rules{Conversations: []string{"#legal-*"}}, post("C2", "U1", ""), ""},
		{"conversation by Chinese name", Rules{Conversations: []string{"#財務"}}, post("C3", "U1", ""), ""},
		{"other conversation", Rules{Conversations: []string{"#general"}}, post("C2", "U1", ""), "conversations"},
		{"direct by participant", Rules{Conversations: []string{"@alice"}}, post("D1", "U1", ""), ""},
		{"direct by bare participant", Rules{Conversations: []string{"bob"}}, post("D1", "U1", ""), ""},
		{"group by participant", Rules{Conversations: []string{"@王小明"}}, post("G1", "U2", ""), ""},
		{"not their channel", Rules{Conversations: []string{"@alice"}}, post("C1", "U1", ""), "conversations"},
		{"#* is no direct conversation", Rules{Conversations: []string{"#*"}}, post("D1", "U1", ""), "conversations"},
		{"d* is no direct conversation", Rules{Conversations: []string{"d*"}}, post("D1", "U1", ""), "conversations"},
		{"* is everything", Rules{Conversations: []string{"*"}}, post("D1", "U1", ""), ""},
		{"its record", Rules{Conversations: []string{"#general"}}, place("C2", "private", "legal-cases"), "conversations"},
		{"its membership", Rules{Conversations: []string{"#general"}}, message.Of(&message.Membership{Key: "k", Conversation: "slack:T1:C2", Person: "slack:T1:U1"}), "conversations"},
		{"workspaces stay", Rules{Conversations: []string{"#general"}, Kinds: []string{"public"}}, message.Of(&message.Conversation{Key: "slack:T1", ID: "T1", Kind: "workspace"}), ""},
		{"their memberships stay", Rules{Kinds: []string{"public"}}, message.Of(&message.Membership{Key: "k", Conversation: "slack:T1", Person: "slack:T1:U1"}), ""},
		{"kind", Rules{Kinds: []string{"direct", "group"}}, post("D1", "U1", ""), ""},
		{"other kind", Rules{Kinds: []string{"public"}}, post("D1", "U1", ""), "kinds"},
		{"record of other kind", Rules{Kinds: []string{"public"}}, place("D1", "direct", ""), "kinds"},
		{"unknown conversation", Rules{Kinds: []string{"public"}}, post("C9", "U1", ""), "kinds"},
		{"people stay", Rules{People: []string{"alice"}, Since: "2030-01-01", Conversations: []string{"#general"}}, person("U2", "bob", "Bob", nil), ""},

		{"attachment", Rules{WithAttachments: true}, post("C1", "U1", "", func(m *message.Message) { m.Attachments = []message.Attachment{{State: "missing"}} }), ""},
		{"no attachment", Rules{WithAttachments: true}, post("C1", "U1", "see file"), "with_attachments"},
		{"excluded kind", Rules{ExcludeTypes: []string{"join"}}, post("C1", "U1", "", kind("join")), "exclude_types"},
		{"excluded source word", Rules{ExcludeTypes: []string{"channel_join"}}, post("C1", "U1", "", func(m *message.Message) { m.Subtype = "channel_join" }), "exclude_types"},
		{"included kind", Rules{IncludeTypes: []string{"text"}}, post("C1", "U1", ""), ""},
		{"not included kind", Rules{IncludeTypes: []string{"text"}}, post("C1", "U1", "", kind("bot")), "include_types"},

		{"revision without time", Rules{Since: "2000-01-01"}, revision(nil, "", ""), "since"},
		{"revision in time", Rules{Since: "2000-01-01"}, revision(&message.Time{UTC: "2001-01-01T00:00:00Z"}, "", ""), ""},
		{"revision by somebody else", Rules{People: []string{"alice"}}, revision(nil, "slack:T1:U2", ""), "people"},
		{"revision with the word in the earlier text", Rules{Keywords: []string{"invoice"}}, revision(nil, "", "the INVOICE"), ""},
		{"revision without attachment", Rules{WithAttachments: true}, revision(nil, "", ""), "with_attachments"},
		{"analysis in a kept conversation", Rules{Conversations: []string{"#general"}}, analysis("slack:T1:C1:1", "slack:T1:C1:2"), ""},
		{"analysis over a removed conversation", Rules{Conversations: []string{"#general"}}, analysis("slack:T1:C1:1", "slack:T1:C2:2"), "conversations"},
		{"analysis may quote", Rules{People: []string{"alice"}}, analysis("slack:T1:C1:1"), "people"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Compile(c.rules, staff())
			if err != nil {
				t.Fatal(err)
			}
			rule, keep, err := f.Apply(c.r)
			if err != nil || rule != c.want || keep != (c.want == "") {
				t.Fatalf("got rule %q, keep %v, error %v; want rule %q", rule, keep, err, c.want)
			}
			why, err := f.Why(c.r)
			if err != nil || why.Rule != c.want || why.Keep != keep {
				t.Fatalf("Why disagrees: %+v, %v", why, err)
			}
		})
	}
}

func revision(when *message.Time, by, before string) *message.Record {
	return message.Of(&message.Revision{Key: "slack:T1:C1:1:r", Of: "slack:T1:C1:1", Conversation: "slack:T1:C1", Action: "edit", At: when, By: by, Previous: &message.Content{Text: before}})
}

func analysis(of ...string) *message.Record {
	return message.Of(&message.Analysis{Key: "a", Of: of, Kind: "summary", Result: "about an invoice"})
}

func TestFirstRuleInFixedOrderGetsTheCount(t *testing.T) {
	rules := Rules{Since: "2021-01-01", People: []string{"alice"}, Keywords: []string{"x"}, ExcludeTypes: []string{"text"}, Conversations: []string{"#general"}, Kinds: []string{"public"}}
	f, err := Compile(rules, staff())
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(f.Rules(), " "); got != "kinds conversations exclude_types since people keywords" {
		t.Fatal(got)
	}
	if rule, _, _ := f.Apply(post("C1", "U2", "")); rule != "exclude_types" {
		t.Fatal(rule)
	}
}

func TestNegationsPartitionTheHistory(t *testing.T) {
	var all []*message.Record
	for i := range 400 {
		all = append(all, post("C1", "U1", "", at(fmt.Sprintf("2020-01-%02dT%02d:00:00.%03dZ", 1+i%28, i%24, i)), kind(messageKinds[i%5])))
	}
	for _, pair := range [][2]Rules{
		{{IncludeTypes: messageKinds[:2]}, {ExcludeTypes: messageKinds[:2]}},
		{{Since: "2020-01-14"}, {Until: "2020-01-13"}},
		{{Since: "2020-01-14", Zone: "America/Sao_Paulo"}, {Until: "2020-01-13", Zone: "America/Sao_Paulo"}},
	} {
		a, errA := Compile(pair[0], nil)
		b, errB := Compile(pair[1], nil)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		kept := 0
		for _, r := range all {
			_, inA, _ := a.Apply(r)
			_, inB, _ := b.Apply(r)
			if inA == inB {
				t.Fatalf("%+v: a record is in both or in neither: %s", pair, r.Message.Sent.UTC)
			}
			if inA {
				kept++
			}
		}
		if kept == 0 || kept == len(all) {
			t.Fatal("the pair tests nothing")
		}
	}
}

func TestDaysBeginWhereClocksChangeAtMidnight(t *testing.T) {
	for _, c := range []struct{ zone, day, want string }{
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00"}, // 00:00 did not exist
		{"Atlantic/Azores", "2020-10-25", "2020-10-25T00:00:00"},   // 00:00 came twice
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00"},      // the day before did not exist
		{"Asia/Kolkata", "2020-01-01", "2019-12-31T18:30:00"},
	} {
		loc, err := parseZone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		b, err := parseBound("since", c.day, loc, false)
		if err != nil || b.at != c.want {
			t.Errorf("%s in %s begins at %s, want %s (%v)", c.day, c.zone, b.at, c.want, err)
		}
	}
}

func TestWrongRulesAreConfigurationErrorsThatNameTheSetting(t *testing.T) {
	for setting, r := range map[string]Rules{
		"since":         {Since: "yesterday"},
		"until":         {Since: "2020-01-02", Until: "2020-01-01T00:00:00Z"},
		"zone":          {Zone: "Local"},
		"kinds":         {Kinds: []string{"privat"}},
		"keywords":      {Keywords: []string{"("}, Match: "regex"},
		"match":         {Keywords: []string{"a"}, Match: "fuzzy"},
		"people":        {People: []string{" "}},
		"departments":   {Departments: []string{"Legal"}},
		"conversations": {Conversations: []string{""}},
	} {
		_, err := Compile(r, nil)
		var e *fault.Error
		if !errors.As(err, &e) || e.Setting != setting || e.Class != fault.Config || e.Hint == "" {
			t.Errorf("%s: %v", setting, err)
		}
	}
	if _, err := Compile(Rules{Kinds: []string{"privat"}}, nil); !strings.Contains(fault.HintOf(err), `did you mean "private"`) {
		t.Error(fault.HintOf(err))
	}
}

func TestUnknownNamesAreReportedWithSuggestions(t *testing.T) {
	f, err := Compile(Rules{People: []string{"alcie", "bob", "zz*"}, Departments: []string{"Lgeal", "Sales"}, Conversations: []string{"#genral", "@alice"}, ExcludeTypes: []string{"jion", "bot_message"}}, staff())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range f.Unmatched() {
		got = append(got, w.String())
	}
	want := []string{
		`people: "alcie" matches nobody; did you mean "alice"?`,
		`people: "zz*" matches nobody`,
		`departments: "Lgeal" matches no department; did you mean "Legal"?`,
		`conversations: "#genral" matches no conversation; did you mean "general"?`,
		`exclude_types: "jion" is not a kind of message this program knows; did you mean "join" or "pin"?`,
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}

type predicate func(*message.Record) (bool, error)

func (p predicate) Eval(r *message.Record) (bool, error) { return p(r) }

func TestWhereSeesOnlyMessagesAndItsErrorsStop(t *testing.T) {
	f, err := Compile(Rules{Where: predicate(func(r *message.Record) (bool, error) { return strings.Contains(r.Message.Text, "x"), nil })}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rule, _, _ := f.Apply(post("C1", "U1", "y")); rule != "where" {
		t.Fatal(rule)
	}
	if _, keep, _ := f.Apply(revision(nil, "", "x")); !keep {
		t.Fatal("a revision is shown as its content")
	}
	f, _ = Compile(Rules{Where: predicate(func(*message.Record) (bool, error) {
		return false, plugin.BadSetting("where", "h", errors.New("boom"))
	})}, nil)
	if _, keep, err := f.Apply(post("C1", "U1", "")); err == nil || keep || fault.ClassOf(err) != fault.Config {
		t.Fatal(keep, err)
	}
}

func TestFlagsGiveTheSameRulesAsSettings(t *testing.T) {
	fs := pflag.NewFlagSet("t", pflag.ContinueOnError)
	r := Flags(fs)
	err := fs.Parse([]string{"--since", "2020-01-01", "--people", "alice,bob", "--keywords", `a,"b,c"`, "--keywords", "發票", "--with-attachments", "--exclude-types=join"})
	if err != nil || r.Since != "2020-01-01" || !slices.Equal(r.People, []string{"alice", "bob"}) || !slices.Equal(r.Keywords, []string{"a", "b,c", "發票"}) || !r.WithAttachments || r.Match != "fold" {
		t.Fatalf("%+v %v", r, err)
	}
	fs = pflag.NewFlagSet("t", pflag.ContinueOnError)
	r = Flags(fs)
	if err := fs.Parse([]string{"--keywords", `\d{1,3}`, "--match", "regex"}); err != nil || !slices.Equal(r.Keywords, []string{`\d{1,3}`}) {
		t.Fatalf("%+v %v", r, err)
	}
	for _, s := range Settings() {
		if s.Name != "where" && fs.Lookup(strings.ReplaceAll(s.Name, "_", "-")) == nil {
			t.Errorf("setting %s has no flag", s.Name)
		}
		if s.Help == "" {
			t.Errorf("setting %s has no help", s.Name)
		}
	}
	if (&Rules{}).Empty() != true || r.Empty() {
		t.Error("Empty")
	}
}
