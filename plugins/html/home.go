package html

import (
	"slices"
	"strconv"
)

// Rows of lists on one page.
const (
	memberRows  = 600
	galleryRows = 300
	roomRows    = 600
	personRows  = 600
	yearsOnHome = 120 << 10 // bytes of calendars that stand on a conversation's own page
)

// begin opens a page that is not one of messages.
func (p *prose) begin(root, title, class string) []byte {
	b := p.head(make([]byte, 0, 16<<10), root, title, class)
	return append(b, "<main id=\"main\" class=\"plain\" tabindex=\"-1\">\n"...)
}

func (p *prose) finish(b []byte) []byte { return p.foot(append(b, "</main>\n"...)) }

// home writes a conversation's own page: what it is about, its calendar, members, pins and pictures.
func (s *site) home(e *roomEntry) error {
	at, w := e.place, s.words
	dir := roomDir(at.hash) + "/"
	b := s.begin(up, s.roomName(at), "about")
	b = s.roomTitle(b, at)
	for _, text := range []string{at.topic, at.purpose} {
		if text != "" {
			b = append(s.linked(append(b, `<p class="topic" dir="auto">`...), cut(text, 4000)), "</p>\n"...)
		}
	}
	b = append(append(b, `<p class="facts">`...), w.count(e.messages, "%s message|%s messages")...)
	if e.from != "" {
		b = append(append(append(append(b, " · "...), e.from...), " – "...), e.until...)
	}
	if e.files > 0 {
		b = append(append(b, " · "...), w.count(e.files, "%s file|%s files")...)
	}
	b = append(b, "</p>\n"...)
	if e.pages > 0 {
		b = append(append(append(b, `<p class="go"><a class="button" href="1.html">`...), w.t("Read from the beginning")...), "</a> "...)
		b = strconv.AppendInt(append(b, `<a class="button" href="`...), int64(e.pages), 10)
		b = append(append(append(b, `.html#end">`...), w.t("Read the latest")...), "</a> "...)
		b = append(append(b, `<a class="button" href="`+up+`search.html#in=`...), at.hash...)
		b = append(append(append(b, `">`...), w.t("Search in it")...), "</a></p>\n"...)
	}
	b = s.pins(b, e)
	b, err := s.calendars(b, dir, e)
	if err != nil {
		return err
	}
	if b, err = s.gallery(b, dir, e); err != nil {
		return err
	}
	if b, err = s.members(b, dir, at); err != nil {
		return err
	}
	if len(e.days) > 0 {
		if err := s.out.file(dir+"days.js", daysData(e)); err != nil {
			return err
		}
	}
	return s.out.file(dir+"index.html", s.finish(b))
}

// daysData is the page of each day, for jumping to a date.
func daysData(e *roomEntry) []byte {
	b := []byte("ferry.days({")
	for i, d := range e.days {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), d.day...), `":`...)
		b = strconv.AppendInt(b, int64(d.page), 10)
	}
	return append(b, "});\n"...)
}

func (p *prose) pins(b []byte, e *roomEntry) []byte {
	if len(e.pins) == 0 {
		return b
	}
	b = append(append(append(b, `<section><h2>`...), p.words.t("Pinned")...), `</h2><ul class="rows">`...)
	for _, x := range e.pins {
		b = strconv.AppendInt(append(b, `<li><a href="`...), int64(x.page), 10)
		b = append(append(append(b, ".html#"...), x.id...), `"><bdi>`...)
		b = append(append(append(appendName(b, x.who), "</bdi>, "...), x.day...), `</a> <span dir="auto">`...)
		b = append(appendName(b, x.words), "</span></li>"...)
	}
	return append(b, "</ul></section>\n"...)
}

// calendars stand on the conversation's own page, or each year on its own when they are long.
func (s *site) calendars(b []byte, dir string, e *roomEntry) ([]byte, error) {
	if len(e.days) == 0 {
		return b, nil
	}
	b = append(append(append(b, `<section id="calendar"><h2>`...), s.words.t("Calendar")...), "</h2>\n"...)
	var years [][]byte
	var names []string
	size := 0
	for i := 0; i < len(e.days); {
		j := i
		for j < len(e.days) && e.days[j].day[:4] == e.days[i].day[:4] {
			j++
		}
		years = append(years, e.calendar(nil, s.words, s.clock, e.days[i:j]))
		names = append(names, e.days[i].day[:4])
		size += len(years[len(years)-1])
		i = j
	}
	for i, y := range years {
		if size <= yearsOnHome {
			b = append(b, y...)
			continue
		}
		name := "year-" + names[i] + ".html"
		b = append(append(append(append(append(b, `<a class="button" href="`...), name...), `">`...), names[i]...), "</a> "...)
		page := s.begin(up, s.roomName(e.place)+" – "+names[i], "about")
		page = s.back(s.roomTitle(page, e.place))
		if err := s.out.file(dir+name, s.finish(append(page, y...))); err != nil {
			return b, err
		}
	}
	return append(b, "</section>\n"...), nil
}

