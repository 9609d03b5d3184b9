package html

import (
	"strconv"
	"time"

	"github.com/chatferry/chatferry/core/fault"
	"github.com/chatferry/chatferry/core/message"
)

// A page ends before the record that would find it fuller than this. With one more fragment and the frame
// it stays below maxPage.
const (
	fullPage    = 150 << 10
	fullRecords = 200
	maxPage     = 300 << 10
)

// perPage is by how much the numbers of the first messages of two pages differ in the search index.
const perPage = 256

// grouping is how long after a message the same person's next one has no head of its own.
const grouping = 5 * time.Minute

// room makes the pages of one conversation from its records, thread after thread. The same records with the
// same cuts give the same pages: the site is written and checked by the same code.
type room struct {
	*prose
	place *place
	media *library
	page  func(n int, html, data []byte, pieces []piece) error // takes a finished page

	n      int    // of the open page, from 1
	body   []byte // of the open page
	data   []byte
	pieces []piece
	count  int // records on the open page

	root    string // key of the open thread
	day     string // of the open thread
	replies []byte
	thread  int // replies in replies
	people  []string
	resumed bool // the open thread began on an earlier page

	section string // the day whose section is open on the page, or ""
	author  string // of the message before, for grouping
	sent    time.Time
	cut     bool // the message at hand is being cut
	lost    bool // the message at hand has a file that a site under check does not have
	scratch []byte
	recent  recent
	lead    []byte // first words of the open thread

	summary summary
}

// piece is where a record stands in a page's body: its key and its rendering.
type piece struct {
	key      string
	from, to int
	lost     bool // see room
	reply    bool // in replies, which are moved into the body when the thread ends
}

func newRoom(p *prose, at *place, media *library, page func(int, []byte, []byte, []piece) error) *room {
	r := &room{prose: p, place: at, media: media, page: page, n: 1}
	r.recent.pages = map[string]int{}
	return r
}

// full tells that the page must end before the next record.
func (r *room) full() bool {
	return len(r.body)+len(r.replies) > fullPage || r.count >= fullRecords
}

// add puts a record on the page.
func (r *room) add(rec *message.Record, line string) error {
	var err error
	switch rec.Type {
	case message.TypeMessage:
		err = r.addMessage(rec.Message)
	case message.TypeRevision:
		at := ""
		if rec.Revision.At != nil {
			at = rec.Revision.At.UTC
		}
		r.top(rec.Revision.Key, at)
		r.put(rec.Revision.Key, false, r.revision(r.scratch[:0], rec.Revision))
	case message.TypeAnalysis:
		at := ""
		if rec.Analysis.At != nil {
			at = rec.Analysis.At.UTC
		}
		r.top(rec.Analysis.Key, at)
		r.put(rec.Analysis.Key, false, r.analysis(r.scratch[:0], rec.Analysis))
	}
	if err != nil {
		return err
	}
	r.data = appendLine(r.data, line)
	r.count++
	return nil
}

func (r *room) addMessage(m *message.Message) error {
	reply := m.Thread != "" && m.Thread != m.Key
	root := m.Key
	if reply {
		root = m.Thread
	}
	if root != r.root || !reply {
		r.closeThread()
		r.openDay(m.Sent.UTC)
		r.root, r.author, r.resumed = root, keepAuthor(reply, r.author), false
		if reply {
			r.absent()
		}
	}
	l := look{}
	if reply {
		l.day = r.day
	}
	sent := r.clock.read(m.Sent.UTC)
	if m.ShownAs == nil && m.Author != "" && m.Author == r.author && !isEvent(m) {
		if gap := sent.Sub(r.sent); gap >= 0 && gap < grouping {
			l.grouped = true
		}
	}
	r.author, r.sent = m.Author, sent
	if m.ShownAs != nil || isEvent(m) {
		r.author = ""
	}
	b, err := r.fragment(r.scratch[:0], m, l)
	if err != nil {
		return err
	}
	r.scratch = b
	r.summary.place(r.n, m)
	r.put(m.Key, reply, b)
	if reply {
		r.thread++
		r.people = appendNew(r.people, m.Author, 5)
	} else {
		r.lead = append(r.lead[:0], cut(m.Text, 120)...)
		r.summary.head(r, m)
	}
	r.recent.add(anchor(m.Key), r.n)
	return nil
}

// keepAuthor ends a group where a thread without its first message begins.
func keepAuthor(reply bool, author string) string {
	if reply {
		return ""
	}
	return author
}

func appendNew(list []string, s string, limit int) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	if len(list) < limit {
		list = append(list, s)
	}
	return list
}

// put adds a record's rendering to the page.
func (r *room) put(key string, reply bool, b []byte) {
	r.scratch = b
	p := piece{key: key, reply: reply, lost: r.lost}
	r.lost = false
	if reply {
		p.from = len(r.replies)
		r.replies = append(r.replies, b...)
		p.to = len(r.replies)
	} else {
		p.from = len(r.body)
		r.body = append(r.body, b...)
		p.to = len(r.body)
	}
	r.pieces = append(r.pieces, p)
}

// top begins an entry that belongs to no thread.
func (r *room) top(key, at string) {
	r.closeThread()
	if at != "" {
		r.openDay(at)
	}
	r.root, r.author, r.resumed = key, "", false
	r.recent.add(anchor(key), r.n)
}

