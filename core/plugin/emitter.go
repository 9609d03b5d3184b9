package plugin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/chatferry/chatferry/core/message"
)

// Batch is the unit of flow: records of one shard as canonical JSON lines.
type Batch struct {
	Seq     uint64 // 0, 1, 2, ... within one stream
	Lines   []byte // Count lines, each ending in a newline
	Count   int
	Rejects []Reject
	Cursor  Cursor // of the last checkpoint; nil when there was none since the last batch
	Read    uint64 // records and rejects emitted since the stream began, this batch included
}

// BatchBytes is the size near which a batch is sent.
const BatchBytes = 1 << 20

// MaxRecord is the largest record in canonical bytes that a plugin may emit. A larger one is
// rejected with reason "too_large" and its raw bytes kept.
const MaxRecord = 16 << 20

// Emitter takes a shard's records from a source. It blocks while the host is busy: that is the
// back-pressure. Its methods are for one goroutine. After an error every call fails the same way.
type Emitter struct {
	ctx   context.Context
	send  func(*Batch) error
	spool string
	batch Batch
	reuse bool // send keeps nothing
	limit int  // bytes near which a checkpoint sends the batch
	since int  // records and rejects since the last checkpoint
	extra int  // bytes of rejects in the batch
	err   error
}

// NewEmitter returns an emitter that hands full batches to send; send may keep them. Attachment bytes
// go to files in the folder spool. Hosts and tests call it; sources never do.
func NewEmitter(ctx context.Context, spool string, send func(*Batch) error) *Emitter {
	return &Emitter{ctx: ctx, send: send, spool: spool, limit: BatchBytes}
}

// SetBatch makes checkpoints send the batch from n bytes on, 1 for every checkpoint. Hosts and
// tests call it, before the first record; sources never do.
func (e *Emitter) SetBatch(n int) { e.limit = min(max(n, 1), BatchBytes) }

// Reuse promises that send keeps nothing of a batch, so that its memory serves the next one.
func (e *Emitter) Reuse() { e.reuse = true }

// Record emits one record, made by message.Of. The emitter does not keep it.
func (e *Emitter) Record(r *message.Record) error {
	if e.err != nil {
		return e.err
	}
	if err := e.ctx.Err(); err != nil {
		return e.fail(err)
	}
	start := len(e.batch.Lines)
	e.batch.Lines = append(r.Append(e.batch.Lines), '\n')
	if size := len(e.batch.Lines) - start; size > MaxRecord {
		e.batch.Lines = e.batch.Lines[:start]
		rej := Reject{Key: r.Key(), Reason: "too_large", Detail: fmt.Sprintf("the record has %d bytes, the limit is %d", size, MaxRecord)}
		if raw := *r.RawSource(); raw != nil {
			rej.At = *raw
		}
		w, err := e.Spool()
		if err != nil {
			return e.fail(err)
		}
		if _, err := w.Write(r.Append(nil)); err != nil {
			return e.fail(err)
		}
		return e.RejectSpooled(rej, w)
	}
	e.batch.Count++
	return e.added()
}

// Reject emits a record that could not be read. Bytes over 1 MiB it moves into a spool file; who
// has so many not yet in memory uses RejectSpooled.
func (e *Emitter) Reject(r Reject) error {
	if e.err != nil {
		return e.err
	}
	if err := e.ctx.Err(); err != nil {
		return e.fail(err)
	}
	if len(r.Bytes) > 1<<20 {
		w, err := e.Spool()
		if err != nil {
			return e.fail(err)
		}
		if _, err := w.Write(r.Bytes); err != nil {
			w.discard()
			return e.fail(err)
		}
		return e.RejectSpooled(r, w)
	}
	r.Bytes = append([]byte(nil), r.Bytes...)
	e.extra += len(r.Bytes) + 256
	e.batch.Rejects = append(e.batch.Rejects, r)
	return e.added()
}

// RejectSpooled emits a record whose raw bytes were written to w, which it closes.
func (e *Emitter) RejectSpooled(r Reject, w *Spooled) error {
	name, _, err := w.keep()
	if err != nil {
		return e.fail(err)
	}
	r.Bytes, r.Spool = nil, name
	return e.Reject(r)
}

