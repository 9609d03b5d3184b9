package edition

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/media"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// ErrElsewhere is what Render returns when an edition can't be rendered here though nothing is wrong with it,
// such as without the fonts that it was made with. Its files are then proved by the manifest.
var ErrElsewhere = errors.New("this edition can't be rendered here")

// Reading is an edition that a Reader reads.
type Reading struct {
	Root  *os.Root
	Media *Library
	// Older tells that another version of the plugin made the edition, and that every file is as it was made:
	// what is only worked out of records may be worked out otherwise today.
	Older bool
}

// Open opens a regular file of the edition.
func (r *Reading) Open(name string) (*os.File, error) {
	f, err := openRegular(r.Root, name)
	if err != nil {
		return nil, damaged(name, err)
	}
	return f, nil
}

// Damaged is the error for a file of an edition that can't be read.
func Damaged(name string, err error) error { return damaged(name, err) }

// reader checks a finished edition.
type reader struct {
	*sink
	ctx     context.Context
	root    *os.Root
	media   *Library
	changed map[string]bool // files that are not as the manifest says, and not media
	other   bool            // another version of the plugin made it
	wrong   error
}

// ReadBack implements plugin.Sink. Each file is proved by the manifest, and then by its records: see the
// package's comment. Attachments whose bytes differ become missing.
func (s *sink) ReadBack(ctx context.Context, yield func(*message.Record) error) error {
	root, err := os.OpenRoot(s.run.Dir)
	if err != nil {
		return storage("read back", s.run.Dir, err)
	}
	defer root.Close()
	r := &reader{sink: s, ctx: ctx, root: root, changed: map[string]bool{}, media: &Library{dir: s.run.Dir, root: root, names: map[string]string{}}}
	if err := r.manifest(); err != nil {
		return err
	}
	made, err := r.small(makerName)
	if err != nil {
		return damaged(makerName, err)
	}
	r.other = string(made) != s.maker+"\n"
	if t, ok := s.format.(Reader); ok {
		err = t.Read(ctx, &Reading{Root: root, Media: r.media, Older: r.other && r.wrong == nil}, func(rec *message.Record) error { return r.give(rec, yield) })
	} else {
		err = r.document(yield)
	}
	if err != nil {
		return err
	}
	return r.wrong
}

