package gap

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

// Finding is what one rule found in all conversations.
type Finding struct {
	Rule     *Rule
	Count    int64
	Samples  []string  // at most three keys or files
	Subjects []Subject // where, in order of the conversations' keys
}

// Subject is one place in which a rule found something.
type Subject struct {
	Rule         string   `json:"rule"`
	Severity     string   `json:"severity"`
	Conversation string   `json:"conversation,omitempty"`
	Count        int64    `json:"count"`
	First        string   `json:"first,omitempty"` // day, UTC: of a silence or of the conversation's messages
	Last         string   `json:"last,omitempty"`
	Expected     int64    `json:"expected,omitempty"` // messages that should be in a silence
	Samples      []string `json:"samples,omitempty"`
}

// Judge brings the states of all units together.
type Judge struct {
	now     int64
	places  map[string]*Place
	hits    map[string]*Hit
	longest int
	piled   map[int]int64
	found   map[string][]Subject
}

// NewJudge makes one for a run that began at now.
func NewJudge(now time.Time) *Judge {
	return &Judge{now: now.Unix(), places: map[string]*Place{}, piled: map[int]int64{}, found: map[string][]Subject{}}
}

// Add takes the state of a unit, which the judge then owns. A conversation may come in several.
func (j *Judge) Add(s *State) {
	for _, p := range s.Places {
		sum := j.places[p.Key]
		if sum == nil {
			j.places[p.Key] = p
			continue
		}
		sum.merge(p)
	}
	mergeHits(&j.hits, s.Hits)
	j.longest = max(j.longest, s.Longest)
	for length, n := range s.Piled {
		j.piled[length] += n
	}
}

func (p *Place) merge(q *Place) {
	p.Listed, p.Made = p.Listed || q.Listed, p.Made || q.Made
	p.Created = earliest(p.Created, q.Created)
	p.Claimed = max(p.Claimed, q.Claimed)
	p.First, p.Last = earliest(p.First, q.First), max(p.Last, q.Last)
	p.Messages, p.Minutes = p.Messages+q.Messages, p.Minutes+q.Minutes
	a, _ := unpack(p.Slots) // both were checked when they were decoded
	b, _ := unpack(q.Slots)
	p.Slots = pack(mergeSlots(a, b))
	mergeHits(&p.Hits, q.Hits)
}

