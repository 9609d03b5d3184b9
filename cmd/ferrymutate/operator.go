package main

import (
	"slices"
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/plugin"
	"github.com/chatferry/chatferry/plugins"
)

// operator is one way in which a finished output can be wrong without any of its checksums being so.
type operator struct {
	name  string
	as    string                 // what it stands for in real life
	apply func(*document) []want // nil when the output has nothing that it could change
	// cannot says for which sinks it is impossible, and why. The reason is checked.
	cannot map[string]reason
}

// excuse is the reason why an operator can't be applied to a sink, if there is one.
func (o operator) excuse(sink string) (reason, bool) {
	why, ok := o.cannot[sink]
	if !ok && formats[sink].edition {
		if why, ok = o.cannot[anyEdition]; !ok {
			why, ok = o.cannot["html"]
		}
	}
	return why, ok
}

type reason struct {
	why   string
	holds func(*document) bool
}

// want is a difference that verify must name. All wanted ones, and no others, must be named.
type want struct {
	kind      string // missing, extra, differs, order
	key       string // of the record; "" of an order
	conv, day string // of messages
	field     string // of differs: one that must be named; "" when any will do
}

func (m message) want(kind, field string) want {
	return want{kind: kind, key: m.key(), conv: m.conv, day: m.day, field: field}
}

func (m message) missing() want { return m.want("missing", "") }
func (m message) extra() want   { return m.want("extra", "") }

func (m message) differs(field string) want { return m.want("differs", field) }

func (m message) order() want { return want{kind: "order", conv: m.conv, day: m.day} }

func all(list []message, f func(message) want) (wants []want) {
	for _, m := range list {
		wants = append(wants, f(m))
	}
	return wants
}

// record is a difference in a record that is no message.
func record(kind, key, field string) want { return want{kind: kind, key: key, field: field} }

// operators are all of them.
func operators() []operator {
	return slices.Concat(messageOperators, timeOperators, textOperators(), markOperators, threadOperators, mediaOperators, peopleOperators, rightOperators, placeOperators, pageOperators)
}

// dropped is the reason that a sink's own declaration says the field does not arrive there.
func dropped(field string) map[string]reason {
	why := "Mattermost's import has no place for " + field
	return map[string]reason{"mattermost": {why, func(d *document) bool { return declared(d.sink, field) == plugin.Drop }}}
}

// inText is the reason that the field arrives as a part of the text.
func inText(field string) map[string]reason {
	why := "in Mattermost " + field + " becomes part of the text"
	return map[string]reason{"mattermost": {why, func(d *document) bool { return declared(d.sink, field) == plugin.Degrade }}}
}

func declared(sink, field string) plugin.Action {
	for _, p := range plugins.Builtin() {
		if p.Name == sink && p.Sink != nil {
			return p.Sink.Projection.Fields[field].Action
		}
	}
	return ""
}

// noBytes is the reason that a sink keeps references to files, not the files.
var noBytes = map[string]reason{"ndjson": {"its records refer to files, whose bytes are not part of it", func(d *document) bool {
	return len(d.media) == 0
}}}

// ownKeys is the reason that every record carries its own key, so that there is no list of them.
var ownKeys = func() map[string]reason {
	r := reason{"every record carries its own key", func(d *document) bool {
		return len(d.keys) == 0 && !slices.ContainsFunc(d.lines, func(l line) bool { return text(l.object, "key") == "" })
	}}
	return map[string]reason{"archive": r, "html": r, "ndjson": r}
}()

// change makes an operator of a change to one message.
func change(name, as, field string, cannot map[string]reason, do func(message), is ...func(message) bool) operator {
	return operator{name, as, func(d *document) []want {
		m := d.first(is...)
		if m == nil {
			return nil
		}
		w := m.differs(field)
		do(*m)
		return []want{w}
	}, cannot}
}

