package html

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

func sortedKeys(m map[string]int64) []string { return slices.Sorted(maps.Keys(m)) }

// groups of the list of conversations, in its order.
var groups = []struct{ label, kinds string }{
	{"Channels", "public"}, {"Private channels", "private"}, {"Group conversations", "group"}, {"Direct messages", "direct"}, {"Other", ""},
}

func groupOf(kind string) int {
	for i, g := range groups {
		if g.kinds == kind {
			return i
		}
	}
	return len(groups) - 1
}

// compareRooms orders conversations by group, then by name.
func compareRooms(a, b *roomEntry) int {
	return cmp.Or(cmp.Compare(groupOf(a.place.kind), groupOf(b.place.kind)),
		cmp.Compare(strings.ToLower(a.place.title), strings.ToLower(b.place.title)), cmp.Compare(a.place.key, b.place.key))
}

// front writes the first page, with the list of conversations on as many pages as it needs.
func (s *site) front() error {
	for n := 0; n == 0 || n*roomRows < len(s.rooms); n++ {
		b := s.begin("", s.title, "index")
		if n == 0 {
			b = append(appendName(append(b, `<h1><bdi>`...), s.title), "</bdi></h1>\n"...)
			b = s.tiles(b)
			b = append(append(append(b, `<form class="find" id="find" role="search" hidden><div><label for="q">`...), s.words.t("Search all messages")...), `</label>`...)
			b = append(append(append(b, `<input id="q" name="q" type="search" autocomplete="off"></div><button>`...), s.words.t("Search")...), "</button></form>\n"...)
		} else {
			b = append(append(append(b, "<h1>"...), s.words.t("Conversations")...), "</h1>\n"...)
		}
		b = append(append(append(b, `<p class="filter" hidden><label for="filter">`...), s.words.t("Filter this list")...), `</label> <input id="filter" type="search" autocomplete="off"></p>`...)
		b = s.roomList(b, s.rooms[n*roomRows:min((n+1)*roomRows, len(s.rooms))])
		b = pages(b, "index", n, (len(s.rooms)+roomRows-1)/roomRows, s.words.t("Pages"))
		if err := s.out.file(numbered("index", n), s.finish(b)); err != nil {
			return err
		}
	}
	return nil
}

func numbered(name string, n int) string {
	if n == 0 {
		return name + ".html"
	}
	return name + "-" + strconv.Itoa(n+1) + ".html"
}

// pages leads to the pages of a list.
func pages(b []byte, name string, at, of int, label string) []byte {
	if of < 2 {
		return b
	}
	b = append(append(append(b, `<nav class="pager" aria-label="`...), label...), `">`...)
	for n := range of {
		b = append(append(append(b, `<a href="`...), numbered(name, n)...), '"')
		if n == at {
			b = append(b, ` aria-current="page"`...)
		}
		b = append(strconv.AppendInt(append(b, '>'), int64(n+1), 10), "</a>"...)
	}
	return append(b, "</nav>\n"...)
}

// tiles are the large numbers of the first page.
func (s *site) tiles(b []byte) []byte {
	months := sortedKeys(s.all.months)
	b = append(b, `<dl class="tiles">`...)
	tile := func(label, value string) {
		b = append(append(append(b, "<div><dt>"...), s.words.t(label)...), "</dt><dd>"...)
		b = append(appendText(b, value), "</dd></div>"...)
	}
	tile("Messages", thousands(s.all.records["message"]))
	tile("Conversations", thousands(int64(len(s.rooms))))
	tile("People", thousands(int64(len(s.d.list))))
	if len(months) > 0 {
		tile("From", months[0])
		tile("To", months[len(months)-1])
	}
	return append(b, "</dl>\n"...)
}

// roomList writes conversations with what tells them apart.
func (s *site) roomList(b []byte, rooms []*roomEntry) []byte {
	group := -1
	for _, e := range rooms {
		if g := groupOf(e.place.kind); g != group {
			if group >= 0 {
				b = append(b, "</ul></section>\n"...)
			}
			group = g
			b = append(append(append(b, `<section><h2>`...), s.words.t(groups[g].label)...), `</h2><ul class="rooms">`...)
		}
		b = append(append(append(append(b, `<li><span class="c"><a href="c/`...), e.place.hash...), `/`...), latest(e)...)
		b = append(append(append(b, `"><span class="sg" aria-hidden="true">`...), sign(e.place.kind)...), `</span> <bdi>`...)
		b = append(appendName(b, s.roomName(e.place)), "</bdi>"...)
		b = append(b, "</a>"...)
		if e.place.archived {
			b = append(append(append(b, ` <span class="tag">`...), s.words.t("archived")...), "</span>"...)
		}
		b = append(append(append(b, `</span> <a class="i" href="c/`...), e.place.hash...), `/index.html" aria-label="`...)
		b = append(append(b, s.words.t("About and calendar")...), ": "...)
		b = append(appendName(b, s.roomName(e.place)), `">ⓘ</a> <span class="n">`...)
		b = append(append(b, thousands(e.messages)...), "</span> "...)
		b = append(append(append(b, `<span class="d">`...), e.until...), "</span>"...)
		if e.place.topic != "" {
			b = append(appendName(append(b, `<span class="t" dir="auto">`...), cut(e.place.topic, 120)), "</span>"...)
		}
		b = append(b, "</li>"...)
	}
	if group >= 0 {
		b = append(b, "</ul></section>\n"...)
	}
	return b
}

// latest is the page on which a reader finds the newest messages, at its end.
func latest(e *roomEntry) string {
	if e.pages == 0 {
		return "index.html"
	}
	return strconv.Itoa(e.pages) + ".html#end"
}
