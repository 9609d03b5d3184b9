// Package transcript puts records into plain words, for every format that shows a history as text: who, when,
// what, and everything that hangs on it, in the language of the reader.
//
// A Teller makes a Passage of each message, revision or analysis: a head and pieces, each with its role, its
// words and what they were made from, so that a format with a layout of its own can use either. Passage.Append
// is the layout for plain text.
//
// Invariants:
//   - What a person would miss is there: authors, times, texts, quotes, cards, polls, calls, places, contacts,
//     what a model did, files with size, type, digest, state and reason, reactions, edits with their history,
//     deletions, pins, receipts. Left to the records are identifiers, positions in the source, declared
//     languages and clients, links behind names, and what the source says in fields of its own (Ext).
//   - Titles are one line, texts are any number. Neither holds a control character but line ends and tabs, nor
//     a control of the writing direction; names written from right to left are isolated.
//   - In the plain layout only a head begins in a passage's first column, and only a text stands behind four
//     spaces: no text passes for a head, for a file or for a deletion.
//   - The same records and settings give the same words.
package transcript

import (
	"errors"
	"strings"
	"time"
	_ "time/tzdata" // zones must work on machines without a zone database

	"golang.org/x/text/unicode/bidi"

	"github.com/chatferry/chatferry/core/edition"
	"github.com/chatferry/chatferry/core/markup"
	"github.com/chatferry/chatferry/core/message"
	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/core/safe"
)

// Options of a Teller.
type Options struct {
	Zone *time.Location
	*Words
}

// NewOptions reads the two settings that every transcript has, "zone" and "language".
func NewOptions(zone, language string) (Options, error) {
	z, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return Options{}, plugin.BadSetting("zone", "write a name of the IANA time zone database, such as Asia/Shanghai", errors.New("is not a known time zone"))
	}
	return Options{Zone: z, Words: Language(language)}, nil
}

// Sort tells what a passage is.
type Sort int

// Sorts.
const (
	Said   Sort = iota // what somebody wrote
	Notice             // what the system noted
	Change             // a revision
	Remark             // an analysis
	Listed             // a person, a conversation, a membership or an emoji; Author is its name
)

// Passage is an entry in words. It is good until the next one is told.
type Passage struct {
	Key    string
	Sort   Sort
	Author string    // as shown; "" where there is none
	At     time.Time // in the zone of the options; zero where no time is known
	Clock  string    // time of the day, as exact as the source has it to the second
	Doubt  string    // what is not sure about the zone, or ""
	Thread string    // key of the thread's first message, of a reply; else ""
	Marks  []string  // short words for the head: edited, pinned, ...
	Pieces []Piece
	words  *Words
}

// Role tells what a piece is.
type Role int

// Roles.
const (
	Subject   Role = iota
	Body           // a message's text
	Sentence       // what a notice says
	Note           // a fact about the message
	Aside          // a quote, a card, a poll, a call, a place, a contact, a model's work
	Version        // an earlier text
	File           // an attachment
	Reactions      // a line for each emoji
)

// Piece is one thing that a passage says.
type Piece struct {
	Role    Role
	Title   string              // one line; "" where Text says all
	Text    string              // lines
	Content *message.Content    // of Body and Version, and of a Change's texts: what Text was made from
	File    *message.Attachment // of File
	Medium  *edition.Medium     // of File, where its bytes are
}

// Teller puts the entries of one history into words, in their order. It is for one goroutine.
type Teller struct {
	Options
	dir    *edition.Directory
	media  *edition.Library
	plain  *markup.Renderer
	p      Passage
	at     map[string]string // key → "name, time" of recent messages
	recent [recall]string
	next   int
}

// recall is how many messages back a reply can be said to be in reply to "Ada, 2019-04-02 09:00:00"; older ones
// are named by their id.
const recall = 4096

// New returns a teller of a history.
func New(h *edition.History, o Options) *Teller {
	t := &Teller{Options: o, dir: h.Directory, media: h.Media, at: map[string]string{}}
	t.plain = markup.NewRenderer(markup.Options{Dialect: markup.Plain, Mention: "@{name}", Channel: "#{name}", Person: h.Name, Place: func(key string) string { return h.Place(key).Title }})
	return t
}

// Tell puts a record into words.
func (t *Teller) Tell(e *message.Record) (*Passage, error) {
	t.p = Passage{Key: e.Key(), words: t.Words, Marks: t.p.Marks[:0], Pieces: t.p.Pieces[:0]}
	var err error
	switch {
	case e.Message != nil:
		err = t.message(e.Message)
	case e.Revision != nil:
		t.revision(e.Revision)
	case e.Analysis != nil:
		t.analysis(e.Analysis)
	default:
		err = t.listed(e)
	}
	return &t.p, err
}

