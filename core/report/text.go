package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/safe"
)

// JSON writes v as one line of JSON that is safe to show.
func JSON(w io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(safe.JSON(raw), '\n'))
	return err
}

// Bytes writes a size for people: "950 B", "1.2 MB". Units are powers of 1000.
func Bytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n)/1000, "kB"
	for _, next := range []string{"MB", "GB", "TB", "PB"} {
		if value < 999.95 {
			break
		}
		value, unit = value/1000, next
	}
	return strconv.FormatFloat(value, 'f', 1, 64) + " " + unit
}

// Text writes the inventory for people, in width columns (0: any).
func (v *Inventory) Text(w io.Writer, width int) error {
	if _, err := fmt.Fprintf(w, "%s: %s\n\n", safe.Text(v.Path), safe.Text(v.Format)); err != nil {
		return err
	}
	t := Table{Columns: []Column{{}, {Right: true, Most: 20}, {}}}
	row := func(name string, n int64, detail string) { t.Add(name, safe.Count(n), detail) }
	row("people", v.People, parts(v.PeopleByKind, 8))
	optional := func(name string, n int64) {
		if n > 0 {
			row(name, n, "")
		}
	}
	optional("workspaces", v.Workspaces)
	row("conversations", v.Conversations, parts(v.ConversationsByKind, 8))
	row("messages", v.Messages, parts(v.MessagesByKind, 12))
	optional("replies", v.Replies)
	optional("reactions", v.Reactions)
	optional("revisions", v.Revisions)
	optional("custom emoji", v.Emoji)
	row("attachments", v.Attachments, states(v.AttachmentsByState))
	if v.Rejected > 0 {
		row("unreadable", v.Rejected, parts(v.RejectedByReason, 8))
	}
	if err := t.Write(w, width); err != nil {
		return err
	}
	if v.First != "" {
		if _, err := fmt.Fprintf(w, "\n  first  %s\n  last   %s\n", safe.Line(v.First, 40), safe.Line(v.Last, 40)); err != nil {
			return err
		}
	}
	if err := months(w, v.MessagesByMonth); err != nil {
		return err
	}
	if err := UnmappedText(w, v.Unmapped, width); err != nil {
		return err
	}
	if err := findings(w, v.Findings, width); err != nil {
		return err
	}
	return notes(w, "Notes", v.Notes, width)
}

func states(m map[string]Media) string {
	var out []string
	for _, state := range sorted(m) {
		out = append(out, safe.Count(m[state].Count)+" "+state+" ("+Bytes(m[state].Bytes)+")")
	}
	return strings.Join(out, ", ")
}

func notes(w io.Writer, title string, list []string, width int) error {
	if len(list) == 0 {
		return nil
	}
	if _, err := fmt.Fprintf(w, "\n%s\n", title); err != nil {
		return err
	}
	t := Table{Columns: []Column{{}, {}}}
	for _, note := range list {
		t.Add("-", note)
	}
	return t.Write(w, width)
}

// chartYears is how many years the chart shows.
const chartYears = 25

// months draws one row a year: a bar for each month, and the year's sum.
func months(w io.Writer, m map[string]int64) error {
	years, top := map[string]*[13]int64{}, int64(0)
	for month, n := range m {
		at, err := strconv.Atoi(month[max(0, len(month)-2):])
		if err != nil || len(month) != 7 || at < 1 || at > 12 {
			continue
		}
		y := years[month[:4]]
		if y == nil {
			y = new([13]int64)
			years[month[:4]] = y
		}
		y[at] += n
		y[0] += n
		top = max(top, y[at])
	}
	if len(years) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("\nMessages per month\n  year  JFMAMJJASOND\n")
	names := sorted(years)
	if more := len(names) - chartYears; more > 0 {
		fmt.Fprintf(&b, "  (%d earlier years not shown)\n", more)
		names = names[more:]
	}
	for _, name := range names {
		b.WriteString("  " + safe.Text(name) + "  ")
		for _, n := range years[name][1:] {
			b.WriteRune(bar(n, top))
		}
		b.WriteString("  " + safe.Count(years[name][0]) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func bar(n, top int64) rune {
	if n == 0 {
		return '·'
	}
	return []rune("▁▂▃▄▅▆▇█")[int(float64(n)/float64(top)*7.999)]
}

// Losses writes the loss matrix for people: per sink what it cannot hold. rows may be of several
// sinks; each sink in sinks is named even when it loses nothing. A count below 0 means that nothing
// was counted.
func Losses(w io.Writer, sinks []string, rows []LossRow, width int) error {
	for _, sink := range sinks {
		t := Table{Columns: []Column{{Head: "field", Most: 40}, {Head: "records", Right: true}, {Head: "what happens", Most: 40}, {Head: "why"}}}
		if !counted(rows) {
			t.Columns = append(t.Columns[:1], t.Columns[2:]...)
		}
		for _, r := range rows {
			if r.Sink != sink {
				continue
			}
			what := r.words()
			if len(t.Columns) == 4 {
				t.Add(r.Field, safe.Count(r.Count), what, r.Why)
			} else {
				t.Add(r.Field, what, r.Why)
			}
		}
		line := fmt.Sprintf("\nWhat %s cannot hold\n", safe.Text(sink))
		if len(t.Rows) == 0 {
			line = fmt.Sprintf("\n%s holds everything.\n", safe.Text(sink))
		}
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
		if len(t.Rows) > 0 {
			if err := t.Write(w, width); err != nil {
				return err
			}
		}
	}
	return nil
}

// words say what happens to the field, and what the pipeline's policy makes of that.
func (r *LossRow) words() string {
	what := r.Action
	switch {
	case r.Action == "drop":
		what = "dropped"
	case r.Rule != "":
		what = "changed: " + r.Rule
	}
	switch r.Policy {
	case PolicyFail:
		return "NOT ALLOWED, " + what
	case PolicyWarn:
		return "WARNING, " + what
	}
	return what
}

func counted(rows []LossRow) bool {
	for _, r := range rows {
		if r.Count < 0 {
			return false
		}
	}
	return true
}
