package filter

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

func TestDirectoryGivesBackWhatItWasGiven(t *testing.T) {
	d := NewDirectory()
	for i := range 1000 {
		d.Add(person(fmt.Sprint("U", i), fmt.Sprint("user", i), fmt.Sprint("Name ", i), func(p *message.Person) { p.Emails = []string{fmt.Sprint(i, "@x.test")} }))
		d.Add(place(fmt.Sprint("C", i), "public", fmt.Sprint("room", i)))
	}
	d.Seal()
	for i := range 1000 {
		p, ok := d.Person(fmt.Sprint("slack:T1:U", i))
		want := Person{Key: fmt.Sprint("slack:T1:U", i), ID: fmt.Sprint("U", i), Username: fmt.Sprint("user", i), Name: fmt.Sprint("Name ", i), Emails: []string{fmt.Sprint(i, "@x.test")}}
		if !ok || !reflect.DeepEqual(p, want) {
			t.Fatalf("%+v", p)
		}
		if c, ok := d.Conversation(fmt.Sprint("slack:T1:C", i)); !ok || c.Name != fmt.Sprint("room", i) || c.ID != fmt.Sprint("C", i) {
			t.Fatalf("%+v", c)
		}
	}
	if d.HasPerson("slack:T1:C1") || d.HasPerson("") || !d.HasPerson("slack:T1:U0") {
		t.Fatal("HasPerson")
	}
}

func TestOverlappingDumpsFillEachOther(t *testing.T) {
	d := NewDirectory()
	d.Add(person("U1", "", "First", nil))
	d.Add(person("U1", "late", "Second", func(p *message.Person) { p.Emails = []string{"a@b"} }))
	if p, _ := d.Person("slack:T1:U1"); p.Name != "First" || p.Username != "late" || len(p.Emails) != 1 {
		t.Fatalf("%+v", p)
	}
	d.Seal()
	d.Add(person("U1", "new", "", nil))
	if p, _ := d.Person("slack:T1:U1"); p.Name != "" || p.Username != "new" {
		t.Fatalf("what transforms made does not replace: %+v", p)
	}
	if people, _ := d.Len(); people != 1 {
		t.Fatal(people)
	}
}

func TestHugeNamesAreClippedAndMergesEnd(t *testing.T) {
	d := NewDirectory()
	d.Add(person("U1", strings.Repeat("é", 10_000), "", func(p *message.Person) { p.MergedInto = "slack:T1:U2" }))
	d.Add(person("U2", "b", "", func(p *message.Person) { p.MergedInto = "slack:T1:U1" }))
	p, _ := d.Person("slack:T1:U1")
	if len(p.Username) > maxName || strings.Contains(p.Username, "\ufffd") || p.Username != strings.ToValidUTF8(p.Username, "?") {
		t.Fatal(len(p.Username))
	}
	d.Merged("slack:T1:U1") // a ring must not hang
}

func TestSealedDirectoryIsReadConcurrently(t *testing.T) {
	d := staff()
	f, err := Compile(Rules{People: []string{"alice"}, Conversations: []string{"#general"}, Keywords: []string{"ｘ"}}, d)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if rule, _, _ := f.Apply(post("C1", "U1", "ÀX")); rule != "" {
					t.Errorf("removed by %s", rule)
				}
				if rule, _, _ := f.Apply(post("C1", "U2", "x")); rule != "people" {
					t.Errorf("removed by %q", rule)
				}
			}
		})
	}
	wg.Wait()
}

func TestDirectoryCostsAboutTheBytesOfItsNames(t *testing.T) {
	const n = 100_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := NewDirectory()
	for i := range n {
		d.Add(person(fmt.Sprintf("U%09d", i), fmt.Sprintf("user.name%06d", i), fmt.Sprintf("Given Family%06d", i), func(p *message.Person) {
			p.Emails = []string{fmt.Sprintf("user.name%06d@example.test", i)}
			p.Departments = []string{"Legal/Contracts"}
		}))
	}
	d.Seal()
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / n
	t.Logf("%.0f bytes for each person", each)
	if each > 250 {
		t.Errorf("%.0f bytes for each person", each)
	}
	runtime.KeepAlive(d)
}
