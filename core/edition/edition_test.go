package edition_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// slip is a small format: one file for each conversation, with a block for each message, and a list of people.
type slip struct{}

func (slip) Render(ctx context.Context, h *edition.History, out *edition.Folder) error {
	list, err := out.Create("people.txt")
	if err != nil {
		return err
	}
	for _, p := range h.People {
		list.Mark(p.Key)
		fmt.Fprintf(list, "%s is %q\n", p.Key, h.Name(p.Key))
	}
	if err := list.Close(); err != nil {
		return err
	}
	var f *edition.File
	for e, err := range h.Entries(ctx) {
		if err != nil {
			return err
		}
		if e.First {
			if f != nil {
				if err := f.Close(); err != nil {
					return err
				}
			}
			if f, err = out.Create("talk/" + edition.Slug(e.Place.Title, e.Place.Key) + ".txt"); err != nil {
				return err
			}
			fmt.Fprintf(f, "conversation %q\n", e.Place.Title)
		}
		f.Mark(e.Key())
		fmt.Fprintf(f, "%s: %s\n", e.Key(), e.Line)
		for _, a := range e.Attachments() {
			m, err := h.Media.Find(a)
			if err != nil {
				return err
			}
			if m != nil && !m.Lost {
				fmt.Fprintf(f, "  %s %d\n", m.Path, m.Size)
				fmt.Fprintln(f, strings.Repeat("its bytes ", 300_000)) // as a mail has them
			}
		}
		f.Mark()
	}
	if f == nil {
		return nil
	}
	return f.Close()
}

func pluginOf(version string) plugin.Plugin {
	return plugin.Plugin{Name: "slip", Version: version, Summary: "slips of paper", Sink: edition.NewSink("slip", version, edition.ByThread, func(context.Context, struct{}) (edition.Format, error) { return slip{}, nil })}
}

func TestMain(m *testing.M) { ferrytest.Main(m, pluginOf("1.0.0")) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: pluginOf("1.0.0")})
}

// made is a finished edition of the kit's corpus.
type made struct {
	t         *testing.T
	dir, work string
	media     string
}

func (m *made) open(version string) plugin.Sink {
	m.t.Helper()
	s, err := pluginOf(version).Sink.Open(m.t.Context(), json.RawMessage(`{}`))
	if err != nil {
		m.t.Fatal(err)
	}
	if err := s.Open(m.t.Context(), plugin.Run{ID: "1", Dir: m.dir, Work: m.work, Media: m.media, Generation: 1}); err != nil {
		m.t.Fatal(err)
	}
	return s
}

func finished(t *testing.T) *made {
	t.Helper()
	m := &made{t, t.TempDir(), t.TempDir(), t.TempDir()}
	s := m.open("1.0.0")
	if err := s.Finish(t.Context(), delivered(t, s, ferrytest.Corpus(t, m.media))); err != nil {
		t.Fatal(err)
	}
	return m
}

// read gives the lines that an edition reads back, by key.
func (m *made) read(version string) (map[string]string, error) {
	got := map[string]string{}
	err := m.open(version).ReadBack(m.t.Context(), func(r *message.Record) error {
		got[r.Key()] = string(r.Append(nil))
		return nil
	})
	return got, err
}

