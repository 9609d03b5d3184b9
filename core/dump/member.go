package dump

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/flate"
)

// member reads one zip member and checks it.
type member struct {
	sec io.SectionReader
	buf *bufio.Reader
	fl  io.ReadCloser
	// A small member is read at once: inflating from memory is a good deal faster than from a
	// bufio.Reader, and nearly all members are small.
	small []byte
	whole bytes.Reader
	in    io.Reader // buf or whole
	head  []byte
	e     Entry
	read  int64
	crc   uint32
	err   error
}

var members = sync.Pool{New: func() any {
	m := &member{buf: bufio.NewReaderSize(nil, 64<<10)}
	m.fl = flate.NewReader(m.buf)
	return m
}}

// handle is what Open gives: after Close it is dead, whoever uses the member next.
type handle struct{ m *member }

func (h *handle) Read(p []byte) (int, error) {
	if h.m == nil {
		return 0, errors.New("read of a closed file")
	}
	return h.m.Read(p)
}

func (h *handle) Close() error {
	if h.m != nil {
		h.m.free()
		h.m = nil
	}
	return nil
}

// openMember checks the local header against the directory: an archive in which they disagree says
// different things to different readers.
func (d *Dump) openMember(e *Entry) (io.ReadCloser, error) {
	m := members.Get().(*member)
	m.e, m.read, m.crc, m.err = *e, 0, 0, nil
	data, err := m.local(d.data)
	if err == nil && e.Packed > d.size-data {
		err = errors.New("the file runs past the end of the archive")
	}
	if err != nil {
		m.free()
		return nil, &Damage{Reason: "local_header", Err: err}
	}
	if err := m.load(d.data, data); err != nil {
		m.free()
		return nil, &Damage{Reason: "unreadable", Err: cause(err)}
	}
	if e.method == methodDeflate {
		if err := m.fl.(flate.Resetter).Reset(m.in, nil); err != nil {
			m.free()
			return nil, &Damage{Reason: "inflate", Err: err}
		}
	}
	return &handle{m}, nil
}

// smallMember is the largest packed size that is read at once.
const smallMember = 64 << 10

// load makes the packed bytes at data readable.
func (m *member) load(r io.ReaderAt, data int64) error {
	if m.e.Packed > smallMember {
		m.sec = *io.NewSectionReader(r, data, m.e.Packed)
		m.buf.Reset(&m.sec)
		m.in = m.buf
		return nil
	}
	if m.small == nil {
		m.small = make([]byte, smallMember)
	}
	n, err := r.ReadAt(m.small[:m.e.Packed], data)
	if err != nil && err != io.EOF {
		return err
	}
	m.whole.Reset(m.small[:n])
	m.in = &m.whole
	return nil
}

// local checks the local header and gives the offset of the data behind it.
func (m *member) local(r io.ReaderAt) (int64, error) {
	name := m.e.Path
	if m.e.Stored != "" {
		name = m.e.Stored
	}
	n := localLen + len(name)
	if cap(m.head) < n {
		m.head = make([]byte, n)
	}
	head := m.head[:n]
	if _, err := r.ReadAt(head, m.e.local); err != nil && err != io.EOF || le32(head) != sigLocal {
		return 0, errors.New("there is no local header where the directory says")
	}
	if le16(head[8:]) != m.e.method || int(le16(head[26:])) != len(name) || string(head[localLen:]) != name {
		return 0, errors.New("the local header and the directory disagree")
	}
	return m.e.local + int64(n) + int64(le16(head[28:])), nil
}

// Read gives bytes checked against the declared size at once and against the checksum at the end.
func (m *member) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	var n int
	var err error
	if m.e.method == methodDeflate {
		n, err = m.fl.Read(p)
	} else {
		n, err = m.in.Read(p)
	}
	if extra := m.read + int64(n) - m.e.Size; extra > 0 {
		n -= int(extra)
		err = &Damage{Reason: "size", Err: fmt.Errorf("there is more than the declared %d bytes", m.e.Size)}
	}
	m.read += int64(n)
	m.crc = crc32.Update(m.crc, crc32.IEEETable, p[:n])
	if err != nil {
		err = m.end(err)
	}
	m.err = err
	return n, err
}

func (m *member) end(err error) error {
	var damage *Damage
	var corrupt flate.CorruptInputError
	switch {
	case m.e.Cut:
		return &Damage{Reason: "cut_off", Err: errors.New("the archive ends inside this file")}
	case errors.As(err, &damage):
		return err
	case err == io.EOF && m.read != m.e.Size:
		return &Damage{Reason: "size", Err: fmt.Errorf("there are %d of the declared %d bytes", m.read, m.e.Size)}
	case err == io.EOF && m.crc != m.e.CRC:
		return &Damage{Reason: "checksum", Err: errors.New("the checksum is wrong")}
	case err == io.EOF:
		return err
	case errors.As(err, &corrupt), errors.Is(err, io.ErrUnexpectedEOF):
		return &Damage{Reason: "inflate", Err: errors.New("the compressed data is damaged")}
	}
	return &Damage{Reason: "unreadable", Err: cause(err)}
}

func (m *member) free() {
	m.e, m.sec = Entry{}, io.SectionReader{}
	m.buf.Reset(nil)
	members.Put(m)
}
