package ferrytest

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Edition is what a sink of files for people has made of some chapters, to be changed and read back.
type Edition struct {
	t      *testing.T
	Dir    string
	plugin plugin.Plugin
	config string
	run    plugin.Run
}

// FinishedEdition delivers chapters in process. media is the store that they were made with.
func FinishedEdition(t *testing.T, p plugin.Plugin, config, media string, chapters []Chapter) *Edition {
	t.Helper()
	e := &Edition{t: t, Dir: t.TempDir(), plugin: p, config: config}
	e.run = plugin.Run{ID: "1", Dir: e.Dir, Work: t.TempDir(), Media: media, Generation: 1}
	s := e.open()
	var receipts []plugin.ShardReceipt
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
	if err := s.Finish(t.Context(), receipts); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *Edition) open() plugin.Sink {
	e.t.Helper()
	s, err := e.plugin.Sink.Open(e.t.Context(), json.RawMessage(e.config))
	if err != nil {
		e.t.Fatal(err)
	}
	if err := s.Open(e.t.Context(), e.run); err != nil {
		e.t.Fatal(err)
	}
	return s
}

// Read gives the canonical lines that the edition reads back as, by key.
func (e *Edition) Read() (map[string]string, error) {
	got := map[string]string{}
	err := e.open().ReadBack(e.t.Context(), func(r *message.Record) error {
		got[r.Key()] = string(r.Append(nil))
		return nil
	})
	return got, err
}

// Files are the names of all files.
func (e *Edition) Files() []string {
	var list []string
	err := filepath.WalkDir(e.Dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(e.Dir, path)
			list = append(list, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return list
}

// Change replaces a file's content, and gives what undoes it.
func (e *Edition) Change(name string, f func(b []byte) []byte) (undo func()) {
	e.t.Helper()
	path := filepath.Join(e.Dir, filepath.FromSlash(name))
	old, err := os.ReadFile(path)
	if err != nil {
		e.t.Fatal(err)
	}
	replace := func(b []byte) {
		os.Remove(path) // it may be a second name of a file of the media store
		if err := os.WriteFile(path, b, 0o600); err != nil {
			e.t.Fatal(err)
		}
	}
	replace(f(bytes.Clone(old)))
	return func() { replace(old) }
}

// Seal makes manifest and tag fit the files as they are now, as a forger would.
func (e *Edition) Seal() {
	e.t.Helper()
	var manifest bytes.Buffer
	files := snapshot(e.t, e.Dir)
	list := names(files)
	sort.Strings(list)
	for _, name := range list {
		if name = filepath.ToSlash(name); !strings.HasSuffix(name, "manifest-sha256.txt") {
			manifest.WriteString(files[name] + "  " + name + "\n")
		}
	}
	e.Change("manifest-sha256.txt", func([]byte) []byte { return manifest.Bytes() })
	e.Change("tagmanifest-sha256.txt", func([]byte) []byte {
		return []byte(snapshot(e.t, e.Dir)["manifest-sha256.txt"] + "  manifest-sha256.txt\n")
	})
}

// EveryFileIsProved changes, cuts, lengthens and empties every file: none of it may go unnoticed.
func (e *Edition) EveryFileIsProved() {
	t := e.t
	whole, err := e.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range e.Files() {
		info, err := os.Stat(filepath.Join(e.Dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() == 0 {
			continue
		}
		for what, f := range map[string]func([]byte) []byte{
			"a bit":    func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
			"a cut":    func(b []byte) []byte { return b[:len(b)-1] },
			"an end":   func(b []byte) []byte { return append(b, "more of it\n"...) },
			"no bytes": func([]byte) []byte { return nil },
		} {
			undo := e.Change(name, f)
			got, err := e.Read()
			undo()
			same := err == nil && len(got) == len(whole)
			for k, line := range whole {
				same = same && got[k] == line
			}
			if same {
				t.Errorf("%s in %s is not noticed", what, name)
			}
		}
	}
}
