package whatsapp

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/testdata/whatsappgen"
)

func androidDatabase(t testing.TB, n int) (dir string, truth whatsappgen.Rows) {
	t.Helper()
	dir = write(t, map[string]string{"Media/WhatsApp Images/IMG-1.jpg": "\xff\xd8\xff\xe0 picture"})
	truth, err := whatsappgen.Android(filepath.Join(dir, "msgstore.db"), n)
	if err != nil {
		t.Fatal(err)
	}
	return dir, truth
}

// execute changes a database.
func execute(t testing.TB, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func byID(r *result, id string) *message.Message {
	for _, m := range r.messages() {
		if m.ID == id {
			return m
		}
	}
	return &message.Message{}
}

func TestAnAndroidDatabaseGivesWhatIsInIt(t *testing.T) {
	dir, truth := androidDatabase(t, 900)
	execute(t, filepath.Join(dir, "wa.db"), `CREATE TABLE wa_contacts (jid TEXT, display_name TEXT, wa_name TEXT)`, `INSERT INTO wa_contacts VALUES ('491701111111@s.whatsapp.net', 'Ann', 'annie')`)
	r := readAll(t, dir)
	if got := len(r.messages()) + len(r.rejects); got != truth.Messages+truth.Calls || len(r.rejects) != truth.Rejects || len(r.conversations()) != truth.Chats+1 {
		t.Errorf("%d messages, %d rejects, %d conversations, want %+v and the status", len(r.messages()), len(r.rejects), len(r.conversations()), truth)
	}
	if x := r.rejects[0]; x.Reason != "bad_time" || !strings.Contains(string(x.Bytes), `"NOTIME"`) {
		t.Errorf("%+v", x)
	}
	m := byID(r, "3EB0000000")
	if a := m.Attachments; len(a) != 1 || a[0].State != message.MediaPresent || a[0].Path != "Media/WhatsApp Images/IMG-1.jpg" || a[0].Width != 640 || m.Text != "a caption" || len(m.Flagged) != 1 || m.Ext["whatsapp.message.novelty"] != "7" {
		t.Errorf("%+v", m)
	}
	if strings.Contains(fmt.Sprint(m), "XsLn") {
		t.Error("the key of a file is in the record")
	}
	if q := byID(r, "3EB0000001"); q.Quoted == nil || q.Quoted.Text != "text 1" || q.ReplyTo != q.Key {
		t.Errorf("%+v", q.Quoted)
	}
	if l := byID(r, "3EB0000002").Location; l == nil || l.Latitude != "48.1" || l.Longitude != "-11.5" || l.Name != "Park" {
		t.Errorf("%+v", l)
	}
	if c := byID(r, "3EB0000003").Contact; c == nil || c.Name != "Zoe" || len(c.Phones) != 1 {
		t.Errorf("%+v", c)
	}
	if x := byID(r, "3EB0000004"); x.Kind != message.KindRename || x.Event.Old != "Old name" || x.Event.New != "New name" || len(x.Mentions) != 1 {
		t.Errorf("%+v", x)
	}
	if x := byID(r, "3EB0000005"); x.Edited == nil || x.Edited.At.UTC != "2020-09-13T12:27:40.000Z" {
		t.Errorf("%+v", x.Edited)
	}
	if x := byID(r, "3EB0000006"); x.Poll == nil || x.Poll.Question != "Where?" || len(x.Poll.Options) != 2 || x.Text != "" {
		t.Errorf("%+v", x.Poll)
	}
	x := byID(r, "3EB0000007")
	if len(x.Reactions) != 1 || x.Reactions[0].Count != 2 || len(x.Receipts) != 2 || x.Ext["whatsapp.message_new_thing"] != `[{"message_row_id":9,"what":"unheard of"}]` {
		t.Errorf("%+v %+v %v", x.Reactions, x.Receipts, x.Ext)
	}
	if byID(r, "3EB0000008").Kind != message.KindTombstone || byID(r, "NEW").Kind != message.KindUnknown || byID(r, "BLOB").TextB64 != "/0E=" || byID(r, "TEXTTIME").Sent.UTC != "2020-09-13T12:26:40.000Z" {
		t.Error("a deletion, an unknown type, bytes or a time as text were not read")
	}
	if byID(r, "ORPHAN").Conversation != "whatsapp:phone:chat 99" || byID(r, "OLD3").TextB64 != "/0I=" || byID(r, "OLD2").ReplyTo != byID(r, "OLD1").Key || byID(r, "OLD1").Key == "" {
		t.Errorf("%+v %+v", byID(r, "ORPHAN"), byID(r, "OLD2"))
	}
	if c := byID(r, "call C2"); c.Conversation != "whatsapp:phone:+491701111111" || c.Call.Outcome != "missed" {
		t.Errorf("%+v", c)
	}
	if !strings.Contains(fmt.Sprint(r.people()), "Ann") {
		t.Errorf("people %v", r.people())
	}
}

func TestDatabasesConform(t *testing.T) {
	dir, _ := androidDatabase(t, 250)
	ferrytest.Source(t, ferrytest.SourceCase{Plugin: Plugin(), Config: map[string]any{"path": dir}, Path: "path"})
}

func TestAValueTooLongIsPassedOver(t *testing.T) {
	dir, _ := androidDatabase(t, 30)
	execute(t, filepath.Join(dir, "msgstore.db"), `UPDATE message SET text_data = zeroblob(40000000) WHERE key_id IN ('3EB0000003', '3EB0000006')`)
	r := readAll(t, dir)
	large := 0
	for _, x := range r.rejects {
		if x.Reason == "too_large" {
			large++
		}
	}
	if large != 2 || byID(r, "3EB0000009").Key == "" {
		t.Errorf("%d of 2 are rejected", large)
	}
}

func TestAHostileSchemaIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "msgstore.db")
	execute(t, path, `CREATE TABLE messages (_id INTEGER PRIMARY KEY, key_remote_jid, key_id, timestamp)`, `INSERT INTO messages VALUES (1, 'a@b', x'00ff', 1600000000000), (2, x'ff', 7, 'never'), (3, NULL, NULL, 1e300)`,
		`CREATE VIEW message AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS _id, x AS chat_row_id, x AS key_id FROM c`, `CREATE TABLE chat (x)`, `INSERT INTO chat VALUES (1)`, `CREATE TABLE jid (_id)`)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	r := readAll(t, dir)
	if len(r.messages()) != 1 || len(r.rejects) != 2 {
		t.Errorf("%d messages, %+v", len(r.messages()), r.rejects)
	}
}
