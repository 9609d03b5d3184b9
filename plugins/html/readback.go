package html

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
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/media"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// maxData bounds one data file of the site.
const maxData = 256 << 20

// reader checks a finished site.
type reader struct {
	*sink
	*prose
	ctx     context.Context
	root    *os.Root
	media   *library
	yield   func(*message.Record) error
	wrong   error           // the first file that differs from the manifest and is no page of messages
	other   bool            // another version made the site, which may render otherwise
	changed map[string]bool // pages and data that are not what the manifest says
}

// ReadBack proves each file by the manifest, and each page of messages by rendering it anew from its data.
// Records whose page does not show them are left out; attachments whose bytes differ become missing.
func (s *sink) ReadBack(ctx context.Context, yield func(*message.Record) error) error {
	root, err := os.OpenRoot(s.run.Dir)
	if err != nil {
		return storage("read back site", s.run.Dir, err)
	}
	defer root.Close()
	r := &reader{sink: s, ctx: ctx, root: root, yield: yield, changed: map[string]bool{}, media: &library{dir: s.run.Dir, bad: map[string]string{}}}
	if err := r.manifest(); err != nil {
		return err
	}
	made, err := r.read(makerName)
	r.other = err == nil && string(made) != maker
	if err := r.directory(); err != nil {
		return err
	}
	rooms, err := fs.ReadDir(root.FS(), "c")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return storage("read back site", "c", err)
	}
	for _, e := range rooms {
		if e.IsDir() {
			if err := r.room(roomDir(e.Name())); err != nil {
				return err
			}
		}
	}
	return r.wrong
}

// manifest compares every file with its digest.
func (r *reader) manifest() error {
	sum, err := r.digest(manifestName)
	if err != nil {
		return damaged(manifestName, err)
	}
	if tag, err := r.read(tagName); err != nil || string(tag) != fmt.Sprintf("%x  %s\n", sum, manifestName) {
		return damaged(manifestName, errors.Join(err, errors.New("its digest is not the one in "+tagName)))
	}
	f, err := r.open(manifestName)
	if err != nil {
		return damaged(manifestName, err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	named := 0
	for n := 0; lines.Scan(); n++ {
		if n%64 == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		digits, name, ok := strings.Cut(lines.Text(), "  ")
		want, err := hex.DecodeString(digits)
		if !ok || err != nil || len(want) != sha256.Size || !filepath.IsLocal(filepath.FromSlash(name)) {
			return damaged(manifestName, fmt.Errorf("line %d is not a digest and a name", n+1))
		}
		sha, isMedia := mediaDigest(name)
		got, err := r.digest(name)
		if !errors.Is(err, fs.ErrNotExist) {
			named++
		}
		if err == nil && bytes.Equal(got, want) && (!isMedia || sha == digits) {
			continue
		}
		if err == nil {
			err = errors.New("its content is not what was written")
		}
		switch {
		case isMedia:
			r.media.bad[sha] = name
		case strings.HasPrefix(name, smallDir+"/"):
			r.media.bad[name] = name // its pages are right
			r.wrong = cmp.Or(r.wrong, plugin.Damage(name, err))
		case strings.HasPrefix(name, "c/") && pageNumber(name) > 0: // looked at record by record
			r.changed[name] = true
		case r.wrong == nil:
			r.wrong = plugin.Damage(name, err)
		}
	}
	if err := lines.Err(); err != nil {
		return damaged(manifestName, err)
	}
	return r.strangers(named)
}

// strangers looks for files that nobody wrote: a page that the manifest does not name could say anything. The
// folders of the run may be in that of the site.
func (r *reader) strangers(named int) error {
	there := 0
	walk := func(f func(name string)) error {
		return fs.WalkDir(r.root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case e.IsDir():
				if name == ".chatferry" || name == "evidence" {
					return fs.SkipDir
				}
				return r.ctx.Err()
			case name != manifestName && name != tagName:
				f(name)
			}
			return nil
		})
	}
	if err := walk(func(string) { there++ }); err != nil || there == named {
		return err
	}
	list, err := r.read(manifestName)
	if err != nil {
		return damaged(manifestName, err)
	}
	return walk(func(name string) {
		if r.wrong == nil && !bytes.Contains(list, []byte("  "+name+"\n")) {
			r.wrong = plugin.Damage(name, errors.New("it is not of this site"))
		}
	})
}

// mediaDigest is the digest that a media file is named by.
func mediaDigest(name string) (sha string, ok bool) {
	base := name[strings.LastIndexByte(name, '/')+1:]
	sha, _, _ = strings.Cut(base, ".")
	return sha, strings.HasPrefix(name, mediaDir+"/") && media.Valid(sha)
}

// pageNumber is the number of a page of messages or of its data, or 0.
func pageNumber(name string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSuffix(name[strings.LastIndexByte(name, '/')+1:], ".html"), ".js"))
	return n
}

