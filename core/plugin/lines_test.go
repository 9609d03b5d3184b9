package plugin

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestLinesGivesEveryByteOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.ndjson")
	content := append([]byte("a\n\nbc\r\n"), bytes.Repeat([]byte("x"), 300<<10)...) // longer than the buffer
	content = append(content, "\nlast"...)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var got []string
	var starts []int64
	at := int64(0)
	err := Lines(path, 0, func(l Line) error {
		if l.At.Offset != fmt.Sprint(at) || l.At.Length != fmt.Sprint(l.Next-at) || l.At.File != "f.ndjson" {
			t.Errorf("place %+v, want offset %d", l.At, at)
		}
		starts, at = append(starts, at), l.Next
		got = append(got, string(l.Bytes))
		return nil
	})
	if err != nil || len(got) != 5 || got[0] != "a" || got[1] != "" || got[2] != "bc\r" || len(got[3]) != 300<<10 || got[4] != "last" || at != int64(len(content)) {
		t.Fatalf("%d lines to %d of %d: %v", len(got), at, len(content), err)
	}
	for i, start := range starts {
		n := 0
		if err := Lines(path, start, func(Line) error { n++; return nil }); err != nil || n != len(starts)-i {
			t.Errorf("from line %d: %d lines, %v", i, n, err)
		}
	}
}

func TestTooLargeLineIsRejectedWithItsBytes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	big := bytes.Repeat([]byte("y"), MaxRecord+5)
	if err := os.WriteFile(path, append(append([]byte("small\n"), big...), "\nend"...), 0o600); err != nil {
		t.Fatal(err)
	}
	var rejects []Reject
	out := NewEmitter(t.Context(), dir, func(b *Batch) error { rejects = append(rejects, b.Rejects...); return nil })
	err := Lines(path, 0, func(l Line) error { return out.RejectLine(l, "x", "y") })
	if err == nil {
		err = out.Flush()
	}
	if err != nil || len(rejects) != 3 || rejects[0].Reason != "x" || string(rejects[0].Bytes) != "small" || rejects[1].Reason != "too_large" || rejects[2].Reason != "x" {
		t.Fatalf("%d rejects, %v", len(rejects), err)
	}
	kept, err := os.ReadFile(filepath.Join(dir, rejects[1].Spool))
	if err != nil || !bytes.Equal(kept, append(big, '\n')) {
		t.Fatalf("the spool file has %d bytes, %v", len(kept), err)
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\n"), uint16(0))
	f.Add([]byte("\n\n\nx"), uint16(2))
	f.Fuzz(func(t *testing.T, content []byte, from uint16) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		offset := min(int64(from), int64(len(content)))
		var got []byte
		if err := Lines(path, offset, func(l Line) error {
			got = append(append(got, l.Bytes...), content[offset+int64(len(got))+int64(len(l.Bytes)):l.Next]...)
			return nil
		}); err != nil || !bytes.Equal(got, content[offset:]) {
			t.Fatalf("%q from %q, %v", got, content[offset:], err)
		}
	})
}
