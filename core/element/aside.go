package element

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"

	"github.com/chatferry/chatferry/core/dump"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
)

// Damaged rejects a file of a dump that cannot be opened; other errors than damage are given back. With out
// nil nothing is emitted.
func Damaged(out *plugin.Emitter, e *dump.Entry, err error) error {
	var d *dump.Damage
	if !errors.As(err, &d) {
		return err
	}
	if out == nil {
		return nil
	}
	return out.Reject(plugin.Reject{At: message.Source{File: e.Path}, Reason: "damaged", Detail: d.Error()})
}

// Aside rejects the entries of a dump that will not be read, and says what is wrong with the dump itself.
// Damaged entries for which read is true are left to their reader.
func Aside(out *plugin.Emitter, d *dump.Dump, read func(*dump.Entry) bool) error {
	for _, n := range d.Notes {
		if err := out.Reject(plugin.Reject{At: message.Source{File: path.Base(d.Path)}, Reason: n.Code, Detail: n.Detail}); err != nil {
			return err
		}
	}
	refuse := func(e *dump.Entry) error {
		return out.Reject(plugin.Reject{At: message.Source{File: e.Path}, Reason: "refused_entry", Detail: "the entry is not read: " + e.Reason})
	}
	if err := d.Aside(dump.Refused, refuse); err != nil {
		return err
	}
	return d.Walk(func(e *dump.Entry) error {
		if e.State != dump.Damaged || read(e) {
			return nil
		}
		return out.Reject(plugin.Reject{At: message.Source{File: e.Path}, Reason: "damaged", Detail: "the entry cannot be read: " + e.Reason})
	})
}

// Media reads the bytes of an attachment from the dump. Bytes that are damaged leave it missing.
func Media(out *plugin.Emitter, d *dump.Dump, a *message.Attachment, e *dump.Entry) error {
	a.Path = e.Path
	src, err := d.Open(e)
	var damage *dump.Damage
	if err == nil {
		defer src.Close()
		err = out.Media(a, src)
	}
	if errors.As(err, &damage) {
		a.State, a.Reason = message.MediaMissing, "damaged_in_dump: "+damage.Reason
		return nil
	}
	return err
}

// Fingerprint changes when anything in a dump may have changed, or the settings it is read with.
func Fingerprint(d *dump.Dump, settings any) string {
	h := sha256.New()
	fmt.Fprintf(h, "%+v %v %v\n", settings, d.Totals, d.Notes)
	for i := range d.Folders() {
		f := d.Folder(i)
		fmt.Fprintf(h, "%q %x\n", f.Path, f.Print)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
