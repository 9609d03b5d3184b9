package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/media"
)

// reasonDigest is the reason of an attachment whose bytes are not, or not as they were, in the archive.
const reasonDigest = "digest_mismatch"

// archive is an archive opened for reading. Its methods may be called concurrently.
type archive struct {
	dir  string
	root *os.Root
	head *header
	pool *pool

	once  sync.Once
	units []unit
	homes map[digest16]home // conversations that occur after the first generation
	err   error
}

// unit is what a reader of the archive takes as one shard: a shard of the first generation that has
// its conversations, with what later generations have of the same ones.
type unit struct {
	id, label   string
	directory   bool
	records     int64 // -1 when several generations have to be brought together
	bytes       int64
	fingerprint string
	base        home
	parts       []home // the base first, then by generation
}

// home names a shard by its generation's and its own position in the header.
type home struct{ generation, shard int32 }

func open(dir string, p *pool) (*archive, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, readFault(dir, err)
	}
	head, err := readHeader(root)
	if err != nil {
		root.Close()
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fault.New(fault.Config, "open archive", dir, "give the folder that holds "+headerName, errors.New("there is no archive here"))
		}
		return nil, err
	}
	return &archive{dir: dir, root: root, head: head, pool: p}, nil
}

func (a *archive) close() { a.root.Close() }

func (a *archive) shard(h home) *shard { return &a.head.Generations[h.generation].Shards[h.shard] }

// plan lists the units, directories first.
func (a *archive) plan() ([]unit, error) {
	a.once.Do(func() {
		var list []unit
		if len(a.head.Generations) == 1 {
			list = a.listed()
		} else if list, a.err = a.merged(); a.err != nil {
			return
		}
		for _, directory := range []bool{true, false} {
			for _, u := range list {
				if u.directory == directory {
					a.complete(&u)
					a.units = append(a.units, u)
				}
			}
		}
	})
	return a.units, a.err
}

// listed are the units of an archive with one generation: its shards as they are.
func (a *archive) listed() (list []unit) {
	for i, s := range a.head.Generations[0].Shards {
		h := home{0, int32(i)}
		list = append(list, unit{id: s.ID, label: s.Label, directory: s.Directory, base: h, parts: []home{h}})
	}
	return list
}

// complete fills in what follows from a unit's parts.
func (a *archive) complete(u *unit) {
	sum := sha256.New()
	u.records = 0
	for _, h := range u.parts {
		s := a.shard(h)
		fmt.Fprintf(sum, "%d\n", h.generation)
		for i := range s.Segments {
			fmt.Fprintln(sum, s.Segments[i].SHA256)
			u.bytes += s.Segments[i].TextBytes
		}
		u.records += s.total()
	}
	if u.mixed() {
		u.records = -1
	}
	u.fingerprint = hex.EncodeToString(sum.Sum(nil)[:16])
}

// mixed tells whether a unit's records cannot be read as they stand: they are in several shards, or in
// one of a later generation, which also holds conversations of other units.
func (u *unit) mixed() bool { return len(u.parts) > 1 || u.base.generation > 0 }

// read gives the lines of a unit after the first skip ones, each key once.
func (a *archive) read(ctx context.Context, u *unit, skip int64, yield func(line []byte) error) error {
	if u.mixed() {
		return a.readMerged(ctx, u, skip, yield)
	}
	s := a.shard(u.parts[0])
	for i := range s.Segments {
		if skip >= s.Segments[i].Records {
			skip -= s.Segments[i].Records
			continue
		}
		if err := a.readSegment(ctx, &s.Segments[i], skipping(&skip, yield)); err != nil {
			return err
		}
	}
	return nil
}

// readSegment reads a segment and stops soon after ctx ends.
func (a *archive) readSegment(ctx context.Context, s *segment, yield func([]byte) error) error {
	n := 0
	return a.pool.readSegment(a.root, s, func(line []byte) error {
		if n++; n%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		return yield(line)
	})
}

func skipping(skip *int64, yield func([]byte) error) func([]byte) error {
	return func(line []byte) error {
		if *skip > 0 {
			*skip--
			return nil
		}
		return yield(line)
	}
}

// holds tells whether a media object is there; its bytes are another question.
func (a *archive) holds(digest string) bool {
	if !media.Valid(digest) {
		return false
	}
	info, err := a.root.Lstat(mediaName(digest))
	return err == nil && info.Mode().IsRegular()
}

// damagedMedia reads all media and gives the digests whose bytes are others.
func (a *archive) damagedMedia(ctx context.Context) (map[string]bool, error) {
	bad := map[string]bool{}
	h := sha256.New()
	err := eachObject(ctx, a.dir, func(digest string, _ int64) error {
		f, err := openFile(a.root, mediaName(digest))
		if err != nil {
			return err
		}
		defer f.Close()
		h.Reset()
		if _, err := io.Copy(h, f); err != nil {
			return readFault(mediaName(digest), err)
		}
		if hex.EncodeToString(h.Sum(nil)) != digest {
			bad[digest] = true
		}
		return nil
	})
	return bad, err
}

// endOf is what an error of lineReader means for the file name.
func endOf(name string, err error) error {
	switch {
	case err == io.EOF:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF):
		return corrupt(name, errors.New("its last line is cut off"))
	}
	return readFault(name, err)
}
