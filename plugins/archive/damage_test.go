package archive

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
)

func TestDamageIsFoundAndNamed(t *testing.T) {
	r := newRig(t)
	r.deliver(r.sample())
	name := segmentPath(1, "0001", 1)
	path := filepath.Join(r.dir, name)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := map[string][]byte{"empty": {}, "longer": append(append([]byte{}, whole...), 0), "twice": append(append([]byte{}, whole...), whole...)}
	for i := 0; i < len(whole); i += len(whole)/40 + 1 {
		flipped := append([]byte{}, whole...)
		flipped[i] ^= 0x10
		damaged[fmt.Sprintf("flipped at %d", i)] = flipped
		damaged[fmt.Sprintf("cut at %d", i)] = whole[:i]
	}
	src := r.source()
	for what, b := range damaged {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, sh := range discover(t, src) {
			_, err := readShard(t, src, sh, nil)
			if sh.ID != "0001" {
				if err != nil {
					t.Errorf("%s: shard %s: %v", what, sh.ID, err)
				}
			} else if fault.ClassOf(err) != fault.Corrupt || !strings.Contains(err.Error(), name) || fault.HintOf(err) == "" {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := r.readBack(); fault.ClassOf(err) != fault.Corrupt || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: read-back: %v", what, err)
		}
	}
}

func TestEveryOtherFileIsProvedByTheReadBack(t *testing.T) {
	r := newRig(t)
	r.deliver(r.sample())
	for name, content := range tree(t, r.dir) {
		if strings.HasPrefix(name, recordsDir) || strings.HasPrefix(name, mediaDir) {
			continue
		}
		path := filepath.Join(r.dir, name)
		if err := os.WriteFile(path, []byte(strings.Replace(content, "a", "b", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := r.readBack(); err == nil {
			t.Errorf("a change of %s is not noticed", name)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.readBack(); err != nil {
		t.Error(err)
	}
}

func TestMediaThatIsGoneOrChangedIsMissing(t *testing.T) {
	for what, damage := range map[string]func(path string) error{
		"gone":    os.Remove,
		"changed": func(path string) error { return replace(path, "picture 0ne") },
		"cut":     func(path string) error { return replace(path, "pic") },
		"link": func(path string) error {
			os.Remove(path)
			return os.Symlink("/etc/passwd", path)
		},
		"pipe": func(path string) error {
			os.Remove(path)
			return syscall.Mkfifo(path, 0o600)
		},
	} {
		t.Run(what, func(t *testing.T) {
			r := newRig(t)
			loads := r.sample()
			digest := loads[1].records[3].Message.Attachments[0].SHA256
			r.deliver(loads)
			if err := damage(filepath.Join(r.dir, mediaName(digest))); err != nil {
				t.Fatal(err)
			}
			src := r.source()
			g, err := readShard(t, src, discover(t, src)[2], nil)
			if err != nil {
				t.Fatal(err)
			}
			states := map[string]int{}
			for _, line := range g.lines {
				rec, err := message.Decode(line)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range rec.Attachments() {
					states[a.State]++
					if a.State == message.MediaMissing && (!strings.HasPrefix(a.Reason, reasonDigest) || !strings.Contains(a.Reason, digest) || a.SHA256 != "") {
						t.Errorf("reason is %q", a.Reason)
					}
				}
			}
			if states[message.MediaMissing] != 2 || states[message.MediaPresent] != 1 {
				t.Errorf("states are %v", states)
			}
			if entries, _ := os.ReadDir(g.spool); len(entries) != 1 {
				t.Errorf("%d objects were handed over", len(entries))
			}
			lines, err := r.readBack()
			if what == "changed" || what == "cut" {
				missing := 0
				for _, line := range lines {
					missing += strings.Count(line, `"state":"missing"`)
				}
				if err != nil || missing != 2 {
					t.Errorf("the read-back shows %d missing, %v", missing, err)
				}
			} else if fault.ClassOf(err) != fault.Corrupt {
				t.Errorf("read-back: %v", err)
			}
		})
	}
}

func replace(path, content string) error {
	if err := os.Remove(path); err != nil { // the store has the same file under another name
		return err
	}
	return os.WriteFile(path, []byte(content), 0o600)
}