func (t *Teller) add(role Role, title, text string) {
	t.p.Pieces = append(t.p.Pieces, Piece{Role: role, Title: Line(title), Text: strings.TrimRight(safe.Prose(text), "\n")})
}

// note adds a fact with its blanks filled.
func (t *Teller) note(phrase string, args ...string) { t.add(Note, Fill(phrase, args...), "") }

// written renders a content's text; what is left of an empty one is "".
func (t *Teller) written(role Role, title string, c *message.Content) {
	text := c.Text
	if strings.IndexByte(text, 0) >= 0 {
		text = strings.ReplaceAll(text, "\x00", `\x00`) // no target of markup takes it
	}
	b, _ := t.plain.Append(nil, &message.Message{Text: text, Format: c.Format, Rich: c.Rich})
	t.add(role, title, string(b))
	t.p.Pieces[len(t.p.Pieces)-1].Content = c
}

// Name of a person, on one line and isolated.
func (t *Teller) Name(key string) string {
	if key == "" {
		return t.Nobody
	}
	return Name(t.dir.Name(key))
}

// Line is a text on one line: line ends and tabs are spelled out too.
func Line(s string) string {
	s = safe.Prose(s)
	if strings.ContainsAny(s, "\n\t") {
		s = lineEnds.Replace(s)
	}
	return s
}

var lineEnds = strings.NewReplacer("\n", `\n`, "\t", `\t`)

// Name is a Line that is isolated where it is written from right to left, so that what stands around it keeps
// its place.
func Name(s string) string {
	s = strings.TrimSpace(Line(s))
	if strings.Contains(s, "\u2068") {
		return s
	}
	for i := 0; i < len(s); {
		if s[i] < 0x80 {
			i++
			continue
		}
		p, n := bidi.LookupString(s[i:])
		if c := p.Class(); c == bidi.R || c == bidi.AL || c == bidi.AN {
			return "\u2068" + s + "\u2069"
		}
		i += max(n, 1)
	}
	return s
}

// time reads a time of the model.
func (o Options) time(utc string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, utc)
	if err != nil {
		return time.Time{}
	}
	return at.In(o.Zone)
}

// clock is the time of a day, as exact as the source has it.
func (o Options) clock(at time.Time, precision string) string {
	switch precision {
	case "day":
		return o.TimeUnknown
	case "min":
		return at.Format("15:04")
	}
	return at.Format("15:04:05")
}

// Offset is how far the zone is from UTC at a time: "UTC", "UTC+02:00".
func Offset(at time.Time) string {
	if _, n := at.Zone(); n == 0 {
		return "UTC"
	}
	return "UTC" + at.Format("-07:00")
}

// Stamp is a time with its day and its zone, "" of none.
func (o Options) Stamp(m *message.Time) string {
	if m == nil {
		return ""
	}
	at := o.time(m.UTC)
	if m.Precision == "day" {
		return at.Format("2006-01-02")
	}
	s := at.Format("2006-01-02 ") + o.clock(at, m.Precision) + " " + Offset(at)
	if d := o.doubt(m); d != "" {
		s += o.Open + d + o.Close
	}
	return s
}

func (o Options) doubt(m *message.Time) string {
	switch m.Zone {
	case "assumed":
		return o.ZoneAssumed
	case "unknown":
		return o.ZoneUnknown
	}
	return ""
}

// list joins words as the language does.
func (o Options) list(words []string) string { return strings.Join(words, o.And) }

func (t *Teller) names(keys []string) string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = t.Name(k)
	}
	return t.list(list)
}

// who is a person with a time, of which either may be absent.
func (t *Teller) who(key string, at *message.Time) string {
	switch {
	case at == nil:
		return t.Name(key)
	case key == "":
		return t.Stamp(at)
	}
	return Fill("%1 %2", t.Name(key), t.Stamp(at))
}

// about picks the phrase for a person and a time that may be absent.
func (t *Teller) about(none, by, when, both, key string, at *message.Time) string {
	switch {
	case key == "" && at == nil:
		return none
	case at == nil:
		return Fill(by, t.Name(key))
	case key == "":
		return Fill(when, t.Stamp(at))
	}
	return Fill(both, t.Name(key), t.Stamp(at))
}

// remember keeps how a message is called when others refer to it.
func (t *Teller) remember(key, label string) {
	delete(t.at, t.recent[t.next])
	t.recent[t.next], t.at[key] = key, label
	t.next = (t.next + 1) % recall
}

// Pointer is how another message is called: by its author and time where it came not long before, else by its id.
func (t *Teller) Pointer(key string) string {
	if label, ok := t.at[key]; ok {
		return label
	}
	parts := message.SplitKey(key)
	return Fill(t.SomeMessage, Line(parts[len(parts)-1]))
}
