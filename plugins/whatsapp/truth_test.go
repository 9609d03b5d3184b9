package whatsapp

import (
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/testdata/whatsappgen"
)

// TestEveryFormGivesWhatWasWritten reads generated chats of every form and compares entry by entry.
func TestEveryFormGivesWhatWasWritten(t *testing.T) {
	for seed, form := range whatsappgen.Forms {
		text, truth := whatsappgen.Chat(form, uint64(seed), 400)
		files := map[string]string{"WhatsApp Chat with X.txt": text}
		for name, b := range truth.Media {
			files[name] = b
		}
		r := readAll(t, write(t, files))
		list := r.messages()
		if len(list) != len(truth.Entries) || len(r.rejects) != 0 || len(truth.Traps) < 4 {
			t.Errorf("%s: %d of %d entries, %d rejects, traps %v", form.Name, len(list), len(truth.Entries), len(r.rejects), truth.Traps)
			continue
		}
		for i, e := range truth.Entries {
			m, author := list[i], ""
			if m.Author != "" {
				parts := message.SplitKey(m.Author)
				author = parts[len(parts)-1]
			}
			if m.Kind != e.Kind || author != strings.Replace(e.Author, "+49 170 1234567", "+491701234567", 1) || m.Text != e.Text || m.Sent.UTC != e.UTC {
				t.Errorf("%s: entry %d is %s %q %q %s, want %+v", form.Name, i, m.Kind, author, m.Text, m.Sent.UTC, e)
				break
			}
			present := len(m.Attachments) == 1 && m.Attachments[0].State == message.MediaPresent && m.Attachments[0].Name == e.File
			if (e.File != "") != present || e.Kind == "file" && len(m.Attachments) != 1 {
				t.Errorf("%s: entry %d has %+v, want %+v", form.Name, i, m.Attachments, e)
				break
			}
		}
	}
}
