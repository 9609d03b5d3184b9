package slack

import (
	"strings"

	"github.com/chatferry/chatferry/core/scan"
)

// Small readers for parts of a record that are kept as raw JSON and rarely looked into.

// memberOf is a string or number member of a raw object, "" when it is not there.
func memberOf(raw, name string) string {
	var s scan.Scanner
	s.Reset(raw)
	if s.Kind() != scan.Obj {
		return ""
	}
	out := ""
	for s.Object(); s.Next(); {
		if s.Key() != name {
			s.Skip()
			continue
		}
		switch s.Kind() {
		case scan.Str:
			out = s.String()
		case scan.Num:
			out = s.Number()
		default:
			s.Skip()
		}
	}
	return out
}

// rawMember is a member of a raw object as it stands.
func rawMember(raw, name string) string {
	var s scan.Scanner
	s.Reset(raw)
	if s.Kind() != scan.Obj {
		return ""
	}
	out := ""
	for s.Object(); s.Next(); {
		if s.Key() == name {
			out = s.Raw()
		} else {
			s.Skip()
		}
	}
	return out
}

// pathOf is memberOf through objects.
func pathOf(raw string, names ...string) string {
	for _, n := range names[:len(names)-1] {
		raw = rawMember(raw, n)
	}
	return memberOf(raw, names[len(names)-1])
}

// flagOf is a boolean member.
func flagOf(raw, name string) bool { return rawMember(raw, name) == "true" }

// stringsOf are the strings of a raw array.
func stringsOf(raw string) []string {
	var s scan.Scanner
	s.Reset(raw)
	if s.Kind() != scan.Arr {
		return nil
	}
	var list []string
	for s.Array(); s.Next(); {
		if s.Kind() == scan.Str {
			list = append(list, s.String())
		} else {
			s.Skip()
		}
	}
	return list
}

// objectsOf are the elements of a raw array that are objects.
func objectsOf(raw string) []string {
	var s scan.Scanner
	s.Reset(raw)
	if s.Kind() != scan.Arr {
		return nil
	}
	var list []string
	for s.Array(); s.Next(); {
		if s.Kind() == scan.Obj {
			list = append(list, s.Raw())
		} else {
			s.Skip()
		}
	}
	return list
}

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
