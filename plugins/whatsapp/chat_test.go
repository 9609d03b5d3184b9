package whatsapp

import (
	"archive/zip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/census"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// result is everything a source gave, in order.
type result struct {
	records []*message.Record
	rejects []plugin.Reject
	shards  []plugin.Shard
}

func (r *result) messages() (list []*message.Message) {
	for _, x := range r.records {
		if x.Type == message.TypeMessage {
			list = append(list, x.Message)
		}
	}
	return list
}

func (r *result) conversations() (list []*message.Conversation) {
	for _, x := range r.records {
		if x.Type == message.TypeConversation {
			list = append(list, x.Conversation)
		}
	}
	return list
}

func (r *result) people() (names []string) {
	for _, x := range r.records {
		if x.Type == message.TypePerson {
			names = append(names, x.Person.Name)
		}
	}
	return names
}

// readAll reads a whole export. Of every export of every test it checks that records are valid, keys are unique,
// and that the census counts the same file by file.
func readAll(t testing.TB, path string, settings ...string) *result {
	t.Helper()
	res, raw := read(t, path, settings...)
	agrees(t, raw, res)
	return res
}

func read(t testing.TB, path string, settings ...string) (*result, json.RawMessage) {
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
	res := &result{}
	if err := src.Discover(context.Background(), func(s plugin.Shard) error { res.shards = append(res.shards, s); return nil }); err != nil {
		t.Fatal(err)
	}
	out := plugin.NewEmitter(context.Background(), t.TempDir(), func(b *plugin.Batch) error {
		for line := range strings.Lines(string(b.Lines)) {
			rec, err := message.Decode(strings.TrimSuffix(line, "\n"))
			if err == nil {
				err = rec.Check()
			}
			if err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			res.records = append(res.records, rec)
		}
		res.rejects = append(res.rejects, b.Rejects...)
		return nil
	})
	for _, s := range res.shards {
		if err := src.Read(context.Background(), s, nil, out); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, x := range res.records {
		if keys[x.Key()] {
			t.Errorf("the key %s is given twice", x.Key())
		}
		keys[x.Key()] = true
	}
	return res, raw
}

func agrees(t testing.TB, config json.RawMessage, r *result) {
	t.Helper()
	elements, rejects := map[string]int64{}, map[string]int64{}
	for _, x := range r.records {
		if at := *x.RawSource(); at != nil {
			elements[at.File]++
		}
	}
	for _, x := range r.rejects {
		elements[x.At.File]++
		rejects[x.At.File]++
	}
	facts, err := Plugin().Source.Census(context.Background(), config, true, func(m census.Member) error {
		switch {
		case m.Broken != "" && rejects[m.Path] == 0:
			t.Errorf("census: %s is broken (%s), and nothing of it was rejected", m.Path, m.Broken)
		case m.Broken == "" && m.Elements >= 0 && m.Elements != elements[m.Path]:
			t.Errorf("census: %s has %d elements, read %d of which %d rejected", m.Path, m.Elements, elements[m.Path], rejects[m.Path])
		case m.Elements < 0 && elements[m.Path] > rejects[m.Path]:
			t.Errorf("census: %s is %s (%s), read %d", m.Path, m.State, m.Rule, elements[m.Path])
		}
		delete(elements, m.Path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for file, n := range elements {
		if n > rejects[file] && facts.Broken == "" {
			t.Errorf("census: %s is not there, read %d", file, n)
		}
	}
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

// pack makes a zip of the given name, of names and contents.
func pack(t testing.TB, name string, pairs ...string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
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

const fixtures = "../../../shared/fixtures/whatsapp"

func fixture(t testing.TB, name string) string {
	t.Helper()
	p := filepath.Join(fixtures, name)
	if _, err := os.Stat(p); err != nil {
		t.Skipf("fixture %s is absent", name)
	}
	return p
}

func TestFixturesGiveTheCountsOfTheirProvenance(t *testing.T) {
	for name, want := range map[string]int{
		"chat-miner/test_[mmddyy]_24hrs.txt": 9, "chat-miner/test_ddmmyy_24hrs.txt": 9, "chat-miner/test_mmddyy_24hrs.txt": 9,
		"chat-miner/test_mmddyyyy_12hrs.txt": 9, "chat-miner/test_yyyymmdd_24hrs.txt": 9,
		"whatstk/chats/whatsapp/lorem-2000.txt": 2000, "whatstk/chats/whatsapp/lorem-merge-part1.txt": 300, "whatstk/chats/whatsapp/lorem-merge-part2.txt": 300,
		"whatstk/chats/whatsapp/lorem.txt": 500, "whatstk/chats/whatsapp/pokemon.txt": 20,
	} {
		r := readAll(t, fixture(t, name))
		if got := len(r.messages()); got != want || len(r.rejects) != 0 {
			t.Errorf("%s: %d messages and %d rejects, want %d: %+v", name, got, len(r.rejects), want, r.rejects)
		}
	}
}

// TestTheVariantsOfOneChatAreReadAsOne compares with the oracle that stands beside the fixtures.
func TestTheVariantsOfOneChatAreReadAsOne(t *testing.T) {
	text, err := os.ReadFile(fixture(t, "chat-miner/target.json"))
	if err != nil {
		t.Fatal(err)
	}
	var oracle []struct{ Timestamp, Author, Message string }
	if err := json.Unmarshal(text, &oracle); err != nil || len(oracle) != 6 {
		t.Fatal(err, len(oracle))
	}
	files, err := filepath.Glob(filepath.Join(fixtures, "chat-miner/*.txt"))
	if err != nil || len(files) != 5 {
		t.Fatal(err, files)
	}
	for _, f := range files {
		r := readAll(t, f)
		for _, o := range oracle {
			found := false
			for _, m := range r.messages() {
				author := message.SplitKey(m.Author)
				found = found || m.Sent.UTC == o.Timestamp+"Z" && m.Author != "" && author[len(author)-1] == o.Author && strings.ReplaceAll(m.Text, "\n", " ") == o.Message
			}
			if !found {
				t.Errorf("%s: no message by %q at %s", filepath.Base(f), o.Author, o.Timestamp)
			}
		}
	}
}
