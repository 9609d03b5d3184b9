package html

import (
	"strconv"
	"unicode/utf8"

	"github.com/chatferry/chatferry/core/message"
)

// A message's fragment larger than maxFragment is written again with its text cut to cutText and its lists
// to cutList, so that no page grows without bound. Its data has all of it.
const (
	maxFragment = 48 << 10
	cutText     = 16 << 10
	cutList     = 40
	namesShown  = 40 // people named for one reaction or vote
)

// look is how a message stands among its neighbours.
type look struct {
	grouped bool   // goes on where the same person's message before ended
	day     string // of the thread's first message, for a reply; "" for others
}

// fragment writes a message. Where the whole is too large it is cut, and says so.
func (r *room) fragment(b []byte, m *message.Message, l look) ([]byte, error) {
	start := len(b)
	b, err := r.message(b, m, l)
	if err != nil || len(b)-start <= maxFragment {
		return b, err
	}
	short := *m
	short.Rich, short.Cards, short.Links, short.Revisions, short.Mentions = nil, nil, nil, nil, nil
	for i := 0; len(m.Rich) > 0 && i < len(m.Rich) && len(m.Text) == 0 && len(short.Text) < cutText; i++ {
		for j := range m.Rich[i].Inlines {
			short.Text += m.Rich[i].Inlines[j].Text
		}
		short.Text += m.Rich[i].Text + "\n"
	}
	short.Format = "plain"
	short.Text = cut(short.Text, cutText)
	short.Attachments = m.Attachments[:min(len(m.Attachments), cutList)]
	short.Reactions = m.Reactions[:min(len(m.Reactions), cutList)]
	if m.Poll != nil {
		poll := *m.Poll
		poll.Options, poll.Question = poll.Options[:min(len(poll.Options), cutList)], cut(poll.Question, 1000)
		short.Poll = &poll
	}
	short.Quoted, short.Forwarded = shortQuote(m.Quoted), shortQuote(m.Forwarded)
	short.Event, short.AI, short.Contact, short.Location = nil, nil, nil, nil
	short.Subject = cut(m.Subject, 1000)
	r.cut = true
	b, err = r.message(b[:start], &short, l)
	r.cut = false
	return b, err
}

func shortQuote(q *message.Quote) *message.Quote {
	if q == nil {
		return nil
	}
	short := *q
	short.Text = cut(q.Text, 2000)
	return &short
}

// cut gives at most n bytes of s, whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

func (r *room) message(b []byte, m *message.Message, l look) ([]byte, error) {
	event := isEvent(m)
	b = append(b, `<article class="m`...)
	switch {
	case event:
		b = append(b, " ev"...)
	case l.grouped:
		b = append(b, " g"...)
	}
	if m.Deleted != nil || m.Kind == message.KindTombstone {
		b = append(b, " del"...)
	}
	id := anchor(m.Key)
	b = append(append(append(b, `" id="`...), id...), `">`...)
	if !event {
		b = r.face(b, m)
	}
	b = append(b, `<div class="mh">`...)
	if event {
		b = append(append(append(b, `<span class="ic" aria-hidden="true">`...), eventIcon(m.Kind)...), `</span>`...)
	}
	b = r.byline(b, m)
	b = r.stampLink(b, m, id, l.day)
	b = append(r.marks(b, m), "</div>"...)
	return r.below(b, m, event)
}

// below is everything below a message's head, and closes the article.
func (r *room) below(b []byte, m *message.Message, event bool) ([]byte, error) {
	b = append(b, `<div class="b" dir="auto">`...)
	if q := m.ReplyTo; q != "" && q != m.Thread {
		b = r.replyTo(b, q)
	}
	if m.Subject != "" {
		b = append(appendText(append(b, `<p class="hd">`...), m.Subject), "</p>"...)
	}
	if event && m.Text == "" && len(m.Rich) == 0 {
		b = r.eventText(b, m)
	}
	b = r.content(b, m.Text, m.Format, m.Rich, m.Mentions)
	b = r.notes(b, m)
	b = append(b, "</div>"...)
	b = r.extras(b, m)
	for i := range m.Attachments {
		var err error
		if b, err = r.attachment(b, &m.Attachments[i]); err != nil {
			return b, err
		}
	}
	b = r.reactions(b, m.Reactions)
	return append(b, "</article>\n"...), nil
}

// face is the author's picture or initials.
func (r *room) face(b []byte, m *message.Message) []byte {
	p := r.d.people[m.Author]
	r.lost = r.lost || p != nil && p.lost
	switch {
	case p != nil && p.avatar != "" && m.ShownAs == nil:
		b = append(append(b, `<img class="av" loading="lazy" alt="" src="`+up...), p.avatar...)
		return append(b, `">`...)
	case m.ShownAs != nil && m.ShownAs.Name != "":
		b = hue(append(b, `<span aria-hidden="true" class="av h`...), digest(m.ShownAs.Name))
		return append(appendName(append(b, `">`...), initials(m.ShownAs.Name)), "</span>"...)
	case p != nil:
		b = hue(append(b, `<span aria-hidden="true" class="av h`...), p.hash)
		return append(appendName(append(b, `">`...), p.initials), "</span>"...)
	}
	b = hue(append(b, `<span aria-hidden="true" class="av h`...), digest(m.Author))
	return append(appendName(append(b, `">`...), initials(r.d.name(m.Author))), "</span>"...)
}