// openDay begins the section of a thread's day, unless it is open.
func (r *room) openDay(utc string) {
	day, _ := r.clock.dayAndTime(utc)
	r.day = day
	if day == r.section {
		return
	}
	before := r.summary.before(day)
	r.closeDay()
	r.section, r.author = day, ""
	r.summary.day(day, r.n)
	t := r.clock.read(utc)
	b := append(append(r.body, `<section class="day" aria-labelledby="d`...), day...)
	b = append(append(append(b, `"><h2 id="d`...), day...), `"><span>`...)
	b = append(append(b, r.words.day(t)...), "</span>"...)
	if before.day != "" {
		b = strconv.AppendInt(append(b, `<a rel="prev" href="`...), int64(before.page), 10)
		b = append(append(append(b, ".html#d"...), before.day...), `" aria-label="`...)
		b = append(append(b, r.words.t("Previous day")...), `">↑</a>`...)
	}
	b = append(append(append(b, `<a rel="next" href="#e`...), day...), `" aria-label="`...)
	r.body = append(append(b, r.words.t("Next day")...), "\">↓</a></h2>\n"...)
}

// closeDay ends the section; its last line is where "next day" leads.
func (r *room) closeDay() {
	if r.section == "" {
		return
	}
	r.body = append(append(append(r.body, `</section><div class="end" id="e`...), r.section...), "\"></div>\n"...)
	r.section = ""
}

// absent says that replies stand without the message they answer.
func (r *room) absent() {
	r.body = append(append(append(r.body, `<p class="note cont">`...), r.words.t("A thread whose first message is not in this archive")...), "</p>\n"...)
}

// closeThread puts the replies behind their first message: beside it on a wide screen.
func (r *room) closeThread() {
	if r.thread == 0 {
		return
	}
	b := r.body
	if r.resumed {
		b = append(append(append(b, `<p class="note cont">`...), r.words.t("This thread began on an earlier page")...), ": "...)
		b = append(r.pointer(b, r.root, firstOf(string(r.lead), "…")), "</p>\n"...)
	}
	b = append(b, `<details class="thread" name="thread"`...)
	if r.resumed {
		b = append(b, " open"...)
	}
	b = append(b, `><summary>`...)
	for _, k := range r.people {
		p := r.d.people[k]
		if p == nil {
			continue
		}
		b = hue(append(b, `<span aria-hidden="true" class="av s h`...), p.hash)
		b = append(appendName(append(b, `">`...), p.initials), "</span>"...)
	}
	b = append(append(b, r.words.count(int64(r.thread), "%s reply|%s replies")...), `</summary><div class="replies"><p class="th">`...)
	b = append(append(b, r.words.t("Thread")...), "</p>"...)
	shift := len(b)
	b = append(append(b, r.replies...), "</div></details>\n"...)
	for i := len(r.pieces) - 1; i >= 0 && r.thread > 0; i-- {
		if r.pieces[i].reply {
			r.pieces[i].from, r.pieces[i].to, r.pieces[i].reply = r.pieces[i].from+shift, r.pieces[i].to+shift, false
			r.thread--
		}
	}
	r.body, r.replies, r.people, r.author = b, r.replies[:0], r.people[:0], ""
}

// end finishes the page; more tells that another one follows.
func (r *room) end(more bool) error {
	if r.count == 0 {
		return nil
	}
	open := r.thread > 0
	r.closeThread()
	if open && more {
		r.body = append(append(append(r.body, `<p class="note cont">`...), r.words.t("The thread may go on on the next page")...), "</p>\n"...)
	}
	r.closeDay()
	html, shift := r.frame(more)
	for i := range r.pieces {
		r.pieces[i].from += shift
		r.pieces[i].to += shift
	}
	data := append(append([]byte("ferry.page(String.raw`\n"), r.data...), "`,\""...)
	for i := range r.pieces {
		if i > 0 {
			data = append(data, ' ')
		}
		data = append(data, anchor(r.pieces[i].key)...)
	}
	if err := r.page(r.n, html, append(data, "\");\n"...), r.pieces); err != nil {
		return err
	}
	r.n++
	r.summary.pages = r.n - 1
	r.body, r.data, r.pieces, r.count, r.author, r.resumed = r.body[:0], r.data[:0], r.pieces[:0], 0, "", true
	return nil
}

// recent remembers on which page the last messages stand.
type recent struct {
	pages map[string]int
	ring  []string
	next  int
}

// remembered is how many messages back an answer is linked to.
const remembered = 1 << 13

func (c *recent) add(id string, page int) {
	if len(c.ring) < remembered {
		c.ring = append(c.ring, id)
	} else {
		delete(c.pages, c.ring[c.next])
		c.ring[c.next] = id
		c.next = (c.next + 1) % remembered
	}
	c.pages[id] = page
}

func (c *recent) find(id string) (int, bool) {
	page, ok := c.pages[id]
	return page, ok
}

// damaged is the error for a site that is not as it was written.
func damaged(name string, err error) error {
	return fault.New(fault.Corrupt, "read back site", name, "the file was changed after it was written: deliver into a new folder", err)
}
