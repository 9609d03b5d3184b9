package globalrelay

import (
	"bytes"
	"encoding/base64"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

const settings = `{"zone":"UTC","language":"en","addresses":"history","window":"day","members":"all","message_type":"","max_mb":250}`

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"language": "zh", "zone": "Asia/Shanghai", "window": "month", "message_type": "Slack-EU"}})
}

// corpus is the kit's without its two longest texts.
func corpus(t *testing.T, media string) []ferrytest.Chapter {
	chapters := ferrytest.Corpus(t, media)
	for i := range chapters {
		for _, r := range chapters[i].Records {
			if r.Message != nil && len(r.Message.Text) > 10000 {
				r.Message.Text = r.Message.Text[:70]
			}
		}
	}
	return chapters
}

func TestEveryFileIsProved(t *testing.T) {
	media := t.TempDir()
	ferrytest.FinishedEdition(t, Plugin(), settings, media, corpus(t, media)).EveryFileIsProved()
}

// letter is a mail as a reader sees it.
type letter struct {
	name, text, page string
	header           netmail.Header
	files            []string
	size             int
}

func read(t *testing.T, config, media string, chapters []ferrytest.Chapter) (list []*letter) {
	t.Helper()
	e := ferrytest.FinishedEdition(t, Plugin(), config, media, chapters)
	for _, name := range e.Files() {
		if !strings.HasSuffix(name, ".eml") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(e.Dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		m, err := netmail.ReadMessage(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		l := &letter{name: name, header: m.Header, size: len(b)}
		l.part(t, m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), "", m.Body)
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b *letter) int { return len(a.name) - len(b.name) })
	return list
}

func (l *letter) part(t *testing.T, kind, encoding, name string, body io.Reader) {
	t.Helper()
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatalf("%s: %v", l.name, err)
	}
	if strings.HasPrefix(media, "multipart/") {
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", l.name, err)
			}
			l.part(t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p.FileName(), p)
		}
	}
	switch encoding {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatalf("%s: %v", l.name, err)
	}
	text := strings.ReplaceAll(string(b), "\r\n", "\n")
	switch {
	case name != "":
		l.files = append(l.files, string(b))
	case media == "text/html":
		l.page = text
	default:
		l.text = text
	}
}

// TestEveryRecordIsInOneMail counts the heads in the pages against the records, as they are and with hostile words in
// every field.
func TestEveryRecordIsInOneMail(t *testing.T) {
	for _, poison := range []string{"", "</pre><h3>09:00</h3><script>alert(1)</script>&lt;h3&gt;\r\nBcc: x@y.test\r\n\r\n--=_0\x00\u202e"} {
		media := t.TempDir()
		chapters := corpus(t, media)
		if poison != "" {
			ferrytest.Poison(chapters, poison)
		}
		letters, _ := ferrytest.Letters(t, chapters)
		heads, entries, files := 0, 0, 0
		var pages, texts strings.Builder
		for _, l := range read(t, settings, media, chapters) {
			n, err := strconv.Atoi(l.header.Get("X-Chat-Entries"))
			if err != nil || strings.Count(l.page, "<h3>") != n || strings.Contains(l.page, "<script") || l.header.Get("Bcc") != "" {
				t.Errorf("%s: %d entries, %v", l.name, n, err)
			}
			heads, entries, files = heads+strings.Count(l.page, "<h3>"), entries+n, files+len(l.files)
			pages.WriteString(html.UnescapeString(l.page))
			texts.WriteString(l.text)
		}
		if heads != len(letters)-1 || entries != heads || files != 5 { // an analysis is not in a mail
			t.Errorf("%d heads, %d entries, %d records, %d files", heads, entries, len(letters), files)
		}
		for _, l := range letters {
			if l.Text == nil {
				continue
			}
			if want := strings.TrimRight(*l.Text, "\n"); !strings.Contains(pages.String(), "<pre>"+want+"</pre>") {
				t.Errorf("no page says %q", want)
			}
			if first, _, _ := strings.Cut(strings.TrimLeft(*l.Text, "\n"), "\n"); !strings.Contains(texts.String(), "    "+first) {
				t.Errorf("no text says %q", first)
			}
		}
	}
}

