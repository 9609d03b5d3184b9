package transform

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

func TestDepartmentsAreJoinedHoweverTheFileIsWritten(t *testing.T) {
	for name, text := range map[string]string{
		"comma":     "person,department\nalice,Legal\nbob@acme.test,Sales\nslack:T1:U4,法务\n",
		"excel":     "\ufeffPerson;Department;Note\r\nALICE;Legal;x\r\nU3;Sales;\r\n王小明;法务\r\n",
		"tab":       "department\tperson\nLegal\t@alice\nSales\tBob@Acme.test\n法务\tU4\n",
		"sep line":  "sep=;\nperson;department\nalice;Legal\n\nbob;Sales\nU4;\"法务\"\n",
		"no ending": "person,department\nalice,Legal\nbob,Sales\nU4,法务",
	} {
		t.Run(name, func(t *testing.T) {
			d := staff()
			x := people(t, d, text, "")
			for _, want := range []struct{ id, user, department string }{{"U1", "alice", "Legal"}, {"U3", "bob", "Sales"}, {"U4", "王小明", "法务"}} {
				r := human(want.id, want.user, "bob@acme.test")
				if want.id != "U3" {
					r.Person.Emails = nil
				}
				apply(t, x, r)
				if !slices.Equal(r.Person.Departments, []string{want.department}) {
					t.Errorf("%s: %v", want.id, r.Person.Departments)
				}
				if p, _ := d.Person(r.Person.Key); !slices.Equal(p.Departments, []string{want.department}) {
					t.Errorf("directory: %v", p.Departments)
				}
			}
			if n := x.Counts()["departments"]; n != 3 {
				t.Error(n)
			}
			if w, err := x.(Warner).Unmatched(); err != nil || len(w) != 0 {
				t.Error(w, err)
			}
		})
	}
}

func TestFilterSeesDepartmentsFromTheFileWhateverTheOrder(t *testing.T) {
	d := staff()
	f := open(t, "filter", `{"departments":["Legal"]}`, Env{Directory: d})
	people(t, d, "person,department\nalice,Legal/Contracts\n", "")
	r := text("x")
	r.Message.Author = "slack:T1:U1"
	if out := apply(t, f, r); out.Filtered != "" {
		t.Error(out.Filtered)
	}
	r.Message.Author = "slack:T1:U3"
	if out := apply(t, f, r); out.Filtered != "departments" || f.Counts()["departments"] != 1 {
		t.Error(out.Filtered)
	}
}

func TestMergesReachEveryReference(t *testing.T) {
	d := staff()
	x := people(t, d, "", "key,merge_into,name,email,departments\nalice.old,alice,,,\nbob,,Robert,robert@acme.test,Sales|Sales/EU\n")
	const old, now = "slack:T1:U2", "slack:T1:U1"
	m := new(message.Message)
	fillStrings(reflect.ValueOf(m).Elem(), old)
	m.Mentions[0].Kind, m.Rich[0].Inlines[0].Kind = "person", message.InlinePerson
	m.Reactions = []message.Reaction{{Emoji: "x", By: []string{now, old, "slack:T1:U3"}, At: []string{"1", "2", "3"}}}
	r := message.Of(m)
	m.Edited.Previous.Rich[0].Inlines[0].Kind = message.InlinePerson
	m.Revisions[0].Previous.Rich[0].Inlines[0].Kind = message.InlinePerson
	apply(t, x, r)
	var left []string
	findStrings(reflect.ValueOf(m).Elem(), "", old, &left)
	for _, path := range left {
		for _, field := range []string{"Author", "By", "Targets", "Actor", "Subscribers", "Participants", "HiddenFrom", "Uploader"} {
			if strings.HasSuffix(path, "."+field) && path != ".Cards.Author" {
				t.Errorf("%s keeps the merged person", path)
			}
		}
	}
	if m.Mentions[0].Target != now || m.Rich[0].Inlines[0].Target != now || m.Revisions[0].Previous.Rich[0].Inlines[0].Target != now {
		t.Error("a mention keeps the merged person")
	}
	if got := m.Reactions[0]; !slices.Equal(got.By, []string{now, "slack:T1:U3"}) || !slices.Equal(got.At, []string{"1", "3"}) {
		t.Errorf("%+v", got)
	}
	if m.Ext["chatferry.author_from"] != `"`+old+`"` {
		t.Error(m.Ext)
	}
	p := human("U2", "alice.old")
	if apply(t, x, p); p.Person.MergedInto != now {
		t.Error(p.Person.MergedInto)
	}
	p = human("U3", "bob", "bob@acme.test")
	apply(t, x, p)
	if p.Person.Name != "Robert" || !slices.Equal(p.Person.Emails, []string{"robert@acme.test", "bob@acme.test"}) || !slices.Equal(p.Person.Departments, []string{"Sales", "Sales/EU"}) || p.Person.Ext["chatferry.renamed_from"] != `"Name of bob"` {
		t.Errorf("%+v", p.Person)
	}
	c := message.Of(&message.Conversation{Key: "k", ID: "D1", Kind: "direct", Participants: []string{old, "slack:T1:U3"}, Creator: old})
	if apply(t, x, c); !slices.Equal(c.Conversation.Participants, []string{now, "slack:T1:U3"}) || c.Conversation.Creator != now {
		t.Errorf("%+v", c.Conversation)
	}
	if d.Merged(old) != now {
		t.Error("the directory does not know the merge")
	}
}

func TestWrongPeopleFilesNameFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ departments, identities, want string }{
		"missing column": {"name,department\na,b\n", "", `departments.csv:1: column "person" is missing`},
		"empty":          {"\n", "", "departments.csv:1: has no header row"},
		"empty cell":     {"person,department\nalice,Legal\nbob,\n", "", "departments.csv:3: person or department is empty"},
		"bad quote":      {"person,department\nalice,Le\"gal\n", "", "departments.csv:2: bare"},
		"not UTF-8":      {"person,department\nalice,Legal\nm\xfcller,Legal\n", "", "departments.csv:3: is not UTF-8"},
		"two targets":    {"", "key,merge_into\nalice.old,alice\nalice.old,bob\n", "people.csv:3: merge_into of this person was given before"},
	} {
		cfg := map[string]any{}
		if c.departments != "" {
			cfg["departments"] = file(t, "departments.csv", c.departments)
		} else {
			cfg["map"] = file(t, "people.csv", c.identities)
		}
		_, err := Open("people", config(cfg), Env{Directory: staff()})
		if err == nil || !strings.Contains(err.Error(), c.want) || fault.ClassOf(err) != fault.Config || fault.HintOf(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open("people", config(map[string]any{"departments": "absent.csv"}), Env{Directory: staff()}); fault.ClassOf(err) != fault.Config {
		t.Error(err)
	}
}

func TestPeopleNobodyKnowsAreListedAndRingsRefused(t *testing.T) {
	x := people(t, staff(), "person,department\nalcie,Legal\n", "key,merge_into\nbob,nobody\n")
	w, err := x.(Warner).Unmatched()
	if err != nil || len(w) != 2 || w[0].String() != `people: "nobody" at people.csv:2 is to be merged into but matches nobody` || w[1].String() != `people: "alcie" at departments.csv:2 matches nobody; did you mean "alice"?` {
		t.Error(w, err)
	}
	x = people(t, staff(), "", "key,merge_into\nalice,alice.old\nalice.old,alice\n")
	if _, err := x.(Warner).Unmatched(); err == nil {
		t.Error("a ring is accepted")
	}
	if err := x.Apply(text(""), &plugin.TransformOut{}); fault.ClassOf(err) != fault.Config {
		t.Error(err)
	}
}

func FuzzCSV(f *testing.F) {
	f.Add("person,department\na,b\n")
	f.Add("\ufeffsep=;\r\nperson;department\r\n\"a\n")
	f.Add("person,person,department\n,,\n")
	f.Fuzz(func(t *testing.T, s string) {
		rows, err := readCSV("departments", file(t, "f.csv", s), []string{"person", "department"}, nil)
		if err != nil {
			if fault.ClassOf(err) != fault.Config {
				t.Fatal(err)
			}
			return
		}
		for _, r := range rows {
			if len(r.values) == 0 || !strings.HasPrefix(r.place, "f.csv:") {
				t.Fatalf("%+v", r)
			}
		}
	})
}