func (e *Emitter) added() error {
	e.since++
	e.batch.Read++
	if len(e.batch.Lines)+e.extra >= 2*BatchBytes { // no checkpoint came in time
		return e.Flush()
	}
	return nil
}

// Checkpoint says that a restart at cur would neither repeat nor lose a record.
func (e *Emitter) Checkpoint(cur Cursor) error {
	if e.err == nil {
		e.batch.Cursor, e.since = append(Cursor(nil), cur...), 0
		if len(e.batch.Lines)+e.extra >= e.limit {
			return e.Flush()
		}
	}
	return e.err
}

// Flush sends what is pending. The SDK calls it at the end of a shard; sources of slow systems may
// call it so that progress shows. A cursor travels only with a batch that ends exactly at it.
func (e *Emitter) Flush() error {
	if e.err != nil {
		return e.err
	}
	if e.batch.Count == 0 && len(e.batch.Rejects) == 0 && e.batch.Cursor == nil {
		return nil
	}
	b := e.batch
	if e.since > 0 {
		b.Cursor = nil
	}
	if err := e.send(&b); err != nil {
		return e.fail(err)
	}
	e.extra = 0
	e.batch = Batch{Seq: b.Seq + 1, Read: b.Read}
	if e.reuse {
		e.batch.Lines = b.Lines[:0]
	} else {
		e.batch.Lines = make([]byte, 0, min(cap(b.Lines), 2*BatchBytes))
	}
	return nil
}

func (e *Emitter) fail(err error) error {
	if e.err == nil {
		e.err = err
	}
	return e.err
}

// Media takes the bytes of an attachment, computes their digest and type, and fills in a: SHA256, Sniffed,
// Size (when the source gave none) and State present. When declared size and bytes differ, Reason says so. An
// error from r is returned and leaves a as it was, so that the source can set the right state.
func (e *Emitter) Media(a *message.Attachment, r io.Reader) error {
	w, err := e.Spool()
	if err != nil {
		return e.fail(err)
	}
	n, err := io.Copy(w, readerOnly{r, e.ctx})
	if err != nil {
		w.discard()
		return err
	}
	name, sniffed, err := w.keep()
	if err != nil {
		return e.fail(err)
	}
	size := strconv.FormatInt(n, 10)
	a.SHA256, a.Sniffed, a.State, a.Reason = name, sniffed, message.MediaPresent, ""
	if a.Size != "" && a.Size != size {
		a.Reason = "size_mismatch: the source says " + a.Size + " bytes, found " + size
	}
	if a.Size == "" {
		a.Size = size
	}
	return nil
}

type readerOnly struct {
	r   io.Reader
	ctx context.Context
}

func (r readerOnly) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// Spooled is a file in the spool folder while it is written.
type Spooled struct {
	f    *os.File
	h    hash.Hash
	head []byte
	dir  string
}

// Spool opens a new spool file.
func (e *Emitter) Spool() (*Spooled, error) {
	f, err := os.CreateTemp(e.spool, "tmp-*")
	if err != nil {
		return nil, fmt.Errorf("spool attachment: %w", err)
	}
	return &Spooled{f: f, h: sha256.New(), dir: e.spool}, nil
}

// Write appends to the spool file.
func (s *Spooled) Write(p []byte) (int, error) {
	if room := 512 - len(s.head); room > 0 {
		s.head = append(s.head, p[:min(room, len(p))]...)
	}
	s.h.Write(p)
	return s.f.Write(p)
}

func (s *Spooled) discard() {
	s.f.Close()
	os.Remove(s.f.Name())
}

// keep closes the file and renames it to its digest, which it returns with the sniffed type.
func (s *Spooled) keep() (name, sniffed string, err error) {
	if err := s.f.Close(); err != nil {
		os.Remove(s.f.Name())
		return "", "", fmt.Errorf("spool attachment: %w", err)
	}
	name = hex.EncodeToString(s.h.Sum(nil))
	if err := os.Rename(s.f.Name(), filepath.Join(s.dir, name)); err != nil {
		return "", "", fmt.Errorf("spool attachment: %w", err)
	}
	return name, Sniff(s.head), nil
}

// MediaPath is where the store under root keeps the object with the given SHA-256.
func MediaPath(root, sha256 string) string {
	if len(sha256) < 4 {
		return filepath.Join(root, "invalid")
	}
	return filepath.Join(root, sha256[:2], sha256[2:4], sha256)
}
