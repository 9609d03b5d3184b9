package plugin

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strconv"

	"github.com/chatferry/chatferry/core/message"
)

// Log is a text file of entries: an entry begins on a line that Starts tells, and takes in the lines that follow
// it up to the next such line. What precedes the first one is an entry too, so that no byte is left out.
type Log struct {
	File   string                 // its path inside the dump
	Starts func(head []byte) bool // looks at the first bytes of a line, at most HeadBytes, line end included
	Out    *Emitter               // takes entries larger than MaxRecord as rejects; nil: they are only counted
}

// HeadBytes is how much of a line Starts sees of it.
const HeadBytes = 4 << 10

// Entry is one entry of a Log.
type Entry struct {
	Bytes  []byte         // with line ends, valid until the next entry; nil when it was too large and is rejected already
	At     message.Source // file, index, offset, length and digest
	Next   int64          // offset of the next entry: where to go on after a checkpoint
	Starts bool           // false of what precedes the first line that begins an entry
	Torn   error          // the file can't be read on, and Bytes is what there was of this entry: perhaps nothing
}

// Walk gives the entries of r, which stands at an offset where an entry begins that has the given index. It
// ends with the file, with an entry that is torn, or with the first error of f. Memory is bounded.
func (l Log) Walk(r io.Reader, offset, index int64, f func(*Entry) error) error {
	w := logWalk{Log: l, f: f, at: offset, index: index, in: bufio.NewReaderSize(r, 256<<10), sum: sha256.New()}
	for {
		chunk, err := w.in.ReadSlice('\n')
		if len(chunk) > 0 {
			if werr := w.line(chunk); werr != nil {
				return werr
			}
		}
		switch {
		case err == nil || errors.Is(err, bufio.ErrBufferFull):
			w.inside = err != nil
		case err == io.EOF:
			return w.end(nil)
		default:
			return w.end(err)
		}
	}
}

type logWalk struct {
	Log
	f      func(*Entry) error
	in     *bufio.Reader
	at     int64 // offset of the entry in hand
	index  int64
	size   int64
	buf    []byte
	starts bool
	inside bool // the next chunk goes on with a line
	spool  *Spooled
	sum    hash.Hash
	e      Entry
}

// line takes a line, or a piece of one that is longer than the buffer.
func (w *logWalk) line(chunk []byte) error {
	if !w.inside && w.Starts(chunk[:min(len(chunk), HeadBytes)]) {
		if w.size > 0 {
			if err := w.end(nil); err != nil {
				return err
			}
		}
		w.starts = true
	}
	w.size += int64(len(chunk))
	if w.size > MaxRecord {
		return w.spill(chunk)
	}
	w.buf = append(w.buf, chunk...)
	return nil
}

// spill takes a piece of an entry that is too large for memory.
func (w *logWalk) spill(chunk []byte) error {
	if w.Out == nil {
		return nil
	}
	if w.spool == nil {
		var err error
		if w.spool, err = w.Out.Spool(); err != nil {
			return err
		}
		if _, err := w.spool.Write(w.buf); err != nil {
			return err
		}
		w.sum.Reset()
		w.sum.Write(w.buf)
	}
	w.sum.Write(chunk)
	_, err := w.spool.Write(chunk)
	return err
}

// end gives the entry in hand.
func (w *logWalk) end(torn error) error {
	if w.size == 0 && torn == nil {
		return nil
	}
	e := &w.e
	*e = Entry{Bytes: w.buf, Next: w.at + w.size, Starts: w.starts, Torn: torn}
	e.At = message.Source{File: w.File, Index: strconv.FormatInt(w.index, 10), Offset: strconv.FormatInt(w.at, 10), Length: strconv.FormatInt(w.size, 10)}
	if w.size > MaxRecord {
		e.Bytes = nil
		if err := w.reject(); err != nil {
			return err
		}
	} else {
		sum := sha256.Sum256(w.buf)
		e.At.SHA256 = hex.EncodeToString(sum[:])
	}
	err := w.f(e)
	w.at, w.index, w.size, w.buf, w.starts = e.Next, w.index+1, 0, w.buf[:0], false
	if cap(w.buf) > 1<<20 { // one large entry must not hold memory for good
		w.buf = nil
	}
	return err
}

func (w *logWalk) reject() error {
	if w.spool == nil {
		return nil
	}
	w.e.At.SHA256 = hex.EncodeToString(w.sum.Sum(nil))
	spool := w.spool
	w.spool = nil
	return w.Out.RejectSpooled(Reject{At: w.e.At, Reason: "too_large", Detail: "the entry is larger than a record may be"}, spool)
}
