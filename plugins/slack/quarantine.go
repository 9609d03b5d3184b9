package slack

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// reject gives up the n bytes of the element at pos and goes on behind them.
func (a *array) reject(reason, detail string, n int) (more bool, err error) {
	a.at.offset, a.at.raw = a.base+int64(a.pos), a.buf[a.pos:a.pos+n]
	if err := a.send(plugin.Reject{Reason: reason, Detail: detail}); err != nil {
		return false, err
	}
	return a.after(n)
}

// send emits a reject for the element in at.
func (a *array) send(r plugin.Reject) error {
	if a.out == nil {
		return nil
	}
	r.At = a.source()
	if len(a.at.raw) <= inlineBytes {
		r.Bytes = a.at.raw
		return a.out.Reject(r)
	}
	w, err := a.out.Spool()
	if err != nil {
		return err
	}
	if _, err := w.Write(a.at.raw); err != nil {
		return err
	}
	return a.out.RejectSpooled(r, w)
}

// source is the locator of the element in at.
func (a *array) source() message.Source {
	s := message.Source{
		File: a.at.file, Index: strconv.FormatInt(a.at.index, 10),
		Offset: strconv.FormatInt(a.at.offset, 10), Length: strconv.Itoa(len(a.at.raw)),
	}
	if a.digest {
		sum := sha256.Sum256(a.at.raw)
		s.SHA256 = hex.EncodeToString(sum[:])
	}
	return s
}

// tooLarge skips an element longer than a record may be, while its bytes go to a spool file.
func (a *array) tooLarge() (more bool, err error) {
	r := plugin.Reject{Reason: "too_large", Detail: "the record is longer than 16 MiB"}
	if err := a.spoolRest(&r, true); err != nil || a.failed {
		return false, err
	}
	return a.after(0)
}

// giveUp rejects everything from pos to the end of the file as one record.
func (a *array) giveUp(reason, detail string) error {
	a.failed = true
	if a.damage != nil {
		reason, detail = "damaged", a.damage.Error()
	}
	r := plugin.Reject{Reason: reason, Detail: detail}
	if a.eof && len(a.buf)-a.pos <= inlineBytes {
		a.at.offset, a.at.raw = a.base+int64(a.pos), a.buf[a.pos:]
		a.pos = len(a.buf)
		return a.send(r)
	}
	return a.spoolRest(&r, false)
}

// spoolRest emits a reject with what lies from pos on: to the end of the value that begins there, or
// to the end of the file.
func (a *array) spoolRest(r *plugin.Reject, value bool) error {
	var length int64
	offset := a.base + int64(a.pos)
	var w *plugin.Spooled
	var err error
	if a.out != nil {
		if w, err = a.out.Spool(); err != nil {
			return err
		}
	}
	h := sha256.New()
	var b balance
	for {
		part := a.buf[a.pos:]
		done := false
		if value {
			var n int
			if n, done = b.feed(a.view()); done {
				part = part[:n]
			}
		}
		if w != nil {
			h.Write(part)
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		length += int64(len(part))
		a.pos += len(part)
		if done {
			break
		}
		if a.eof {
			a.failed = true
			break
		}
		if err := a.fill(); err != nil {
			return err
		}
	}
	if w == nil {
		return nil
	}
	r.At = message.Source{
		File: a.at.file, Index: strconv.FormatInt(a.at.index, 10), Offset: strconv.FormatInt(offset, 10),
		Length: strconv.FormatInt(length, 10), SHA256: hex.EncodeToString(h.Sum(nil)),
	}
	return a.out.RejectSpooled(*r, w)
}
