package whatsapp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/message"
)

// texts gives a chat's messages in short: kind, author's name, text.
func texts(r *result) (list []string) {
	for _, m := range r.messages() {
		author := ""
		if m.Author != "" {
			parts := message.SplitKey(m.Author)
			author = parts[len(parts)-1]
		}
		list = append(list, m.Kind+" "+author+": "+m.Text)
	}
	return list
}

func expect(t *testing.T, r *result, want ...string) {
	t.Helper()
	if got := texts(r); strings.Join(got, "\n") != strings.Join(want, "\n") || len(r.rejects) != 0 {
		t.Errorf("got\n%s\nwant\n%s\nrejects %+v", strings.Join(got, "\n"), strings.Join(want, "\n"), r.rejects)
	}
}

func TestAnAppleExportWithMedia(t *testing.T) {
	zip := pack(t, "WhatsApp Chat - Family.zip", "_chat.txt", strings.Join([]string{
		"[17.9.2019, 16:37:47] Family: \u200eMessages and calls are end-to-end encrypted.",
		"[17.9.2019, 16:38:00] Ann: Hello",
		"[1.9.19, 00:00:00] Peter Doe: this is the second line",
		"\u200e[17.9.2019, 16:39:00] Bob: \u200e<attached: 00000042-PHOTO-2019-09-17.jpg>",
		"\u200e[17.9.2019, 16:40:00] Bob: \u200eimage omitted",
		"[17.9.2019, 16:41:00] Bob: image omitted",
		"\u200e[17.9.2019, 16:42:00] Ann: \u200eThis message was deleted.",
		"[17.9.2019, 16:43:00] Ann: better \u200e<This message was edited>",
		"\u200e[17.9.2019, 16:44:00] Eve: \u200ePOLL:\r\nWhere?\r\n\u200eOPTION: Here (2 votes)\r\n\u200eOPTION: There (0 votes)",
		"\u200e[17.9.2019, 16:45:00] Eve: \u200eLocation: https://maps.google.com/?q=48.1,11.5",
		"\u200e[17.9.2019, 16:46:00] Eve: \u200eMissed voice call",
		"\u200e[17.9.2019, 16:47:00] Eve: A PDF.pdf • \u200e1 page \u200e<attached: some-doc.pdf>",
		"\u200e[17.9.2019, 16:48:00] Eve: \u200eEve added Bob",
		"[17.9.2019, 16:49:00] Eve: hi @\u2068Bob\u2069",
	}, "\r\n")+"\r\n", "00000042-PHOTO-2019-09-17.jpg", "\xff\xd8\xff\xe0 picture")
	r := readAll(t, zip, "me", "Ann", "zone", "Europe/Berlin")
	expect(t, r, "system : \u200eMessages and calls are end-to-end encrypted.",
		"text Ann: Hello\n[1.9.19, 00:00:00] Peter Doe: this is the second line",
		"file Bob: ", "file Bob: ", "file Bob: ", "tombstone Ann: \u200eThis message was deleted.", "text Ann: better",
		"poll Eve: ", "text Eve: ", "call Eve: \u200eMissed voice call", "file Eve: A PDF.pdf • \u200e1 page", "system Eve: \u200eEve added Bob",
		"text Eve: hi @\u2068Bob\u2069")
	m := r.messages()
	if a := m[2].Attachments[0]; a.State != message.MediaPresent || a.Size != "12" || a.Role != "image" || a.Path != a.Name || a.Mode != "attached" {
		t.Errorf("%+v", a)
	}
	if a := m[3].Attachments[0]; a.State != message.MediaWithheld || a.Mode != "image omitted" {
		t.Errorf("%+v", a)
	}
	if a := m[10].Attachments[0]; a.State != message.MediaMissing || a.Name != "some-doc.pdf" {
		t.Errorf("%+v", a)
	}
	if m[6].Edited == nil || m[5].Deleted == nil || m[7].Poll.Total != 2 || m[8].Location.Latitude != "48.1" || m[9].Call.Outcome != "missed" || m[12].Mentions[0].Name != "Bob" {
		t.Error("an edit, a deletion, a poll, a place, a call or a mention is not there")
	}
	if m[1].Sent != (message.Time{UTC: "2019-09-17T14:38:00Z", Raw: "17.9.2019, 16:38:00", Precision: "s", Zone: "assumed"}) || m[1].Direction != "out" || m[2].Direction != "in" {
		t.Errorf("%+v %s %s", m[1].Sent, m[1].Direction, m[2].Direction)
	}
	c := r.conversations()[0]
	if c.DisplayName != "Family" || c.Kind != "group" || len(c.Participants) != 3 || c.Custodian != m[1].Author {
		t.Errorf("%+v", c)
	}
	if m[0].ShownAs == nil || m[0].ShownAs.Name != "Family" {
		t.Error("the group's name is lost")
	}
}

