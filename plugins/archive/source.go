package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

type source struct{ a *archive }

func openSource(_ context.Context, c sourceConfig) (plugin.Source, error) {
	a, err := open(c.Path, newPool())
	if fault.ClassOf(err) == fault.Config {
		return nil, plugin.BadSetting("path", fault.HintOf(err), err)
	}
	if err != nil {
		return nil, err
	}
	return &source{a}, nil
}

func (s *source) Close() error {
	s.a.close()
	return nil
}

func (s *source) Discover(_ context.Context, yield func(plugin.Shard) error) error {
	units, err := s.a.plan()
	if err != nil {
		return err
	}
	for i := range units {
		u := &units[i]
		err := yield(plugin.Shard{ID: u.id, Label: u.label, Directory: u.directory, Records: u.records, Bytes: u.bytes, Fingerprint: u.fingerprint})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkpointEvery is how many records lie between two cursors.
const checkpointEvery = 16

// Read's cursor is the number of records that came before.
func (s *source) Read(ctx context.Context, sh plugin.Shard, cur plugin.Cursor, out *plugin.Emitter) error {
	u, err := s.unit(sh)
	if err != nil {
		return err
	}
	var done int64
	if cur != nil {
		if done, err = strconv.ParseInt(string(cur), 10, 64); err != nil || done < 0 {
			return fault.New(fault.Bug, "read shard", sh.ID, "", errors.New("the cursor is not one of this source"))
		}
	}
	c := carrier{a: s.a, out: out, carried: map[string]bool{}}
	var next []byte
	return s.a.read(ctx, u, done, func(line []byte) error {
		if err := c.carry(u, done, line); err != nil {
			return err
		}
		if done++; done%checkpointEvery != 0 {
			return nil
		}
		next = strconv.AppendInt(next[:0], done, 10)
		return out.Checkpoint(next)
	})
}

// unit finds the shard's unit and makes sure that the archive is still the one that was discovered.
func (s *source) unit(sh plugin.Shard) (*unit, error) {
	units, err := s.a.plan()
	if err != nil {
		return nil, err
	}
	for i := range units {
		if u := &units[i]; u.id == sh.ID {
			if sh.Fingerprint != "" && sh.Fingerprint != u.fingerprint {
				return nil, fault.New(fault.Config, "read shard", sh.ID, "start a new run", errors.New("the archive has changed since the run began"))
			}
			return u, nil
		}
	}
	return nil, fault.New(fault.Config, "read shard", sh.ID, "start a new run", errors.New("the archive has no such shard"))
}

// carrier emits records with the bytes of their attachments.
type carrier struct {
	a       *archive
	out     *plugin.Emitter
	carried map[string]bool // objects whose bytes this shard has handed over
}

// maxCarried bounds the memory of carried; beyond it bytes are handed over again.
const maxCarried = 1 << 14

func (c *carrier) carry(u *unit, ordinal int64, line []byte) error {
	r, err := message.Decode(string(line))
	if err == nil {
		err = r.Check()
	}
	if err != nil {
		return c.out.Reject(plugin.Reject{At: message.Source{File: u.id, Index: strconv.FormatInt(ordinal, 10)},
			Reason: "invalid_record", Detail: err.Error(), Bytes: line})
	}
	for _, a := range r.Attachments() {
		if a.State == message.MediaPresent {
			if err := c.object(a); err != nil {
				return err
			}
		}
	}
	return c.out.Record(r)
}

// object hands over the bytes of a present attachment. The record keeps what it says of them.
func (c *carrier) object(a *message.Attachment) error {
	if c.carried[a.SHA256] {
		return nil
	}
	if !c.a.holds(a.SHA256) {
		missing(a, "it is not in the archive")
		return nil
	}
	f, err := openFile(c.a.root, mediaName(a.SHA256))
	if err != nil {
		return err
	}
	defer f.Close()
	found := *a
	in := &proofReader{r: f, h: sha256.New(), want: a.SHA256}
	err = c.out.Media(&found, in)
	switch {
	case errors.Is(err, errDigest):
		missing(a, "its bytes were changed")
		return nil
	case err != nil && in.err != nil:
		return readFault(mediaName(a.SHA256), err)
	case err != nil:
		return err
	}
	if len(c.carried) >= maxCarried {
		clear(c.carried)
	}
	c.carried[string([]byte(a.SHA256))] = true
	return nil
}

func missing(a *message.Attachment, why string) {
	a.State, a.Reason, a.SHA256 = message.MediaMissing, fmt.Sprintf("%s: %s (SHA-256 %s)", reasonDigest, why, a.SHA256), ""
}

var errDigest = errors.New("the bytes have another digest")

// proofReader ends with errDigest instead of io.EOF when the bytes are not the ones wanted, so that
// wrong bytes are never handed over.
type proofReader struct {
	r    io.Reader
	h    hash.Hash
	want string
	err  error
}

func (p *proofReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.h.Write(b[:n])
	switch {
	case err == io.EOF && hex.EncodeToString(p.h.Sum(nil)) != p.want:
		return n, errDigest
	case err != nil && err != io.EOF:
		p.err = err
	}
	return n, err
}