// hue is one of twelve colours, by digest.
func hue(b []byte, hash string) []byte {
	n := 0
	for i := range 4 {
		n = n*31 + int(hash[i])
	}
	return strconv.AppendInt(b, int64(n%12), 10)
}

func (r *room) byline(b []byte, m *message.Message) []byte {
	p := r.d.people[m.Author]
	name := r.d.name(m.Author)
	if m.ShownAs != nil && m.ShownAs.Name != "" {
		name = m.ShownAs.Name
	}
	if p != nil {
		b = append(append(append(b, `<a class="who" href="`+up+`p/`...), p.hash...), `.html"><bdi>`...)
		b = append(appendName(b, name), "</bdi></a>"...)
	} else {
		b = append(appendName(append(b, `<span class="who"><bdi>`...), name), "</bdi></span>"...)
	}
	switch {
	case m.AI != nil && m.AI.Model != "":
		b = append(appendName(append(b, ` <span class="tag">`...), cut(m.AI.Model, 80)), "</span>"...)
	case p != nil && (p.kind == "bot" || p.kind == "app"), m.Kind == message.KindBot:
		b = r.tag(b, "bot")
	case p != nil && p.kind == "guest":
		b = r.tag(b, "guest")
	}
	return append(b, ' ')
}

func (r *room) tag(b []byte, word string) []byte {
	return append(append(append(b, ` <span class="tag">`...), r.words.t(word)...), "</span>"...)
}

// stampLink is the message's time as its permalink. day is that of the thread, shown again when it differs.
func (r *room) stampLink(b []byte, m *message.Message, id, day string) []byte {
	d, at := r.clock.dayAndTime(m.Sent.UTC)
	b = append(append(append(b, `<a class="ts" href="#`...), id...), `"><time datetime="`...)
	b = append(append(b, machineTime(m.Sent.UTC)...), `">`...)
	if day != "" && day != d {
		b = append(append(b, d...), ' ')
	}
	return append(append(b, at...), "</time></a>"...)
}

// marks are the small words behind the time.
func (r *room) marks(b []byte, m *message.Message) []byte {
	mark := func(class, word string) {
		b = append(append(append(b, ` <span class="k `...), class...), `">`...)
		b = append(append(b, r.words.t(word)...), "</span>"...)
	}
	if m.Edited != nil && len(m.Revisions) == 0 {
		mark("", "edited")
	}
	if len(m.Pins) > 0 || r.place.pinned[m.Key] {
		mark("pin", "pinned")
	}
	if m.Broadcast {
		mark("", "also sent to the conversation")
	}
	if m.Hidden || len(m.HiddenFrom) > 0 {
		mark("", "hidden")
	}
	if m.Importance != "" && m.Importance != "normal" {
		b = append(appendName(append(b, ` <span class="k">`...), cut(m.Importance, 40)), "</span>"...)
	}
	if len(m.Flagged) > 0 {
		mark("", "flagged")
	}
	return b
}

// notes say what happened to a message: deletion, secrecy, cuts, edits.
func (r *room) notes(b []byte, m *message.Message) []byte {
	note := func(text string) {
		b = append(append(append(b, `<p class="note">`...), text...), "</p>"...)
	}
	switch {
	case m.Deleted != nil:
		b = append(append(b, `<p class="note">`...), r.words.t("This message was deleted")...)
		if m.Deleted.By != "" {
			b = append(append(b, ": "...), '\u0020')
			b = appendName(b, r.d.name(m.Deleted.By))
		}
		if m.Deleted.At != nil {
			d, at := r.clock.dayAndTime(m.Deleted.At.UTC)
			b = append(append(append(append(b, ", "...), d...), ' '), at...)
		}
		b = append(b, "</p>"...)
	case m.Kind == message.KindTombstone:
		note(r.words.t("This message was deleted"))
	case m.Kind == message.KindWithheld:
		note(r.words.t("The source says that a message is here and may not be read"))
	case m.Kind == message.KindPlaceholder:
		note(r.words.t("Made by the migration: the source does not have this message"))
	}
	if m.Undecryptable {
		note(r.words.t("The source could not decrypt this message"))
	}
	if m.TextB64 != "" {
		note(r.words.t("Some bytes of this text are not valid characters; the record has them"))
	}
	if r.cut {
		note(r.words.t("This message is long and cut here; its record has all of it"))
	}
	return b
}

// replyTo points to the message that this one answers, where its page is known.
func (r *room) replyTo(b []byte, key string) []byte {
	b = append(append(b, `<p class="re">↩ `...), r.words.t("In reply to")...)
	b = append(b, ' ')
	return append(r.pointer(b, key, r.words.t("an earlier message")), "</p>"...)
}

// pointer is a link to a message of this conversation that is on this page or one of those before.
func (r *room) pointer(b []byte, key, label string) []byte {
	id := anchor(key)
	page, ok := r.recent.find(id)
	if !ok {
		return appendText(b, label)
	}
	b = strconv.AppendInt(append(b, `<a href="`...), int64(page), 10)
	b = append(append(append(b, ".html#"...), id...), `">`...)
	return append(appendText(b, label), "</a>"...)
}
