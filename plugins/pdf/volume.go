package pdf

import (
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/markup"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/plugins/pdf/document"
	"github.com/chatferry/chatferry/plugins/pdf/typeset"
)

// volume is one document while it is made.
type volume struct {
	*press
	sheet
	name     string
	part     int
	info     document.Info
	plain    *markup.Renderer
	place    *edition.Place
	root     string // key of the open thread
	today    string // day whose head stands
	tally    tally
	contents []content
	chapter  int // the open conversation in contents
	exhibits []exhibit
	pictures map[string]shown
}

// tally is what a document holds.
type tally struct {
	records, messages, replies, edited, deleted int64
	files, absent                               int64
	first, last                                 int64 // numbers
	from, until                                 string
	newest                                      string // UTC
	authors                                     map[string]int64
	order                                       []string
	systems                                     map[string]bool
}

// content is an entry of the contents on the title page.
type content struct {
	title string
	page  int // counted from 1, the title page included
	month bool
	count int64
}

// homeLanguage is the one whose forms Han letters have where a text shows no other: no kana, no Hangul.
const homeLanguage = "zh-Hans"

// volume begins a document.
func (p *press) volume(name string, part int) (*volume, error) {
	file, err := p.out.Create(name)
	if err != nil {
		return nil, err
	}
	v := &volume{press: p, name: name, part: part, plain: markup.NewRenderer(markup.Options{Dialect: markup.Plain}), pictures: map[string]shown{}}
	v.tally.authors, v.tally.systems = map[string]int64{}, map[string]bool{}
	v.sheet = sheet{format: p.format, file: file, setter: typeset.New(p.fonts, homeLanguage), foot: p.title}
	v.info = document.Info{Producer: "Chatferry", Language: p.format.words.code}
	v.doc = document.New(file)
	return v, nil
}

// conversation begins the part of the document that a conversation has.
func (v *volume) conversation(at *edition.Place) {
	v.flush()
	v.breakPage()
	v.place, v.root, v.today, v.day = at, "", "", ""
	v.heading = v.placeTitle(at)
	if at.Record != nil && at.Record.System != "" {
		v.tally.systems[at.Record.System] = true
	}
	v.doc.Bookmark(0, v.heading, v.doc.Pages(), v.paper.H-marginTop)
	v.chapter = len(v.contents)
	v.contents = append(v.contents, content{title: v.heading, page: v.doc.Pages() + 2})
	f := frame{x: marginX}
	v.text(f, true, span(v.heading, bold(16000, black)))
	facts := nonEmpty(v.words.t(kinds[at.Kind()]), v.about(at))
	v.text(f, false, span(strings.Join(facts, " · "), small(muted)))
	v.space(f, 4000)
}

// kinds are the words for kinds of conversations.
var kinds = map[string]string{
	"public": "public channel", "private": "private channel", "direct": "direct conversation", "group": "group conversation", "workspace": "workspace",
	"space": "space", "broadcast": "broadcast", "meeting": "meeting", "ai": "conversation with a model", "unknown": "conversation",
}

// about is what else is to be said of a conversation in one line.
func (v *volume) about(at *edition.Place) string {
	c := at.Record
	if c == nil {
		return ""
	}
	var list []string
	if c.Archived {
		list = append(list, v.words.t("archived"))
	}
	if c.Deleted {
		list = append(list, v.words.t("deleted"))
	}
	if c.Topic != nil && c.Topic.Text != "" {
		list = append(list, v.words.t("Topic")+": "+clip(oneLine(c.Topic.Text), 300))
	}
	if c.Purpose != nil && c.Purpose.Text != "" {
		list = append(list, v.words.t("Purpose")+": "+clip(oneLine(c.Purpose.Text), 300))
	}
	return strings.Join(list, " · ")
}

// openDay begins the day of a time, unless it is open.
func (v *volume) openDay(utc string) {
	t := v.read(utc)
	if t.IsZero() {
		return
	}
	day := t.Format("2006-01-02")
	if day == v.today {
		return
	}
	v.today, v.day = day, day
	title := v.words.day(t)
	page, y := v.here(dayRoom)
	v.doc.Bookmark(1, title, page, y)
	v.month(t, page+2)
	v.dayHead(title)
}

// month notes where a month begins, for the contents.
func (v *volume) month(t time.Time, page int) {
	title := v.words.month(t)
	if n := len(v.contents); n > 0 && v.contents[n-1].month && v.contents[n-1].title == title {
		return
	}
	v.contents = append(v.contents, content{title: title, page: page, month: true})
}

// count takes a message into the sums.
func (v *volume) count(m *message.Message, answer bool) {
	t := &v.tally
	t.messages++
	v.contents[v.chapter].count++
	if n := len(v.contents) - 1; n != v.chapter {
		v.contents[n].count++
	}
	if answer {
		t.replies++
	}
	if m.Edited != nil || len(m.Revisions) > 0 {
		t.edited++
	}
	if m.Deleted != nil || m.Kind == message.KindTombstone {
		t.deleted++
	}
	if m.Sent.UTC > t.newest {
		t.newest = strings.Clone(m.Sent.UTC)
	}
	if at := v.read(m.Sent.UTC); !at.IsZero() {
		day := at.Format("2006-01-02")
		if t.from == "" || day < t.from {
			t.from = day
		}
		t.until = max(t.until, day)
	}
	if m.Author != "" {
		key := m.Author
		if t.authors[key] == 0 {
			key = strings.Clone(key)
			t.order = append(t.order, key)
		}
		t.authors[key]++
	}
}

// made is a finished document, for the index.
type made struct {
	name, title      string
	tally            tally
	pages            int
	exhibits         int
	replaced, unseen int64
}

// own is what tells this document from the others of the edition.
func (v *volume) own() string {
	part := ""
	if v.part > 1 {
		part = v.words.f("part %s", thousands(int64(v.part)))
	}
	if v.Split == "none" {
		return part
	}
	return strings.Join(nonEmpty(v.placeTitle(v.place), v.period, part), " · ")
}

// finish writes what is known only at the end, and closes the document.
func (v *volume) finish() error {
	v.flush()
	v.breakPage()
	v.heading, v.day = v.words.t("Appendix"), ""
	v.appendix()
	v.breakPage()
	v.info.Title = strings.Join(nonEmpty(v.title, v.own()), " · ")
	v.info.Subject = v.words.t("Chat history")
	v.info.Date = v.read(v.tally.newest)
	v.frontPage()
	v.total()
	if v.err != nil {
		return v.err
	}
	if err := v.doc.Close(v.info); err != nil {
		return storage(v.name, err)
	}
	if err := v.file.Close(); err != nil {
		return err
	}
	m := made{name: v.name, title: firstOf(v.own(), v.title), tally: v.tally, pages: v.doc.Pages(), exhibits: len(v.exhibits)}
	m.tally.authors, m.tally.order, m.tally.systems = nil, nil, nil
	for _, n := range v.setter.Replaced {
		m.replaced += n
		m.unseen++
	}
	v.made = append(v.made, m)
	return nil
}

// dayRoom is what the head of a day and the first line of its first message take: they stay together.
const dayRoom = 65180
