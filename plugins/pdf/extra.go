package pdf

import (
	"strings"

	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/plugins/pdf/document"
	"github.com/chatferry/chatferry/plugins/pdf/typeset"
)

type colour = document.Color

// event puts a notice of the system as a quiet line.
func (v *volume) event(f frame, m *message.Message, words string) {
	f.quiet = true
	spans := []typeset.Span{span(firstOf(oneLine(v.history.Author(m)), "?"), bold(9000, muted)), span("  ", small(muted))}
	e := m.Event
	if m.Text == "" && len(m.Rich) == 0 {
		text := v.words.t(words)
		if words == "" && e != nil {
			text = e.Action
		}
		if e != nil && len(e.Targets) > 0 {
			text += ": " + v.names(e.Targets)
		}
		spans = append(spans, span(text, italic(9000, muted)))
	}
	v.headRow(f, spans, m.Sent.UTC)
	if m.Text == "" && len(m.Rich) == 0 && e != nil && (e.Old != "" || e.New != "") {
		old := italic(9000, muted)
		old.Strike = true
		v.text(f, false, span(e.Old, old), span("  →  ", small(muted)), span(e.New, italic(9000, black)))
	}
	v.below(f, m)
}

// extras are what hangs on a message besides files and reactions.
func (v *volume) extras(f frame, m *message.Message) {
	if m.Quoted != nil {
		v.quote(f, "Quoted", m.Quoted)
	}
	if m.Forwarded != nil {
		v.quote(f, "Forwarded", m.Forwarded)
	}
	for i := range m.Cards {
		c := &m.Cards[i]
		v.card(f, c.Author, c.Title, c.URL, c.Text)
	}
	for i := range m.Links {
		if l := &m.Links[i]; l.Title != "" || l.Description != "" {
			v.card(f, l.Service, l.Title, l.URL, l.Description)
		}
	}
	if m.Poll != nil {
		v.poll(f, m.Poll)
	}
	if m.Call != nil {
		v.call(f, m.Call)
	}
	if l := m.Location; l != nil {
		v.card(f, v.words.t("Place"), l.Name, l.URL, strings.Join(nonEmpty(l.Address, strings.Join(nonEmpty(l.Latitude, l.Longitude), ", ")), "\n"))
	}
	if c := m.Contact; c != nil {
		v.card(f, v.words.t("Contact"), c.Name, "", strings.Join(append(append([]string(nil), c.Phones...), c.Emails...), "\n"))
	}
	if m.AI != nil {
		v.model(f, m.AI)
	}
	v.revisions(f, m)
}

func (v *volume) quote(f frame, word string, q *message.Quote) {
	f = f.quoted()
	at := ""
	if q.Sent != nil {
		at = v.moment(q.Sent.UTC)
	}
	number := ""
	if n := v.serial.recent.find(q.Message); q.Message != "" && n > 0 {
		number = v.words.f("No. %s", thousands(n))
	}
	v.space(f, 2000)
	v.text(f, true, span(strings.Join(nonEmpty(v.words.t(word), oneLine(firstOf(q.AuthorName, v.history.Name(q.Author))), number, at), " · "), small(muted)))
	v.text(f, false, span(q.Text, typeset.Style{Size: 9500, Color: muted}))
}

// card puts a framed piece: by whom, its title, an address and a text.
func (v *volume) card(f frame, by, title, url, text string) {
	f = f.quoted()
	v.space(f, 2000)
	if by != "" {
		v.text(f, true, span(by, small(muted)))
	}
	if title != "" {
		v.text(f, true, span(title, bold(9500, black)))
	}
	if url != "" && url != title {
		v.text(f, true, span(url, small(accent)))
	}
	if text != "" && text != title {
		v.text(f, false, span(text, typeset.Style{Size: 9500, Color: black}))
	}
	v.flush()
}

