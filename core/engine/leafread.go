package engine

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
)

// leafReader decodes one leaf file and proves its digest at the end.
type leafReader struct {
	r        *bufio.Reader
	h        hash.Hash
	left     int64 // bytes before the digest
	buf      []byte
	conv     string
	subjects []string
}

var errLeaf = errors.New("the file is cut off or was changed")

// readLeaves yields the rows of one file through l.
func readLeaves(path string, l *Leaf, yield func(*Leaf) error) (LeafFile, error) {
	whole := LeafFile{Gen: l.Gen, Unit: l.Unit}
	damaged := func(err error) (LeafFile, error) {
		return whole, fault.New(fault.Storage, "read", path, "the books of this run are damaged: run the pipeline again into an empty folder", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return damaged(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return damaged(err)
	}
	refused, list, err := refusedKeys(path + refusedExt)
	if err != nil {
		return damaged(err)
	}
	r := &leafReader{r: bufio.NewReaderSize(f, 64<<10), h: sha256.New(), left: info.Size() - sha256.Size}
	if magic, err := r.take(len(leafMagic)); err != nil || string(magic) != leafMagic {
		return damaged(errLeaf)
	}
	for r.left > 0 {
		if err := r.row(l); err != nil {
			return damaged(err)
		}
		whole.Rows++
		if refused[l.Key] {
			continue
		}
		if err := yield(l); err != nil {
			return whole, err
		}
	}
	var sum [sha256.Size]byte
	if _, err := io.ReadFull(r.r, sum[:]); err != nil || !bytes.Equal(sum[:], r.h.Sum(nil)) {
		return damaged(errLeaf)
	}
	seal := sealOf(sum[:], list)
	whole.Seal = hex.EncodeToString(seal[:])
	return whole, nil
}

// refusedKeys reads the list beside a leaf file; usually there is none.
func refusedKeys(path string) (keys map[string]bool, list []byte, err error) {
	list, err = os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	keys = map[string]bool{}
	for b := list; len(b) > 0 && err == nil; {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return nil, nil, errLeaf
		}
		keys[string(b[size:size+int(n)])] = true
		b = b[size+int(n):]
	}
	return keys, list, err
}

// take gives the next n bytes, valid until the next call.
func (r *leafReader) take(n int) ([]byte, error) {
	if int64(n) > r.left || n < 0 || n > 1<<20 {
		return nil, errLeaf
	}
	if cap(r.buf) < n {
		r.buf = make([]byte, n)
	}
	r.buf = r.buf[:n]
	if _, err := io.ReadFull(r.r, r.buf); err != nil {
		return nil, errLeaf
	}
	r.left -= int64(n)
	r.h.Write(r.buf)
	return r.buf, nil
}

func (r *leafReader) number() (int, error) {
	for n, shift := uint64(0), 0; shift < 35; shift += 7 {
		b, err := r.take(1)
		if err != nil {
			return 0, err
		}
		if n |= uint64(b[0]&0x7f) << shift; b[0] < 0x80 {
			return int(n), nil
		}
	}
	return 0, errLeaf
}

func (r *leafReader) text() (string, error) {
	n, err := r.number()
	if err != nil {
		return "", err
	}
	b, err := r.take(n)
	return string(b), err
}

func (r *leafReader) moment() (m message.Moment, err error) {
	b, err := r.take(len(m))
	copy(m[:], b)
	return m, err
}

func (r *leafReader) row(l *Leaf) error {
	b, err := r.take(1)
	if err != nil || int(b[0]&7) >= len(leafTypes) {
		return errLeaf
	}
	flags := b[0]
	if flags&leafSame == 0 {
		if r.conv, err = r.text(); err != nil {
			return err
		}
	}
	l.Type, l.Conversation = leafTypes[flags&7], r.conv
	n, err := r.number()
	if err != nil || n > len(r.subjects) {
		return errLeaf
	}
	if n == len(r.subjects) {
		s, err := r.text()
		if err != nil {
			return err
		}
		r.subjects = append(r.subjects, s)
	}
	l.Subject, l.At, l.Sent = r.subjects[n], message.Moment{}, message.Moment{}
	if flags&leafTimed != 0 {
		if l.At, err = r.moment(); err != nil {
			return err
		}
		l.Sent = l.At
	}
	if flags&leafShifted != 0 {
		if l.Sent, err = r.moment(); err != nil {
			return err
		}
	}
	if l.Key, err = r.text(); err != nil {
		return err
	}
	if flags&leafInside != 0 {
		l.Key = l.Conversation + ":" + l.Key
	}
	sum, err := r.take(len(l.Content))
	copy(l.Content[:], sum)
	return err
}
