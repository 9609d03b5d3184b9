package edition

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/media"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// mediaDir holds the attachments of an edition, each content once, named by digest.
const mediaDir = "media"

// Medium is a file of the edition that an attachment refers to.
type Medium struct {
	Path string // from the edition's root, "/"-separated: "media/ab/<sha256>.png"
	Type string // as its first bytes say: "image/png"; "" of what is not in the list of harmless types
	Size int64
	Lost bool // an edition that is checked no longer has it, or has other bytes: Path and Size are not known
}

// extensions by sniffed type. Whatever is not listed is named .bin, which no program runs or opens as a page.
var extensions = map[string]string{
	"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp",
	"video/mp4": ".mp4", "video/webm": ".webm", "audio/mpeg": ".mp3", "audio/wave": ".wav", "application/ogg": ".ogg",
	"application/pdf": ".pdf", "application/zip": ".zip", "text/plain": ".txt",
}

// Library finds the bytes of attachments: in the run's media store, from where it puts them into the edition,
// or in the edition itself, to check it. It may be used concurrently.
type Library struct {
	store string            // root of the media store; "" when the edition is checked
	dir   string            // root of the edition
	root  *os.Root          // the same, when it is checked
	names map[string]string // when it is checked: names of good media by digest

	mu   sync.Mutex
	made map[string]bool // folders
}

// Find gives the medium of an attachment, and nil when the attachment has no bytes.
func (l *Library) Find(a *message.Attachment) (*Medium, error) {
	if a == nil || a.State != message.MediaPresent {
		return nil, nil
	}
	if !media.Valid(a.SHA256) {
		return nil, bug("find attachment", "a record", "an attachment is present without a SHA-256")
	}
	if l.store == "" {
		return l.inEdition(a.SHA256)
	}
	from := plugin.MediaPath(l.store, a.SHA256)
	m, err := describe(os.Open(from))
	if err != nil {
		return nil, fault.New(fault.Storage, "find attachment", a.SHA256, "the run's media store was changed: run again from the source", err)
	}
	ext := extensions[m.Type]
	if ext == "" {
		m.Type, ext = "", ".bin"
	}
	m.Path = mediaDir + "/" + a.SHA256[:2] + "/" + a.SHA256 + ext
	return m, l.place(from, m.Path)
}

// fill puts the files of all attachments into the edition.
func (l *Library) fill(ctx context.Context, units []unit) error {
	return attached(ctx, units, func(r *message.Record) error {
		for _, a := range r.Attachments() {
			if _, err := l.Find(a); err != nil {
				return err
			}
		}
		return nil
	})
}

// attached are the records that have an attachment with bytes. Each is good until the next one.
func attached(ctx context.Context, units []unit, yield func(*message.Record) error) error {
	const present = `"state":"` + message.MediaPresent + `"` // quotes in texts are escaped
	var rec message.Record
	for _, u := range units {
		err := u.lines(ctx, func(line string) error {
			if !strings.Contains(line, present) {
				return nil
			}
			r, err := Decode(line, &rec)
			if err != nil {
				return err
			}
			return yield(r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Open reads a medium that Find gave.
func (l *Library) Open(m *Medium) (io.ReadCloser, error) {
	if l.root != nil {
		return openRegular(l.root, m.Path)
	}
	return os.Open(filepath.Join(l.dir, filepath.FromSlash(m.Path)))
}

func describe(f *os.File, err error) (*Medium, error) {
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var head [512]byte
	n, err := io.ReadFull(f, head[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	return &Medium{Type: plugin.Sniff(head[:n]), Size: info.Size()}, nil
}

func (l *Library) inEdition(sha string) (*Medium, error) {
	name := l.names[sha]
	if name == "" {
		return &Medium{Lost: true}, nil
	}
	m, err := describe(openRegular(l.root, name))
	if err != nil {
		return nil, damaged(name, err)
	}
	m.Path = name
	if extensions[m.Type] == "" {
		m.Type = ""
	}
	return m, nil
}

// place makes the store's file part of the edition: as a second name where the file system has such, else as
// a copy. A file that an interrupted Finish left half-copied is under a temporary name.
func (l *Library) place(from, name string) error {
	to := filepath.Join(l.dir, filepath.FromSlash(name))
	l.mu.Lock()
	defer l.mu.Unlock()
	if dir := filepath.Dir(to); !l.made[dir] {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return storage("write", dir, err)
		}
		if l.made == nil {
			l.made = map[string]bool{}
		}
		l.made[dir] = true
	}
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return storage("write", name, err)
	}
	defer in.Close()
	return plugin.WriteFileAtomic(to, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}

// openRegular opens a regular file inside the edition: no link leads out, and no pipe blocks.
func openRegular(root *os.Root, name string) (*os.File, error) {
	info, err := root.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return nil, err
	}
	return root.Open(name)
}
