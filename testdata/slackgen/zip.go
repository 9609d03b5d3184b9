package slackgen

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"

	"github.com/klauspost/compress/flate"
)

// zipFile writes a zip as Slack does: names as raw UTF-8 without the flag that says so, sizes in
// the local header, no data descriptor. Unlike archive/zip it keeps the central directory in a
// scratch file, so that memory does not grow with entries, and it can write entries that lie.
type zipFile struct {
	f       *os.File
	buf     []byte // tail of the file, not yet written
	flushed int64  // bytes of the file that are written
	scratch *os.File
	central *bufio.Writer
	entries int64
	size    int64 // of the central directory
	comp    *flate.Writer
	e       zipEntry
	open    bool
}

// zipEntry is the member being written, and how its headers lie.
type zipEntry struct {
	name    string
	at      int64
	crc     uint32
	raw     int64 // uncompressed bytes
	stored  bool
	lie     int64  // claimed uncompressed size when not 0
	flags   uint16 // general purpose bits to claim
	mode    uint32 // Unix mode for external attributes
	centre  string // name in the central directory when it differs
	headLen int64
}

const (
	zipBuffer = 1 << 20
	zipTime   = 0x0021 // 1980-01-01 in DOS form: the same on every machine
)

func createZip(path string, level int) (*zipFile, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	scratch, err := os.CreateTemp("", "slackgen-*.central")
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := os.Remove(scratch.Name()); err != nil {
		return nil, errors.Join(err, f.Close(), scratch.Close())
	}
	z := &zipFile{f: f, scratch: scratch, central: bufio.NewWriterSize(scratch, 1<<16), buf: make([]byte, 0, zipBuffer+1<<16)}
	if z.comp, err = flate.NewWriter(zipSink{z}, level); err != nil {
		return nil, errors.Join(err, f.Close(), scratch.Close())
	}
	return z, nil
}

// zipSink takes compressed bytes.
type zipSink struct{ z *zipFile }

func (s zipSink) Write(p []byte) (int, error) { return len(p), s.z.append(p) }

func (z *zipFile) append(p []byte) error {
	z.buf = append(z.buf, p...)
	if len(z.buf) < zipBuffer {
		return nil
	}
	return z.flush()
}

func (z *zipFile) flush() error {
	n, err := z.f.Write(z.buf)
	z.flushed += int64(n)
	z.buf = z.buf[:0]
	return err
}

func (z *zipFile) offset() int64 { return z.flushed + int64(len(z.buf)) }

// Create starts a compressed member; the one before must be closed.
func (z *zipFile) Create(name string) error { return z.start(zipEntry{name: name, mode: 0o100644}) }

func (z *zipFile) start(e zipEntry) error {
	if z.open {
		return fmt.Errorf("create %s: the member before is open", e.name)
	}
	e.at = z.offset()
	z.e, z.open = e, true
	var h [30]byte
	z.header(h[:], 0)
	z.e.headLen = int64(len(h) + len(e.name))
	if err := z.append(append(h[:], e.name...)); err != nil {
		return err
	}
	if !e.stored {
		z.comp.Reset(zipSink{z})
	}
	return nil
}

// header fills a local header of 30 bytes.
func (z *zipFile) header(h []byte, packed int64) {
	e := &z.e
	le := binary.LittleEndian
	le.PutUint32(h, 0x04034b50)
	le.PutUint16(h[4:], 20)
	le.PutUint16(h[6:], e.flags)
	le.PutUint16(h[8:], e.method())
	le.PutUint16(h[10:], 0)
	le.PutUint16(h[12:], zipTime)
	le.PutUint32(h[14:], e.crc)
	le.PutUint32(h[18:], uint32(packed))
	le.PutUint32(h[22:], uint32(e.claimed()))
	le.PutUint16(h[26:], uint16(len(e.name)))
	le.PutUint16(h[28:], 0)
}

func (e *zipEntry) method() uint16 {
	if e.stored {
		return 0
	}
	return 8
}

func (e *zipEntry) claimed() int64 {
	if e.lie != 0 {
		return e.lie
	}
	return e.raw
}

// Write adds to the open member.
func (z *zipFile) Write(p []byte) (int, error) {
	z.e.crc = crc32.Update(z.e.crc, crc32.IEEETable, p)
	z.e.raw += int64(len(p))
	if z.e.stored {
		return len(p), z.append(p)
	}
	return z.comp.Write(p)
}

