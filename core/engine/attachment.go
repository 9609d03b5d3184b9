package engine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/progress"
)

// Reasons why an attachment counts as absent although there are bytes: they are not the file that the
// source promised. The bytes are kept and delivered all the same, because they are what there is.
const (
	reasonHTML  = "html_instead"  // a web page, most often a login or an error page saved under the file's name
	reasonSize  = "size_mismatch" // more or fewer bytes than the source says: truncated, most often
	reasonBytes = "no_bytes"      // the source said they were there
)

// adopt moves the spooled bytes of a record's attachments into the store, whose digest check is the
// trust boundary, and counts every reference by state and reason.
func (in *intake) adopt(rec *message.Record) (changed bool, err error) {
	for _, a := range rec.Attachments() {
		c := &in.entry.Counts
		c.MediaRefs++
		if a.State == message.MediaPresent && in.run.media != nil {
			now, err := in.keep(a)
			if err != nil {
				return false, err
			}
			changed = changed || now
		}
		reason := reasonCode(a.Reason)
		if a.State == message.MediaPresent && reason == "" {
			c.MediaPresent++
		} else {
			c.MediaAbsent++
			if in.run.job.NeedMedia {
				return false, fault.New(fault.Config, "read", rec.Key(), "add the bytes to the dump, or set on_missing = \"record\" in the media block",
					fmt.Errorf("the bytes of an attachment are not there (%s) and the pipeline demands them", strings.TrimSpace(a.State+" "+reason)))
			}
		}
		in.tallies.add("media", a.State, reason, rec.Key())
	}
	return changed, nil
}

// keep stores the bytes of one attachment and compares them with what the source promised. It tells
// whether it changed the attachment.
func (in *intake) keep(a *message.Attachment) (bool, error) {
	spooled := filepath.Join(in.spool, a.SHA256)
	switch _, serr := os.Stat(spooled); {
	case in.run.media.Keep(a.SHA256):
		os.Remove(spooled)
	case serr != nil:
		a.State, a.Reason, a.SHA256 = message.MediaMissing, reasonBytes+": the source said it was there but gave no bytes", ""
		return true, nil
	default:
		if err := in.run.media.Adopt(spooled, a.SHA256); err != nil {
			return false, err
		}
	}
	f, err := in.run.media.Open(a.SHA256)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var head [512]byte
	n, err := io.ReadFull(f, head[:])
	info, serr := f.Stat()
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	if err := errors.Join(err, serr); err != nil {
		return false, fault.New(fault.Storage, "read attachment", a.SHA256, "check the disk, then run again: it resumes", err)
	}
	in.run.job.Progress.Add(progress.Delta{Media: 1, MediaBytes: info.Size()})
	reason := broken(a, plugin.Sniff(head[:n]), strconv.FormatInt(info.Size(), 10))
	changed := reason != a.Reason
	a.Reason = reason
	return changed, nil
}

// broken says why the bytes of an attachment cannot be the file that the source promised, or "".
func broken(a *message.Attachment, sniffed, size string) string {
	if sniffed == "text/html" && neverHTML(a) {
		return reasonHTML + ": a web page was found where a file of another type was promised"
	}
	if a.Size != "" && a.Size != size {
		return reasonSize + ": the source says " + a.Size + " bytes, found " + size
	}
	return ""
}

// neverHTML tells whether the declared type is one whose files never look like a web page. SVG may.
func neverHTML(a *message.Attachment) bool {
	if a.MIME == "" {
		return a.Role == "image" || a.Role == "video" || a.Role == "voice"
	}
	mime := strings.ToLower(a.MIME)
	for _, family := range []string{"image/", "video/", "audio/", "font/", "application/pdf", "application/zip", "application/msword", "application/vnd."} {
		if strings.HasPrefix(mime, family) {
			return !strings.HasPrefix(mime, "image/svg")
		}
	}
	return false
}

// reasonCode is the code that a reason begins with; free text counts as "other".
func reasonCode(reason string) string {
	code, _, _ := strings.Cut(reason, ":")
	if len(code) > 40 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return "other"
	}
	return code
}
