package job

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/chatferry/chatferry/core/evidence"
	"github.com/chatferry/chatferry/core/ledger"
)

// entities writes a row for each unit, sink and entity: record types, what could not be read, and the
// attachments, reactions and thread edges that messages hold.
func (b *bundle) entities(w io.Writer) error {
	t := newTable(w, "unit", "sink", "entity", "read", "added", "filtered", "rejected", "offered", "delivered", "duplicate", "no_place", "refused")
	err := b.books.Accounts(b.summary.Generation, func(a ledger.Account) error {
		t.row(a.Shard, a.Sink, a.Entity, a.Read, a.Added, a.Filtered, a.Rejected, a.Offered, a.Delivered, a.Duplicate, a.Withheld, a.Refused)
		return nil
	})
	return errors.Join(err, t.end())
}

// media writes the attachments that are not there, or are not what the source promised, by reason.
func (b *bundle) media(w io.Writer) error {
	t := newTable(w, "state", "reason", "references", "samples")
	for _, r := range b.summary.Media {
		t.row(r.State, r.Reason, r.Count, strings.Join(r.Samples, " "))
	}
	return t.end()
}

// unmapped writes the fields of the source that the model has no place for.
func (b *bundle) unmapped(w io.Writer) error {
	t := newTable(w, "field", "records", "bytes", "kept_by", "samples")
	for _, r := range b.summary.Unmapped {
		t.row(r.Path, r.Count, r.Bytes, strings.Join(r.KeptBy, " "), strings.Join(r.Samples, " "))
	}
	return t.end()
}

// ruleTexts are the pipeline files as they ran, comments blanked out.
func (b *bundle) ruleTexts() []evidence.File {
	var list []evidence.File
	for i, t := range b.job.opts.File.Kept().Texts {
		name := fmt.Sprintf("rules/%03d-%s", i+1, plain(filepath.Base(t.Name)))
		list = append(list, evidence.File{Name: name, Write: func(w io.Writer) error { return write(w, []byte(t.Text)) }})
	}
	return list
}

// plain makes a file name of letters, digits, dots and dashes.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 128 && (r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '_'
	}, name)
}
