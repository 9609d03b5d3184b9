package discord

import (
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/element"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// slashed is a path as any system may have written it, with the separators of this one.
func slashed(p string) string { return strings.ReplaceAll(p, `\`, "/") }

// media settles where the bytes of an attachment are: at an address on the web, or at a path that is relative
// to the document, or was absolute on the computer that exported.
func (s *source) media(out *plugin.Emitter, a *message.Attachment, d *document, at string) error {
	if strings.HasPrefix(at, "https://") || strings.HasPrefix(at, "http://") {
		a.URL, a.State, a.Reason = at, message.MediaRemote, "not_in_dump"
		a.Expires = expiry(at)
		return nil
	}
	a.State, a.Reason = message.MediaMissing, "not_in_dump"
	a.Path = strings.ToValidUTF8(at, "\ufffd")
	if !s.conf.Attachments {
		return nil
	}
	e, err := s.lookup(d, slashed(at))
	if err != nil || e == nil {
		return err
	}
	if e.State != dump.File {
		a.Reason = "damaged_in_dump: " + e.Reason
		return nil
	}
	return element.Media(out, s.d, a, e)
}

// lookup finds a file by the path in a document. An absolute path is of another computer: what it ends in is
// looked for where media lie.
func (s *source) lookup(d *document, at string) (*dump.Entry, error) {
	dir, base := path.Split(d.entry.Path)
	parts := strings.Split(at, "/")
	name := parts[len(parts)-1]
	candidates := []string{path.Join(dir, at), path.Join(dir, filesOf(base), name)}
	if len(parts) > 1 && parts[len(parts)-2] != ".." {
		candidates = append(candidates, path.Join(dir, parts[len(parts)-2], name))
	}
	if strings.HasPrefix(at, "/") || len(at) > 1 && at[1] == ':' {
		candidates = candidates[1:]
	}
	for _, c := range candidates {
		if e, ok, err := s.d.Lookup(c); ok || err != nil {
			return e, err
		}
	}
	return nil, nil
}

// expiry is when a signed address stops working: Discord writes it as hexadecimal seconds.
func expiry(at string) *message.Time {
	u, err := url.Parse(at)
	if err != nil {
		return nil
	}
	sec, err := strconv.ParseInt(u.Query().Get("ex"), 16, 64)
	if err != nil || sec <= 0 {
		return nil
	}
	return message.EpochTime(strconv.FormatInt(sec, 10))
}

// attachments reads a raw list of files.
func (r *reader) attachments(raw string) {
	for _, x := range element.Objects(raw) {
		a := message.Attachment{ID: element.Member(x, "id"), Name: element.Member(x, "fileName"), Role: "file", URL: element.Member(x, "url")}
		if a.ID == "" && a.URL == "" {
			r.Lossy = true
		}
		if n := element.Member(x, "fileSizeBytes"); number(n) {
			a.Size = n
		}
		a.Role = roleOf(a.Name)
		for _, name := range element.Names(x) {
			switch name {
			case "id", "url", "fileName", "fileSizeBytes":
			default:
				r.Put(&a.Ext, name, element.RawMember(x, name))
			}
		}
		r.m.Attachments = append(r.m.Attachments, a)
	}
}

// stickers reads a raw list of stickers.
func (r *reader) stickers(raw string) {
	for _, x := range element.Objects(raw) {
		r.m.Attachments = append(r.m.Attachments, message.Attachment{ID: element.Member(x, "id"), Name: element.Member(x, "name"), Mode: element.Member(x, "format"), Role: "sticker", URL: element.Member(x, "sourceUrl")})
	}
}

// roleOf tells what a file is by its name, which is all that an export says of it.
func roleOf(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif":
		return "image"
	case ".mp4", ".mov", ".webm", ".mkv":
		return "video"
	}
	return "file"
}

func number(s string) bool { return s != "" && len(s) < 19 && strings.Trim(s, "0123456789") == "" }
