package eml

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/ferrytest"
	"github.com/chatferry/chatferry/core/message"
)

const (
	byMessage = `{"zone":"UTC","language":"en","addresses":"invalid","attach_mb":25,"granularity":"message"}`
	byDay     = `{"zone":"UTC","language":"en","addresses":"invalid","attach_mb":25,"granularity":"day"}`
)

func TestMain(m *testing.M) { ferrytest.Main(m, Plugin()) }

func TestSinkConforms(t *testing.T) {
	ferrytest.Sink(t, ferrytest.SinkCase{Plugin: Plugin(), Config: map[string]any{"language": "zh", "addresses": "history"}})
}

func TestEveryFileIsProved(t *testing.T) {
	media := t.TempDir()
	ferrytest.FinishedEdition(t, Plugin(), byDay, media, ferrytest.Corpus(t, media)).EveryFileIsProved()
}

// read gives the mails of an edition, each with its whole source.
func read(t *testing.T, config, media string, chapters []ferrytest.Chapter) (list []*netmail.Message, sources []string) {
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
		list, sources = append(list, m), append(sources, string(b))
	}
	return list, sources
}

func said(id, when, thread string) *message.Message {
	m := &message.Message{Key: "acme:a:c:" + id, ID: id, Conversation: "acme:a:c", Kind: "text", Author: "acme:a:ada", Sent: message.Time{UTC: when}, Text: "text of " + id}
	if thread != "" {
		m.Thread = "acme:a:c:" + thread
	}
	return m
}

func chapter(list ...any) []ferrytest.Chapter {
	ch := ferrytest.Chapter{}
	ch.Shard.ID = "c"
	for _, x := range list {
		ch.Records = append(ch.Records, message.Of(x))
	}
	return []ferrytest.Chapter{ch}
}

// TestHeaders: identities, dates in the source's zone, threads, and addresses that nothing is delivered to.
func TestHeaders(t *testing.T) {
	first, reply := said("1", "2024-07-01T10:00:00Z", "1"), said("2", "2024-07-02T10:00:00Z", "1")
	first.Sent.Raw, first.Sent.Zone = "2024-07-01T12:00:00+02:00", "offset"
	reply.ReplyTo = "acme:a:c:elsewhere"
	person := &message.Person{Key: "acme:a:ada", ID: "ada", Kind: "human", Name: "Ada \"the first\" Example", Emails: []string{"not an address", "ada@example.test"}}
	place := &message.Conversation{Key: "acme:a:c", ID: "c", System: "acme", Instance: "a", Kind: "public", DisplayName: "Gäste"}
	for config, from := range map[string]string{byMessage: "ada@a.acme.invalid", strings.Replace(byMessage, `"invalid"`, `"history"`, 1): "ada@example.test"} {
		mails, _ := read(t, config, t.TempDir(), chapter(place, person, first, reply))
		if len(mails) != 2 {
			t.Fatalf("%d mails", len(mails))
		}
		one, two := mails[0].Header, mails[1].Header
		list, err := one.AddressList("From")
		if err != nil || len(list) != 1 || list[0].Name != person.Name || list[0].Address != from {
			t.Errorf("from %v, %v", list, err)
		}
		if got := one.Get("Date"); got != "Mon, 01 Jul 2024 12:00:00 +0200" {
			t.Error(got)
		}
		if refs := strings.Fields(two.Get("References")); len(refs) != 2 || refs[0] != one.Get("Message-Id") || two.Get("In-Reply-To") != refs[1] {
			t.Errorf("references %v of %v", two["References"], one["Message-Id"])
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(two.Get("Subject"))
		if err != nil || subject != "Re: Gäste: text of 1" {
			t.Errorf("%q, %v", subject, err)
		}
		if to, err := two.AddressList("To"); err != nil || to[0].Address != "c@a.acme.invalid" {
			t.Error(to, err)
		}
	}
}

// TestLargeFilesStayOutside: the mail says so, and where they are.
func TestLargeFilesStayOutside(t *testing.T) {
	media := t.TempDir()
	chapters := ferrytest.Corpus(t, media)
	_, with := read(t, byMessage, media, chapters)
	_, without := read(t, strings.Replace(byMessage, "25", "0", 1), media, chapters)
	count := func(list []string, s string) int { return strings.Count(strings.Join(list, ""), s) }
	if count(with, "not in this mail") != 0 || count(with, "Content-Disposition: attachment") != 5 {
		t.Error(count(with, "not in this mail"), count(with, "Content-Disposition: attachment"))
	}
	if n := count(without, "Content-Disposition: attachment"); n != 1 || count(without, "not in this mail: too large for it") != 4 { // one is empty
		t.Error(n, count(without, "not in this mail"))
	}
}

// TestDays: every entry is in one mail, and a day has one mail.
func TestDays(t *testing.T) {
	media := t.TempDir()
	chapters := ferrytest.Corpus(t, media)
	letters, _ := ferrytest.Letters(t, chapters)
	mails, _ := read(t, byDay, media, chapters)
	entries, ids := 0, map[string]bool{}
	var bodies strings.Builder
	for _, m := range mails {
		n, err := strconv.Atoi(m.Header.Get("X-Chat-Entries"))
		if err != nil {
			t.Fatal(err)
		}
		entries += n
		ids[m.Header.Get("Message-Id")] = true
		bodies.WriteString(body(t, m))
	}
	if entries != len(letters) || len(ids) != len(mails) || len(mails) > 20 {
		t.Errorf("%d entries of %d in %d mails", entries, len(letters), len(mails))
	}
	for _, l := range letters {
		if l.Text == nil {
			continue
		}
		if first, _, _ := strings.Cut(strings.TrimLeft(*l.Text, "\n"), "\n"); !strings.Contains(bodies.String(), first) {
			t.Errorf("%s is in no mail", l.Key)
		}
	}
}

// body is the first text of a mail.
func body(t *testing.T, m *netmail.Message) string {
	t.Helper()
	media, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	in, encoding := m.Body, m.Header.Get("Content-Transfer-Encoding")
	if media == "multipart/mixed" {
		p, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		in, encoding = p, p.Header.Get("Content-Transfer-Encoding")
	}
	b, err := io.ReadAll(decoded(in, encoding))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

func decoded(in io.Reader, encoding string) io.Reader {
	switch encoding {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, in)
	case "quoted-printable":
		return quotedprintable.NewReader(in)
	}
	return in
}
