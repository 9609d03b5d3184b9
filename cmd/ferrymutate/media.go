package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// mediaOperators change attachments and their bytes.
var mediaOperators = []operator{
	change("an attachment is lost", "files beyond a limit", "attachments", nil, func(m message) { m.setAttachments(m.attachments()[1:]) }, attached),
	change("an attachment is there twice", "a row joined twice", "attachments", nil, func(m message) {
		m.setAttachments(append(m.attachments(), clone(m.attachments()[0])))
	}, attached),
	change("attachments in another order", "files sorted by name", "attachments", nil, func(m message) {
		a := m.attachments()
		slices.Reverse(a)
		m.setAttachments(a)
	}, func(m message) bool { return len(m.attachments()) > 1 }),
	change("an attachment has another name", "names made safe for a file system", "attachments", nil, func(m message) {
		m.attachments()[0]["name"] = "file.bin"
	}, attached),
	change("an attachment's size is another", "the size of a preview", "attachments", nil, func(m message) {
		m.attachments()[0]["size"] = "1"
	}, attached),
	change("an attachment's id is lost", "files with new ids", "attachments", nil, func(m message) { delete(m.attachments()[0], "id") }, attached),
	change("why an attachment is missing is lost", "all that is missing looks alike", "attachments", nil, func(m message) {
		for _, a := range m.attachments() {
			if text(a, "reason") != "" {
				delete(a, "reason")
				return
			}
		}
	}, func(m message) bool {
		return slices.ContainsFunc(m.attachments(), func(a object) bool { return text(a, "reason") != "" })
	}),
	part("an attachment's type is lost", "types guessed from names", "attachments.mime", dropped("message.attachments.mime")),
	{"an attachment is on another message", "an id that is off by one", func(d *document) []want {
		m, to := d.first(attached), d.first(alone, plain)
		to.setAttachments(m.attachments()[:1])
		if files := list(m.o, "attachments"); d.bulk() && len(files) > 0 {
			to.o["attachments"] = files[:1]
			m.o["attachments"] = files[1:]
		}
		m.setAttachments(m.attachments()[1:])
		return []want{m.differs("attachments"), to.differs("attachments")}
	}, nil},
	bytesOf("one bit of a file is another", "a disk", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }),
	bytesOf("a file is cut off", "a connection that ended early", func(b []byte) []byte { return b[:len(b)/2] }),
	bytesOf("a file is empty", "a place kept for it", func([]byte) []byte { return nil }),
	bytesOf("a file has more at its end", "two downloads into one file", func(b []byte) []byte { return append(b, 0) }),
	bytesOf("a file is an error page", "a link that needs a login", func([]byte) []byte { return []byte("<!DOCTYPE html><title>Sign in</title>") }),
	bytesOf("a file holds zeros", "a hole after a crash", func(b []byte) []byte { return make([]byte, len(b)) }),
	bytesOf("a file's line ends are others", "a transfer in text mode", func(b []byte) []byte {
		if !bytes.Contains(b, []byte("\n")) {
			return append(b, "\r\n"...)
		}
		return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
	}),
	{"a file is missing", "a download that failed", func(d *document) []want {
		name := d.mediaName()
		if name == "" {
			return nil
		}
		delete(d.media, name)
		return d.users(name)
	}, noBytes},
	{"two files are exchanged", "downloads in another order", func(d *document) []want {
		a, b := d.twoMedia()
		if a == "" {
			return nil
		}
		d.media[a], d.media[b] = d.media[b], d.media[a]
		return append(d.users(a), d.users(b)...)
	}, noBytes},
	{"a file is another, and its record says so", "somebody who changes evidence with care", func(d *document) []want {
		name := d.mediaName()
		if name == "" {
			return nil
		}
		wants, b := d.users(name), bytes.Clone(d.media[name])
		b[0] ^= 1
		if d.bulk() {
			d.media[name] = b
			return wants
		}
		digest := fmt.Sprintf("%x", sha256.Sum256(b))
		d.media[digest] = b
		delete(d.media, name)
		for _, m := range d.messages() {
			for _, a := range m.attachments() {
				if text(a, "sha256") == name {
					a["sha256"] = digest
				}
			}
		}
		return wants
	}, noBytes},
}

// attachments are what is said of a message's files.
func (m message) attachments() []object {
	if m.d.bulk() {
		return list2(m.ours(), "files")
	}
	return list2(m.o, "attachments")
}

// setAttachments writes them anew; with Mattermost the list of files follows.
func (m message) setAttachments(files []object) {
	var said []any
	n := 0
	for _, a := range files {
		said = append(said, a)
		if text(a, "state") == "present" {
			n++
		}
	}
	o, name := m.o, "attachments"
	if m.d.bulk() {
		o, name = m.ours(), "files"
		if have := list(m.o, "attachments"); len(have) > 0 {
			for len(have) < n {
				have = append(have, have[0])
			}
			m.o["attachments"] = have[len(have)-n:]
		}
	}
	if o[name] = said; len(said) == 0 {
		delete(o, name)
	}
}

func attached(m message) bool { return len(m.attachments()) > 0 }

// bytesOf makes an operator that changes the bytes of one attachment's file.
func bytesOf(name, as string, to func([]byte) []byte) operator {
	return operator{name, as, func(d *document) []want {
		file := d.mediaName()
		if file == "" {
			return nil
		}
		d.media[file] = to(bytes.Clone(d.media[file]))
		return d.users(file)
	}, noBytes}
}

// uses tells whether a message has a file.
func (m message) uses(name string) bool {
	if m.d.bulk() {
		return slices.ContainsFunc(list2(m.o, "attachments"), func(a object) bool { return text(a, "path") == name })
	}
	return slices.ContainsFunc(m.attachments(), func(a object) bool { return text(a, "sha256") == name })
}

// users are the messages whose file has other bytes now.
func (d *document) users(name string) []want {
	return all(pick(d, func(m message) bool { return m.uses(name) }), func(m message) want { return m.differs("attachments") })
}

// mediaName is a file that messages, and only they, have.
func (d *document) mediaName() string {
	for _, m := range d.messages() {
		for _, a := range list2(m.o, "attachments") {
			name := text(a, d.field("sha256", "path"))
			if b, ok := d.media[name]; ok && len(b) > 10 {
				return name
			}
		}
	}
	return ""
}

// twoMedia are two files of messages with different bytes.
func (d *document) twoMedia() (a, b string) {
	a = d.mediaName()
	for _, m := range d.messages() {
		for _, x := range list2(m.o, "attachments") {
			b = text(x, d.field("sha256", "path"))
			if other, ok := d.media[b]; ok && !bytes.Equal(other, d.media[a]) && !strings.EqualFold(a, b) {
				return a, b
			}
		}
	}
	return "", ""
}
