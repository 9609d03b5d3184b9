package main

import "slices"

// controls change how an output is written, not what it says: verify must not cry wolf.
var controls = []operator{
	{"written anew", "another program of the same format", func(*document) []want { return []want{} }, nil},
	{"lines in another order", "a merge of parts in another order", func(d *document) []want {
		i := slices.IndexFunc(d.lines, func(l line) bool { return text(l.object, "type") == "message" || postOf(l.object) != nil })
		slices.Reverse(d.lines[i:])
		if d.bulk() { // conversations come before their posts, and files stand as lines name them
			kinds := []string{"post", "direct_channel", "direct_post"}
			slices.SortStableFunc(d.lines[i:], func(a, b line) int {
				return slices.Index(kinds, text(a.object, "type")) - slices.Index(kinds, text(b.object, "type"))
			})
			d.sortNames()
		}
		return []want{}
	}, nil},
}

// sortNames puts files into the order in which posts name them, behind those that others name.
func (d *document) sortNames() {
	rank := map[string]int{}
	for _, m := range d.messages() {
		for _, a := range list2(m.o, "attachments") {
			if name := text(a, "path"); rank[name] == 0 {
				rank[name] = len(rank) + 1
			}
		}
	}
	slices.SortStableFunc(d.names, func(a, b string) int { return rank[a] - rank[b] })
}
