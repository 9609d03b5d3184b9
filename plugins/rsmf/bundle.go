package rsmf

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/transcript"
)

// manifestName is the file in the zip that says everything.
const manifestName = "rsmf_manifest.json"

// pictureBytes is how large a picture of a person or a place may be.
const pictureBytes = 1 << 20

// bundle is the files of a slice's zip, each content and kind once.
type bundle struct {
	library  *edition.Library
	files    []packed
	seen     map[string]bool // names
	attached int             // files that events refer to
	size     int64           // of all, in the mail
	lost     bool            // a file is no longer there
}

type packed struct {
	name   string
	medium *edition.Medium
}

// wire is how long bytes are as base64 in lines.
func wire(n int64) int64 { return n*4/3 + n/36 + 1024 }

// ending is the end of a file's name by which programs choose how to show it.
var ending = regexp.MustCompile(`\.[A-Za-z0-9]{1,8}$`)

// attach puts an attachment's file into the zip, when there is room.
func (b *bundle) attach(f *message.Attachment, m *edition.Medium, room int64) (attachment, bool) {
	if m.Lost {
		b.lost = true
		return attachment{}, false
	}
	if wire(m.Size) > room {
		return attachment{}, false
	}
	a := attachment{ID: f.SHA256[:40], Display: transcript.Line(f.Name), Size: m.Size}
	if ext := ending.FindString(f.Name); ext != "" {
		a.ID += strings.ToLower(ext)
	} else {
		a.ID += m.Path[strings.LastIndexByte(m.Path, '.'):]
	}
	if b.put(a.ID, m) {
		b.attached++
	}
	return a, true
}

func (b *bundle) put(name string, m *edition.Medium) bool {
	if b.seen[name] {
		return false
	}
	b.seen[name] = true
	medium := *m // it is good until the next record only
	b.files = append(b.files, packed{name, &medium})
	b.size += wire(m.Size)
	return true
}

// picture puts the picture of a person or a place into the zip, when it is one that viewers show.
func (b *bundle) picture(f *message.Attachment, room int64) (name string, err error) {
	m, err := b.library.Find(f)
	if err != nil || m == nil {
		return "", err
	}
	if m.Lost {
		b.lost = true
		return "", nil
	}
	ext := map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif"}[m.Type]
	if ext == "" || m.Size > pictureBytes || wire(m.Size) > room {
		return "", nil
	}
	name = "picture-" + f.SHA256[:40] + ext
	b.put(name, m)
	return name, nil
}

// open gives the zip as it is written.
func (b *bundle) open(ctx context.Context, manifest []byte) io.ReadCloser {
	r, w := io.Pipe()
	go func() { w.CloseWithError(b.write(ctx, w, manifest)) }()
	return r
}

func (b *bundle) write(ctx context.Context, out io.Writer, manifest []byte) error {
	z := edition.NewZip(out)
	if err := z.Add(manifestName, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(manifest)), nil }); err != nil {
		return err
	}
	for _, f := range b.files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := z.Add(f.name, func() (io.ReadCloser, error) { return b.library.Open(f.medium) }); err != nil {
			return err
		}
	}
	return z.Close()
}
