package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"

	"github.com/chatferry/chatferry/core/bag"
	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// Names in a bundle.
const (
	Folder        = "evidence" // of the bundle, in an output folder
	statementName = "data/statement.json"
	signatureName = "statement.json.sig"
	tokenName     = "statement.json.tsr"
	signerName    = "signer.pub"
)

// File is one payload file of a bundle; Name is below "data/".
type File struct {
	Name  string
	Write func(io.Writer) error
}

// Write makes the bundle at dir anew: from files, the statement about them and, with a key, a signature.
// A bundle that stands there is kept in the folder past, under the digest of its statement. scratch is a
// folder on the same file system.
func Write(dir, scratch, past string, files []File, s *Statement, key *Key) error {
	tmp := filepath.Join(scratch, Folder+".new")
	b := bundle{dir: tmp, digests: map[string]string{}}
	if err := os.RemoveAll(tmp); err != nil {
		return storage(tmp, err)
	}
	if old, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(statementName))); err == nil {
		sum := sha256.Sum256(old)
		s.Predicate.Previous = hex.EncodeToString(sum[:])
	}
	for _, f := range files {
		if err := b.add("data/"+f.Name, f.Write); err != nil {
			return err
		}
	}
	s.Predicate.Files = maps.Clone(b.digests)
	text, err := s.encode()
	if err != nil {
		return fault.New(fault.Bug, "write evidence", dir, "", err)
	}
	if err := b.bytes(statementName, text); err != nil {
		return err
	}
	if err := b.seal(s, key, text); err != nil {
		return err
	}
	return replace(dir, tmp, past, s.Predicate.Previous)
}

// bundle is a bag being written.
type bundle struct {
	dir     string
	digests map[string]string
}

func (b *bundle) bytes(name string, text []byte) error {
	return b.add(name, func(w io.Writer) error { _, err := w.Write(text); return err })
}

func (b *bundle) add(name string, write func(io.Writer) error) error {
	path := filepath.Join(b.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return storage(path, err)
	}
	p, err := plugin.CreatePart(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err
	}
	if err := write(p); err != nil {
		p.Abort()
		return err
	}
	_, digest, err := p.Commit()
	b.digests[name] = digest
	return err
}

// seal signs the statement and makes a bag of the payload.
func (b *bundle) seal(s *Statement, key *Key, statement []byte) error {
	o := bag.Options{Algorithms: []string{"sha256"}, Info: []bag.Field{
		{Label: "Bagging-Date", Value: fmt.Sprintf("%.10s", s.Predicate.Written)},
		{Label: "Bag-Software-Agent", Value: s.Predicate.Tool.Name + " " + s.Predicate.Tool.Version},
		{Label: "External-Description", Value: "Evidence of a chat history migration; begin with data/spec/VERIFY.md"},
	}}
	if key != nil {
		sig, err := key.sign(statement)
		if err != nil {
			return err
		}
		if err := errors.Join(b.bytes(signatureName, sig), b.bytes(signerName, key.public())); err != nil {
			return err
		}
		o.Tags = []string{signatureName, signerName}
	}
	return bag.Seal(context.Background(), b.dir, o) // it is small, and needed once all is delivered
}

// replace puts the new bundle in the place of the old one, which goes to past. A crash in between leaves
// no bundle; the next run or verification writes one.
func replace(dir, tmp, past, previous string) error {
	if previous != "" {
		if err := os.MkdirAll(past, 0o700); err != nil {
			return storage(past, err)
		}
		kept := filepath.Join(past, previous)
		if err := os.RemoveAll(kept); err != nil {
			return storage(kept, err)
		}
		if err := os.Rename(dir, kept); err != nil {
			return storage(dir, err)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return storage(dir, err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		return storage(dir, err)
	}
	return plugin.SyncDir(filepath.Dir(dir))
}

func storage(path string, err error) error {
	return fault.New(fault.Storage, "write evidence", path, "free some disk space or make the folder writable, then run \"chatferry verify\": all is delivered, only the evidence is missing", err)
}
