package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/chatferry/chatferry/core/bag"
	"github.com/chatferry/chatferry/core/fault"
)

const tagName = "tagmanifest-sha256.txt"

func newKey(t testing.TB, seed byte) (*Key, string) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := LoadKey(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k, path
}

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// made writes a bundle with two tables.
func made(t testing.TB, key *Key) string {
	t.Helper()
	top := t.TempDir()
	s := &Statement{Predicate: Predicate{Tool: Tool{Name: "chatferry", Version: "1"}, Written: "2026-01-02T03:04:05Z"}}
	if key != nil {
		s.Predicate.Signer = key.Fingerprint()
	}
	dir := filepath.Join(top, Folder)
	err := Write(dir, top, filepath.Join(top, "past"), []File{{"books.csv", text("unit,read\na,1\n")}, {"tree/x/days.tsv", text("message\n")}}, s, key)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func checked(t testing.TB, dir string) Finding {
	t.Helper()
	f, err := Check(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func allFiles(t testing.TB, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func edit(t testing.TB, dir, name string, change func([]byte) []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnUntouchedBundleIsWhole(t *testing.T) {
	key, _ := newKey(t, 1)
	for _, k := range []*Key{nil, key} {
		f := checked(t, made(t, k))
		if len(f.Bad) > 0 || (f.Signer != "") != (k != nil) || k != nil && f.Signer != k.Fingerprint() || len(f.Statement.Predicate.Files) != 2 {
			t.Errorf("%+v", f)
		}
	}
	if _, err := Check(t.TempDir()); err != ErrNone {
		t.Errorf("an empty folder: %v", err)
	}
}

// TestEveryChangeIsNamed flips one byte of each file, removes each, and adds one.
func TestEveryChangeIsNamed(t *testing.T) {
	key, _ := newKey(t, 1)
	flip := func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 0x04; return b }
	for _, name := range allFiles(t, made(t, key)) {
		if name == tagName {
			continue // it may lack lines, but what it has must be true: below
		}
		dir := made(t, key)
		edit(t, dir, name, flip)
		if f := checked(t, dir); !strings.Contains(strings.Join(f.Bad, "\n"), name) {
			t.Errorf("changed %s: %q", name, f.Bad)
		}
		dir = made(t, key)
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
		if f := checked(t, dir); !strings.Contains(strings.Join(f.Bad, "\n"), name) {
			t.Errorf("removed %s: %q", name, f.Bad)
		}
	}
	dir := made(t, key)
	if err := os.WriteFile(filepath.Join(dir, "data", "more"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if f := checked(t, dir); len(f.Bad) != 1 || f.Bad[0] != "data/more is in no manifest" {
		t.Errorf("added a file: %q", f.Bad)
	}
	edit(t, dir, tagName, flip)
	if f := checked(t, dir); len(f.Bad) < 2 {
		t.Errorf("changed %s: %q", tagName, f.Bad)
	}
}

// remade makes the manifests fit again after a change, as an attacker would.
func remade(t testing.TB, dir string) {
	t.Helper()
	o := bag.Options{Algorithms: []string{"sha256"}}
	for _, name := range []string{signatureName, signerName} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			o.Tags = append(o.Tags, name)
		}
	}
	if err := bag.Seal(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
}

// TestASkilledForgerIsFound changes things and makes everything fit again that can be made to fit.
func TestASkilledForgerIsFound(t *testing.T) {
	key, _ := newKey(t, 1)
	other, _ := newKey(t, 2)
	books := func(dir string) {
		edit(t, dir, "data/books.csv", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("a,1"), []byte("a,2")) })
	}
	statement := func(dir string) []byte {
		old := checked(t, dir).Statement.Predicate.Files["data/books.csv"]
		books(dir)
		b, _ := os.ReadFile(filepath.Join(dir, "data/books.csv"))
		sum := sha256.Sum256(b)
		var now []byte
		edit(t, dir, statementName, func(b []byte) []byte {
			now = bytes.ReplaceAll(b, []byte(old), []byte(hex.EncodeToString(sum[:])))
			return now
		})
		return now
	}
	for name, c := range map[string]struct {
		forge func(dir string)
		says  string
	}{
		"table and manifests":         {func(dir string) { books(dir); remade(t, dir) }, "data/books.csv is not the file that the statement names"},
		"statement too":               {func(dir string) { statement(dir); remade(t, dir) }, "it is not a signature of this statement"},
		"signature of another key":    {func(dir string) { resign(t, dir, statement(dir), other); remade(t, dir) }, "not signed as it says itself"},
		"signature taken away":        {func(dir string) { statement(dir); os.Remove(filepath.Join(dir, signatureName)); remade(t, dir) }, "not signed as it says itself"},
		"table taken from everywhere": {func(dir string) { os.Remove(filepath.Join(dir, "data/books.csv")); remade(t, dir) }, "data/books.csv is named by the statement"},
		"for another purpose": {func(dir string) {
			edit(t, dir, signatureName, func(b []byte) []byte {
				block, _ := pem.Decode(b)
				return armour(bytes.Replace(block.Bytes, []byte(Namespace), []byte("chatterry"), 1))
			})
			remade(t, dir)
		}, "another purpose"},
	} {
		dir := made(t, key)
		c.forge(dir)
		f := checked(t, dir)
		if !strings.Contains(strings.Join(f.Bad, "\n"), c.says) {
			t.Errorf("%s: %q", name, f.Bad)
		}
	}
	// With his own key in the statement too a forger makes a bundle that is whole: only who knows the
	// signer's key can tell.
	dir := made(t, other)
	if f := checked(t, dir); len(f.Bad) > 0 || f.Signer == key.Fingerprint() {
		t.Errorf("%+v", f)
	}
}

func resign(t testing.TB, dir string, statement []byte, k *Key) {
	t.Helper()
	sig, err := k.sign(statement)
	if err != nil {
		t.Fatal(err)
	}
	edit(t, dir, signatureName, func([]byte) []byte { return sig })
}

func TestAReplacedBundleIsKeptAndNamed(t *testing.T) {
	dir := made(t, nil)
	top := filepath.Dir(dir)
	first := checked(t, dir)
	if err := Write(dir, top, filepath.Join(top, "past"), nil, &Statement{}, nil); err != nil {
		t.Fatal(err)
	}
	if f := checked(t, dir); f.Statement.Predicate.Previous != first.Digest || len(f.Bad) > 0 {
		t.Errorf("%+v", f)
	}
	if f := checked(t, filepath.Join(top, "past", first.Digest)); f.Digest != first.Digest || len(f.Bad) > 0 {
		t.Errorf("%+v", f)
	}
	if left, _ := filepath.Glob(filepath.Join(top, Folder+".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestWrongKeysSayWhatToDo(t *testing.T) {
	_, path := newKey(t, 1)
	dir := t.TempDir()
	junk := filepath.Join(dir, "junk")
	if err := os.WriteFile(junk, []byte("-----BEGIN nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKeyWithPassphrase(ed25519.NewKeyFromSeed(make([]byte, 32)), "", []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(dir, "locked")
	if err := os.WriteFile(locked, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{filepath.Join(dir, "absent"), junk, locked} {
		if _, err := LoadKey(p, nil); fault.ClassOf(err) != fault.Config || fault.HintOf(err) == "" || strings.Contains(err.Error(), "nonsense") {
			t.Errorf("%s: %v", filepath.Base(p), err)
		}
	}
	if k, err := LoadKey(locked, []byte("secret")); err != nil || k == nil {
		t.Errorf("with its passphrase: %v", err)
	}
	if _, err := LoadPublic(path); err == nil {
		t.Error("a private key was taken for a public one")
	}
}

// FuzzForeignSignature feeds signatures and tokens that anybody may have put into a bundle.
func FuzzForeignSignature(f *testing.F) {
	key, _ := newKey(f, 1)
	sig, err := key.sign([]byte("statement"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sig, []byte("statement"))
	f.Add([]byte{0x30, 3, 2, 1, 0}, []byte("x"))
	f.Fuzz(func(t *testing.T, b, message []byte) {
		if pub, err := verifySignature(b, message); err == nil && (ssh.FingerprintSHA256(pub) == key.Fingerprint()) && string(message) != "statement" {
			t.Error("a signature was taken for one of another message")
		}
		if _, err := token(b, message); err == nil {
			sum := sha256.Sum256(message)
			if !bytes.Contains(b, sum[:]) {
				t.Error("a token was taken for one of another message")
			}
		}
	})
}
