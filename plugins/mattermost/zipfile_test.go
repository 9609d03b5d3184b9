package mattermost

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/projection"
)

func TestChecksumsCombine(t *testing.T) {
	for _, n := range []int{0, 1, 5, 1000, 65537} {
		a, b := bytes.Repeat([]byte("ab"), 77), bytes.Repeat([]byte{7, 1}, n)
		want := crc32.ChecksumIEEE(append(bytes.Clone(a), b...))
		if got := combine(crc32.ChecksumIEEE(a), crc32.ChecksumIEEE(b), int64(len(b))); got != want {
			t.Errorf("%d bytes: %08x, want %08x", n, got, want)
		}
	}
}

// zip64 needs either 65,535 entries or 4 GiB; entries are cheap.
func TestManyEntries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := newZipWriter(f, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer z.discard()
	const n = 70_000
	for i := range n {
		if err := z.start(entry{name: fmt.Sprintf("data/%05d", i), crc: crc32.ChecksumIEEE([]byte("x")), size: 1, raw: 1}); err != nil {
			t.Fatal(err)
		}
		if err := z.write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.close(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	std, err := zip.OpenReader(path)
	if err != nil || len(std.File) != n {
		t.Fatal(err)
	}
	in, err := std.File[n-1].Open()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(in); err != nil || string(b) != "x" {
		t.Errorf("%q, %v", b, err)
	}
	std.Close()
	ours, err := openZip(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	for i := 0; ; i++ {
		e, err := ours.next()
		if err == io.EOF && i == n {
			break
		}
		if err != nil || e.name != fmt.Sprintf("data/%05d", i) {
			t.Fatal(i, e.name, err)
		}
	}
}

func TestEveryFieldOfTheModelHasARule(t *testing.T) {
	p := keeps()
	for _, f := range projection.Fields() {
		typ, rest, _ := strings.Cut(f, ".")
		name, _, _ := strings.Cut(rest, ".")
		if r, ok := p.Types[typ]; ok && r.Action == plugin.Drop || slices.Contains([]string{"type", "v", "key", "raw"}, name) {
			continue
		}
		covered := false
		for g, r := range p.Fields {
			covered = covered || g == f || strings.HasPrefix(f, g+".") && (r.Action != plugin.Exact || strings.HasSuffix(g, "part")) || strings.HasPrefix(g, f+".")
			if g == f && r.Action != plugin.Exact && r.Why == "" {
				t.Errorf("%s: the rule does not say why", g)
			}
		}
		if !covered && f != "message.sent.utc" {
			t.Errorf("%s has no rule", f)
		}
	}
}
