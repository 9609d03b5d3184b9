package progress

import (
	"io"
	"strings"

	"github.com/chatferry/chatferry/core/report"
	"github.com/chatferry/chatferry/core/safe"
)

// live redraws one line in place. Other lines scroll by above it.
type live struct {
	textual
	w     io.Writer
	width func() int
	shown string
}

// NewLive returns a printer for a terminal. It asks width before each drawing, so that it follows
// a window that changes its size.
func NewLive(w io.Writer, width func() int, level Level, colour bool) Printer {
	return &live{w: w, width: width, textual: textual{level: level, colour: colour}}
}

const (
	home  = "\r"
	erase = "\x1b[K" // to the end of the line
)

func (l *live) Event(e Event) {
	text := l.line(e)
	if text == "" {
		return
	}
	out := text + "\n"
	if e.Ended != nil && l.shown != "" {
		l.shown = ""
		out = home + erase + out
	}
	if l.shown != "" {
		out = home + erase + out + l.shown
	}
	io.WriteString(l.w, out)
}

func (l *live) Tick(s Snapshot) {
	line := compose(s, l.width()-1) // the last column makes some terminals wrap
	if line == l.shown {
		return
	}
	l.shown = line
	io.WriteString(l.w, home+line+erase)
}

func (l *live) Close() {
	if l.shown != "" {
		io.WriteString(l.w, home+erase)
	}
}

// compose fits the line into width columns: what matters least goes first.
func compose(s Snapshot, width int) string {
	type part struct {
		text string
		rank int // the higher, the sooner it goes
	}
	parts := []part{{s.Stage.doing(), 2}}
	add := func(rank int, text string) { parts = append(parts, part{text, rank}) }
	if s.Percent >= 0 {
		add(0, percent(s.Percent))
	}
	add(0, safe.Count(s.Read)+" records")
	add(3, perSecond(s.PerSecond))
	if s.Total > 0 {
		add(4, report.Bytes(int64(s.BytesRate))+"/s")
	}
	if s.LeftKnown {
		add(1, Clock(s.Left)+" left")
	}
	if s.Rejected > 0 {
		add(1, safe.Count(s.Rejected)+" rejected")
	}
	if s.Shards > 1 {
		add(5, safe.Count(int64(s.ShardsDone))+"/"+safe.Count(int64(s.Shards))+" parts")
	}
	line := ""
	for limit := 5; limit >= 0; limit-- {
		var kept []string
		for _, p := range parts {
			if p.rank <= limit {
				kept = append(kept, p.text)
			}
		}
		line = strings.Join(kept, "  ")
		if safe.Width(line) <= width {
			break
		}
	}
	if room := width - safe.Width(line) - 4; s.Percent >= 0 && room >= 20 {
		const cells = 16
		full := int(min(s.Percent, 100) / 100 * cells)
		line = "[" + strings.Repeat("#", full) + strings.Repeat("-", cells-full) + "]  " + line
	}
	return safe.Line(line, width)
}
