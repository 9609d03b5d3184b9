package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// rig is an edition to be delivered to.
type rig struct {
	t               *testing.T
	dir, work, root string
	config          map[string]any
}

// newRig makes one without fonts but those of the program, so that it is the same on every machine.
func newRig(t *testing.T, config map[string]any) *rig {
	base := t.TempDir()
	r := &rig{t: t, dir: filepath.Join(base, "edition"), work: filepath.Join(base, "work"), root: filepath.Join(base, "media"), config: config}
	for _, dir := range []string{r.dir, r.work, r.root, filepath.Join(base, "fonts")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if r.config == nil {
		r.config = map[string]any{}
	}
	if r.config["fonts"] == nil {
		r.config["fonts"] = []string{filepath.Join(base, "fonts")}
	}
	return r
}

func (r *rig) sink() plugin.Sink {
	r.t.Helper()
	config, err := json.Marshal(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	s, err := Plugin().Sink.Open(r.t.Context(), config)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := s.Open(r.t.Context(), plugin.Run{ID: "r", Dir: r.dir, Work: r.work, Media: r.root, Generation: 1, Fresh: true}); err != nil {
		r.t.Fatal(err)
	}
	return s
}

// deliver writes the chapters and finishes the edition.
func (r *rig) deliver(chapters ...ferrytest.Chapter) *rig {
	r.t.Helper()
	s := r.sink()
	var receipts []plugin.ShardReceipt
	for _, ch := range chapters {
		w, err := s.Begin(r.t.Context(), ch.Shard)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, rec := range ch.Records {
			if o, err := w.Write(rec); err != nil || o != plugin.Done {
				r.t.Fatal(o, err)
			}
		}
		receipt, err := w.Commit()
		if err != nil {
			r.t.Fatal(err)
		}
		receipts = append(receipts, plugin.ShardReceipt{Shard: ch.Shard, Receipt: receipt})
	}
	if err := s.Finish(r.t.Context(), receipts); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// readBack gives what the edition holds, by key.
func (r *rig) readBack() (map[string]*message.Record, error) {
	got := map[string]*message.Record{}
	err := r.sink().ReadBack(r.t.Context(), func(rec *message.Record) error {
		got[rec.Key()] = rec
		return nil
	})
	return got, err
}

// documents are the names of all PDF files that the edition was rendered to.
func (r *rig) documents() (list []string) {
	r.t.Helper()
	err := filepath.WalkDir(r.dir, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(r.dir, path)
		name = filepath.ToSlash(name)
		if err == nil && !d.IsDir() && strings.HasSuffix(name, ".pdf") && !strings.HasPrefix(name, "media/") {
			list = append(list, name)
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func (r *rig) file(name string) []byte {
	r.t.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(name)))
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

// streams are the decompressed streams of a document, one after the other.
func (r *rig) streams(name string) string {
	var out bytes.Buffer
	for part := range bytes.SplitSeq(r.file(name), []byte(">>\nstream\n")) {
		if z, err := zlib.NewReader(bytes.NewReader(part)); err == nil {
			io.Copy(&out, z)
		}
	}
	return out.String()
}

// put stores a file in the media store and gives it as an attachment.
func (r *rig) put(name string, content []byte) message.Attachment {
	r.t.Helper()
	sum := sha256.Sum256(content)
	a := message.Attachment{Name: name, SHA256: hex.EncodeToString(sum[:]), Size: strconv.Itoa(len(content)), State: message.MediaPresent}
	path := plugin.MediaPath(r.root, a.SHA256)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		r.t.Fatal(err)
	}
	return a
}

var began = time.Date(2024, 1, 30, 22, 0, 0, 0, time.UTC)

// talk is a conversation of n messages, an hour apart.
func talk(name string, n int, text func(i int) string) ferrytest.Chapter {
	ch := ferrytest.Chapter{Shard: plugin.Shard{ID: "c-" + name, Records: -1}}
	for i := range n {
		ch.Records = append(ch.Records, message.Of(&message.Message{Key: fmt.Sprintf("acme:a:%s:%05d", name, i), ID: strconv.Itoa(i), Conversation: "acme:a:" + name,
			Kind: message.KindText, Author: "acme:a:ada", Sent: message.Time{UTC: began.Add(time.Duration(i) * time.Hour).Format(time.RFC3339)}, Text: text(i)}))
	}
	return ch
}

// people is a directory of one person and some conversations.
func people(rooms ...string) ferrytest.Chapter {
	ch := ferrytest.Chapter{Shard: plugin.Shard{ID: "directory", Directory: true, Records: -1}}
	for _, name := range rooms {
		ch.Records = append(ch.Records, message.Of(&message.Conversation{Key: "acme:a:" + name, ID: name, System: "acme", Kind: "public", Name: name}))
	}
	ch.Records = append(ch.Records, message.Of(&message.Person{Key: "acme:a:ada", ID: "ada", Kind: "human", Name: "Ada Stone"}))
	return ch
}