// messageOperators lose, double, join, cut and exchange whole messages.
var messageOperators = []operator{
	{"a message is lost", "a request that failed and was not tried again", func(d *document) []want {
		m := d.first(alone, plain)
		d.remove(*m)
		return []want{m.missing()}
	}, nil},
	{"a reply is lost", "replies beyond the first page", func(d *document) []want {
		m := d.first(reply)
		d.remove(*m)
		return []want{m.missing()}
	}, nil},
	{"a thread is lost", "its root could not be written", func(d *document) []want {
		r := d.first(root)
		gone := pick(d, func(m message) bool { return m.thread() == r.key() })
		d.remove(gone...)
		return all(gone, message.missing)
	}, nil},
	{"the first message is lost", "an offset that begins at one", func(d *document) []want { return edge(d, false) }, nil},
	{"the last message is lost", "a batch that was not flushed", func(d *document) []want { return edge(d, true) }, nil},
	{"a day is lost", "one day file that could not be read", func(d *document) []want {
		m := d.first(alone)
		gone := pick(d, func(o message) bool { return o.conv == m.conv && o.day == m.day && alone(o) })
		d.remove(gone...)
		return all(gone, message.missing)
	}, nil},
	{"the last page is lost", "a cursor that ended one page early", func(d *document) []want {
		conv := d.first(alone).conv
		page := pick(d, func(m message) bool { return m.conv == conv && alone(m) })
		slices.SortFunc(page, func(a, b message) int { return a.sent().Compare(b.sent()) })
		page = page[max(0, len(page)-10):]
		d.remove(page...)
		return all(page, message.missing)
	}, nil},
	{"a conversation is emptied", "an export without rights to read it", func(d *document) []want {
		conv := d.messages()[len(d.messages())-1].conv
		gone := pick(d, func(m message) bool { return m.conv == conv })
		d.remove(gone...)
		return all(gone, message.missing)
	}, nil},
	{"a shard is lost", "a part that was not copied", func(d *document) []want {
		gone := d.messages()
		file := d.lines[len(d.lines)-1].file
		for _, l := range d.lines {
			if text(l.object, "type") == "message" {
				file = l.file
			}
		}
		if d.bulk() {
			d.remove(gone...)
			return all(gone, message.missing)
		}
		lost := slices.DeleteFunc(slices.Clone(d.lines), func(l line) bool {
			return l.file != file || text(l.object, "type") != "message" && text(l.object, "type") != "revision"
		})
		d.drop(func(o object) bool {
			return slices.ContainsFunc(lost, func(l line) bool { return same(l.object, o) })
		})
		var wants []want
		for _, l := range lost {
			wants = append(wants, record("missing", text(l.object, "key"), ""))
		}
		return wants
	}, nil},
	{"a message is doubled", "a retry after a time-out that had worked", func(d *document) []want {
		m := d.first(alone, plain)
		return []want{d.put(*m, *m).extra()}
	}, nil},
	{"a reply is doubled", "a retry after a time-out that had worked", func(d *document) []want {
		m := d.first(reply)
		again := d.put(*m, *m)
		if d.bulk() { // whose importer refuses two replies of one time
			again.setSent(m.sent().Add(time.Millisecond))
		}
		return []want{m.extra()}
	}, nil},
	{"a message is doubled far away", "two workers that took one page", func(d *document) []want {
		m := d.first(alone, plain)
		list := pick(d, func(o message) bool { return o.conv == m.conv && alone(o) })
		return []want{d.put(list[len(list)-1], *m).extra()}
	}, nil},
	{"a root is there again with another text", "an edit that was written as a new message", func(d *document) []want {
		m := d.first(root)
		again := d.put(*m, *m)
		again.setText(again.text() + " again")
		return []want{m.extra()}
	}, nil},
	{"a copy has another key", "a second import that did not know the first", func(d *document) []want {
		m := d.first(alone, plain)
		again := d.put(*m, *m)
		again.ours()["key"] = m.key() + "9"
		return []want{again.extra()}
	}, nil},
	{"a message has another key", "ids that were given anew", func(d *document) []want {
		m := d.first(alone, plain)
		gone := m.missing()
		m.ours()["key"] = m.key() + "9"
		return []want{gone, m.extra()}
	}, nil},
	{"two messages exchange their texts", "results that were joined to the wrong requests", func(d *document) []want {
		a, b := d.two(otherText, alone, plain)
		ta := a.text()
		a.setText(b.text())
		b.setText(ta)
		return []want{a.differs("text"), b.differs("text")}
	}, nil},
	{"two messages exchange their keys", "an id map that is off by one", func(d *document) []want {
		a, b := d.two(sameDay, alone, plain)
		wa, wb := a.differs("text"), b.differs("text")
		ka := a.key()
		a.ours()["key"] = b.key()
		b.ours()["key"] = ka
		return []want{wa, wb, a.order()}
	}, nil},
	{"two messages are merged", "a target that groups what one person wrote", func(d *document) []want {
		a, b := d.two(otherText, alone, plain)
		a.setText(a.text() + "\n" + b.text())
		d.remove(*b)
		return []want{a.differs("text"), b.missing()}
	}, nil},
	{"a message is split", "a limit that the books know nothing of", func(d *document) []want {
		m := d.first(alone, plain)
		w := m.differs("text")
		rest := d.put(*m, *m)
		rest.ours()["key"] = m.key() + "2"
		half := len([]rune(m.text())) / 2
		rest.setText(string([]rune(m.text())[half:]))
		m.setText(string([]rune(m.text())[:half]))
		return []want{w, rest.extra()}
	}, nil},
	{"a message is replaced by its neighbour", "a buffer that was used again too early", func(d *document) []want {
		a, b := d.two(otherText, alone, plain)
		d.put(*a, *a)
		d.remove(*b)
		return []want{a.extra(), b.missing()}
	}, nil},
	{"a message is in another conversation", "a channel id that was joined wrongly", func(d *document) []want {
		m := d.first(alone, plain, has("conversation", "channel"))
		to := d.first(alone, has("conversation", "channel"), func(o message) bool { return o.conv != m.conv })
		w := m.differs("conversation")
		m.o[d.field("conversation", "channel")] = to.o[d.field("conversation", "channel")]
		return []want{w}
	}, nil},
}

