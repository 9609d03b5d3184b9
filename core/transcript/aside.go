package transcript

import (
	"slices"
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// asides are what hangs on a message besides files and reactions.
func (t *Teller) asides(m *message.Message) {
	t.quote(m.Quoted, t.Quoted, t.QuotedBy)
	t.quote(m.Forwarded, t.Forwarded, t.ForwardedBy)
	for i := range m.Cards {
		t.card(&m.Cards[i])
	}
	for i := range m.Links {
		if l := &m.Links[i]; l.Title != "" || l.Description != "" || l.Service != "" {
			t.add(Aside, Fill(t.Link, l.URL), lines(l.Service, l.Title, l.Description))
		}
	}
	if m.Poll != nil {
		t.poll(m.Poll)
	}
	if m.Call != nil {
		t.call(m.Call)
	}
	if l := m.Location; l != nil {
		where := lines(Line(l.Name), Line(l.Address))
		if l.Latitude != "" || l.Longitude != "" {
			where = lines(where, strings.Trim(l.Latitude+", "+l.Longitude, ", "))
		}
		first, rest, _ := strings.Cut(lines(where, l.URL), "\n")
		t.add(Aside, Fill(t.Place, first), rest)
	}
	if c := m.Contact; c != nil {
		card := ""
		if c.VCard != "" {
			card = t.VCard
		}
		t.add(Aside, Fill(t.Contact, c.Name), lines(lines(c.Phones...), lines(c.Emails...), card))
	}
	if m.AI != nil {
		t.model(m.AI)
	}
}

// lines joins the texts that are not empty.
func lines(list ...string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" }), "\n")
}

func (t *Teller) quote(q *message.Quote, none, by string) {
	if q == nil {
		return
	}
	name := q.AuthorName
	if name == "" && q.Author != "" {
		name = t.dir.Name(q.Author)
	}
	label := ""
	switch {
	case name != "" && q.Sent != nil:
		label = Fill(t.EarlierMessage, Name(name), t.Stamp(q.Sent))
	case name != "" || q.Sent != nil:
		label = Name(name) + t.Stamp(q.Sent)
	case q.Message != "":
		label = t.Pointer(q.Message)
	}
	if q.Conversation != "" {
		label = strings.TrimPrefix(label+t.Separator+Name(t.dir.Place(q.Conversation).Title), t.Separator)
	}
	if label == "" {
		t.add(Aside, none, q.Text)
		return
	}
	t.add(Aside, Fill(by, label), q.Text)
}

func (t *Teller) card(c *message.Card) {
	title := c.Title
	if title == "" {
		title = c.Kind
	}
	text := c.Text
	if text == c.Title {
		text = ""
	}
	note := ""
	if c.JSON != "" {
		note = t.Open + t.Structured + t.Close
	}
	t.add(Aside, Fill(t.Card, title), lines(c.Author, text, c.URL, strings.TrimSpace(note)))
}

func (t *Teller) poll(p *message.Poll) {
	var b []string
	for i := range p.Options {
		o := &p.Options[i]
		votes := strconv.Itoa(max(o.Votes, len(o.By)))
		if len(o.By) > 0 {
			b = append(b, Fill(t.Voters, Line(o.Text), votes, t.names(o.By)))
		} else {
			b = append(b, Fill(t.Votes, Line(o.Text), votes))
		}
	}
	if p.Multiple {
		b = append(b, t.Multiple)
	}
	if p.Total > 0 {
		b = append(b, Fill(t.Total, strconv.Itoa(p.Total)))
	}
	if p.Closed {
		b = append(b, t.Closed)
	}
	t.add(Aside, Fill(t.Poll, p.Question), strings.Join(b, "\n"))
}

func (t *Teller) call(c *message.Call) {
	var b []string
	if c.By != "" {
		b = append(b, Fill(t.CallBy, t.Name(c.By)))
	}
	switch {
	case c.Started != nil && c.Ended != nil:
		b = append(b, Fill(t.CallFromUntil, t.Stamp(c.Started), t.Stamp(c.Ended)))
	case c.Started != nil:
		b = append(b, Fill(t.CallFrom, t.Stamp(c.Started)))
	case c.Ended != nil:
		b = append(b, Fill(t.CallUntil, t.Stamp(c.Ended)))
	}
	if len(c.Participants) > 0 {
		b = append(b, Fill(t.With, t.names(c.Participants)))
	}
	if c.Outcome != "" {
		b = append(b, named(t.States, c.Outcome))
	}
	title := t.Call
	if c.Name != "" {
		title += t.Colon + c.Name
	}
	t.add(Aside, title, strings.Join(b, "\n"))
}

// model is what a model thought and called on the way to a message.
func (t *Teller) model(a *message.AI) {
	var is []string
	if a.Role != "" {
		is = append(is, named(t.Roles, a.Role))
	}
	for _, s := range []string{a.Model, a.Provider} {
		if s != "" {
			is = append(is, s)
		}
	}
	var b []string
	for _, f := range []struct{ phrase, value string }{{t.Finish, a.Finish}, {t.Branch, a.Branch}, {t.Prompt, a.PromptRef}} {
		if f.value != "" {
			b = append(b, Fill(f.phrase, Line(f.value)))
		}
	}
	if len(a.Usage) > 0 {
		var usage []string
		for k, v := range a.Usage {
			usage = append(usage, Line(k+" "+v))
		}
		slices.Sort(usage)
		b = append(b, Fill(t.Usage, t.list(usage)))
	}
	if len(is)+len(b) > 0 {
		t.add(Aside, Fill(t.Model, t.list(is)), strings.Join(b, "\n"))
	}
	if a.Reasoning != "" {
		t.add(Aside, t.Reasoning, a.Reasoning)
	}
	for i := range a.ToolCalls {
		c := &a.ToolCalls[i]
		title := Fill(t.ToolCall, c.Name)
		if c.State != "" {
			title += t.Separator + named(t.States, c.State)
		}
		t.add(Aside, title, c.Arguments)
		if c.Result != "" {
			t.add(Aside, Fill(t.ToolResult, c.Name), c.Result)
		}
	}
}
