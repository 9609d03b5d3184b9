package html

import (
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// reasons are the words for an attachment without its bytes.
var reasons = map[string]string{
	message.MediaMissing:   "missing from the source",
	message.MediaExpired:   "expired before it could be saved",
	message.MediaForbidden: "the source did not allow it to be read",
	message.MediaTooLarge:  "too large to be saved",
	message.MediaRemote:    "kept on another server",
	message.MediaWithheld:  "withheld by the source",
	message.MediaDeleted:   "deleted in the source",
}

// codes are reasons of sources in words; "" where the state says the same.
var codes = map[string]string{
	"not_in_dump": "the dump has only its address", "tombstone": "", "access_denied": "", "file_not_found": "", "hidden_by_limit": "", "external": "",
}

// attachment shows a file: a picture, a film or a sound inline when its bytes are one, else as a link. One
// without bytes says why.
func (r *room) attachment(b []byte, a *message.Attachment) ([]byte, error) {
	name := firstOf(a.Title, a.Name, r.words.t("file"))
	if a.State != message.MediaPresent {
		return r.gone(b, a, name), nil
	}
	f, err := r.media.find(a.SHA256)
	if err != nil || f.path == "" {
		r.lost = true
		return r.gone(b, a, name), err
	}
	switch f.show {
	case "image":
		r.gallery(f.small, name)
		b = append(append(append(b, `<a class="img" href="`+up...), f.path...), `"><img loading="lazy" src="`+up...)
		b = appendName(append(append(b, f.small...), `" alt="`...), cut(firstOf(a.Alt, name), 300))
		b = append(b, '"')
		if a.Width > 0 && a.Height > 0 && a.Width < 1<<16 && a.Height < 1<<16 {
			b = strconv.AppendInt(append(b, ` width="`...), int64(a.Width), 10)
			b = append(strconv.AppendInt(append(b, `" height="`...), int64(a.Height), 10), '"')
		}
		return append(b, "></a>"...), nil
	case "video", "audio":
		b = append(append(append(b, '<'), f.show...), ` controls preload="none" src="`+up...)
		b = append(append(append(append(b, f.path...), `"></`...), f.show...), '>')
	}
	b = append(append(append(b, `<a class="file" href="`+up...), f.path...), `" download="`...)
	b = appendName(b, fileName(a.Name))
	b = append(b, `"><span class="fi" aria-hidden="true">`...)
	b = append(append(b, strings.ToUpper(f.ext[1:])...), `</span><span><b dir="auto">`...)
	b = append(appendName(b, cut(name, 300)), `</b> <span class="note">`...)
	if n := sizeOf(a); n >= 0 {
		b = append(b, r.words.bytes(n)...)
	}
	if a.Reason != "" {
		b = appendText(append(b, " · "...), cut(a.Reason, 300))
	}
	b = append(b, "</span></span></a>"...)
	if a.Transcript != "" {
		b = append(appendText(append(b, `<p class="note" dir="auto">`...), cut(a.Transcript, cutText)), "</p>"...)
	}
	return b, nil
}

// gone says which file is not here, and why.
func (r *room) gone(b []byte, a *message.Attachment, name string) []byte {
	b = append(b, `<div class="file gone"><span class="fi" aria-hidden="true">⌀</span><span><b dir="auto">`...)
	b = append(appendName(b, cut(name, 300)), `</b> <span class="note">`...)
	if why, ok := reasons[a.State]; ok {
		b = append(b, r.words.t(why)...)
	} else {
		b = appendName(b, a.State)
	}
	reason, known := codes[a.Reason]
	if known {
		reason = r.words.t(reason)
	} else {
		reason = cut(a.Reason, 500)
	}
	if reason != "" {
		b = appendText(append(b, ": "...), reason)
	}
	return append(b, "</span></span></div>"...)
}

// fileName is a name to save a file under: a suggestion to the browser that holds no folders.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, cut(name, 150))
	if name = strings.Trim(name, " ."); name == "" {
		return "file"
	}
	return name
}
