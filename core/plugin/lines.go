package plugin

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
)

// Line is one line of a text file.
type Line struct {
	Bytes []byte         // without its newline, valid until the next line; nil when it is larger than MaxRecord
	At    message.Source // where it stands; File is the base name of the file
	Next  int64          // offset of the next line: where to go on after a checkpoint
	path  string
	start int64
}

// Lines walks a file line by line from an offset, in bounded memory. A last line without a newline
// is a line too, so that a torn end is seen.
func Lines(path string, offset int64, f func(Line) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fault.New(fault.Config, "read", filepath.Base(path), "check that the file is there and may be read", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return fault.New(fault.Config, "read", filepath.Base(path), "check what stands there", errors.Join(err, errors.New("it is not a file")))
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return storage("read", err)
	}
	r := bufio.NewReaderSize(file, 256<<10)
	var buf []byte
	for {
		l := Line{path: path, start: offset, Next: offset}
		buf = buf[:0]
		for {
			chunk, err := r.ReadSlice('\n')
			l.Next += int64(len(chunk))
			if l.Next-offset <= MaxRecord+1 {
				buf = append(buf, chunk...)
			}
			if err == nil || err == io.EOF {
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				return storage("read", err)
			}
		}
		size := l.Next - offset
		if size == 0 {
			return nil
		}
		if size <= MaxRecord+1 {
			if l.Bytes = buf; buf[len(buf)-1] == '\n' {
				l.Bytes = buf[:len(buf)-1]
			}
		} else {
			buf = nil
		}
		l.At = message.Source{File: filepath.Base(path), Offset: strconv.FormatInt(offset, 10), Length: strconv.FormatInt(size, 10)}
		if err := f(l); err != nil {
			return err
		}
		offset = l.Next
	}
}

// RejectLine emits a line that could not be read, with its bytes, however many they are.
func (e *Emitter) RejectLine(l Line, reason, detail string) error {
	r := Reject{At: l.At, Reason: reason, Detail: detail, Bytes: l.Bytes}
	if l.Bytes != nil {
		return e.Reject(r)
	}
	r.Reason, r.Detail = "too_large", "the line is larger than a record may be"
	file, err := os.Open(l.path)
	if err != nil {
		return e.fail(storage("read", err))
	}
	defer file.Close()
	w, err := e.Spool()
	if err != nil {
		return e.fail(err)
	}
	if _, err := io.Copy(w, readerOnly{io.NewSectionReader(file, l.start, l.Next-l.start), e.ctx}); err != nil {
		w.discard()
		return e.fail(err)
	}
	return e.RejectSpooled(r, w)
}
