package slackgen

import (
	"bytes"
	"fmt"
	"unicode/utf16"
)

// part is one element of a damaged day file, and what must become of it.
type part struct {
	json    string
	us      int64  // of a message that arrives
	ts      string // as written, when it is not us in the usual form
	author  string
	text    string
	subtype string
	thread  string
	reply   bool
	fate    fate
	reason  string
}

type fate uint8

const (
	arrives fate = iota
	rejected
	optional  // rejected or repaired
	duplicate // same content as one before
	conflict  // same ts as one before, other content
)

// broken is a defect's conversation.
type broken struct {
	g    *gen
	r    *room
	d    Defect
	next int64
}

// breakThings adds every defect that Config asks for, whatever the moment of the export.
func (g *gen) breakThings() error {
	for i, d := range g.c.Defects {
		known, _ := defectNamed(d.Name)
		if d.Size == 0 {
			d.Size = known.Size
		}
		make, ok := breakers[d.Name]
		if !ok {
			continue // done elsewhere: in the lists, or to the whole zip
		}
		b := &broken{g: g, d: d, next: g.c.Since.UnixMicro() + 3*86400e6 + dayStart + int64(i)*60e6}
		b.r = g.addRoom("public", "C", "defect-"+d.Name)
		b.r.members = []int{0, 1, 2}
		b.r.legacy, b.r.ascii = false, false
		g.addRoomTruth(b.r)
		if err := b.day(0, b.good("The day before is whole."), b.good("So is this.")); err != nil {
			return err
		}
		if err := make(b); err != nil {
			return fmt.Errorf("defect %s: %w", d.Name, err)
		}
	}
	return nil
}

// at is the time of the next record; each day after the first has its own file.
func (b *broken) at() int64 {
	b.next += 61e6 + 100
	return b.next
}

func (b *broken) user() string { return b.g.cast[int(b.next/61e6)%3].id }

// good is a sound record.
func (b *broken) good(text string) part { return b.with(text, nil) }

// with is a sound record with more members.
func (b *broken) with(text string, extra func(w *writer)) part {
	p := part{us: b.at(), author: b.user(), text: text}
	w := writer{pretty: true}
	w.object("")
	w.str("type", "message")
	w.str("user", p.author)
	w.str("text", text)
	w.ts("ts", p.us)
	if extra != nil {
		extra(&w)
	}
	w.endObject()
	p.json = string(w.b)
	return p
}

// literal is a record given as JSON; %s stands for its ts.
func (b *broken) literal(f fate, reason, format string, a ...any) part {
	us := b.at()
	return part{us: us, fate: f, reason: reason, author: b.user(), json: fmt.Sprintf(format, append([]any{tsString(us)}, a...)...)}
}

func (b *broken) file(day int) string { return b.r.folder() + "/" + b.g.date(3+day) + ".json" }

func array(parts []part) []byte {
	var buf bytes.Buffer
	buf.WriteString("[\n")
	for i, p := range parts {
		if i > 0 {
			buf.WriteString(",\n")
		}
		buf.WriteString(p.json)
	}
	buf.WriteString("\n]")
	return buf.Bytes()
}

// day writes a day file of these records and counts them.
func (b *broken) day(n int, parts ...part) error { return b.bytes(n, array(parts), parts...) }

// bytes writes data as a day file and counts what parts say is in it.
func (b *broken) bytes(n int, data []byte, parts ...part) error {
	b.count(b.file(n), int64(len(data)), parts...)
	return b.g.file(b.file(n), data)
}

func (b *broken) count(file string, size int64, parts ...part) {
	b.g.t.DayFiles++
	b.r.truth.DayFiles++
	b.g.t.Bytes += size
	for i := range parts {
		b.countPart(file, i, &parts[i])
	}
}

func (b *broken) countPart(file string, i int, p *part) {
	t, x := b.g.t, b.r.truth
	if p.fate == rejected || p.fate == optional {
		t.Rejects = append(t.Rejects, Reject{File: file, Index: i, Reason: p.reason, Defect: b.d.Name, Optional: p.fate == optional})
		if p.fate == rejected {
			t.Records++
			x.Records++
		}
		return
	}
	t.Records++
	x.Records++
	if p.fate != arrives {
		t.Duplicates++
		if p.fate == conflict {
			t.Conflicts++
		}
		return
	}
	t.Messages++
	x.Messages++
	t.BySubtype[p.subtype]++
	kind := KindOf(p.subtype, false)
	t.ByKind[kind]++
	if p.us != 0 {
		b.g.span(x, p.us)
	}
	if p.reply {
		t.Replies++
		x.Replies++
	}
	b.g.noteAuthor(p.author)
	if b.g.c.PerMessageTruth {
		ts := p.ts
		if ts == "" {
			ts = tsString(p.us)
		}
		t.Log = append(t.Log, &MessageTruth{Conversation: x.ID, Folder: x.Folder, TS: ts, Subtype: p.subtype, Kind: kind,
			Author: p.author, Text: p.text, Thread: p.thread})
	}
}

func (g *gen) noteAuthor(id string) {
	if id == "" {
		return
	}
	for i := range min(3, len(g.cast)) {
		if g.cast[i].id == id {
			g.seen.add(g, id, i)
			return
		}
	}
	g.seen.add(g, id, -1)
}

// rejectFile says that a whole day file cannot be read.
func (b *broken) rejectFile(file, reason string, optional bool) {
	b.g.t.Rejects = append(b.g.t.Rejects, Reject{File: file, Index: -1, Reason: reason, Defect: b.d.Name, Optional: optional})
}

// around puts the damage between two sound records in the second day file.
func (b *broken) around(damage ...part) error {
	parts := append([]part{b.good("Before the damage.")}, damage...)
	return b.day(1, append(parts, b.good("After the damage."))...)
}

// ofFiles are the defects of whole day files.
func notJSON(data string) func(b *broken) error {
	return func(b *broken) error {
		b.rejectFile(b.file(1), "not_json", false)
		if err := b.bytes(1, []byte(data)); err != nil {
			return err
		}
		return b.day(2, b.good("The day after is whole."))
	}
}

func cutRecord(b *broken) error {
	parts := []part{b.good("First."), b.good("Second."), b.good("This one is cut.")}
	data := array(parts)
	data = data[:len(data)-len(parts[2].json)/2]
	parts[2].fate, parts[2].reason = rejected, "not_json"
	return b.bytes(1, data, parts...)
}

func withBOM(b *broken) error {
	parts := []part{b.good("After a byte order mark."), b.good("The same.")}
	return b.bytes(1, append([]byte("\xef\xbb\xbf"), array(parts)...), parts...)
}

func inUTF16(b *broken) error {
	data := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(string(array([]part{b.good("In UTF-16.")})))) {
		data = append(data, byte(u), byte(u>>8))
	}
	b.rejectFile(b.file(1), "not_json", false)
	return b.bytes(1, data)
}

func trailingComma(b *broken) error {
	parts := []part{b.good("A comma follows me."), b.good("Me too.")}
	data := bytes.TrimSuffix(array(parts), []byte("\n]"))
	b.rejectFile(b.file(1), "not_json", true)
	return b.bytes(1, append(data, ",\n]"...), parts...)
}

func concatenated(b *broken) error {
	first, second := []part{b.good("In the first array.")}, b.good("In the second array.")
	data := append(array(first), array([]part{second})...)
	b.rejectFile(b.file(1), "not_json", true)
	return b.bytes(1, data, first...)
}

func emptyFile(b *broken) error {
	b.rejectFile(b.file(1), "not_json", true)
	return b.bytes(1, nil)
}
