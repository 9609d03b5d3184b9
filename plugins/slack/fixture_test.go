package slack

import (
	"archive/zip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// result is everything a source gave, in order.
type result struct {
	records []*message.Record
	rejects []plugin.Reject
	shards  []plugin.Shard
	spool   string
	path    string
}

func (r *result) messages() (list []*message.Message) {
	for _, x := range r.records {
		if x.Type == message.TypeMessage {
			list = append(list, x.Message)
		}
	}
	return list
}

func (r *result) bySubtype() map[string]int {
	count := map[string]int{}
	for _, m := range r.messages() {
		count[m.Subtype]++
	}
	return count
}

func (r *result) byID(id string) *message.Message {
	for _, m := range r.messages() {
		if m.ID == id {
			return m
		}
	}
	return nil
}

func (r *result) person(id string) *message.Person {
	for _, x := range r.records {
		if x.Type == message.TypePerson && x.Person.ID == id {
			return x.Person
		}
	}
	return nil
}

func (r *result) conversation(id string) *message.Conversation {
	for _, x := range r.records {
		if x.Type == message.TypeConversation && x.Conversation.ID == id {
			return x.Conversation
		}
	}
	return nil
}

// readAll reads a whole export and checks what holds for every one: records pass Check, survive the
// codec, and are counted by the emitter.
func readAll(t testing.TB, path string, settings ...string) *result {
	t.Helper()
	conf := map[string]any{"path": path}
	for i := 0; i+1 < len(settings); i += 2 {
		conf[settings[i]] = settings[i+1]
	}
	raw, err := json.Marshal(conf)
	if err != nil {
		t.Fatal(err)
	}
	src, err := Plugin().Source.Open(context.Background(), raw)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	res := &result{spool: t.TempDir(), path: path}
	if err := src.Discover(context.Background(), func(s plugin.Shard) error {
		res.shards = append(res.shards, s)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, s := range res.shards {
		res.take(t, src, s, nil)
	}
	agrees(t, raw, res)
	return res
}

func (r *result) take(t testing.TB, src plugin.Source, s plugin.Shard, cur plugin.Cursor) (cursors []plugin.Cursor) {
	t.Helper()
	var read uint64
	n := 0
	out := plugin.NewEmitter(context.Background(), r.spool, func(b *plugin.Batch) error {
		for line := range lines(b.Lines) {
			rec, err := message.Decode(line)
			if err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			if err := rec.Check(); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			if rec.Directory() != s.Directory && !(rec.Type == message.TypePerson && rec.Person.Synthesised) {
				t.Errorf("%s record in shard %s", rec.Type, s.ID)
			}
			r.records = append(r.records, rec)
			n++
		}
		r.rejects = append(r.rejects, b.Rejects...)
		n += len(b.Rejects)
		read = b.Read
		if b.Cursor != nil {
			cursors = append(cursors, b.Cursor)
		}
		return nil
	})
	if err := src.Read(context.Background(), s, cur, out); err != nil {
		t.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if int(read) != n {
		t.Errorf("shard %s: the emitter counted %d, %d came", s.ID, read, n)
	}
	return cursors
}

func lines(b []byte) func(func(string) bool) {
	return func(yield func(string) bool) {
		for len(b) > 0 {
			i := 0
			for b[i] != '\n' {
				i++
			}
			if !yield(string(b[:i])) {
				return
			}
			b = b[i+1:]
		}
	}
}

const fixtures = "../../../shared/fixtures/slack"

func fixture(t testing.TB, name string) string {
	t.Helper()
	p := filepath.Join(fixtures, name)
	if _, err := os.Stat(p); err != nil {
		t.Skipf("fixture %s is absent", name)
	}
	return p
}

// write makes a folder of the given files.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// pack makes a zip of the given names and contents, in that order.
func pack(t testing.TB, pairs ...string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "export.zip")
	f, err := os.Create(p)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(f)
	for i := 0; i+1 < len(pairs); i += 2 {
		e, err := w.Create(pairs[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write([]byte(pairs[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFixturesGiveTheCountsOfTheirProvenance(t *testing.T) {
	for _, c := range []struct {
		zip    string
		people int
		places int
		want   map[string]int
	}{
		{"mattermost-server-2021/Fake_Team_Import.zip", 2, 2, map[string]int{"channel_join": 3, "": 3, "file_share": 1, "channel_purpose": 1}},
		{"zulip-2024/test_slack_importer.zip", 4, 2, map[string]int{"": 79, "channel_join": 8, "file_share": 2, "pinned_item": 1, "thread_broadcast": 1}},
		{"zulip-2024/test_unicode_slack_importer.zip", 1, 3, map[string]int{"channel_join": 3, "": 2}},
	} {
		r := readAll(t, fixture(t, c.zip))
		got := r.bySubtype()
		if len(got) != len(c.want) {
			t.Errorf("%s: subtypes %v, want %v", c.zip, got, c.want)
		}
		for k, n := range c.want {
			if got[k] != n {
				t.Errorf("%s: %d of subtype %q, want %d", c.zip, got[k], k, n)
			}
		}
		if len(r.rejects) != 0 {
			t.Errorf("%s: rejects %v", c.zip, r.rejects)
		}
		people, places := 0, 0
		for _, x := range r.records {
			if x.Type == message.TypePerson && !x.Person.Synthesised {
				people++
			}
			if x.Type == message.TypeConversation && x.Conversation.Kind != "workspace" {
				places++
			}
		}
		if people != c.people || places != c.places {
			t.Errorf("%s: %d people and %d conversations, want %d and %d", c.zip, people, places, c.people, c.places)
		}
	}
}
