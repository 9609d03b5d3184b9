package archive

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"github.com/chatferry/chatferry/core/media"
)

// writeManifest writes one line "digest  name" for every file of an archive but the manifest itself,
// sorted bytewise by name. Digests of records come from the header, those of media are their names:
// both were computed when the bytes were written.
func writeManifest(ctx context.Context, w io.Writer, dir string, h *header, files map[string][]byte) error {
	var list []file
	for name, b := range files {
		sum := sha256.Sum256(b)
		list = append(list, file{Path: name, SHA256: hex.EncodeToString(sum[:])})
	}
	for _, g := range h.Generations {
		for i := range g.Shards {
			for j := range g.Shards[i].Segments {
				list = append(list, g.Shards[i].Segments[j].file)
			}
			if x := g.Shards[i].Index; x != nil {
				list = append(list, *x)
			}
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Path < list[j].Path })
	line := func(digest, name string) error {
		_, err := fmt.Fprintf(w, "%s  %s\n", digest, name)
		return err
	}
	i := 0
	for ; i < len(list) && list[i].Path < mediaDir; i++ {
		if err := line(list[i].SHA256, list[i].Path); err != nil {
			return err
		}
	}
	err := eachObject(ctx, dir, func(digest string, _ int64) error { return line(digest, mediaName(digest)) })
	if err != nil {
		return err
	}
	for ; i < len(list); i++ {
		if err := line(list[i].SHA256, list[i].Path); err != nil {
			return err
		}
	}
	return nil
}

// eachObject visits the media of an archive, sorted.
func eachObject(ctx context.Context, dir string, visit func(digest string, size int64) error) error {
	root := filepath.Join(dir, mediaDir)
	if _, err := os.Lstat(root); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return media.Walk(root, func(digest string, size int64) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return visit(digest, size)
	})
}

// checkManifest compares the manifest with the archive, line by line. Segments and media are not read
// here: their digests are compared by name, and their bytes when they are read.
func (a *archive) checkManifest(ctx context.Context) error {
	files := map[string][]byte{}
	names := []string{headerName, readmeName}
	if entries, err := fs.ReadDir(a.root.FS(), schemaDir); err == nil {
		for _, e := range entries {
			names = append(names, schemaDir+"/"+e.Name())
		}
	}
	for _, name := range names {
		f, err := openFile(a.root, name)
		if err != nil {
			return err
		}
		b, err := io.ReadAll(io.LimitReader(f, maxHeader+1))
		f.Close()
		if err != nil {
			return readFault(name, err)
		}
		files[name] = b
	}
	if err := a.eachConversation(0, func(home, digest16) {}); err != nil { // proves the indexes
		return err
	}
	f, err := openFile(a.root, manifestName)
	if err != nil {
		return err
	}
	defer f.Close()
	c := &comparer{r: bufio.NewReader(f)}
	if err := writeManifest(ctx, c, a.dir, a.head, files); err != nil {
		return err
	}
	if _, err := c.r.Peek(1); err != io.EOF {
		return corrupt(manifestName, errors.New("it lists files that the archive does not have"))
	}
	return nil
}

// comparer fails when what is written differs from what r gives.
type comparer struct {
	r   *bufio.Reader
	buf []byte
	n   int64
}

func (c *comparer) Write(p []byte) (int, error) {
	c.buf = append(c.buf[:0], p...)
	n, err := io.ReadFull(c.r, c.buf)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return 0, readFault(manifestName, err)
	}
	if n < len(p) || !bytes.Equal(c.buf, p) {
		return 0, corrupt(manifestName, fmt.Errorf("it differs from the archive's files near byte %d", c.n))
	}
	c.n += int64(n)
	return len(p), nil
}