func (r *reader) digest(name string) ([]byte, error) {
	f, err := r.open(name)
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

// open opens a regular file inside the site: no link leads out, and no pipe blocks.
func (r *reader) open(name string) (*os.File, error) {
	info, err := r.root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, err
	}
	return r.root.Open(name)
}

func (r *reader) read(name string) ([]byte, error) {
	f, err := r.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxData+1))
	if err == nil && len(b) > maxData {
		err = errors.New("it is larger than any file of a site")
	}
	return b, err
}

// records gives the lines of a data file, and says how many are no records any more.
func (r *reader) records(name string, f func(rec *message.Record) error) (broken int, err error) {
	b, err := r.read(name)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "ferry.") || strings.HasPrefix(line, "`") {
			continue
		}
		rec, err := message.Decode(line)
		if err == nil {
			err = rec.Check()
		}
		if err != nil {
			broken++
			continue
		}
		if err := f(rec); err != nil {
			return broken, err
		}
	}
	return broken, nil
}

func (r *reader) directory() error {
	d := newDirectory()
	for n := 1; ; n++ {
		_, err := r.records(directoryName(n), func(rec *message.Record) error {
			if err := d.add(rec, r.media); err != nil {
				return err
			}
			return r.give(rec)
		})
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return err
		}
	}
	d.settle()
	r.prose = r.newProse(d)
	return nil
}

// give yields a record as the site holds it: attachments with wrong bytes are missing.
func (r *reader) give(rec *message.Record) error {
	for _, a := range rec.Attachments() {
		if a.State != message.MediaPresent {
			continue
		}
		if f, err := r.media.find(a.SHA256); err != nil || f.path == "" || r.media.bad[a.SHA256] != "" {
			a.State, a.Reason = message.MediaMissing, "digest mismatch: its file in the site is gone or changed"
		}
	}
	return r.yield(rec)
}

// exists tells whether the site has any part of a page.
func (r *reader) exists(dir string, n int) bool {
	for _, end := range []string{".js", ".html"} {
		if _, err := r.root.Lstat(dir + "/" + strconv.Itoa(n) + end); err == nil {
			return true
		}
	}
	return false
}

// room renders a conversation anew, page by page, and gives the records that its pages show.
func (r *reader) room(dir string) error {
	var room *room
	var held []*message.Record
	var line []byte
	for n := 1; r.exists(dir, n); n++ {
		name := dir + "/" + strconv.Itoa(n)
		held = held[:0]
		broken, err := r.records(name+".js", func(rec *message.Record) error {
			if room == nil {
				at := r.d.places[rec.ConversationKey()]
				if at == nil {
					at = newDirectory().place(rec.ConversationKey())
				}
				room = newRoom(r.prose, at, r.media, nil)
			}
			held = append(held, rec)
			line = rec.Append(line[:0])
			return room.add(rec, string(line))
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if room == nil || len(held) == 0 {
			continue
		}
		var hidden map[string]bool
		room.n = n
		room.page = func(_ int, html, data []byte, pieces []piece) error {
			hidden = r.compare(name, html, data, pieces, broken)
			return r.ctx.Err()
		}
		if err := room.end(r.exists(dir, n+1)); err != nil {
			return err
		}
		for _, rec := range held {
			if !hidden[rec.Key()] {
				if err := r.give(rec); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// compare tells which records a page does not show as they are. A page or its data that differ though no
// record is lost by it were damaged elsewhere.
func (r *reader) compare(name string, html, data []byte, pieces []piece, broken int) map[string]bool {
	page, err := r.read(name + ".html")
	same := err == nil && (bytes.Equal(page, html) || r.proved(name+".html"))
	hidden := map[string]bool{}
	lost := false // with a file, a page loses what it was rendered from; the record says so itself
	for _, p := range pieces {
		lost = lost || p.lost
		if !same && !p.lost && !shows(page, html[p.from:p.to]) {
			hidden[p.key] = true
		}
	}
	if there, err := r.read(name + ".js"); len(hidden)+broken == 0 && !lost && r.wrong == nil && (!same || err != nil || !bytes.Equal(there, data) && !r.proved(name+".js")) {
		r.wrong = plugin.Damage(name+".html", errors.New("it or its data have something that its records do not say"))
	}
	return hidden
}

// proved tells that a file is proved by its digest, because another version of the plugin made it.
func (r *reader) proved(name string) bool { return r.other && !r.changed[name] }

// shows tells whether a page has a message. Whether it has a head of its own depends on the one before,
// which may be the one that is damaged.
func shows(page, piece []byte) bool {
	if bytes.Contains(page, piece) {
		return true
	}
	const grouped, alone = `<article class="m g`, `<article class="m`
	if rest, ok := bytes.CutPrefix(piece, []byte(grouped)); ok {
		return bytes.Contains(page, append([]byte(alone), rest...))
	}
	rest, ok := bytes.CutPrefix(piece, []byte(alone))
	return ok && bytes.Contains(page, append([]byte(grouped), rest...))
}
