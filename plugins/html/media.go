package html

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/media"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

const mediaDir = "media"

// fileType is how the site treats a file whose first bytes are of a type.
type fileType struct {
	ext  string
	show string // image, video, audio: what may be inlined
}

// fileTypes by sniffed type. Whatever is not listed is named .bin, which no browser opens as a page.
var fileTypes = map[string]fileType{
	"image/png": {".png", "image"}, "image/jpeg": {".jpg", "image"}, "image/gif": {".gif", "image"}, "image/webp": {".webp", "image"}, "image/bmp": {".bmp", "image"},
	"video/mp4": {".mp4", "video"}, "video/webm": {".webm", "video"},
	"audio/mpeg": {".mp3", "audio"}, "audio/wave": {".wav", "audio"}, "application/ogg": {".ogg", "audio"},
	"application/pdf": {".pdf", ""}, "application/zip": {".zip", ""}, "text/plain": {".txt", ""},
}

// library finds the bytes of attachments: in the run's media store, from where it puts them into the site,
// or in the site itself, to check it.
type library struct {
	store string            // root of the media store; "" when the site is checked
	dir   string            // root of the site
	out   *output           // of the site, for small pictures; nil when it is checked or has none
	bad   map[string]string // when the site is checked: files with other bytes than their digest, by it; small ones by name

	mu    sync.Mutex
	made  map[string]bool // folders
	small sync.Mutex      // for one small picture at a time
}

// found is an attachment's file: its path from the site's root, "" without its bytes, what shows it in its place,
// and how it is shown.
type found struct {
	path, small string
	fileType
}

// find looks for an attachment's file.
func (l *library) find(sha string) (f found, err error) {
	if !media.Valid(sha) {
		return f, fault.New(fault.Bug, "find attachment", "a record", "", errors.New("an attachment is present without a SHA-256"))
	}
	if l.store == "" {
		if f, err = l.inSite(sha); err == nil && f.path != "" && f.show == "image" {
			f.small = l.smallInSite(sha)
		}
	} else {
		from := plugin.MediaPath(l.store, sha)
		if f.fileType, err = sniff(from); err != nil {
			return f, fault.New(fault.Storage, "find attachment", sha, "the run's media store was changed: run again from the source", err)
		}
		f.path = mediaName(sha, f.ext)
		if err = l.place(from, f.path); err == nil && l.out != nil && f.show == "image" {
			f.small, err = l.makeSmall(sha, from)
		}
	}
	if f.small == "" {
		f.small = f.path
	}
	return f, err
}

func mediaName(sha, ext string) string { return mediaDir + "/" + sha[:2] + "/" + sha + ext }

func sniff(path string) (fileType, error) {
	f, err := os.Open(path)
	if err != nil {
		return fileType{}, err
	}
	defer f.Close()
	var head [512]byte
	n, err := io.ReadFull(f, head[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return fileType{}, err
	}
	if t, ok := fileTypes[plugin.Sniff(head[:n])]; ok {
		return t, nil
	}
	return fileType{ext: ".bin"}, nil
}

// inSite finds a file of the site by its digest. One that is damaged has its place still.
func (l *library) inSite(sha string) (found, error) {
	if path := l.bad[sha]; path != "" {
		return found{path: path, fileType: typeOf(filepath.Ext(path))}, nil
	}
	matches, err := filepath.Glob(filepath.Join(l.dir, mediaDir, sha[:2], sha+".*"))
	if err != nil || len(matches) != 1 {
		return found{}, err
	}
	ext := filepath.Ext(matches[0])
	return found{path: mediaName(sha, ext), fileType: typeOf(ext)}, nil
}

// typeOf is what a name's end stands for.
func typeOf(ext string) fileType {
	for _, t := range fileTypes {
		if t.ext == ext {
			return t
		}
	}
	return fileType{ext: ext}
}

// place makes the store's file part of the site: as a second name where the file system has such, else as
// a copy. A file that an interrupted Finish left half-copied is under a temporary name.
func (l *library) place(from, name string) error {
	to := filepath.Join(l.dir, filepath.FromSlash(name))
	l.mu.Lock()
	defer l.mu.Unlock()
	if dir := filepath.Dir(to); !l.made[dir] {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return storage("write site", dir, err)
		}
		l.made[dir] = true
	}
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return storage("write site", name, err)
	}
	defer in.Close()
	return plugin.WriteFileAtomic(to, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}

// picture is what shows an attachment that is a picture, or "". It is lost when the site that is checked
// does not have the file.
func (l *library) picture(a *message.Attachment) (path string, lost bool, err error) {
	if a == nil || a.State != message.MediaPresent {
		return "", false, nil
	}
	f, err := l.find(a.SHA256)
	if f.show != "image" {
		f.small = ""
	}
	return f.small, f.path == "", err
}

func sizeOf(a *message.Attachment) int64 {
	n, err := strconv.ParseInt(a.Size, 10, 64)
	if err != nil {
		return -1
	}
	return n
}