func (m *made) files() (list []string) {
	err := filepath.WalkDir(m.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(m.dir, path)
			list = append(list, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return list
}

func (m *made) change(name string, f func(b []byte) []byte) (undo func()) {
	path := filepath.Join(m.dir, name)
	old, err := os.ReadFile(path)
	if err != nil {
		m.t.Fatal(err)
	}
	replace := func(b []byte) {
		os.Remove(path) // it may be a second name of a file of the media store
		if err := os.WriteFile(path, b, 0o600); err != nil {
			m.t.Fatal(err)
		}
	}
	replace(f(bytes.Clone(old)))
	return func() { replace(old) }
}

// TestEveryFileIsProved changes, cuts, lengthens and removes every file of an edition.
func TestEveryFileIsProved(t *testing.T) {
	m := finished(t)
	whole, err := m.read("1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // an attachment of no bytes
	for _, name := range m.files() {
		if strings.Contains(name, nothing) {
			continue
		}
		for what, f := range map[string]func([]byte) []byte{
			"a bit":     func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
			"a cut":     func(b []byte) []byte { return b[:len(b)-1] },
			"an end":    func(b []byte) []byte { return append(b, "more of it\n"...) },
			"no bytes":  func([]byte) []byte { return nil },
			"two lines": func(b []byte) []byte { return append(bytes.Clone(b), b...) },
		} {
			undo := m.change(name, f)
			got, err := m.read("1.0.0")
			same := err == nil && len(got) == len(whole)
			for k, line := range whole {
				same = same && got[k] == line
			}
			if same {
				t.Errorf("%s in %s is not noticed", what, name)
			}
			undo()
		}
	}
	if _, err := m.read("1.0.0"); err != nil {
		t.Fatal(err)
	}
}

// TestADamagedBlockIsNamedByKey: the records beside it are still given.
func TestADamagedBlockIsNamedByKey(t *testing.T) {
	m := finished(t)
	whole, _ := m.read("1.0.0")
	for _, name := range m.files() {
		if !strings.HasPrefix(name, "talk/") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(m.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		rows := strings.SplitAfter(string(b), "\n")
		key, _, _ := strings.Cut(rows[1], ": ")
		cut := len(rows[0]) + len(rows[1])
		for what, f := range map[string]func([]byte) []byte{
			"changed": func(b []byte) []byte { b[cut-3] ^= 1; return b },
			"gone":    func(b []byte) []byte { return append([]byte(rows[0]), b[cut:]...) },
		} {
			undo := m.change(name, f)
			got, err := m.read("1.0.0")
			if err != nil && !plugin.IsDamage(err) {
				t.Errorf("%s: %v", name, err)
			}
			if _, there := got[key]; there || len(got) != len(whole)-1 {
				t.Errorf("%s: block %s: %d of %d records come back", name, what, len(got), len(whole))
			}
			undo()
		}
	}
}

// TestALostFileIsItsRecordsOnly: what stands behind a record that can't be rendered any more is found.
func TestALostFileIsItsRecordsOnly(t *testing.T) {
	m := finished(t)
	whole, _ := m.read("1.0.0")
	for _, name := range m.files() {
		if !strings.HasPrefix(name, "media/") {
			continue
		}
		undo := m.change(name, func(b []byte) []byte { return append(b, '!') })
		got, err := m.read("1.0.0")
		if err != nil && !plugin.IsDamage(err) {
			t.Errorf("%s: %v", name, err)
		}
		sha, _, _ := strings.Cut(filepath.Base(name), ".")
		differ := 0
		for k, line := range whole {
			if strings.Contains(line, sha) != (got[k] != line) || got[k] == "" {
				t.Errorf("%s: %s comes back as %.80s", name, k, got[k])
			}
			if got[k] != line {
				differ++
			}
		}
		if differ == 0 {
			t.Errorf("nothing differs without %s", name)
		}
		undo()
	}
}

func TestAStrangersFileIsNoticed(t *testing.T) {
	m := finished(t)
	for _, beside := range []string{"evidence/bag-info.txt", "people.csv", ".chatferry/ledger.db"} {
		path := filepath.Join(m.dir, filepath.FromSlash(beside))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("beside"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.read("1.0.0"); err != nil {
		t.Error(err)
	}
	for _, forged := range []string{"talk/forged.txt", "people-2.txt"} {
		path := filepath.Join(m.dir, forged)
		if err := os.WriteFile(path, []byte("never said\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := m.read("1.0.0"); !plugin.IsDamage(err) {
			t.Errorf("%s: %v", forged, err)
		}
		os.Remove(path)
	}
}

// TestAnOlderEditionIsProvedByItsManifest: what is rendered otherwise today is still proved, and a change in it
// still found.
func TestAnOlderEditionIsProvedByItsManifest(t *testing.T) {
	m := finished(t)
	if _, err := m.read("1.0.1"); err != nil {
		t.Error(err)
	}
	undo := m.change("people.txt", func(b []byte) []byte { b[0] ^= 1; return b })
	defer undo()
	if got, err := m.read("1.0.1"); err == nil && len(got) == 0 {
		t.Error("a change in an older edition is not noticed")
	}
}

func TestASecondDeliveryIsRefused(t *testing.T) {
	s, err := pluginOf("1.0.0").Sink.Open(t.Context(), json.RawMessage(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Open(t.Context(), plugin.Run{Dir: t.TempDir(), Generation: 2}); err == nil {
		t.Error("a second delivery is taken")
	}
}

func FuzzSlug(f *testing.F) {
	for _, s := range []string{"General", "../../etc/passwd", "今天的会议", "CON", "a\x00b", strings.Repeat("é", 100), ".hidden", "e\u0301\u0301"} {
		f.Add(s, "k")
	}
	f.Fuzz(func(t *testing.T, title, key string) {
		s := edition.Slug(title, key)
		if len(s) > 80 || s == "" || s[0] == '.' || s[0] == '-' || strings.ContainsAny(s, "/\\:*?\"<>| .\x00") || !filepath.IsLocal(s) || s != edition.Slug(title, key) {
			t.Errorf("%q", s)
		}
	})
}

// delivered commits the chapters.
func delivered(t *testing.T, s plugin.Sink, chapters []ferrytest.Chapter) (receipts []plugin.ShardReceipt) {
	t.Helper()
	for _, ch := range chapters {
		w, err := s.Begin(t.Context(), ch.Shard)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range ch.Records {
			if _, err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		rc, err := w.Commit()
		if err != nil {
			t.Fatal(err)
		}
		receipts = append(receipts, plugin.ShardReceipt{Shard: ch.Shard, Receipt: rc})
	}
	return receipts
}