// document renders the edition anew and gives the records that are shown as they are.
func (r *reader) document(yield func(*message.Record) error) error {
	units, err := kept(r.root)
	if err != nil {
		return err
	}
	h, err := open(r.ctx, units, r.media)
	if err != nil {
		return err
	}
	c := &check{root: r.root, hidden: map[string]bool{}, made: map[string]bool{}, intact: func(name string) bool { return !r.changed[name] }}
	// Totals and lists may be rendered otherwise without a file that is lost, and that is reported anyway.
	c.proved = func(name string) bool { return (r.other || len(c.lost) > 0) && c.intact(name) }
	if c.lost, err = r.losers(units); err != nil {
		return err
	}
	switch err := r.format.Render(r.ctx, h, &Folder{check: c, media: r.media}); {
	case errors.Is(err, ErrElsewhere):
		c.hidden = nil
	case err != nil:
		return err
	case r.wrong == nil:
		r.wrong = c.wrong
	}
	for _, u := range units {
		err := u.lines(r.ctx, func(line string) error {
			rec, err := message.Decode(line)
			if err == nil {
				err = rec.Check()
			}
			if err != nil {
				return damaged(recordsDir, err)
			}
			if c.hidden[rec.Key()] {
				return nil
			}
			return r.give(rec, yield)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// losers are the keys of records that have lost a file. Without it they can't be rendered as they were, and
// differ from what was delivered anyway.
func (r *reader) losers(units []unit) (map[string]bool, error) {
	keys := map[string]bool{}
	err := attached(r.ctx, units, func(rec *message.Record) error {
		for _, a := range rec.Attachments() {
			if a.State == message.MediaPresent && r.media.names[a.SHA256] == "" {
				keys[strings.Clone(rec.Key())] = true
			}
		}
		return nil
	})
	return keys, err
}

// give yields a record as the edition holds it: attachments with wrong bytes are missing.
func (r *reader) give(rec *message.Record, yield func(*message.Record) error) error {
	for _, a := range rec.Attachments() {
		if a.State != message.MediaPresent {
			continue
		}
		if r.media.names[a.SHA256] == "" {
			a.State, a.Reason = message.MediaMissing, "digest mismatch: its file is gone or changed"
		}
	}
	return yield(rec)
}

// manifest compares every file with its digest, and looks for files that it does not name.
func (r *reader) manifest() error {
	sum, err := r.digest(manifestName)
	if err != nil {
		return damaged(manifestName, err)
	}
	if tag, err := r.small(tagName); err != nil || string(tag) != fmt.Sprintf("%x  %s\n", sum, manifestName) {
		return damaged(manifestName, errors.Join(err, errors.New("its digest is not the one in "+tagName)))
	}
	f, err := openRegular(r.root, manifestName)
	if err != nil {
		return damaged(manifestName, err)
	}
	defer f.Close()
	listed, folders := 0, map[string]bool{} // folders of the root, and ends of names in the root itself
	in := bufio.NewScanner(f)
	for n := 1; in.Scan(); n++ {
		if n%64 == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		digits, name, ok := strings.Cut(in.Text(), "  ")
		want, err := hex.DecodeString(digits)
		if !ok || err != nil || len(want) != sha256.Size || !plainName(name) {
			return damaged(manifestName, fmt.Errorf("line %d is not a digest and a name", n))
		}
		listed++
		if top, _, inside := strings.Cut(name, "/"); inside {
			folders[top] = true
		} else {
			folders[path.Ext(name)] = true
		}
		r.compare(name, digits, want)
	}
	if err := in.Err(); err != nil {
		return damaged(manifestName, err)
	}
	return r.strangers(listed, folders)
}

func (r *reader) compare(name, digits string, want []byte) {
	sha, isMedia := mediaDigest(name)
	got, err := r.digest(name)
	same := err == nil && bytes.Equal(got, want)
	switch {
	case isMedia && same && sha == digits:
		r.media.names[sha] = name
	case isMedia: // the records that refer to it say so
	case !same:
		r.changed[name] = true
		if r.wrong == nil {
			r.wrong = plugin.Damage(name, cmp.Or(err, errors.New("its content is not what was written")))
		}
	}
}

// strangers finds files that the manifest does not name, in the folders that it names files of. What else
// stands beside an edition, such as the evidence of the run, is not its own.
func (r *reader) strangers(listed int, folders map[string]bool) error {
	found, last := 0, ""
	err := fs.WalkDir(r.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		switch top, _, inside := strings.Cut(name, "/"); {
		case err != nil:
			return err
		case name == ".":
		case e.Name()[0] == '.' || !inside && !folders[top] && !folders[path.Ext(name)]:
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.IsDir():
			return r.ctx.Err()
		case name != manifestName && name != tagName:
			found++
			last = name
		}
		return nil
	})
	if err != nil {
		return storage("read back", filepath.Base(r.run.Dir), err)
	}
	if found > listed && r.wrong == nil {
		r.wrong = plugin.Damage(last, errors.New("there are files that are not of this edition, perhaps this one"))
	}
	return nil
}

// mediaDigest is the digest that a media file is named by.
func mediaDigest(name string) (sha string, ok bool) {
	base := name[strings.LastIndexByte(name, '/')+1:]
	sha, _, _ = strings.Cut(base, ".")
	return sha, strings.HasPrefix(name, mediaDir+"/") && media.Valid(sha)
}

func (r *reader) digest(name string) ([]byte, error) {
	f, err := openRegular(r.root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// small reads a file of a few lines.
func (r *reader) small(name string) ([]byte, error) {
	f, err := openRegular(r.root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 4096))
}
