package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// readBytes reads b as a segment that says of itself what it is.
func readBytes(t testing.TB, p *pool, b []byte, records, text int64) (lines [][]byte, err error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "s"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	sum := sha256.Sum256(b)
	want := segment{file: file{Path: "s", Bytes: int64(len(b)), SHA256: hex.EncodeToString(sum[:])}, Records: records, TextBytes: text}
	err = p.readSegment(root, &want, func(line []byte) error {
		lines = append(lines, bytes.Clone(line))
		return nil
	})
	return lines, err
}

func compress(t testing.TB, text string, options ...zstd.EOption) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil, options...)
	if err != nil {
		t.Fatal(err)
	}
	return z.EncodeAll([]byte(text), nil)
}

func TestASegmentOfAForeignWriterIsBounded(t *testing.T) {
	p := newPool()
	for what, c := range map[string]struct {
		b             []byte
		records, text int64
	}{
		"more text than stated":    {compress(t, strings.Repeat("a\n", 1000)), 1000, 1999},
		"less text than stated":    {compress(t, strings.Repeat("a\n", 1000)), 1000, 2001},
		"fewer records":            {compress(t, strings.Repeat("a\n", 1000)), 1001, 2000},
		"last line is cut":         {compress(t, "a\nb"), 2, 3},
		"line longer than records": {compress(t, strings.Repeat("a", plugin.MaxRecord+2)+"\n"), 1, plugin.MaxRecord + 3},
		"bomb":                     {compress(t, strings.Repeat("\n", 1<<28)), 1, 1},
		"giant window":             {append([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff}, 1, 0, 0), 0, 0},
		"not compressed":           {[]byte("{}\n"), 1, 3},
		"nothing":                  {nil, 1, 3},
	} {
		lines, err := readBytes(t, p, c.b, c.records, c.text)
		if fault.ClassOf(err) != fault.Corrupt || len(lines) > 1000 {
			t.Errorf("%s: %d lines, %v", what, len(lines), err)
		}
	}
	// A larger window than ours and several frames are still a segment.
	two := append(compress(t, "a\n", zstd.WithWindowSize(8<<20)), compress(t, strings.Repeat("b", plugin.MaxRecord)+"\n")...)
	lines, err := readBytes(t, p, two, 2, plugin.MaxRecord+3)
	if err != nil || len(lines) != 2 || string(lines[0]) != "a" || len(lines[1]) != plugin.MaxRecord {
		t.Errorf("%d lines, %v", len(lines), err)
	}
}

func FuzzSegment(f *testing.F) {
	f.Add(compress(f, "{\"a\":1}\n{}\n"), int64(2), int64(11))
	f.Add(compress(f, strings.Repeat("x\n", 5000)), int64(5000), int64(10000))
	f.Add(compress(f, ""), int64(0), int64(0))
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x00, 0x01, 0x00, 0x00, 0x99, 0xe9, 0xd8, 0x51}, int64(0), int64(0))
	f.Add([]byte("plain"), int64(1), int64(6))
	p := newPool()
	f.Fuzz(func(t *testing.T, b []byte, records, text int64) {
		text = min(text, 1<<20)
		lines, err := readBytes(t, p, b, records, text)
		var n int64
		for _, line := range lines {
			n += int64(len(line)) + 1
			if bytes.IndexByte(line, '\n') >= 0 {
				t.Fatal("a line holds a newline")
			}
		}
		if n > max(text, 0) {
			t.Fatalf("gave %d bytes of text where %d are stated", n, text)
		}
		if err == nil && (int64(len(lines)) != records || n != text) {
			t.Fatal("a segment that is not as stated is taken")
		}
		if err != nil && fault.ClassOf(err) != fault.Corrupt {
			t.Fatalf("damage is not called corrupt: %v", err)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	p := newPool()
	dir := b.TempDir()
	var text [][]byte
	var size int64
	for i := range 20000 {
		line := append(msg("C024BE91L", i, benchText(i)).Append(nil), '\n')
		text, size = append(text, line), size+int64(len(line))
	}
	b.SetBytes(size / int64(len(text)))
	b.ReportAllocs()
	var packed int64
	for i := 0; i < b.N; {
		s, err := newSegment(p, dir, "s")
		if err != nil {
			b.Fatal(err)
		}
		for k := 0; k < len(text) && i < b.N; k, i = k+1, i+1 {
			if err := s.add(text[k]); err != nil {
				b.Fatal(err)
			}
		}
		seg, err := s.commit()
		if err != nil {
			b.Fatal(err)
		}
		packed = seg.Bytes
	}
	b.ReportMetric(float64(packed)/float64(size), "ratio")
}

// benchText is text with the entropy of talk: 2,000 words, common ones more often.
func benchText(i int) string {
	rnd := rand.New(rand.NewSource(int64(i)))
	var b strings.Builder
	for range 8 + rnd.Intn(40) {
		w := int(math.Pow(rnd.Float64(), 3) * 2000)
		fmt.Fprintf(&b, "%c%x%c ", 'a'+w%26, w*7919%4096, 'a'+w*31%26)
	}
	return b.String()
}
