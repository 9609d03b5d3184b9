package main

import "slices"

// controls change how an output is written, not what it says: verify must not cry wolf.
var controls = []operator{
	{"written anew", "another program of the same format", func(*document) []want { return []want{} }, nil},
	{"lines in another order", "a merge of parts in another order", func(d *document) []want {
		i := slices.IndexFunc(d.lines, func(l line) bool { return text(l.object, "type") == "message" || postOf(l.object) != nil })
		slices.Reverse(d.lines[i:])
		if d.bulk() { // conversations come before their posts
			kinds := []string{"post", "direct_channel", "direct_post"}
			slices.SortStableFunc(d.lines[i:], func(a, b line) int {
				return slices.Index(kinds, text(a.object, "type")) - slices.Index(kinds, text(b.object, "type"))
			})
		}
		return []want{}
	}, nil},
}
