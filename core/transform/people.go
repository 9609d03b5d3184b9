package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/filter"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

const peopleDoc = `Adds departments to people and merges or renames them, from CSV files with a header row
(commas, semicolons or tabs; UTF-8).

departments: columns person, department; one line for each department. person is a key, an id, a user
name or an e-mail address; all people it matches get the department.

map: columns key, merge_into, name, email, departments (several separated by |). key and merge_into
name people in the same way. A merged person's record stays and says into whom it was merged; authors,
mentions, reactions and every other reference in messages become the one merged into, and the
original author is kept in Ext "chatferry.author_from".

Lines that match nobody are listed as warnings.`

type peopleSettings struct {
	Departments string `ferry:"departments,path" help:"CSV file with the columns person, department"`
	Map         string `ferry:"map,path" help:"CSV file with the columns key, merge_into, name, email, departments"`
}

// rules of the people transform.
const (
	ruleDepartments = iota
	ruleMerge
	ruleName
	ruleEmail
	ruleReference
)

// amendment is what the files say of one person.
type amendment struct {
	name, email, into string // into is a reference as written
	departments       []string
	place             string
	matched           bool
}

type peopleTransform struct {
	*counts
	block   string
	dir     *filter.Directory
	byRef   map[string]*amendment // by folded reference
	refs    []string              // as written, in the order of the files
	once    sync.Once
	merged  map[string]string // person key to the key that stands for it
	missing []filter.Warning
	err     error
}

func openPeople(config json.RawMessage, env Env) (Transform, error) {
	s, err := plugin.DecodeConfig[peopleSettings](config)
	if err != nil {
		return nil, err
	}
	if env.Directory == nil {
		return nil, needDirectory("people")
	}
	if s.Departments == "" && s.Map == "" {
		return nil, plugin.BadSetting("departments", "give departments, map or both", errors.New("no file is given"))
	}
	t := &peopleTransform{block: env.Block, counts: newCounts("departments", "merge", "name", "email", "reference"), dir: env.Directory, byRef: map[string]*amendment{}, merged: map[string]string{}}
	if err := t.readDepartments(s.Departments); err != nil {
		return nil, err
	}
	if err := t.readMap(s.Map); err != nil {
		return nil, err
	}
	env.Directory.OnSeal(t.resolve)
	return t, nil
}

func (t *peopleTransform) amendment(ref, place string) *amendment {
	folded := filter.Fold(strings.TrimPrefix(ref, "@"))
	a := t.byRef[folded]
	if a == nil {
		a = &amendment{place: place}
		t.byRef[folded] = a
		t.refs = append(t.refs, ref)
	}
	return a
}

func (t *peopleTransform) readDepartments(path string) error {
	if path == "" {
		return nil
	}
	rows, err := readCSV("departments", path, []string{"person", "department"}, nil)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.values["person"] == "" || r.values["department"] == "" {
			return plugin.BadSetting("departments", "fill in both columns or remove the line", fmt.Errorf("%s: person or department is empty", r.place))
		}
		t.amendment(r.values["person"], r.place).add(r.values["department"])
	}
	return nil
}

func (a *amendment) add(department string) {
	if department = strings.TrimSpace(department); department != "" && !slices.Contains(a.departments, department) {
		a.departments = append(a.departments, department)
	}
}

func (t *peopleTransform) readMap(path string) error {
	if path == "" {
		return nil
	}
	rows, err := readCSV("map", path, []string{"key"}, []string{"merge_into", "name", "email", "departments"})
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.values["key"] == "" {
			return plugin.BadSetting("map", "fill in the column key or remove the line", fmt.Errorf("%s: key is empty", r.place))
		}
		a := t.amendment(r.values["key"], r.place)
		for column, to := range map[string]*string{"merge_into": &a.into, "name": &a.name, "email": &a.email} {
			v := r.values[column]
			if v != "" && *to != "" && *to != v {
				return plugin.BadSetting("map", "keep one of the lines", fmt.Errorf("%s: %s of this person was given before with another value", r.place, column))
			}
			if v != "" {
				*to = v
			}
		}
		for _, d := range strings.Split(r.values["departments"], "|") {
			a.add(d)
		}
	}
	return nil
}

// handles are the references by which a person is found, folded.
func handles(key, id, username string, emails []string) []string {
	list := []string{filter.Fold(key), filter.Fold(id)}
	if username != "" {
		list = append(list, filter.Fold(strings.TrimPrefix(username, "@")))
	}
	for _, e := range emails {
		list = append(list, filter.Fold(e))
	}
	return list
}

