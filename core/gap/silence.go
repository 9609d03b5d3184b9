package gap

import "slices"

// silence is a stretch without any message, with how many there should be by the days around it.
type silence struct {
	from, to int64 // slots, to is the first with a message again
	expected float64
}

const (
	windowWeeks = 4
	leastWeeks  = 2 // on either side, to know what is usual
)

// silences finds the stretches in which more than least messages should be. What is usual is known for
// each quarter day of the week from up to four weeks on either side: the lower of the two medians counts,
// so that a conversation that comes to life or dies down is not silent by that.
func silences(slots []slot, least float64) []silence {
	var out []silence
	for i := 1; i < len(slots); i++ {
		s := silence{from: slots[i-1].at + 1, to: slots[i].at}
		if s.to-s.from < 3 {
			continue
		}
		if s.expected = expect(slots, i, s); s.expected > least {
			out = append(out, s)
		}
	}
	return out
}

// expect is how many messages the silence before slots[i] should have.
func expect(slots []slot, i int, s silence) float64 {
	n := s.to - s.from
	total := 0.0
	earlier, later := &[weekSlots][]int64{}, &[weekSlots][]int64{}
	weeks := min(windowWeeks, (s.from-slots[0].at)/weekSlots)
	weeksAfter := min(windowWeeks, (slots[len(slots)-1].at+1-s.to)/weekSlots)
	if weeks < leastWeeks || weeksAfter < leastWeeks {
		return 0
	}
	for k := i - 1; k >= 0 && slots[k].at >= s.from-weeks*weekSlots; k-- {
		earlier[phase(slots[k].at)] = append(earlier[phase(slots[k].at)], slots[k].n)
	}
	for k := i; k < len(slots) && slots[k].at < s.to+weeksAfter*weekSlots; k++ {
		later[phase(slots[k].at)] = append(later[phase(slots[k].at)], slots[k].n)
	}
	for p := range earlier {
		usual := min(median(earlier[p], weeks), median(later[p], weeksAfter))
		if usual == 0 {
			continue
		}
		times := n / weekSlots
		if (int64(p)-phase(s.from)+weekSlots)%weekSlots < n%weekSlots {
			times++
		}
		total += float64(usual) * float64(times)
	}
	return total
}

func phase(at int64) int64 { return (at%weekSlots + weekSlots) % weekSlots }

// median is the lower median of counts in that many weeks; weeks without a count had none.
func median(counts []int64, weeks int64) int64 {
	absent := weeks - int64(len(counts))
	i := (weeks-1)/2 - absent
	if i < 0 {
		return 0
	}
	slices.Sort(counts)
	return counts[i]
}
