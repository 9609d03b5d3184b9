package element

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// rejectPart gives up the n bytes of the element at pos and goes on behind them.
func (a *Array) rejectPart(reason, detail string, n int) (more bool, err error) {
	a.at.Offset, a.at.Raw = a.base+int64(a.pos), a.buf[a.pos:a.pos+n]
	if err := a.Reject(plugin.Reject{Reason: reason, Detail: detail}); err != nil {
		return false, err
	}
	return a.after(n)
}

// Reject emits a reject for the current element, with its place and bytes.
func (a *Array) Reject(r plugin.Reject) error {
	if a.Out == nil {
		return nil
	}
	r.At, r.Bytes = a.Source(), a.at.Raw
	return a.Out.Reject(r)
}

// Source is the locator of the current element.
func (a *Array) Source() message.Source {
	s := message.Source{
		File: a.at.File, Index: strconv.FormatInt(a.at.Index, 10),
		Offset: strconv.FormatInt(a.at.Offset, 10), Length: strconv.Itoa(len(a.at.Raw)),
	}
	if a.Digest {
		sum := sha256.Sum256(a.at.Raw)
		s.SHA256 = hex.EncodeToString(sum[:])
	}
	return s
}

// tooLarge skips an element longer than a record may be, while its bytes go to a spool file.
func (a *Array) tooLarge() (more bool, err error) {
	r := plugin.Reject{Reason: "too_large", Detail: "the record is longer than 16 MiB"}
	if err := a.spoolRest(&r, true); err != nil || a.broken != nil {
		return false, err
	}
	return a.after(0)
}

// giveUp rejects everything from pos to the end of the file as one record.
func (a *Array) giveUp(reason, detail string) error {
	if a.broken != nil {
		return nil
	}
	if a.damage != nil {
		reason, detail = "damaged", a.damage.Error()
	}
	a.broken = &Part{Index: a.at.Index, Offset: a.Offset(), Length: -1, Reason: reason, Detail: detail}
	if a.Out == nil {
		a.Lost = append(a.Lost, *a.broken)
		a.pos = len(a.buf)
		a.src, a.eof = nil, true
		return nil
	}
	r := plugin.Reject{Reason: reason, Detail: detail}
	if a.eof && len(a.buf)-a.pos <= inlineBytes {
		a.at.Offset, a.at.Raw = a.base+int64(a.pos), a.buf[a.pos:]
		a.pos = len(a.buf)
		return a.Reject(r)
	}
	return a.spoolRest(&r, false)
}

// spoolRest emits a reject with what lies from pos on: to the end of the value that begins there, or
// to the end of the file.
func (a *Array) spoolRest(r *plugin.Reject, value bool) error {
	var length int64
	offset := a.base + int64(a.pos)
	var w *plugin.Spooled
	var err error
	if a.Out != nil {
		if w, err = a.Out.Spool(); err != nil {
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
			a.broken = &Part{Index: a.at.Index, Offset: offset, Length: -1, Reason: r.Reason, Detail: r.Detail}
			break
		}
		if err := a.fill(); err != nil {
			return err
		}
	}
	if w == nil {
		a.lose(Part{Index: a.at.Index, Offset: offset, Length: length, Reason: r.Reason, Detail: r.Detail})
		return nil
	}
	r.At = message.Source{
		File: a.at.File, Index: strconv.FormatInt(a.at.Index, 10), Offset: strconv.FormatInt(offset, 10),
		Length: strconv.FormatInt(length, 10), SHA256: hex.EncodeToString(h.Sum(nil)),
	}
	return a.Out.RejectSpooled(*r, w)
}

// maxLost is how many parts are remembered; a document with more is given up.
const maxLost = 10_000

func (a *Array) lose(p Part) {
	if len(a.Lost) >= maxLost {
		a.broken = &Part{Index: p.Index, Offset: p.Offset, Length: -1, Reason: p.Reason, Detail: "more than 10,000 parts cannot be read"}
		p = *a.broken
		a.pos, a.src, a.eof = len(a.buf), nil, true
	}
	a.Lost = append(a.Lost, p)
}

// Drop takes the value that begins here as one that cannot be read.
func (a *Array) Drop(reason, detail string) error {
	if _, err := a.peek(); err != nil || a.broken != nil {
		return err
	}
	return a.spoolRest(&plugin.Reject{Reason: reason, Detail: detail}, true)
}

// RejectLost emits what a pass without an emitter has lost of a document of the given size.
func RejectLost(ctx context.Context, out *plugin.Emitter, file string, doc io.ReaderAt, size int64, lost []Part) error {
	for _, p := range lost {
		n := p.Length
		if n < 0 {
			n = size - p.Offset
		}
		a := Array{Ctx: ctx, Out: out, Digest: true}
		if err := a.Resume(file, io.NewSectionReader(doc, p.Offset, n), p.Offset, p.Index); err != nil {
			return err
		}
		if err := a.giveUp(p.Reason, p.Detail); err != nil {
			return err
		}
	}
	return nil
}
