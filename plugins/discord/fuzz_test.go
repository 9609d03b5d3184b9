package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/census"
	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// readBytes reads what lies in a folder with a window of so many bytes, 0 for the usual one.
func readBytes(t testing.TB, at string, window int) (lines []byte, rejects []plugin.Reject) {
	t.Helper()
	s := &source{conf: Config{Path: at, Raw: true, Visibility: "unknown"}, people: map[string]*account{}, claims: map[string]int64{}, emoji: map[string]picture{}, window: window}
	if err := s.load(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lines, r := ferrytest.Drain(t, s)
	return lines, r.Rejects
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(channel("100", "GuildTextChat", say(1, "a", `"reactions":[{"emoji":{"id":"5","name":"x"},"count":1}]`), say(2, "b", `"attachments":[{"id":"1","url":"..\\x"}],"embeds":[{}]`))))
	f.Add([]byte(`{"guild":{},"channel":{},"messages":[{"id":"1","type":"Call","timestamp":"2020-01-01T00:00:00Z","reference":{},"forwardedMessage":{},"stickers":[{}]},7,{"broken],"messageCount":-1}`))
	f.Add([]byte("\xef\xbb\xbf{\"messages\":[{\"id\":1,\"type\":2,\"timestamp\":\"2020-01-01T00:00:00+01:00\",\"content\":\"\xff\"}]"))
	at := filepath.Join(f.TempDir(), "x.json")
	f.Fuzz(func(t *testing.T, doc []byte) {
		if bytes.HasPrefix(doc, []byte("PK")) {
			t.Skip("a zip")
		}
		if err := os.WriteFile(at, doc, 0o600); err != nil {
			t.Fatal(err)
		}
		lines, rejects := readBytes(t, at, 0)
		small, smallRejects := readBytes(t, at, 16)
		if !bytes.Equal(lines, small) || len(rejects) != len(smallRejects) {
			t.Fatalf("the size of the window changes the outcome:\n%s\n%s\n%v\n%v", lines, small, rejects, smallRejects)
		}
		for _, r := range rejects {
			if r.Bytes != nil && !bytes.Contains(doc, r.Bytes) {
				t.Fatalf("a reject holds bytes that are not in the file: %q", r.Bytes)
			}
		}
	})
}

// FuzzRows reads messages.csv: whatever stands in it, its rows and rejects hold all of its bytes but ends of lines.
func FuzzRows(f *testing.F) {
	f.Add([]byte("ID,Timestamp,Contents,Attachments\r\n1,2020-08-25 22:54:05+00:00,\"a\n\"\"b\"\"\",\r\n"))
	f.Add([]byte("\ufeffID,Timestamp\n\n1\n\"2,"))
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "channel.json"), []byte(`{"id":"1"}`), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if err := os.WriteFile(filepath.Join(dir, "messages.csv"), doc, 0o600); err != nil {
			t.Fatal(err)
		}
		lines, rejects := readBytes(t, dir, 0)
		n := 0
		for line := range bytes.Lines(lines) {
			if message.TypeOf(string(line)) == message.TypeMessage {
				n++
			}
		}
		counted := int64(-1)
		config, _ := json.Marshal(map[string]string{"path": dir})
		_, err := Plugin().Source.Census(context.Background(), config, true, func(m census.Member) error {
			if m.Path == "messages.csv" {
				counted = m.Elements
			}
			return nil
		})
		if err != nil || counted != int64(n+len(rejects)) {
			t.Fatalf("%q: the census counted %d rows, %d were read and %d rejected: %v", doc, counted, n, len(rejects), err)
		}
	})
}
