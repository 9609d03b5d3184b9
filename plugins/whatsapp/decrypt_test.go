package whatsapp

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatferry/chatferry/core/fault"
)

func TestBackupsOpenWithTheirKeyAlone(t *testing.T) {
	want, err := os.ReadFile(fixture(t, "wa-crypt-tools/msgstore.db"))
	if err != nil {
		t.Fatal(err)
	}
	for file, key := range map[string]string{"msgstore.db.crypt12": "key", "msgstore.db.crypt14": "key", "msgstore-noexpiry.db.crypt14": "key", "msgstore.db.crypt15": "encrypted_backup.key"} {
		at, err := decrypt(fixture(t, "wa-crypt-tools/"+file), fixture(t, "wa-crypt-tools/"+key), t.TempDir())
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if got, err := os.ReadFile(at); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s gives another database: %v", file, err)
		}
		other := map[string]string{"key": "encrypted_backup.key", "encrypted_backup.key": "key"}[key]
		var e *fault.Error
		if _, err := decrypt(fixture(t, "wa-crypt-tools/"+file), fixture(t, "wa-crypt-tools/"+other), t.TempDir()); !errors.As(err, &e) || e.Setting != "key_file" {
			t.Errorf("%s with the wrong key: %v", file, err)
		}
	}
}

func TestDamagedBackupsAreToldFromWrongKeys(t *testing.T) {
	whole, err := os.ReadFile(fixture(t, "wa-crypt-tools/msgstore.db.crypt15"))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"cut": whole[:len(whole)-1000], "turned": append(append(bytes.Clone(whole[:5000]), whole[5000]^1), whole[5001:]...), "short": whole[:20], "empty": nil} {
		path := filepath.Join(t.TempDir(), "msgstore.db.crypt15")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if _, err := decrypt(path, fixture(t, "wa-crypt-tools/encrypted_backup.key"), dir); fault.ClassOf(err) != fault.Corrupt {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: something was written before the tag was checked", name)
		}
	}
	for _, text := range []string{"", "short", strings.Repeat("0", 63), strings.Repeat("x", 64)} {
		key := filepath.Join(t.TempDir(), "k")
		if err := os.WriteFile(key, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := readKey(key); err == nil {
			t.Errorf("%q is taken for a key", text)
		}
	}
}

// TestGhashIsThatOfGCM compares with the standard library for nonces of 16 bytes and texts of every length.
func TestGhashIsThatOfGCM(t *testing.T) {
	dice := rand.NewChaCha8([32]byte{1})
	for n := range 100 {
		key, iv, text := make([]byte, 32), make([]byte, 16), make([]byte, n*7)
		dice.Read(key)
		dice.Read(iv)
		dice.Read(text)
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		gcm, err := cipher.NewGCMWithNonceSize(block, 16)
		if err != nil {
			t.Fatal(err)
		}
		sealed := gcm.Seal(nil, iv, text, nil)
		e := envelope{iv: iv, to: int64(len(text)), tag: sealed[len(text):]}
		tagged, _, err := e.check(bytes.NewReader(sealed), block)
		if err != nil || !tagged {
			t.Fatalf("%d bytes: %v", len(text), err)
		}
		sealed[len(sealed)/2] ^= 1
		if tagged, _, _ := e.check(bytes.NewReader(sealed), block); len(text) > 16 && tagged {
			t.Fatalf("%d bytes: a turned bit is not seen", len(text))
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte("\x05\x01\x1a\x12\x0a\x10"+strings.Repeat("i", 200)), "15")
	f.Fuzz(func(t *testing.T, b []byte, version string) {
		if version != "12" && version != "14" && version != "15" {
			version = "15"
		}
		e, err := envelopeOf(bytes.NewReader(b), int64(len(b)), version)
		if err == nil && (e.from < 0 || e.to <= e.from || e.to > int64(len(b)) || len(e.iv) != 16) {
			t.Fatalf("%+v", e)
		}
	})
}

// TestTheFixtureReadsFromEveryForm: the database and its backups give the same, and the census counts the same.
func TestTheFixtureReadsFromEveryForm(t *testing.T) {
	for file, key := range map[string]string{"msgstore.db": "", "msgstore.db.crypt12": "key", "msgstore.db.crypt14": "key", "msgstore.db.crypt15": "encrypted_backup.key"} {
		settings := []string{}
		if key != "" {
			settings = []string{"key_file", fixture(t, "wa-crypt-tools/"+key)}
		}
		r := readAll(t, fixture(t, "wa-crypt-tools/"+file), settings...)
		if n := len(r.messages()); n != 9 || len(r.rejects) != 0 || len(r.conversations()) != 8 {
			t.Errorf("%s: %d messages, %d conversations, %+v", file, n, len(r.conversations()), r.rejects)
		}
		for _, m := range r.messages() {
			if m.Kind != "file" || len(m.Attachments) != 1 || m.Attachments[0].Size == "" {
				t.Errorf("%s: %+v", file, m)
			}
		}
	}
}
