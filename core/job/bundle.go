package job

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/evidence"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/ledger"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/scan"
	"github.com/chatferry/chatferry/core/verify"
	"github.com/chatferry/chatferry/schema"
)

// bundle gathers the payload of an evidence bundle.
type bundle struct {
	job       *Job
	books     *ledger.Ledger
	checks    []verify.Result
	statement *evidence.Statement
	summary   *report.Summary
	signer    string
	places    []report.ConversationRow // the first of them, for people
	more      int
}

// certificate is the page of the bundle that is made for people.
const certificate = "report.html"

// placesLimit is how many conversations the report for people lists; conversations.csv has all.
const placesLimit = 2000

// files lists the payload in the order in which it must be written: the report comes last, because it
// shows what the tables before it gathered.
func (b *bundle) files() ([]evidence.File, error) {
	list := []evidence.File{
		{Name: "books.csv", Write: b.booksTable},
		{Name: "entities.csv", Write: b.entities},
		{Name: "filters.csv", Write: b.filters},
		{Name: "loss.csv", Write: b.losses},
		{Name: "media.csv", Write: b.media},
		{Name: "unmapped.csv", Write: b.unmapped},
		{Name: "gaps.csv", Write: b.gaps},
		{Name: "conversations.csv", Write: b.conversations},
		{Name: "exceptions.ndjson", Write: b.exceptions},
		{Name: "rules/pipeline.json", Write: b.rules},
	}
	list = append(list, b.ruleTexts()...)
	for _, c := range b.checks {
		for _, name := range []string{"expected-conversations.tsv", "expected-days.tsv", "found-conversations.tsv", "found-days.tsv"} {
			if c.Tree != "" && !(c.Clean() && strings.HasPrefix(name, "found")) { // the same again
				list = append(list, evidence.File{Name: "tree/" + c.Sink + "/" + name, Write: copyOf(filepath.Join(c.Tree, name))})
			}
		}
	}
	if inventory := b.job.inventoryFile(b.summary.Generation); exists(inventory) {
		list = append(list, evidence.File{Name: "inventory.tsv", Write: copyOf(inventory)})
	}
	for _, spec := range []fs.FS{schema.Files(), schema.Proof()} {
		err := fs.WalkDir(spec, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			to := "spec/" + strings.TrimPrefix(name, "testdata/")
			if strings.HasSuffix(name, ".schema.json") {
				to = "spec/schema/" + name
			}
			list = append(list, evidence.File{Name: to, Write: func(w io.Writer) error {
				text, err := fs.ReadFile(spec, name)
				return errors.Join(err, write(w, text))
			}})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return append(list, evidence.File{Name: "report.txt", Write: b.text}, evidence.File{Name: certificate, Write: b.page}), nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func write(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	return err
}

func copyOf(path string) func(io.Writer) error {
	return func(w io.Writer) error {
		f, err := os.Open(path)
		if err != nil {
			return fault.New(fault.Storage, "read", path, "verify again", err)
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	}
}

// table writes rows of a CSV file. No cell can become a formula in a spreadsheet: one that could gets an
// apostrophe before it.
type table struct {
	w   *csv.Writer
	err error
}

func newTable(w io.Writer, head ...string) *table {
	t := &table{w: csv.NewWriter(w)}
	t.row(anys(head)...)
	return t
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func (t *table) row(cells ...any) {
	text := make([]string, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case int64:
			text[i] = strconv.FormatInt(c, 10)
		case string:
			if text[i] = c; c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
				text[i] = "'" + c
			}
		}
	}
	if err := t.w.Write(text); err != nil && t.err == nil {
		t.err = err
	}
}

func (t *table) end() error {
	t.w.Flush()
	return errors.Join(t.err, t.w.Error())
}

func (b *bundle) booksTable(w io.Writer) error {
	t := newTable(w, "unit", "sink", "records", "read", "added", "filtered", "rejected", "offered", "delivered", "duplicate", "no_place", "refused",
		"split", "placed", "media", "media_present", "media_absent", "first", "last")
	err := b.books.Books(b.summary.Generation, func(x *ledger.Book) error {
		kind := "history"
		if x.Directory {
			kind = "directory"
		}
		t.row(x.Unit, x.Sink, kind, x.Read, x.Added, x.Filtered, x.Rejected, x.Offered, x.Delivered, x.Duplicate, x.NoPlace, x.Refused,
			x.Split, x.Placed, x.MediaRefs, x.MediaPresent, x.MediaGone, x.First, x.Last)
		return nil
	})
	return errors.Join(err, t.end())
}

func (b *bundle) filters(w io.Writer) error {
	t := newTable(w, "rule", "where", "records", "sha256")
	for _, r := range b.summary.FilteredBy {
		t.row(r.Rule, r.Where, r.Count, r.SHA256)
	}
	return t.end()
}

func (b *bundle) losses(w io.Writer) error {
	t := newTable(w, "sink", "field", "action", "rule", "records", "policy", "why")
	for _, r := range b.summary.Losses {
		t.row(r.Sink, r.Field, r.Action, r.Rule, r.Count, r.Policy, r.Why)
	}
	return t.end()
}

func (b *bundle) gaps(w io.Writer) error {
	t := newTable(w, "id", "severity", "gap", "count", "what", "samples")
	for _, f := range b.summary.Findings {
		t.row(f.ID, f.Severity, strconv.FormatBool(f.Gap), f.Count, f.Text, strings.Join(f.Samples, " "))
	}
	return t.end()
}

func (b *bundle) exceptions(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return b.books.Exceptions(b.summary.Generation, "", func(x ledger.Exception) error { return e.Encode(x) })
}

func (b *bundle) rules(w io.Writer) error { return write(w, append(b.job.opts.File.Redacted(), '\n')) }

func (b *bundle) text(w io.Writer) error {
	s := b.statement.Predicate.Result
	s.Verdicts.Report = b.summary.Verdicts.Report
	return s.Text(w, 100)
}

func (b *bundle) page(w io.Writer) error {
	p := &b.statement.Predicate
	c := report.Certificate{Summary: &p.Result, Tool: strings.TrimSpace(p.Tool.Name + " " + p.Tool.Version + " " + p.Tool.Commit), Started: p.Started, Ended: p.Ended, Written: p.Written,
		Signer: b.signer, Conversations: b.places, More: b.more}
	for _, x := range p.Plugins {
		c.Plugins = append(c.Plugins, x.Role+" "+x.Name+" "+x.Version)
	}
	for _, x := range b.statement.Subject {
		if x.Digest[evidence.DigestTree] == "" && !strings.HasSuffix(x.Name, "/"+targetManifest) {
			c.Sources = append(c.Sources, report.Named{Name: x.Name, Digest: x.Digest["sha256"]})
		}
	}
	return c.HTML(w)
}

// conversations writes one row for each conversation of each target that was read back.
func (b *bundle) conversations(w io.Writer) error {
	names, err := placeNames(b.job.engine.State)
	if err != nil {
		return err
	}
	t := newTable(w, "sink", "conversation", "kind", "name", "first_day", "last_day", "expected_messages", "found_messages")
	for _, c := range b.checks {
		if c.Tree == "" {
			continue
		}
		err := eachConversation(c.Tree, func(r report.ConversationRow) {
			r.Sink = c.Sink
			r.Kind, r.Name = names[r.Key].kind, names[r.Key].name
			if r.Name == "" {
				r.Name = r.Key
			}
			t.row(r.Sink, r.Key, r.Kind, r.Name, r.First, r.Last, r.Expected, r.Found)
			if len(b.places) < placesLimit {
				b.places = append(b.places, r)
			} else {
				b.more++
			}
		})
		if err != nil {
			return err
		}
	}
	return t.end()
}

// eachConversation walks both day tables of a tree at once; they are sorted alike.
func eachConversation(tree string, yield func(report.ConversationRow)) error {
	var sides [2]days
	for i, name := range []string{"expected-days.tsv", "found-days.tsv"} {
		f, err := os.Open(filepath.Join(tree, name))
		if err != nil {
			return fault.New(fault.Storage, "read", tree, "verify again", err)
		}
		defer f.Close()
		sides[i].lines = bufio.NewScanner(f)
		sides[i].lines.Buffer(nil, 1<<20)
		sides[i].next()
	}
	a, b := &sides[0], &sides[1]
	for a.more || b.more {
		at := a.place
		if !a.more || b.more && bytes.Compare(b.place, at) < 0 {
			at = b.place
		}
		at = bytes.Clone(at)
		var r report.ConversationRow
		a.sum(at, &r, &r.Expected)
		b.sum(at, &r, &r.Found)
		r.Key = scan.New(string(at[bytes.IndexByte(at, '\t')+1:])).String()
		yield(r)
	}
	return errors.Join(a.lines.Err(), b.lines.Err())
}

// days reads a day table's rows of messages.
type days struct {
	lines *bufio.Scanner
	more  bool
	place []byte // prefix, tab, conversation's name
	day   string
	count int64
}

func (d *days) next() {
	for d.more = d.lines.Scan(); d.more; d.more = d.lines.Scan() {
		c := bytes.Split(d.lines.Bytes(), []byte{'\t'})
		if len(c) != 8 || string(c[0]) != message.TypeMessage {
			continue
		}
		d.place = append(append(append(d.place[:0], c[1]...), '\t'), c[2]...)
		d.day = string(c[4])
		d.count, _ = strconv.ParseInt(string(c[5]), 10, 64)
		return
	}
}

// sum adds up the rows of one conversation.
func (d *days) sum(place []byte, r *report.ConversationRow, n *int64) {
	for d.more && bytes.Equal(d.place, place) {
		if r.First == "" || d.day < r.First {
			r.First = d.day
		}
		r.Last = max(r.Last, d.day)
		*n += d.count
		d.next()
	}
}

// named is what people call a conversation.
type named struct{ kind, name string }

// namesName is the file of the books that holds them.
const namesName = "names.tsv"

// keepName notes a conversation's name, for the reports.
func (j *Job) keepName(c *message.Conversation) {
	name := c.DisplayName
	if name == "" {
		name = c.Name
	}
	for _, s := range []string{c.Key, c.Kind} {
		j.names = append(message.AppendString(j.names, s), '\t')
	}
	j.names = append(message.AppendString(j.names, name), '\n')
}

func (j *Job) saveNames() error {
	return plugin.WriteFileAtomic(filepath.Join(j.engine.State, namesName), func(w io.Writer) error { return write(w, j.names) })
}

// placeNames are the names that a run noted.
func placeNames(state string) (map[string]named, error) {
	path := filepath.Join(state, namesName)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New(fault.Storage, "read", path, "check the folder's permissions, then verify again", err)
	}
	names := map[string]named{}
	for line := range bytes.Lines(text) {
		c := strings.Split(strings.TrimSuffix(string(line), "\n"), "\t")
		if len(c) != 3 {
			return nil, fault.New(fault.Storage, "read", path, "run the pipeline again into an empty folder", fmt.Errorf("it is damaged"))
		}
		for i := range c {
			c[i] = scan.New(c[i]).String()
		}
		names[c[0]] = named{c[1], c[2]}
	}
	return names, nil
}
