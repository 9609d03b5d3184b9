package whatsapp

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/testdata/whatsappgen"
)

func appleDatabase(t testing.TB, n int) (dir string, truth whatsappgen.Rows) {
	t.Helper()
	dir = write(t, map[string]string{"Message/Media/a/b.jpg": "\xff\xd8\xff\xe0 picture"})
	truth, err := whatsappgen.Apple(filepath.Join(dir, "ChatStorage.sqlite"), n)
	if err != nil {
		t.Fatal(err)
	}
	return dir, truth
}

func TestAnAppleDatabaseGivesWhatIsInIt(t *testing.T) {
	dir, truth := appleDatabase(t, 500)
	r := readAll(t, dir)
	if len(r.messages())+len(r.rejects) != truth.Messages || len(r.rejects) != truth.Rejects || len(r.conversations()) != truth.Chats {
		t.Errorf("%d messages, %d rejects, %d conversations, want %+v", len(r.messages()), len(r.rejects), len(r.conversations()), truth)
	}
	id := func(i string) string { return "3A" + strings.Repeat("0", 18-len(i)) + i }
	m := byID(r, id("0"))
	if a := m.Attachments; len(a) != 1 || a[0].State != message.MediaPresent || a[0].Path != "Message/Media/a/b.jpg" || a[0].MIME != "image/jpeg" || m.Text != "a caption" || len(m.Flagged) != 1 {
		t.Errorf("%+v", m)
	}
	if m.Sent != (message.Time{UTC: "2020-01-06T10:40:00.250000Z", Raw: "600000000.25", Precision: "us", Zone: "utc"}) {
		t.Errorf("%+v", m.Sent)
	}
	for key := range m.Ext {
		if strings.Contains(key, "MEDIAKEY") {
			t.Error("the key of a file is in the record")
		}
	}
	if q := byID(r, id("1")); q.ReplyTo != q.Conversation+":"+id("3") || q.Author != "whatsapp:phone:person:+491701111111" {
		t.Errorf("%+v", q)
	}
	if l := byID(r, id("2")).Location; l == nil || l.Latitude != "48.1" {
		t.Errorf("%+v", l)
	}
	if x := byID(r, "SAME row 4"); x.Kind != message.KindSystem || x.Subtype != "6.12" || byID(r, "SAME row 6").Key == "" {
		t.Errorf("%+v", x)
	}
	if byID(r, id("4")).Kind != message.KindTombstone || byID(r, id("4")).Direction != "out" || byID(r, "NEW").Kind != message.KindUnknown || byID(r, "ORPHAN").Conversation != "whatsapp:phone:chat (none)" {
		t.Error("a deletion, an unknown type or a message of no chat was not read")
	}
	if x := byID(r, id("6")).Ext["whatsapp.ZWAMESSAGEINFO.ZRECEIPTINFO"]; x != `"CgE="` {
		t.Errorf("%q", x)
	}
	for _, c := range r.conversations() {
		if c.Kind == "group" && (len(c.Participants) != 2 || c.DisplayName != "Family") {
			t.Errorf("%+v", c)
		}
	}
}

func TestAppleDatabasesConform(t *testing.T) {
	dir, _ := appleDatabase(t, 500)
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": filepath.Join(dir, "ChatStorage.sqlite")}})
}

func FuzzMetadata(f *testing.F) {
	f.Add([]byte("\x8a\x01\x03abc\x2a\x043A00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if id := quotedIn(b); len(id) > 256 || strings.ContainsAny(id, "\x00\n") {
			t.Fatalf("%q", id)
		}
	})
}
