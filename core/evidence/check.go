package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/chatferry/chatferry/core/bag"
)

// Finding is what Check found out about a bundle.
type Finding struct {
	Statement *Statement
	Digest    string    // of the statement
	Bad       []string  // each thing that is not as it was written, in words; empty: nothing
	Signer    string    // fingerprint of the key that signed, "" when nobody did
	Stamped   time.Time // of a timestamp token for the statement, zero when there is none
}

// ErrNone is given for a folder without a bundle.
var ErrNone = errors.New("there is no evidence bundle")

// statementLimit bounds what is read into memory of a bundle that somebody may have made.
const statementLimit = 64 << 20

// Check reads a bundle whole and compares every byte with what its manifests and its statement say.
func Check(dir string) (Finding, error) {
	var f Finding
	root, err := os.OpenRoot(dir)
	if err != nil {
		return f, ErrNone
	}
	defer root.Close()
	text, err := read(root, statementName, statementLimit)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := root.Stat("bagit.txt"); err != nil {
			return f, ErrNone
		}
	}
	if err != nil {
		f.bad("%s cannot be read", statementName)
		return f, nil
	}
	sum := sha256.Sum256(text)
	f.Digest = hex.EncodeToString(sum[:])
	f.Statement = new(Statement)
	if err := json.Unmarshal(text, f.Statement); err != nil || f.Statement.PredicateType != predicateType {
		f.Statement = nil
		f.bad("%s is no statement of this program", statementName)
		return f, nil
	}
	unseen := maps.Clone(f.Statement.Predicate.Files)
	report, err := bag.Check(context.Background(), dir, os.TempDir(), func(name string, digests map[string]string) string {
		delete(unseen, name)
		if name != statementName && f.Statement.Predicate.Files[name] != digests["sha256"] {
			return "is not the file that the statement names"
		}
		return ""
	})
	if err != nil {
		return f, err
	}
	f.Bad = append(f.Bad, report.Bad...)
	for _, name := range slices.Sorted(maps.Keys(unseen)) {
		f.bad("%s is named by the statement and in no manifest", name)
	}
	f.signatures(root, text)
	return f, nil
}

func (f *Finding) bad(format string, args ...any) {
	f.Bad = append(f.Bad, fmt.Sprintf(format, args...))
}

func read(root *os.Root, name string, limit int64) ([]byte, error) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, errors.New("it is no file of a sensible size")
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit))
}

// signatures checks who vouches for the statement.
func (f *Finding) signatures(root *os.Root, statement []byte) {
	defer func() {
		if want := f.Statement.Predicate.Signer; want != f.Signer {
			f.bad("the statement is not signed as it says itself")
		}
	}()
	sig, err := read(root, signatureName, 1<<20)
	if err == nil {
		var key ssh.PublicKey
		if key, err = verifySignature(sig, statement); err != nil {
			f.bad("%s: %v", signatureName, err)
		} else {
			f.Signer = ssh.FingerprintSHA256(key)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		f.bad("%s cannot be read", signatureName)
	}
	reply, err := read(root, tokenName, 1<<20)
	if err == nil {
		if f.Stamped, err = token(reply, statement); err != nil {
			f.bad("%s: %v", tokenName, err)
		}
	}
}
