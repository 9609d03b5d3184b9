package census

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/census"
)

const magic = "SQLite format 3\x00"

// databaseIn finds the database that a path names, in the order in which the reader looks.
func databaseIn(path string) (string, bool) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", false
	case info.Mode().IsRegular():
		return path, encrypted(path) || begins(path)
	}
	for _, dir := range []string{path, filepath.Join(path, "Databases")} {
		for _, base := range []string{"msgstore.db", "msgstore.db.crypt15", "msgstore.db.crypt14", "msgstore.db.crypt12", "ChatStorage.sqlite"} {
			file := filepath.Join(dir, base)
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && (encrypted(base) || begins(file)) {
				return file, true
			}
		}
	}
	return "", false
}

func encrypted(name string) bool {
	ext := filepath.Ext(name)
	return ext == ".crypt12" || ext == ".crypt14" || ext == ".crypt15"
}

func begins(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(magic))
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == magic
}

// countDatabase lists what lies with a database and counts the rows of its messages and calls, by its pages.
func countDatabase(ctx context.Context, path, file, key string, count bool, yield func(census.Member) error) (census.Facts, error) {
	dir := path
	if path == file {
		dir = filepath.Dir(path)
	}
	c, err := open(path, path == file)
	if err != nil {
		return census.Facts{}, err
	}
	defer c.Close()
	t := census.Tally{}
	t.ByFile = true
	if info, err := os.Stat(file + "-wal"); err == nil && info.Size() > 0 {
		t.Silent = "newer rows are in a write-ahead log, which is not counted"
	}
	own, err := filepath.Rel(dir, file)
	if err != nil {
		return census.Facts{}, err
	}
	err = c.Walk(ctx, func(e *census.Entry) error {
		t.Add(e.Path, e.Size, e.Mark)
		if !count {
			return nil
		}
		m := census.Member{Path: e.Path, Size: e.Size, State: census.Media, Elements: census.NotCounted}
		base := filepath.Base(e.Path)
		switch {
		case e.Damage != "":
			m.State, m.Rule = census.Damaged, e.Damage
		case e.Path == filepath.ToSlash(own):
			var silent string
			if m.State, m.Elements, m.Broken, silent = rowsOf(ctx, file, key); silent != "" {
				t.Silent = silent
			}
		case base == "wa.db":
			m.State, m.Rule = census.Ignored, "names of contacts, taken as they are needed"
		case strings.HasSuffix(base, "-wal"), strings.HasSuffix(base, "-shm"), strings.HasSuffix(base, "-journal"):
			m.State, m.Rule = census.Ignored, "part of the database beside it"
		case strings.HasSuffix(base, ".db"), strings.HasSuffix(base, ".sqlite"), encrypted(base):
			m.State, m.Rule = census.Unknown, "another database"
		}
		return yield(m)
	})
	return t.Done(), err
}

// maxBackup is how large an encrypted backup may be to be counted: it is opened in memory.
const maxBackup = 1 << 30

func rowsOf(ctx context.Context, file, key string) (state census.State, rows int64, broken, silent string) {
	f, err := os.Open(file)
	if err != nil {
		return census.Damaged, census.NotCounted, "it cannot be opened", ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return census.Damaged, census.NotCounted, "it cannot be opened", ""
	}
	r, size := io.ReaderAt(f), info.Size()
	if encrypted(file) {
		if size > maxBackup {
			return census.Parsed, census.NotCounted, "", "the backup is too large to be opened a second time in memory"
		}
		plain, err := unseal(f, key)
		if err != nil {
			return census.Parsed, 0, err.Error(), ""
		}
		r, size = bytes.NewReader(plain), int64(len(plain))
	}
	p, err := census.OpenPages(ctx, r, size)
	for _, t := range [...]struct{ table, column, without string }{
		{"ZWAMESSAGE", "", ""}, {"message", "key_id", "-1"}, {"messages", "key_remote_jid", "-1"}, {"call_log", "", ""},
	} {
		if err == nil && p.Has(t.table) {
			var n int64
			n, err = p.Rows(ctx, t.table, t.column, t.without)
			rows += n
		}
	}
	if err != nil {
		return census.Parsed, rows, err.Error(), ""
	}
	return census.Parsed, rows, "", ""
}

var errSealed = errors.New("it cannot be decrypted")

// unseal opens a backup with the standard library alone, and all of it at once.
func unseal(f io.Reader, key string) ([]byte, error) {
	b, err := io.ReadAll(f)
	if err != nil || len(b) < 200 {
		return nil, errSealed
	}
	secret, err := secretOf(key)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, 16)
	if err != nil {
		return nil, err
	}
	// Where text and nonce begin differs from version to version; only the right places open it.
	type place struct{ nonce, from, end int }
	places := []place{{51, 67, len(b) - 20}}
	at := 1
	if b[1] == 1 {
		at = 2
	}
	for i := at; i+18 < at+int(b[0]) && i < 400; i++ {
		if (b[i] == 0x2a || b[i] == 0x0a) && b[i+1] == 16 {
			places = append(places, place{i + 2, at + int(b[0]), len(b) - 16})
		}
	}
	for _, p := range places {
		if p.from >= p.end || p.nonce+16 > len(b) {
			continue
		}
		plain, err := gcm.Open(nil, b[p.nonce:p.nonce+16], b[p.from:p.end], nil)
		if err != nil {
			continue
		}
		z, err := zlib.NewReader(bytes.NewReader(plain))
		if err != nil {
			return nil, errSealed
		}
		return io.ReadAll(io.LimitReader(z, 4*maxBackup))
	}
	return nil, errSealed
}

// secretOf reads the key of a backup: the last 32 bytes of either file of the phone, or 64 digits.
func secretOf(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil || len(b) < 32 || len(b) > 4096 {
		return nil, errSealed
	}
	if text, err := hex.DecodeString(strings.Join(strings.Fields(string(b)), "")); err == nil && len(text) == 32 {
		b = text
	}
	secret := b[len(b)-32:]
	if len(b) > 100 {
		return secret, nil
	}
	digest := func(key, text []byte) []byte {
		h := hmac.New(sha256.New, key)
		h.Write(text)
		return h.Sum(nil)
	}
	return digest(digest(make([]byte, 32), secret), []byte("backup encryption\x01")), nil
}
