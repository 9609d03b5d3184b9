package report

import (
	"io"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/safe"
)

// MediaRow counts attachments whose bytes are not there, or are not the file that the source promised.
// Those are in the targets all the same when State is "present".
type MediaRow struct {
	State   string   `json:"state"`
	Reason  string   `json:"reason,omitempty"` // a code: not_in_dump, html_instead, size_mismatch, ...
	Count   int64    `json:"count"`
	Samples []string `json:"samples,omitempty"` // keys of records, at most three
}

// UnmappedRow is a field of the source that the model has no place for. It travels in an ext map.
type UnmappedRow struct {
	Path    string   `json:"path"` // "message.ext.slack.foo"
	Count   int64    `json:"count"`
	Bytes   int64    `json:"bytes"`
	Samples []string `json:"samples,omitempty"` // keys of records, at most three; never values
	KeptBy  []string `json:"kept_by,omitempty"` // sinks
}

// maxUnmapped is how many paths a report names; the rest is one row.
const maxUnmapped = 200

// Bounded keeps the rows with the highest counts; the rest becomes one row "other".
func Bounded(rows []UnmappedRow) []UnmappedRow {
	if len(rows) <= maxUnmapped {
		return rows
	}
	other := UnmappedRow{Path: otherName}
	for _, r := range rows[maxUnmapped:] {
		other.Count += r.Count
		other.Bytes += r.Bytes
	}
	return append(rows[:maxUnmapped:maxUnmapped], other)
}

// MediaText writes a table of absent attachments for people; nothing without rows.
func MediaText(w io.Writer, rows []MediaRow, width int) error {
	if len(rows) == 0 {
		return nil
	}
	t := Table{Columns: []Column{{Head: "attachments that are not there", Most: 30}, {Head: "reason", Most: 30}, {Head: "references", Right: true}}}
	for _, r := range rows {
		state := r.State
		if state == "present" {
			state = "other bytes than promised"
		}
		reason := r.Reason
		if reason == "" {
			reason = "none given"
		}
		t.Add(state, reason, safe.Count(r.Count))
	}
	return titled(w, "", &t, width)
}

// shownUnmapped is how many paths the table for people has.
const shownUnmapped = 6

// UnmappedText writes a table of unmapped fields for people; nothing without rows.
func UnmappedText(w io.Writer, rows []UnmappedRow, width int) error {
	if len(rows) == 0 {
		return nil
	}
	t := Table{Columns: []Column{{Head: "field", Most: 60}, {Head: "records", Right: true}, {Head: "bytes", Right: true}, {}}}
	if slices.ContainsFunc(rows, func(r UnmappedRow) bool { return len(r.KeptBy) > 0 }) {
		t.Columns[3].Head = "kept by"
	}
	for i, r := range rows {
		if i == shownUnmapped {
			t.Add("and "+safe.Count(int64(len(rows)-i))+" more, see --json", "", "", "")
			break
		}
		kept := strings.Join(r.KeptBy, ", ")
		if kept == "" && t.Columns[3].Head != "" {
			kept = "no target"
		}
		t.Add(r.Path, safe.Count(r.Count), Bytes(r.Bytes), kept)
	}
	return titled(w, "Fields of the source that the model has no place for: they travel in ext", &t, width)
}

func (s *Summary) mediaText(w io.Writer, width int) error { return MediaText(w, s.Media, width) }

func (s *Summary) unmappedText(w io.Writer, width int) error {
	return UnmappedText(w, s.Unmapped, width)
}
