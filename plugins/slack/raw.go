package slack

import (
	"strings"

	"github.com/chatferry/chatferry/core/scan"
)

// shown are the members of a block or card that people read.
var shown = map[string]bool{"text": true, "title": true, "value": true, "fallback": false, "pretext": true, "footer": true, "alt_text": true, "label": true, "description": true}

// readable is the text that can be read in a raw block, one line for each piece.
func readable(raw string) string {
	var s scan.Scanner
	s.Reset(raw)
	var out strings.Builder
	type level struct{ arr bool }
	var open [scan.MaxDepth + 1]level
	depth, show := 0, false
	for s.Err() == nil {
		switch s.Kind() {
		case scan.Obj:
			s.Object()
			depth++
			open[min(depth, scan.MaxDepth)] = level{}
		case scan.Arr:
			s.Array()
			depth++
			open[min(depth, scan.MaxDepth)] = level{arr: true}
		case scan.Str:
			if v := s.String(); show && v != "" {
				if out.Len() > 0 {
					out.WriteByte('\n')
				}
				out.WriteString(unescape(v))
			}
		default:
			s.Skip()
		}
		for depth > 0 && !s.Next() {
			if s.Err() != nil {
				return out.String()
			}
			depth--
		}
		if depth == 0 {
			return out.String()
		}
		if !open[min(depth, scan.MaxDepth)].arr {
			show = shown[s.Key()]
		}
	}
	return out.String()
}
