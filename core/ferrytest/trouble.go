package ferrytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/host"
	"github.com/chatferry/chatferry/core/plugin"
)

// maxMemory is what a plugin's process may hold while nobody takes its records. Race detection and
// the test program around a built-in take most of it.
const maxMemory = 256 << 20

// cancel ends reads early and looks for what keeps running.
func (k *sourceKit) cancel(t *testing.T) {
	before := goleak.IgnoreCurrent()
	o := k.opts
	o.BatchBytes = 1
	h, err := host.New(o)
	if err != nil {
		t.Fatal(err)
	}
	src, err := h.OpenSource(t.Context(), k.ref, k.config)
	if err != nil {
		t.Fatal(err)
	}
	for _, sh := range some(k.whole.shards, 5) {
		ctx, cancel := context.WithCancel(t.Context())
		var at time.Time
		err := src.Read(ctx, sh, nil, t.TempDir(), func(*plugin.Batch) error { at = time.Now(); cancel(); return nil })
		cancel()
		if d := time.Since(at); !at.IsZero() && (d > time.Second || err != nil && !errors.Is(err, context.Canceled)) {
			t.Errorf("a cancelled read of shard %s took %s and ended with: %v", sh.ID, d, err)
		}
	}
	src.Close()
	h.Close()
	if err := goleak.Find(before); err != nil {
		t.Errorf("after a cancelled read something still runs: %v", err)
	}
}

// slowConsumer lets the source wait and looks at the memory of its process meanwhile.
func (k *sourceKit) slowConsumer(t *testing.T) {
	src := k.open(t, k.newHost(t, 1), k.config)
	for i, sh := range some(k.whole.shards, 3) {
		n, count := 0, 0
		err := src.Read(t.Context(), sh, nil, t.TempDir(), func(b *plugin.Batch) error {
			if count += b.Count; n < 3 {
				time.Sleep(50 * time.Millisecond)
			}
			n++
			if used := resident(src.PID()); used > maxMemory {
				return fmt.Errorf("the plugin holds %d MiB", used>>20)
			}
			return nil
		})
		if err != nil || count != k.partOf(sh.ID).count {
			t.Errorf("shard %d: %d records, %v", i, count, err)
		}
	}
}

// resident is the memory of a process, 0 where the system does not tell.
func resident(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	var all, pages int64
	if _, scanErr := fmt.Sscan(string(b), &all, &pages); pid == 0 || err != nil || scanErr != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// damaged reads the case's damaged inputs, and inputs it damages itself.
func (k *sourceKit) damaged(t *testing.T) {
	records, rejects := k.whole.count()
	for _, d := range k.c.Damaged {
		t.Run(d.Name, func(t *testing.T) {
			r, err := k.tryDamaged(t, absolute(t, d.Config, k.traits.Settings))
			if err != nil || r == nil {
				return
			}
			n, bad := r.count()
			if bad <= rejects && n+bad < records+rejects {
				t.Errorf("%d records of %d came, with neither a reject nor an error", n, records)
			}
		})
	}
	input, ok := k.c.Config[k.c.Path].(string)
	if !ok {
		return
	}
	for _, f := range some(regularFiles(t, input), 12) {
		for _, d := range spoilers {
			t.Run(filepath.ToSlash(f)+" "+d.name, func(t *testing.T) {
				target := filepath.Join(t.TempDir(), filepath.Base(input))
				copyTree(t, input, target)
				d.spoil(t, filepath.Join(target, f))
				c := map[string]any{}
				for key, v := range k.c.Config {
					c[key] = v
				}
				c[k.c.Path] = target
				k.tryDamaged(t, absolute(t, c, k.traits.Settings))
			})
		}
	}
}

// tryDamaged reads an input that may fail, but only in an orderly way.
func (k *sourceKit) tryDamaged(t *testing.T, config json.RawMessage) (*reading, error) {
	t.Helper()
	start := time.Now()
	r, err := k.tryAll(t, k.host, config)
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("it took %s", d)
	}
	if err != nil {
		switch fault.ClassOf(err) {
		case fault.Config, fault.Corrupt, fault.Denied:
		default:
			t.Errorf("want an error of class config, corrupt or denied, got %s: %v", fault.ClassOf(err), err)
		}
		return nil, err
	}
	for _, p := range r.parts {
		for line := range strings.Lines(string(p.lines)) {
			if _, err := decodeChecked(strings.TrimSuffix(line, "\n")); err != nil {
				t.Errorf("an invalid record came out: %v", err)
			}
		}
	}
	return r, nil
}

// spoilers damage one file each.
var spoilers = []struct {
	name  string
	spoil func(*testing.T, string)
}{
	{"cut in the middle", func(t *testing.T, path string) { rewrite(t, path, func(b []byte) []byte { return b[:len(b)/2] }) }},
	{"without its end", func(t *testing.T, path string) {
		rewrite(t, path, func(b []byte) []byte { return b[:len(b)-min(len(b), 3)] })
	}},
	{"emptied", func(t *testing.T, path string) { rewrite(t, path, func([]byte) []byte { return nil }) }},
	{"garbled", func(t *testing.T, path string) {
		rewrite(t, path, func(b []byte) []byte {
			for i := len(b) / 3; i < len(b); i += 97 {
				b[i] = "\x00\xff{\"\n"[i%5]
			}
			return b
		})
	}},
	{"of brackets", func(t *testing.T, path string) {
		rewrite(t, path, func([]byte) []byte { return bytes.Repeat([]byte(`[{"a":`), 20000) })
	}},
	{"removed", func(t *testing.T, path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}},
	{"made a folder", func(t *testing.T, path string) {
		if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o755)); err != nil {
			t.Fatal(err)
		}
	}},
}

func rewrite(t *testing.T, path string, change func([]byte) []byte) {
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(b), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// regularFiles lists the files under root relative to it, "." when it is one.
func regularFiles(t *testing.T, root string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			rel, _ := filepath.Rel(root, path)
			list = append(list, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err == nil && info.IsDir() {
		err = os.CopyFS(to, os.DirFS(from))
	} else if err == nil {
		var b []byte
		if b, err = os.ReadFile(from); err == nil {
			err = os.WriteFile(to, b, 0o644)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// recognise asks the source about its own input and about others.
func (k *sourceKit) recognise(t *testing.T) {
	input, ok := k.c.Config[k.c.Path].(string)
	if !k.traits.Recognises || !ok {
		return
	}
	ask := func(path string) plugin.Recognition {
		abs, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := k.host.Recognise(t.Context(), k.ref, abs)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := ask(input)
	if r.Score < 50 || r.Format == "" {
		t.Fatalf("the source does not recognise its own input: %+v", r)
	}
	config, err := json.Marshal(r.Config)
	if err != nil {
		t.Fatal(err)
	}
	if records, _ := k.readAll(t, k.host, config).count(); records == 0 {
		t.Error("the settings it gives for its own input read nothing")
	}
	dir := t.TempDir()
	other := filepath.Join(dir, "letter.txt")
	if err := os.WriteFile(other, []byte("Dear Sir or Madam,\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{t.TempDir(), dir, other, filepath.Join(dir, "absent")} {
		if r := ask(path); r.Score != 0 {
			t.Errorf("it recognises %s, which is nothing: %+v", filepath.Base(path), r)
		}
	}
}
