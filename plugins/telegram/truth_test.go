package telegram

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/testdata/telegramgen"
)

// generated writes an account and gives its folder.
func generated(t testing.TB, c telegramgen.Config) (string, telegramgen.Truth) {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, result))
	if err != nil {
		t.Fatal(err)
	}
	truth, err := telegramgen.Write(f, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, truth
}

// counted says what was read in the words of the generator.
func counted(r *ferrytest.Result) telegramgen.Truth {
	t := telegramgen.Truth{Media: map[string]int{}, Rejects: len(r.Rejects)}
	for _, c := range r.Conversations() {
		if c.Kind != "workspace" {
			t.Chats++
		}
		if c.Ext["telegram.left"] == "true" {
			t.Left++
		}
	}
	for _, x := range r.Records {
		if x.Person != nil && !x.Person.Synthesised && x.Person.Roles == nil {
			t.Contacts++
		}
	}
	last := ""
	for _, m := range r.Messages() {
		t.Messages++
		add := func(n *int, yes bool) {
			if yes {
				*n++
			}
		}
		add(&t.Service, m.Event != nil)
		add(&t.Unsupported, m.Kind == message.KindWithheld)
		add(&t.Edited, m.Edited != nil)
		add(&t.Replies, m.ReplyTo != "")
		add(&t.Forwards, m.Forwarded != nil)
		add(&t.Polls, m.Poll != nil)
		add(&t.Reactions, len(m.Reactions) == 1 && m.Reactions[0].Count == 2)
		add(&t.InTopics, m.Thread != "")
		add(&t.Rich, len(m.Rich) > 0 && m.Rich[0].Inlines[len(m.Rich[0].Inlines)-1].Bold)
		add(&t.Cards, len(m.Cards) > 0)
		add(&t.Locations, m.Location != nil && m.Location.Latitude == "1.25")
		for _, a := range m.Attachments {
			t.Media[a.State]++
		}
		last = max(last, m.Sent.UTC)
	}
	at, err := time.Parse(time.RFC3339, last)
	if err == nil {
		t.Last = at.Unix()
	}
	return t
}

func TestGeneratedAccountsAreReadAsTheyAre(t *testing.T) {
	for name, c := range map[string]telegramgen.Config{
		"new":    {Seed: 1, Chats: 12, Messages: 300},
		"old":    {Seed: 2, Chats: 7, Messages: 200, Old: true},
		"broken": {Seed: 3, Chats: 6, Messages: 200, Broken: 17},
	} {
		dir, truth := generated(t, c)
		r := read(t, map[string]any{"path": dir, "zone": "Etc/GMT-1"})
		got := counted(r)
		if truth.Last-got.Last < 300*20 { // the last ones may be broken, or have no time of their own
			got.Last = truth.Last
		}
		if !reflect.DeepEqual(got, truth) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, truth)
		}
		for _, x := range r.Rejects {
			if !bytes.Contains(x.Bytes, []byte("(File not included)")) {
				t.Errorf("%s: rejected: %s", name, x.Bytes)
			}
		}
	}
}

// TestMemoryIsThatOfAWindow reads one chat of 120 MiB on one line, and looks at what is held meanwhile.
func TestMemoryIsThatOfAWindow(t *testing.T) {
	dir, truth := generated(t, telegramgen.Config{Seed: 4, Chats: 1, Messages: 250_000})
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	src, err := Plugin().Source.Open(t.Context(), fmt.Appendf(nil, `{"path":%q}`, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	n, most, batches := 0, uint64(0), 0
	if err := src.Discover(t.Context(), func(sh plugin.Shard) error {
		out := plugin.NewEmitter(context.Background(), t.TempDir(), func(b *plugin.Batch) error {
			if n += b.Count; batches%16 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&now)
				most = max(most, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
			}
			batches++
			return nil
		})
		out.Reuse()
		if err := src.Read(t.Context(), sh, nil, out); err != nil {
			return err
		}
		return out.Flush()
	}); err != nil {
		t.Fatal(err)
	}
	if n < truth.Messages || most > 24<<20 {
		t.Errorf("%d records of %d messages, %d MiB held", n, truth.Messages, most>>20)
	}
}
