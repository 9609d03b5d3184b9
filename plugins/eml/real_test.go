//go:build real

package eml

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
)

const settings = `{"zone":"Europe/Berlin","language":"en","addresses":"invalid","attach_mb":25,"granularity":"message"}`

func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String()
}

// hostile is what the fields of the second reading hold: headers, separators, encoded words, boundaries.
const hostile = "\r\nFrom mallory@evil.test Mon Mar  4 07:31:52 2024\r\nBcc: mallory@evil.test\r\n\r\n--=_0\r\n>From here\n.\n=?utf-8?q?=0aBcc=3a_x?= \"quoted\" <a@b.test>, (comment) \\ \x1b[2J\u202e =41"

// TestRealPythonReadsTheSameMessages by its strict policy: no defect, the same texts, files, times and threads.
func TestRealPythonReadsTheSameMessages(t *testing.T) {
	for name, poison := range map[string]string{"corpus": "", "hostile": hostile} {
		t.Run(name, func(t *testing.T) {
			media := t.TempDir()
			chapters := ferrytest.Corpus(t, media)
			if poison != "" {
				ferrytest.Poison(chapters, poison)
			}
			list, expected := ferrytest.Letters(t, chapters)
			e := ferrytest.FinishedEdition(t, Plugin(), settings, media, chapters)
			var n, texts, files, replies int
			if _, err := fmt.Sscan(run(t, nil, "python3", "../../core/mail/testdata/read.py", filepath.Join(e.Dir, "mail"), expected), &n, &texts, &files, &replies); err != nil {
				t.Fatal(err)
			}
			if n != len(list) || files < 5 || replies < 5 || poison == "" && texts < 50 {
				t.Errorf("%d mails of %d, %d texts, %d files, %d replies", n, len(list), texts, files, replies)
			}
		})
	}
}

// TestRealNotmuchFindsThreadsAndWords: as many mails and threads as there are, and a word leads to its message.
func TestRealNotmuchFindsThreadsAndWords(t *testing.T) {
	media := t.TempDir()
	chapters := ferrytest.Corpus(t, media)
	list, _ := ferrytest.Letters(t, chapters)
	e := ferrytest.FinishedEdition(t, Plugin(), settings, media, chapters)
	conf := filepath.Join(t.TempDir(), "notmuch.conf")
	env := []string{"NOTMUCH_CONFIG=" + conf}
	if err := os.WriteFile(conf, []byte("[database]\npath="+filepath.Join(e.Dir, "mail")+"\n[user]\nname=x\nprimary_email=x@x.invalid\n[new]\ntags=chat\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, env, "notmuch", "new", "--quiet")
	count := func(args ...string) string {
		return strings.TrimSpace(run(t, env, "notmuch", append([]string{"count"}, args...)...))
	}
	if got := count("*"); got != fmt.Sprint(len(list)) {
		t.Errorf("notmuch has %s mails of %d", got, len(list))
	}
	for query, want := range map[string]string{"from:jenkins": "1", "attachment:naïve": "1", `"second version"`: "1", "subject:general and hello": "1"} {
		if got := count(query); got != want {
			t.Errorf("%s: %s mails, not %s", query, got, want)
		}
	}
	// The first thread of the corpus: its message, two replies and an older one.
	thread := strings.TrimSpace(run(t, env, "notmuch", "search", "--output=threads", `body:"first thread" and not body:"see above"`))
	if got := count(thread); got != "4" {
		t.Errorf("the first thread %s has %s mails", thread, got)
	}
}

// TestRealMblazeShowsThem: text, facts and the names of files.
func TestRealMblazeShowsThem(t *testing.T) {
	media := t.TempDir()
	e := ferrytest.FinishedEdition(t, Plugin(), settings, media, ferrytest.Corpus(t, media))
	var all strings.Builder
	for _, name := range e.Files() {
		if strings.HasSuffix(name, ".eml") {
			all.WriteString(run(t, []string{"MBLAZE=" + t.TempDir()}, "mshow", filepath.Join(e.Dir, filepath.FromSlash(name))))
		}
	}
	for _, want := range []string{"日本語のテキスト 漢字 한국어", "naïve 日本.txt", "  * poll: Lunch?", `size=4 name="_.._etc_passwd"`, "From: \"Jenkins\""} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("mshow does not show %q", want)
		}
	}
}