func (v *volume) poll(f frame, p *message.Poll) {
	f = f.quoted()
	v.space(f, 2000)
	v.text(f, true, span(v.words.t("Poll")+": ", small(muted)), span(p.Question, bold(9500, black)))
	for i := range p.Options {
		o := &p.Options[i]
		spans := []typeset.Span{span(o.Text+"  ", body()), span(thousands(int64(o.Votes)), bold(9000, accent))}
		if len(o.By) > 0 {
			spans = append(spans, span("  "+v.names(o.By), small(muted)))
		}
		v.hanging(f, "○", 14000, spans)
	}
	if p.Closed {
		v.text(f, false, span(v.words.t("closed"), small(muted)))
	}
	v.flush()
}

func (v *volume) call(f frame, c *message.Call) {
	at := func(t *message.Time) string {
		if t == nil {
			return ""
		}
		return v.moment(t.UTC)
	}
	when := strings.Join(nonEmpty(at(c.Started), at(c.Ended)), " – ")
	who := ""
	if len(c.Participants) > 0 {
		who = v.names(c.Participants)
	}
	v.card(f, v.words.t("Call"), c.Name, "", strings.Join(nonEmpty(when, c.Outcome, who), "\n"))
}

// model is what a model thought and called on the way to a message.
func (v *volume) model(f frame, a *message.AI) {
	if a.Reasoning != "" {
		v.card(f, v.words.t("Reasoning"), "", "", a.Reasoning)
	}
	for i := range a.ToolCalls {
		t := &a.ToolCalls[i]
		v.card(f, v.words.t("Tool"), t.Name, "", strings.Join(nonEmpty(t.Arguments, t.Result), "\n"))
	}
}

// revisions are the earlier versions of a message that the source kept.
func (v *volume) revisions(f frame, m *message.Message) {
	list := m.Revisions
	if len(list) == 0 && m.Edited != nil && m.Edited.Previous != nil {
		list = []message.Edit{*m.Edited}
	}
	for i := range list {
		v.version(f, strings.Join(nonEmpty(v.words.f("Earlier version %d of %d", i+1, len(list)), v.by(list[i].By, list[i].At)), " · "), list[i].Previous)
	}
}

func (v *volume) version(f frame, head string, c *message.Content) {
	f = f.quoted()
	v.space(f, 2000)
	v.text(f, c != nil, span(head, small(alarm)))
	if c != nil {
		v.content(f, c)
	}
	v.flush()
}

// revision shows a step in a message's life that the source keeps as a record of its own.
func (v *volume) revision(r *message.Revision) {
	f := frame{x: marginX + numberCol}
	at := ""
	if r.At != nil {
		at = r.At.UTC
		v.openDay(at)
	}
	v.root = ""
	word := v.pointer("edited No. %s", "edited a message", r.Of)
	if r.Action == "delete" {
		word = v.pointer("deleted No. %s", "deleted a message", r.Of)
	}
	v.space(f, 8000)
	v.headRow(f, []typeset.Span{span(firstOf(oneLine(v.history.Name(r.By)), "?"), bold(9000, muted)), span("  "+word, italic(9000, alarm))}, at)
	if r.Previous != nil {
		v.version(f, v.words.t("Before"), r.Previous)
	}
	if r.Current != nil {
		v.version(f, v.words.t("After"), r.Current)
	}
}

// analysis shows what a tool said about messages.
func (v *volume) analysis(a *message.Analysis) {
	f := frame{x: marginX + numberCol}
	at := ""
	if a.At != nil {
		at = a.At.UTC
	}
	v.root = ""
	v.space(f, 8000)
	v.headRow(f, []typeset.Span{span(v.words.t("Analysis")+": "+oneLine(a.Kind), bold(9000, muted)), span("  "+oneLine(a.Model), small(muted))}, at)
	var of []string
	for _, key := range a.Of {
		of = append(of, v.pointer("No. %s", "a message", key))
	}
	v.text(f, true, span(v.words.list(of), small(muted)))
	v.text(f, false, span(strings.Join(nonEmpty(a.Result, strings.Join(a.Labels, ", "), a.Confidence), "\n"), body()))
}