// resolve runs when the directory is sealed: it finds the people meant and tells the directory.
func (t *peopleTransform) resolve(d *filter.Directory) {
	into := map[string][]string{} // folded merge_into to the keys of people
	for _, a := range t.byRef {
		if a.into != "" {
			into[filter.Fold(strings.TrimPrefix(a.into, "@"))] = nil
		}
	}
	found := map[string][]*amendment{} // by key
	var keys []string
	for p := range d.People() {
		var seen []*amendment
		for _, h := range handles(p.Key, p.ID, p.Username, p.Emails) {
			if a := t.byRef[h]; a != nil && !slices.Contains(seen, a) {
				a.matched = true
				seen = append(seen, a)
			}
			if list, ok := into[h]; ok && !slices.Contains(list, p.Key) {
				into[h] = append(list, p.Key)
			}
		}
		if len(seen) > 0 {
			found[p.Key] = seen
			keys = append(keys, p.Key)
		}
	}
	t.merges(keys, found, into)
	for _, key := range keys {
		d.Amend(key, func(p *filter.Person) {
			for _, a := range found[key] {
				a.amend(&p.Name, &p.Emails, &p.Departments)
			}
			if to := t.merged[key]; to != "" {
				p.MergedInto = to
			}
		})
	}
	for _, ref := range t.refs {
		a := t.byRef[filter.Fold(strings.TrimPrefix(ref, "@"))]
		if !a.matched {
			t.missing = append(t.missing, filter.Warning{Setting: "people", Value: ref, Cause: "at " + a.place + " matches nobody", Suggestions: filter.Closest(ref, references(d))})
		}
	}
}

func references(d *filter.Directory) func(func(string) bool) {
	return func(yield func(string) bool) {
		for p := range d.People() {
			for _, v := range append([]string{p.Username, p.ID}, p.Emails...) {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// merges fills merged and follows chains; a ring is an error.
func (t *peopleTransform) merges(keys []string, found map[string][]*amendment, into map[string][]string) {
	for _, key := range keys {
		for _, a := range found[key] {
			targets := into[filter.Fold(strings.TrimPrefix(a.into, "@"))]
			switch {
			case a.into == "" || slices.Contains(targets, key):
			case len(targets) == 1:
				t.merged[key] = targets[0]
			default:
				w := filter.Warning{Setting: "people", Value: a.into, Cause: "at " + a.place + " is to be merged into but matches nobody"}
				if len(targets) > 1 {
					w.Cause = "at " + a.place + " is to be merged into but matches several people; use a key"
				}
				t.missing = append(t.missing, w)
			}
		}
	}
	for _, key := range sortedKeys(t.merged) {
		to, steps := t.merged[key], 0
		for t.merged[to] != "" {
			if to, steps = t.merged[to], steps+1; to == key || steps > len(t.merged) {
				t.err = plugin.BadSetting("map", "decide which of them stays", fmt.Errorf("%s is merged into itself by a ring of merges", key))
				return
			}
		}
		t.merged[key] = to
	}
}

func (a *amendment) amend(name *string, emails, departments *[]string) (named, mailed bool, joined int) {
	if a.name != "" && a.name != *name {
		*name, named = a.name, true
	}
	if a.email != "" && (len(*emails) == 0 || (*emails)[0] != a.email) {
		rest := slices.DeleteFunc(slices.Clone(*emails), func(v string) bool { return v == a.email })
		*emails, mailed = append([]string{a.email}, rest...), true
	}
	for _, d := range a.departments {
		if !slices.Contains(*departments, d) {
			*departments = append(*departments, d)
			joined++
		}
	}
	return named, mailed, joined
}

func (t *peopleTransform) Unmatched() ([]filter.Warning, error) {
	t.dir.Seal()
	return t.missing, t.err
}

func (t *peopleTransform) Apply(r *message.Record, out *plugin.TransformOut) error {
	t.once.Do(t.dir.Seal)
	if t.err != nil {
		return &fault.Error{Class: fault.Config, Op: "transform", Subject: t.block, Setting: "map", Hint: fault.HintOf(t.err), Err: t.err}
	}
	if r.Person != nil {
		t.person(r, out)
	}
	if len(t.merged) > 0 {
		before := ""
		if r.Message != nil {
			before = r.Message.Author
		}
		x := personRefs{merged: t.merged}
		x.record(r)
		if r.Message != nil && r.Message.Author != before {
			setExt(r, "author_from", before)
		}
		t.note(out, ruleReference, x.n)
	}
	out.Emit(r)
	return nil
}

func (t *peopleTransform) person(r *message.Record, out *plugin.TransformOut) {
	p := r.Person
	old := p.Name
	for _, h := range handles(p.Key, p.ID, p.Username, p.Emails) {
		a := t.byRef[h]
		if a == nil {
			continue
		}
		named, mailed, joined := a.amend(&p.Name, &p.Emails, &p.Departments)
		if named {
			t.note(out, ruleName, 1)
			setExt(r, "renamed_from", old)
		}
		if mailed {
			t.note(out, ruleEmail, 1)
		}
		t.note(out, ruleDepartments, joined)
	}
	if to := t.merged[p.Key]; to != "" && p.MergedInto != to {
		p.MergedInto = to
		t.note(out, ruleMerge, 1)
	}
}
