package progress

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// shownRejects is how many rejects the line printers name in one stage; all of them are counted, listed in
// the ledger and given as JSON events.
const shownRejects = 10

// plainEvery is how often the plain printer says where it stands.
const plainEvery = 5 * time.Second

// textual is what the two line printers have in common: which events become a line, and how it reads.
type textual struct {
	level   Level
	colour  bool
	rejects int
}

// line is the text of an event, "" when it is not shown.
func (t *textual) line(e Event) string {
	switch {
	case e.Plan != nil:
		t.rejects = 0
		if e.Plan.Resumed {
			done := 0
			for _, s := range e.Plan.Shards {
				if s.Done {
					done++
				}
			}
			return fmt.Sprintf("resuming: %d of %d parts are done", done, len(e.Plan.Shards))
		}
	case e.Ended != nil:
		return ended(*e.Ended)
	case e.Shard != nil && (e.Shard.State == Held || e.Shard.State == Failed):
		return t.paint(red, fmt.Sprintf("%s: %s", e.Shard.State, safe.Text(e.Shard.ID)))
	case e.Reject != nil:
		t.rejects++
		switch {
		case t.rejects < shownRejects+1:
			at := safe.Text(e.Reject.File)
			if e.Reject.Index != "" {
				at += " record " + safe.Text(e.Reject.Index)
			}
			return t.paint(yellow, "rejected: ") + at + ": " + safe.Text(e.Reject.Reason)
		case t.rejects == shownRejects+1:
			return "more are rejected; they are counted and kept in quarantine"
		}
	case e.Log != nil && e.Log.Level.AtLeast(t.level):
		return t.paint(colourOf(e.Log.Level), levelWord(e.Log.Level)) + safe.Text(e.Log.Text)
	}
	return ""
}

func levelWord(l Level) string {
	switch l {
	case Warn:
		return "warning: "
	case Error, Debug:
		return string(l) + ": "
	}
	return ""
}

const (
	red    = "31"
	yellow = "33"
	dim    = "2"
)

func colourOf(l Level) string {
	switch l {
	case Warn:
		return yellow
	case Error:
		return red
	case Debug:
		return dim
	}
	return ""
}

func (t *textual) paint(colour, s string) string {
	if !t.colour || colour == "" || s == "" {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// ended is the line that ends a stage.
func ended(s Snapshot) string {
	if s.Read == 0 {
		return ""
	}
	text := s.Stage.did() + " " + safe.Count(s.Read) + " records in " + Clock(s.Elapsed)
	if seconds := s.Elapsed.Seconds(); seconds >= 1 {
		text += " (" + perSecond(float64(s.Read)/seconds) + ")"
	}
	return text
}

// plain prints a line from time to time, for logs and cron.
type plain struct {
	textual
	w    io.Writer
	next time.Time
}

// NewPlain returns a printer of plain lines. Log lines milder than level are left out.
func NewPlain(w io.Writer, level Level) Printer { return &plain{w: w, textual: textual{level: level}} }

func (p *plain) Event(e Event) {
	if e.Plan != nil {
		p.next = e.At.Add(plainEvery)
	}
	if text := p.line(e); text != "" {
		fmt.Fprintln(p.w, text)
	}
}

func (p *plain) Tick(s Snapshot) {
	if s.At.Before(p.next) {
		return
	}
	p.next = s.At.Add(plainEvery)
	fmt.Fprintln(p.w, strings.Join(fields(s), ", "))
}

func (p *plain) Close() {}

// quiet shows errors only.
type quiet struct{ plain }

// NewQuiet returns a printer of errors alone.
func NewQuiet(w io.Writer) Printer { return &quiet{plain{w: w, textual: textual{level: Error}}} }

func (q *quiet) Event(e Event) {
	if e.Log != nil {
		q.plain.Event(e)
	}
}
func (q *quiet) Tick(Snapshot) {}
func (q *quiet) Close()        {}

// fields are the parts of a progress line in the order in which they stand.
func fields(s Snapshot) []string {
	out := []string{s.Stage.doing() + ": " + safe.Count(s.Read) + " records"}
	if s.Percent >= 0 {
		out = append(out, percent(s.Percent))
	}
	out = append(out, perSecond(s.PerSecond))
	if s.Total > 0 {
		out = append(out, report.Bytes(int64(s.BytesRate))+"/s")
	}
	if s.LeftKnown {
		out = append(out, Clock(s.Left)+" left")
	}
	if s.Rejected > 0 {
		out = append(out, safe.Count(s.Rejected)+" rejected")
	}
	return out
}

// percent never says 100 before the end.
func percent(p float64) string { return fmt.Sprintf("%d%%", int(math.Floor(min(p, 100)))) }

func perSecond(n float64) string { return safe.Count(int64(n)) + "/s" }

// Clock writes a duration as "0:42", "12:03", "1:02:03" or "3 d 04 h".
func Clock(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	switch {
	case s >= 48*3600:
		return fmt.Sprintf("%d d %02d h", s/86400, s%86400/3600)
	case s >= 3600:
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s%3600/60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
