package html

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/spill"
)

// manifestName lists every other file with its SHA-256, as "sha256sum -c" reads it, and tagName does so for
// the manifest itself: a damaged manifest must not pass for damaged pages.
const (
	manifestName = "manifest-sha256.txt"
	tagName      = "tagmanifest-sha256.txt"
	makerName    = "made-by.txt"
)

// output writes the files of a site. file may be called concurrently.
type output struct {
	dir string

	mu    sync.Mutex
	made  map[string]bool
	names *spill.Sorter // name → digest
}

func newOutput(dir, work string) *output {
	return &output{dir: dir, made: map[string]bool{}, names: spill.New(work, 4<<20)}
}

func (o *output) close() { o.names.Close() }

// begin takes away the manifest of an interrupted Finish, so that there is none while files change, and small
// pictures that may be cut off.
func (o *output) begin() error {
	for _, name := range []string{tagName, manifestName} {
		if err := os.Remove(filepath.Join(o.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return storage("write site", name, err)
		}
	}
	if err := os.RemoveAll(filepath.Join(o.dir, smallDir)); err != nil { // what is there is whole
		return storage("write site", smallDir, err)
	}
	return nil
}

// file writes one file. It is made durable by seal, with all others at once: a site has very many.
func (o *output) file(name string, b []byte) error {
	path := filepath.Join(o.dir, filepath.FromSlash(name))
	sum := sha256.Sum256(b)
	o.mu.Lock()
	dir := filepath.Dir(path)
	made := o.made[dir]
	o.made[dir] = true
	err := o.names.Add([]byte(name), sum[:])
	if err == nil && !made {
		err = os.MkdirAll(dir, 0o700)
	}
	o.mu.Unlock()
	if err != nil {
		return storage("write site", name, err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return storage("write site", name, err)
	}
	return nil
}

// page writes a page of messages and its data.
func (o *output) page(dir string, n int, html, data []byte) error {
	name := dir + "/" + strconv.Itoa(n)
	if err := o.file(name+".html", html); err != nil {
		return err
	}
	return o.file(name+".js", data)
}

// seal makes everything durable and then writes the manifest.
func (o *output) seal(ctx context.Context) error {
	media := filepath.Join(o.dir, mediaDir)
	err := filepath.WalkDir(media, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path == media:
			return fs.SkipAll
		case err != nil:
			return err
		case e.IsDir():
			return ctx.Err()
		}
		name := mediaDir + "/" + filepath.Base(filepath.Dir(path)) + "/" + e.Name()
		digits, _, _ := strings.Cut(e.Name(), ".")
		sum, err := hex.DecodeString(digits)
		if err != nil || len(sum) != sha256.Size {
			return errors.New("there is a file that is not of this site")
		}
		return o.names.Add([]byte(name), sum)
	})
	if err != nil {
		return storage("write site", media, err)
	}
	if err := edition.SyncAll(o.dir); err != nil {
		return storage("write site", o.dir, err)
	}
	h := sha256.New()
	err = plugin.WriteFileAtomic(filepath.Join(o.dir, manifestName), func(w io.Writer) error {
		it, err := o.names.Sort()
		if err != nil {
			return err
		}
		out := bufio.NewWriter(io.MultiWriter(w, h))
		var line []byte
		for it.Next() {
			line = hex.AppendEncode(line[:0], it.Value())
			line = append(append(append(line, "  "...), it.Key()...), '\n')
			if _, err := out.Write(line); err != nil {
				return err
			}
		}
		if err := it.Err(); err != nil {
			return err
		}
		return out.Flush()
	})
	if err != nil {
		return err
	}
	return plugin.WriteFileAtomic(filepath.Join(o.dir, tagName), func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%x  %s\n", h.Sum(nil), manifestName)
		return err
	})
}
