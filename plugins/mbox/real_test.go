//go:build real

package mbox

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

const settings = `{"zone":"Europe/Berlin","language":"en","addresses":"invalid","attach_mb":25,"max_mb":1000}`

// separators are what a mailbox must not take for the begin of a mail.
const separators = "\nFrom mallory@evil.test Mon Mar  4 07:31:52 2024\nSubject: forged\n\nnever said\n>From here on\n>>From there\n"

func finished(t *testing.T) (*ferrytest.Edition, []ferrytest.Letter, string) {
	media := t.TempDir()
	chapters := ferrytest.Corpus(t, media)
	ferrytest.Poison(chapters, separators)
	list, expected := ferrytest.Letters(t, chapters)
	return ferrytest.FinishedEdition(t, Plugin(), settings, media, chapters), list, expected
}

// TestRealPythonReadsTheSameMailboxes: as many mails as there are messages, whatever these say, and the same texts.
func TestRealPythonReadsTheSameMailboxes(t *testing.T) {
	e, list, expected := finished(t)
	out, err := exec.Command("python3", "../../core/mail/testdata/read.py", filepath.Join(e.Dir, "mail"), expected).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var n, texts int
	if fmt.Sscan(string(out), &n, &texts); n != len(list) || texts < 50 {
		t.Errorf("%d mails of %d, %d texts: %s", n, len(list), texts, out)
	}
}

// TestRealDovecotServesTheMailboxes: it counts the same mails, and finds one by a word of its text.
func TestRealDovecotServesTheMailboxes(t *testing.T) {
	e, list, _ := finished(t)
	home, err := os.MkdirTemp("", "ferry-dovecot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 { // dovecot serves nobody's mails as root
		uid, gid = 65534, 65534
	}
	conf := fmt.Sprintf("mail_location = mbox:%[1]s/mail\nmail_home = %[1]s\nbase_dir = %[1]s/run\nstate_dir = %[1]s/state\nmail_uid = %[2]d\nmail_gid = %[3]d\nfirst_valid_uid = 0\nfirst_valid_gid = 0\nmbox_write_locks = fcntl\nssl = no\nlog_path = /dev/stderr\n", home, uid, gid)
	if err := os.Mkdir(filepath.Join(home, "mail"), 0o700); err != nil {
		t.Fatal(err)
	}
	boxes := 0
	for _, name := range e.Files() {
		if strings.HasSuffix(name, ".mbox") {
			b, err := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(name)))
			if err == nil {
				err = os.WriteFile(filepath.Join(home, "mail", fmt.Sprintf("box%d", boxes)), b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			boxes++
		}
	}
	if err := os.WriteFile(filepath.Join(home, "dovecot.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && os.Getuid() == 0 {
			err = os.Chown(path, uid, gid)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(args ...string) string {
		cmd := exec.Command("doveadm", append([]string{"-c", filepath.Join(home, "dovecot.conf")}, args...)...)
		cmd.Env, cmd.Dir = append(os.Environ(), "USER=ferry", "HOME="+home), home
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("doveadm %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	ids := map[string]bool{}
	for i := range boxes {
		for line := range strings.Lines(ask("fetch", "hdr.message-id", "mailbox", fmt.Sprintf("box%d", i))) {
			if strings.HasPrefix(line, "hdr.message-id: <") {
				ids[strings.TrimSpace(line)] = true
			}
		}
	}
	if len(ids) != len(list) {
		t.Errorf("dovecot has %d mails of %d", len(ids), len(list))
	}
	found := 0
	for i := range boxes {
		found += strings.Count(ask("search", "mailbox", fmt.Sprintf("box%d", i), "body", "first version"), "\n")
	}
	if found != 2 { // the edited message's facts, and the revision's
		t.Errorf("dovecot finds %d mails by their words", found)
	}
}
