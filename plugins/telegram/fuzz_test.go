package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// readBytes reads a document with a window of so many bytes, 0 for the usual one.
func readBytes(t testing.TB, dir string, doc []byte, window int) (lines []byte, rejects []plugin.Reject) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, result), doc, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &source{conf: Config{Path: dir, Raw: true}, people: map[string]person{}, window: window}
	if err := s.load(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lines, r := ferrytest.Drain(t, s)
	return lines, r.Rejects
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(account))
	f.Add([]byte(`{"name":"R","type":"private_group","id":1,"messages":[{"id":1,"type":"message","date":"2020-01-01T00:00:00","text":["a",{"type":"bold","text":"b"}]},{"id":2,"type":"unsupported"},{"broken,]}`))
	f.Add([]byte(`{"messages":[{"id":1,"type":"service","date_unixtime":"1","action":"pin_message","message_id":-1,"poll":{"answers":[7]},"reactions":[{}],"invoice_information":"{"}]} x`))
	f.Add([]byte("\xef\xbb\xbf{\"chats\":{\"list\":[{\"messages\":[{\"id\":1,\"date\":\"2020-01-01T00:00:00\",\"text\":\"\xff\"}]},7]}}"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, doc []byte) {
		lines, rejects := readBytes(t, dir, doc, 0)
		small, smallRejects := readBytes(t, dir, doc, 16)
		if !bytes.Equal(lines, small) || len(rejects) != len(smallRejects) {
			t.Fatalf("the size of the window changes the outcome:\n%s\n%s\n%v\n%v", lines, small, rejects, smallRejects)
		}
		n := 0
		for line := range bytes.Lines(lines) {
			if message.TypeOf(string(line)) == message.TypeMessage {
				n++
			}
		}
		var want struct {
			Messages []json.RawMessage `json:"messages"`
		}
		if json.Unmarshal(doc, &want) == nil && n+len(rejects) < len(want.Messages) {
			t.Fatalf("%d messages, %d read and %d rejected", len(want.Messages), n, len(rejects))
		}
		for _, r := range rejects {
			if r.Bytes != nil && !bytes.Contains(doc, r.Bytes) {
				t.Fatalf("a reject holds bytes that are not in the file: %q", r.Bytes)
			}
		}
	})
}
