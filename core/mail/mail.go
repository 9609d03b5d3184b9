// Package mail writes mails: the letters that a history becomes in the formats mbox, eml and those of
// compliance archives.
//
// Invariants:
//   - A mail is plain ASCII, its lines have at most 78 bytes where they can be folded and 998 in any case, and end
//     in CRLF. No line of a body begins with "From " or is a boundary.
//   - Identities and boundaries are made of keys, so the same records give the same bytes. A boundary can't occur
//     in a body: it holds "=_", which neither encoding of texts gives.
//   - No value becomes a header, a parameter or an address of its own: what is not plain is encoded.
//   - Addresses end in .invalid, which no server delivers to, unless those of the history are asked for.
//   - Files of any size are streamed.
package mail

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"time"
)

// Message is a mail in the making.
type Message struct {
	seed   string // of boundaries: the Message-ID
	header []byte
	parts  []Part
}

// Part is a piece of a mail: a text, a file, or several forms of the same.
type Part struct {
	Type    string // media type; of texts without the charset
	Text    string // of a text
	Name    string // of a file; a text with a name is shown in place
	Open    func() (io.ReadCloser, error)
	Choices []Part // forms of the same, the best one last
}

// New begins a mail. id is its Message-ID without brackets.
func New(id string) *Message {
	m := &Message{seed: id}
	m.IDs("Message-ID", id)
	return m
}

// Add adds a part. The first one is the body.
func (m *Message) Add(p Part) { m.parts = append(m.parts, p) }

// Words adds a header field of free text.
func (m *Message) Words(name, text string) { m.field(name, words(text)) }

// Date adds the header field "Date".
func (m *Message) Date(at time.Time, unsure bool) {
	if _, n := at.Zone(); n%60 != 0 {
		at = at.UTC() // the format has no seconds
	}
	s := at.Format("Mon, 02 Jan 2006 15:04:05 -0700")
	if unsure { // no statement about the zone
		s = at.UTC().Format("Mon, 02 Jan 2006 15:04:05") + " -0000"
	}
	m.field("Date", []string{s})
}

// IDs adds a header field of message ids.
func (m *Message) IDs(name string, ids ...string) {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = "<" + id + ">"
	}
	m.field(name, list)
}

// Address is somebody in a header.
type Address struct {
	Name, Mail string
}

// Addresses adds a header field of addresses. Of none it has an empty group, which the standard allows in a "To".
func (m *Message) Addresses(name string, list ...Address) {
	if len(list) == 0 {
		m.field(name, []string{"undisclosed-recipients:;"})
		return
	}
	var out []string
	for i, a := range list {
		w := phrase(a.Name)
		w = append(w, "<"+a.Mail+">")
		if i+1 < len(list) {
			w[len(w)-1] += ","
		}
		out = append(out, w...)
	}
	m.field(name, out)
}

// field writes a header field of words that are encoded already, in lines of 78 bytes where words allow it.
func (m *Message) field(name string, list []string) {
	b := append(m.header, name...)
	b = append(b, ':')
	column := len(name) + 1
	for i, w := range list {
		if column+1+len(w) > 78 && i > 0 {
			b = append(b, "\r\n"...)
			column = 0
		}
		b = append(append(b, ' '), w...)
		column += 1 + len(w)
	}
	m.header = append(b, "\r\n"...)
}

// WriteTo writes the mail.
func (m *Message) WriteTo(w io.Writer) (int64, error) {
	out := &counter{w: w}
	out.text(string(m.header))
	out.text("MIME-Version: 1.0\r\n")
	if len(m.parts) == 1 {
		out.part(&m.parts[0], m.seed)
	} else {
		out.several("multipart/mixed", m.parts, m.seed)
	}
	return out.n, out.err
}

// counter writes and remembers the first error.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) Write(b []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.w.Write(b)
	c.n += int64(n)
	c.err = err
	return n, err
}

func (c *counter) text(list ...string) {
	for _, s := range list {
		io.WriteString(c, s)
	}
}

// several writes parts between boundaries.
func (c *counter) several(kind string, parts []Part, seed string) {
	sum := sha256.Sum256([]byte(kind + "\x00" + seed))
	boundary := "=_" + hex.EncodeToString(sum[:16])
	c.text("Content-Type: ", kind, ";\r\n boundary=\"", boundary, "\"\r\n")
	for i := range parts {
		c.text("\r\n--", boundary, "\r\n")
		c.part(&parts[i], seed)
	}
	c.text("\r\n--", boundary, "--\r\n")
}

// part writes header and content of a part.
func (c *counter) part(p *Part, seed string) {
	switch {
	case p.Choices != nil:
		c.several("multipart/alternative", p.Choices, seed+"/"+p.Name)
	case p.Open != nil:
		c.text("Content-Type: ", p.Type, "\r\nContent-Transfer-Encoding: base64\r\n", disposition("attachment", p.Name), "\r\n")
		c.file(p)
	default:
		encoding, body := encode(p.Text)
		c.text("Content-Type: ", p.Type, "; charset=utf-8\r\nContent-Transfer-Encoding: ", encoding, "\r\n")
		if p.Name != "" {
			c.text(disposition("inline", p.Name))
		}
		c.text("\r\n", body)
	}
}

func (c *counter) file(p *Part) {
	in, err := p.Open()
	if err != nil {
		c.fail(err)
		return
	}
	defer in.Close()
	lines := &lineWriter{w: c}
	enc := base64.NewEncoder(base64.StdEncoding, lines)
	if _, err := io.Copy(enc, in); err != nil {
		c.fail(err)
		return
	}
	enc.Close()
	lines.end()
}

func (c *counter) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// lineWriter cuts base64 into lines of 76.
type lineWriter struct {
	w      io.Writer
	column int
}

const lineLength = 76

func (l *lineWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		k := min(len(b), lineLength-l.column)
		if _, err := l.w.Write(b[:k]); err != nil {
			return 0, err
		}
		b, l.column = b[k:], l.column+k
		if l.column == lineLength {
			l.end()
		}
	}
	return n, nil
}

func (l *lineWriter) end() {
	if l.column > 0 {
		io.WriteString(l.w, "\r\n")
		l.column = 0
	}
}

// Label is a part of a domain for a word of the history: the word itself where it can be one.
func Label(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		if (r >= 'a' && r <= 'z' || r >= '0' && r <= '9') && b.Len() < 40 {
			b.WriteRune(r)
		} else if n := b.Len(); n > 0 && n < 40 && b.String()[n-1] != '-' {
			b.WriteByte('-')
		}
	}
	label := strings.Trim(b.String(), "-")
	if label != strings.ToLower(s) || label == "" {
		sum := sha256.Sum256([]byte(s))
		label = strings.TrimPrefix(label+"-"+hex.EncodeToString(sum[:4]), "-")
	}
	return label
}
