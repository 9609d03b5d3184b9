package html

import (
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// summary is what remains of a conversation when its pages are written: enough for its own first page, its
// calendar and its gallery. It grows with days, pins and, up to maxGallery, pictures.
type summary struct {
	records, messages int64
	pages             int
	files, missing    int64
	from, until       string // days
	days              []dayCount
	pins              []pinned
	pictures          []picture
	morePictures      int64
	open              []picture // of the message at hand
}

// maxGallery is how many pictures of one conversation its gallery shows.
const maxGallery = 5000

type dayCount struct {
	day  string
	page int
	n    int
}

type pinned struct {
	page           int
	id, who, words string
	day            string
}

type picture struct {
	path, name, id, day string
	page                int
}

// gallery notes a picture of the message at hand.
func (r *room) gallery(path, name string) {
	r.summary.open = append(r.summary.open, picture{path: path, name: cut(name, 80)})
}

// place settles the pictures of a message; its fragment may have been written twice.
func (s *summary) place(page int, m *message.Message) {
	seen := map[string]bool{}
	for _, p := range s.open {
		if seen[p.path] {
			continue
		}
		seen[p.path] = true
		if len(s.pictures) >= maxGallery {
			s.morePictures++
			continue
		}
		p.page, p.id, p.day, p.name = page, anchor(m.Key), strings.Clone(m.Sent.UTC[:10]), strings.Clone(p.name)
		s.pictures = append(s.pictures, p)
	}
	s.open = s.open[:0]
}

// head notes a message that is not a reply.
func (s *summary) head(r *room, m *message.Message) {
	if n := len(s.days); n > 0 {
		s.days[n-1].n++
	}
	if (len(m.Pins) > 0 || r.place.pinned[m.Key]) && len(s.pins) < 500 {
		s.pins = append(s.pins, pinned{page: r.n, id: anchor(m.Key), who: r.d.name(m.Author), words: strings.Clone(cut(m.Text, 200)), day: strings.Clone(m.Sent.UTC[:10])})
	}
}

// day begins a day on a page. A day that goes on on the next page keeps its first one.
func (s *summary) day(day string, page int) {
	if n := len(s.days); n > 0 && s.days[n-1].day == day {
		return
	}
	s.days = append(s.days, dayCount{day: strings.Clone(day), page: page})
}

// before is the last day that is another one.
func (s *summary) before(day string) dayCount {
	for i := len(s.days) - 1; i >= 0; i-- {
		if s.days[i].day != day {
			return s.days[i]
		}
	}
	return dayCount{}
}

// count takes a record into the sums.
func (s *summary) count(r *message.Record, c clock) {
	s.records++
	m := r.Message
	if m == nil {
		return
	}
	s.messages++
	day, _ := c.dayAndTime(m.Sent.UTC)
	if s.from == "" || day < s.from {
		s.from = strings.Clone(day)
	}
	if day > s.until {
		s.until = strings.Clone(day)
	}
	for i := range m.Attachments {
		s.files++
		if m.Attachments[i].State != message.MediaPresent {
			s.missing++
		}
	}
}

// calendar writes one year: a grid of months whose days lead to their pages.
func (s *summary) calendar(b []byte, words language, c clock, days []dayCount) []byte {
	most := 1
	for _, d := range s.days {
		most = max(most, d.n)
	}
	year := days[0].day[:4]
	b = append(append(append(b, `<section class="year"><h3 id="y`...), year...), `">`...)
	b = append(append(b, year...), `</h3><div class="months">`...)
	for i := 0; i < len(days); {
		month := days[i].day[:7]
		first := c.read(month + "-01T12:00:00Z")
		b = append(append(append(b, `<div class="month"><h4>`...), words.month(first)...), `</h4><ol>`...)
		skip := (int(first.Weekday()) + 6) % 7
		for ; i < len(days) && days[i].day[:7] == month; i++ {
			d := &days[i]
			number, _ := strconv.Atoi(d.day[8:])
			b = append(append(b, `<li class="w`...), strconv.Itoa((skip+number-1)%7)...)
			b = append(append(b, ` r`...), strconv.Itoa((skip+number-1)/7)...)
			level := 1 + 3*d.n/most
			b = append(strconv.AppendInt(append(b, ` l`...), int64(level), 10), `"><a href="`...)
			b = strconv.AppendInt(b, int64(d.page), 10)
			b = append(append(append(b, ".html#d"...), d.day...), `" title="`...)
			b = append(append(b, words.count(int64(d.n), "%s entry|%s entries")...), `">`...)
			b = append(strconv.AppendInt(b, int64(number), 10), "</a></li>"...)
		}
		b = append(b, "</ol></div>"...)
	}
	return append(b, "</div></section>"...)
}