// back leads to the conversation's own page.
func (p *prose) back(b []byte) []byte {
	return append(append(append(b, `<p><a href="index.html">‹ `...), p.words.t("About and calendar")...), "</a></p>\n"...)
}

// gallery writes the pictures of a conversation, newest first, and leads to them.
func (s *site) gallery(b []byte, dir string, e *roomEntry) ([]byte, error) {
	if len(e.pictures) == 0 {
		return b, nil
	}
	slices.Reverse(e.pictures)
	b = append(append(append(b, `<section><h2>`...), s.words.t("Pictures")...), `</h2><ul class="shots">`...)
	for _, p := range e.pictures[:min(12, len(e.pictures))] {
		b = shot(b, &p)
	}
	b = append(b, "</ul>"...)
	for n := 0; n*galleryRows < len(e.pictures); n++ {
		name := "media-" + strconv.Itoa(n+1) + ".html"
		b = append(append(append(b, `<a class="button" href="`...), name...), `">`...)
		b = append(b, s.words.count(int64(len(e.pictures))+e.morePictures, "%s picture|%s pictures")...)
		if len(e.pictures) > galleryRows {
			b = strconv.AppendInt(append(b, ", "...), int64(n+1), 10)
		}
		b = append(b, "</a> "...)
		page := s.back(s.roomTitle(s.begin(up, s.roomName(e.place)+" – "+s.words.t("Pictures"), "about"), e.place))
		page = append(page, `<ul class="shots">`...)
		for _, p := range e.pictures[n*galleryRows : min((n+1)*galleryRows, len(e.pictures))] {
			page = shot(page, &p)
		}
		if err := s.out.file(dir+name, s.finish(append(page, "</ul>\n"...))); err != nil {
			return b, err
		}
	}
	return append(b, "</section>\n"...), nil
}

func shot(b []byte, p *picture) []byte {
	b = strconv.AppendInt(append(b, `<li><a href="`...), int64(p.page), 10)
	b = append(append(append(b, ".html#"...), p.id...), `"><img loading="lazy" src="`+up...)
	b = appendName(append(append(b, p.path...), `" alt="`...), p.name)
	return append(append(append(b, `"><time>`...), p.day...), "</time></a></li>"...)
}

// members lists who is or was in a conversation.
func (s *site) members(b []byte, dir string, at *place) ([]byte, error) {
	list := at.members
	for _, k := range at.people {
		list = append(list, member{person: k})
	}
	if len(list) == 0 {
		return b, nil
	}
	b = append(append(append(b, `<section><h2>`...), s.words.count(int64(len(list)), "%s member|%s members")...), "</h2>\n"...)
	for n := 0; n*memberRows < len(list); n++ {
		rows := s.memberRows(nil, list[n*memberRows:min((n+1)*memberRows, len(list))])
		if n == 0 {
			b = append(b, rows...)
			continue
		}
		name := "members-" + strconv.Itoa(n+1) + ".html"
		b = append(append(append(b, `<a class="button" href="`...), name...), `">`...)
		b = append(strconv.AppendInt(b, int64(n+1), 10), "</a> "...)
		page := s.back(s.roomTitle(s.begin(up, s.roomName(at), "about"), at))
		if err := s.out.file(dir+name, s.finish(append(page, rows...))); err != nil {
			return b, err
		}
	}
	return append(b, "</section>\n"...), nil
}

func (p *prose) memberRows(b []byte, list []member) []byte {
	b = append(b, `<ul class="rows cols3">`...)
	for _, m := range list {
		b = append(b, "<li>"...)
		if x := p.d.people[m.person]; x != nil {
			b = append(append(append(b, `<a href="`+up+`p/`...), x.hash...), `.html"><bdi>`...)
			b = append(appendName(b, x.name), "</bdi></a>"...)
		} else {
			b = append(appendName(append(b, "<bdi>"...), p.d.name(m.person)), "</bdi>"...)
		}
		if m.role != "" && m.role != "member" {
			b = append(appendName(append(b, ` <span class="tag">`...), cut(m.role, 40)), "</span>"...)
		}
		if m.joined != "" || m.left != "" {
			b = append(append(append(append(append(b, ` <span class="note">`...), m.joined...), " – "...), m.left...), "</span>"...)
		}
		b = append(b, "</li>"...)
	}
	return append(b, "</ul>\n"...)
}
