package safe

import (
	"strings"

	"github.com/rivo/uniseg"
)

// ellipsis ends a line that was cut.
const ellipsis = "…"

// clusterBytes bounds one drawn character: the longest emoji in use has 35 bytes, while a
// character under hundreds of combining marks would cover the lines around it.
const clusterBytes = 48

// Width is how many columns s takes on a terminal: wide for East Asian characters and emoji,
// nothing for combining marks.
func Width(s string) int {
	if ascii(s) {
		return len(s)
	}
	return uniseg.StringWidth(s)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// Line is Text in at most width columns, ending in "…" where it was cut. It never splits a drawn
// character, and its bytes are bounded by its width.
func Line(s string, width int) string {
	if width <= 0 {
		return ""
	}
	if len(s) <= width && ascii(s) {
		return s
	}
	if most := (width + 2) * clusterBytes; len(s) > most { // what can't be shown need not be escaped
		s = strings.ToValidUTF8(s[:most], "") + ellipsis
	}
	s = Text(s)
	used, room := 0, 0 // bytes that fit in width, and in the columns left beside an ellipsis
	column, state := 0, -1
	for rest := s; rest != ""; {
		cluster, next, w, st := uniseg.FirstGraphemeClusterInString(rest, state)
		if column+w > width || len(cluster) > clusterBytes {
			return s[:room] + ellipsis
		}
		column, used, rest, state = column+w, used+len(cluster), next, st
		if column <= width-1 {
			room = used
		}
	}
	return s
}

// Pad is Line filled with spaces to exactly width columns.
func Pad(s string, width int) string {
	s = Line(s, width)
	if missing := width - Width(s); missing > 0 {
		s += strings.Repeat(" ", missing)
	}
	return s
}
