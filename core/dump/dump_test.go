package dump

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
)

type file struct {
	name, data string
	mod        func(*zip.FileHeader)
}

func archive(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if f.mod != nil {
			f.mod(h)
		}
		e, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(e, f.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func openBytes(t testing.TB, b []byte) *Dump {
	t.Helper()
	d, err := OpenZip(context.Background(), bytes.NewReader(b), int64(len(b)), "test.zip", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// inventory reads everything and writes one line for each entry.
func inventory(t testing.TB, d *Dump) map[string]string {
	t.Helper()
	out := map[string]string{}
	n := int64(0)
	if err := d.Walk(func(e *Entry) error {
		n++
		line := e.State.String()
		if e.Reason != "" {
			line += " " + e.Reason
		}
		if e.State == File {
			b, err := readEntry(d, e)
			line += " " + b
			if err != nil {
				var damage *Damage
				if !errors.As(err, &damage) {
					t.Fatal(err)
				}
				line += " !" + damage.Reason
			}
		} else if r, err := d.Open(e); err == nil {
			r.Close()
			t.Errorf("%s was opened though it is %s", e.Path, e.State)
		}
		if _, twice := out[e.Path]; twice {
			t.Errorf("two entries have the path %s", e.Path)
		}
		out[e.Path] = line
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n != d.Totals.Entries {
		t.Errorf("%d entries in the inventory, %d in the totals", n, d.Totals.Entries)
	}
	return out
}

func readEntry(d *Dump, e *Entry) (string, error) {
	r, err := d.Open(e)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

func expect(t *testing.T, got, want map[string]string) {
	t.Helper()
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%q is %q, want %q", k, got[k], v)
		}
	}
	for k, v := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("unexpected %q: %q", k, v)
		}
	}
}

func TestEveryEntryHasADisposition(t *testing.T) {
	d := openBytes(t, archive(t,
		file{"a/x.json", "one", nil}, file{"a/", "", nil}, file{"b.txt", strings.Repeat("z", 100_000), func(h *zip.FileHeader) { h.Method = zip.Store }},
		file{"../up", "x", nil}, file{"/abs", "x", nil}, file{`C:\win`, "x", nil}, file{`..\up`, "x", nil}, file{"a\x00b", "x", nil}, file{strings.Repeat("n", 2000), "x", nil},
		file{"link", "/etc/passwd", func(h *zip.FileHeader) { h.SetMode(os.ModeSymlink | 0o777) }},
		file{"dev", "", func(h *zip.FileHeader) { h.SetMode(os.ModeDevice | 0o600) }},
		file{`win\dir\f.txt`, "w", nil}, file{"./dot//f", "d", nil},
		file{"__MACOSX/a/._x", "x", nil}, file{"a/.DS_Store", "x", nil}, file{"a/._x.json", "x", nil},
		file{"a/x.json", "two", nil}, file{"a/x.json", "three", nil}, file{"\x80\x81.txt", "c", nil}, file{"日本.txt", "j", func(h *zip.FileHeader) { h.NonUTF8 = true }}))
	expect(t, inventory(t, d), map[string]string{
		"a/x.json": "file one", "a": "folder", "b.txt": "file " + strings.Repeat("z", 100_000),
		"../up": "refused climbs_out", "/abs": "refused absolute_path", `C:\win`: "refused drive_letter", `..\up`: "refused climbs_out", "a\ufffdb": "refused nul_in_name",
		strings.Repeat("n", 1024): "refused name_too_long", "link": "refused symbolic_link", "dev": "refused special_file",
		"win/dir/f.txt": "file w", "dot/f": "file d", "__MACOSX/a/._x": "ignored macos_resource_folder", "a/.DS_Store": "ignored macos_folder_settings", "a/._x.json": "ignored macos_resource_fork",
		"a/x.json~2": "file two", "a/x.json~3": "file three", "Çü.txt": "file c", "日本.txt": "file j",
	})
	if i, ok := d.FindFolder("a"); !ok || d.Folder(i).Files != 3 {
		t.Errorf("folder a: %v", ok)
	}
	if e, ok, err := d.Lookup("win/dir/f.txt"); !ok || err != nil || e.Stored != `win\dir\f.txt` {
		t.Errorf("%+v %v %v", e, ok, err)
	}
	if _, ok, _ := d.Lookup("a/none"); ok {
		t.Error("found what is not there")
	}
}

func patch(b []byte, sig string, nth, off int, val []byte) []byte {
	b = bytes.Clone(b)
	at := -1
	for range nth + 1 {
		at += 1 + bytes.Index(b[at+1:], []byte(sig))
	}
	copy(b[at+off:], val)
	return b
}

func u32(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }

func TestLiesAreFound(t *testing.T) {
	good := archive(t, file{"a", strings.Repeat("hello ", 100), nil}, file{"b", "bytes", nil})
	const central = "PK\x01\x02"
	for name, c := range map[string]struct {
		zip  []byte
		want string
	}{
		"checksum":    {patch(good, central, 0, 16, u32(1)), "file " + strings.Repeat("hello ", 100) + " !checksum"},
		"too long":    {patch(good, central, 0, 24, u32(10)), "file hello hell !size"},
		"too short":   {patch(good, central, 0, 24, u32(1000)), "file " + strings.Repeat("hello ", 100) + " !size"},
		"encrypted":   {patch(good, central, 0, 8, []byte{9}), "damaged encrypted"},
		"method":      {patch(good, central, 0, 10, []byte{99}), "damaged unsupported_compression"},
		"bomb":        {patch(good, central, 0, 24, u32(4<<30-2)), "damaged compression_ratio"},
		"offset":      {patch(good, central, 0, 42, u32(1<<30)), "damaged outside_the_archive"},
		"wrong place": {patch(good, central, 0, 42, u32(1)), "file  !local_header"},
		"other name":  {patch(good, "PK\x03\x04", 0, 30, []byte("z")), "file  !local_header"},
	} {
		d := openBytes(t, c.zip)
		got := inventory(t, d)
		if got["a"] != c.want {
			t.Errorf("%s: a is %.60q, want %.60q", name, got["a"], c.want)
		}
		if got["b"] != "file bytes" {
			t.Errorf("%s: b is %q: the others must go on", name, got["b"])
		}
	}
	// Damaged compressed data.
	i := bytes.Index(good, []byte("PK\x03\x04")) + 31
	bad := bytes.Clone(good)
	bad[i] ^= 0xff
	if got := inventory(t, openBytes(t, bad)); !strings.Contains(got["a"], "!") || got["b"] != "file bytes" {
		t.Errorf("flipped bits: %v", got)
	}
}

func TestOverlappingEntriesAreDamaged(t *testing.T) {
	good := archive(t, file{"a", strings.Repeat("x", 500), nil}, file{"b", "bytes", nil}, file{"c", "more", nil})
	// b points at a's local header: what a "quoted" bomb does a million times.
	d := openBytes(t, patch(good, "PK\x01\x02", 1, 42, u32(0)))
	got := inventory(t, d)
	if got["a"] != "file "+strings.Repeat("x", 500) || got["b"] != "damaged overlaps_another" || got["c"] != "file more" {
		t.Errorf("%v", got)
	}
}

func TestTruncatedArchivesGiveWhatIsWhole(t *testing.T) {
	stored := func(h *zip.FileHeader) { h.Method = zip.Store }
	whole := archive(t, file{"a/1.json", "first", nil}, file{"a/2.json", strings.Repeat("second ", 50), stored}, file{"../up", "x", nil}, file{"b/3.json", randomText(5000), nil})
	cuts := 0
	for n := len(whole) - 1; n > 0; n -= 17 {
		d, err := OpenZip(context.Background(), bytes.NewReader(whole[:n]), int64(n), "cut.zip", t.TempDir())
		if err != nil {
			if fault.ClassOf(err) != fault.Corrupt || fault.HintOf(err) == "" {
				t.Fatalf("cut at %d: %v", n, err)
			}
			continue
		}
		cuts++
		got := inventory(t, d)
		if len(d.Notes) != 1 || d.Notes[0].Code != "zip_cut_off" {
			t.Fatalf("cut at %d: notes %v", n, d.Notes)
		}
		for name, line := range got {
			want := map[string]string{"a/1.json": "file first", "a/2.json": "file " + strings.Repeat("second ", 50), "../up": "refused climbs_out", "b/3.json": "file " + randomText(5000)}[name]
			// A cut inside the descriptor of a stored member cannot be told from a cut inside its data.
			data, cutOff := strings.CutSuffix(line, " !cut_off")
			if line != want && !(cutOff && (strings.HasPrefix(want, data) || strings.HasPrefix(data, want) && len(data) < len(want)+16)) {
				t.Fatalf("cut at %d: %s is %.80q ... %q", n, name, line, line[max(0, len(line)-40):])
			}
		}
		if n > len(whole)-30 && len(got) != 4 {
			t.Fatalf("cut at %d of %d: only %d entries", n, len(whole), len(got))
		}
		d.Close()
	}
	if cuts < 50 {
		t.Errorf("only %d cuts could be read", cuts)
	}
}

func randomText(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%x", uint32(i*2654435761))
	}
	return b.String()[:n]
}

func TestZip64AndLeadingBytes(t *testing.T) {
	good := archive(t, file{"a", "data", nil})
	if got := inventory(t, openBytes(t, append([]byte("#!/bin/sh exit\n"), good...))); got["a"] != "file data" {
		t.Errorf("self-extracting: %v", got)
	}
	// The same archive with its sizes in a zip64 field and a zip64 end record.
	cd := bytes.Index(good, []byte("PK\x01\x02"))
	var b bytes.Buffer
	b.Write(good[:cd])
	head := bytes.Clone(good[cd : cd+46])
	packed, size := binary.LittleEndian.Uint32(head[20:]), binary.LittleEndian.Uint32(head[24:])
	copy(head[20:], u32(0xffffffff))
	copy(head[24:], u32(0xffffffff))
	copy(head[42:], u32(0xffffffff))
	copy(head[30:], []byte{28, 0})
	b.Write(head)
	b.WriteString("a")
	b.Write([]byte{1, 0, 24, 0})
	for _, v := range []uint64{uint64(size), uint64(packed), 0} {
		b.Write(binary.LittleEndian.AppendUint64(nil, v))
	}
	dirSize := b.Len() - cd
	end64 := b.Len()
	b.WriteString("PK\x06\x06")
	b.Write(binary.LittleEndian.AppendUint64(nil, 44))
	b.Write([]byte{45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	for _, v := range []uint64{1, 1, uint64(dirSize), uint64(cd)} {
		b.Write(binary.LittleEndian.AppendUint64(nil, v))
	}
	b.WriteString("PK\x06\x07\x00\x00\x00\x00")
	b.Write(binary.LittleEndian.AppendUint64(nil, uint64(end64)))
	b.Write(u32(1))
	b.WriteString("PK\x05\x06\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00")
	d := openBytes(t, b.Bytes())
	if got := inventory(t, d); got["a"] != "file data" || len(d.Notes) != 0 {
		t.Errorf("zip64: %v, notes %v", got, d.Notes)
	}
}

func TestPartsOfArchivesAndOtherFilesAreNamed(t *testing.T) {
	good := archive(t, file{"a", "data", nil})
	part := bytes.Clone(good)
	part[bytes.Index(part, []byte("PK\x05\x06"))+4] = 1
	for name, b := range map[string][]byte{"several parts": part, "not a zip file": []byte(strings.Repeat("text ", 100)), "not a zip": {}} {
		_, err := OpenZip(context.Background(), bytes.NewReader(b), int64(len(b)), "x.zip", t.TempDir())
		if err == nil || fault.HintOf(err) == "" || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzZip(f *testing.F) {
	f.Add(archive(f, file{"a/b.json", "[]", nil}, file{"../c", "x", nil}))
	whole := archive(f, file{"a", strings.Repeat("x", 300), nil}, file{"b", "y", func(h *zip.FileHeader) { h.Method = zip.Store }})
	f.Add(whole)
	f.Add(whole[:len(whole)-40])
	tmp := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := OpenZip(context.Background(), bytes.NewReader(b), int64(len(b)), "fuzz.zip", tmp)
		if err != nil {
			return
		}
		defer d.Close()
		n := int64(0)
		if err := d.Walk(func(e *Entry) error {
			n++
			if strings.Contains("/"+e.Path+"/", "/../") && e.State != Refused {
				t.Fatalf("%q is %s", e.Path, e.State)
			}
			r, err := d.Open(e)
			if err != nil {
				return nil
			}
			defer r.Close()
			h := crc32.NewIEEE()
			size, err := io.Copy(h, r)
			if size > e.Size {
				t.Fatalf("%q gave %d bytes of the declared %d", e.Path, size, e.Size)
			}
			if err == nil && (h.Sum32() != e.CRC || size != e.Size) {
				t.Fatalf("%q passed with a wrong checksum or size", e.Path)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n != d.Totals.Entries {
			t.Fatalf("%d entries walked, %d counted", n, d.Totals.Entries)
		}
	})
}
