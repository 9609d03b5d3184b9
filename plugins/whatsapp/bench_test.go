package whatsapp

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/testdata/whatsappgen"
)

// BenchmarkRead reads a chat of 50,000 entries; BenchmarkFloor only walks the same lines and encodes nothing.
func BenchmarkRead(b *testing.B) {
	file, size := benchChat(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		src, err := open(context.Background(), Config{Path: file, DateOrder: "auto", Instance: "phone"})
		if err != nil {
			b.Fatal(err)
		}
		out := plugin.NewEmitter(context.Background(), b.TempDir(), func(*plugin.Batch) error { return nil })
		out.Reuse()
		if err := src.Discover(context.Background(), func(s plugin.Shard) error { return src.Read(context.Background(), s, nil, out) }); err != nil {
			b.Fatal(err)
		}
		src.Close()
	}
}

func BenchmarkFloor(b *testing.B) {
	file, size := benchChat(b)
	b.SetBytes(size)
	for b.Loop() {
		f, err := os.Open(file)
		if err != nil {
			b.Fatal(err)
		}
		for s := bufio.NewScanner(f); s.Scan(); {
			headerOf(s.Text())
		}
		f.Close()
	}
}

func benchChat(b *testing.B) (string, int64) {
	text, _ := whatsappgen.Chat(whatsappgen.Forms[0], 1, 50_000)
	file := filepath.Join(b.TempDir(), "chat.txt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return file, int64(len(text))
}
