package edition

import (
	"slices"
	"time"

	"github.com/chatferry/chatferry/core/message"
)

// Roll says who was in a conversation during a window of time: its members as its stays tell, who entered and left
// as notices tell, and everybody who does something in it.
type Roll struct {
	place       *Place
	stays       []Stay
	active      []string // people, in the order in which they came
	first, last map[string]time.Time
	in, out     map[string]time.Time
}

// Presence is somebody with the times between which they were there, as far as the window goes.
type Presence struct {
	Person   string
	From, To time.Time
}

// NewRoll begins a roll for a window.
func NewRoll(p *Place, stays []Stay) *Roll {
	return &Roll{place: p, stays: stays, first: map[string]time.Time{}, last: map[string]time.Time{}, in: map[string]time.Time{}, out: map[string]time.Time{}}
}

// Act notes that somebody does something, which makes them a participant. The key may be "", of nobody.
func (r *Roll) Act(key string, at time.Time) {
	if _, seen := r.first[key]; !seen {
		r.first[key] = at
		r.active = append(r.active, key)
	}
	r.last[key] = at
}

// Say notes who acts in a message, and of notices who enters or leaves by them.
func (r *Roll) Say(m *message.Message, at time.Time) {
	r.Act(m.Author, at)
	when := r.in
	switch m.Kind {
	case message.KindLeave:
		when = r.out
	case message.KindJoin:
	default:
		return
	}
	for _, k := range Movers(m) {
		r.Act(k, at)
		when[k] = at
	}
}

// Movers are those who join or leave by a notice.
func Movers(m *message.Message) []string {
	switch {
	case m.Event != nil && len(m.Event.Targets) > 0:
		return m.Event.Targets
	case m.Event != nil && m.Event.Actor != "":
		return []string{m.Event.Actor}
	}
	return []string{m.Author}
}

// Present are the people of a window by the time at which they came, each stay for itself; without idle ones if
// only those are wanted who did something.
func (r *Roll) Present(start, until time.Time, idle bool) []Presence {
	var list []Presence
	seen := map[string]bool{}
	add := func(key string, from, to time.Time) {
		if at := r.first[key]; !at.IsZero() && at.Before(from) && !seen[key] { // whatever lists say, who writes is there
			from = at
		}
		if r.last[key].After(to) {
			to = until
		}
		seen[key] = true
		list = append(list, Presence{key, from, to})
	}
	wanted := func(key string) bool { _, acts := r.first[key]; return acts || idle }
	if c := r.place.Record; c != nil {
		for _, k := range c.Participants {
			if wanted(k) {
				add(k, start, until)
			}
		}
	}
	for i := range r.stays {
		s := &r.stays[i]
		from, to := r.span(s.Person, start, until)
		from, to = instant(s.Joined, from), instant(s.Left, to)
		if to.Before(start) || from.After(until) || !wanted(s.Person) {
			continue
		}
		if from.Before(start) {
			from = start
		}
		if to.After(until) {
			to = until
		}
		add(s.Person, from, to)
	}
	for _, k := range r.active {
		if !seen[k] {
			from, to := r.span(k, start, until)
			add(k, from, to)
		}
	}
	slices.SortStableFunc(list, func(a, b Presence) int { return a.From.Compare(b.From) })
	return list
}

// span is when somebody was there as the notices say: from their entering to their leaving.
func (r *Roll) span(key string, start, until time.Time) (from, to time.Time) {
	from, to = start, until
	if at, ok := r.in[key]; ok && at.After(from) {
		from = at
	}
	if at, ok := r.out[key]; ok && !at.Before(from) {
		to = at
	}
	return from, to
}

func instant(utc string, otherwise time.Time) time.Time {
	if at, err := time.Parse(time.RFC3339Nano, utc); err == nil {
		return at
	}
	return otherwise
}

// Period is the day or the month that a time is in, in the time's zone, and when the next one begins.
func Period(at time.Time, monthly bool) (start, next time.Time) {
	if monthly {
		return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, at.Location()), time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, at.Location())
	}
	return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location()), time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, at.Location())
}
