package actiance

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"time"
)

// login is somebody as the archive knows them.
type login struct{ name, kind, corporate string }

// said is a Message element.
type said struct {
	id      string
	by      login
	at      time.Time
	update  string // UpdatedType
	changed time.Time
	newID   string
	text    string
}

// file is an upload, told by two elements.
type file struct {
	by         login
	at         time.Time
	name, path string
	status     string
}

// elements writes XML.
type elements struct {
	*format
	b []byte
}

func (e *elements) open(name string)  { e.b = append(append(append(e.b, '<'), name...), ">\n"...) }
func (e *elements) close(name string) { e.b = append(append(append(e.b, "</"...), name...), ">\n"...) }

// text writes an element that holds text.
func (e *elements) text(name, value string) {
	e.b = append(append(append(e.b, "  <"...), name...), '>')
	e.b = append(e.b, escape(value)...)
	e.b = append(append(append(e.b, "</"...), name...), ">\n"...)
}

// escape makes text fit for an element or an attribute. What XML can't hold becomes U+FFFD.
func escape(s string) []byte {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.Bytes()
}

// time writes a time in the unit of the settings; zero where none is known.
func (e *elements) time(name string, at time.Time) {
	n := int64(0)
	if !at.IsZero() {
		if n = at.UnixMilli(); e.seconds {
			n = at.Unix()
		}
	}
	e.text(name, strconv.FormatInt(n, 10))
}

func (e *elements) message(m said) {
	e.open("Message")
	e.text("MessageId", m.id)
	e.text("LoginName", m.by.name)
	e.text("UserType", m.by.kind)
	e.time("DateTimeUTC", m.at)
	if m.update != "" {
		e.text("UpdatedType", m.update)
		e.time("UpdatedDateTimeUTC", m.changed)
	}
	if m.newID != "" {
		e.text("EditedNewMsgId", m.newID)
	}
	e.text("Content", m.text)
	e.close("Message")
}

func (e *elements) file(f file) {
	for _, name := range []string{"FileTransferStarted", "FileTransferEnded"} {
		e.open(name)
		e.text("LoginName", f.by.name)
		e.time("DateTimeUTC", f.at)
		e.text("UserFileName", f.name)
		e.text("FileName", f.path)
		if name == "FileTransferEnded" {
			e.text("Status", f.status)
		}
		e.close(name)
	}
}

// presence is a ParticipantEntered or ParticipantLeft.
func (e *elements) presence(name string, who login, at time.Time) {
	e.open(name)
	e.text("LoginName", who.name)
	e.text("UserType", who.kind)
	e.time("DateTimeUTC", at)
	e.text("CorporateEmailID", who.corporate)
	e.close(name)
}
