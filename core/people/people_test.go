package people

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

var rule = plugin.AccountRule{Allowed: ".-_", Min: 1, Max: 22, Start: "letter", Reserved: []string{"all", "system"}, Email: true}

func person(id, kind, username, name string, emails ...string) *message.Person {
	return &message.Person{Key: message.Key("slack", "T1", id), ID: id, Kind: kind, Username: username, Name: name, Emails: emails}
}

func suggest(t *testing.T, m *Map, list ...*message.Person) *Map {
	t.Helper()
	if err := m.Suggest(rule, Policy{Domains: []string{"corp.com"}}, slices.Values(list)); err != nil {
		t.Fatal(err)
	}
	return m
}

func accounts(m *Map) string {
	var b strings.Builder
	for _, e := range m.Entries() {
		b.WriteString(strings.TrimPrefix(e.Key, "slack:T1:") + "=" + e.Action + "/" + e.Account + "/" + e.Email + "\n")
	}
	return b.String()
}

func TestSuggestionsAreLegalUniqueAndIndependentOfOrder(t *testing.T) {
	list := []*message.Person{
		person("U1", "human", "Alice", "Alice A", "alice@corp.com"),
		person("U2", "human", "alice", "Other", "alice@evil.org"),
		person("U3", "human", "", "Łukasz Müller ß"),
		person("U4", "human", "", "Юрий Щ"),
		person("U5", "human", "all", "山田"),
		person("U6", "deleted", "", ""),
		person("B1", "bot", "ci", "CI"),
		person("U7", "human", "al2", "Alice again", "ALICE@corp.com"),
		person("U8", "human", "9lives-and-a-very-long-name", ""),
	}
	m := suggest(t, New(), list...)
	want := `B1=bot/ci/ci@chatferry.invalid
U1=create/alice/alice@corp.com
U2=create/alice-2/alice-2@chatferry.invalid
U3=create/lukasz-muller-ss/lukasz-muller-ss@chatferry.invalid
U4=create/yurii-shch/yurii-shch@chatferry.invalid
U5=create/all-1/all-1@chatferry.invalid
U6=placeholder/u6/u6@chatferry.invalid
U7=merge/slack:T1:U1/
U8=create/lives-and-a-very-long/lives-and-a-very-long@chatferry.invalid
`
	if got := accounts(m); got != want {
		t.Errorf("got\n%s", got)
	}
	slices.Reverse(list)
	if again := suggest(t, New(), list...); accounts(again) != accounts(m) {
		t.Error("the order of people matters")
	}
	if e := m.Lookup("slack:T1:U7"); e.Account != "alice" || e.Email != "alice@corp.com" || e.Action != Merge {
		t.Errorf("merge gives %+v", e)
	}
}

func TestTheAdministratorsEditsWinAndNewPeopleAreAppended(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	m := suggest(t, New(), person("U1", "human", "alice", "=cmd|' /C calc'!A0", "a@x.org"), person("U2", "human", "bob", "Bob"))
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(path)
	if !strings.Contains(string(raw), "'=cmd") {
		t.Error("a formula was written")
	}
	edited := strings.Replace(string(raw), "create,alice,alice@chatferry.invalid", "existing,al.smith,al@corp.com", 1)
	for name, text := range map[string]string{"comma": edited, "semicolon": strings.ReplaceAll(edited, ",", ";"), "no bom, CRLF": strings.ReplaceAll(strings.TrimPrefix(edited, bom), "\n", "\r\n")} {
		os.WriteFile(path, []byte(text), 0o600)
		again, err := Load(path)
		if err != nil {
			t.Fatal(name, err)
		}
		suggest(t, again, person("U1", "human", "alice", "x"), person("U0", "human", "al.smith", "New"), person("U2", "human", "bob", "Bob"))
		if got, want := accounts(again), "U0=create/al.smith-2/al.smith-2@chatferry.invalid\nU1=existing/al.smith/al@corp.com\nU2=create/bob/bob@chatferry.invalid\n"; got != want {
			t.Errorf("%s: got\n%s", name, got)
		}
		if e := again.Lookup("slack:T1:U1"); e.Name != "=cmd|' /C calc'!A0" {
			t.Errorf("the name came back as %q", e.Name)
		}
	}
}

