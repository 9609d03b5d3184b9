package envelope

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/plugin"
)

// Suffix ends the name of an encrypted file.
const Suffix = ".tar.age"

// Seal is what is known of an encrypted file.
type Seal struct {
	Size      int64  `json:"size"`
	SHA256    string `json:"sha256"`
	TarSize   int64  `json:"tar_size"`
	TarSHA256 string `json:"tar_sha256"`
}

// Pack writes everything in the folder dir to the file path, below the name top, for recipients only. What it
// returns was found by decrypting the finished file.
func Pack(ctx context.Context, dir, top, path string, recipients []age.Recipient) (Seal, error) {
	w := &witness{Recipient: recipients[0]}
	p, err := plugin.CreatePart(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return Seal{}, err
	}
	defer p.Abort()
	sealed, err := age.Encrypt(p, append([]age.Recipient{w}, recipients[1:]...)...)
	if err != nil {
		return Seal{}, storage(path, err)
	}
	sum := sha256.New()
	count := &counter{}
	if err := writeTar(ctx, io.MultiWriter(sealed, sum, count), dir, top); err != nil {
		return Seal{}, err
	}
	if err := sealed.Close(); err != nil {
		return Seal{}, storage(path, err)
	}
	s := Seal{TarSize: count.n, TarSHA256: hex.EncodeToString(sum.Sum(nil))}
	if s.Size, s.SHA256, err = p.Commit(); err != nil {
		return Seal{}, err
	}
	err = decrypt(ctx, path, s, func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }, w)
	if err != nil {
		os.Remove(path)
	}
	return s, err
}

// witness is a recipient that remembers the key of the file, to decrypt it once more before it is forgotten.
type witness struct {
	age.Recipient
	key []byte
}

// Wrap implements age.Recipient.
func (w *witness) Wrap(key []byte) ([]*age.Stanza, error) {
	w.key = append([]byte{}, key...)
	return w.Recipient.Wrap(key)
}

// WrapWithLabels implements age.RecipientWithLabels.
func (w *witness) WrapWithLabels(key []byte) ([]*age.Stanza, []string, error) {
	if r, ok := w.Recipient.(age.RecipientWithLabels); ok {
		w.key = append([]byte{}, key...)
		return r.WrapWithLabels(key)
	}
	s, err := w.Wrap(key)
	return s, nil, err
}

// Unwrap implements age.Identity.
func (w *witness) Unwrap([]*age.Stanza) ([]byte, error) { return w.key, nil }

type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

// writeTar writes a folder in the order of a walk, without owners, times and rights.
func writeTar(ctx context.Context, to io.Writer, dir, top string) error {
	w := tar.NewWriter(to)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return storage(path, err)
		case ctx.Err() != nil:
			return ctx.Err()
		case !d.IsDir() && !d.Type().IsRegular():
			return fault.New(fault.Storage, "encrypt", path, "remove it from the folder and run again", errors.New("it is neither a file nor a folder"))
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return storage(path, err)
		}
		h := &tar.Header{Name: filepath.ToSlash(filepath.Join(top, rel)), Mode: 0o600, Typeflag: tar.TypeReg, Format: tar.FormatPAX, ModTime: time.Unix(0, 0)}
		if d.IsDir() {
			h.Name, h.Mode, h.Typeflag = h.Name+"/", 0o700, tar.TypeDir
			return w.WriteHeader(h)
		}
		return writeFile(w, h, path)
	})
	if err != nil {
		return err
	}
	return w.Close()
}

func writeFile(w *tar.Writer, h *tar.Header, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return storage(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return storage(path, err)
	}
	h.Size = info.Size()
	if err := w.WriteHeader(h); err != nil {
		return storage(path, err)
	}
	if _, err := io.Copy(w, f); err != nil {
		return storage(path, err)
	}
	return nil
}

func storage(path string, err error) error {
	var known *fault.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) {
		return err
	}
	return fault.New(fault.Storage, "encrypt", path, "check that the disk works, has space and can be read and written, then run again: it resumes", err)
}
