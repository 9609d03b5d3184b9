// Package markup renders canonical rich text into the dialects of targets: Markdown as Mattermost
// reads it, Markdown as every other reader does, and plain text.
//
// Invariants:
//   - Text that a person typed cannot become markup: every character that would is escaped.
//   - No link leaves here but http, https, mailto and tel; others are shown as text. Remote images
//     become links, so that reading an imported message fetches nothing.
//   - With Inert set, "@all", "@here", "@channel" and "@everyone" stand in code spans, whoever wrote
//     them and in whatever case: a target's importer that looks for mentions finds none. A code span
//     was chosen because it adds no invisible characters and survives copying.
//   - A mention of one person is "@account" only where the source resolved it. An "@name" typed as
//     text stays as typed.
//   - Appending never fails; the output is valid UTF-8 without NUL and grows linearly with the input.
package markup

import (
	"bytes"
	"strings"

	"github.com/chatferry/chatferry/core/message"
)

// Dialect is a target's markup language.
type Dialect string

// Dialects.
const (
	Markdown   Dialect = "markdown"
	CommonMark Dialect = "commonmark" // shows every line end and space, and Markdown of others as it was typed
	Plain      Dialect = "plain"
)

// Options of a Renderer.
type Options struct {
	Dialect Dialect
	// Mention and Channel are templates such as "@{account}" and "~{name}"; empty: names as text.
	Mention, Channel string
	Inert            bool
	// Person gives the account for a person key, Place the channel name for a conversation key;
	// "" means that there is none. Both may be nil.
	Person, Place func(key string) string
}

// Renderer renders messages. It holds scratch memory: one per goroutine.
type Renderer struct {
	markdown         bool
	common           bool // CommonMark, as a kind of Markdown
	inert            bool
	mention, channel [2]string // text before and after the name
	person, place    func(key string) string

	start  int    // where the message begins in the buffer
	prefix []byte // put after every newline of the current block
	open   style  // markers that are open
	space  []byte // white space held back until markers are settled
	prev   int    // indent of the list item before, -1 when there is none
	lost   bool
	linked bool // inside a link's label
	code   []byte
}

// NewRenderer returns a renderer for o.
func NewRenderer(o Options) *Renderer {
	r := &Renderer{markdown: o.Dialect != Plain, common: o.Dialect == CommonMark, inert: o.Inert, person: o.Person, place: o.Place}
	r.mention, r.channel = template(o.Mention), template(o.Channel)
	return r
}

func template(s string) [2]string {
	i, j := strings.IndexByte(s, '{'), strings.IndexByte(s, '}')
	if i < 0 || j < i {
		return [2]string{}
	}
	return [2]string{s[:i], s[j+1:]}
}

// Append renders m's subject, rich text (or text) and, below it, what other fields hold that is to
// be read: quotes, cards, polls, places and contacts. Lost tells that formatting or structure had
// no place in the dialect.
func (r *Renderer) Append(b []byte, m *message.Message) (out []byte, lost bool) {
	r.lost, r.start, r.prefix, r.prev = false, len(b), r.prefix[:0], -1
	if m.Subject != "" {
		b = r.strong(b, m.Subject)
	}
	if len(m.Rich) > 0 {
		b = r.blocks(b, m.Rich)
	} else if m.Text != "" {
		b = r.text(r.gap(b), m.Text, m.Format)
	} else if m.Event != nil {
		b = r.event(r.gap(b), m.Event)
	}
	if m.Quoted != nil {
		b = r.quote(b, m.Quoted)
	}
	if m.Forwarded != nil {
		b = r.quote(b, m.Forwarded)
	}
	for i := range m.Cards {
		b = r.card(b, &m.Cards[i])
	}
	if m.Poll != nil {
		b = r.poll(b, m.Poll)
	}
	if m.Location != nil {
		b = r.location(b, m.Location)
	}
	if m.Contact != nil {
		b = r.contact(b, m.Contact)
	}
	if r.inert {
		b = r.quiet(b)
	}
	return b, r.lost
}

// quiet catches mentions of everybody that came together from several pieces.
func (r *Renderer) quiet(b []byte) []byte {
	if bytes.IndexByte(b[r.start:], '@') < 0 {
		return b
	}
	s := string(b[r.start:])
	if !hasBroadcast(s) {
		return b
	}
	if !r.markdown {
		return append(b[:r.start], apart(s)...)
	}
	return appendInert(b[:r.start], s)
}

// text renders a source's own text where it gave no rich text.
func (r *Renderer) text(b []byte, s, format string) []byte {
	switch format {
	case "markdown":
		if r.markdown && !r.common {
			return r.foreign(b, s)
		}
	case "mrkdwn":
		s = fromMrkdwn(s)
		r.lost = true
	case "html":
		s = fromHTML(s)
		r.lost = true
	}
	if r.common {
		return r.ending(r.escape(b, strings.TrimRight(clean(s, &r.lost), "\n")))
	}
	return r.escape(b, s)
}

// foreign takes Markdown that is not ours as it is, but for NUL and mentions of everybody.
func (r *Renderer) foreign(b []byte, s string) []byte {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\ufffd")
		r.lost = true
	}
	return append(b, strings.ToValidUTF8(s, "\ufffd")...)
}

// gap separates what follows from what the message has so far by an empty line.
func (r *Renderer) gap(b []byte) []byte {
	r.prev = -1
	if len(b) == r.start {
		return b
	}
	return append(b, '\n', '\n')
}

func (r *Renderer) strong(b []byte, s string) []byte {
	b = r.inline(b, &message.Inline{Kind: message.InlineText, Text: s, Bold: true})
	return r.settle(b)
}

// breakLine is newline in text: readers of CommonMark join lines that nothing keeps apart.
func (r *Renderer) breakLine(b []byte) []byte {
	if r.common {
		b = append(b, '\\')
	}
	return r.newline(b)
}

// newline ends a line and starts the next one inside the current block.
func (r *Renderer) newline(b []byte) []byte {
	return append(append(b, '\n'), r.prefix...)
}
