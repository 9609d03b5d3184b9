package verify

import (
	"sort"
	"strconv"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/scan"
)

// compareLines names the fields in which two canonical lines differ, down to the deepest member.
func compareLines(expected, found string) []Field {
	a, b := map[string]string{}, map[string]string{}
	flattenLine(a, expected)
	flattenLine(b, found)
	var names []string
	for k, v := range a {
		if b[k] != v {
			names = append(names, k)
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			names = append(names, k)
		}
	}
	sort.Strings(names)
	list := make([]Field, len(names))
	for i, n := range names {
		list[i] = Field{Name: n, Expected: a[n], Found: b[n]}
	}
	return list
}

func flattenLine(out map[string]string, line string) {
	head, tail := message.WithoutRaw(line)
	s := scan.New(head + tail)
	flatten(out, "", s)
}

// flatten is bounded by the scanner's depth limit. What is empty has a place of its own.
func flatten(out map[string]string, path string, s *scan.Scanner) {
	n := len(out)
	switch s.Kind() {
	case scan.Obj:
		for s.Object(); s.Next(); {
			name := s.Key()
			if path != "" {
				name = path + "." + name
			}
			flatten(out, name, s)
		}
	case scan.Arr:
		i := 0
		for s.Array(); s.Next(); i++ {
			flatten(out, path+"["+strconv.Itoa(i)+"]", s)
		}
	default:
		out[path] = s.Raw()
	}
	if len(out) == n && path != "" {
		out[path] = "{}"
	}
}
