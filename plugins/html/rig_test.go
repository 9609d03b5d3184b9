package html

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// rig is a site to be delivered to.
type rig struct {
	t               *testing.T
	dir, work, root string
	config          config
}

func newRig(t *testing.T) *rig {
	base := t.TempDir()
	r := &rig{t: t, dir: filepath.Join(base, "site"), work: filepath.Join(base, "work"), root: filepath.Join(base, "media"),
		config: config{Language: "en", Zone: "UTC"}}
	for _, dir := range []string{r.dir, r.work, r.root} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *rig) sink() *sink {
	s, err := open(context.Background(), r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	run := plugin.Run{ID: "r", Dir: r.dir, Work: r.work, Media: r.root, Generation: 1, Fresh: true}
	if err := s.Open(context.Background(), run); err != nil {
		r.t.Fatal(err)
	}
	return s.(*sink)
}

// deliver writes the chapters and finishes the site.
func (r *rig) deliver(chapters []ferrytest.Chapter) {
	r.t.Helper()
	s := r.sink()
	var receipts []plugin.ShardReceipt
	for _, ch := range chapters {
		w, err := s.Begin(context.Background(), ch.Shard)
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
	if err := s.Finish(context.Background(), receipts); err != nil {
		r.t.Fatal(err)
	}
}

// readBack gives what the site holds, by key.
func (r *rig) readBack() (map[string]*message.Record, error) {
	got := map[string]*message.Record{}
	err := r.sink().ReadBack(context.Background(), func(rec *message.Record) error {
		got[rec.Key()] = rec
		return nil
	})
	return got, err
}

// files are the contents of the site below a folder, by name.
func (r *rig) files(below string) map[string]string {
	r.t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(filepath.Join(r.dir, below), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(r.dir, path)
		files[filepath.ToSlash(name)] = string(b)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return files
}

func conversation(key string) *message.Record {
	return message.Of(&message.Conversation{Key: key, ID: key, System: "acme", Kind: "public", Name: key})
}

func say(conv, key, utc, text string) *message.Message {
	return &message.Message{Key: key, ID: key, Conversation: conv, Kind: message.KindText, Author: "acme:ada", Sent: message.Time{UTC: utc}, Text: text}
}

// chapter makes a shard of messages.
func chapter(id string, list ...*message.Message) ferrytest.Chapter {
	ch := ferrytest.Chapter{Shard: plugin.Shard{ID: id, Records: -1}}
	for _, m := range list {
		ch.Records = append(ch.Records, message.Of(m))
	}
	return ch
}

// put stores a file in the media store and gives it as an attachment.
func (r *rig) put(content string) message.Attachment {
	r.t.Helper()
	sum := sha256.Sum256([]byte(content))
	a := message.Attachment{SHA256: hex.EncodeToString(sum[:]), Size: strconv.Itoa(len(content)), State: message.MediaPresent}
	path := plugin.MediaPath(r.root, a.SHA256)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return a
}
