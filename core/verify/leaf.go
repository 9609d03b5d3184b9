package verify

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/scan"
)

// SaltsFile holds the key of each subject: a canonical JSON string, a tab, 64 hex digits. It is private.
func SaltsFile(state string) string { return filepath.Join(state, "salts.tsv") }

// Salts are the keys of all subjects. A subject without one has zeros.
type Salts struct {
	path   string
	keys   map[string]*pads
	random io.Reader
	fresh  bool // has keys that are not in the file yet
}

// pads are the two key blocks of HMAC-SHA-256.
type pads struct {
	key          [32]byte
	inner, outer [64]byte
}

func newPads(key [32]byte) *pads {
	p := &pads{key: key}
	for i := range p.inner {
		p.inner[i], p.outer[i] = 0x36, 0x5c
	}
	for i, b := range key {
		p.inner[i] ^= b
		p.outer[i] ^= b
	}
	return p
}

var noPads = newPads([32]byte{})

// LoadSalts reads the keys of a state folder; there may be none yet.
func LoadSalts(state string) (*Salts, error) {
	s := &Salts{path: SaltsFile(state), keys: map[string]*pads{}, random: rand.Reader}
	f, err := os.Open(s.path)
	if errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, s.fault("read", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for n := 1; lines.Scan(); n++ {
		name, digits, _ := strings.Cut(lines.Text(), "\t")
		var key [32]byte
		if b, err := hex.DecodeString(digits); err != nil || len(b) != len(key) || !strings.HasPrefix(name, `"`) {
			return nil, s.fault("read", fmt.Errorf("line %d is not a subject and its key", n))
		} else {
			copy(key[:], b)
		}
		s.keys[scan.New(name).String()] = newPads(key)
	}
	if err := lines.Err(); err != nil {
		return nil, s.fault("read", err)
	}
	return s, nil
}

func (s *Salts) fault(op string, err error) error {
	return fault.New(fault.Storage, op, s.path, "check that the folder can be read and written; without this file the proof of earlier runs cannot be computed again", err)
}

// ensure gives a subject a key unless it has one.
func (s *Salts) ensure(subject string) error {
	if s.keys[subject] != nil {
		return nil
	}
	var key [32]byte
	if _, err := io.ReadFull(s.random, key[:]); err != nil {
		return s.fault("make", err)
	}
	s.keys[strings.Clone(subject)], s.fresh = newPads(key), true
	return nil
}

// save writes the file when there are new keys.
func (s *Salts) save() error {
	if !s.fresh {
		return nil
	}
	names := make([]string, 0, len(s.keys))
	for name := range s.keys {
		names = append(names, name)
	}
	slices.Sort(names)
	err := plugin.WriteFileAtomic(s.path, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		var line []byte
		for _, name := range names {
			line = append(message.AppendString(line[:0], name), '\t')
			line = append(hex.AppendEncode(line, s.keys[name].key[:]), '\n')
			b.Write(line)
		}
		return b.Flush()
	})
	if err == nil {
		s.fresh = false
	}
	return err
}

// hasher computes leaves. It is for one goroutine.
type hasher struct {
	salts *Salts
	buf   []byte
}

// leaf of a record; see schema/proof.md, 2.
func (h *hasher) leaf(p *message.Place, content [32]byte) [32]byte {
	k := h.salts.keys[p.Subject]
	if k == nil {
		k = noPads
	}
	b := append(append(h.buf[:0], k.inner[:]...), p.Key...)
	inner := sha256.Sum256(b)
	salt := sha256.Sum256(append(append(b[:0], k.outer[:]...), inner[:]...))
	b = append(append(append(b[:0], 0), "cf/"...), p.Type...)
	b = append(append(append(b, "/1\n"...), salt[:16]...), content[:]...)
	h.buf = b
	return sha256.Sum256(b)
}
