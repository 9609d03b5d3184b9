package slackgen

import (
	"archive/zip"
	"fmt"
	"io"
	"path/filepath"
	"testing"
)

// More members than the old end record can count, and one member larger than the buffer, whose
// header is therefore written twice.
func TestZipOfManyMembersIsSound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "many.zip")
	z, err := createZip(path, 1)
	if err != nil {
		t.Fatal(err)
	}
	const count = 65_600
	big := make([]byte, 3*zipBuffer)
	var d dice
	for i := range big {
		big[i] = byte(d.u64())
	}
	put := func(e zipEntry, data []byte) {
		t.Helper()
		if err := z.start(e); err != nil {
			t.Fatal(err)
		}
		if _, err := z.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := z.CloseEntry(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range count - 1 {
		put(zipEntry{name: fmt.Sprintf("船/%d", i), stored: true}, []byte("[]"))
	}
	put(zipEntry{name: "big"}, big)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if len(r.File) != count {
		t.Fatalf("%d members, not %d", len(r.File), count)
	}
	for _, i := range []int{0, 40_000, count - 2, count - 1} {
		f, err := r.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, f) // checks the CRC
		if err != nil || n != int64(r.File[i].UncompressedSize64) {
			t.Errorf("%s: %d bytes, %v", r.File[i].Name, n, err)
		}
	}
}
