package html

import (
	"embed"
	"io/fs"
	"strconv"

	"github.com/chatferry/chatferry/core/message"
)

//go:embed assets
var assets embed.FS

// search writes the search page, the index, and the lists that the pages' script reads.
func (s *site) search() error {
	base := make([]uint32, len(s.units))
	n := 0
	for i := range s.units {
		base[i] = uint32(n)
		n += s.units[i].pages
	}
	x := &shards{file: s.out.file, base: base}
	if err := x.write(s.index); err != nil {
		return err
	}
	if err := s.timeShards(s.times, base); err != nil {
		return err
	}
	for name, b := range map[string][]byte{"site/rooms.js": s.roomTable(), "site/people.js": s.personTable()} {
		if err := s.out.file(name, b); err != nil {
			return err
		}
	}
	b := append(append(append(s.begin("", s.words.t("Search"), "search"), "<h1>"...), s.words.t("Search")...), "</h1>\n"...)
	b = append(b, `<form class="find" id="find" role="search">`...)
	field := func(id, label, input string) {
		b = append(append(append(append(b, `<div><label for="`...), id...), `">`...), s.words.t(label)...)
		b = append(append(append(append(append(b, `</label><input id="`...), id...), `" name="`...), id...), `" `...)
		b = append(append(b, input...), "></div>"...)
	}
	field("q", "Words", `type="search" autocomplete="off"`)
	field("from", "Person", `list="persons" autocomplete="off"`)
	field("in", "Conversation", `list="rooms" autocomplete="off"`)
	field("after", "From day", `type="date"`)
	field("before", "To day", `type="date"`)
	field("file", "With a file", `type="checkbox" value="1"`)
	b = append(append(append(b, `<button>`...), s.words.t("Search")...), `</button><datalist id="persons"></datalist><datalist id="rooms"></datalist></form>`...)
	b = append(append(append(b, `<p class="note">`...), s.words.t("A word is found by its beginning too. Put a phrase into quotation marks.")...), "</p>\n"...)
	return s.out.file("search.html", s.finish(s.hits(b, "")))
}

// hits is where the script puts what it finds; with a person's digest all messages of that person, unasked.
func (p *prose) hits(b []byte, from string) []byte {
	b = append(append(append(b, `<noscript><p>`...), p.words.t("The search needs the scripts of this folder, which the browser does not run.")...), "</p></noscript>\n"...)
	b = append(b, `<p id="status" role="status"></p><ol id="hits" class="hits" data-from="`...)
	b = append(append(b, from...), `"></ol><p><button id="more" hidden>`...)
	return append(append(b, p.words.t("More results")...), "</button></p>\n"...)
}

// roomTable lists the conversations in the order of the first page.
func (s *site) roomTable() []byte {
	b := []byte("ferry.rooms([")
	for i, e := range s.rooms {
		if i > 0 {
			b = append(b, ",\n"...)
		}
		b = append(append(append(b, `["`...), e.place.hash...), `",`...)
		b = message.AppendString(b, sign(e.place.kind))
		b = message.AppendString(append(b, ','), cut(s.roomName(e.place), 200))
		b = strconv.AppendInt(append(b, ','), int64(e.pages), 10)
		b = strconv.AppendInt(append(b, ','), int64(groupOf(e.place.kind)), 10)
		b = append(strconv.AppendInt(append(b, ','), e.messages, 10), ']')
	}
	return append(b, "]);\n"...)
}

// personTable lists people as [key, name, digest].
func (s *site) personTable() []byte {
	b := []byte("ferry.people([")
	for i, p := range s.d.list {
		if i > 0 {
			b = append(b, ",\n"...)
		}
		b = message.AppendString(append(b, '['), p.key)
		b = message.AppendString(append(b, ','), cut(p.name, 200))
		b = append(append(append(b, `,"`...), p.hash...), `"]`...)
	}
	return append(b, "]);\n"...)
}

// scriptWords are the texts that the script shows.
var scriptWords = []string{"%s result|%s results", "more than %s results", "searching", "nothing found", "Filter conversations", "Type a word of two letters or more",
	"Go to date", "Record", "Close", "Copy link", "this page needs its data beside it", "Show or hide the conversations", "too many words begin like this: type more",
	"Channels", "Private channels", "Group conversations", "Direct messages", "Other", "Search here", "Show all"}

// assets copies the style sheet and the script, with the site's words for the script, and says who made them.
func (s *site) assets() error {
	if err := s.out.file(makerName, []byte(maker)); err != nil {
		return err
	}
	b := []byte("var ferryWords={")
	for i, w := range scriptWords {
		if i > 0 {
			b = append(b, ",\n"...)
		}
		b = message.AppendString(append(message.AppendString(b, w), ':'), s.words.t(w))
	}
	if err := s.out.file("site/words.js", append(b, "};\n"...)); err != nil {
		return err
	}
	for _, name := range []string{"style.css", "site.js", "search.js"} {
		b, err := fs.ReadFile(assets, "assets/"+name)
		if err != nil {
			return err
		}
		if err := s.out.file("site/"+name, b); err != nil {
			return err
		}
	}
	return nil
}
