package html

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// peoplePages writes the list of people and a page for each. The records are read once more, so that pages
// can say all of them without keeping them in memory.
func (s *site) peoplePages() error {
	order := slices.Clone(s.d.list)
	sent := func(p *person) int64 {
		if a := s.all.people[p.key]; a != nil {
			return a.messages
		}
		return 0
	}
	slices.SortFunc(order, func(a, b *person) int {
		return cmp.Or(cmp.Compare(sent(b), sent(a)), cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name)), cmp.Compare(a.key, b.key))
	})
	for n := 0; n == 0 || n*personRows < len(order); n++ {
		b := append(append(append(s.begin("", s.words.t("People"), "people"), "<h1>"...), s.words.t("People")...), "</h1>\n"...)
		b = append(append(append(b, `<p class="filter" hidden><label for="filter">`...), s.words.t("Filter this list")...), `</label> <input id="filter" type="search" autocomplete="off"></p><ul class="rooms people">`...)
		for _, p := range order[n*personRows : min((n+1)*personRows, len(order))] {
			b = append(b, "<li>"...)
			b = s.portrait(b, p, "", "av s")
			b = append(append(append(b, `<a href="p/`...), p.hash...), `.html"><bdi>`...)
			b = append(appendName(b, p.name), "</bdi></a>"...)
			if p.kind != "human" {
				b = append(appendName(append(b, ` <span class="tag">`...), s.words.t(p.kind)), "</span>"...)
			}
			b = append(append(append(b, ` <span class="n">`...), thousands(sent(p))...), "</span></li>"...)
		}
		b = pages(append(b, "</ul>\n"...), "people", n, (len(order)+personRows-1)/personRows, s.words.t("Pages"))
		if err := s.out.file(numbered("people", n), s.finish(b)); err != nil {
			return err
		}
	}
	return s.eachPerson(func(p *message.Person) error {
		return s.out.file("p/"+s.d.people[p.Key].hash+".html", s.personPage(p))
	})
}

// eachPerson visits the last record of each person.
func (s *site) eachPerson(f func(*message.Person) error) error {
	left := make([]int, len(s.d.list))
	walk := func(f func(*message.Person) error) error {
		for i := range s.units {
			err := s.units[i].directory.EachLine(context.Background(), func(line string) error {
				if message.TypeOf(line) != message.TypePerson {
					return nil
				}
				r, err := message.Decode(line)
				if err != nil {
					return err
				}
				return f(r.Person)
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	err := walk(func(p *message.Person) error {
		left[s.d.people[p.Key].n]++
		return nil
	})
	if err != nil {
		return err
	}
	return walk(func(p *message.Person) error {
		n := s.d.people[p.Key].n
		if left[n]--; left[n] > 0 {
			return nil
		}
		return f(p)
	})
}

func (p *prose) portrait(b []byte, x *person, root, class string) []byte {
	if x.avatar != "" {
		b = append(append(append(b, `<img class="`...), class...), `" alt="" loading="lazy" src="`...)
		return append(append(append(b, root...), x.avatar...), `">`...)
	}
	b = hue(append(append(append(b, `<span aria-hidden="true" class="`...), class...), " h"...), x.hash)
	return append(appendName(append(b, `">`...), x.initials), "</span>"...)
}

// personPage says what is known of somebody, and leads to the messages.
func (s *site) personPage(p *message.Person) []byte {
	x := s.d.people[p.Key]
	b := s.begin("../", x.name, "person")
	b = append(s.portrait(append(b, `<div class="who-head">`...), x, "../", "av big"), "<div><h1><bdi>"...)
	b = append(appendName(b, x.name), "</bdi></h1>"...)
	if p.Title != "" {
		b = append(appendName(append(b, `<p class="topic">`...), cut(p.Title, 300)), "</p>"...)
	}
	b = s.facts(append(b, "</div></div>\n"...), p)
	if a := s.all.people[p.Key]; a != nil {
		b = append(append(append(b, "<section><h2>"...), s.words.t("Activity")...), "</h2><p>"...)
		b = append(b, s.words.count(a.messages, "%s message|%s messages")...)
		b = append(append(append(append(append(b, " · "...), a.first...), " – "...), a.last...), `</p><ul class="rooms">`...)
		rooms := sortedKeys(a.rooms)
		slices.SortStableFunc(rooms, func(i, j string) int { return cmp.Compare(a.rooms[j], a.rooms[i]) })
		for _, key := range rooms[:min(len(rooms), 300)] {
			at := s.placeOf(key)
			b = append(append(append(b, `<li><a href="../c/`...), at.hash...), `/index.html"><span class="sg" aria-hidden="true">`...)
			b = append(append(b, sign(at.kind)...), `</span> <bdi>`...)
			b = append(append(appendName(b, s.roomName(at)), `</bdi></a> <span class="n">`...), thousands(a.rooms[key])...)
			b = append(b, "</span></li>"...)
		}
		b = append(append(append(b, "</ul></section>\n<section><h2>"...), s.words.t("Messages")...), "</h2>\n"...)
		b = append(append(append(b, `<p><a href="../search.html#from=`...), x.hash...), `">`...)
		b = append(append(b, s.words.t("Search in them")...), "</a></p>\n"...)
		b = append(s.hits(b, x.hash), "</section>\n"...)
	}
	return s.finish(b)
}

// facts are a person's fields, in the words of the source.
func (s *site) facts(b []byte, p *message.Person) []byte {
	b = append(b, `<dl class="facts">`...)
	row := func(label, value string) {
		if strings.TrimSpace(value) != "" {
			b = append(append(append(b, "<div><dt>"...), s.words.t(label)...), "</dt><dd><bdi>"...)
			b = append(appendName(b, cut(value, 2000)), "</bdi></dd></div>"...)
		}
	}
	row("Kind", s.words.t(p.Kind))
	row("User name", p.Username)
	row("Real name", p.RealName)
	row("E-mail", strings.Join(p.Emails, ", "))
	row("Phone", p.Phone)
	row("Departments", strings.Join(p.Departments, ", "))
	row("Roles", strings.Join(p.Roles, ", "))
	row("Status", p.Status)
	row("Time zone", p.Zone)
	row("Id", p.ID)
	var names []string
	for _, n := range p.Names {
		names = append(names, n.Name)
	}
	row("Earlier names", strings.Join(names, ", "))
	if p.Deactivated {
		row("Account", s.words.t("deactivated"))
	}
	if p.External {
		row("Organisation", s.words.t("another one"))
	}
	return append(b, "</dl>\n"...)
}
