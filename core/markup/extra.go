package markup

import (
	"strconv"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// aside starts a quoted block below the text.
func (r *Renderer) aside(b []byte) []byte {
	b = r.gap(b)
	r.prefix = append(r.prefix[:0], '>', ' ')
	return append(b, r.prefix...)
}

// quote shows a copy of another message.
func (r *Renderer) quote(b []byte, q *message.Quote) []byte {
	if q.Text == "" && q.AuthorName == "" {
		return b
	}
	b = r.aside(b)
	if q.AuthorName != "" {
		b = r.strong(b, q.AuthorName)
		if q.Text != "" {
			b = r.newline(b)
		}
	}
	b = r.escape(b, q.Text)
	r.prefix = r.prefix[:0]
	return b
}

// event says what happened where a source gives a notice no text: "topic created: Plans".
func (r *Renderer) event(b []byte, e *message.Event) []byte {
	said := strings.ReplaceAll(e.Action, "_", " ")
	if e.New != "" {
		said += ": " + e.New
	}
	return r.escape(b, said)
}

// card shows what a bot's card says. Its buttons, colours and layout have no place in text.
func (r *Renderer) card(b []byte, c *message.Card) []byte {
	r.lost = r.lost || c.JSON != ""
	if c.Author == "" && c.Title == "" && c.Text == "" && c.URL == "" {
		return b
	}
	b = r.aside(b)
	line := false
	next := func() {
		if line {
			b = r.newline(b)
		}
		line = true
	}
	if c.Author != "" {
		next()
		b = r.strong(b, c.Author)
	}
	if c.Title != "" || c.URL != "" {
		next()
		b = r.link(r.turn(b, 0), c.Title, c.URL)
	}
	if c.Text != "" {
		next()
		b = r.escape(b, c.Text)
	}
	r.prefix = r.prefix[:0]
	return b
}

func (r *Renderer) poll(b []byte, p *message.Poll) []byte {
	b = r.aside(b)
	b = r.strong(b, p.Question)
	for i := range p.Options {
		o := &p.Options[i]
		b = r.escape(append(r.newline(b), "- "...), o.Text)
		b = append(strconv.AppendInt(append(b, " ("...), int64(max(o.Votes, len(o.By))), 10), ')')
	}
	r.prefix = r.prefix[:0]
	return b
}

func (r *Renderer) location(b []byte, l *message.Location) []byte {
	b = r.aside(b)
	b = r.list(b, l.Name, l.Address)
	if l.Latitude != "" && l.Longitude != "" {
		b = r.list(b, l.Latitude+", "+l.Longitude)
	}
	if l.URL != "" {
		b = r.link(b, "", l.URL)
	}
	r.prefix = r.prefix[:0]
	return b
}

func (r *Renderer) contact(b []byte, c *message.Contact) []byte {
	b = r.aside(b)
	r.lost = r.lost || c.VCard != ""
	b = r.list(b, c.Name)
	b = r.list(b, c.Phones...)
	b = r.list(b, c.Emails...)
	r.prefix = r.prefix[:0]
	return b
}

// list writes each value that is set, with a comma after it where another may follow.
func (r *Renderer) list(b []byte, values ...string) []byte {
	for _, v := range values {
		if v != "" {
			if n := len(b); n > 1 && b[n-2] != '>' && b[n-1] != '\n' {
				b = append(b, ", "...)
			}
			b = r.escape(b, v)
		}
	}
	return b
}