func TestAnAndroidExport(t *testing.T) {
	dir := write(t, map[string]string{
		"WhatsApp Chat with Bob.txt": strings.Join([]string{
			"31/12/19, 14:05 - Messages and calls are end-to-end encrypted. Tap for more info.",
			"31/12/19, 14:05 - Bob: IMG-20191231-WA0001.jpg (file attached)",
			"A caption - with a dash: and a colon",
			"31/12/19, 14:06 - Ann: <Media omitted>",
			"31/12/19, 14:06 - Bob: ",
			"31/12/19, 14:07 - Ann changed the subject to \"a: b\"",
			"31/12/19, 14:08 - Bob: line one",
			"31/12/19 - 14:08 is no header",
			"",
			"last line",
			"31/12/19, 14:09 - +49 170 1234567: who",
			"31/12/19, 14:09 - ~ Zoe: is this",
		}, "\n"),
		"IMG-20191231-WA0001.jpg": "\xff\xd8\xff",
	})
	r := readAll(t, dir)
	expect(t, r, "system : Messages and calls are end-to-end encrypted. Tap for more info.", "file Bob: A caption - with a dash: and a colon",
		"file Ann: ", "text Bob: ", `system : Ann changed the subject to "a: b"`, "text Bob: line one\n31/12/19 - 14:08 is no header\n\nlast line",
		"text +491701234567: who", "text ~ Zoe in Bob: is this")
	m := r.messages()
	if m[0].ID != "20191231T1405-0000" || m[1].ID != "20191231T1405-0001" || m[2].Sent.Precision != "min" || m[2].Sent.Zone != "unknown" {
		t.Errorf("%s %s %+v", m[0].ID, m[1].ID, m[2].Sent)
	}
	if m[1].Attachments[0].State != message.MediaPresent {
		t.Errorf("%+v", m[1].Attachments)
	}
}