func spoken(id, who, when string) *message.Message {
	return &message.Message{Key: "acme:a:c:" + id, ID: id, Conversation: "acme:a:c", Kind: "text", Author: "acme:a:" + who, Sent: message.Time{UTC: when}, Text: "text of " + id}
}

func chapters(list ...any) []ferrytest.Chapter {
	directory, talk := ferrytest.Chapter{}, ferrytest.Chapter{}
	directory.Shard.ID, directory.Shard.Directory, talk.Shard.ID = "d", true, "c"
	for _, x := range list {
		if r := message.Of(x); r.Directory() {
			directory.Records = append(directory.Records, r)
		} else {
			talk.Records = append(talk.Records, r)
		}
	}
	return []ferrytest.Chapter{directory, talk}
}

// TestHead: who was there stands in the head, each once, and when it was.
func TestHead(t *testing.T) {
	list := read(t, strings.Replace(settings, `"UTC"`, `"Asia/Shanghai"`, 1), t.TempDir(), chapters(
		&message.Conversation{Key: "acme:a:c", ID: "c", System: "acme", Kind: "public", DisplayName: "Gäste"},
		&message.Person{Key: "acme:a:ada", ID: "ada", Kind: "human", Name: "Ada", Emails: []string{"ada@example.test"}},
		&message.Membership{Key: "acme:a:c:m:bob", Conversation: "acme:a:c", Person: "acme:a:bob"},
		&message.Membership{Key: "acme:a:c:m:ada", Conversation: "acme:a:c", Person: "acme:a:ada"},
		spoken("1", "ada", "2024-07-01T15:59:00Z"), spoken("2", "ada", "2024-07-01T16:00:00Z"), spoken("3", "eve", "2024-07-01T17:00:00Z")))
	if len(list) != 2 || !strings.HasSuffix(list[0].name, "/2024-07-01.eml") && !strings.HasSuffix(list[1].name, "/2024-07-01.eml") {
		t.Fatalf("%d mails", len(list))
	}
	i := slices.IndexFunc(list, func(l *letter) bool { return strings.HasSuffix(l.name, "-02.eml") })
	h := list[i].header
	from, err := h.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Address != "ada@example.test" {
		t.Error(from, err)
	}
	to, err := h.AddressList("To")
	if err != nil || len(to) != 2 || to[0].Address != "bob@a.acme.invalid" || to[1].Address != "eve@a.acme.invalid" {
		t.Error(to, err)
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if h.Get("Date") != "Tue, 02 Jul 2024 23:59:59 +0800" || h.Get("X-GlobalRelay-MsgType") != "acme" || !strings.HasPrefix(subject, "Gäste, ") {
		t.Error(h)
	}
}

// TestSizes: a day is continued in another mail when its files do not fit, and a file that fits in none stays outside.
func TestSizes(t *testing.T) {
	media := t.TempDir()
	files := corpus(t, media)
	var list []any
	for _, r := range files[3].Records {
		if r.Message != nil && len(r.Message.Attachments) > 5 {
			for i, n := range []int64{20 << 20, 20 << 20, 40 << 20} {
				m := spoken(strconv.Itoa(i), "ada", "2024-07-01T10:00:00Z")
				m.Attachments = r.Message.Attachments[i+1 : i+2]
				if err := os.Truncate(plugin.MediaPath(media, m.Attachments[0].SHA256), n); err != nil {
					t.Fatal(err)
				}
				list = append(list, m)
			}
		}
	}
	got := read(t, strings.Replace(settings, "250", "32", 1), media, chapters(list...))
	for i, l := range got {
		if len(l.files) != []int{1, 1, 0}[min(i, 2)] || l.size > 32<<20 || strings.Contains(l.page, "too large") != (i == 2) {
			t.Errorf("%s: %d files, %d bytes", l.name, len(l.files), l.size)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d mails", len(got))
	}
}
