package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var texts = []string{"", "plain", "a b", "a  b", " a", "Grüße", "=?utf-8?q?x?=", strings.Repeat("long", 300), strings.Repeat("多", 100), "a\r\nBcc: x@y.test", "From here", ">From", "--=_0", ".", "tab\tbed", "trailing \n", "\"q\" \\ <a@b>, (c);",
	"\xff", "a\n\nb", strings.Repeat("word ", 60), "😀😀😀😀😀😀😀😀😀😀", "x\x00y", "From " + strings.Repeat("é", 100), strings.Repeat("a", 75) + "\n" + strings.Repeat("b", 76) + "\n" + strings.Repeat("c", 77)}

func header(t *testing.T, build func(m *Message)) netmail.Header {
	t.Helper()
	m := New("1@x.invalid")
	build(m)
	m.Add(Part{Type: "text/plain", Text: "x"})
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(b.String(), "\r\n") {
		if len(line) > 78 || strings.ContainsAny(line, "\r\n") || strings.TrimSpace(line) == "" && line != "" {
			t.Errorf("line %q", line)
		}
	}
	got, err := netmail.ReadMessage(&b)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Header) > 6 {
		t.Errorf("fields that nobody wrote: %v", got.Header)
	}
	return got.Header
}

func FuzzWords(f *testing.F) {
	for _, s := range texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h := header(t, func(m *Message) { m.Words("Subject", s) })
		got, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
		if want := strings.ToValidUTF8(s, "\ufffd"); err != nil || got != want {
			t.Errorf("%q is read as %q, %v", want, got, err)
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, s := range texts {
		f.Add(s, "b")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		h := header(t, func(m *Message) { m.Addresses("To", Address{a, "a@x.invalid"}, Address{b, "b@x.invalid"}) })
		list, err := h.AddressList("To")
		if err != nil || len(list) != 2 || list[0].Address != "a@x.invalid" || list[1].Address != "b@x.invalid" {
			t.Fatalf("%q, %q: %v, %v", a, b, list, err)
		}
		if want := strings.ToValidUTF8(a, "\ufffd"); list[0].Name != want {
			t.Errorf("%q is read as %q", want, list[0].Name)
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, s := range texts {
		f.Add(s)
	}
	separator := regexp.MustCompile(`(?m)^(>*From |--)`)
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(s, "\r") {
			return // texts have line feeds
		}
		encoding, body := encode(s)
		for line := range strings.SplitSeq(body, "\r\n") {
			if len(line) > 76 || strings.ContainsAny(line, "\r\n") {
				t.Errorf("line %q", line)
			}
		}
		if at := separator.FindString(body); at != "" {
			t.Errorf("%q in %q", at, body)
		}
		var r io.Reader = strings.NewReader(body)
		switch encoding {
		case "base64":
			r = base64.NewDecoder(base64.StdEncoding, r)
		case "quoted-printable":
			r = quotedprintable.NewReader(r)
		}
		got, err := io.ReadAll(r)
		if err != nil || strings.TrimSuffix(strings.ReplaceAll(string(got), "\r\n", "\n"), "\n") != strings.TrimSuffix(s, "\n") {
			t.Errorf("%s: %q is read as %q, %v", encoding, s, got, err)
		}
	})
}

func FuzzFileName(f *testing.F) {
	for _, s := range append(texts, "../../etc/passwd", strings.Repeat("n", 300)+".txt", "a%20b", "it's", "naïve 日本.txt", "C:\\x") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name := fileName(s)
		field := strings.ReplaceAll(disposition("attachment", s), "\r\n ", " ")
		_, params, err := mime.ParseMediaType(strings.TrimSpace(strings.TrimPrefix(field, "Content-Disposition:")))
		if err != nil || params["filename"] != name || len(params) != 1 {
			t.Errorf("%q is read as %v, %v, from %q", name, params, err, field)
		}
		if len(name) > nameBytes || !utf8.ValidString(name) || strings.ContainsAny(name, "/\\:\x00\r\n") || name[0] == '.' {
			t.Errorf("name %q", name)
		}
	})
}

func TestAMailOfSeveralParts(t *testing.T) {
	m := New("1@x.invalid")
	open := func() (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(strings.Repeat("\x00bytes\xff", 1000))), nil
	}
	m.Add(Part{Choices: []Part{{Type: "text/plain", Text: "plain"}, {Type: "text/html", Text: "<p>rich"}}})
	m.Add(Part{Type: "image/png", Name: "a.png", Open: open})
	var b, again bytes.Buffer
	n, err := m.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatal(n, err)
	}
	if m.WriteTo(&again); !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("two writings differ")
	}
	got, err := netmail.ReadMessage(&b)
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	r := multipart.NewReader(got.Body, params["boundary"])
	first, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	_, params, _ = mime.ParseMediaType(first.Header.Get("Content-Type"))
	inner := multipart.NewReader(first, params["boundary"])
	for _, want := range []string{"plain\r\n", "<p>rich\r\n"} {
		p, err := inner.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(p); string(text) != want || err != nil {
			t.Errorf("%q, %v", text, err)
		}
	}
	file, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, file))
	if err != nil || string(bytes) != strings.Repeat("\x00bytes\xff", 1000) {
		t.Error(len(bytes), err)
	}
	if _, err := r.NextPart(); err != io.EOF {
		t.Error(err)
	}
}

// TestDates: a zone with seconds, as all had before they were standardised, must not move the instant.
func TestDates(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{time.Date(1880, 1, 1, 0, 0, 0, 0, berlin), time.Date(2024, 7, 1, 12, 0, 0, 0, berlin), time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC)} {
		h := header(t, func(m *Message) { m.Date(at, false) })
		if got, err := h.Date(); err != nil || !got.Equal(at) {
			t.Errorf("%v is read as %v, %v", at, got, err)
		}
	}
	h := header(t, func(m *Message) { m.Date(time.Date(2024, 7, 1, 12, 0, 0, 0, berlin), true) })
	if got := h.Get("Date"); got != "Mon, 01 Jul 2024 10:00:00 -0000" {
		t.Error(got)
	}
}

func TestLabels(t *testing.T) {
	seen := map[string]string{}
	for _, s := range []string{"slack", "T01", "a.b", "a-b", "a_b", "日本", "", "-", strings.Repeat("x", 100), strings.Repeat("x", 101), "x@y", "a b", "ä"} {
		l := Label(s)
		if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(l) || len(l) > 63 {
			t.Errorf("%q gives %q", s, l)
		}
		if other, twice := seen[l]; twice {
			t.Errorf("%q and %q give %q", s, other, l)
		}
		seen[l] = s
	}
}