// earliest is the earlier of two times of which 0 is not known.
func earliest(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// grace is how much later than the run a time may be without being in the future: clocks differ.
const grace = 2 * 86400

// Findings judges everything that was added. Rules come in the order of Rules.
func (j *Judge) Findings() []Finding {
	places := make([]*Place, 0, len(j.places))
	for _, p := range j.places {
		places = append(places, p)
	}
	sort.Slice(places, func(a, b int) bool { return places[a].Key < places[b].Key })
	for rule, h := range j.hits {
		j.add(rule, &Place{}, *h)
	}
	for _, p := range places {
		j.place(p)
	}
	j.head(places)
	j.caps(places)
	j.texts()
	j.silent(places)
	var out []Finding
	for i := range Rules {
		r := &Rules[i]
		if len(j.found[r.ID]) == 0 {
			continue
		}
		f := Finding{Rule: r, Subjects: j.found[r.ID]}
		for _, s := range f.Subjects {
			f.Count += s.Count
			for _, x := range s.Samples {
				if len(f.Samples) < maxSamples && !slices.Contains(f.Samples, x) {
					f.Samples = append(f.Samples, x)
				}
			}
		}
		out = append(out, f)
	}
	return out
}

// add notes what a rule found; a hit without samples is about the conversation itself.
func (j *Judge) add(rule string, p *Place, h Hit) {
	s := Subject{Conversation: p.Key, Count: h.N, First: day(p.First), Last: day(p.Last), Samples: h.Samples}
	if len(s.Samples) == 0 && p.Key != "" {
		s.Samples = []string{p.Key}
	}
	j.subject(rule, s)
}

func (j *Judge) subject(rule string, s Subject) {
	s.Rule, s.Severity = rule, Rules[named[rule]].Severity
	j.found[rule] = append(j.found[rule], s)
}

// leastMinutes is how many whole minutes are no chance where nine of ten times are such.
const leastMinutes = 20

// place judges one conversation by itself.
func (j *Judge) place(p *Place) {
	for rule, h := range p.Hits {
		j.add(rule, p, *h)
	}
	switch {
	case p.Messages == 0 && p.Listed:
		j.add("GAP-LISTED", p, Hit{N: 1})
	case p.Messages > 0 && p.Made:
		j.add("GAP-UNLISTED", p, Hit{N: 1})
	}
	if p.Claimed > p.Messages {
		j.add("GAP-COUNT", p, Hit{N: p.Claimed - p.Messages})
	}
	if p.Minutes >= leastMinutes && 10*p.Minutes >= 9*p.Messages {
		j.add("CLK-MINUTE", p, Hit{N: 1})
	}
	future := int64(0)
	slots, _ := unpack(p.Slots)
	for _, s := range slots {
		if s.at*slotSeconds > j.now+grace {
			future += s.n
		}
	}
	if future > 0 {
		j.add("CLK-FUTURE", p, Hit{N: future})
	}
}

// believable are the counts by time without those of impossible times.
func (p *Place) believable(now int64) []slot {
	slots, _ := unpack(p.Slots) // checked when it was decoded
	return slices.DeleteFunc(slots, func(s slot) bool {
		return s.at < epochEnd/slotSeconds || s.at*slotSeconds > now+grace
	})
}

const (
	headAge  = 30 * 86400 // how long before the cut a conversation must have been made
	headSpan = 86400      // within which they all begin
	headMany = 5          // the least number of them
)

// head finds a day on which at least half of all conversations that are much older begin.
func (j *Judge) head(places []*Place) {
	var late []*Place // they begin long after they were made
	var created []int64
	for _, p := range places {
		if p.Created == 0 || p.First == 0 {
			continue
		}
		created = append(created, p.Created)
		if p.First-p.Created >= headAge {
			late = append(late, p)
		}
	}
	slices.Sort(created)
	sort.SliceStable(late, func(a, b int) bool { return late[a].First < late[b].First })
	var best []*Place
	for i, end := 0, 0; i < len(late); i++ {
		cut := late[i].First
		for end < len(late) && late[end].First <= cut+headSpan {
			end++
		}
		old := sort.Search(len(created), func(k int) bool { return created[k] > cut-headAge })
		if hits := end - i; hits >= headMany && 2*hits >= old && hits > len(best) {
			best = late[i:end]
		}
	}
	best = slices.Clone(best)
	sort.Slice(best, func(a, b int) bool { return best[a].Key < best[b].Key })
	for _, p := range best {
		j.add("GAP-HEAD", p, Hit{N: 1})
	}
}

// capped are the numbers of messages that export tools stop at.
var capped = []int64{1000, 10_000, 40_000}

// capAge is how late a conversation must begin to look cut off.
const capAge = 7 * 86400

// caps finds conversations of exactly so many messages as tools give at most, where none has more.
func (j *Judge) caps(places []*Place) {
	most := int64(0)
	for _, p := range places {
		most = max(most, p.Messages)
	}
	if !slices.Contains(capped, most) {
		return
	}
	for _, p := range places {
		if p.Messages == most && (p.Created == 0 || p.First-p.Created >= capAge) {
			j.add("GAP-CAP", p, Hit{N: 1})
		}
	}
}

// texts finds a length at which several texts end and which none passes.
func (j *Judge) texts() {
	if n := j.piled[j.longest]; n >= 3 {
		j.subject("GAP-TEXT", Subject{Count: n, Samples: []string{fmt.Sprintf("%d characters", j.longest)}})
	}
}

const (
	placeSilence = 20.0 // messages that a silence must lack: chance gives that once in 500 million
	wholeSilence = 50.0
	longSilence  = 14 * 4 // slots: no holidays are longer
	manyPlaces   = 5      // around a silence of all
)

// silent finds silences of all conversations, then those of single ones at other times.
func (j *Judge) silent(places []*Place) {
	total := map[int64]int64{}
	for _, p := range places {
		for _, s := range p.believable(j.now) {
			total[s.at] += s.n
		}
	}
	all := make([]slot, 0, len(total))
	for at, n := range total {
		all = append(all, slot{at, n})
	}
	sort.Slice(all, func(a, b int) bool { return all[a].at < all[b].at })
	var whole []silence
	for _, s := range silences(all, wholeSilence) {
		around := int64(0)
		for _, p := range places {
			if p.Messages > 0 && slotOf(p.First) < s.from && slotOf(p.Last) >= s.to {
				around++
			}
		}
		if around < manyPlaces {
			continue
		}
		whole = append(whole, s)
		rule := "GAP-PAUSE"
		if s.to-s.from > longSilence {
			rule = "GAP-TIME-ALL"
		}
		j.quiet(rule, "", s)
	}
	for _, p := range places {
		for _, s := range silences(p.believable(j.now), placeSilence) {
			if !slices.ContainsFunc(whole, func(w silence) bool { return w.from < s.to && s.from < w.to }) {
				j.quiet("GAP-TIME", p.Key, s)
			}
		}
	}
}

func (j *Judge) quiet(rule, conversation string, s silence) {
	x := Subject{Conversation: conversation, Count: 1, First: day(s.from * slotSeconds), Last: day(s.to*slotSeconds - 1), Expected: int64(s.expected)}
	x.Samples = []string{x.First + " to " + x.Last}
	if conversation != "" {
		x.Samples[0] = conversation + " " + x.Samples[0]
	}
	j.subject(rule, x)
}
