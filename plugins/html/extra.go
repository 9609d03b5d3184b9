package html

import (
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// events are the kinds that are shown as one quiet line, with their signs and words.
var events = map[string]struct{ icon, words string }{
	message.KindJoin:      {"→", "joined the conversation"},
	message.KindLeave:     {"←", "left the conversation"},
	message.KindRename:    {"✎", "renamed the conversation"},
	message.KindTopic:     {"✎", "set the topic"},
	message.KindPurpose:   {"✎", "set the purpose"},
	message.KindArchive:   {"▣", "archived the conversation"},
	message.KindUnarchive: {"▢", "opened the conversation again"},
	message.KindPin:       {"📌", "pinned something"},
	message.KindUnpin:     {"📌", "unpinned something"},
	message.KindReminder:  {"⏰", "set a reminder"},
	message.KindSystem:    {"ℹ", ""},
}

func isEvent(m *message.Message) bool {
	_, ok := events[m.Kind]
	return ok
}

func eventIcon(kind string) string { return events[kind].icon }

// eventText says what a notice says as data, where the source gave no words.
func (r *room) eventText(b []byte, m *message.Message) []byte {
	b = append(b, "<p>"...)
	if w := events[m.Kind].words; w != "" {
		b = append(b, r.words.t(w)...)
	} else if m.Event != nil {
		b = appendName(b, m.Event.Action)
	}
	if e := m.Event; e != nil {
		if len(e.Targets) > 0 {
			b = r.names(append(b, ' '), e.Targets)
		}
		if e.Old != "" || e.New != "" {
			b = append(appendText(append(b, ": <s>"...), cut(e.Old, 2000)), "</s> "...)
			b = appendText(b, cut(e.New, 2000))
		}
	}
	return append(b, "</p>"...)
}

// names lists people, at most namesShown of them.
func (r *room) names(b []byte, keys []string) []byte {
	for i, k := range keys {
		if i > 0 {
			b = append(b, ", "...)
		}
		if i == namesShown {
			return append(append(b, '+'), strconv.Itoa(len(keys)-i)...)
		}
		b = appendName(b, r.d.name(k))
	}
	return b
}

// extras are what hangs on a message besides files and reactions.
func (r *room) extras(b []byte, m *message.Message) []byte {
	for _, q := range []*message.Quote{m.Quoted, m.Forwarded} {
		if q != nil {
			b = r.quote(b, q)
		}
	}
	for i := range m.Cards {
		b = r.card(b, &m.Cards[i])
	}
	for i := range m.Links {
		if l := &m.Links[i]; l.Title != "" || l.Description != "" {
			b = append(b, `<div class="card" dir="auto"><p class="hd">`...)
			b = append(r.address(b, l.URL, firstOf(l.Title, l.URL)), "</p>"...)
			if l.Description != "" {
				b = append(appendText(append(b, "<p>"...), l.Description), "</p>"...)
			}
			b = append(b, "</div>"...)
		}
	}
	if m.Poll != nil {
		b = r.poll(b, m.Poll)
	}
	if m.Call != nil {
		b = r.call(b, m.Call)
	}
	b = r.whereabouts(b, m)
	if m.AI != nil {
		b = r.model(b, m.AI)
	}
	return r.revisions(b, m)
}

func (r *room) quote(b []byte, q *message.Quote) []byte {
	b = append(b, `<blockquote class="q" dir="auto">`...)
	if name := firstOf(q.AuthorName, r.d.name(q.Author)); name != "?" {
		b = append(appendName(append(b, `<p class="hd">`...), name), "</p>"...)
	}
	b = append(appendText(append(b, "<p>"...), q.Text), "</p>"...)
	if q.Message != "" && q.Message != r.root {
		b = append(r.pointer(append(b, `<p class="re">`...), q.Message, r.words.t("the quoted message")), "</p>"...)
	}
	return append(b, "</blockquote>"...)
}

func (r *room) card(b []byte, c *message.Card) []byte {
	b = append(b, `<div class="card" dir="auto">`...)
	if c.Author != "" {
		b = append(appendText(append(b, `<p class="note">`...), c.Author), "</p>"...)
	}
	if c.Title != "" || c.URL != "" {
		b = append(b, `<p class="hd">`...)
		if c.URL != "" {
			b = r.address(b, c.URL, firstOf(c.Title, c.URL))
		} else {
			b = appendText(b, c.Title)
		}
		b = append(b, "</p>"...)
	}
	if c.Text != "" && c.Text != c.Title {
		b = append(r.linked(append(b, "<p>"...), c.Text), "</p>"...)
	}
	return append(b, "</div>"...)
}

func (r *room) poll(b []byte, p *message.Poll) []byte {
	b = append(appendText(append(b, `<div class="card poll" dir="auto"><p class="hd">📊 `...), p.Question), "</p><ul>"...)
	most := 1
	for i := range p.Options {
		most = max(most, p.Options[i].Votes)
	}
	for i := range p.Options {
		o := &p.Options[i]
		b = append(b, `<li><span>`...)
		b = append(appendText(b, o.Text), `</span> <meter min="0" max="`...)
		b = append(strconv.AppendInt(b, int64(most), 10), `" value="`...)
		b = append(strconv.AppendInt(b, int64(max(o.Votes, 0)), 10), `"></meter> <b>`...)
		b = append(strconv.AppendInt(b, int64(o.Votes), 10), "</b>"...)
		if len(o.By) > 0 {
			b = append(r.names(append(b, ` <span class="note">`...), o.By), "</span>"...)
		}
		b = append(b, "</li>"...)
	}
	b = append(b, "</ul>"...)
	if p.Closed {
		b = append(append(append(b, `<p class="note">`...), r.words.t("closed")...), "</p>"...)
	}
	return append(b, "</div>"...)
}

func (r *room) call(b []byte, c *message.Call) []byte {
	b = append(appendText(append(b, `<div class="card"><p class="hd">📞 `...), firstOf(c.Name, r.words.t("Call"))), "</p>"...)
	b = append(b, "<p>"...)
	if c.Started != nil {
		d, at := r.clock.dayAndTime(c.Started.UTC)
		b = append(append(append(append(b, d...), ' '), at...), " – "...)
	}
	if c.Ended != nil {
		d, at := r.clock.dayAndTime(c.Ended.UTC)
		b = append(append(append(append(b, d...), ' '), at...), ' ')
	}
	b = append(appendName(b, c.Outcome), "</p>"...)
	if len(c.Participants) > 0 {
		b = append(r.names(append(b, "<p>"...), c.Participants), "</p>"...)
	}
	return append(b, "</div>"...)
}

// whereabouts are places and contacts that somebody sent.
func (r *room) whereabouts(b []byte, m *message.Message) []byte {
	if l := m.Location; l != nil {
		b = appendText(append(b, `<div class="card" dir="auto"><p>📍 `...), strings.TrimSpace(l.Name+" "+l.Address+" "+l.Latitude+" "+l.Longitude))
		if l.URL != "" {
			b = r.address(append(b, ' '), l.URL, l.URL)
		}
		b = append(b, "</p></div>"...)
	}
	if c := m.Contact; c != nil {
		b = appendText(append(b, `<div class="card" dir="auto"><p class="hd">👤 `...), firstOf(c.Name))
		b = appendText(append(b, "</p><p>"...), strings.Join(append(append([]string(nil), c.Phones...), c.Emails...), ", "))
		b = append(b, "</p></div>"...)
	}
	return b
}

// model is what a model thought and called on the way to a message.
func (r *room) model(b []byte, a *message.AI) []byte {
	if a.Reasoning != "" {
		b = append(append(append(b, `<details class="rev"><summary>`...), r.words.t("Reasoning")...), `</summary><p dir="auto">`...)
		b = append(appendText(b, a.Reasoning), "</p></details>"...)
	}
	for i := range a.ToolCalls {
		t := &a.ToolCalls[i]
		b = append(appendText(append(b, `<details class="rev"><summary>🔧 `...), t.Name), "</summary><pre tabindex=\"0\">"...)
		b = append(appendText(append(appendText(b, t.Arguments), '\n'), t.Result), "</pre></details>"...)
	}
	return b
}

// revisions are the earlier versions of a message that the source kept.
func (r *room) revisions(b []byte, m *message.Message) []byte {
	list := m.Revisions
	if len(list) == 0 && m.Edited != nil && m.Edited.Previous != nil {
		list = []message.Edit{*m.Edited}
	}
	if len(list) == 0 {
		return b
	}
	b = append(b, `<details class="rev"><summary>`...)
	b = append(append(b, r.words.count(int64(len(list)), "edited, %s earlier version|edited, %s earlier versions")...), `</summary>`...)
	for i := range list {
		b = append(b, `<div class="b" dir="auto">`...)
		if list[i].At != nil || list[i].By != "" {
			b = r.stamp(append(b, `<p class="note">`...), list[i].At, list[i].By)
			b = append(b, "</p>"...)
		}
		if c := list[i].Previous; c != nil {
			b = r.content(b, c.Text, c.Format, c.Rich, nil)
		}
		b = append(b, "</div>"...)
	}
	return append(b, "</details>"...)
}

func (r *room) stamp(b []byte, at *message.Time, by string) []byte {
	if by != "" {
		b = append(appendName(b, r.d.name(by)), ' ')
	}
	if at != nil {
		d, clock := r.clock.dayAndTime(at.UTC)
		b = append(append(append(b, d...), ' '), clock...)
	}
	return b
}

func (r *room) reactions(b []byte, list []message.Reaction) []byte {
	if len(list) == 0 {
		return b
	}
	b = append(b, `<ul class="rx">`...)
	for i := range list {
		x := &list[i]
		b = r.names(append(b, `<li title="`...), x.By)
		b = r.emoji(append(b, `">`...), x.Emoji, x.Unicode, x.Custom)
		b = append(strconv.AppendInt(append(b, " <b>"...), int64(max(len(x.By), x.Count)), 10), "</b></li>"...)
	}
	return append(b, "</ul>"...)
}

// revision shows a step in a message's life that the source keeps as a record of its own.
func (r *room) revision(b []byte, v *message.Revision) []byte {
	b = append(append(append(b, `<article class="m ev" id="`...), anchor(v.Key)...), `"><div class="mh"><span class="ic" aria-hidden="true">✎</span>`...)
	word := "edited a message"
	if v.Action == "delete" {
		word = "deleted a message"
	}
	b = r.stamp(b, v.At, v.By)
	b = append(append(b, ` <span class="k">`...), r.words.t(word)...)
	b = append(b, `</span></div><div class="b" dir="auto"><p class="re">`...)
	b = append(r.pointer(b, v.Of, r.words.t("the message")), "</p>"...)
	for _, c := range []*message.Content{v.Previous, v.Current} {
		if c != nil {
			b = r.content(b, cut(c.Text, cutText), c.Format, c.Rich[:min(len(c.Rich), cutList)], nil)
		}
	}
	return append(b, "</div></article>\n"...)
}

// analysis shows what a tool said about messages.
func (r *room) analysis(b []byte, a *message.Analysis) []byte {
	b = append(append(append(b, `<article class="m ev" id="`...), anchor(a.Key)...), `"><div class="mh"><span class="ic" aria-hidden="true">✦</span><b>`...)
	b = append(appendName(b, a.Kind), "</b> "...)
	b = append(appendName(append(b, `<span class="tag">`...), a.Model), "</span> "...)
	b = r.stamp(b, a.At, "")
	b = append(b, `</div><div class="b" dir="auto"><p>`...)
	b = appendText(b, cut(a.Result, cutText))
	b = append(appendText(append(b, "</p><p>"...), cut(strings.Join(a.Labels, ", "), cutText)), "</p>"...)
	return append(b, "</div></article>\n"...)
}