func TestPeopleInNoListHaveStableAccounts(t *testing.T) {
	m := suggest(t, New(), person("U1", "human", "alice", ""))
	before := m.Lookup("slack:T1:USLACKBOT")
	late := person("USLACKBOT", "system", "slackbot", "Slackbot")
	late.Synthesised = true
	suggest(t, m, late)
	if after := m.Lookup("slack:T1:USLACKBOT"); after.Account != before.Account || Legal(rule, after.Account) != nil {
		t.Errorf("%q became %q", before.Account, after.Account)
	}
	if a, b := m.Lookup("slack:T1:UX"), m.Lookup("slack:T2:UX"); a.Account == b.Account || !derivedShape(a.Account) || !strings.HasSuffix(a.Email, "@chatferry.invalid") {
		t.Errorf("%+v %+v", a, b)
	}
	impostor := person("U9", "human", before.Account, "")
	suggest(t, m, impostor)
	if m.Lookup(impostor.Key).Account == before.Account {
		t.Error("an impostor took a derived account")
	}
}

func TestBadEditsNameFileAndLine(t *testing.T) {
	head := "key,kind,name,source_email,action,account,email,note\n"
	for name, c := range map[string]struct {
		text string
		line string
	}{
		"unknown action":  {head + "slack:T1:U1,human,A,,destroy,a,a@x.y,\n", ":2"},
		"illegal account": {head + "slack:T1:U1,human,A,,create,a b,a@x.y,\n", ":2"},
		"reserved":        {head + "slack:T1:U1,human,A,,create,all,a@x.y,\n", ":2"},
		"two to one":      {head + "slack:T1:U1,human,A,,create,a,a@x.y,\nslack:T1:U2,human,B,,create,A,b@x.y,\n", ":3"},
		"same key":        {head + "slack:T1:U1,human,A,,create,a,a@x.y,\nslack:T1:U1,human,B,,create,b,b@x.y,\n", ":3"},
		"merge nowhere":   {head + "slack:T1:U1,human,A,,merge,slack:T1:U9,,\n", ":2"},
		"merge circle":    {head + "slack:T1:U1,human,A,,merge,slack:T1:U2,,\nslack:T1:U2,human,A,,merge,slack:T1:U1,,\n", ":2"},
		"no e-mail":       {head + "slack:T1:U1,human,A,,create,a,,\n", ":2"},
		"two e-mails":     {head + "slack:T1:U1,human,A,,create,a,\"a@x.y,b@x.y\",\n", ":2"},
		"derived shape":   {head + "slack:T1:U1,human,A,,create,x-a-0123456789ab,a@x.y,\n", ":2"},
		"broken quotes":   {head + "slack:T1:U1,hu\"man,A,,create,a,a@x.y,\n", ":2"},
		"no such column":  {"key,kind\nslack:T1:U1,human\n", ":1"},
	} {
		path := filepath.Join(t.TempDir(), "people.csv")
		os.WriteFile(path, []byte(c.text), 0o600)
		m, err := Load(path)
		if err == nil {
			err = m.Suggest(rule, Policy{}, slices.Values([]*message.Person(nil)))
		}
		var f *fault.Error
		if !errors.As(err, &f) || f.Class != fault.Config || f.Subject != path+c.line {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("key,kind,name,source_email,action,account,email,note\nslack:T1:U1,human,'=A,,create,a,a@x.y,\n")
	f.Add("\ufeffkey;kind;name;source_email;action;account;email\na;b;c;d;merge;a;;\n")
	f.Fuzz(func(t *testing.T, text string) {
		m := New()
		if m.read(strings.NewReader(text)) != nil {
			return
		}
		if m.Suggest(rule, Policy{}, slices.Values([]*message.Person{person("U1", "human", text, text, text)})) != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "p.csv")
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		again, err := Load(path)
		if err != nil {
			t.Fatalf("cannot read what was written: %v", err)
		}
		if again.Len() != m.Len() {
			t.Fatal("rows were lost")
		}
	})
}