// CloseEntry ends the open member and puts its sizes into its header.
func (z *zipFile) CloseEntry() error {
	if !z.e.stored {
		if err := z.comp.Close(); err != nil {
			return err
		}
	}
	z.open = false
	packed := z.offset() - z.e.at - z.e.headLen
	if packed > math.MaxUint32 || z.e.raw > math.MaxUint32 {
		return fmt.Errorf("write %s: members over 4 GiB are not made", z.e.name)
	}
	if z.e.at >= z.flushed {
		z.header(z.buf[z.e.at-z.flushed:], packed)
	} else if err := z.patch(packed); err != nil {
		return err
	}
	return z.addCentral(packed)
}

// patch rewrites a header that has left the buffer.
func (z *zipFile) patch(packed int64) error {
	if err := z.flush(); err != nil {
		return err
	}
	var h [30]byte
	z.header(h[:], packed)
	_, err := z.f.WriteAt(h[:], z.e.at)
	return err
}

func (z *zipFile) addCentral(packed int64) error {
	e := &z.e
	name := e.name
	if e.centre != "" {
		name = e.centre
	}
	var extra []byte
	at := uint32(e.at)
	le := binary.LittleEndian
	if e.at >= math.MaxUint32 {
		at = math.MaxUint32
		extra = le.AppendUint64([]byte{1, 0, 8, 0}, uint64(e.at))
	}
	b := le.AppendUint32(make([]byte, 0, 46+len(name)+len(extra)), 0x02014b50)
	b = le.AppendUint16(b, 3<<8|20) // made on Unix
	b = le.AppendUint16(b, 20)
	b = le.AppendUint16(b, e.flags)
	b = le.AppendUint16(b, e.method())
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, zipTime)
	b = le.AppendUint32(b, e.crc)
	b = le.AppendUint32(b, uint32(packed))
	b = le.AppendUint32(b, uint32(e.claimed()))
	b = le.AppendUint16(b, uint16(len(name)))
	b = le.AppendUint16(b, uint16(len(extra)))
	b = append(b, 0, 0, 0, 0, 0, 0) // comment, disk, internal attributes
	b = le.AppendUint32(b, e.mode<<16)
	b = le.AppendUint32(b, at)
	b = append(append(b, name...), extra...)
	z.entries++
	z.size += int64(len(b))
	_, err := z.central.Write(b)
	return err
}

// Close writes the central directory and closes the file.
func (z *zipFile) Close() error {
	err := z.finish()
	return errors.Join(err, z.scratch.Close(), z.f.Close())
}

func (z *zipFile) finish() error {
	start := z.offset()
	if err := errors.Join(z.flush(), z.central.Flush()); err != nil {
		return err
	}
	if _, err := z.scratch.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(z.f, z.scratch); err != nil {
		return err
	}
	le := binary.LittleEndian
	var b []byte
	count, size, at := z.entries, z.size, start
	if count >= math.MaxUint16 || size >= math.MaxUint32 || at >= math.MaxUint32 {
		b = z.zip64End(start)
		count, size, at = math.MaxUint16, math.MaxUint32, math.MaxUint32
	}
	b = le.AppendUint32(b, 0x06054b50)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, uint16(count))
	b = le.AppendUint16(b, uint16(count))
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, uint32(at))
	b = le.AppendUint16(b, 0)
	_, err := z.f.Write(b)
	return err
}

// zip64End is the end record and its locator for directories beyond the old limits.
func (z *zipFile) zip64End(start int64) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, 0x06064b50)
	b = le.AppendUint64(b, 44)
	b = le.AppendUint16(b, 3<<8|45)
	b = le.AppendUint16(b, 45)
	b = le.AppendUint64(b, 0) // this disk, disk of the directory
	b = le.AppendUint64(b, uint64(z.entries))
	b = le.AppendUint64(b, uint64(z.entries))
	b = le.AppendUint64(b, uint64(z.size))
	b = le.AppendUint64(b, uint64(start))
	b = le.AppendUint32(b, 0x07064b50)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint64(b, uint64(start+z.size))
	return le.AppendUint32(b, 1)
}
