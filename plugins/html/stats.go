package html

import (
	"strings"
	"time"

	"github.com/chatferry/chatferry/core/message"
)

// stats are the sums of a unit, or of the whole site.
type stats struct {
	records  map[string]int64 // by type
	kinds    map[string]int64 // messages by kind
	months   map[string]int64
	hours    [7][24]int64 // Monday first
	files    map[string]int64
	states   map[string]int64 // attachments by state
	people   map[string]*activity
	reacted  int64
	threads  int64
	replies  int64
	edited   int64
	deleted  int64
	claimed  int64 // replies that first messages say they have
	orphans  int64 // placeholders and replies of absent messages
	unnamed  int64 // reactions of people the source does not name
	lastRoot string
	clock    clock
}

// activity is one person's part.
type activity struct {
	messages    int64
	first, last string
	rooms       map[string]int64 // by conversation
}

func newStats(c clock) *stats {
	return &stats{records: map[string]int64{}, kinds: map[string]int64{}, months: map[string]int64{}, files: map[string]int64{}, states: map[string]int64{}, people: map[string]*activity{}, clock: c}
}

func bump(m map[string]int64, key string, n int64) {
	if _, ok := m[key]; !ok {
		key = strings.Clone(key)
	}
	m[key] += n
}

func (s *stats) add(r *message.Record) {
	s.records[r.Type]++
	m := r.Message
	if m == nil {
		return
	}
	bump(s.kinds, m.Kind, 1)
	t := s.clock.read(m.Sent.UTC)
	day, _ := s.clock.dayAndTime(m.Sent.UTC)
	bump(s.months, day[:7], 1)
	s.hours[(int(t.Weekday())+6)%7][t.Hour()]++
	s.thread(m)
	for i := range m.Attachments {
		a := &m.Attachments[i]
		bump(s.states, a.State, 1)
		kind, _, _ := strings.Cut(firstOf(a.Sniffed, a.MIME, "unknown"), "/")
		bump(s.files, kind, 1)
	}
	for i := range m.Reactions {
		n := max(len(m.Reactions[i].By), m.Reactions[i].Count)
		s.reacted += int64(n)
		s.unnamed += int64(n - len(m.Reactions[i].By))
	}
	if m.Edited != nil || len(m.Revisions) > 0 {
		s.edited++
	}
	if m.Deleted != nil || m.Kind == message.KindTombstone {
		s.deleted++
	}
	s.person(m, day)
}

func (s *stats) thread(m *message.Message) {
	reply := m.Thread != "" && m.Thread != m.Key
	if reply {
		s.replies++
		if m.Thread != s.lastRoot {
			s.orphans++
			s.lastRoot = m.Thread
		}
		return
	}
	s.lastRoot = m.Key
	if m.Kind == message.KindPlaceholder {
		s.orphans++
	}
	if m.Thread != "" {
		s.threads++
	}
	if m.ThreadInfo != nil {
		s.claimed += int64(m.ThreadInfo.Replies)
	}
}

func (s *stats) person(m *message.Message, day string) {
	if m.Author == "" {
		return
	}
	a := s.people[m.Author]
	if a == nil {
		a = &activity{rooms: map[string]int64{}}
		s.people[strings.Clone(m.Author)] = a
	}
	a.messages++
	bump(a.rooms, m.Conversation, 1)
	if a.first == "" || day < a.first {
		a.first = strings.Clone(day)
	}
	if day > a.last {
		a.last = strings.Clone(day)
	}
}

// merge adds the sums of another unit.
func (s *stats) merge(o *stats) {
	for _, p := range []struct{ to, from map[string]int64 }{{s.records, o.records}, {s.kinds, o.kinds}, {s.months, o.months}, {s.files, o.files}, {s.states, o.states}} {
		for k, n := range p.from {
			p.to[k] += n
		}
	}
	for d := range s.hours {
		for h := range s.hours[d] {
			s.hours[d][h] += o.hours[d][h]
		}
	}
	for k, a := range o.people {
		have := s.people[k]
		if have == nil {
			s.people[k] = a
			continue
		}
		have.messages += a.messages
		for room, n := range a.rooms {
			have.rooms[room] += n
		}
		if have.first == "" || a.first != "" && a.first < have.first {
			have.first = a.first
		}
		have.last = max(have.last, a.last)
	}
	s.reacted += o.reacted
	s.threads += o.threads
	s.replies += o.replies
	s.edited += o.edited
	s.deleted += o.deleted
	s.claimed += o.claimed
	s.orphans += o.orphans
	s.unnamed += o.unnamed
}

// monthsBetween are all months from the first to the last that has messages; more than 50 years are cut to
// those that have some.
func (s *stats) monthsBetween() []string {
	list := sortedKeys(s.months)
	if len(list) < 2 {
		return list
	}
	from, err1 := time.Parse("2006-01", list[0])
	until, err2 := time.Parse("2006-01", list[len(list)-1])
	if err1 != nil || err2 != nil || until.Sub(from) > 50*366*24*time.Hour {
		return list
	}
	var all []string
	for t := from; !t.After(until); t = t.AddDate(0, 1, 0) {
		all = append(all, t.Format("2006-01"))
	}
	return all
}
