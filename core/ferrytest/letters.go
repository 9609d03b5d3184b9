package ferrytest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

// Letter is what a mail must say of one entry of the corpus, for readers that are not ours.
type Letter struct {
	Key    string   `json:"key"`
	Text   *string  `json:"text,omitempty"` // nil where a mail does not show the text as it is: rich text, controls, notices
	UTC    string   `json:"utc,omitempty"`
	Thread string   `json:"thread,omitempty"`
	Files  []string `json:"files,omitempty"` // SHA-256
}

// Letters are those of some chapters, and a file with them as JSON.
func Letters(t *testing.T, chapters []Chapter) (list []Letter, file string) {
	t.Helper()
	for _, ch := range chapters {
		for _, r := range ch.Records {
			if r.Directory() {
				continue
			}
			l := Letter{Key: r.Key()}
			if m := r.Message; m != nil {
				l.UTC = m.Sent.UTC
				if m.Thread != m.Key {
					l.Thread = m.Thread
				}
				if len(m.Rich) == 0 && m.Subject == "" && strings.Trim(m.Text, "\n") != "" && !strings.ContainsFunc(m.Text, invisible) {
					l.Text = &m.Text
				}
				for i := range m.Attachments {
					if m.Attachments[i].State == message.MediaPresent {
						l.Files = append(l.Files, m.Attachments[i].SHA256)
					}
				}
			}
			list = append(list, l)
		}
	}
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "letters.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return list, file
}

// invisible are the characters that a document for people spells out.
func invisible(r rune) bool {
	return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff || r == 0xfffe
}
