package envelope

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/chatferry/chatferry/core/fault"
)

const restore = "restore the file from a copy, or export again into another folder"

// Check tells whether an encrypted file is still the one of its seal, without a key.
func Check(ctx context.Context, path string, s Seal) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.New(fault.Corrupt, "check", path, restore, errors.New("the encrypted file is not there or cannot be read"))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return storage(path, err)
	}
	if info.Size() < s.Size {
		return fault.New(fault.Corrupt, "check", path, restore, fmt.Errorf("the encrypted file is cut off: %d of %d bytes are there", info.Size(), s.Size))
	}
	h := sha256.New()
	if _, err := io.Copy(h, reader{ctx, f}); err != nil {
		return storage(path, err)
	}
	if hex.EncodeToString(h.Sum(nil)) != s.SHA256 {
		return fault.New(fault.Corrupt, "check", path, restore, errors.New("the encrypted file is damaged: its bytes are not those that were written"))
	}
	return nil
}

// Unpack decrypts a file and puts what was below the name top into the folder dir, which must be empty and private.
// After an error the folder is worth nothing.
func Unpack(ctx context.Context, file, top, dir string, s Seal, ids []age.Identity) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return storage(dir, err)
	}
	defer root.Close()
	return decrypt(ctx, file, s, func(r io.Reader) error { return readTar(r, top, root) }, ids...)
}

// decrypt hands the tar of a file to use, and checks that it was all, and the one of the seal.
func decrypt(ctx context.Context, path string, s Seal, use func(io.Reader) error, ids ...age.Identity) error {
	f, err := os.Open(path)
	if err != nil {
		return storage(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return storage(path, err)
	}
	src := &source{r: reader{ctx, f}, short: info.Size() < s.Size}
	plain, err := age.Decrypt(src, ids...)
	if err != nil {
		return explain(path, src, err)
	}
	sum := sha256.New()
	teed := io.TeeReader(plain, sum)
	if err := use(teed); err != nil {
		return explain(path, src, err)
	}
	if _, err := io.Copy(io.Discard, teed); err != nil { // the rest, so that a missing end is found
		return explain(path, src, err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != s.TarSHA256 {
		return fault.New(fault.Corrupt, "decrypt", path, restore, errors.New("what it holds is not what was put into it"))
	}
	return nil
}

// source is the file that is read; it knows whether reading failed.
type source struct {
	r     io.Reader
	short bool // it is shorter than it was written
	err   error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// reader ends with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// explain tells the wrong key, a file that ends too early, one that was changed, and a disk that fails, apart.
func explain(path string, src *source, err error) error {
	var known *fault.Error
	var nobody *age.NoIdentityMatchError
	var text string
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case src.err != nil:
		return storage(path, src.err)
	case errors.As(err, &known):
		return err
	case errors.As(err, &nobody):
		return bad("decrypt", path, "give the private key of one of its recipients with --identity", errors.New("it was not encrypted for this key"))
	case src.short || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		text = "the encrypted file is cut off"
	default:
		text = "the encrypted file is damaged: its bytes are not those that were written"
	}
	return fault.New(fault.Corrupt, "decrypt", path, restore, errors.New(text))
}

// readTar writes what is below top into root: files and folders, and nothing else.
func readTar(r io.Reader, top string, root *os.Root) error {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		name, ok := strings.CutPrefix(path.Clean(h.Name)+"/", top+"/")
		name = strings.TrimSuffix(name, "/")
		if ok && name == "" && h.Typeflag == tar.TypeDir {
			continue
		}
		if !ok || !filepath.IsLocal(filepath.FromSlash(name)) || h.Typeflag != tar.TypeDir && h.Typeflag != tar.TypeReg {
			return errForeign
		}
		if h.Typeflag == tar.TypeDir {
			if err := root.MkdirAll(filepath.FromSlash(name), 0o700); err != nil {
				return storage(root.Name(), err)
			}
			continue
		}
		if err := create(root, filepath.FromSlash(name), t); err != nil {
			return err
		}
	}
}

var errForeign = errors.New("the tar holds something that was not put there")

func create(root *os.Root, name string, r io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return storage(root.Name(), err)
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return storage(filepath.Join(root.Name(), name), err)
	}
	to := &writer{w: f}
	_, err = io.Copy(to, r)
	if cerr := f.Close(); to.err == nil {
		to.err = cerr
	}
	if to.err != nil {
		return storage(filepath.Join(root.Name(), name), to.err)
	}
	return err
}

// writer remembers that it was writing that failed, not reading.
type writer struct {
	w   io.Writer
	err error
}

func (w *writer) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	if err != nil {
		w.err = err
	}
	return n, err
}