func pick(d *document, is func(message) bool) []message {
	return slices.DeleteFunc(d.messages(), func(m message) bool { return !is(m) })
}

// edge removes the first or last of the messages that are in no thread.
func edge(d *document, last bool) []want {
	conv := d.first(alone).conv
	list := pick(d, func(m message) bool { return m.conv == conv && alone(m) })
	slices.SortFunc(list, func(a, b message) int { return a.sent().Compare(b.sent()) })
	m := list[0]
	if last {
		m = list[len(list)-1]
	}
	d.remove(m)
	return []want{m.missing()}
}

// shift makes an operator that moves one message in time.
func shift(name, as string, cannot map[string]reason, to func(time.Time) time.Time) operator {
	return change(name, as, "sent.utc", cannot, func(m message) { m.setSent(to(m.sent())) }, alone, plain, func(m message) bool { return !to(m.sent()).Equal(m.sent()) })
}

func plus(d time.Duration) func(time.Time) time.Time {
	return func(t time.Time) time.Time { return t.Add(d) }
}

// timeOperators move messages in time.
var timeOperators = []operator{
	shift("one millisecond later", "a time that was rounded up", nil, plus(time.Millisecond)),
	shift("one millisecond earlier", "a time that went through a binary fraction", nil, plus(-time.Millisecond)),
	shift("cut to the second", "a target or library that knows seconds", nil, func(t time.Time) time.Time { return t.Truncate(time.Second) }),
	shift("cut to the minute", "an export for reading", nil, func(t time.Time) time.Time { return t.Truncate(time.Minute) }),
	shift("cut to the day", "a date without a time", nil, func(t time.Time) time.Time { return t.Truncate(24 * time.Hour) }),
	shift("an hour later", "summer time taken twice", nil, plus(time.Hour)),
	shift("an hour earlier", "summer time forgotten", nil, plus(-time.Hour)),
	shift("a zone of India", "a local time taken for UTC", nil, plus(-5*time.Hour-30*time.Minute)),
	shift("on the next day", "a date line crossed", nil, plus(24*time.Hour)),
	shift("in the next month", "months counted from zero", nil, func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }),
	shift("in another year", "a two-digit year, or a week-year", nil, func(t time.Time) time.Time { return t.AddDate(-1, 0, 0) }),
	shift("in 1970", "seconds taken for milliseconds", nil, func(t time.Time) time.Time { return time.UnixMilli(t.Unix()) }),
	shift("day and month exchanged", "a date in the other order", nil, func(t time.Time) time.Time {
		return time.Date(t.Year(), time.Month(min(t.Day(), 12)), int(t.Month()), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	}),
	shift("microseconds are lost", "a column in milliseconds", dropped("message.sent.raw"), func(t time.Time) time.Time { return t.Truncate(time.Millisecond) }),
	change("the source's own time is lost", "only the converted time is kept", "sent.raw", dropped("message.sent.raw"), func(m message) {
		s := clone(m.o["sent"].(object))
		delete(s, "raw")
		m.o["sent"] = s
	}, alone, func(m message) bool { return text(m.o, "sent", "raw") != "" }),
	{"two messages exchange their times", "an order that is not stable", func(d *document) []want {
		a, b := d.two(sameDay, alone, plain)
		ta := a.sent()
		a.setSent(b.sent())
		b.setSent(ta)
		return []want{a.differs("sent.utc"), b.differs("sent.utc"), a.order()}
	}, nil},
	{"a day is upside down", "newest first, written as it came", func(d *document) []want {
		a, _ := d.two(sameDay, alone)
		day := pick(d, func(m message) bool { return m.conv == a.conv && m.day == a.day && alone(m) })
		slices.SortFunc(day, func(a, b message) int { return a.sent().Compare(b.sent()) })
		wants := []want{a.order()}
		var times []time.Time
		for _, m := range day {
			times = append(times, m.sent())
		}
		for i, m := range day {
			if t := times[len(day)-1-i]; !t.Equal(times[i]) {
				m.setSent(t)
				wants = append(wants, m.differs("sent.utc"))
			}
		}
		return wants
	}, nil},
	{"a message jumps over its neighbour", "the time of arrival taken for that of sending", func(d *document) []want {
		a, b := d.two(sameDay, alone, plain)
		if a.sent().After(b.sent()) {
			a, b = b, a
		}
		a.setSent(b.sent().Add(time.Millisecond))
		return []want{a.differs("sent.utc"), a.order()}
	}, nil},
}

// trim is a shorter way to write a change of text.
func trim(from, to string) func(string) string {
	return func(s string) string { return strings.Replace(s, from, to, 1) }
}