// TestTheHourThatComesTwice: the file's order tells the first from the second.
func TestTheHourThatComesTwice(t *testing.T) {
	file := write(t, map[string]string{"chat.txt": "[27/10/19, 02:30:00] Ann: summer\n[27/10/19, 02:50:00] Ann: still\n[27/10/19, 02:10:00] Ann: winter\n[27/10/19, 02:30:00] Ann: again\n[27/10/19, 03:10:00] Ann: on\n"}) + "/chat.txt"
	r := readAll(t, file, "zone", "Europe/Berlin")
	var got []string
	for _, m := range r.messages() {
		got = append(got, m.ID+" "+m.Sent.UTC)
	}
	want := []string{"20191027T023000-0000 2019-10-27T00:30:00Z", "20191027T025000-0000 2019-10-27T00:50:00Z", "20191027T021000-r0001-0000 2019-10-27T01:10:00Z",
		"20191027T023000-r0001-0000 2019-10-27T01:30:00Z", "20191027T031000-0000 2019-10-27T02:10:00Z"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestWhatIsNotKnownIsNotGuessed: no entry is lost, and none is read with a guess.
func TestWhatIsNotKnownIsNotGuessed(t *testing.T) {
	for name, c := range map[string]struct {
		text, reason string
		rejects      int
	}{
		"day or month":      {"01/02/19, 10:00 - Ann: a\n01/02/19, 10:01 - Ann: b\nmore\n", "ambiguous_date", 2},
		"two exports":       {"01/13/19, 10:00 - Ann: a\n[13/01/19, 10:01] Ann: b\n[14/01/19, 10:01] Ann: c\n", "mixed_headers", 1},
		"a day that is not": {strings.Repeat("31/12/19, 10:00 - Ann: a\n", 9) + "31/02/20, 10:01 - Ann: b\n", "bad_time", 1},
		"another calendar":  {"1398/01/13, 10:00 - Ann: a\n", "bad_time", 1},
		"something before":  {"Chat history\nof Ann\n31/12/19, 10:00 - Ann: a\n", "no_header", 1},
		"nothing":           {"", "empty", 1},
		"no chat":           {"Dear Sir,\n", "no_header", 1},
	} {
		r := readAll(t, write(t, map[string]string{"WhatsApp Chat with A.txt": c.text}))
		if len(r.rejects) != c.rejects {
			t.Errorf("%s: %+v", name, r.rejects)
			continue
		}
		size := 0
		for _, x := range r.rejects {
			if x.Reason != c.reason {
				t.Errorf("%s: %s (%s)", name, x.Reason, x.Detail)
			}
			size += len(x.Bytes)
			if !strings.Contains(c.text, string(x.Bytes)) {
				t.Errorf("%s: other bytes: %q", name, x.Bytes)
			}
		}
		if len(r.messages()) == 0 && size != len(c.text) {
			t.Errorf("%s: %d of %d bytes kept", name, size, len(c.text))
		}
	}
	r := readAll(t, write(t, map[string]string{"WhatsApp Chat with A.txt": "01/02/19, 10:00 - Ann: a\n"}), "date_order", "mdy")
	if m := r.messages(); len(m) != 1 || m[0].Sent.UTC != "2019-01-02T10:00:00Z" {
		t.Errorf("%+v", m)
	}
}

func TestBytesThatAreNoTextAreKept(t *testing.T) {
	r := readAll(t, write(t, map[string]string{"WhatsApp Chat with A.txt": "31/12/19, 10:00 - Ann: a\xff\xfeb\n"}))
	if m := r.messages(); len(m) != 1 || m[0].Text != "a\ufffd\ufffdb" || m[0].TextB64 != "Yf/+Yg==" {
		t.Errorf("%+v", m)
	}
}

func TestSeveralChatsInOneFolder(t *testing.T) {
	r := readAll(t, write(t, map[string]string{
		"a/_chat.txt": "[31/12/19, 10:00:00] Ann: a\n", "b/_chat.txt": "[31/12/19, 10:00:00] Ann: b\n[31/12/19, 10:00:00] Ann: \u200e<attached: x.jpg>\n", "b/x.jpg": "b", "a/x.jpg": "a",
		"c/WhatsApp-Chat mit a.txt": "31.12.19, 10:00 - Ann: c\n", "c/notes.txt": "no chat\n", "__MACOSX/_chat.txt": "junk",
	}))
	names := []string{}
	for _, c := range r.conversations() {
		names = append(names, c.ID)
	}
	if len(r.messages()) != 4 || len(r.rejects) != 0 || strings.Join(names, "|") != "a|a (c/WhatsApp-Chat mit a.txt)|b" || len(r.people()) != 1 {
		t.Errorf("%d messages, %v, %v, %+v", len(r.messages()), names, r.people(), r.rejects)
	}
	if a := r.messages()[2].Attachments[0]; a.Path != "b/x.jpg" || a.State != message.MediaPresent {
		t.Errorf("%+v", a)
	}
}
