package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/testdata/telegramgen"
)

var benched = telegramgen.Config{Seed: 1, Chats: 5, Messages: 10_000}

// BenchmarkRead is the rate of reading an account.
func BenchmarkRead(b *testing.B) {
	dir, _ := generated(b, benched)
	info, err := os.Stat(filepath.Join(dir, result))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		src, err := Plugin().Source.Open(context.Background(), fmt.Appendf(nil, `{"path":%q}`, dir))
		if err != nil {
			b.Fatal(err)
		}
		if err := src.Discover(context.Background(), func(sh plugin.Shard) error {
			out := plugin.NewEmitter(context.Background(), b.TempDir(), func(*plugin.Batch) error { return nil })
			out.Reuse()
			if err := src.Read(context.Background(), sh, nil, out); err != nil {
				return err
			}
			return out.Flush()
		}); err != nil {
			b.Fatal(err)
		}
		src.Close()
	}
}

// BenchmarkFloor is the rate of decoding the same bytes and doing nothing with them.
func BenchmarkFloor(b *testing.B) {
	dir, _ := generated(b, benched)
	doc, err := os.ReadFile(filepath.Join(dir, result))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		var v any
		if err := json.Unmarshal(doc, &v); err != nil {
			b.Fatal(err)
		}
	}
}
